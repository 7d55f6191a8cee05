"""Looks at what a diffusion model or a flow has learned, beside the generic ones (``sample``, ``interpolate``, ``nearest``).

Every look takes ``seed`` (0), and the sampling controls by name: ``sampler``, ``evaluations``, ``guidance``, ``average``,
``label``. One that is not given is the recipe's own. Pictures are uint8, (height, width) or (height, width, 3), made by the
data set's own ``show``; points are float32 in the data's units. Times run from 1 (noise) to 0 (data).

    trajectory     n (10 images, 500 points), moments (12; 2 to 20). Where ``evaluations`` is not given, a recipe of eight or more
                   takes as many as there are moments to show
                   plain: times [M], alpha [M], sigma [M], evaluations
                   arrays: images: noisy (M, h, w), guesses (M, h, w): a picture a moment, x_t and the guess of x_0
                           points: noisy (M, n, 2), guesses (M, n, 2)
    steps_quality  n (10, 500), values ([1, 2, 4, 8, 16, 32]; at most 8): the same noise, these many evaluations
                   plain: values [V], moved [V]: root mean square distance to the row with most evaluations, in data's units
                   arrays: images: pictures (V, h, w); points: samples (V, n, 2)
    guidance       n (10, 500), values ([0, 1, 2, 4]; -1 to 8, at most 8): the same noise, these strengths
                   plain: values [V], outside [V]: share of pixels that leave [0, 1] by more than .05
                           points: how they lie within their class, each [V]: spread, shift (see metrics.within) and, where the
                           true density is known, right (share with their own class the likeliest); real: the same of as many
                           training points, one number each
                   arrays: images: pictures (V, h, w); points: samples (V, n, 2), labels (n,)
                   RunError where the model knows no classes
    samplers       n (10, 200), samplers (["ddpm", "heun"]; 2 to 4 of the model's): the same noise through each
                   plain: samplers [S], moved [S]: distance to the last of them
                   arrays: images: pictures (S, h, w); points: samples (S, n, 2) and for each path_0, path_1, ...
                           (n, T, 2), the ways from noise to data
    field          points only: t (0.5; 0 to 1), grid (21; 5 to 31), n (500). Where the model knows classes: of the class
                   ``label`` under ``guidance``, and untold for "any"
                   plain: t, alpha, sigma
                   arrays: at (grid^2, 2), velocity (grid^2, 2): where a point at ``at`` is carried, per unit of time towards
                           the data; guess (grid^2, 2): the guess of x_0; noisy (n, 2): held-out points, noised to t
    paths          points only: n (100; up to 400)
                   plain: times [T]
                   arrays: paths (n, T, 2), from noise to data
    encode         n (10, 200), first (0): held-out items from ``first`` on, by the probability-flow ODE to noise and back
                   plain: error (root mean square over the items), errors [n], latent_mean, latent_sd (0 and 1 if they are
                   as the noise), evaluations of each way (40 unless given)
                   arrays: images: picture (h, w): rows of originals, latents, and what came back
                           points: x, latents, back (n, 2); labels (n,) where there are classes

``field`` and ``trajectory`` show x_t divided by alpha + sigma, so that data and noise keep to one scale.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor

from genai_core.contracts import N_, Data, knobs
from genai_core.errors import ConfigError, RunError
from genai_core.looks import Answer, Learned, bounded, classes_for
from genai_core.metrics import within
from genai_core.metrics.densities import class_log_densities_of
from genai_core.models.samplers import STEPS
from genai_core.runs.spec import check_seed, number, whole
from genai_core.training import stream

MOST = {"image": 40, "points": 1000}  # items of a look
WORK = {"image": 6000, "points": 200_000}  # evaluations of items, in one look
VALUES = 8  # settings side by side
FEW = 8  # evaluations of a recipe; one with fewer is shown as it is


def trajectory(found: Learned, params: dict[str, Any]) -> Answer:
    asked = "evaluations" in params
    z, labels, how = _begin(found, params, 10, 500)
    moments = bounded(params, "moments", 12, 2, 20)
    if not asked and _spent(found, how) >= FEW:
        how["evaluations"] = max(_spent(found, how), (moments - 1) * STEPS[how["sampler"]][1])
    _finish(found, params, len(z) * _spent(found, how))
    states = list(found.model.states(z, labels, **how))
    kept = [states[i] for i in sorted({*np.linspace(0, len(states) - 1, moments).round().astype(int).tolist()})]
    schedule = found.model.denoiser.schedule
    levels = [schedule.at(state.t) for state in kept]
    noisy = [_shown(found, state.x / sum(level)) for state, level in zip(kept, levels, strict=True)]
    plain = {
        "times": [state.t for state in kept],
        "alpha": [alpha for alpha, _ in levels],
        "sigma": [sigma for _, sigma in levels],
        "evaluations": _spent(found, how),
    }
    return plain, {"noisy": np.stack(noisy), "guesses": np.stack([_shown(found, state.x0) for state in kept])}


def steps_quality(found: Learned, params: dict[str, Any]) -> Answer:
    z, labels, how = _begin(found, params, 10, 500)
    values = [whole("values", v) for v in _list(params, "values", [1, 2, 4, 8, 16, 32], 1, VALUES)]
    if min(values) < 1:
        raise ConfigError(N_("{name} must lie between {low} and {high}."), name="values", low=1, high=250)
    _finish(found, params, len(z) * sum(values))
    samples = [found.model.decode(z, labels, **how | {"evaluations": value}) for value in values]
    moved = _moved(samples, samples[values.index(max(values))])
    return {"values": values, "moved": moved}, {_name(found): np.stack([_shown(found, x, True) for x in samples])}


def guidance(found: Learned, params: dict[str, Any]) -> Answer:
    z, labels, how = _begin(found, params, 10, 500)
    values = [number("values", v) for v in _list(params, "values", [0, 1, 2, 4], 1, VALUES)]
    if not found.model.classes:
        raise RunError(N_("Guidance needs a model that was told the classes: this one was not."))
    if not -1 <= min(values) <= max(values) <= 8:
        raise ConfigError(N_("{name} must lie between {low} and {high}."), name="values", low=-1, high=8)
    _finish(found, params, len(z) * _spent(found, how) * len(values))
    samples = [found.model.decode(z, labels, **how | {"guidance": value}) for value in values]
    arrays = {_name(found): np.stack([_shown(found, x, True) for x in samples])}
    if found.model.info.modality == "image":
        return {"values": values, "outside": [float(((x - 0.5).abs() > 0.55).float().mean()) for x in samples]}, arrays
    return {"values": values} | within_classes(found.data(), arrays["samples"], labels.numpy()), arrays | {
        "labels": labels.numpy()
    }


def samplers(found: Learned, params: dict[str, Any]) -> Answer:
    z, labels, how = _begin(found, params, 10, 200)
    known = next(k.choices for k in knobs(found.spec.controls) if k.name == "sampler")
    chosen = _list(params, "samplers", ["ddpm", "heun"], 2, 4)
    for name in chosen:
        if name not in known:
            raise ConfigError(
                N_("{name} cannot be {value}. Choose one of: {allowed}."),
                name="samplers",
                value=str(name)[:40],
                allowed=", ".join(map(str, known)),
            )
    _finish(found, params, len(z) * _spent(found, how) * len(chosen))
    ways = [list(found.model.states(z, labels, **how | {"sampler": name})) for name in chosen]
    samples = [found.model.outward(way[-1].x) for way in ways]
    arrays = {_name(found): np.stack([_shown(found, x, True) for x in samples])}
    if found.model.info.modality == "points":
        arrays |= {f"path_{i}": _path(found, way) for i, way in enumerate(ways)}
    return {"samplers": chosen, "moved": _moved(samples, samples[-1])}, arrays


def field(found: Learned, params: dict[str, Any]) -> Answer:
    _need_points(found)
    seed, how = check_seed(params.pop("seed", 0)), _controls(found, params)
    label = classes_for(found, 1, how["label"]) if how["label"] != "any" else None
    t = number("t", params.pop("t", 0.5))
    if not 0 <= t <= 1:
        raise ConfigError(N_("{name} must lie between {low} and {high}."), name="t", low=0, high=1)
    side, n = bounded(params, "grid", 21, 5, 31), bounded(params, "n", 500, 1, MOST["points"])
    _finish(found, params)
    model, schedule = found.model, found.model.denoiser.schedule
    alpha, sigma = schedule.at(t)
    line = torch.linspace(-1.25, 1.25, side)
    at = torch.stack(torch.meshgrid(line, line, indexing="xy"), -1).reshape(-1, 2)
    labels, strength = None, how["guidance"]
    if model.classes:
        labels = torch.zeros(len(at), dtype=torch.int64) if label is None else label.expand(len(at))
        strength = -1.0 if label is None else strength
    x0, eps = model.guess(labels, strength, how["average"])(model.inward(at) * (alpha + sigma), t)
    late, early = (
        float(schedule.straight(torch.tensor(v, dtype=torch.float64))) for v in (min(1, t + 1e-3), max(0, t - 1e-3))
    )
    pace = (late - early) / (min(1, t + 1e-3) - max(0, t - 1e-3))  # ds/dt
    heldout = torch.from_numpy(found.data().heldout[:n].copy())
    noise = torch.randn(heldout.shape, generator=stream(seed, "latent"))
    noisy = (alpha * model.inward(heldout) + sigma * noise) / (alpha + sigma)
    return {"t": t, "alpha": alpha, "sigma": sigma}, {
        "at": at.numpy(),
        "velocity": model.outward(pace * (x0 - eps)).numpy(),
        "guess": model.outward(x0).numpy(),
        "noisy": model.outward(noisy).numpy(),
    }


def paths(found: Learned, params: dict[str, Any]) -> Answer:
    _need_points(found)
    z, labels, how = _begin(found, params, 0, 100)
    _finish(found, params, len(z) * _spent(found, how))
    way = list(found.model.states(z[:400], labels, **how))
    return {"times": [state.t for state in way]}, {"paths": _path(found, way)}


def encode(found: Learned, params: dict[str, Any]) -> Answer:
    model, data = found.model, found.data()
    params = {"evaluations": 40, "sampler": "heun"} | params
    if params["sampler"] == "ddpm":
        raise ConfigError(N_("DDPM's sampler draws noise at every step, so there is no way back through it."))
    first = bounded(params, "first", 0, 0, len(data.heldout) - 1)
    z, _, how = _begin(found, params, 10, 200)
    how |= {"guidance": 0.0}
    _finish(found, params, 2 * len(z) * _spent(found, how))
    items = np.take(data.heldout, np.arange(first, first + len(z)), axis=0, mode="wrap")
    x = torch.from_numpy(items).float() / (255 if model.info.modality == "image" else 1)
    arrays: dict[str, np.ndarray] = {}
    labels = None
    if model.classes:
        labels = torch.from_numpy(np.take(data.heldout_labels, np.arange(first, first + len(z)), mode="wrap")).long()
        arrays["labels"] = labels.numpy()
    latents = model.encode(x, labels, **how)
    back = model.decode(latents, labels, **how)
    errors = (back - x).square().flatten(1).mean(1)
    if model.info.modality == "image":
        rows = torch.cat([x, model.outward(latents.view_as(x) / 1.5), back])  # noise shown within 1.5 deviations
        arrays["picture"] = found.show(rows.numpy(), len(x))
    else:
        arrays |= {"x": x.numpy(), "latents": latents.numpy(), "back": back.numpy()}
    return {
        "error": math.sqrt(float(errors.mean())),
        "errors": errors.sqrt().tolist(),
        "latent_mean": float(latents.mean()),
        "latent_sd": float(latents.std()),
        "evaluations": _spent(found, how),
    }, arrays


LOOKS = {
    "trajectory": trajectory,
    "steps_quality": steps_quality,
    "guidance": guidance,
    "samplers": samplers,
    "encode": encode,
    "field": field,
    "paths": paths,
}


# --- parts -----------------------------------------------------------------------------------------------------------


def _begin(found: Learned, params: dict[str, Any], images: int, points: int) -> tuple[Tensor, Tensor | None, dict]:
    """The noise that ``seed`` and ``n`` ask for, its labels, and how to sample, all taken out of ``params``."""
    kind = found.model.info.modality
    n = bounded(params, "n", images if kind == "image" else points, 1, MOST[kind])
    z = found.model.latents(n, stream(check_seed(params.pop("seed", 0)), "latent"))
    how = _controls(found, params)
    label = how.pop("label")
    return z, classes_for(found, n, label), how | {"rng": stream(0, "steps")}


def _controls(found: Learned, params: dict[str, Any]) -> dict[str, Any]:
    names = {k.name for k in knobs(found.spec.controls)}
    return found.controls({name: params.pop(name) for name in names & set(params)})


def _finish(found: Learned, params: dict[str, Any], work: int = 0) -> None:
    """Refuse what is left over, and what would take too long."""
    if params:
        raise ConfigError(N_("There is no setting called {name} here."), name=str(min(params, key=str))[:40])
    if work > WORK[found.model.info.modality]:
        raise ConfigError(N_("That is too much for one look: ask for fewer samples or fewer evaluations."))


def _list(params: dict[str, Any], name: str, default: list, low: int, high: int) -> list:
    values = params.pop(name, default)
    if not isinstance(values, (list, tuple)) or not low <= len(values) <= high:
        raise ConfigError(N_("{name} takes a list of {low} to {high} values."), name=name, low=low, high=high)
    return list(values)


def _spent(found: Learned, how: dict[str, Any]) -> int:
    return int(how["evaluations"])


def within_classes(data: Data, samples: np.ndarray, labels: np.ndarray) -> dict[str, Any]:
    """What the look ``guidance`` says of samples (V, n, 2) of these classes (n,)."""
    truth = class_log_densities_of(data)
    own = np.isin(data.train_labels, labels)
    real, real_y = data.train[own][: len(labels)], data.train_labels[own][: len(labels)]
    rows = {"spread": [within.spread(x, labels) for x in samples]}
    rows["shift"] = [within.shift(x, labels, data.heldout, data.heldout_labels) for x in samples]
    found = {
        "spread": within.spread(data.train[own], data.train_labels[own]),
        "shift": within.shift(real, real_y, data.heldout, data.heldout_labels),
    }
    if truth is not None:
        rows["right"] = [within.right(truth(x), labels) for x in samples]
        found["right"] = within.right(truth(real), real_y)
    return rows | {"real": found}


def _need_points(found: Learned) -> None:
    if found.model.info.modality != "points":
        raise RunError(N_("Only points in the plane can be shown so: this run learned something else."))


def _name(found: Learned) -> str:
    return "pictures" if found.model.info.modality == "image" else "samples"


def _shown(found: Learned, x: Tensor, natural: bool = False) -> np.ndarray:
    """A row of images as one picture, points as they are; states of the sampler (not ``natural``) are brought to data's units."""
    x = x if natural else found.model.outward(x)
    return found.show(x.numpy(), len(x)) if found.model.info.modality == "image" else x.numpy()


def _path(found: Learned, way: list) -> np.ndarray:
    schedule = found.model.denoiser.schedule
    return torch.stack([found.model.outward(state.x / sum(schedule.at(state.t))) for state in way], 1).numpy()


def _moved(samples: list[Tensor], to: Tensor) -> list[float]:
    return [float((x - to).square().mean().sqrt()) for x in samples]
