"""The engine's loop: one thread, one select. It takes requests, keeps the queue, starts and ends jobs, passes looks on."""

from __future__ import annotations

import hmac
import os
import re
import selectors
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from genai_core import registry
from genai_core.catalogue import Catalogue
from genai_core.contracts import N_, RunSpec
from genai_core.errors import ConfigError, DataError, EngineError, RunError, UserError
from genai_core.execution import machine
from genai_core.execution.looker import LONG, REST, Looker, failure
from genai_core.execution.process import Job, Order, Spares, can_fork
from genai_core.execution.protocol import Address, Decoder, Frame, ProtocolError, frame, same_user
from genai_core.runs import spec as specs
from genai_core.runs.store import RunRecord, Store, owner_hash

REQUEST_LIMIT = 1 << 16  # bytes of a request's header
FILES_LIMIT = 8 << 20  # bytes of what a visitor brought with a look
CONNECTIONS = 200
STALLED = 30.0  # seconds after which a client that neither asks nor reads is dropped
MEASURED = 0.4  # seconds over which idle cores are counted
LOOK_LIMIT = 30.0  # seconds, the most a look may ask for


@dataclass(frozen=True)
class Settings:
    """From the environment; every one has a default that fits a laptop."""

    slots: int = field(default_factory=machine.slots)
    queue: int = 20  # runs that may wait
    idle: float = 30.0  # seconds with nobody connected and nothing to do before the engine leaves
    patience: float = 15.0  # seconds that a job gets to save itself before it is ended
    unseen: float = 600.0  # seconds after which a web run that nobody looks at makes room for one that waits
    sweep: float = 600.0  # seconds between clean-ups of old runs
    store_mb: int = 2000  # what runs may take
    store_days: float = 30.0

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """GENAI_WORKERS, GENAI_QUEUE, GENAI_IDLE, GENAI_PATIENCE, GENAI_UNSEEN, GENAI_SWEEP, GENAI_STORE_MB, GENAI_STORE_DAYS.

        ConfigError where one is not a positive number.
        """
        values: dict[str, Any] = {}
        for name, kind in (
            ("slots", int), ("queue", int), ("idle", float), ("patience", float),
            ("unseen", float), ("sweep", float), ("store_mb", int), ("store_days", float),
        ):  # fmt: skip
            variable = "GENAI_WORKERS" if name == "slots" else f"GENAI_{name.upper()}"
            text = environment.get(variable, "")
            if text:
                value = (specs.whole if kind is int else specs.number)(variable, text)
                if value <= 0:
                    raise ConfigError(N_("{name} must be a positive number."), name=variable)
                values[name] = value
        return cls(**values)


class Connection:
    """One client. Requests are answered in order; ``holds`` keeps the engine from leaving."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.decoder = Decoder(REQUEST_LIMIT, FILES_LIMIT)
        self.out = bytearray()
        self.holds = False
        self.waits = False  # a look is being answered
        self.active = time.monotonic()


class Server:
    """The engine of one store. ``run()`` returns when there is nothing left to do or a SIGTERM came."""

    def __init__(
        self,
        address: Address,
        listener: socket.socket,
        source: str,
        settings: Settings,
        worker: Sequence[str],
    ) -> None:
        self.address, self.source, self.settings = address, source, settings
        self.store = Store(address.url)
        self.catalogue = Catalogue(registry.catalogue())
        self.selector = selectors.DefaultSelector()
        self.listener: socket.socket | None = listener
        self.connections: dict[socket.socket, Connection] = {}
        self.jobs: dict[str, Job] = {}
        self.queue: list[Order] = []
        self.seen: dict[str, float] = {}
        self.leaving = False
        self.busy = time.monotonic()  # the last moment there was a reason to stay
        self.swept = -float("inf")
        self.free, self.measured = machine.idle(), time.monotonic()  # idle cores, lately
        watching = (self._answer_look, self._watch_look, self._unwatch)
        self.quick, self.long = Looker(address, worker, *watching), Looker(address, worker, *watching, rest=REST)
        self.lookers = (self.quick, self.long)
        self.spares = None if can_fork() else Spares(address, worker)
        self.operations: dict[str, Callable[[Connection, dict[str, Any]], dict[str, Any] | None]] = {
            "hold": self._hold,
            "submit": self._submit,
            "control": self._control,
            "look": self._look,
            "seen": self._seen,
            "status": self._status,
            "retire": self._retire,
        }

    # -- the loop

    def run(self) -> None:
        wake, woken = socket.socketpair()
        for end in (wake, woken):
            end.setblocking(False)
        signal.set_wakeup_fd(woken.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, lambda *_: self._leave())
        signal.signal(signal.SIGINT, lambda *_: self._leave())
        assert self.listener is not None
        self.selector.register(wake, selectors.EVENT_READ, self._woken)
        self.selector.register(self.listener, selectors.EVENT_READ, self._accept)
        try:
            self._recover()
            if self.spares:
                self.spares.fill()
            while not self._finished():
                self._start_jobs()
                for key, events in self.selector.select(self._pause()):
                    key.data(key.fileobj, events)
                self._tick()
        finally:
            signal.set_wakeup_fd(-1)
            self._close()

    def _finished(self) -> bool:
        if self.leaving:
            return not self.jobs
        now = time.monotonic()
        if self.jobs or self.queue or any(c.holds or c.waits for c in self.connections.values()):
            self.busy = now
        return now - self.busy > self.settings.idle

    def _pause(self) -> float:
        now = time.monotonic()
        due = [now + 0.5, *(looker.due() for looker in self.lookers), *(job.deadline for job in self.jobs.values())]
        return max(0.0, min(due) - now)

    def _tick(self) -> None:
        for job in list(self.jobs.values()):
            code = job.poll()
            if code is not None:
                self._ended(job, code)
            else:
                job.press(self.settings.patience / 3)
        for looker in self.lookers:
            looker.tick()
        now = time.monotonic()
        for connection in list(self.connections.values()):
            if not connection.holds and not connection.waits and now - connection.active > STALLED:
                self._drop(connection)
        if now - self.measured > MEASURED:
            self.free, self.measured = machine.idle(), now
        self._make_room(now)
        if now - self.swept > self.settings.sweep and not self.leaving:
            self.swept = now
            self.store.sweep(self.settings.store_mb << 20, self.settings.store_days * 86400)

    def _woken(self, sock: Any, _events: int) -> None:
        sock.recv(4096)

    def _leave(self) -> None:
        """Checkpoint what runs, and go. What waits in the queue stays queued, for the next engine."""
        self.leaving = True
        for job in self.jobs.values():
            job.again = None
            job.ask("pause", self.settings.patience)

    def _close(self) -> None:
        if self.listener is not None:
            self.address.socket.unlink(missing_ok=True)
            self.listener.close()
        for looker in self.lookers:
            looker.close()
            for process in looker.ended:
                while process.poll() is None:
                    time.sleep(0.005)
        if self.spares:
            self.spares.close()
        for connection in list(self.connections.values()):
            self._drop(connection)
        self.selector.close()

    # -- clients

    def _accept(self, listener: Any, _events: int) -> None:
        sock, _ = listener.accept()
        if len(self.connections) >= CONNECTIONS or not same_user(sock):
            sock.close()
            return
        sock.setblocking(False)
        self.connections[sock] = Connection(sock)
        self.selector.register(sock, selectors.EVENT_READ, self._serve)

    def _serve(self, sock: Any, events: int) -> None:
        connection = self.connections.get(sock)
        if connection is None:  # dropped in this same round
            return
        connection.active = time.monotonic()
        try:
            if events & selectors.EVENT_WRITE:
                self._flush(connection)
            if events & selectors.EVENT_READ:
                data = sock.recv(1 << 16)
                if not data:
                    self._drop(connection)
                    return
                for request in connection.decoder.feed(data):
                    self._request(connection, request)
        except (OSError, ProtocolError):  # it has gone, or it speaks something else
            self._drop(connection)

    def _request(self, connection: Connection, request: Frame) -> None:
        message = request.message()
        try:
            operation = self.operations.get(str(message.get("op")))
            if operation is None:
                raise EngineError(N_("The worker engine does not know this request."))
            if self.leaving:
                raise EngineError(N_("The server is stopping; try again in a moment."))
            answer = operation(connection, message | {"files": request.blob})
        except UserError as error:
            self._send(connection, frame(failure(error)))
        except (KeyError, TypeError, ValueError) as error:
            raise ProtocolError(f"a request without its parts: {error}") from None
        except Exception:  # noqa: BLE001 - one request must not take the engine and its jobs with it
            traceback.print_exc()
            sys.stderr.flush()
            self._send(connection, frame(failure(EngineError(N_("The worker engine failed; its log says why.")))))
        else:
            if answer is not None:
                self._send(connection, frame({"ok": True, "result": answer}))

    def _send(self, connection: Connection, reply: Frame) -> None:
        connection.out += reply.to_bytes()
        self._flush(connection)

    def _flush(self, connection: Connection) -> None:
        try:
            while connection.out:
                del connection.out[: connection.sock.send(connection.out)]
        except BlockingIOError:
            pass
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if connection.out else 0)
        self.selector.modify(connection.sock, wanted, self._serve)

    def _drop(self, connection: Connection) -> None:
        if self.connections.pop(connection.sock, None):
            self.selector.unregister(connection.sock)
            connection.sock.close()
            for looker in self.lookers:
                looker.forget(connection)

    # -- requests

    def _hold(self, connection: Connection, _message: dict[str, Any]) -> dict[str, Any]:
        connection.holds = True
        return {"pid": os.getpid(), "source": self.source}

    def _retire(self, _connection: Connection, _message: dict[str, Any]) -> dict[str, Any]:
        """A client of newer code wants an engine of that code."""
        self._leave()
        return {}

    def _seen(self, _connection: Connection, message: dict[str, Any]) -> dict[str, Any]:
        now = time.monotonic()
        for run_id in message["runs"]:
            if run_id in self.jobs:
                self.seen[run_id] = now
        return {}

    def _status(self, _connection: Connection, _message: dict[str, Any]) -> dict[str, Any]:
        return {
            "slots": self.settings.slots,
            "running": [
                {"id": run_id, "asked": job.asked, "pid": job.process.pid} for run_id, job in self.jobs.items()
            ],
            "queue": [order.run_id for order in self.queue],
            "threads": threading.active_count(),
            "pid": os.getpid(),
            "look": self.quick.process.pid if self.quick.process else None,
        }

    def _submit(self, _connection: Connection, message: dict[str, Any]) -> dict[str, Any]:
        spec = self.catalogue.check(specs.from_json(message["spec"]))
        if spec.dataset is not None and not registry.datasets()[spec.dataset].available():
            raise DataError(N_("The data set {name} is not on this machine; choose another."), name=spec.dataset)
        if message["origin"] == "gallery" or not isinstance(message["owner"], str):
            raise RunError(N_("Runs of the gallery are made on the command line."))
        self._need_place()
        names = ("owner", "origin", "preset", "start", "private")
        fields = {name: message[name] for name in names if name in message}
        typed = self._typed(spec, message.get("typed", ""))
        if typed:
            fields["private"] = True
        if fields.get("start"):
            self.store.open(fields["start"])
        run_id = self.store.create(spec, **fields)
        self.queue.append(Order(run_id, typed=typed))
        return {"run": run_id}

    def _typed(self, spec: RunSpec, words: Any) -> str:
        """What a visitor typed, where the experiment takes it and it has the form that it may have."""
        if words == "":
            return ""
        experiment = registry.risks().get(spec.plugin) or registry.applications().get(spec.plugin)
        if experiment is None or not experiment.typed or not isinstance(words, str):
            raise RunError(N_("This run takes nothing that is typed."))
        if not re.fullmatch(experiment.typed, words):
            raise ConfigError(N_("What you typed has not the form that is asked for; nothing was started."))
        return words

    def _need_place(self) -> None:
        if len(self.queue) >= self.settings.queue:
            message = N_("{count} runs are waiting already. Try again when one of them has started.")
            raise EngineError(message, count=len(self.queue))

    def _control(self, _connection: Connection, message: dict[str, Any]) -> dict[str, Any]:
        run_id, action, token = message["run"], message["action"], message["token"]
        run = self.store.open(run_id)
        if run.shipped:
            raise RunError(N_("Run {id} is shipped with the app: train a new one from its settings."), id=run_id)
        record = run.record()
        if not (record.owner and hmac.compare_digest(owner_hash(str(token)), record.owner)):
            raise RunError(N_("Only the person who started this run can {action} it."), action=action)
        if action in ("pause", "stop"):
            self._end(record, action)
        elif action in ("resume", "step"):
            self._go_on(record, action)
        else:
            raise RunError(
                N_("A run can be paused, resumed, stepped or stopped, not {action}."), action=str(action)[:40]
            )
        return {"state": self.store.open(run_id).record().state}

    def _end(self, record: RunRecord, action: str) -> None:
        job = self.jobs.get(record.id)
        if job is not None:
            job.again = None
            job.ask("stop" if action == "stop" else "pause", self.settings.patience)
            return
        self.queue = [order for order in self.queue if order.run_id != record.id]
        if action == "stop" and record.state in ("queued", "paused"):
            self._mark(record, "stopped")
        elif action == "pause" and record.state == "queued":
            self._mark(record, "paused")

    def _go_on(self, record: RunRecord, action: str) -> None:
        if record.state == "done":
            raise RunError(N_("Run {id} is done: there is nothing left to train. Start a new run."), id=record.id)
        job = self.jobs.get(record.id)
        if job is not None:
            if job.asked or job.order.until is not None:  # it is on its way out
                job.again = action
            elif action == "step":
                self._end(record, "pause")
            return
        if any(order.run_id == record.id for order in self.queue):
            return
        self._need_place()
        self._queue_again(record, action)

    def _queue_again(self, record: RunRecord, action: str) -> None:
        if record.private and record.origin == "web":
            raise RunError(N_("What was typed for this run was kept nowhere: start it anew."))
        until = record.step + 1 if action == "step" else None
        self._mark(record, "queued")
        self.queue.append(Order(record.id, until))

    # -- looks

    def _look(self, connection: Connection, message: dict[str, Any]) -> None:
        timeout = min(max(specs.number("timeout", message["timeout"]), 0.1), LOOK_LIMIT)
        if not isinstance(message["params"], dict):
            raise TypeError("params")
        if connection.waits:
            raise ValueError("a second look before the first was answered")
        connection.waits = True
        name = str(message["name"])[:40]
        looker = self.long if name in LONG else self.quick
        looker.ask(connection, name, message["params"], timeout, message["files"])

    def _answer_look(self, connection: Connection, reply: Frame) -> None:
        if connection.sock in self.connections:
            connection.waits = False
            connection.active = time.monotonic()
            try:
                self._send(connection, reply)
            except OSError:
                self._drop(connection)

    def _watch_look(self, sock: socket.socket) -> None:
        self.selector.register(sock, selectors.EVENT_READ, lambda found, _events: self._read_look(found))

    def _read_look(self, sock: Any) -> None:
        for looker in self.lookers:
            if sock is looker.sock:
                looker.read()

    def _unwatch(self, sock: socket.socket) -> None:
        self.selector.unregister(sock)

    # -- jobs

    def _recover(self) -> None:
        """What an engine before this one left: runs that waited wait again, runs whose job was lost say so."""
        waiting = sorted((r for r in self.store.records() if r.state == "queued"), key=lambda r: (r.created, r.id))
        for record in [r for r in waiting if r.private]:
            waiting.remove(record)
            message = N_(
                "The server started again before this run's turn came, and what was typed for it was kept nowhere. Start it anew."
            )
            self._mark(record, "failed", RunError(message))
        self.queue = [Order(record.id) for record in waiting]
        self.store.recover({record.id for record in waiting})

    def _start_jobs(self) -> None:
        while self.queue and len(self.jobs) < self.settings.slots and not self.leaving:
            order = self.queue.pop(0)
            try:
                record = self.store.open(order.run_id).record()
            except UserError:  # deleted while it waited
                continue
            model = registry.models().get(record.spec.plugin)
            alone = not self.jobs and not self.queue
            threads = machine.threads(model.threads, self.free) if model and alone else 1
            order = replace(order, threads=threads)
            self.seen[order.run_id] = time.monotonic()
            self.jobs[order.run_id] = self.spares.start(order) if self.spares else Job.fork(self.address, order)

    def _make_room(self, now: float) -> None:
        """A web run that nobody has looked at for ten minutes is paused, but only for one that waits."""
        if not self.queue or any(job.asked for job in self.jobs.values()) or len(self.jobs) < self.settings.slots:
            return
        unseen = [job for run_id, job in self.jobs.items() if now - self.seen[run_id] > self.settings.unseen]
        for job in sorted(unseen, key=lambda job: self.seen[job.order.run_id]):
            if self.store.open(job.order.run_id).record().origin == "web":
                job.ask("pause", self.settings.patience)
                return

    def _ended(self, job: Job, code: int) -> None:
        """A job's process has ended. What it has not said of its run itself is said here."""
        run_id = job.order.run_id
        del self.jobs[run_id]
        self.seen.pop(run_id, None)
        try:
            run = self.store.open(run_id)
            record = run.record()
        except UserError:  # deleted
            return
        if record.state in ("running", "queued"):
            saved = self._saved(run)
            state = "stopped" if job.asked == "stop" else "paused" if job.asked and job.termed and saved else "failed"
            self._mark(record, state, self._why(record, saved, code, ours=bool(job.asked) and job.termed))
        elif record.state == "paused" and self.leaving:
            message = N_("The server stopped and paused this run at step {step}. Resume goes on from there.")
            self._mark(record, "paused", RunError(message, step=record.step))
        elif record.state == "paused" and job.asked == "stop":  # it had paused before it heard
            self._mark(record, "stopped")
        if job.again and record.state != "done":
            self._queue_again(record, job.again)

    def _saved(self, run: Any) -> int:
        """The step of a run's checkpoint, 0 without one."""
        try:
            return int((run.checkpoint() or {}).get("step", 0))
        except UserError:
            return 0

    def _why(self, record: RunRecord, step: int, code: int, ours: bool) -> RunError:
        """Why a process ended that had not said so itself. ``ours``: it was asked to end, did not in time, and was killed."""
        record.step = min(record.step, step) if step else record.step
        cause = signal.Signals(-code).name if code < 0 else str(code)
        if ours and step:
            message = N_(
                "This run did not come to its next pause in time and was ended. Resume goes on from step {step}."
            )
            return RunError(message, step=step)
        if not step:
            message = N_(
                "The process of this run ended unexpectedly ({cause}) before its first checkpoint. Start it again."
            )
            return RunError(message, cause=cause)
        message = N_("The process of this run ended unexpectedly ({cause}). Resume goes on from step {step}.")
        return RunError(message, cause=cause, step=step)

    def _mark(self, record: RunRecord, state: Any, error: UserError | None = None) -> None:
        record.state = state
        record.error = None if error is None else error.to_json() | {"traceback": ""}
        record.finished = time.time() if state in ("stopped", "failed") else None
        self.store.write(record)
