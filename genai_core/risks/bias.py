"""The minority that vanished: a GAN that learned from two kinds of pictures, and how often it draws the rarer one.

Two digits, drawn by the seed, 300 training pictures, a minority of 5, 10, 20 or 50 % among them. The statistic is the share of the
minority among the samples minus its share in training, in percentage points, by a classifier that was trained on other pictures
and guides nothing.
A Wilson interval covers the sampling of one trained model, and is shown as that; the claim about training rests on the interval over seeds.

The control sends held-out real pictures, as many of each kind as the training shares ask for, through the same classifier: what it
finds there is the classifier's own error. The mitigation tells both networks the class and asks for it in the shares of the
training set: that needs a label for every picture, and its price is quality, the Fréchet distance of features to held-out
pictures, mixed in the same shares.

Beside it: the same model with a truncated latent (Maluleke et al. 2022, arXiv:2209.02836, found that this amplifies), and a
mixture of eight Gaussians under two GANs that differ in how quickly the discriminator learns alone, with the number of Gaussians
covered: those with at least 1 % of the samples within three standard deviations of the centre.

Pilots: seeds 101 to 103, for the network, its steps, claim and margin. In one of them the seed drew 4 and 9: what such a GAN
draws between the two is neither, and a count of either means little. So the digits come from six that look unlike each other.
The shipped result was built twice from the same seeds: first in shares, then the same figures in percentage points. After it the
claim's sentence lost its second half, that a rare enough minority is not drawn at all: of 5 % about 1 % were left. Truncation made no difference.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from genai_core import learning, registry, replication
from genai_core.contracts import N_, Data, Event, Outcome, knob
from genai_core.datasets.images import kept
from genai_core.datasets.points import MODES
from genai_core.metrics import distances
from genai_core.metrics.features import Classifier, classifier
from genai_core.metrics.statistics import wilson
from genai_core.training import stream

SHARES = (0.05, 0.1, 0.2, 0.5)  # of the minority in training, besides the dial's own
CUTS = (0.5, 1.0)  # standard deviations at which the latent is cut
SAMPLES = 1000
DIGITS = (0, 1, 3, 4, 6, 7)  # that look unlike each other
SHOWN, POINTS = 40, 400  # pictures and points that are kept to be looked at
LEAST = 0.01  # share of the samples that covers a Gaussian
MODEL = {"width": 12, "batch_size": 32, "precision": "float32"}
ISLANDS = {"width": 64, "z_dim": 16, "lr": 1e-3, "ema": 0.0}
GAUSSIANS: dict[str, tuple[str, dict[str, Any], int]] = {  # plug-in, settings, steps
    "dropped": ("gan-mlp", ISLANDS | {"d_lr": 0.2}, 2000),
    "steady": ("gan-mlp", ISLANDS | {"d_lr": 1.0}, 2000),
}


@dataclass(frozen=True)
class Config:
    share: float = knob(0.1, N_("Share of the minority in training"), low=0.02, high=0.5)
    images: int = knob(300, N_("Training pictures"), low=60, high=400, log=True)
    steps: int = knob(600, N_("Training steps"), low=20, high=3000, log=True)
    seeds: int = knob(1, N_("Trained models"), low=1, high=16)


@dataclass(frozen=True)
class Mixture:
    """Pictures of two kinds, uint8 (N, 28, 28): ``train`` with ``labels``, 1 for the minority, and others of each kind."""

    train: np.ndarray
    labels: np.ndarray
    majority: np.ndarray
    minority: np.ndarray

    @property
    def share(self) -> float:
        return float(self.labels.mean())


def mixture(first: np.ndarray, second: np.ndarray, images: int, share: float) -> Mixture:
    """``images`` pictures to train on, ``share`` of them of the ``second`` kind, the rest of each kind held out."""
    few = round(images * share)
    train = np.concatenate([first[: images - few], second[:few]])
    labels = (np.arange(images) >= images - few).astype(np.int64)
    return Mixture(train, labels, first[images - few :], second[few:])


def composed(mixed: Mixture) -> tuple[np.ndarray, float]:
    """Held-out pictures in the shares of the training set, as many as there are, uint8; and the share of the minority in them."""
    n = int(min(len(mixed.majority) / (1 - mixed.share), len(mixed.minority) / mixed.share))
    few = round(n * mixed.share)
    return np.concatenate([mixed.majority[: n - few], mixed.minority[:few]]), few / n


def replicate(config: Config, seed: int) -> Iterator[Event | Outcome]:
    rng = np.random.default_rng(seed)
    real = registry.datasets()["mnist5k"].load()
    assert real.train_labels is not None and real.heldout_labels is not None
    images = np.concatenate([real.train, real.heldout])
    labels = np.concatenate([real.train_labels, real.heldout_labels])
    pair = rng.choice(DIGITS, 2, replace=False)
    kinds = [images[rng.permutation(np.flatnonzero(labels == digit))] for digit in pair]
    judge = classifier("digits")
    doses = sorted({*SHARES, config.share})
    total = (len(doses) + 1) * config.steps + sum(steps for _, _, steps in GAUSSIANS.values())
    values: dict[str, float] = {}
    dial, sheets, done = [], [], 0
    for share in doses:
        mixed = mixture(*kinds, config.images, share)
        model = yield from learning.watched(_fit(real, mixed, config.steps, seed, False), done, total, "loss_d", "loss_g")
        done += config.steps
        samples = model.sample(SAMPLES, stream(seed, f"samples {share}")).numpy()
        rare, other = seen(judge, samples, pair)
        dial.append((100 * mixed.share, points(rare.mean(), mixed.share)))
        sheets.append(_sheet(samples, rare, mixed.share) | {"neither": round(float(other.mean()), 4)})
        if share == config.share:
            values |= {"effect": dial[-1][1], "neither": float(other.mean()), "price": frechet(judge, samples, mixed)}
            held, there = composed(mixed)
            values["control"] = points(seen(judge, held / np.float32(255), pair)[0].mean(), there)
            for cut in CUTS:
                cut_samples = model.sample(SAMPLES, stream(seed, f"cut {cut}"), truncation=cut).numpy()
                rare_cut = seen(judge, cut_samples, pair)[0]
                values[f"cut_{cut:g}"] = points(rare_cut.mean(), mixed.share)
    mixed = mixture(*kinds, config.images, config.share)
    model = yield from learning.watched(_fit(real, mixed, config.steps, seed, True), done, total, "loss_d", "loss_g")
    done += config.steps
    z = model.latents(SAMPLES, stream(seed, "samples told"))
    samples = model.decode(z, (torch.arange(SAMPLES) < round(SAMPLES * mixed.share)).long()).numpy()
    rare = seen(judge, samples, pair)[0]
    values |= {"mitigated": points(rare.mean(), mixed.share), "price_mitigated": frechet(judge, samples, mixed)}
    shuffled = rng.permutation(SAMPLES)
    told = _sheet(samples[shuffled], rare[shuffled], mixed.share)
    clouds = {}
    for name, (key, settings, steps) in GAUSSIANS.items():
        cloud = registry.datasets()["points-gaussians"].load()
        model = yield from learning.watched(learning.fit(key, cloud, settings, steps, seed), done, total, "loss_d", "loss_g")
        done += steps
        cloud_points = model.sample(SAMPLES, stream(seed, f"points {name}")).numpy()
        found = covered(cloud_points)
        values[f"modes_{name}"] = float(found.sum())
        clouds[name] = {
            "points": [[round(float(v), 3) for v in point] for point in cloud_points[:POINTS].clip(-9, 9)],
            "covered": [bool(c) for c in found],
        }
    yield Outcome(
        values,
        tuple(dial),
        {"pair": [int(d) for d in pair], "sheets": sheets, "told": told, "clouds": clouds} | _islands(),
    )


def points(found: float, share: float) -> float:
    """The difference of two shares in percentage points, to a thousandth."""
    return round(100 * (float(found) - share), 3)


def seen(judge: Classifier, samples: np.ndarray, pair: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of samples (N, 28, 28) in [0, 1]: which are of the second digit of the pair rather than of the first, and which the
    classifier holds for a third; bool (N,) both."""
    logits = judge(samples)[1].numpy()
    return logits[:, pair[1]] > logits[:, pair[0]], ~np.isin(logits.argmax(1), pair)


def frechet(judge: Classifier, samples: np.ndarray, mixed: Mixture) -> float:
    """The Fréchet distance of the classifier's features of samples to the held-out pictures of both kinds, mixed in the training
    shares: moments of each kind, put together by the laws of total mean and covariance."""
    share = mixed.share
    (m0, c0), (m1, c1) = (
        distances.moments(judge.features(x / np.float32(255))) for x in (mixed.majority, mixed.minority)
    )
    apart = m1 - m0
    mean = m0 + share * apart
    covariance = (1 - share) * c0 + share * c1 + share * (1 - share) * torch.outer(apart, apart)
    return distances.frechet(mean, covariance, *distances.moments(judge.features(samples)))


def covered(points: np.ndarray) -> np.ndarray:
    """Which of the eight Gaussians have at least 1 % of the points (N, 2) within three standard deviations, bool (8,)."""
    modes = MODES["points-gaussians"]
    away = np.linalg.norm(points[:, None].astype(np.float64) - modes.centres, axis=2)  # (N, 8)
    return (away <= 3 * modes.sigma).mean(0) >= LEAST


def _islands() -> dict[str, Any]:
    """Where the eight Gaussians lie, and the radius within which a sample counts for one."""
    modes = MODES["points-gaussians"]
    return {"centres": modes.centres.round(4).tolist(), "reach": 3 * modes.sigma}


def _fit(real: Data, mixed: Mixture, steps: int, seed: int, told: bool) -> Generator[Any, None, Any]:
    info = dataclasses.replace(real.info, classes=("majority", "minority"))
    data = Data(info, mixed.train, mixed.train[:1], mixed.labels, mixed.labels[:1])
    return learning.fit("gan-dcgan", data, MODEL | {"conditional": told}, steps, seed)


def _sheet(samples: np.ndarray, rare: np.ndarray, share: float) -> dict[str, Any]:
    """The first samples as a picture, which of them are of the minority, and its share in all with Wilson's interval."""
    low, high = wilson(int(rare.sum()), len(rare))
    return {
        "png": kept(samples[:SHOWN], SHOWN, 0),
        "rare": [bool(r) for r in rare[:SHOWN]],
        "training": share,
        "generated": float(rare.mean()),
        "low": low,
        "high": high,
    }


SPEC = replication.risk(
    replicate,
    key="bias",
    title=N_("The minority that vanished"),
    summary=N_("One picture in ten shows another digit. How many of the pictures that the model makes do?"),
    topic="ethics",
    config=Config,
    order=90,
    claim=N_("A GAN draws what is rare in its training data less often still."),
    finding=N_(
        "The share of the minority among samples differs from that in training by {effect} points; among held-out pictures that "
        "the same classifier looks at, by {control}."
    ),
    method=N_(
        "A small convolutional GAN learns from 300 pictures of two digits, one in ten of them of the rarer one; which digits, the seed "
        "decides. A classifier that was trained on other pictures counts the rarer digit among 1,000 samples. The effect is the share that "
        "it finds minus that in training, in percentage points. The control is held-out real pictures in the same shares, counted by the "
        "same classifier."
    ),
    measure=N_("Generated minus training share"),
    effect_label=N_("Samples of the GAN"),
    control_label=N_("Held-out real pictures"),
    mitigation=N_("Tell the model the class, and ask for it in the right shares"),
    price=N_("Fréchet distance to held-out digits"),
    dial=N_("Per cent of the minority in training"),
    guess=N_(
        "In training, 10 % of the pictures show the rarer digit. By how many percentage points does its share among the samples differ? "
        "(0: it is kept. -10: it has vanished.)"
    ),
    stakes=N_(
        "Whoever is rare in the data is rarer still in what is made of it: in stock pictures, in training data for the next model, in "
        "test cases. No loss curve shows it, and who looks at a few samples will not miss what is not there."
    ),
    shows=N_(
        "That a model which is not told of groups can lose one, without anybody's intent, and that the loss depends on how rare it "
        "is. Telling it the classes keeps the shares, if every picture has a label and somebody has thought of the group; here its pictures "
        "then look much alike within a class, which is the price."
    ),
    hides=N_(
        "Large GANs have been found to keep the composition of their training data, and to lose it under truncation, which makes no clear "
        "difference here. Shares are one kind of bias: how a group is drawn, and who draws the line between groups, is another."
    ),
    null=0.0,
    claimed=-6.0,
    margin=1.5,
    span=(-10.0, 10.0),
    unit=N_("points"),
    price_better="low",
    seconds=45,
    mapping={"nist": ("bias",), "mit": ("1.1", "1.3"), "eu": ("10",), "cn": ("4",)},
)
