"""Answers looks: small requests (decode this latent, sample again) that a person waits for with a finger on a slider.

One process of its own, forked from the engine, so that looks stay quick while a run trains; one look at a time. It leaves
when it has grown too big and the engine starts another; it is ended when a look takes too long. Those that take seconds go to
another such process, which is there only while it is asked.
"""

from __future__ import annotations

import math
import signal
import socket
import subprocess
import sys
import time
import traceback
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import psutil

from genai_core.contracts import N_
from genai_core.errors import EngineError, UserError
from genai_core.execution.process import Forked, can_fork, detach
from genai_core.execution.protocol import Address, Decoder, Frame, ProtocolError, frame, receive

GROWN = 200 << 20  # bytes this process may add to what it had when it started
WAITING = 64  # looks waiting at a time
LONG = frozenset({"report"})  # looks of seconds, nobody's finger on a slider: they have a worker of their own, so that no slider waits for them
REST = 60.0  # seconds after which that worker is ended when nobody asks


def failure(error: UserError) -> dict[str, Any]:
    """An error as it travels."""
    return {"ok": False, "error": {"type": type(error).__name__, **error.to_json()}}


# --- the worker's side -----------------------------------------------------------------------------------------------


def serve(sock: socket.socket, address: Address) -> int:
    """Answer looks on ``sock`` until it closes."""
    import torch

    from genai_core.looks import answer
    from genai_core.runs.store import Store

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    torch.set_num_threads(1)
    store = Store(address.url)
    process = psutil.Process()
    limit = process.memory_info().rss + GROWN
    while process.memory_info().rss < limit:
        try:
            asked = receive(sock)
            request = asked.message()
        except ConnectionError:  # the engine has gone
            return 0
        try:
            result, arrays = answer(store, request["name"], request["params"], asked.arrays())
            reply = frame({"ok": True, "result": result}, arrays)
        except UserError as error:
            reply = frame(failure(error))
        except Exception:  # noqa: BLE001 - a look must not take the worker with it
            traceback.print_exc()
            sys.stderr.flush()
            message = N_("The look {name} failed inside the worker; its log says why.")
            reply = frame(failure(EngineError(message, name=request["name"])))
        sock.sendall(reply.to_bytes())
    return 0


# --- the engine's side -----------------------------------------------------------------------------------------------


class Looker:
    """The engine's hold on the look worker: a short queue, one look in work, a time limit for each.

    ``reply(owner, frame)`` is called with every answer; ``watch(sock)`` and ``unwatch(sock)`` when its socket comes and goes.
    ``rest``: seconds without a look after which the worker is ended.
    """

    def __init__(
        self,
        address: Address,
        program: Sequence[str],
        reply: Callable[[Any, Frame], None],
        watch: Callable[[socket.socket], None],
        unwatch: Callable[[socket.socket], None],
        rest: float = math.inf,
    ) -> None:
        self.address, self.program = address, program
        self.rest, self.asked = rest, time.monotonic()
        self.reply, self.watch, self.unwatch = reply, watch, unwatch
        self.queue: deque[tuple[Any, dict[str, Any], float]] = deque()
        self.current: tuple[Any, dict[str, Any], float] | None = None
        self.process: Forked | subprocess.Popen[bytes] | None = None
        self.sock: socket.socket | None = None
        self.decoder = Decoder()
        self.ended: list[Forked | subprocess.Popen[bytes]] = []

    def ask(self, owner: Any, name: str, params: dict[str, Any], timeout: float, files: bytes = b"") -> None:
        """``files``: arrays as they travel, what a visitor brought."""
        if len(self.queue) >= WAITING:
            self.reply(owner, frame(failure(EngineError(N_("Too many looks are waiting; try again in a moment.")))))
            return
        request = {"name": name, "params": params, "timeout": timeout, "files": files}
        self.asked = time.monotonic()
        self.queue.append((owner, request, self.asked + timeout))
        self.tick()

    def forget(self, owner: Any) -> None:
        """Its asker has gone: what waits is dropped; what is in work is finished for nobody."""
        self.queue = deque(item for item in self.queue if item[0] is not owner)

    def start(self) -> None:
        ours, theirs = socket.socketpair()
        if can_fork():

            def body() -> int:
                detach(self.address.log, theirs.fileno())
                return serve(theirs, self.address)

            self.process = Forked(body)
        else:
            with open(self.address.log, "ab") as log:
                command = [sys.executable, *self.program, "--store", self.address.url, "--look", str(theirs.fileno())]
                self.process = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    pass_fds=[theirs.fileno()],
                    start_new_session=True,
                )
        theirs.close()
        ours.setblocking(False)
        self.sock, self.decoder = ours, Decoder()
        self.watch(ours)

    def tick(self) -> None:
        """Start what waits, end what takes too long."""
        self.ended = [process for process in self.ended if process.poll() is None]
        now = time.monotonic()
        if self.current and now > self.current[2]:
            self.lose(N_("The look {name} took longer than {seconds} s and was ended."))
        if self.process is not None and self.current is None and not self.queue and now - self.asked > self.rest:
            self.close()
        while self.current is None and self.queue:
            owner, request, limit = self.queue.popleft()
            if now > limit:
                self.reply(owner, frame(failure(EngineError(N_("The look worker is busy; try again in a moment.")))))
                continue
            if self.sock is None:
                self.start()
            self.current = owner, request, now + request["timeout"]
            try:
                assert self.sock is not None
                self.sock.setblocking(True)  # a request is small and the worker waits for it
                plain = {name: value for name, value in request.items() if name != "files"}
                self.sock.sendall(replace(frame(plain), blob=request["files"]).to_bytes())
                self.sock.setblocking(False)
            except OSError:  # it left after the last answer, having grown: a new one takes the look
                self.current = None
                self.close()
                self.queue.appendleft((owner, request, limit))

    def read(self) -> None:
        """Its socket has something: an answer, or its end."""
        assert self.sock is not None
        try:
            data = self.sock.recv(1 << 20)
            frames = self.decoder.feed(data)
        except (OSError, ProtocolError):
            data, frames = b"", []
        if frames and self.current:
            owner, self.current = self.current[0], None
            self.reply(owner, frames[0])
        if not data:
            self.lose(N_("The look worker died while it worked on {name}; try again."))
        self.tick()

    def lose(self, message: str) -> None:
        self.close()
        if self.current:
            (owner, request, _), self.current = self.current, None
            error = EngineError(message, name=request["name"], seconds=f"{request['timeout']:g}")
            self.reply(owner, frame(failure(error)))

    def close(self) -> None:
        """End the worker; a look brings a new one."""
        if self.sock is not None:
            self.unwatch(self.sock)
            self.sock.close()
            self.sock = None
        if self.process is not None:
            if self.process.poll() is None:
                psutil.Process(self.process.pid).kill()
                self.ended.append(self.process)
            self.process = None

    def due(self) -> float:
        """When tick() must be called at the latest (a monotonic time)."""
        return self.current[2] if self.current else math.inf
