"""Looks of the normalising flow: everything in them is exact, because the density is.

density    size, label               points: log_density (size, size), rows from below, over [-view, view] in both directions
transform  n, seed, label            points: points (layers + 1, n, 2) from the base to the data, grid (layers + 1, lines, 33, 2)
guidance   n, seed, label, values     samples at these strengths from the same candidates, as the look of diffusion models
score      point | index, seed, label      the log-likelihood of a point or of a held-out image, and its percentile among the held-out
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch

from genai_core.contracts import N_, Batch
from genai_core.errors import ConfigError, RunError
from genai_core.looks import Answer, Learned, bounded, classes_for
from genai_core.looks_diffusion import within_classes
from genai_core.runs.spec import check_seed, number
from genai_core.training import stream

VIEW = 1.25
LINES, ALONG, REACH = 9, 33, 2.4  # lines of the base's grid in each direction, points on each, and how far it reaches
RANKED = 400  # held-out items that a score is ranked among


def density(found: Learned, params: dict[str, Any]) -> Answer:
    """The density the flow has learned on a grid; ``mass`` is its integral over the view, by the midpoint rule."""
    size = bounded(params, "size", 96, 8, 128)
    label = _label(found, params)
    _known(params)
    _need(found, image=False)
    at = (np.arange(size) + 0.5) / size * 2 * VIEW - VIEW
    grid = torch.from_numpy(np.stack(np.meshgrid(at, at), -1).reshape(-1, 2).astype(np.float32))
    log_p = found.model.log_density(grid, _all(label, grid)).view(size, size).numpy()
    mass = float(np.exp(log_p.astype(np.float64)).sum() * (2 * VIEW / size) ** 2)
    return {"view": VIEW, "mass": mass}, {"log_density": log_p, "at": at}


def transform(found: Learned, params: dict[str, Any]) -> Answer:
    """How noise becomes data, layer by layer. Layer 0 is the base; the last is in the units of the data, as are all.

    Each class bends the plane in its own way, so a flow that knows classes is shown for one: the first unless ``label`` says.
    """
    n, seed = bounded(params, "n", 600, 1, 2000), check_seed(params.pop("seed", 0))
    label = _label(found, params)
    _known(params)
    _need(found, image=False)
    line, along = torch.linspace(-REACH, REACH, LINES), torch.linspace(-REACH, REACH, ALONG)
    across = torch.stack(torch.meshgrid(line, along, indexing="ij"), -1)  # (LINES, ALONG, 2)
    grid = torch.cat([across, across.flip(-1)])
    x = torch.cat([found.model.latents(n, stream(seed, "latent")), grid.view(-1, 2)])
    states = [x]
    context = found.model._context(len(x), _all(label or 0, x)) if found.model.classes else None
    for layer in reversed(list(found.model.best.transform.transforms)):
        x = layer(context).inv(x)
        states.append(x)
    seen = torch.stack(states).div(found.model.spread).numpy()  # (layers + 1, n + grid, 2)
    lines = seen[:, n:].reshape(len(states), 2 * LINES, ALONG, 2)
    return {"layers": len(states) - 1, "view": VIEW}, {"points": seen[:, :n], "grid": lines}


def score(found: Learned, params: dict[str, Any]) -> Answer:
    """The exact log-likelihood of one thing, ranked: ``percentile`` of held-out items are less likely.

    Points: ``point`` [x, y], in nats. Images: the held-out image ``index``, in bits per dimension; and the least and the
    most likely of those ranked, with their places.
    """
    data, model = found.data(), found.model
    rng = stream(check_seed(params.pop("seed", 0)), "score")
    if not model.image:
        place, label = params.pop("point", None), _label(found, params)
        _known(params)
        if not isinstance(place, (list, tuple)) or len(place) != 2:
            raise ConfigError(N_("A point is two numbers."))
        x = torch.tensor([[number("point", v) for v in place]], dtype=torch.float32)
        if not (x.abs() <= 2 * VIEW).all():
            raise ConfigError(
                N_("{name} must lie between {low} and {high}."), name="point", low=-2 * VIEW, high=2 * VIEW
            )
        (own,) = model.log_density(x, _all(label, x)).tolist()
        ranked = torch.from_numpy(data.heldout[:RANKED].copy())
        others = model.log_density(ranked, _all(label, ranked)).numpy()
        return {"nats": own, "percentile": _percentile(own, others)}, {"heldout": others}
    index = bounded(params, "index", 0, 0, min(RANKED, len(data.heldout)) - 1)
    _known(params)
    labels = None if data.heldout_labels is None else torch.from_numpy(np.array(data.heldout_labels[:RANKED]))
    images = data.heldout[:RANKED]
    log_p, _ = model.log_likelihood(Batch(torch.from_numpy(images.copy()).float() / 255, labels), rng)
    bits = model.bits(log_p).numpy()
    order = np.argsort(bits)
    ends = np.concatenate([order[:10], order[-10:]])
    return {
        "bits": float(bits[index]),
        "nats": float(log_p[index]),
        "percentile": _percentile(-bits[index], -bits),
        "dimensions": model.features,
    }, {
        "heldout": bits,
        "ends": ends,
        "picture": found.show(images[ends], 10),
        "image": found.show(images[index : index + 1], 1),
    }


def guidance(found: Learned, params: dict[str, Any]) -> Answer:
    """How samples change as they are pushed towards their class; nothing happens where classes do not overlap."""
    model = found.model
    n = bounded(params, "n", 20 if model.image else 400, 1, 40 if model.image else 500)
    seed, values = check_seed(params.pop("seed", 0)), params.pop("values", [0, 1, 2, 4])
    label = _label(found, params)
    _known(params)
    if not model.classes:
        raise RunError(N_("Guidance needs a model that was told the classes: this one was not."))
    if not isinstance(values, (list, tuple)) or not 1 <= len(values) <= 8:
        raise ConfigError(N_("{name} takes a list of {low} to {high} values."), name="values", low=1, high=8)
    values = [number("values", v) for v in values]
    if not 0 <= min(values) <= max(values) <= 8:
        raise ConfigError(N_("{name} must lie between {low} and {high}."), name="values", low=0, high=8)
    labels = model._labels(n) if label is None else torch.full((n,), label)
    samples = [x.numpy() for x in model.guided(n, stream(seed, "sample"), labels, values)]
    if model.image:
        return {"values": values}, {"pictures": np.stack([found.show(x, n) for x in samples])}
    arrays = {"samples": np.stack(samples), "labels": labels.numpy()}
    return {"values": values} | within_classes(found.data(), arrays["samples"], arrays["labels"]), arrays


LOOKS = {"density": density, "transform": transform, "score": score, "guidance": guidance}


def _label(found: Learned, params: dict[str, Any]) -> int | None:
    """The class that ``label`` names, taken out of ``params``; None for "any"."""
    label = params.pop("label", "any")
    return None if label == "any" else int(classes_for(found, 1, label)[0])


def _all(label: int | None, x: torch.Tensor) -> torch.Tensor | None:
    return None if label is None else torch.full((len(x),), label)


def _percentile(own: float, others: np.ndarray) -> float:
    return float((others < own).mean()) if math.isfinite(own) else 0.0


def _known(params: dict[str, Any]) -> None:
    if params:
        raise ConfigError(N_("There is no setting called {name} here."), name=str(next(iter(params)))[:40])


def _need(found: Learned, image: bool) -> None:
    if found.model.image is not image:
        raise RunError(N_("This look is for points in the plane: this run has pictures."))
