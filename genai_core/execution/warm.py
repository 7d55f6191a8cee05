"""Everything a job would otherwise pay for at its start: imports, the optimiser's machinery, data, kernels, quality meters.

On one thread, so that the process may still fork afterwards.
"""

from __future__ import annotations

import gc
import importlib
import pkgutil
import sys
import traceback
from typing import Any

from genai_core import registry
from genai_core.contracts import Data, ModelSpec


def warm() -> None:
    """Import all that jobs import, make one step of a small network and one of every model, and freeze what is in memory."""
    import torch
    import torch._dynamo  # noqa: F401 - the first optimiser step imports it otherwise: a second

    import genai_core.looks
    import genai_core.metrics
    import genai_core.runs.job
    import genai_core.training

    for info in pkgutil.iter_modules(genai_core.metrics.__path__):
        importlib.import_module(f"genai_core.metrics.{info.name}")
    torch.set_num_threads(1)
    _small_step()
    data = _shipped_data()
    for spec in registry.models().values():
        fitting = next((d for d in data.values() if d.info.modality in spec.modalities), None)
        if fitting is not None:
            _model_step(spec, fitting)
    for found in data.values():
        _meter(found)
    gc.collect()
    gc.freeze()


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
    return {key: spec.load() for key, spec in registry.datasets().items() if key in wanted and spec.available()}


def _model_step(spec: ModelSpec, data: Data) -> None:
    """One step, so that the kernels of its shapes are chosen. A model that cannot is left for its own job to report."""
    import torch

    from genai_core.training import Batches, stream

    try:
        model: Any = spec.build(spec.config(), data.info)
        batches = Batches(data, getattr(spec.config(), spec.batch_knob), stream(0, "warm"))
        model.train_step(batches.next(), model.optimizers(), 1, 100, stream(0, "warm"))
        with torch.no_grad():
            model.sample(8, stream(0, "warm"))
    except Exception:  # noqa: BLE001 - the engine must come up for the other models
        print(f"the model {spec.key} could not be warmed:", file=sys.stderr)
        traceback.print_exc()


def _meter(data: Data) -> None:
    """Quality meters keep what they know of the real data; made here, no job computes it again."""
    from genai_core.training import meter_for

    meter = meter_for(data)
    if meter is not None:
        meter.floor()
