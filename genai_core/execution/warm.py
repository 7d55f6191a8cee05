"""Everything a job would otherwise pay for at its start: imports, the optimiser's machinery, data, kernels, quality meters.

On one thread, so that the process may still fork afterwards.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import pkgutil
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from genai_core import registry
from genai_core.contracts import Data, ModelSpec


def warm() -> None:
    """Import all that jobs import, make one step of a small network and one of every model, and freeze what is in memory."""
    import numpy as np
    import torch

    import genai_core.looks
    import genai_core.metrics
    import genai_core.runs.job
    import genai_core.training
    from genai_core.eager import forgo_compiler
    from genai_core.runs.writer import encode_frame

    forgo_compiler()
    for info in pkgutil.iter_modules(genai_core.metrics.__path__):
        importlib.import_module(f"genai_core.metrics.{info.name}")
    torch.set_num_threads(1)
    _small_step()
    genai_core.runs.job.versions()
    encode_frame(np.zeros((8, 8, 3), np.uint8))
    data = _shipped_data()
    for spec in registry.models().values():
        fitting = next((d for d in data.values() if d.info.modality in spec.modalities), None)
        if fitting is not None:
            _model_step(spec, fitting)
    for key, found in data.items():
        _meter(key, found)
    tidy()
    gc.freeze()


def tidy() -> None:
    """Give back what is free: a page that a process only holds for later is copied by every child that touches it."""
    gc.collect()
    if sys.platform == "linux":
        ctypes.CDLL(None).malloc_trim(0)


def _small_step() -> None:
    import torch
    from torch import nn

    network = nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.ConvTranspose2d(4, 2, 3), nn.Flatten(), nn.Linear(128, 1)
    )
    for fused in (False, True):
        optimizer = torch.optim.Adam(network.parameters(), fused=fused)
        network(torch.zeros(2, 1, 8, 8)).mean().backward()
        optimizer.step()


def _shipped_data() -> dict[str, Data]:
    """The data sets that presets name and this machine has: loaded here, they are in every job's memory at no cost."""
    wanted = {preset.dataset for model in registry.models().values() for preset in model.presets}
    found = {}
    for key, spec in registry.datasets().items():
        if key in wanted and spec.available():
            with _tolerated(f"the data set {key}"):
                found[key] = spec.load()
    return found


def _model_step(spec: ModelSpec, data: Data) -> None:
    """One step, so that the kernels of its shapes are chosen."""
    import torch

    from genai_core.training import batches_for, stream

    with _tolerated(f"the model {spec.key}"), torch.random.fork_rng(devices=[]):
        model: Any = spec.build(spec.config(), data.info)
        batches = batches_for(data, spec.config(), spec, stream(0, "warm"))
        model.train_step(batches.next(), model.optimizers(), 1, 100, stream(0, "warm"))
        if getattr(model, "metered", True):
            with torch.no_grad():
                model.sample(8, stream(0, "warm"))


def _meter(key: str, data: Data) -> None:
    """Quality meters keep what they know of the real data; made here, no job computes it again."""
    from genai_core.training import meter_for

    with _tolerated(f"the measure of {key}"):
        meter = meter_for(data)
        if meter is not None:
            meter.floor()


@contextmanager
def _tolerated(what: str) -> Iterator[None]:
    """What cannot be warmed is left for its own job to report: the engine must come up for the others."""
    try:
        yield
    except Exception:  # noqa: BLE001 - kept in the log
        print(f"{what} could not be warmed:", file=sys.stderr)
        traceback.print_exc()
