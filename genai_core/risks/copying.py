"""Pictures that come back: whether samples of an image model lie nearer to what it was trained on than chance allows.

A diffusion model of plain layers learns from N digits at half size. Each sample is compared with those N pictures and with N
held-out ones of the same classes; a model that knows neither is nearer to either equally often, so the null is 1/2 exactly.
Beside it: Z_U of Meehan et al. 2020 (metrics/copying.py), and copies by the rule of Carlini et al. 2023, a distance abnormally
small among those of the next neighbours. Their threshold of a half calls one fresh digit in ten a copy where there are only 64
pictures to be near to; a third calls about one in a hundred so.

The control is the same model, trained on N other pictures: a model that copies just as much, but not these. One pair of small
sets says little (a standard deviation of .11 in the pilot), so that it is a mean over eight pairs. Fresh real pictures
are measured in the same way (``fresh``). The dose is N; how often repeated pictures come back, and how often without their
duplicates, are values of their own (``repeated_50``, ``once_50``).

Pilots: seeds 101 and 102, for the network, its steps, the rule of a copy, claim and margin.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from genai_core import learning, registry, replication
from genai_core.contracts import N_, Data, Event, Outcome, knob
from genai_core.datasets.images import kept
from genai_core.metrics import copying as metric
from genai_core.metrics.quality import Quality
from genai_core.models.denoisers import Moment
from genai_core.models.parts import averaged
from genai_core.models.vae_parts import distort
from genai_core.training import stream

SIDE = 14
SIZES = (64, 128, 256, 512)
CROWD = 256  # different pictures of the set in which some are repeated
COPIES = (50, 10, 1)  # how often the first three of them stand there
VARIANTS = 40  # pictures for each one in the set of the mitigation
SAMPLES = 1000
PAIRS = 8  # of sets that the control is a mean over
SHOWN, ROW = 24, 14  # samples shown beside their neighbours, and beside a repeated picture
MODEL = {
    "conditional": False,
    "prediction": "x0",
    "lr": 3e-3,
    "ema": 0.99,
    "batch_size": 32,
    "evaluations": 10,
    "precision": "float32",
}


@dataclass(frozen=True)
class Config:
    images: int = knob(64, N_("Training pictures"), low=32, high=512, log=True)
    steps: int = knob(1500, N_("Training steps"), low=50, high=4000, log=True)
    distortion: float = knob(1.0, N_("Distortion of the training images, as the fix"), low=0.05, high=1.0)
    seeds: int = knob(1, N_("Trained models"), low=1, high=16)


class Plain(nn.Module):
    """A denoiser of plain layers for small pictures (B, S, S): it has no convolutions to keep it from learning pictures by heart."""

    def __init__(self, side: int, width: int = 192, layers: int = 2) -> None:
        super().__init__()
        self.side = side
        self.moment = Moment(64, 0)
        self.stem = nn.Linear(side * side, width)
        self.layers = nn.ModuleList([nn.Linear(width, width) for _ in range(layers)])
        self.moments = nn.ModuleList([nn.Linear(64, 2 * width) for _ in range(layers)])
        self.head = nn.Linear(width, side * side)

    def forward(self, x: Tensor, t: Tensor, y: Tensor | None = None) -> Tensor:
        moment, h = self.moment(t, None), self.stem(x.flatten(1))
        for layer, told in zip(self.layers, self.moments, strict=True):
            scale, shift = told(moment).chunk(2, 1)
            h = h + layer(F.silu(h * (1 + scale) + shift))
        return self.head(F.silu(h)).view(-1, self.side, self.side)


def plain(model: Any) -> None:
    """Puts the network of plain layers into a diffusion model that was just built."""
    model.denoiser.network = Plain(SIDE)
    model.average = averaged(model.denoiser)


def smaller(x: np.ndarray) -> np.ndarray:
    """Pictures (N, 28, 28), uint8, at half the size: means of two by two."""
    return np.rint(x.reshape(-1, SIDE, 2, SIDE, 2).mean((2, 4))).astype(np.uint8)


def larger(x: np.ndarray) -> np.ndarray:
    """Back to (N, 28, 28), uint8, by interpolation: what the classifier was made for."""
    wide = F.interpolate(torch.from_numpy(np.ascontiguousarray(x)).float()[:, None], scale_factor=2, mode="bilinear")
    return np.rint(wide[:, 0].numpy()).astype(np.uint8)


def triples(labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Places (n, 3) of pictures in random order, the three of a row of one class: three sets that are alike, of any size."""
    rows = []
    for label in np.unique(labels):
        found = rng.permutation(np.flatnonzero(labels == label))
        rows.append(found[: len(found) // 3 * 3].reshape(-1, 3))
    return rng.permutation(np.concatenate(rows))


def replicate(config: Config, seed: int) -> Iterator[Event | Outcome]:
    rng = np.random.default_rng(seed)
    real = registry.datasets()["mnist5k"].load()
    assert real.train_labels is not None
    pictures = smaller(real.train)
    train, heldout, others = (pictures[column] for column in triples(real.train_labels, rng).T)
    meter = Quality(dataclasses.replace(real, train=larger(pictures), heldout=larger(smaller(real.heldout))), "half")
    first = train[: config.images]
    sizes = sorted({*SIZES, config.images})
    crowd = train[:CROWD]
    repeated = np.concatenate([crowd, *(crowd[k : k + 1].repeat(n - 1, 0) for k, n in enumerate(COPIES))])
    sets = {str(n): train[:n] for n in sizes} | {"repeated": repeated, "others": others[: config.images]}
    sets["distorted"] = variants(first, config.distortion, stream(seed, "distortion"))
    samples: dict[str, np.ndarray] = {}
    for part, (name, images) in enumerate(sets.items()):
        samples[name] = yield from _trained(config, real, images, seed, name, part, len(sets))

    main, mended = samples[str(config.images)], samples["distorted"]
    to_train, to_heldout = (metric.distances(main, x / 255) for x in (first, heldout[: config.images]))
    fresh = others[config.images :][:SAMPLES] / 255
    values = {
        "effect": metric.nearer(to_train, to_heldout),
        "control": unseen(samples["others"], train, heldout, config.images),
        "fresh": unseen(fresh, train, heldout, config.images),
        "mitigated": nearer(mended, first, heldout),
        "price": frechet(meter, main),
        "price_mitigated": frechet(meter, mended),
    }
    of_heldout = metric.distances(heldout[config.images :] / 255, first / 255)
    for name, found in (
        ("", to_train),
        ("_fresh", metric.distances(fresh, first / 255)),
        ("_mitigated", metric.distances(mended, first / 255)),
    ):
        values[f"z{name}"] = metric.z_u(found.min(1), of_heldout.min(1))
        values[f"copies{name}"] = float(metric.copies(found).mean())
    strips = []
    for place, n in enumerate(COPIES):
        for name, kind in (("repeated", "repeated"), (str(CROWD), "once")):
            hits = copies_of(samples[name], crowd, place)
            values[f"{kind}_{n}"] = float(hits.mean())
            if kind == "repeated":
                strips.append({"copies": n} | _row(samples[name], crowd, place, hits))
    yield Outcome(
        values,
        tuple((float(n), nearer(samples[str(n)], train[:n], heldout)) for n in sizes),
        {
            "triples": _triples(main, first, heldout[: config.images], to_train, to_heldout),
            "mended": _triples(mended, first, heldout[: config.images]),
            "repeated": strips,
            "of": len(repeated),
        },
    )


def variants(images: np.ndarray, strength: float, rng: torch.Generator) -> np.ndarray:
    """The pictures (N, S, S), uint8, and distorted versions of each, ``VARIANTS`` times as many in all."""
    many = torch.from_numpy(np.ascontiguousarray(images)).float().div(255).repeat(VARIANTS - 1, 1, 1)
    return np.concatenate([images, distort(many, strength, rng).mul(255).round().byte().numpy()])


def nearer(samples: np.ndarray, train: np.ndarray, heldout: np.ndarray) -> float:
    """The share of samples nearer to one of ``train`` than to any of as many held-out pictures, uint8 both."""
    found = (metric.distances(samples, x / 255) for x in (train, heldout[: len(train)]))
    return metric.nearer(*found)


def unseen(samples: np.ndarray, first: np.ndarray, second: np.ndarray, size: int) -> float:
    """The same share for sets that no model has seen, a mean over ``PAIRS`` pairs of sets: one pair of small sets says little."""
    starts = [k * size for k in range(PAIRS) if (k + 1) * size <= len(first)]
    return float(np.mean([nearer(samples, first[k : k + size], second[k : k + size]) for k in starts]))


def copies_of(samples: np.ndarray, images: np.ndarray, place: int) -> np.ndarray:
    """Which samples (N,) are copies of the picture at ``place``."""
    found = metric.distances(samples, images / 255)
    return metric.copies(found) & (found.argmin(1) == place)


def frechet(meter: Quality, samples: np.ndarray) -> float:
    return meter.measure(larger(np.rint(samples * 255).astype(np.uint8)) / np.float32(255))["frechet"]


def _trained(
    config: Config, real: Data, images: np.ndarray, seed: int, name: str, part: int, parts: int
) -> Generator[Event, None, np.ndarray]:
    """Samples (SAMPLES, S, S) in [0, 1] of a model of ``images`` (N, S, S), uint8."""
    info = dataclasses.replace(real.info, classes=(), shape=(SIDE, SIDE))
    fitting = learning.fit(
        "diffusion", Data(info, images, images[:1]), MODEL, config.steps, (seed + part) % 2**31, change=plain
    )
    model = yield from learning.watched(fitting, part * config.steps, parts * config.steps, "loss")
    return model.sample(SAMPLES, stream(seed, f"samples {name}")).clamp(0, 1).numpy()


# --- what is kept to be looked at ------------------------------------------------------------------------------------


def _triples(samples: np.ndarray, train: np.ndarray, heldout: np.ndarray, *found: np.ndarray) -> dict[str, Any]:
    """The first samples, the nearest training and the nearest held-out picture of each, and which of them are copies."""
    n = SHOWN
    to_train, to_heldout = found or (metric.distances(samples, x / 255) for x in (train, heldout))
    rows = (samples[:n], train[to_train.argmin(1)[:n]], heldout[to_heldout.argmin(1)[:n]])
    return {
        "rows": [kept(row, len(row), 0) for row in rows],
        "copy": [bool(c) for c in metric.copies(to_train)[:n]],
        "nearer": [bool(c) for c in (to_train.min(1) < to_heldout.min(1))[:n]],
        "ratio": [round(float(r), 2) for r in metric.abnormality(to_train)[:n]],
    }


def _row(samples: np.ndarray, images: np.ndarray, place: int, hits: np.ndarray) -> dict[str, Any]:
    """The training picture at ``place``, then the samples nearest to it, nearest first, and which of those are copies of it."""
    order = metric.distances(samples, images[place : place + 1] / 255)[:, 0].argsort()[: ROW - 1]
    row = kept(np.concatenate([images[place : place + 1] / 255, samples[order]]), 1 + len(order), 0)
    return {"row": row, "copy": [bool(hit) for hit in hits[order]]}


SPEC = replication.risk(
    replicate,
    key="copying",
    title=N_("The picture that came back"),
    summary=N_(
        "A model that has seen few pictures, or one of them many times, hands out its training pictures as new ones."
    ),
    topic="copyright",
    config=Config,
    order=10,
    claim=N_(
        "An image model that was trained on few pictures, or on one many times, gives its training pictures back."
    ),
    finding=N_(
        "Of the samples of a model trained on 64 pictures, a share of {effect} lie nearer to one of those than to any of 64 others; for "
        "a model of other pictures it is {control}."
    ),
    method=N_(
        "A small diffusion model is trained on 64 digits. Each of 1,000 samples is compared with those and with 64 held-out digits of "
        "the same classes: without copying either is nearer equally often. The control is the same model trained on 64 other digits, compared with "
        "eight such pairs of sets that it has not seen. A copy is a sample whose nearest training picture is less than a third as far as the "
        "next twenty are on average (after Carlini et al. 2023)."
    ),
    measure=N_("Samples nearer to a training picture"),
    effect_label=N_("Trained on the pictures"),
    control_label=N_("Trained on other pictures"),
    mitigation=N_("Train on distorted versions of the pictures"),
    price=N_("Fréchet distance to held-out digits"),
    dial=N_("Training pictures"),
    guess=N_(
        "A diffusion model has learned from 64 pictures. Beside them lie 64 others of the same kind that it has never seen. "
        "What share of its samples is nearer to one of the first? (.5 would be no copying at all.)"
    ),
    stakes=N_(
        "Whoever publishes a sample may publish somebody's picture, without knowing it and without a name on it. It is the pictures that are "
        "found often in the data, such as logos, portraits and product photographs, that come back first, and often they have an owner."
    ),
    shows=N_(
        "That the same network copies or invents depending on how much it has seen, and that a picture repeated fifty times comes back from "
        "a set whose other pictures do not. Distorting the pictures helps, and here it costs quality."
    ),
    hides=N_(
        "Large models see millions of pictures, most of them once, and copy far fewer of their samples. Distances in pixels miss copies that were "
        "shifted, cropped or recoloured, so copying is underestimated. Whether a copy infringes anybody's right is for courts, not for a distance."
    ),
    null=0.5,
    claimed=0.9,
    margin=0.1,
    span=(0.0, 1.0),
    price_better="low",
    seconds=45,
    mapping={"nist": ("property",), "mit": ("2.1", "6.3"), "eu": ("53-1-c", "53-1-d"), "cn": ("4", "7")},
)
