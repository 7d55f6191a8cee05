"""Load on the web process: many sessions on one live run, each speaking Streamlit's own protobuf over a websocket, as a browser does.

    python -m benchmarks.web_load                          its own server and run, 20 sessions, one minute
    python -m benchmarks.web_load --minutes 59             the hour
    python -m benchmarks.web_load --url http://127.0.0.1:8501 --page gan --query run=ID     a server that is already there

Prints a dated Markdown table: memory of the web process (resident), of everything the app runs (proportional set size), and what a
rerun costs in CPU. Only addresses of this machine are allowed.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import platform
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import websocket
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

ROOT = Path(__file__).resolve().parent.parent
MIB = 2**20
SOAK = ("--minutes", "59")  # a run lasts an hour at most


class Visitor(threading.Thread):
    """One browser tab: opens the page, reruns its fragments when they ask for it, and counts what it is sent."""

    def __init__(self, url: str, page: str = "", query: str = "", locale: str = "en-US") -> None:
        super().__init__(daemon=True)
        self.url, self.page, self.query, self.locale = url, page, query, locale
        self.finished = self.ticks = self.received = 0  # scripts ended, fragments ended, bytes
        self.exceptions: list[str] = []
        self.failure: Exception | None = None
        self.opened = threading.Event()  # the first script has ended
        self._stop_asked = threading.Event()
        self._page_hash = ""
        self._cached: set[str] = set()
        self._intervals: dict[str, float] = {}
        self._due: dict[str, float] = {}

    def stop(self) -> None:
        self._stop_asked.set()
        self.join(10)

    def run(self) -> None:
        try:
            with contextlib.closing(self.connect()) as connection:
                self.rerun(connection)
                while not self._stop_asked.is_set():
                    self._turn(connection)
        except (OSError, websocket.WebSocketException) as error:
            self.failure = error

    def connect(self) -> websocket.WebSocket:
        address = f"ws://{urlsplit(self.url).netloc}/_stcore/stream"
        return websocket.create_connection(address, subprotocols=["streamlit"], origin=self.url, timeout=30)

    def rerun(self, connection: websocket.WebSocket, fragment: str = "") -> None:
        """Ask for a run of the script, or of one fragment as its timer does."""
        message = BackMsg()
        state = message.rerun_script
        state.query_string, state.fragment_id, state.is_auto_rerun = self.query, fragment, bool(fragment)
        state.page_script_hash, state.page_name = self._page_hash, "" if self._page_hash else self.page
        state.cached_message_hashes.extend(self._cached)
        state.context_info.locale, state.context_info.timezone = self.locale, "UTC"
        state.context_info.url = f"{self.url}/{self.page}?{self.query}"
        connection.send_binary(message.SerializeToString())

    def until_finished(self, connection: websocket.WebSocket) -> None:
        """Read until the script, or the fragment, that runs has ended."""
        before = self.finished + self.ticks
        while self.finished + self.ticks == before:
            self._read(connection.recv())

    def _turn(self, connection: websocket.WebSocket) -> None:
        now = time.monotonic()
        for fragment in [name for name, due in self._due.items() if due <= now]:
            self._due[fragment] = now + self._intervals[fragment]
            self.rerun(connection, fragment)
        connection.settimeout(max(0.01, min([0.5, *(due - now for due in self._due.values())])))
        with contextlib.suppress(websocket.WebSocketTimeoutException):
            self._read(connection.recv())

    def _read(self, data: bytes | str) -> None:
        message = ForwardMsg()
        message.ParseFromString(data)
        self.received += len(data)
        if message.metadata.cacheable and message.hash:
            self._cached.add(message.hash)
        match message.WhichOneof("type"):
            case "new_session":
                self._page_hash = message.new_session.page_script_hash
                if not message.metadata.run.fragment_ids:
                    self._intervals.clear()
                    self._due.clear()
            case "navigation":  # which page the address is: a session's first message cannot know
                self._page_hash = message.navigation.page_script_hash
            case "auto_rerun":
                fragment, interval = message.auto_rerun.fragment_id, message.auto_rerun.interval
                self._intervals[fragment] = interval
                self._due.setdefault(fragment, time.monotonic() + interval)
            case "stop_auto_rerun":
                for fragment in message.stop_auto_rerun.fragment_ids:
                    self._intervals.pop(fragment, None)
                    self._due.pop(fragment, None)
            case "delta" if message.delta.new_element.WhichOneof("type") == "exception":
                self.exceptions.append(message.delta.new_element.exception.message)
            case "script_finished" if message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                partial = message.script_finished == ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY
                self.ticks += partial
                self.finished += not partial
                self.opened.set()

    @property
    def fragments(self) -> list[str]:
        return list(self._intervals)


@dataclass(frozen=True)
class Sample:
    """The app at a moment: MiB resident of the web process, MiB proportional of all, cores the web process used since the last."""

    seconds: float
    rss: float
    pss: float
    processes: int
    cores: float
    ticks: int


class App:
    """The processes of a running app: the web process, and whoever has its store in its environment."""

    def __init__(self, web: int, store: str) -> None:
        self.web, self.store = psutil.Process(web), store
        self.began = self._at = time.monotonic()
        self._cpu = self.cpu()

    def cpu(self) -> float:
        times = self.web.cpu_times()
        return times.user + times.system

    def everyone(self) -> list[psutil.Process]:
        found = {process.pid: process for process in [self.web, *self.web.children(recursive=True)]}
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                mine = process.environ().get("GENAI_STORE") == self.store or self.store in process.cmdline()
                if self.store and mine:
                    found[process.pid] = process
        return list(found.values())

    def sample(self, ticks: int) -> Sample:
        pss = []
        for process in self.everyone():
            with contextlib.suppress(psutil.Error):
                memory = process.memory_full_info()
                pss.append(getattr(memory, "pss", memory.rss))
        now, cpu = time.monotonic(), self.cpu()
        cores = (cpu - self._cpu) / max(1e-9, now - self._at)
        self._at, self._cpu = now, cpu
        rss = self.web.memory_info().rss
        return Sample(now - self.began, rss / MIB, sum(pss) / MIB, len(pss), cores, ticks)


@contextlib.contextmanager
def own_server(app: Path) -> Iterator[tuple[str, int, str]]:
    """Start the app with a store of its own; (url, pid of the web process, store). Ends every process it began."""
    home = Path(tempfile.mkdtemp(prefix="genai-load-"))
    store = str(home / "store")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    flags = ["--server.port", str(port), "--server.address", "127.0.0.1", "--server.headless", "true"]
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", str(app), *flags, "--server.fileWatcherType", "none"],
            cwd=ROOT,
            env=os.environ | {"GENAI_STORE": store, "PYTHONPATH": str(ROOT)},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        for _ in range(600):
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{url}/_stcore/health", timeout=5):
                break
            time.sleep(0.1)
        else:
            raise SystemExit(f"The server did not start:\n{(home / 'log').read_text('utf-8', 'replace')[-2000:]}")
        yield url, process.pid, store
    finally:
        others = [p for p in App(process.pid, store).everyone() if p.pid != process.pid]
        process.send_signal(signal.SIGTERM)
        for other in others:
            with contextlib.suppress(psutil.NoSuchProcess):
                other.terminate()
        for other in psutil.wait_procs(others, timeout=10)[1]:
            other.kill()
        process.wait(30)
        shutil.rmtree(home, ignore_errors=True)


def live_run(store: str, model: str, dataset: str, seconds: float) -> str:
    """Begin a run that outlasts the measurement; its id."""
    from genai_core.contracts import Budget
    from genai_core.execution.client import Engine

    engine = Engine.connect(store)
    try:
        spec = engine.catalogue().spec(model, {}, dataset, 0, Budget(seconds=seconds))
        return engine.submit(spec, "", origin="cli")
    finally:
        engine.close()


def cost(app: App, url: str, page: str, query: str, count: int) -> tuple[float, float, list[str]]:
    """CPU milliseconds of the web process for a whole rerun of the page, and for one tick of its fragment (0 where none ticks)."""
    visitor = Visitor(url, page, query)
    with contextlib.closing(visitor.connect()) as connection:
        visitor.rerun(connection)
        visitor.until_finished(connection)
        connection.settimeout(10)
        spent = []
        for fragment in ("", *visitor.fragments[:1]):
            before = app.cpu()
            done = 0
            with contextlib.suppress(websocket.WebSocketTimeoutException):  # the server dropped a fragment that is gone
                while done < count:
                    visitor.rerun(connection, fragment)
                    visitor.until_finished(connection)
                    done += 1
            spent.append((app.cpu() - before) / max(1, done) * 1000)
    return spent[0], (spent[1:] or [0.0])[0], visitor.exceptions


def measure(args: argparse.Namespace, url: str, web: int, store: str) -> str:
    """The whole measurement as Markdown."""
    seconds = args.minutes * 60
    page, query = args.page, args.query
    if not query and store and args.model:
        query = f"run={live_run(store, args.model, args.dataset, min(3600, seconds + 120))}"
    app = App(web, store)
    whole, tick, exceptions = cost(app, url, page, query, args.reruns)
    samples = [app.sample(0)]
    visitors = [Visitor(url, page, query) for _ in range(args.sessions)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.opened.wait(60)
    until, step = time.monotonic() + seconds, max(5.0, seconds / 12)
    while time.monotonic() < until:
        time.sleep(min(step, max(0.0, until - time.monotonic())))
        samples.append(app.sample(sum(visitor.ticks for visitor in visitors)))
    for visitor in visitors:
        visitor.stop()
    lost = [visitor for visitor in visitors if visitor.failure]
    exceptions += [text for visitor in visitors for text in visitor.exceptions]
    lines = [
        f"## Web process under {args.sessions} sessions, {datetime.now(UTC):%Y-%m-%d}",
        "",
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}; page `{page or '/'}`, "
        f"{'a live run' if query.startswith('run=') else 'no run'}.",
        "",
        "| after s | web RSS MiB | all processes PSS MiB | processes | web cores | fragment ticks |",
        "|---:|---:|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {s.seconds:.0f} | {s.rss:.0f} | {s.pss:.0f} | {s.processes} | {s.cores:.2f} | {s.ticks} |" for s in samples
    ]
    lines += [
        "",
        f"- A whole rerun of the page: {whole:.1f} ms of CPU; one tick of its fragment: {tick:.1f} ms (mean of {args.reruns}, one session).",
        f"- {sum(v.received for v in visitors) / MIB:.1f} MiB sent to {len(visitors)} sessions; {len(lost)} connections lost; "
        f"{len(exceptions)} exceptions shown.",
    ]
    return "\n".join(lines + [f"- Exception: {text}" for text in sorted(set(exceptions))[:5]]) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.web_load", description="Load on the web process.")
    parser.add_argument("--url", default="", help="a server that runs on this machine; without it one is started")
    parser.add_argument("--store", default="", help="the store of that server")
    parser.add_argument("--page", default="gan", help="url path of the page")
    parser.add_argument("--query", default="", help="query string; without it a run is begun and shown")
    parser.add_argument("--model", default="gan-dcgan", help="the model of that run")
    parser.add_argument("--dataset", default="mnist5k")
    parser.add_argument("--sessions", type=int, default=20)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--reruns", type=int, default=30)
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is ended
    if args.url:
        host, port = urlsplit(args.url).hostname, urlsplit(args.url).port
        if host not in ("127.0.0.1", "localhost", "::1"):
            parser.error("only a server on this machine can be loaded")
        pids = [c.pid for c in psutil.net_connections("tcp") if c.status == "LISTEN" and c.laddr.port == port and c.pid]
        if not pids:
            parser.error(f"nobody listens on port {port}")
        print(measure(args, args.url.rstrip("/"), pids[0], args.store), end="")
    else:
        with own_server(ROOT / "app.py") as (url, web, store):
            print(measure(args, url, web, store), end="")


if __name__ == "__main__":
    main()
