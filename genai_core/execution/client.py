"""The web process's side of the engine: submits specs, controls runs, asks for looks. Torch-free, safe for threads.

Each request is a connection of its own (50 microseconds), so no thread waits for another's answer; one more connection
stays open and tells the engine that somebody is there.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genai_core import errors
from genai_core.catalogue import Catalogue
from genai_core.contracts import N_, RunSpec
from genai_core.errors import EngineError, UserError
from genai_core.execution.protocol import (
    Address,
    Frame,
    ProtocolError,
    address,
    catalogue_path,
    frame,
    receive,
    source_hash,
)
from genai_core.runs.spec import to_json

if TYPE_CHECKING:
    import numpy as np

PROGRAM = ("-m", "genai_core.execution.engine")
STARTING = 90.0  # seconds that an engine may take to come up
ANSWERING = 20.0  # seconds for anything but a look
LOG_LIMIT = 1 << 20
ERRORS = {kind.__name__: kind for kind in (errors.ConfigError, errors.DataError, errors.RunError, EngineError)}


class Engine:
    """The engine of one store, started when it is needed and started again when it has gone."""

    def __init__(self, place: Address, start: bool, program: Sequence[str]) -> None:
        self.address = place
        self.source = source_hash()
        self._start = start
        self._program = tuple(program)
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._held: socket.socket | None = None
        self._catalogue: tuple[int, Catalogue] | None = None

    @classmethod
    def connect(cls, store_url: str | os.PathLike[str], start: bool = True, program: Sequence[str] = PROGRAM) -> Engine:
        """The engine of a store. With ``start`` it is launched if it is not there, and this does not wait for it to be warm."""
        engine = cls(address(store_url), start, program)
        with engine._lock:
            if engine._hold() is None and start:
                engine._launch()
        return engine

    def close(self) -> None:
        """Let the engine go: it leaves by itself when nobody else needs it."""
        with self._lock:
            if self._held is not None:
                self._held.close()
                self._held = None

    # -- requests

    def submit(
        self,
        spec: RunSpec,
        owner_hash: str = "",
        origin: str = "web",
        preset: str = "",
        start: str = "",
        typed: str = "",
        answering: float = ANSWERING,
    ) -> str:
        """Queue a run, and return its id. ``start``: the run whose weights it starts from. ``typed``: what a visitor typed; the run
        is private then, and the text stays in memory. ``answering``: seconds that the engine may take.

        Raises ConfigError or DataError for a spec that cannot be run, EngineError when the queue is full.
        """
        message = {
            "op": "submit", "spec": to_json(spec), "owner": owner_hash, "origin": origin, "preset": preset, "start": start, "typed": typed,
        }  # fmt: skip
        return self._ask(message, again=False, answering=answering)[0]["run"]

    def control(self, run_id: str, action: str, token: str) -> str:
        """ "pause", "resume", "stop" or "step" a run of one's own; returns the state it is in now. RunError for anyone else."""
        return self._ask({"op": "control", "run": run_id, "action": action, "token": token})[0]["state"]

    def look(
        self, name: str, params: dict[str, Any], timeout: float = 10.0, files: Mapping[str, bytes] | None = None
    ) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Ask the look worker (:mod:`genai_core.looks`). Raises its UserErrors, EngineError when it takes too long.

        ``files``: what a visitor brought; it is kept nowhere."""
        message = {"op": "look", "name": name, "params": params, "timeout": timeout}
        return self._ask(message, answering=2 * timeout + 2, files=files)

    def status(self) -> dict[str, Any]:
        """``slots``, ``running`` ([{id, ...}]), ``queue`` (ids, the next first), ``threads``, ``pid``."""
        return self._ask({"op": "status"})[0]

    def seen(self, run_ids: Iterable[str]) -> None:
        """Somebody looks at these runs now. Never starts an engine: a run that is gone needs no looking at."""
        self._ask({"op": "seen", "runs": list(run_ids)}, start=False)

    def catalogue(self) -> Catalogue:
        """The plug-ins. Waits for the engine only where none of this code has ever run on this machine."""
        path = catalogue_path(self.source)
        if not path.exists():
            self.status()
        stamp = path.stat().st_mtime_ns
        if self._catalogue is None or self._catalogue[0] != stamp:
            self._catalogue = stamp, Catalogue.load(path)
        return self._catalogue[1]

    # -- the connection

    def _ask(
        self,
        message: dict[str, Any],
        again: bool = True,
        start: bool = True,
        answering: float = ANSWERING,
        files: Mapping[str, bytes] | None = None,
    ) -> tuple[Any, dict[str, np.ndarray]]:
        """One request. An engine that has gone is started again, once; a request that must not be made twice (``again``
        false) is not repeated after it was sent."""
        import numpy as np

        arrays = {name: np.frombuffer(data, np.uint8) for name, data in (files or {}).items()}
        request = frame(message, arrays).to_bytes()
        if self._start and not self._alive():
            with self._lock:
                self._hold()
        for attempt in (1, 2):
            sent = False
            try:
                with self._open() as sock:
                    sock.settimeout(answering)
                    sock.sendall(request)
                    sent = True
                    return _result(receive(sock))
            except TimeoutError:
                raise EngineError(N_("The worker engine does not answer; try again in a moment.")) from None
            except (OSError, ProtocolError):
                if not start:
                    return {}, {}
                if attempt == 2 or (sent and not again):
                    raise EngineError(N_("The worker engine stopped before it answered; try again.")) from None
                self._ensure()
        raise AssertionError("unreachable")

    def _open(self) -> socket.socket:
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            sock.connect(str(self.address.socket))
        except OSError:
            sock.close()
            raise
        return sock

    def _hold(self) -> dict[str, Any] | None:
        """Open the connection that stays. None where no engine of this code listens; one of other code is asked to leave."""
        if self._held is not None:
            self._held.close()
            self._held = None
        sock = None
        try:
            sock = self._open()
            sock.settimeout(ANSWERING)
            sock.sendall(frame({"op": "hold"}).to_bytes())
            found, _ = _result(receive(sock))
            if found["source"] != self.source:
                sock.sendall(frame({"op": "retire"}).to_bytes())
                sock.close()
                return None
        except (OSError, ProtocolError, UserError):
            if sock is not None:
                sock.close()
            return None
        sock.setblocking(False)
        self._held = sock
        return found

    def _alive(self) -> bool:
        """Whether the engine still holds its end of the connection that stays: nothing ever comes over it but its end."""
        held = self._held
        try:
            return held is not None and bool(held.recv(1, socket.MSG_PEEK))
        except BlockingIOError:
            return True
        except OSError:  # another thread is replacing it
            return False

    def _ensure(self) -> None:
        """An engine that listens, started if there is none. EngineError where it does not come up."""
        if not self._start:
            raise EngineError(N_("The worker engine is not running."))
        with self._lock:  # one thread starts it, the others wait here
            limit = time.monotonic() + STARTING
            while self._hold() is None:
                if self._process is None or self._process.poll() is not None:
                    if self._process is not None and self._process.returncode:
                        code, self._process = self._process.returncode, None
                        if code > 0:
                            message = N_("The worker engine could not start: {reason} Its log is {log}.")
                            raise EngineError(message, reason=self._last_line(), log=str(self.address.log))
                        time.sleep(0.3)  # it found another engine, which is on its way in or out
                    self._launch()
                if time.monotonic() > limit:
                    raise EngineError(N_("The worker engine did not start in {seconds} s."), seconds=int(STARTING))
                time.sleep(0.05)

    def _launch(self) -> None:
        self.source = source_hash()  # of the files that the engine is about to read
        log = self.address.log
        if log.exists() and log.stat().st_size > LOG_LIMIT:
            log.write_bytes(b"")
        root = str(Path(__file__).resolve().parents[2])
        paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
        with open(log, "ab") as out:
            self._process = subprocess.Popen(
                [sys.executable, *self._program, "--store", self.address.url],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
                env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
            )

    def _last_line(self) -> str:
        lines = self.address.log.read_text("utf-8", "replace").strip().splitlines()
        return lines[-1][:200].rstrip(".") + "." if lines else "-"


def _result(reply: Frame) -> tuple[Any, dict[str, np.ndarray]]:
    message = reply.message()
    if not message.get("ok"):
        error = message["error"]
        raise ERRORS.get(error["type"], UserError)(error["message"], **error["params"])
    return message["result"], reply.arrays()
