"""A real server and a real browser. Tests wait on states of the page, never on the clock."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Error, Locator, Page, expect

ROOT = Path(__file__).parent.parent.parent
SHOTS = ROOT / "test-results"
PATIENCE = 30_000  # ms; how long a state may take on a busy machine
MAC = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
# On a deep link Streamlit looks for its server below the page first, and finds it at the root.
PROBE = re.compile(r"/[\w-]+/_stcore/(health|host-config)$")
HEAVY = {"torch", "pandas", "scipy", "sklearn"}
expect.set_options(timeout=PATIENCE)


class Server:
    """The app as a person starts it, on a free port, with a store of its own.

    ``environ`` goes on top of this process's environment. The engine it starts is found by the store in its environment.
    """

    def __init__(self, app: Path, **environ: str) -> None:
        self.app = app
        self.home = Path(tempfile.mkdtemp(prefix="genai-"))  # short: a socket's path holds 107 bytes
        self.store = self.home / "store"
        self.log = self.home / "server.log"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.environ = (
            os.environ | {"GENAI_STORE": str(self.store), "GENAI_STRICT": "1", "PYTHONPATH": str(ROOT)} | environ
        )
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        options = {
            "server.port": self.port,
            "server.address": "127.0.0.1",
            "server.headless": "true",
            "server.fileWatcherType": "none",
            "browser.gatherUsageStats": "false",
        }
        flags = [part for name, value in options.items() for part in (f"--{name}", str(value))]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "streamlit", "run", str(self.app), *flags],
                cwd=self.app.parent,  # where its .streamlit/config.toml lies
                env=self.environ,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        until = time.monotonic() + PATIENCE / 1000
        while not self.healthy():
            if self.process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"The server did not start:\n{self.log.read_text('utf-8', 'replace')[-4000:]}")
            time.sleep(0.05)

    def healthy(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False

    def others(self) -> list[psutil.Process]:
        """The processes that work for this store beside the web process: the engine and its jobs."""
        assert self.process is not None
        mine = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if process.environ().get("GENAI_STORE") == str(self.store) and process.pid != self.process.pid:
                    mine.append(process)
        return mine

    def libraries(self) -> set[str]:
        """The packages whose compiled parts the web process has in memory; none where there is no /proc."""
        assert self.process is not None
        maps = Path(f"/proc/{self.process.pid}/maps")
        return set(re.findall(r"/site-packages/(\w+)/", maps.read_text())) if maps.exists() else set()

    def kill(self, how: int = signal.SIGKILL) -> None:
        """End the web process alone, as a crash would."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(how)
        self.process.wait(30)

    def restart(self) -> None:
        """A crash and a new start on the same port and store; the engine is left as it is."""
        self.kill()
        self.start()

    def close(self) -> None:
        self.kill(signal.SIGTERM)
        others = self.others()
        for process in others:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.terminate()
        for process in psutil.wait_procs(others, timeout=10)[1]:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        shutil.rmtree(self.home, ignore_errors=True)


@pytest.fixture(scope="session")
def serve() -> Iterator[Callable[..., Server]]:
    """Start servers: ``serve(app, NAME="value")``; all are stopped at the end."""
    started: list[Server] = []

    def start(app: Path, **environ: str) -> Server:
        started.append(Server(app, **environ))
        started[-1].start()
        return started[-1]

    yield start
    for server in started:
        server.close()


@pytest.fixture(scope="session")
def server(serve: Callable[..., Server], browser: Browser) -> Iterator[Server]:
    """The app itself, visited once: a deep link in the first session of a process is not known yet (see visitor.js).

    Whatever the tests opened, its web process has learned neither torch nor pandas from it.
    """
    started = serve(ROOT / "app.py")
    page = browser.new_page()
    page.goto(started.url)
    ready(page)
    page.close()
    yield started
    assert started.libraries() & HEAVY == set()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict) -> dict:
    """The Chromium that is installed, else Playwright's own; nothing but this machine can be reached."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    found = next(filter(None, map(shutil.which, names)), None) or next(filter(os.path.exists, MAC), None)
    rules = ["--no-sandbox", "--disable-dev-shm-usage", "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"]
    return browser_type_launch_args | {"args": rules} | ({"executable_path": found} if found else {})


@pytest.fixture
def errors() -> list[str]:
    """What the browser complained of. A test that provokes a complaint clears it."""
    return []


@pytest.fixture
def open_page(browser: Browser, errors: list[str]) -> Iterator[Callable[..., Page]]:
    """``open_page(url, locale="zh-CN", **context options)``: a new visitor with a profile of its own."""
    contexts = []

    def complaint(message: ConsoleMessage) -> None:
        address = message.location.get("url", "")
        if message.type == "error" and not PROBE.search(address):
            errors.append(f"console: {message.text} {address}")

    def visit(url: str, locale: str = "en-US", **options: object) -> Page:
        context = browser.new_context(**{"locale": locale, "viewport": {"width": 1440, "height": 900}, **options})
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = context.new_page()
        page.on("console", complaint)
        page.on("pageerror", lambda error: errors.append(f"page: {error}"))
        page.goto(url)
        ready(page)
        return page

    yield visit
    for context in contexts:
        with contextlib.suppress(Error):
            context.close()
    assert errors == []


@pytest.fixture
def page(open_page: Callable[..., Page], server: Server) -> Page:
    """An English visitor on the home page."""
    return open_page(server.url)


def scrub(bar: Locator, value: float) -> None:
    """Pull a scrubber to a value and let go."""
    bar.evaluate(
        """(node, value) => { node.value = value; node.dispatchEvent(new Event('input', {bubbles: true}));
        node.dispatchEvent(new Event('change', {bubbles: true})); }""",
        str(value),
    )


def source(image: Locator) -> str:
    """What an image shows, once it shows something."""
    expect(image).to_have_attribute("src", re.compile("."))
    return str(image.get_attribute("src"))


def ready(page: Page) -> None:
    """Wait until the page is connected and its script has ended."""
    page.wait_for_selector(
        '[data-testid="stApp"][data-test-connection-state="CONNECTED"][data-test-script-state="notRunning"]',
        state="attached",
    )


def shot(page: Page, name: str) -> Path:
    """A picture of the whole page, to be looked at, in test-results/."""
    SHOTS.mkdir(exist_ok=True)
    path = SHOTS / f"{name}.png"
    page.screenshot(path=path, full_page=True)
    return path
