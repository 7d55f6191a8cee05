"""A tour's live scene when the engine hangs: it takes the request and does not answer it."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from genai_core.contracts import Budget, RunSpec
from genai_core.execution import client
from genai_core.execution.client import Engine
from genai_core.execution.protocol import ProtocolError, address, frame, receive, source_hash
from genai_core.tour import tours
from pages.shared import presenter, services

LATE = 15.0  # seconds after which the engine answers whoever still waits: a limit that does not hold gets a run, and no hang
SCENE = next(scene for tour in tours().values() for scene in tour.scenes if scene.live)


class Hung:
    """An engine by its socket: it greets a web process as engines do, and answers a submit only when it is too late."""

    def __init__(self, url: str) -> None:
        self.place = address(url)
        self.asked: list[str] = []
        self.left = threading.Event()  # somebody gave up
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(str(self.place.socket))
        self.listener.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                caller, _ = self.listener.accept()
            except OSError:  # closed at the end of the test
                return
            threading.Thread(target=self._serve, args=(caller,), daemon=True).start()

    def _serve(self, caller: socket.socket) -> None:
        with caller:
            op = receive(caller).message()["op"]
            self.asked.append(op)
            if op == "hold":
                caller.sendall(frame({"ok": True, "result": {"source": source_hash()}}).to_bytes())
            caller.settimeout(None if op == "hold" else LATE)
            try:
                receive(caller)
            except TimeoutError:
                caller.sendall(frame({"ok": True, "result": {"run": "late"}}).to_bytes())
            except (OSError, ProtocolError):
                if op == "submit":
                    self.left.set()

    def close(self) -> None:
        self.listener.close()
        self.place.socket.unlink()


@pytest.fixture
def hung(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hung]:
    url = str(tmp_path / "store")
    found = Hung(url)
    engine = Engine.connect(url, program=("-c", "raise SystemExit(1)"))
    monkeypatch.setattr(services, "engine", lambda: engine)
    monkeypatch.setattr(presenter, "spec", lambda scene: RunSpec("gan-mlp", {}, "points", scene.seed, Budget(seconds=1)))
    monkeypatch.setattr(presenter.st, "session_state", {})
    yield found
    engine.close()
    found.close()


def test_a_live_scene_of_an_engine_that_does_not_answer_falls_back(hung: Hung, monkeypatch: pytest.MonkeyPatch):
    assert presenter.ENGINE < client.ANSWERING and SCENE.patience > presenter.ENGINE
    monkeypatch.setattr(presenter, "ENGINE", 0.2)
    assert presenter._run(SCENE) == {"fell": "1"}
    assert hung.left.wait(30)  # the request was given up, not only forgotten
    assert hung.asked == ["hold", "submit"]  # and is not made a second time: a run that came of it later would train for nobody
    assert presenter.st.session_state["tour runs"] == {}  # coming back to the scene asks again
