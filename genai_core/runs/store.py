"""Run folders: on this disk, or under any fsspec URL. Torch-free.

A file appears whole or not at all (a temporary file and a rename here, one object elsewhere), so a reader never meets half of
one, whenever the writer was killed. A folder counts as a run once its run.json is there.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import os
import re
import secrets
import shutil
import time
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol, get_args

from genai_core.contracts import ACTIVE, N_, Budget, DataInfo, Modality, RunSpec, State
from genai_core.errors import ConfigError, RunError, UserError
from genai_core.runs import spec as specs
from genai_core.runs import weights

GALLERY = Path(__file__).resolve().parents[1] / "gallery"
RUN_ID = re.compile(r"[0-9a-f]{12}-[a-z0-9]{6}")
PRIVATE_SECONDS = 3600
TRAINED = N_("Trained for {steps} steps in {seconds} s.")  # the finding of every training run
Origin = Literal["web", "cli", "gallery", "imported"]
_SEGMENT = re.compile(r"([0-9]{6,9})\.jsonl")
_FRAME = re.compile(r"([0-9]{6}|[1-9][0-9]{6,8})\.webp")
_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"


# --- files -----------------------------------------------------------------------------------------------------------


class Files(Protocol):
    """The few file operations a store needs; paths are relative, with forward slashes. Reading what is not there raises
    FileNotFoundError; ``names`` of what is not there is empty."""

    def read(self, path: str, start: int = 0, end: int | None = None) -> bytes: ...
    def write(self, path: str, data: bytes) -> None: ...
    def names(self, path: str) -> list[str]: ...
    def make(self, path: str) -> None: ...
    def remove(self, path: str) -> None: ...
    def remove_folder(self, path: str) -> None: ...
    def size(self, path: str) -> int: ...
    def modified(self, path: str) -> float: ...


class LocalFiles:
    """A folder on this machine."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def read(self, path: str, start: int = 0, end: int | None = None) -> bytes:
        try:
            with open(self.root / path, "rb") as file:
                file.seek(start)
                return file.read() if end is None else file.read(end - start)
        except (NotADirectoryError, IsADirectoryError) as error:
            raise FileNotFoundError(path) from error

    def write(self, path: str, data: bytes) -> None:
        target = self.root / path
        temporary = target.with_name(f".{target.name}.{os.getpid()}.{secrets.token_hex(4)}")
        try:
            file = open(temporary, "wb")  # noqa: SIM115
        except FileNotFoundError:
            if target.parent.name not in ("events", "frames"):  # never the folder of a run that was deleted meanwhile
                raise
            target.parent.mkdir(exist_ok=True)
            file = open(temporary, "wb")  # noqa: SIM115
        try:
            with file:
                file.write(data)
            os.replace(temporary, target)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise

    def names(self, path: str) -> list[str]:
        try:
            return sorted(name for name in os.listdir(self.root / path) if not name.startswith("."))
        except (FileNotFoundError, NotADirectoryError):
            return []

    def make(self, path: str) -> None:
        (self.root / path).mkdir(parents=True, exist_ok=True)

    def remove(self, path: str) -> None:
        (self.root / path).unlink(missing_ok=True)

    def remove_folder(self, path: str) -> None:
        source = self.root / path
        gone = source.with_name(f".deleted-{secrets.token_hex(8)}")
        try:
            os.rename(source, gone)  # out of sight in one go; what a kill leaves of it, the next sweep takes
        except FileNotFoundError:
            return
        shutil.rmtree(gone)

    def size(self, path: str) -> int:
        return sum(
            _stat(Path(folder) / name).st_size for folder, _, names in os.walk(self.root / path) for name in names
        )

    def modified(self, path: str) -> float:
        return _stat(self.root / path).st_mtime

    def tidy(self, older_than: float) -> None:
        """Remove what deletions cut short by a kill left behind."""
        for name in os.listdir(self.root) if self.root.is_dir() else ():
            if name.startswith(".deleted-") and self.modified(name) < older_than:
                shutil.rmtree(self.root / name)


def _stat(path: Path) -> os.stat_result:
    try:
        return path.stat()
    except FileNotFoundError:  # removed between listing and looking
        return os.stat_result((0,) * 10)


class RemoteFiles:
    """Any fsspec URL. Objects are written whole by the service."""

    def __init__(self, url: str) -> None:
        from fsspec.core import url_to_fs

        self.fs, self.root = url_to_fs(url)

    def _at(self, path: str) -> str:
        return f"{self.root.rstrip('/')}/{path}".rstrip("/")

    def read(self, path: str, start: int = 0, end: int | None = None) -> bytes:
        try:
            return self.fs.cat_file(self._at(path), start=start or None, end=end)
        except IsADirectoryError as error:
            raise FileNotFoundError(path) from error

    def write(self, path: str, data: bytes) -> None:
        self.fs.pipe_file(self._at(path), data)

    def names(self, path: str) -> list[str]:
        self.fs.invalidate_cache(self._at(path))
        try:
            found = self.fs.ls(self._at(path), detail=False)
        except (FileNotFoundError, NotADirectoryError):
            return []
        names = {item.rstrip("/").rsplit("/", 1)[-1] for item in found}
        return sorted(name for name in names if not name.startswith("."))

    def make(self, path: str) -> None:
        self.fs.makedirs(self._at(path), exist_ok=True)

    def remove(self, path: str) -> None:
        if self.fs.exists(self._at(path)):
            self.fs.rm_file(self._at(path))

    def remove_folder(self, path: str) -> None:
        self.remove(f"{path}/run.json")  # readers stop seeing the run before its files go
        if self.fs.exists(self._at(path)):
            self.fs.rm(self._at(path), recursive=True)

    def size(self, path: str) -> int:
        return self.fs.du(self._at(path))

    def modified(self, path: str) -> float:
        try:
            return self.fs.modified(self._at(path)).timestamp()
        except (FileNotFoundError, NotImplementedError, KeyError):
            return 0.0

    def tidy(self, older_than: float) -> None:
        """Nothing to do: no temporary names are used."""


def files_at(url: str | Path) -> LocalFiles | RemoteFiles:
    """The file layer for a folder or an fsspec URL."""
    text = str(url)
    if text.startswith("file://"):
        text = text.removeprefix("file://")
    return RemoteFiles(text) if "://" in text else LocalFiles(Path(text).expanduser())


# --- record ----------------------------------------------------------------------------------------------------------


@dataclass
class RunRecord:
    """run.json: what was asked, and how it stands. Times in unix seconds, ``elapsed`` in seconds of the run's own time."""

    id: str
    spec: RunSpec
    hash: str
    state: State = "queued"
    created: float = 0.0
    started: float | None = None
    finished: float | None = None
    updated: float = 0.0  # last time the record was written
    elapsed: float = 0.0
    step: int = 0
    total: int | None = None  # steps the progress bar counts to; None while a run by seconds measures its speed
    versions: dict[str, str] = field(default_factory=dict)
    threads: int = 0  # 0 until the run starts
    dtype: str = ""
    owner: str = ""  # sha256 of the owner's token
    origin: Origin = "web"
    private: bool = False
    error: dict[str, Any] | None = None  # message, params, traceback
    info: DataInfo | None = None
    floors: dict[str, float] = field(default_factory=dict)
    schedule: int | None = None  # the total that the model's schedules see, once it is fixed
    energy_wh: float = 0.0  # an estimate
    preset: str = ""
    start: str = ""  # id of the run whose weights this one started from

    def to_json(self) -> dict[str, Any]:
        plain = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        return plain | {
            "spec": specs.to_json(self.spec),
            "info": None if self.info is None else dataclasses.asdict(self.info),
        }

    def to_public(self) -> dict[str, Any]:
        """What anyone with the link may see: no owner, no traceback."""
        public = self.to_json()
        del public["owner"]
        if self.error is not None:
            public["error"] = {k: v for k, v in self.error.items() if k != "traceback"}
        return public

    def replay(self) -> RunSpec:
        """The spec that repeats this run to the step it reached, with the schedule it saw: to the same weights."""
        schedule = None if self.schedule in (None, self.step) else self.schedule
        return dataclasses.replace(self.spec, budget=Budget(steps=self.step, schedule=schedule))

    @classmethod
    def from_json(cls, data: Any) -> RunRecord:
        """Strict on types, so that later code need not doubt a record; names it does not know are left out.

        Raises RunError, or ConfigError for a value in the spec.
        """
        if not isinstance(data, Mapping):
            raise RunError(N_("This is not the record of a run."))
        values: dict[str, Any] = {}
        for name, fits in _FIELDS.items():
            if name in data:
                if not fits(data[name]):
                    raise RunError(N_("The record of this run is damaged: {name} has no sensible value."), name=name)
                values[name] = data[name]
        for name in ("id", "hash", "state"):
            if name not in values:
                raise RunError(N_("The record of this run is damaged: {name} has no sensible value."), name=name)
        values["spec"] = specs.from_json(data.get("spec"))
        if data.get("info") is not None:
            values["info"] = info_from_json(data["info"])
        return cls(**values)


def _real(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e300  # no nan, no inf


def _natural(value: Any) -> bool:
    return type(value) is int and 0 <= value < 2**53


def _or_none(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: value is None or fits(value)


def _text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= 200


def _mapping(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: (
        isinstance(value, dict) and len(value) <= 100 and all(_text(k) and fits(v) for k, v in value.items())
    )


def _error(value: Any) -> bool:
    return (
        isinstance(value, dict) and isinstance(value.get("message"), str) and isinstance(value.get("params", {}), dict)
    )


_FIELDS: dict[str, Callable[[Any], bool]] = {
    "id": lambda v: isinstance(v, str) and RUN_ID.fullmatch(v) is not None,
    "hash": lambda v: isinstance(v, str) and re.fullmatch(r"[0-9a-f]{12}", v) is not None,
    "state": lambda v: isinstance(v, str) and v in get_args(State),
    "created": _real,
    "started": _or_none(_real),
    "finished": _or_none(_real),
    "updated": _real,
    "elapsed": _real,
    "step": _natural,
    "total": _or_none(_natural),
    "versions": _mapping(_text),
    "threads": _natural,
    "dtype": _text,
    "owner": lambda v: isinstance(v, str) and re.fullmatch(r"([0-9a-f]{64})?", v) is not None,
    "origin": lambda v: isinstance(v, str) and v in get_args(Origin),
    "private": lambda v: isinstance(v, bool),
    "error": _or_none(_error),
    "floors": _mapping(_real),
    "schedule": _or_none(_natural),
    "energy_wh": _real,
    "preset": _text,
    "start": lambda v: v == "" or (isinstance(v, str) and RUN_ID.fullmatch(v) is not None),
}


def info_from_json(data: Any) -> DataInfo:
    """A DataInfo with bounded sizes, or RunError."""
    bad = RunError(N_("The record of this run is damaged: {name} has no sensible value."), name="info")
    if (
        not isinstance(data, Mapping)
        or not isinstance(data.get("modality"), str)
        or data["modality"] not in get_args(Modality)
    ):
        raise bad
    shape = data.get("shape")
    if (
        not isinstance(shape, (list, tuple))
        or not 0 <= len(shape) <= 4
        or not all(type(n) is int and 0 < n <= 65536 for n in shape)
    ):
        raise bad
    if math.prod(shape) > 2**22:
        raise bad
    names = []
    for key, most in (("classes", 1000), ("vocabulary", 20000)):
        found = data.get(key, ())
        if (
            not isinstance(found, (list, tuple))
            or len(found) > most
            or not all(isinstance(v, str) and len(v) <= 100 for v in found)
        ):
            raise bad
        names.append(tuple(found))
    return DataInfo(data["modality"], tuple(shape), *names)


def owner_hash(token: str) -> str:
    """What the store keeps of an owner's token; '' for no token."""
    return hashlib.sha256(token.encode()).hexdigest() if token else ""


def check_id(run_id: Any) -> str:
    """The id itself where it has the form of one; RunError otherwise. No path is made of anything else."""
    if not isinstance(run_id, str) or not RUN_ID.fullmatch(run_id):
        raise RunError(N_("{id} is not the id of a run."), id=str(run_id)[:40])
    return run_id


# --- run -------------------------------------------------------------------------------------------------------------


class Run:
    """A run folder, to read. Whatever is missing or unreadable in it is left out; only a missing record is an error."""

    def __init__(self, files: LocalFiles | RemoteFiles, folder: str, shipped: bool = False) -> None:
        self.files = files
        self.folder = folder
        self.shipped = shipped

    def path(self, name: str) -> str:
        return f"{self.folder}/{name}" if self.folder else name

    def raw_record(self) -> bytes:
        """run.json as it stands. RunError where it is not there."""
        try:
            return self.files.read(self.path("run.json"))
        except FileNotFoundError as error:
            raise RunError(
                N_("There is no run {id} here. It may have been deleted to make room."), id=self.folder or "-"
            ) from error

    def record(self) -> RunRecord:
        return parse_record(self.raw_record())

    def segments(self, after: int = 0) -> list[tuple[int, list[dict[str, Any]]]]:
        """Event segments with a number above ``after``, as (number, lines), lines as they were written."""
        found = []
        for name in self.files.names(self.path("events")):
            if (match := _SEGMENT.fullmatch(name)) and int(match[1]) > after:
                try:
                    found.append((int(match[1]), parse_events(self.files.read(self.path(f"events/{name}")))))
                except FileNotFoundError:
                    continue
        return sorted(found, key=lambda item: item[0])

    def events(self, after: int = 0) -> list[dict[str, Any]]:
        """The history, {"step", "total", "values"} each, without what a resume took back. None stands for a value that
        was not a finite number."""
        return resolve([line for _, lines in self.segments(after) for line in lines])

    def frames(self) -> list[int]:
        """The steps that have a frame, in order."""
        return sorted(int(m[1]) for name in self.files.names(self.path("frames")) if (m := _FRAME.fullmatch(name)))

    def frame(self, step: int) -> bytes:
        """The frame of a step as WebP. RunError where there is none."""
        return self._read(f"frames/{int(step):06d}.webp", N_("Run {id} has no frame at step {step}."), step=step)

    def report(self) -> dict[str, Any] | None:
        """report.json, None before the end."""
        try:
            found = json.loads(self.files.read(self.path("report.json")))
        except (FileNotFoundError, ValueError):
            return None
        return found if isinstance(found, dict) else None

    def weights(self) -> bytes:
        """The latest checkpoint, safetensors. RunError where there is none."""
        return self._read("weights.safetensors", N_("Run {id} has no weights yet."))

    def checkpoint(self) -> dict[str, Any] | None:
        """What the latest checkpoint says of itself (step, kind, ...), None where there is none. Reads its header alone."""
        path = self.path("weights.safetensors")
        try:
            length = weights.header_length(self.files.read(path, 0, 8))
            raw = self.files.read(path, 8, 8 + length)
        except FileNotFoundError:
            return None
        return weights.read_meta(weights.check_header(raw)[1])

    def size(self) -> int:
        """Bytes on disk."""
        return self.files.size(self.folder)

    def _read(self, name: str, message: str, **params: Any) -> bytes:
        try:
            return self.files.read(self.path(name))
        except FileNotFoundError as error:
            raise RunError(message, id=self.folder or "-", **params) from error


def parse_record(raw: bytes) -> RunRecord:
    """The record in the bytes of run.json. RunError where they are not one."""
    try:
        return RunRecord.from_json(json.loads(raw))
    except (ValueError, RecursionError) as error:
        raise RunError(N_("The record of this run is damaged: it is not JSON.")) from error


def parse_events(raw: bytes) -> list[dict[str, Any]]:
    """The well-formed lines of a segment: {"resume": step} or {"step", "total", "values"}."""
    lines = []
    for text in raw.decode("utf-8", "replace").splitlines():
        try:
            line = json.loads(text)
        except (ValueError, RecursionError):
            continue
        if isinstance(line, dict) and (_natural(line.get("resume")) if "resume" in line else _is_event(line)):
            lines.append(line)
    return lines


def _is_event(line: dict[str, Any]) -> bool:
    values = line.get("values")
    if not _natural(line.get("step")) or not _or_none(_natural)(line.get("total")) or not isinstance(values, dict):
        return False
    return len(values) <= 100 and all(len(k) <= 100 and (v is None or _real(v)) for k, v in values.items())


def resolve(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Events as they count: a resume takes back what came after its step."""
    events: list[dict[str, Any]] = []
    for line in lines:
        if "resume" in line:
            while events and events[-1]["step"] > line["resume"]:
                events.pop()
        else:
            events.append(line)
    return events


# --- store -----------------------------------------------------------------------------------------------------------


class Store:
    """Runs under one folder or fsspec URL, with the shipped gallery behind it for reading."""

    def __init__(self, url: str | Path, gallery: Path | None = GALLERY) -> None:
        self.url = str(url)
        self.files = files_at(url)
        self.gallery = gallery
        self._shipped = LocalFiles(gallery) if gallery is not None else None

    # -- writing

    def create(self, spec: RunSpec, **fields: Any) -> str:
        """A new queued run; ``fields`` are those of :class:`RunRecord` (owner, origin, private, preset, start, ...)."""
        digest = specs.spec_hash(spec)
        run_id = f"{digest}-{''.join(secrets.choice(_ALPHABET) for _ in range(6))}"
        record = RunRecord(run_id, spec, digest, created=time.time(), **fields)
        self.files.make(self._folder(run_id))
        self.write(record)
        return run_id

    def write(self, record: RunRecord) -> None:
        """Replace run.json. One writer at a time: the engine before and after a job, the job in between."""
        record.updated = time.time()
        raw = json.dumps(record.to_json(), allow_nan=False, indent=1).encode()
        self.files.write(self.path(record.id, "run.json"), raw)

    def path(self, run_id: str, name: str) -> str:
        """Path of a file of a run within this store's files."""
        folder = self._folder(check_id(run_id))
        return f"{folder}/{name}" if folder else name

    def _folder(self, run_id: str) -> str:
        return run_id

    def delete(self, run_id: str) -> None:
        """RunError for a shipped run and for one that is queued or running."""
        run = self.open(run_id)
        if run.shipped:
            raise RunError(N_("Run {id} is shipped with the app and stays."), id=run_id)
        if run.record().state in ACTIVE:
            raise RunError(N_("Run {id} is still active. Stop it first."), id=run_id)
        self.files.remove_folder(self._folder(run_id))

    # -- reading

    def open(self, run_id: str) -> Run:
        """A run of this store or of the gallery. RunError where neither has it."""
        folder = self._folder(check_id(run_id))
        run = Run(self.files, folder)
        if (
            self._shipped is not None
            and "run.json" not in self.files.names(folder)
            and "run.json" in self._shipped.names(run_id)
        ):
            return Run(self._shipped, run_id, shipped=True)
        run.raw_record()
        return run

    def ids(self) -> list[str]:
        """Ids of this store's own runs, private ones too."""
        return [name for name in self.files.names("") if RUN_ID.fullmatch(name)]

    def records(self) -> list[RunRecord]:
        """Every readable record of this store, newest first."""
        found = []
        for run_id in self.ids():
            try:
                found.append(Run(self.files, self._folder(run_id)).record())
            except (RunError, ConfigError):
                continue  # not a run, or not yet, or no longer
        return sorted(found, key=lambda r: (-r.created, r.id))

    def list(self, limit: int = 50) -> list[RunRecord]:
        """The newest runs anyone may see."""
        return [r for r in self.records() if not r.private][:limit]

    def find(self, spec: RunSpec) -> Run | None:
        """A run of an equal spec that anyone may see: a finished one, else the newest that did not fail. Runs that started
        from another's weights do not count: their result is not the spec's alone."""
        digest = specs.spec_hash(spec)
        candidates: list[tuple[bool, float, Run]] = []
        own = [Run(self.files, self._folder(run_id)) for run_id in self.ids() if run_id.startswith(digest)]
        shipped = (
            [Run(self._shipped, i, shipped=True) for i in self.gallery_index().values() if i.startswith(digest)]
            if self._shipped
            else []
        )
        for run in own + shipped:
            try:
                record = run.record()
            except (RunError, ConfigError):
                continue
            if (
                not record.private
                and not record.start
                and record.state != "failed"
                and specs.canonical(record.spec) == specs.canonical(spec)
            ):
                candidates.append((record.state == "done", record.created, run))
        return max(candidates, key=lambda c: c[:2])[2] if candidates else None

    def gallery_index(self) -> dict[str, str]:
        """The shipped runs: {preset key: run id}."""
        if self._shipped is None:
            return {}
        try:
            index = json.loads(self._shipped.read("index.json"))
        except FileNotFoundError:
            return {}
        return {k: v for k, v in index.items() if RUN_ID.fullmatch(v)}

    # -- care

    def recover(self, alive: Container[str]) -> list[str]:
        """Mark queued and running runs whose job is not in ``alive`` as failed, with a sentence. Returns their ids."""
        lost = []
        for record in self.records():
            if record.state not in ACTIVE or record.id in alive:
                continue
            try:
                checkpoint = Run(self.files, self._folder(record.id)).checkpoint()
            except UserError:
                checkpoint = None
            error = (
                RunError(
                    N_("The worker of this run was lost. Resume continues from step {step}."),
                    step=int(checkpoint["step"]),
                )
                if checkpoint and _natural(checkpoint.get("step"))
                else RunError(N_("The worker of this run was lost before the first checkpoint. Start it again."))
            )
            record.state, record.finished, record.error = "failed", time.time(), error.to_json() | {"traceback": ""}
            self.write(record)
            lost.append(record.id)
        return lost

    def sweep(self, max_bytes: int, max_age_s: float, now: float | None = None) -> list[str]:
        """Delete private runs after an hour, runs untouched for ``max_age_s``, then the oldest until the rest fits in
        ``max_bytes``. Active runs stay; paused ones go last. Returns the ids deleted."""
        now = time.time() if now is None else now
        idle, sizes, known = [], {}, set()
        for record in self.records():
            known.add(record.id)
            sizes[record.id] = self.files.size(self._folder(record.id))
            if record.state not in ACTIVE:
                idle.append(record)
        gone = [r.id for r in idle if now - r.updated > max_age_s or (r.private and now - r.created > PRIVATE_SECONDS)]
        total = sum(sizes.values()) - sum(sizes[i] for i in gone)
        for record in sorted(idle, key=lambda r: (r.state == "paused", r.updated)):
            if total > max_bytes and record.id not in gone:
                gone.append(record.id)
                total -= sizes[record.id]
        for run_id in self.ids():  # folders that never became runs
            if run_id not in known and now - self.files.modified(run_id) > PRIVATE_SECONDS:
                gone.append(run_id)
        for run_id in gone:
            self.files.remove_folder(self._folder(run_id))
        self.files.tidy(now - PRIVATE_SECONDS)
        return gone


class FolderStore(Store):
    """One folder that is itself a run folder, whatever its name: ``train --out DIR``."""

    def __init__(self, folder: str | Path) -> None:
        super().__init__(folder, gallery=None)

    def _folder(self, run_id: str) -> str:
        return ""

    def ids(self) -> list[str]:
        try:
            return [Run(self.files, "").record().id]
        except UserError:
            return []

    def sweep(self, max_bytes: int, max_age_s: float, now: float | None = None) -> list[str]:
        """Nothing: the folder is its owner's."""
        return []

    def create(self, spec: RunSpec, **fields: Any) -> str:
        """As :meth:`Store.create`; RunError where the folder already holds something."""
        if self.files.names(""):
            raise RunError(N_("{path} is not empty. Name a new folder for the run."), path=self.url)
        return super().create(spec, **fields)

    def delete(self, run_id: str) -> None:
        raise RunError(N_("Run {id} lies in a folder of yours: delete that."), id=run_id)


def open_folder(path: str | Path) -> Run:
    """The run in a folder, whatever the folder's name. RunError where there is none, or it cannot be read."""
    run = Run(files_at(path), "")
    if "run.json" not in run.files.names(""):
        raise RunError(N_("There is no run in {path}: a run folder holds a run.json."), path=str(path))
    run.record()
    return run


def ship(run: Run, gallery: Path) -> str:
    """Copy a finished run into the gallery: without optimiser and generator states, owner and traceback. Returns its id."""
    record = run.record()
    if record.state != "done":
        raise RunError(N_("Only a run that is done can be shipped; {id} is {state}."), id=record.id, state=record.state)
    target = Store(gallery, gallery=None)
    target.files.make(record.id)
    meta = run.checkpoint()
    if meta is not None:
        kept = {k: meta[k] for k in ("step", "schedule") if k in meta} | {"kind": "weights"}
        target.files.write(
            f"{record.id}/weights.safetensors",
            weights.select(run.weights(), lambda n: n.startswith("model/"), kept, half=True),
        )
    for folder in ("events", "frames"):
        for name in run.files.names(run.path(folder)):
            target.files.write(f"{record.id}/{folder}/{name}", run.files.read(run.path(f"{folder}/{name}")))
    if "report.json" in run.files.names(run.folder):
        target.files.write(f"{record.id}/report.json", run.files.read(run.path("report.json")))
    record.owner, record.origin, record.private = "", "gallery", False
    target.write(record)
    return record.id
