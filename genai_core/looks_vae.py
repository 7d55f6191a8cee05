"""Looks at what a VAE has learned, beside the generic ones (``sample``, ``interpolate``, ``truncation``, ``nearest``).

Held-out images are the first thousand places spread evenly over the held-out part (``index`` 0 to 999). Where a run's data
set is not on this machine and a smaller part of it ships, that part's held-out images stand in, and the answer's ``note``
(a message id, else "") says so; ``source`` is the data set that was used. Encoders see the grey images as they are; scores
are taken under the fixed binarisation. ``label`` (an index, a class's name, or "any", the default) matters to conditional
models alone: "any" is a held-out image's own class, the class under which a drawing scores best, and else the first class.
Images are uint8 (28, 28); places are coordinates of the map.

    map         grid (0 to 40; 24), label
                plain: latent (dimensions), axes ("latent": the two latents themselves; "principal": the first two principal
                components of the means), explained (share of the means' variance in them), bounds [x0, x1, y0, y1],
                kl [d] by dimension, active [d], n, source, note
                arrays: places (n, 2), labels (n,), images (n, 28, 28), cells (grid^2, 28, 28): decoded at the centres of a
                grid over the bounds, rows from the top (y1) down
    decode      at [x, y] on the map, or z [d]; label      plain: z      arrays: samples (1, 28, 28)
    manifold    side (5 to 30; 20), label
                plain: axes, by_class      arrays: picture, samples (side, side, 28, 28)
                Normal quantiles along the map's axes, y from the top down; conditional models and "any": a row a class
    traverse    dim (of d; the largest KL), steps (3 to 41; 25), rows (1 to 10; 6), index (one image instead of rows), span (3)
                plain: dim, index [rows]      arrays: samples (rows, steps, 28, 28), values (steps,), picture
    dimensions  plain: active, latent, threshold, n, source, note
                arrays: kl (d,) falling, dim (d,), variance (d,) of the means, on (d,) 0 or 1
    between     a, b (indices), steps (3 to 24; 12)
                plain: labels [2]      arrays: samples (steps, 28, 28), picture: the originals at both ends
    draw        pixels: 784 numbers row by row, 0 to 1, or 0 to 255 where one exceeds 1; label; fit (true: centred and
                scaled as MNIST's digits were, for digits)
                plain: score (nats), kind ("IWAE-10"), binary (pixels binarised or not), elbo, share (of held-out scores below),
                label (class used, -1 without classes), z [d], sd [d], n, source, note
                arrays: scores (n,) of held-out images, input, reconstruction, place (2,), picture
    inpaint     index, or pixels (as for draw); half ("right", "left", "top", "bottom"), n (1 to 16; 10), sweeps (1 to 100;
                30), seed, label
                plain: half, source, note      arrays: original, masked, samples (n, 28, 28), picture (one row of all)
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from genai_core.contracts import N_
from genai_core.datasets import mnist5k
from genai_core.datasets.files import DIGITS
from genai_core.errors import ConfigError
from genai_core.looks import Answer, Learned, bounded
from genai_core.metrics import likelihood
from genai_core.runs.spec import check_seed, number, whole
from genai_core.training import stream

PLACES = 1000  # held-out images on the map
SCORED, DRAWS = 200, 10  # held-out images beside a drawing, and latents for each
NARROW = 0.5  # of the prior's deviations: nearer than that, the map of a collapsed model would show its rounding errors
ODD = 0.02  # share of held-out scores below which a drawing is odd, and above one minus which it is too easy
CELL = 28
STANDS_IN = N_(
    "The data that this run learned from are not on this machine. Shown are 1,000 of the digits that ship, "
    "which were among those it was trained on: their scores flatter it."
)
HALVES = {
    "right": (slice(None), slice(CELL // 2, None)),
    "left": (slice(None), slice(None, CELL // 2)),
    "top": (slice(None, CELL // 2), slice(None)),
    "bottom": (slice(CELL // 2, None), slice(None)),
}


@dataclass(frozen=True)
class Seen:
    """Held-out images as the model encodes them. ``observed`` is under the fixed binarisation."""

    source: str
    note: str
    images: np.ndarray  # uint8 (n, 28, 28)
    grey: Tensor  # (n, 28, 28)
    observed: Tensor  # (n, D)
    labels: Tensor | None  # (n,), for conditional models None never
    mean: Tensor  # (n, d)
    kl: Tensor  # (d,), of what the bound is taken on, as while training
    variance: Tensor  # (d,) of those means
    centre: Tensor  # (d,) of the map
    axes: Tensor  # (2, d)
    spread: Tensor  # (2,) standard deviations along the axes
    explained: float
    scores: list[Tensor] = field(default_factory=list)  # filled by the first drawing


_seen: weakref.WeakKeyDictionary[Any, Seen] = weakref.WeakKeyDictionary()  # by model: new weights are a new one


def seen(found: Learned) -> Seen:
    if found.model not in _seen:
        _seen[found.model] = _look(found)
    return _seen[found.model]


def _look(found: Learned) -> Seen:
    dataset, note = found.dataset, ""
    if dataset is not None and dataset.key == "mnist" and not dataset.available():
        data, source, note = mnist5k.load(), mnist5k.SPEC.key, STANDS_IN
    else:
        data, source = found.data(), found.record.spec.dataset or ""
    model = found.model
    grey, observed, labels = model.heldout(data, PLACES)
    known = None if data.heldout_labels is None else torch.from_numpy(data.heldout_labels[at(len(data.heldout))])
    mean, _ = model.encode(grey, labels)
    kl, variance = _carried(model, observed, labels)
    d = mean.shape[1]
    if d <= 2:
        axes, centre, explained = torch.eye(2)[:, :d], torch.zeros(d), 1.0
        spread = torch.ones(2)
    else:
        centre = mean.mean(0)
        _, length, turned = torch.linalg.svd(mean - centre, full_matrices=False)
        energy = length.square()
        axes, explained = turned[:2], float(energy[:2].sum() / energy.sum().clamp(min=1e-12))
        axes = axes * torch.where(axes.sum(1, keepdim=True) < 0, -1.0, 1.0)  # the sign of a component is nobody's
        spread = (energy[:2] / len(mean)).sqrt()
    images = (grey * 255).round().byte().numpy()
    return Seen(source, note, images, grey, observed, known, mean, kl, variance, centre, axes, spread, explained)


def _carried(model: Any, observed: Tensor, labels: Tensor | None) -> tuple[Tensor, Tensor]:
    """The KL of each latent (d,) in nats, and the variance of its mean, on observed pictures (n, D)."""
    mean, sd = model.encode(observed, labels)
    return likelihood.kl_normal(mean, 2 * sd.log()).mean(0), mean.var(0)


def at(n: int) -> np.ndarray:
    from genai_core.models.vae_parts import spread

    return spread(n, PLACES).numpy()


# --- the looks -------------------------------------------------------------------------------------------------------


def map_(found: Learned, params: dict[str, Any]) -> Answer:
    grid, label = bounded(params, "grid", 24, 0, 40), params.pop("label", "any")
    refuse(params)
    s = seen(found)
    places = (s.mean - s.centre) @ s.axes.T  # (n, 2)
    reach = torch.quantile(places.abs(), 0.995, dim=0).clamp(min=NARROW) * 1.1
    if len(s.kl) <= 2:
        reach = reach.clamp(min=3.2)
    x1, y1 = (float(v) for v in reach)
    steps = (torch.arange(grid) + 0.5) / max(grid, 1) * 2 - 1
    y, x = torch.meshgrid(-steps * y1, steps * x1, indexing="ij")
    cells = decoded(found, on_map(s, torch.stack([x.flatten(), y.flatten()], 1)), one_label(found, label, grid * grid))
    facts = {
        "latent": len(s.kl),
        "axes": "latent" if len(s.kl) <= 2 else "principal",
        "explained": round(s.explained, 4),
        "bounds": [-x1, x1, -y1, y1],
        "kl": [round(float(v), 4) for v in s.kl],
        "active": active(s).tolist(),
        "n": len(places),
    }
    labels = torch.zeros(len(places), dtype=torch.int64) if s.labels is None else s.labels
    arrays = {"places": places.numpy(), "labels": labels.numpy(), "images": s.images, "cells": cells}
    return facts | origin(s), arrays


def decode(found: Learned, params: dict[str, Any]) -> Answer:
    place, z, label = params.pop("at", None), params.pop("z", None), params.pop("label", "any")
    refuse(params)
    if (place is None) == (z is None):
        raise ConfigError(N_("Give a place of the map or a latent vector, one of the two."))
    if z is None:
        latent = on_map(seen(found), torch.tensor([numbers("at", place, 2, 1000.0)]))
    else:
        latent = torch.tensor([numbers("z", z, found.model.z_dim, 1000.0)])
    return {"z": plain(latent[0])}, {"samples": decoded(found, latent, one_label(found, label, 1))}


def manifold(found: Learned, params: dict[str, Any]) -> Answer:
    side, label = bounded(params, "side", 20, 5, 30), params.pop("label", "any")
    refuse(params)
    s = seen(found)
    quantiles = 2**0.5 * torch.erfinv((torch.arange(side) + 0.5) / side * 2 - 1)  # of the prior
    by_class = bool(found.model.classes) and label == "any"
    rows = found.model.classes if by_class else side
    down = torch.zeros(rows) if by_class else -quantiles
    y, x = torch.meshgrid(down, quantiles, indexing="ij")
    places = torch.stack([x.flatten(), y.flatten()], 1) * s.spread
    labels = torch.arange(rows).repeat_interleave(side) if by_class else one_label(found, label, rows * side)
    samples = decoded(found, on_map(s, places), labels)
    facts = {"axes": "latent" if len(s.kl) <= 2 else "principal", "by_class": by_class}
    return facts, {"picture": found.show(samples, side), "samples": samples.reshape(rows, side, CELL, CELL)}


def traverse(found: Learned, params: dict[str, Any]) -> Answer:
    s = seen(found)
    dim = bounded(params, "dim", int(s.kl.argmax()), 0, len(s.kl) - 1)
    steps, rows = bounded(params, "steps", 25, 3, 41), bounded(params, "rows", 6, 1, 10)
    index, span = params.pop("index", None), number("span", params.pop("span", 3.0))
    refuse(params)
    if not 0.1 <= span <= 6:
        raise ConfigError(N_("{name} must lie between {low} and {high}."), name="span", low=0.1, high=6)
    chosen = [place("index", index, s)] if index is not None else varied(s, rows)
    values = torch.linspace(-span, span, steps)
    z = s.mean[chosen].unsqueeze(1).repeat(1, steps, 1)  # (rows, steps, d)
    z[..., dim] = values
    labels = own_labels(found, s, chosen)
    samples = decoded(found, z.flatten(0, 1), None if labels is None else labels.repeat_interleave(steps))
    arrays = {"samples": samples.reshape(-1, steps, CELL, CELL), "values": values.numpy()}
    return {"dim": dim, "index": chosen}, arrays | {"picture": found.show(samples, steps)}


def dimensions(found: Learned, params: dict[str, Any]) -> Answer:
    refuse(params)
    s = seen(found)
    order = s.kl.argsort(descending=True)
    on = active(s)
    facts = {"active": int(on.sum()), "latent": len(on), "threshold": likelihood.ACTIVE, "n": len(s.mean)}
    return facts | origin(s), {
        "kl": s.kl[order].numpy(),
        "dim": order.numpy(),
        "variance": s.variance[order].numpy(),
        "on": on[order].to(torch.uint8).numpy(),
    }


def between(found: Learned, params: dict[str, Any]) -> Answer:
    s = seen(found)
    a, b = (place(name, params.pop(name, default), s) for name, default in (("a", 0), ("b", 1)))
    steps = bounded(params, "steps", 12, 3, 24)
    refuse(params)
    t = torch.linspace(0, 1, steps)[:, None]
    labels = own_labels(found, s, [a, b])
    labels = None if labels is None else labels[(t.squeeze(1) > 0.5).long()]
    samples = decoded(found, torch.lerp(s.mean[a], s.mean[b], t), labels)
    row = np.concatenate([s.images[a : a + 1], samples, s.images[b : b + 1]])
    known = [] if s.labels is None else [int(s.labels[a]), int(s.labels[b])]
    return {"labels": known}, {"samples": samples, "picture": found.show(row, steps + 2)}


def draw(found: Learned, params: dict[str, Any]) -> Answer:
    image = drawing(found, params)
    label = params.pop("label", "any")
    refuse(params)
    s, model = seen(found), found.model
    if not s.scores:  # the first drawing pays for the held-out images
        part = torch.arange(0, len(s.mean), max(1, len(s.mean) // SCORED))[:SCORED]
        labels = None if not model.classes else s.labels[part]
        s.scores.append(model.bound(s.observed[part], labels, DRAWS, stream(0, "scores")).sort().values)
    candidates = candidate_labels(found, label)
    rng, each = stream(0, "drawing"), 8  # binarisations of a drawing; its score is their mean
    x = model.observe(image.expand(each * len(candidates), -1, -1), rng)
    y = torch.tensor(candidates).repeat_interleave(each) if model.classes else None
    tight = model.bound(x, y, DRAWS, rng).view(len(candidates), each).mean(1)
    best = int(tight.argmax())
    chosen = torch.tensor([candidates[best]]) if model.classes else None
    elbo = model.bound(x[:each], None if chosen is None else chosen.expand(each), 1, rng).mean()
    mean, sd = model.encode(image, chosen)
    back = decoded(found, mean, chosen)
    score = float(tight[best])
    share = float((s.scores[0] < score).float().mean())
    own = (image * 255).round().byte().numpy()
    facts = {
        "score": round(score, 3),
        "kind": f"IWAE-{DRAWS}",
        "binary": model.binary,
        "elbo": round(float(elbo), 3),
        "share": share,
        "odd": "odd" if share < ODD else "easy" if share > 1 - ODD else "likely",
        "label": candidates[best] if model.classes else -1,
        "z": plain(mean[0]),
        "sd": plain(sd[0]),
        "n": len(s.scores[0]),
    }
    return facts | origin(s), {
        "scores": s.scores[0].numpy(),
        "input": own[0],
        "reconstruction": back[0],
        "place": ((mean - s.centre) @ s.axes.T)[0].numpy(),
        "picture": found.show(np.concatenate([own, back]), 2),
    }


def inpaint(found: Learned, params: dict[str, Any]) -> Answer:
    """Pseudo-Gibbs sampling of the hidden pixels: encode, draw a latent, draw the hidden pixels, again. Rezende, Mohamed and
    Wierstra 2014, https://arxiv.org/abs/1401.4082, appendix F."""
    s, model = seen(found), found.model
    half = params.pop("half", "right")
    if not isinstance(half, str) or half not in HALVES:
        raise ConfigError(
            N_("{name} cannot be {value}. Choose one of: {allowed}."),
            name="half", value=str(half)[:40], allowed=", ".join(HALVES),
        )  # fmt: skip
    n, sweeps = bounded(params, "n", 10, 1, 16), bounded(params, "sweeps", 30, 1, 100)
    rng = stream(check_seed(params.pop("seed", 0)), "inpaint")
    label = params.pop("label", "any")
    if "pixels" in params:
        image, labels = drawing(found, params), one_label(found, label, n)
    else:
        index = place("index", params.pop("index", 0), s)
        image = s.grey[index : index + 1]
        labels = own_labels(found, s, [index]) if label == "any" else one_label(found, label, 1)
        labels = None if labels is None else labels.expand(n)
    refuse(params)
    hidden = torch.zeros(CELL, CELL, dtype=torch.bool)
    hidden[HALVES[half]] = True
    hidden = hidden.flatten()
    x = model.observe(image.expand(n, -1, -1), rng)  # (n, D)
    x = torch.where(hidden, (torch.rand(x.shape, generator=rng) < s.grey.flatten(1).mean(0)).float(), x)
    for _ in range(sweeps):
        mean, log_var = model.encoder(x, labels)
        z = mean + (log_var / 2).exp() * torch.randn(mean.shape, generator=rng)
        logits = model.decoder(z, labels)
        u = torch.rand(x.shape, generator=rng)
        drawn = (u < torch.sigmoid(logits)).float() if model.binary else likelihood.continuous_bernoulli_draw(u, logits)
        x = torch.where(hidden, drawn, x)
    seam = hidden.view(CELL, CELL)
    samples = decoded(found, z, labels)
    own = (image[0] * 255).round().byte().numpy()
    samples = np.where(seam.numpy(), samples, own)
    masked = np.where(seam.numpy(), np.uint8(80), own)
    row = np.concatenate([own[None], masked[None], samples])
    return {"half": half} | origin(s), {
        "original": own,
        "masked": masked,
        "samples": samples,
        "picture": found.show(row, len(row)),
    }


LOOKS: Mapping[str, Callable[[Learned, dict[str, Any]], Answer]] = {
    "map": map_,
    "decode": decode,
    "manifold": manifold,
    "traverse": traverse,
    "dimensions": dimensions,
    "between": between,
    "draw": draw,
    "inpaint": inpaint,
}


# --- drawings --------------------------------------------------------------------------------------------------------


def drawing(found: Learned, params: dict[str, Any]) -> Tensor:
    """The visitor's drawing (1, 28, 28) in [0, 1], checked; digits are fitted as MNIST's were."""
    pixels, fit = params.pop("pixels", None), params.pop("fit", True)
    values = torch.tensor(numbers("pixels", pixels, CELL * CELL, 255.0, low=0.0)).view(CELL, CELL)
    image = values / 255 if values.max() > 1 else values
    if image.sum() < 3:
        raise ConfigError(N_("There is next to nothing on the sheet: draw something first."))
    info = found.record.info
    return (as_mnist(image) if fit is True and info is not None and tuple(info.classes) == DIGITS else image)[None]


def as_mnist(image: Tensor) -> Tensor:
    """A drawing (28, 28) as MNIST was made: its box scaled to 20 x 20, its centre of mass in the middle.

    LeCun, Bottou, Bengio and Haffner 1998, Gradient-based learning applied to document recognition, section III.A.
    """
    from PIL import Image

    ink = image > 0.1 * image.max()
    rows, columns = ink.any(1).nonzero().flatten(), ink.any(0).nonzero().flatten()
    box = image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scale = 20 / max(box.shape)
    size = [max(1, round(length * scale)) for length in box.shape]
    shrunk = Image.fromarray(box.numpy()).resize(size[::-1], Image.Resampling.BICUBIC)
    small = torch.from_numpy(np.array(shrunk)).clamp(0, 1)
    y, x = (torch.arange(n, dtype=torch.float32) for n in size)
    mass = small.sum().clamp(min=1e-6)
    top = round(CELL / 2 - float((small.sum(1) * y).sum() / mass))
    left = round(CELL / 2 - float((small.sum(0) * x).sum() / mass))
    top, left = min(max(top, 0), CELL - size[0]), min(max(left, 0), CELL - size[1])
    fitted = torch.zeros(CELL, CELL)
    fitted[top : top + size[0], left : left + size[1]] = small
    return fitted


# --- parts -----------------------------------------------------------------------------------------------------------


def refuse(params: Mapping[str, Any]) -> None:
    """What is left was not asked for."""
    if params:
        raise ConfigError(N_("This look takes nothing called {name}."), name=str(min(params, key=str))[:40])


def numbers(name: str, values: Any, count: int, high: float, low: float | None = None) -> list[float]:
    """Exactly ``count`` numbers between ``low`` (-high unless given) and ``high``. ConfigError otherwise."""
    if not isinstance(values, (list, tuple)) or len(values) != count:
        raise ConfigError(N_("{name} takes a list of {count} numbers."), name=name, count=count)
    found = [number(name, value) for value in values]
    if min(found) < (-high if low is None else low) or max(found) > high:
        raise ConfigError(
            N_("{name} must lie between {low} and {high}."), name=name, low=-high if low is None else low, high=high
        )
    return found


def place(name: str, value: Any, s: Seen) -> int:
    value = whole(name, value)
    if not 0 <= value < len(s.mean):
        raise ConfigError(N_("{name} must lie between {low} and {high}."), name=name, low=0, high=len(s.mean) - 1)
    return value


def on_map(s: Seen, places: Tensor) -> Tensor:
    """Latents (n, d) of places (n, 2); what the map does not show stays at its mean."""
    return s.centre + places @ s.axes


def active(s: Seen) -> Tensor:
    """Burda et al. 2015, section 5.2."""
    return s.variance > likelihood.ACTIVE


def decoded(found: Learned, z: Tensor, labels: Tensor | None) -> np.ndarray:
    return found.plain(found.model.decode(z, labels=labels).numpy())


def one_label(found: Learned, label: Any, n: int) -> Tensor | None:
    """The class asked for, n times; the first one for "any"; None for a model without classes."""
    candidates = candidate_labels(found, label)
    return torch.full((n,), candidates[0]) if found.model.classes else None


def candidate_labels(found: Learned, label: Any) -> list[int]:
    classes = int(found.model.classes)
    if label == "any":
        return list(range(max(1, classes)))
    names = found.record.info.classes if found.record.info else ()
    text = str(label)
    if not classes:
        raise ConfigError(N_("This model was trained without classes: leave the class at any."))
    if text in names:
        return [names.index(text)]
    if text in map(str, range(classes)):
        return [int(text)]
    raise ConfigError(N_("There is no class {label}: the model knows {count}."), label=text[:40], count=classes)


def own_labels(found: Learned, s: Seen, index: list[int]) -> Tensor | None:
    return s.labels[index] if found.model.classes and s.labels is not None else None


def varied(s: Seen, rows: int) -> list[int]:
    """Held-out images of different classes, as far as there are any."""
    if s.labels is None:
        return list(range(rows))
    firsts = [int((s.labels == label).nonzero()[0]) for label in s.labels.unique()]
    return (firsts + [i for i in range(rows) if i not in firsts])[:rows]


def origin(s: Seen) -> dict[str, str]:
    return {"source": s.source, "note": s.note}


def plain(values: Tensor) -> list[float]:
    return [round(float(v), 4) for v in values]
