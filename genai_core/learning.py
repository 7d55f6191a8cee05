"""Training a model of the project inside an experiment. Not a plug-in."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from typing import Any

import torch

from genai_core import registry
from genai_core.contracts import Data, Event
from genai_core.training import batches_for, stream


def fit(
    key: str,
    data: Data,
    config: Mapping[str, Any],
    steps: int,
    seed: int,
    every: int = 20,
    change: Callable[[Any], None] | None = None,
) -> Generator[tuple[int, dict[str, float]], None, Any]:
    """Train the model plug-in ``key`` for ``steps`` updates, all of its streams from ``seed``.

    ``change`` alters the model as it was built, before anything is learned: another network, say.
    Yields (step, losses) now and then and returns the model, in evaluation mode: ``model = yield from ...`` or a loop.
    """
    spec = registry.models()[key]
    settings = spec.config(**config)
    torch.manual_seed(seed)
    model = spec.build(settings, data.info)
    if change is not None:
        change(model)
    model.train()
    optimizers = model.optimizers()
    batches, rng = batches_for(data, settings, spec, stream(seed, "data")), stream(seed, "model")
    for step in range(1, steps + 1):
        losses = model.train_step(batches.next(), optimizers, step, steps, rng)
        if step % every == 0 or step == steps:
            yield step, {name: float(value) for name, value in losses.items()}
    model.eval()
    return model


def watched(
    fitting: Generator[tuple[int, Mapping[str, float]], None, Any], done: int, total: int, *names: str
) -> Generator[Event, None, Any]:
    """A training inside an experiment's own count of steps: ``done`` of ``total`` came before. Yields events with those of the
    losses ``names`` that there are, and returns the model: ``model = yield from watched(fit(...), ...)``."""
    while True:
        try:
            step, losses = next(fitting)
        except StopIteration as end:
            return end.value
        yield Event(done + step, total, {name: losses[name] for name in names if name in losses})
