"""The shipped gallery: every preset trained by its committed spec, kept small, and checked file by file.

gallery/index.json     {preset: run id}
gallery/sums.json      {file: sha256}
gallery/<run id>/      a run folder, weights without optimiser state
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from genai_core import registry
from genai_core.catalogue import Catalogue
from genai_core.contracts import N_, RunSpec
from genai_core.errors import ConfigError, RunError, UserError
from genai_core.execution import machine
from genai_core.runs.spec import canonical, spec_hash
from genai_core.runs.store import GALLERY, Run, Store, ship
from genai_core.runs.watch import sparse

FRAMES, FILM = 24, 180_000  # frames, and bytes of them, that a run keeps at most
FEWEST = 8  # frames that a run keeps, however large they are
LINES = 1200  # of history a run keeps at most
LIMIT = 40_000_000  # bytes of the whole gallery
INDEX, SUMS = "index.json", "sums.json"


def build(
    only: str | None = None,
    force: bool = False,
    gallery: Path = GALLERY,
    execute: Callable[..., Any] | None = None,
) -> list[str]:
    """Train every preset whose run is missing or no longer of its spec (all of them with ``force``); returns their keys.

    ``execute`` is that of :mod:`genai_core.runs.job`, or a wrapper that shows progress. RunError when one does not finish.
    """
    if execute is None:
        from genai_core.runs.job import execute
    wanted = Catalogue(registry.catalogue()).shipped()
    if only is not None and only not in wanted:
        message = N_("There is no preset called {name}. Available: {allowed}.")
        raise ConfigError(message, name=only, allowed=", ".join(wanted))
    gallery.mkdir(parents=True, exist_ok=True)
    built = []
    for key in [only] if only is not None else list(wanted):
        spec = wanted[key]
        index = _read(gallery / INDEX)
        if not force and _is_current(gallery, index.get(key), spec):
            continue
        with tempfile.TemporaryDirectory() as folder:
            store = Store(folder, gallery=None)
            run_id = store.create(spec, origin="gallery", preset=key)
            model = registry.models().get(spec.plugin)
            threads = machine.threads(model.threads if model else 1, machine.idle(0.2))
            state = execute(store, run_id, threads=threads)
            run = store.open(run_id)
            if state != "done":
                error = run.record().error or {}
                reason = error.get("message", state).format(**error.get("params", {}))
                raise RunError(N_("The preset {name} did not finish: {reason}"), name=key, reason=reason)
            thin(run, FRAMES)
            thin_events(run, LINES)
            ship(run, gallery)
        _write(gallery / INDEX, {k: v for k, v in index.items() if k in wanted} | {key: run_id})
        _tidy(gallery)
        _write(gallery / SUMS, sums(gallery))
        built.append(key)
    return built


def thin(run: Run, most: int) -> None:
    """Keep ``most`` frames, fewer of large ones, the first and the last among them, evenly spread over those there are."""
    steps = run.frames()
    most = min(most, max(FEWEST, FILM * len(steps) // max(run.files.size(run.path("frames")), 1)))
    if len(steps) > most:
        kept = {steps[i] for i in np.linspace(0, len(steps) - 1, most).round().astype(int)}
        for step in set(steps) - kept:
            run.drop_frame(step)


def thin_events(run: Run, most: int) -> None:
    """Keep about ``most`` lines of history, evenly spread, and every evaluation, in one segment: a run that took long had
    one a second."""
    lines = "".join(json.dumps(event) + "\n" for event in sparse(run.events(), most))
    for name in run.files.names(run.path("events")):
        run.files.remove(run.path(f"events/{name}"))
    run.files.write(run.path("events/000001.jsonl"), lines.encode())


def check(gallery: Path = GALLERY) -> list[str]:
    """What is wrong with the gallery, a sentence each; empty when nothing is."""
    problems = []
    wanted = Catalogue(registry.catalogue()).shipped()
    index, known = _read(gallery / INDEX), _read(gallery / SUMS)
    for key, spec in wanted.items():
        if key not in index:
            problems.append(f"The preset {key} has no run.")
            continue
        try:
            problems += _check_run(Store(gallery, gallery=None), key, index[key], spec)
        except UserError as error:
            problems.append(f"The run of {key} cannot be used: {error}")
    problems += [f"The index names {key}, which is no preset." for key in sorted(set(index) - set(wanted))]
    found = sums(gallery)
    problems += [f"{name} is missing." for name in sorted(set(known) - set(found))]
    problems += [f"{name} has no sum in {SUMS}." for name in sorted(set(found) - set(known))]
    problems += [
        f"{name} is not what was built." for name in sorted(known) if found.get(name, known[name]) != known[name]
    ]
    size = sum(path.stat().st_size for path in gallery.rglob("*") if path.is_file())
    if size > LIMIT:
        problems.append(f"The gallery takes {size / 1e6:.1f} MB, and may take {LIMIT / 1e6:.0f}.")
    return problems


def _check_run(store: Store, key: str, run_id: str, wanted: RunSpec) -> list[str]:
    from genai_core.looks import learned

    problems = []
    run = store.open(run_id)
    record = run.record()
    if canonical(record.spec) != canonical(wanted) or record.hash != spec_hash(wanted):
        problems.append(f"The run of {key} is of another spec than its preset.")
    if record.state != "done" or record.origin != "gallery" or record.preset != key or record.owner:
        problems.append(f"The record of {key} is not that of a shipped run.")
    model = wanted.plugin in registry.models()
    if (model and not run.frames()) or len(run.frames()) > FRAMES or run.report() is None or not run.events():
        problems.append(f"The run of {key} lacks frames, events or its report.")
    if not model:
        return problems
    if (run.checkpoint() or {}).get("kind") != "weights":
        problems.append(f"The weights of {key} still carry the optimiser's state.")
    samples = learned(run).sample(20, 0, {})
    if len(samples) != 20 or not np.isfinite(samples).all():
        problems.append(f"The weights of {key} do not sample.")
    return problems


def sums(gallery: Path) -> dict[str, str]:
    """The sha256 of every file of the gallery but the sums themselves, by its path."""
    files = sorted(path for path in gallery.rglob("*") if path.is_file() and path.name != SUMS)
    return {path.relative_to(gallery).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def _is_current(gallery: Path, run_id: str | None, spec: Any) -> bool:
    if run_id is None:
        return False
    try:
        record = Store(gallery, gallery=None).open(run_id).record()
    except UserError:
        return False
    return canonical(record.spec) == canonical(spec)


def _tidy(gallery: Path) -> None:
    """Remove the runs that the index no longer names."""
    named = set(_read(gallery / INDEX).values())
    for run_id in Store(gallery, gallery=None).ids():
        if run_id not in named:
            shutil.rmtree(gallery / run_id)


def _read(path: Path) -> dict[str, str]:
    return json.loads(path.read_text("utf-8")) if path.exists() else {}


def _write(path: Path, data: dict[str, str]) -> None:
    temporary = path.with_name(f".{path.name}")
    temporary.write_text(json.dumps(data, indent=1, sort_keys=True) + "\n", "utf-8")
    temporary.replace(path)
