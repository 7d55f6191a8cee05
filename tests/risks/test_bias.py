"""Bias: compositions that are exact, counts on pictures that are known, a GAN that loses a minority and one that does not."""

from base64 import b64decode
from io import BytesIO

import numpy as np
import pytest
import torch
from PIL import Image

from genai_core import registry
from genai_core.datasets.points import MODES
from genai_core.metrics import distances
from genai_core.metrics.features import classifier
from genai_core.risks import bias


@pytest.fixture(scope="module")
def kinds():
    data = registry.datasets()["mnist5k"].load()
    return tuple(data.train[data.train_labels == digit] for digit in (3, 7))


def test_a_mixture_has_the_share_that_was_asked_for_and_nothing_twice(kinds):
    mixed = bias.mixture(*kinds, 300, 0.1)
    assert mixed.share == 0.1 and len(mixed.train) == 300 and mixed.labels[-30:].all()
    parts = [{x.tobytes() for x in part} for part in (mixed.train, mixed.majority, mixed.minority)]
    assert sum(map(len, parts)) == len(set().union(*parts)) == len(kinds[0]) + len(kinds[1])
    held, share = bias.composed(mixed)
    assert share == pytest.approx(0.1, abs=0.005) and len(held) > 120
    assert {x.tobytes() for x in held} <= parts[1] | parts[2]


def test_the_classifier_finds_a_known_composition_of_real_pictures(kinds):
    judge, pair = classifier("digits"), np.array([3, 7])
    mixed = bias.mixture(*kinds, 300, 0.2)
    held, share = bias.composed(mixed)
    rare, other = bias.seen(judge, held / np.float32(255), pair)
    assert rare.mean() == pytest.approx(share, abs=0.01) and other.mean() < 0.05
    eights = registry.datasets()["mnist5k"].load()
    assert bias.seen(judge, eights.train[eights.train_labels == 8][:50] / np.float32(255), pair)[1].mean() > 0.9


def test_moments_of_a_mixture_are_those_of_its_pictures(kinds):
    judge = classifier("digits")
    mixed = bias.mixture(*kinds, 200, 0.3)
    # Held-out pictures in exactly those shares are at a distance of nearly 0, and those of one kind are far away.
    held = np.concatenate([mixed.majority[:210], mixed.minority[:90]]) / np.float32(255)
    near = bias.frechet(judge, held, mixed)
    floor = distances.frechet(*(m for x in (held[::2], held[1::2]) for m in distances.moments(judge.features(x))))
    assert near < floor and bias.frechet(judge, held[:210], mixed) > 10 * near


def test_an_island_is_covered_by_one_per_cent_of_the_samples_and_by_no_less():
    modes = MODES["points-gaussians"]
    points = np.concatenate([np.repeat(modes.centres[:3], [980, 11, 9], 0), modes.centres[3:4] + 4 * modes.sigma])[
        :1000
    ]
    assert bias.covered(points).tolist() == [True, True] + [False] * 6
    cloud = registry.datasets()["points-gaussians"].load().heldout
    assert bias.covered(cloud).all()


@pytest.fixture(scope="module")
def replicate():
    torch.set_num_threads(1)
    quick = {name: (key, settings, 20) for name, (key, settings, _) in bias.GAUSSIANS.items()}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bias, "SHARES", (0.5,))
        patch.setattr(bias, "GAUSSIANS", quick)
        patch.setattr(bias, "SAMPLES", 500)
        return list(bias.replicate(bias.Config(steps=200), 2))


def test_a_gan_loses_the_minority_and_one_that_is_told_does_not(replicate):
    values = replicate[-1].values
    assert values["effect"] < -4 and abs(values["control"]) < 1.5
    assert abs(values["mitigated"]) < 3
    assert dict(replicate[-1].dial)[10] == values["effect"]


def test_a_replicate_counts_its_steps_and_keeps_sheets_that_can_be_cut_apart(replicate):
    *events, outcome = replicate
    steps = [event.step for event in events]
    assert steps == sorted(steps) and steps[-1] == events[-1].total == 3 * 200 + 2 * 20
    sheets = [*outcome.shown["sheets"], outcome.shown["told"]]
    assert [sheet["training"] for sheet in sheets] == [0.1, 0.5, 0.1]
    for sheet in sheets:
        assert sheet["low"] <= sheet["generated"] <= sheet["high"] and len(sheet["rare"]) == bias.SHOWN
        assert Image.open(BytesIO(b64decode(sheet["png"]))).size == (28 * bias.SHOWN, 28)
    assert len(set(outcome.shown["pair"])) == 2
    for cloud in outcome.shown["clouds"].values():
        assert len(cloud["points"]) == bias.POINTS and len(cloud["covered"]) == len(outcome.shown["centres"]) == 8
