"""One job, one process: how it is started, told to pause or stop, ended, and how it notices that the engine has gone.

A forked job starts in milliseconds with everything imported. Where fork is unsafe (macOS), programs of their own are
kept warm instead (:mod:`genai_core.execution.worker`) and take one job each; both run the same function.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

from genai_core.execution.protocol import Address

Word = Literal["pause", "stop"]
NICENESS = 10


def can_fork() -> bool:
    """Whether a process that has imported torch may fork: not on macOS; GENAI_FORK=0 says no anywhere."""
    return hasattr(os, "fork") and sys.platform != "darwin" and os.environ.get("GENAI_FORK") != "0"


@dataclass(frozen=True)
class Order:
    """What a job process is asked to do. ``until``: pause at this step (None: to the end of the budget)."""

    run_id: str
    until: int | None = None
    threads: int = 1
    typed: str = field(default="", repr=False)  # by a visitor: in memory alone


class Control:
    """What the engine has asked of a job, read from a pipe without waiting: None, "pause" or "stop".

    A closed pipe means that the engine has gone, a SIGTERM that the machine is going down: the job saves itself and pauses.
    """

    def __init__(self, fd: int) -> None:
        os.set_blocking(fd, False)
        self.fd = fd
        self.word: Word | None = None

    def __call__(self) -> Word | None:
        if self.fd >= 0:
            try:
                data = os.read(self.fd, 4096)
            except BlockingIOError:
                return self.word
            if not data:
                self.fd = -1
                self.pause()
            for word in data.split():
                if word == b"stop":
                    self.word = "stop"
                elif word == b"pause":
                    self.pause()
        return self.word

    def pause(self, *_: object) -> None:
        self.word = self.word or "pause"


def give_way() -> None:
    """Leave the processor to whoever answers a person. Where Linux schedules sessions as groups, a niceness counts only within
    its session, and the session has one of its own."""
    os.nice(NICENESS)
    with contextlib.suppress(OSError):  # no such file elsewhere
        Path("/proc/self/autogroup").write_text(str(NICENESS))


def perform(address: Address, order: Order, control: Control) -> int:
    """Carry out one order in this process; returns its exit status. The one edge that catches everything."""
    signal.signal(signal.SIGTERM, control.pause)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    give_way()
    path = address.job(order.run_id)
    alive = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(alive, fcntl.LOCK_EX)
        os.truncate(alive, 0)
        os.write(alive, str(os.getpid()).encode())

        from genai_core.runs.job import execute
        from genai_core.runs.store import Store

        store = Store(address.url)
        execute(store, order.run_id, control, until=order.until, threads=order.threads, typed=order.typed)
    except BaseException:  # noqa: BLE001 - the edge of the process: the log keeps it
        traceback.print_exc()
        return 1
    finally:
        path.unlink(missing_ok=True)
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


def detach(log: Path, *keep: int) -> None:
    """Make a forked child a process of its own: group, signals, files. ``keep``: file descriptors it goes on using."""
    os.setsid()
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    with open(os.devnull, "rb") as nothing, open(log, "ab") as out:
        os.dup2(nothing.fileno(), 0)
        os.dup2(out.fileno(), 1)
        os.dup2(out.fileno(), 2)
    low = 3
    for fd in sorted(keep):
        os.closerange(low, fd)
        low = fd + 1
    os.closerange(low, os.sysconf("SC_OPEN_MAX"))


class Forked:
    """A child of this process that runs ``body`` and nothing of its parent's."""

    def __init__(self, body: Callable[[], int]) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        self.status: int | None = None
        self.pid = os.fork()
        if self.pid == 0:
            code = 1
            try:
                code = body()
            except BaseException:  # noqa: BLE001 - the edge of the process: the log keeps it
                traceback.print_exc()
                sys.stderr.flush()
            finally:
                os._exit(code)

    def poll(self) -> int | None:
        """The exit status once it has ended (minus the signal when one killed it), None before."""
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
        return self.status


class Job:
    """The engine's hold on one job process."""

    def __init__(self, order: Order, process: Forked | subprocess.Popen[bytes], control: int) -> None:
        self.order = order
        self.process = process
        self.control = control
        self.asked: Word | None = None
        self.deadline = float("inf")  # when the next harder way of stopping is due
        self.again: Literal["resume", "step"] | None = None  # what was asked for while it was on its way out
        self.termed = False

    @classmethod
    def fork(cls, address: Address, order: Order) -> Job:
        read, write = os.pipe()

        def body() -> int:
            detach(address.log, read)
            return perform(address, order, Control(read))

        try:
            process = Forked(body)
        finally:
            os.close(read)
        return cls(order, process, write)

    def ask(self, word: Word, patience: float) -> None:
        """Ask the job to pause or stop; after ``patience`` seconds it is ended the hard way."""
        if self.asked in (None, "pause") and word != self.asked:
            self.asked = word
            self.deadline = min(self.deadline, time.monotonic() + patience)
            with contextlib.suppress(BrokenPipeError):  # it has just ended; poll() will say so
                os.write(self.control, word.encode() + b"\n")

    def press(self, patience: float) -> None:
        """Once the deadline is over: SIGTERM, and then SIGKILL to the whole process group."""
        if time.monotonic() >= self.deadline:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL if self.termed else signal.SIGTERM)
            self.termed = True
            self.deadline = time.monotonic() + patience

    def poll(self) -> int | None:
        code = self.process.poll()
        if code is not None and self.control >= 0:
            os.close(self.control)
            self.control = -1
        return code


class Spares:
    """Warm worker programs that wait for an order, for systems where fork is unsafe."""

    def __init__(self, address: Address, program: Sequence[str], count: int = 1) -> None:
        self.address = address
        self.program = (*program, "--store", address.url)
        self.count = count
        self.waiting: list[tuple[subprocess.Popen[bytes], int]] = []

    def fill(self) -> None:
        while len(self.waiting) < self.count:
            read, write = os.pipe()
            with open(self.address.log, "ab") as log:
                process = subprocess.Popen(
                    [sys.executable, *self.program], stdin=read, stdout=log, stderr=log, start_new_session=True
                )
            os.close(read)
            self.waiting.append((process, write))

    def start(self, order: Order) -> Job:
        """Hand ``order`` to the program that has waited longest, and start another in its place."""
        self.drop_dead()
        self.fill()
        process, write = self.waiting.pop(0)
        job = Job(order, process, write)
        with contextlib.suppress(BrokenPipeError):  # it died this moment: poll() says so
            os.write(write, json.dumps(asdict(order)).encode() + b"\n")
        self.fill()
        return job

    def drop_dead(self) -> None:
        for process, write in [pair for pair in self.waiting if pair[0].poll() is not None]:
            os.close(write)
            self.waiting.remove((process, write))

    def close(self) -> None:
        """A closed pipe tells a waiting worker to leave."""
        for _, write in self.waiting:
            os.close(write)
        for process, _ in self.waiting:
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.waiting.clear()


def await_orphans(address: Address, patience: float) -> None:
    """Wait for the jobs of an engine that died: each notices, saves itself and leaves; those that do not are killed."""
    limit = time.monotonic() + patience
    for path in address.jobs():
        try:
            fd = os.open(path, os.O_RDWR)
        except FileNotFoundError:  # it left just now
            continue
        while not _free(fd):
            if time.monotonic() > limit and (pid := os.pread(fd, 32, 0)):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(pid), signal.SIGKILL)
            time.sleep(0.02)
        os.close(fd)
        path.unlink(missing_ok=True)


def _free(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
