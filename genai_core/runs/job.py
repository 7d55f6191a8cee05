"""A run from spec to report, in whatever process. Importing this imports torch, plug-ins only when a run is executed."""

from __future__ import annotations

import functools
import hashlib
import platform
import time
import traceback
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

import genai_core
from genai_core import registry
from genai_core.contracts import N_, ExperimentSpec, RunSpec, State
from genai_core.eager import forgo_compiler
from genai_core.errors import ConfigError, DataError, RunError, UserError
from genai_core.metrics.energy import energy_wh
from genai_core.runs import weights
from genai_core.runs.store import Run, Store
from genai_core.runs.writer import RunWriter
from genai_core.training import Training, stream

CHECKPOINT_SECONDS = 5.0
Control = Callable[[], str | None]


@functools.cache
def versions() -> dict[str, str]:
    """What results depend on besides the spec; ``app`` is a hash of this package's sources."""
    digest = hashlib.sha256()
    root = Path(genai_core.__file__).parent
    for path in sorted(root.rglob("*.py")):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "numpy": np.__version__,
        "app": digest.hexdigest()[:12],
    }


def execute(
    store: Store,
    run_id: str,
    control: Control = lambda: None,
    until: int | None = None,
    threads: int | None = None,
    typed: str = "",
) -> State:
    """Carry out a run of the store, or go on with it from its checkpoint; returns the state it ends in.

    ``control`` is called before every step and returns "pause", "stop" or None. ``until`` is a step (counted from the start
    of the run) to pause after. ``threads`` are torch's, for a run that starts; one that goes on keeps what it started
    with. ``typed`` is what a visitor typed into a private run: it is written nowhere. No error of the run leaves this
    function: a failed run says why in its record. Errors of the store itself do.
    """
    writer = RunWriter(store, run_id)
    try:
        state = _execute(store, writer, control, until, threads, typed)
    except Exception as error:  # noqa: BLE001 - the worker's edge: whatever went wrong is kept with the run
        known = isinstance(error, UserError)
        sentence = (
            error
            if known
            else RunError(
                N_("The run broke off on an unforeseen error: {kind}. Its details are kept with the run."),
                kind=type(error).__name__,
            )
        )
        writer.record.error = sentence.to_json() | {"traceback": "" if known else traceback.format_exc()}
        state = "failed"
    writer.set_state(state)
    return state


def _execute(
    store: Store, writer: RunWriter, control: Control, until: int | None, threads: int | None, typed: str
) -> State:
    record = writer.record
    spec = record.spec
    record.threads = record.threads or threads or 1
    record.versions = versions()
    model_spec = registry.models().get(spec.plugin)
    if model_spec is None:
        return _experiment(writer, _find_experiment(spec), control, typed)
    dataset_spec = registry.datasets().get(spec.dataset or "")
    if dataset_spec is None:
        raise DataError(N_("There is no data set called {name} in this version."), name=spec.dataset)
    data = dataset_spec.load()
    forgo_compiler()
    training = Training(spec, model_spec, dataset_spec, data, record.threads)
    resume = _restore(store, writer, training)
    record.info, record.dtype, record.schedule, record.total = (
        data.info,
        training.dtype,
        training.schedule,
        training.total,
    )
    writer.begin(resume)
    saved = time.monotonic()
    for event in training.events(control, until):
        if event.frame is not None:
            writer.frame(event.step, event.frame)
        if event.report is not None:
            writer.report(event.report)
        record.elapsed, record.schedule, record.floors = training.elapsed, training.schedule, training.floors
        record.energy_wh = energy_wh(record.elapsed, record.threads)
        if event.values:
            writer.event(event.step, event.total, event.values)
        finite = all(np.isfinite(v) for v in event.values.values())
        # Also at the end of the training: the report may take half a minute, and who stops it there loses nothing.
        if (
            finite
            and event.report is None
            and (training.ended == "budget" or time.monotonic() - saved >= CHECKPOINT_SECONDS)
        ):
            writer.checkpoint(*training.state())
            saved = time.monotonic()
    writer.checkpoint(*training.state())
    return {"budget": "done", "stop": "stopped"}.get(training.ended, "paused")


def _restore(store: Store, writer: RunWriter, training: Training) -> int | None:
    """Load the checkpoint, else the weights to start from; returns the step to go on from, None for a fresh start."""
    meta = writer.run.checkpoint()
    if meta is not None:
        if meta.get("kind") != "checkpoint":
            raise RunError(
                N_("Run {id} was kept without its optimiser and cannot go on. Start a new run from its weights."),
                id=writer.id,
            )
        training.load_state(load_tensors(writer.run), meta)
        return training.step
    if writer.record.start:
        training.start_from(load_tensors(store.open(writer.record.start)))
    return None


def load_tensors(run: Run) -> dict[str, torch.Tensor]:
    """The tensors of a run's checkpoint by name (``model/...``, ``optim/...``). RunError where it is absent or damaged."""
    from safetensors.torch import load

    blob = run.weights()
    weights.check(blob)
    return load(blob)


def _find_experiment(spec: RunSpec) -> ExperimentSpec:
    found = (registry.applications() | registry.risks()).get(spec.plugin)
    if found is None:
        raise ConfigError(N_("There is no plug-in called {name} in this version."), name=spec.plugin)
    return found


def _experiment(writer: RunWriter, experiment: ExperimentSpec, control: Control, typed: str) -> State:
    """Applications and risks: short, and done again from the start rather than resumed."""
    record = writer.record
    torch.set_num_threads(record.threads)
    torch.manual_seed(record.spec.seed)
    record.dtype = "float32"
    writer.begin(resume=0 if record.started is not None else None)
    start = time.monotonic()
    state: State = "done"
    more = (typed,) if typed else ()
    for event in experiment.run(experiment.config(**record.spec.config), stream(record.spec.seed, "experiment"), *more):
        record.elapsed = time.monotonic() - start
        record.energy_wh = energy_wh(record.elapsed, record.threads)
        if event.frame is not None:
            writer.frame(event.step, event.frame)
        if event.report is not None:
            writer.report(event.report)
        writer.event(event.step, event.total, event.values)
        if control():
            state = "stopped"
            break
    return state
