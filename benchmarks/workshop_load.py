"""A hundred phones in one workshop, each speaking Streamlit's own protobuf over a websocket as a browser does, and voting.

    python -m benchmarks.workshop_load --people 100 --risks 4

Its own server on this machine. Every phone has joined, looks at its room every two seconds, and scores every risk on both scales once
the facilitator begins the round. Prints a dated Markdown report: memory, CPU while everybody waits, how soon every phone has followed
the facilitator, how long a vote takes from sending it to the end of its run, and whether every vote is there.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import statistics
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import websocket
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from benchmarks.web_load import ROOT, App, Visitor, own_server
from benchmarks.workshop_votes import LEADER, token
from genai_core.governance import agenda, ballots, places, workshop, workshop_watch
from genai_core.governance.database import Database


class Phone(Visitor):
    """A browser that tells its token, and votes when it is told to."""

    def __init__(self, url: str, code: str, secret: str) -> None:
        super().__init__(url, "workshop", f"room={code}")
        self.secret = secret
        self.states: dict[str, str] = {}  # widget id -> JSON
        self.ballot: tuple[str, str] = ("", "")  # its widget and its fragment
        self.items: list[int] = []
        self.taken: list[float] = []
        self.vote = threading.Event()
        self.done = threading.Event()
        self._visitor = ""

    def rerun(self, connection: websocket.WebSocket, fragment: str = "") -> None:
        message = BackMsg()
        state = message.rerun_script
        state.query_string, state.fragment_id = self.query, fragment
        state.page_script_hash, state.page_name = self._page_hash, "" if self._page_hash else self.page
        state.cached_message_hashes.extend(self._cached)
        state.context_info.locale, state.context_info.timezone = self.locale, "UTC"
        state.context_info.url = f"{self.url}/{self.page}?{self.query}"
        for name, value in self.states.items():
            state.widget_states.widgets.add(id=name, json_value=value)
        connection.send_binary(message.SerializeToString())

    def _read(self, data: bytes | str) -> None:
        message = ForwardMsg()
        message.ParseFromString(data)
        if message.WhichOneof("type") == "delta" and message.delta.new_element.WhichOneof("type") == "bidi_component":
            part = message.delta.new_element.bidi_component
            if part.component_name.endswith("genai_visitor"):
                self._visitor = part.id
            elif part.component_name.endswith("genai_ballot"):
                self.ballot = (part.id, message.delta.fragment_id)
        super()._read(data)

    def _turn(self, connection: websocket.WebSocket) -> None:
        if self.finished and self._visitor not in self.states:
            connection.settimeout(60)
            self.states[self._visitor] = json.dumps({"token": self.secret})
            self.rerun(connection)
            self.until_finished(connection)
        if self.vote.is_set() and self.ballot[0] and not self.done.is_set():
            connection.settimeout(60)
            for count, item in enumerate(self.items):
                values = {str(item): {"likelihood": count % 5 + 1, "impact": 3}}
                self.states[self.ballot[0]] = json.dumps({"votes": {"turn": 1, "values": values, "count": count}})
                began = time.perf_counter()
                self.rerun(connection, self.ballot[1])
                self.until_finished(connection)
                self.taken.append(time.perf_counter() - began)
            self.done.set()
        super()._turn(connection)


def until(ready: Callable[[], bool], seconds: float = 120) -> float:
    """Wait; how long it took."""
    began = time.perf_counter()
    while not ready():
        if time.perf_counter() - began > seconds:
            raise SystemExit("It did not come to that in time.")
        time.sleep(0.02)
    return time.perf_counter() - began


def measure(url: str, web: int, store: str, people: int, risks: int, seconds: float) -> str:
    app, database = App(web, store), Database(f"sqlite:///{Path(store).resolve()}-decisions.db")
    code = places.make(database, "Load", "1234").code
    workshop.lead(database, code, "1234", LEADER)
    workshop.begin(database, code, LEADER, "How many?")
    for k in range(risks):
        workshop.add_item(database, code, LEADER, f"Risk {k}")
    for place in range(people):
        ballots.join(database, code, token(place), f"Person {place}")
    items = [item.id for item in workshop_watch.read(database, code).items]
    empty = app.sample(0)
    phones = [Phone(url, code, token(place)) for place in range(people)]
    for phone in phones:
        phone.items = items
        phone.start()
    until(lambda: all(phone.finished >= 2 for phone in phones))
    time.sleep(5)
    app.sample(0)
    before = sum(phone.ticks for phone in phones)
    time.sleep(seconds)
    waiting = app.sample(sum(phone.ticks for phone in phones) - before)
    while (at := workshop_watch.read(database, code).phase) != "experiment":
        workshop.move(database, code, LEADER, at, agenda.neighbour(at, 1))
    time.sleep(6)
    workshop.move(database, code, LEADER, "experiment", "score1")
    followed = until(lambda: all(phone.ballot[0] for phone in phones))
    app.sample(0)
    for phone in phones:
        phone.vote.set()
    whole = until(lambda: all(phone.done.is_set() for phone in phones))
    voting = app.sample(0)
    workshop.move(database, code, LEADER, "score1", "discuss")
    seen = workshop_watch.read(database, code)
    there = sum(spread.n for item in seen.items for spread in item.spreads.values())
    for phone in phones:
        phone.stop()
    lost = [phone for phone in phones if phone.failure]
    cuts = statistics.quantiles([second for phone in phones for second in phone.taken], n=100)
    database.close()
    lines = [
        f"## {people} phones in one workshop, {risks} risks, {datetime.now(UTC):%Y-%m-%d}",
        "",
        f"{platform.system()}, {os.cpu_count()} cores shared with the phones, load {os.getloadavg()[0]:.1f}, Python {platform.python_version()}.",
        "",
        f"- web process: {empty.rss:.0f} MiB resident before, {waiting.rss:.0f} MiB with everybody in, {voting.rss:.0f} MiB after the votes",
        f"- while everybody waits: {waiting.cores:.2f} cores, {waiting.ticks / seconds:.0f} looks a second",
        f"- the last phone has followed the facilitator to the ballot after {followed:.1f} s",
        f"- {people * risks} votes at once in {whole:.1f} s ({voting.cores:.2f} cores): from sending one to the end of its run median "
        f"{1000 * cuts[49]:.0f} ms, 95 % within {1000 * cuts[94]:.0f} ms",
        f"- scores there: {there} of {2 * people * risks}; here, as the room says: {seen.here} of {seen.people}; {len(lost)} connections lost; "
        f"{sum(len(phone.exceptions) for phone in phones)} exceptions shown",
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.workshop_load", description="A hundred phones in one workshop.")
    parser.add_argument("--people", type=int, default=100)
    parser.add_argument("--risks", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=20, help="how long everybody waits while the CPU is measured")
    args = parser.parse_args()
    with contextlib.ExitStack() as stack:
        url, web, store = stack.enter_context(own_server(ROOT / "app.py"))
        print(measure(url, web, store, args.people, args.risks, args.seconds), end="")


if __name__ == "__main__":
    main()
