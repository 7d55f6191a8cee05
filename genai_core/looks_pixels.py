"""Looks of the models that draw a picture pixel by pixel.

    drawing     n, seed, label                          pixels and the chance of each, in the order in which they were drawn
    complete    index | image, rows, n, seed, label     the upper rows given, the rest drawn in several ways
    likelihood  index | image                           how surprised it is by each pixel of a picture; nats; rank

A picture is a held-out one by ``index``, or ``image``: its grey levels row by row, 0 to 255. It is binarised as the held-out
pictures are.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from genai_core import registry
from genai_core.contracts import N_
from genai_core.errors import ConfigError
from genai_core.looks import Answer, Learned, bounded
from genai_core.metrics.likelihood import BINARISATION, binarise
from genai_core.runs.spec import check_seed, whole
from genai_core.training import stream

MOST = 16  # pictures drawn at a time
BITS = 1 / math.log(2)


def drawing(found: Learned, params: dict[str, Any]) -> Answer:
    """``pixels`` (n, H W) 0 or 1 and ``chances`` (n, H W), the probability of being on times 255, both uint8."""
    n, seed, label = bounded(params, "n", 8, 1, MOST), check_seed(params.pop("seed", 0)), _label(params)
    _nothing_more(params, "n, seed, label")
    model = found.model
    labels = model.labels(n, label)
    u = torch.rand(n, *model.info.shape, generator=stream(seed, "drawing"))
    x, p = model.draw(u, labels)
    return {"n": n, "shape": list(model.info.shape), "labels": _plain(labels)}, {
        "pixels": x.flatten(1).numpy().astype(np.uint8),
        "chances": (p.flatten(1) * 255).round().numpy().astype(np.uint8),
    }


def complete(found: Learned, params: dict[str, Any]) -> Answer:
    """``given`` (H, W) and ``completed`` (n, H, W), 0 or 1, uint8, the first ``rows`` rows alike. A model that knows classes
    draws each completion's class from p(class | rows given), which is in the answer, unless ``label`` names one."""
    model = found.model
    rows, n = bounded(params, "rows", 14, 1, model.info.shape[0] - 1), bounded(params, "n", 10, 1, MOST)
    seed, label = check_seed(params.pop("seed", 0)), _label(params)
    x, index = _picture(found, params)
    _nothing_more(params, "index, image, rows, n, seed, label")
    rng = stream(seed, "complete")
    labels, posterior = model.labels(n, label), None
    if model.classes:
        posterior = model.posterior(x[None], rows)[0]  # (classes,)
        if label == "any":
            labels = torch.multinomial(posterior, n, replacement=True, generator=rng)
    u = torch.rand(n, *model.info.shape, generator=rng)
    done, _ = model.draw(u, labels, given=x.expand(n, -1, -1), rows=rows)
    plain = {"rows": rows, "n": n, "index": index, "labels": _plain(labels)}
    if posterior is not None:
        plain["posterior"] = [round(float(v), 4) for v in posterior]
    return plain, {"given": x.numpy().astype(np.uint8), "completed": done.numpy().astype(np.uint8)}


def likelihood(found: Learned, params: dict[str, Any]) -> Answer:
    """``picture`` (H, W) 0 or 1, ``surprise`` (H, W) in bits, -log2 p(pixel | pixels before), and ``chance`` (H, W) of being
    on. ``nats`` is log p of the whole, ``rank`` the share of held-out pictures that are less likely (None until the run
    ended); for a model that knows classes ``posterior`` is p(class | picture)."""
    x, index = _picture(found, params)
    _nothing_more(params, "index, image")
    told = found.model.told(x[None])[0]  # (H, W)
    plain: dict[str, Any] = {"nats": float(told.sum()), "rank": found.model.rank(float(told.sum())), "index": index}
    if found.model.classes:
        plain["posterior"] = [round(float(v), 4) for v in found.model.posterior(x[None], len(x))[0]]
    chance = torch.where(x > 0, told.exp(), 1 - told.exp())
    return plain, {
        "picture": x.numpy().astype(np.uint8),
        "surprise": (-told * BITS).float().numpy(),
        "chance": chance.float().numpy(),
    }


LOOKS: Mapping[str, Callable[[Learned, dict[str, Any]], Answer]] = {
    "drawing": drawing,
    "complete": complete,
    "likelihood": likelihood,
}


# --- parts -----------------------------------------------------------------------------------------------------------


@functools.lru_cache(maxsize=2)
def heldout(dataset: str) -> Tensor:
    """The held-out pictures of a data set as they are measured, binary (N, H, W)."""
    grey = torch.from_numpy(registry.datasets()[dataset].load().heldout.astype(np.float32) / 255)
    return binarise(grey, torch.Generator().manual_seed(BINARISATION))


def _picture(found: Learned, params: dict[str, Any]) -> tuple[Tensor, int | None]:
    """The picture asked for, binary (H, W), and its place among the held-out ones, None for a visitor's own."""
    shape = tuple(found.model.info.shape)
    grey = params.pop("image", None)
    if grey is None:
        pictures = heldout(found.record.spec.dataset or "")
        index = bounded(params, "index", 0, 0, len(pictures) - 1)
        return pictures[index], index
    size = shape[0] * shape[1]
    fits = isinstance(grey, (list, tuple)) and len(grey) == size
    if not fits or not all(0 <= whole("image", value) <= 255 for value in grey):
        raise ConfigError(N_("A picture is {n} whole numbers from 0 to 255, row by row."), n=size)
    x = torch.tensor([float(value) / 255 for value in grey]).view(shape)
    return binarise(x, torch.Generator().manual_seed(BINARISATION)), None


def _label(params: dict[str, Any]) -> str:
    return str(params.pop("label", "any"))[:40]


def _plain(labels: Tensor | None) -> list[int]:
    return [] if labels is None else labels.tolist()


def _nothing_more(params: dict[str, Any], allowed: str) -> None:
    if params:
        message = N_("There is no setting called {name}. Settings here: {allowed}.")
        raise ConfigError(message, name=str(min(params, key=str))[:40], allowed=allowed)
