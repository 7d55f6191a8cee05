"""Point clouds in the plane, where every failure can be seen and counted: 8,000 points to train on, 2,000 held out.

All lie in about [-1, 1] x [-1, 1]. Classes are the parts a cloud is drawn from: the Gaussians of a circle by where they lie
as on a map, the columns of a grid, rings, moons, arms. Rings and 25 Gaussians are the usual toys of the GAN literature (Metz et al. 2017,
arXiv:1611.02163; Lin et al. 2018, arXiv:1712.04086).
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from genai_core.contracts import N_, Data, DataInfo, DatasetSpec
from genai_core.design import colour

TRAIN, HELDOUT = 8_000, 2_000
RINGS, RING_SHARES = np.array([0.3, 0.6, 0.9]), np.array([1, 2, 3]) / 6
SIZE, VIEW = 384, 1.25  # pixels of the picture; it shows [-VIEW, VIEW] in both directions

Draw = Callable[[np.random.Generator, int], tuple[np.ndarray, np.ndarray]]  # points (n, 2) and their classes (n,)


class Modes(NamedTuple):
    """The Gaussians a cloud is an equal mixture of: ``centres`` (K, 2), one ``sigma`` for all."""

    centres: np.ndarray
    sigma: float


def circle(n: int, radius: float) -> np.ndarray:
    """``n`` points evenly on a circle, (n, 2)."""
    angle = 2 * np.pi * np.arange(n) / n
    return radius * np.stack([np.cos(angle), np.sin(angle)], 1)


def lattice(n: int, reach: float) -> np.ndarray:
    """The n x n lattice over [-reach, reach], (n * n, 2)."""
    line = np.linspace(-reach, reach, n)
    return np.stack(np.meshgrid(line, line), -1).reshape(-1, 2)


MODES = {
    "points-gaussians": Modes(circle(8, 0.8), 0.04),
    "points-grid": Modes(lattice(5, 0.8), 0.03),
}


# The class of each Gaussian: of the circle itself, of the grid its column.
PARTS = {"points-gaussians": np.arange(8), "points-grid": np.arange(25) % 5}


def mixture(key: str) -> Draw:
    modes, parts = MODES[key], PARTS[key]

    def draw(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
        mode = rng.integers(len(modes.centres), size=n)
        return modes.centres[mode] + modes.sigma * rng.standard_normal((n, 2)), parts[mode]

    return draw


def rings(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Three circles of radius .3, .6 and .9, as likely as they are long, with radial noise of .02."""
    ring = rng.choice(3, n, p=RING_SHARES)
    radius = RINGS[ring] + 0.02 * rng.standard_normal(n)
    angle = rng.uniform(0, 2 * np.pi, n)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1), ring


def moons(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Two half circles that reach into each other, noise .04."""
    angle, lower = rng.uniform(0, np.pi, n), rng.integers(0, 2, n)
    x = np.where(lower, 0.5 - np.cos(angle) / 2, np.cos(angle) / 2) - 0.25
    y = np.where(lower, 0.25 - np.sin(angle) / 2, np.sin(angle) / 2) - 0.125
    return 1.2 * np.stack([x, y], 1) + 0.04 * rng.standard_normal((n, 2)), lower


def spirals(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Two arms of one and a half turns, evenly filled along their length (nearly), noise .02."""
    turn, arm = np.sqrt(rng.uniform(0.02, 1, n)), rng.integers(0, 2, n)
    angle = 3 * np.pi * turn + np.pi * arm
    return 0.95 * turn[:, None] * np.stack([np.cos(angle), np.sin(angle)], 1) + 0.02 * rng.standard_normal((n, 2)), arm


DRAW: dict[str, Draw] = {
    "points-gaussians": mixture("points-gaussians"),
    "points-grid": mixture("points-grid"),
    "points-moons": moons,
    "points-rings": rings,
    "points-spirals": spirals,
}
CLASSES: dict[str, tuple[str, ...]] = {
    "points-gaussians": (
        N_("east"), N_("north-east"), N_("north"), N_("north-west"),
        N_("west"), N_("south-west"), N_("south"), N_("south-east"),
    ),
    "points-grid": (N_("column 1"), N_("column 2"), N_("column 3"), N_("column 4"), N_("column 5")),
    "points-moons": (N_("upper moon"), N_("lower moon")),
    "points-rings": (N_("inner ring"), N_("middle ring"), N_("outer ring")),
    "points-spirals": (N_("first arm"), N_("second arm")),
}  # fmt: skip


def log_density(key: str, x: np.ndarray) -> np.ndarray:
    """The log of the density a cloud is drawn from, in nats, at ``x`` (N, 2).

    Mixtures and rings in closed form; moons and spirals are circles of noise along a curve, summed over points on it that lie
    much closer than the noise is wide.
    """
    return _log_sum(class_log_densities(key, x) + np.log(shares(key)))


def class_log_densities(key: str, x: np.ndarray) -> np.ndarray:
    """The same for each class alone, log p(x | y): (N, classes)."""
    x = np.asarray(x, np.float64)
    if key == "points-rings":
        radius = np.linalg.norm(x, axis=1)[:, None]
        log_radial = -0.5 * ((radius - RINGS) / 0.02) ** 2 - np.log(0.02 * np.sqrt(2 * np.pi))
        return log_radial - np.log(2 * np.pi * np.maximum(radius, 1e-12))
    if key in MODES:
        modes, of = MODES[key], PARTS[key]
        centres, sigma = [modes.centres[of == k] for k in range(of.max() + 1)], modes.sigma
    else:
        centres, sigma = _curves(key)
    return np.stack([_gaussians(x, part, sigma) for part in centres], 1)


def shares(key: str) -> np.ndarray:
    """How likely each class of a cloud is, (classes,)."""
    n = len(CLASSES[key])
    return RING_SHARES if key == "points-rings" else np.full(n, 1 / n)


def _curves(key: str) -> tuple[list[np.ndarray], float]:
    """Points close together along each moon or arm, and the noise around them."""
    share = (np.arange(800) + 0.5) / 800
    if key == "points-moons":
        c, s = np.cos(np.pi * share) / 2, np.sin(np.pi * share) / 2
        return [1.2 * np.stack([c - 0.25, s - 0.125], 1), 1.2 * np.stack([0.25 - c, 0.125 - s], 1)], 0.04
    turn = np.sqrt(0.02 + 0.98 * share)
    arm = 0.95 * turn[:, None] * np.stack([np.cos(3 * np.pi * turn), np.sin(3 * np.pi * turn)], 1)
    return [arm, -arm], 0.02


def _log_sum(terms: np.ndarray) -> np.ndarray:
    """log of the sum of exp over the last axis."""
    peak = terms.max(-1)
    return peak + np.log(np.exp(terms - peak[..., None]).sum(-1))


def _gaussians(x: np.ndarray, centres: np.ndarray, sigma: float) -> np.ndarray:
    """The log density at ``x`` (N, 2) of an equal mixture of round Gaussians."""
    out = np.empty(len(x))
    for start in range(0, len(x), 500):  # 500 x 1,600 distances at a time
        squared = ((x[start : start + 500, None] - centres) ** 2).sum(2) / (-2 * sigma**2)
        peak = squared.max(1)
        out[start : start + 500] = peak + np.log(np.exp(squared - peak[:, None]).mean(1))
    return out - np.log(2 * np.pi * sigma**2)


@functools.cache
def load(key: str) -> Data:
    """float32 (8000, 2) and (2000, 2), the same at every call."""
    points, labels = DRAW[key](np.random.default_rng([2026, sorted(DRAW).index(key)]), TRAIN + HELDOUT)
    points, labels = points.astype(np.float32), labels.astype(np.int64)
    points.flags.writeable = labels.flags.writeable = False
    info = DataInfo("points", (2,), CLASSES[key])
    return Data(info, points[:TRAIN], points[TRAIN:], labels[:TRAIN], labels[TRAIN:])


def _density(points: np.ndarray, radius: float) -> np.ndarray:
    """How much ink each pixel gets, (SIZE, SIZE): round dots of this radius in pixels, one unit at their centre."""
    ink = np.zeros((SIZE, SIZE), np.float32)
    at = (np.nan_to_num(points, nan=9.0).clip(-9, 9) + VIEW) / (2 * VIEW) * SIZE
    column, row = np.floor(at[:, 0]).astype(int), np.floor(SIZE - at[:, 1]).astype(int)
    reach = math.ceil(radius)
    for dy in range(-reach, reach + 1):
        for dx in range(-reach, reach + 1):
            weight = min(1.0, radius + 0.5 - math.hypot(dx, dy))
            y, x = row + dy, column + dx
            inside = (y >= 0) & (y < SIZE) & (x >= 0) & (x < SIZE)
            if weight > 0:
                np.add.at(ink, (y[inside], x[inside]), weight)
    return ink


def _rgb(hexa: str) -> np.ndarray:
    return np.array([int(hexa[i : i + 2], 16) for i in (1, 3, 5)], np.float32)


@functools.cache
def _backdrop(key: str) -> np.ndarray:
    """The training points, dim on black: float (SIZE, SIZE, 3)."""
    ink = 1 - np.exp(-0.5 * _density(load(key).train, 1.0))
    return 0.5 * ink[..., None] * _rgb(colour("training", dark=True))


def show(samples: Any, columns: int | None = None, *, key: str) -> np.ndarray:
    """Generated points (N, 2) in orange over the training points in blue, on black: uint8 (384, 384, 3).

    ``columns`` is taken and not needed. Points out of view are left out, as are those that are not finite.
    """
    points = np.asarray(samples, np.float32).reshape(-1, 2)
    ink = 1 - np.exp(-1.2 * _density(points, 1.6))[..., None]
    return np.rint((1 - ink) * _backdrop(key) + ink * _rgb(colour("generated", dark=True))).astype(np.uint8)


def _spec(key: str, title: str, summary: str, order: int) -> DatasetSpec:
    return DatasetSpec(
        key=key,
        title=title,
        summary=summary,
        modality="points",
        load=functools.partial(load, key),
        show=functools.partial(show, key=key),
        source="drawn by the project, with a fixed seed",
        licence="CC0-1.0",
        order=order,
    )


SPEC = (
    _spec("points-gaussians", N_("Eight Gaussians"), N_("Eight islands on a circle: a lost mode can be counted."), 50),
    _spec("points-grid", N_("25 Gaussians"), N_("A lattice of 25 islands: the classic test for mode collapse."), 51),
    _spec("points-rings", N_("Rings"), N_("Three rings around each other: holes a model must keep open."), 52),
    _spec("points-moons", N_("Two moons"), N_("Two half moons that reach into each other."), 53),
    _spec("points-spirals", N_("Spirals"), N_("Two arms wound around each other: the hardest of the clouds."), 54),
)
