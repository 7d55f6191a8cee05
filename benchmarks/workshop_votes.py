"""A hundred people vote at once: how long one vote takes, whether every vote is there, and what looking at the room costs.

    python -m benchmarks.workshop_votes                                   SQLite in a temporary folder
    python -m benchmarks.workshop_votes --url postgresql+psycopg://...    an empty database of a PostgreSQL server
    python -m benchmarks.workshop_votes --processes 10                    ten processes with ten people each

Every person scores every risk on both scales, one after another, without a pause: far denser than a room does it. Prints Markdown.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime

from genai_core.governance import agenda, ballots, places, workshop, workshop_watch
from genai_core.governance.database import Database

LEADER = "f" * 48


def token(place: int) -> str:
    return f"{place:048x}"


def prepare(database: Database, people: int, risks: int) -> str:
    """A room with a workshop that scores in silence; its code."""
    code = places.make(database, "Benchmark", "1234").code
    workshop.lead(database, code, "1234", LEADER)
    workshop.begin(database, code, LEADER, "How fast?")
    for k in range(risks):
        workshop.add_item(database, code, LEADER, f"Risk {k}")
    for place in range(people):
        ballots.join(database, code, token(place), f"Person {place}")
    while (at := workshop_watch.read(database, code).phase) != "score1":
        workshop.move(database, code, LEADER, at, agenda.neighbour(at, 1))
    return code


def vote(url: str, code: str, first: int, count: int) -> list[float]:
    """``count`` people vote, each in a thread; seconds that each vote took."""
    database, taken = Database(url), [[] for _ in range(count)]
    items = [item.id for item in workshop_watch.read(database, code).items]
    start = threading.Barrier(count)

    def person(place: int) -> None:
        start.wait()
        for k, item in enumerate(items):
            began = time.perf_counter()
            ballots.score(database, code, token(first + place), 1, item, {"likelihood": (place + k) % 5 + 1, "impact": 3})
            taken[place].append(time.perf_counter() - began)

    threads = [threading.Thread(target=person, args=(place,)) for place in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    database.close()
    return [second for one in taken for second in one]


def at_once(url: str, code: str, people: int, processes: int) -> tuple[list[float], float]:
    """Everybody votes; seconds of each vote, and of the whole."""
    each, began = people // processes, time.perf_counter()
    if processes == 1:
        return vote(url, code, 0, people), time.perf_counter() - began
    command = [sys.executable, "-m", "benchmarks.workshop_votes", "--url", url, "--code", code, "--people", str(each), "--first"]
    running = [subprocess.Popen([*command, str(k * each)], stdout=subprocess.PIPE) for k in range(processes)]
    found = [json.loads(process.communicate()[0]) for process in running]
    return [second for one in found for second in one], time.perf_counter() - began


def measure(url: str, people: int, risks: int, processes: int) -> str:
    database = Database(url)
    code = prepare(database, people, risks)
    taken, whole = at_once(url, code, people, processes)
    looks = []
    for _ in range(50):
        began = time.perf_counter()
        workshop_watch.read(database, code)
        looks.append(1000 * (time.perf_counter() - began))
    workshop.move(database, code, LEADER, "score1", "discuss")
    seen = workshop_watch.read(database, code)
    there = sum(spread.n for item in seen.items for spread in item.spreads.values())
    watch, began = workshop_watch.Watch(database), time.perf_counter()
    for _ in range(10_000):
        watch.snapshot(code)
    shared = 1e6 * (time.perf_counter() - began) / 10_000
    kind = database.engine.dialect.name
    database.close()
    cuts = statistics.quantiles(taken, n=100)
    lines = [
        f"## {people} people, {risks} risks, {processes} process{'es' if processes > 1 else ''}, {kind}, {datetime.now(UTC):%Y-%m-%d}",
        "",
        f"{platform.system()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, Python {platform.python_version()}.",
        "",
        f"- votes there: {there} of {2 * people * risks} (two dimensions a vote)",
        f"- a vote: median {1000 * cuts[49]:.0f} ms, 95 % within {1000 * cuts[94]:.0f} ms, longest {1000 * max(taken):.0f} ms; "
        f"{len(taken) / whole:.0f} votes a second over {whole:.1f} s{' with the start of the processes' if processes > 1 else ''}",
        f"- reading the whole room: median {statistics.median(looks):.1f} ms, at most once a second whoever asks; a shared look: {shared:.0f} µs",
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.workshop_votes", description="A hundred people vote at once.")
    parser.add_argument("--url", default="", help="the database; without it SQLite in a temporary folder")
    parser.add_argument("--people", type=int, default=100)
    parser.add_argument("--risks", type=int, default=6)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--code", default="", help=argparse.SUPPRESS)
    parser.add_argument("--first", type=int, default=0, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.code:
        print(json.dumps(vote(args.url, args.code, args.first, args.people)))
        return
    with tempfile.TemporaryDirectory(prefix="genai-votes-") as folder:
        print(measure(args.url or f"sqlite:///{folder}/votes.db", args.people, args.risks, args.processes), end="")


if __name__ == "__main__":
    main()
