"""The store: a folder of run folders, or a URL of them, and the shipped gallery behind it. Torch-free.

A folder counts as a run once its run.json is there.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Container
from pathlib import Path
from typing import Any

from genai_core.contracts import ACTIVE, N_, RunSpec
from genai_core.errors import ConfigError, RunError, UserError
from genai_core.runs import spec as specs
from genai_core.runs import weights
from genai_core.runs.files import LocalFiles, RemoteFiles, files_at
from genai_core.runs.folder import NO_FRAME, Run, parse_events, resolve
from genai_core.runs.record import (
    RUN_ID,
    TRAINED,
    Origin,
    RunRecord,
    check_id,
    info_from_json,
    is_natural,
    owner_hash,
    parse_record,
)

__all__ = [
    "GALLERY",
    "NO_FRAME",
    "RUN_ID",
    "TRAINED",
    "FolderStore",
    "LocalFiles",
    "Origin",
    "RemoteFiles",
    "Run",
    "RunRecord",
    "Store",
    "check_id",
    "files_at",
    "info_from_json",
    "open_folder",
    "owner_hash",
    "parse_events",
    "parse_record",
    "resolve",
    "ship",
]

GALLERY = Path(__file__).resolve().parents[1] / "gallery"
PRIVATE_SECONDS = 3600
_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"


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
                if checkpoint and is_natural(checkpoint.get("step"))
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
