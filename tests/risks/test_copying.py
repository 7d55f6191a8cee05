"""Data copying: sets that are alike, and models that copy what they have learned and nothing else."""

from base64 import b64decode
from io import BytesIO

import numpy as np
import pytest
import torch
from PIL import Image

from genai_core import registry
from genai_core.risks import copying


def test_three_sets_are_disjoint_and_of_the_same_classes_at_any_size():
    labels = registry.datasets()["mnist5k"].load().train_labels
    rows = copying.triples(labels, np.random.default_rng(0))
    assert len(np.unique(rows)) == rows.size > 3900
    assert (labels[rows] == labels[rows[:, :1]]).all()
    assert len(np.unique(labels[rows[:64, 0]])) == 10  # in random order, not class by class
    assert len(np.unique(labels)) == 10


def test_half_size_and_back_keeps_what_is_smooth():
    ramp = np.broadcast_to(np.linspace(0, 250, 28).round().astype(np.uint8), (2, 28, 28))
    small = copying.smaller(ramp)
    assert small.shape == (2, 14, 14) and small.dtype == np.uint8
    assert np.abs(copying.larger(small).astype(int) - ramp)[:, :, 2:-2].max() <= 3


def test_the_mitigation_keeps_the_pictures_themselves_out_of_most_of_its_set():
    images = copying.smaller(registry.datasets()["mnist5k"].load().train[:5])
    many = copying.variants(images, 1.0, torch.Generator().manual_seed(0))
    assert len(many) == 5 * copying.VARIANTS and np.array_equal(many[:5], images)
    assert len({x.tobytes() for x in many}) == len(many)


def test_a_model_that_knows_neither_set_is_nearer_to_either_equally_often():
    rng = np.random.default_rng(1)
    first, second = (rng.integers(0, 256, (400, 14, 14)).astype(np.uint8) for _ in range(2))
    assert copying.unseen(rng.random((300, 14, 14)), first, second, 50) == pytest.approx(0.5, abs=0.1)
    # Of two pairs of sets, one holds every copy and the other none.
    assert copying.unseen(first[:200] / 255, first, second, 200) == pytest.approx(0.75, abs=0.05)


def test_copies_are_counted_for_the_picture_they_are_of():
    data = copying.smaller(registry.datasets()["mnist5k"].load().train[::40])
    samples = np.concatenate([data[[3, 3, 5]] / 255, np.full((1, 14, 14), 0.5)])
    assert copying.copies_of(samples, data, 3).tolist() == [True, True, False, False]
    assert copying.copies_of(samples, data, 5).tolist() == [False, False, True, False]


def test_the_network_of_plain_layers_can_be_told_the_time():
    torch.manual_seed(0)
    network = copying.Plain(14, width=16)
    x = torch.randn(3, 14, 14)
    assert network(x, torch.full((3,), 0.5)).shape == x.shape
    assert not torch.allclose(network(x, torch.full((3,), 0.1)), network(x, torch.full((3,), 0.9)))


@pytest.fixture(scope="module")
def replicate():
    torch.set_num_threads(1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(copying, "SIZES", (32, 200))
        patch.setattr(copying, "CROWD", 200)
        return list(copying.replicate(copying.Config(images=32, steps=400), 7))


def test_a_model_of_few_pictures_copies_them_and_one_of_others_does_not(replicate):
    values = replicate[-1].values
    assert values["effect"] > 0.85 and abs(values["control"] - 0.5) < 0.15 and abs(values["fresh"] - 0.5) < 0.1
    assert values["mitigated"] < values["effect"] - 0.1
    assert values["z"] < -4 and values["z_mitigated"] > values["z"] and abs(values["z_fresh"]) < 4
    assert values["copies"] > 0.1 > values["copies_fresh"]
    assert dict(replicate[-1].dial)[32] == values["effect"] > dict(replicate[-1].dial)[200]


def test_a_repeated_picture_comes_back_more_often_than_one_that_is_not(replicate):
    values = replicate[-1].values
    assert values["repeated_50"] > values["once_50"] + 0.02 and values["repeated_50"] > values["repeated_1"]


def test_a_replicate_counts_its_steps_and_keeps_pictures_that_can_be_cut_apart(replicate):
    *events, outcome = replicate
    steps = [event.step for event in events]
    assert steps == sorted(steps) and steps[-1] == events[-1].total == 5 * 400
    for kind in ("triples", "mended"):
        found = outcome.shown[kind]
        assert len(found["copy"]) == len(found["nearer"]) == copying.SHOWN and len(found["rows"]) == 3
        assert all(Image.open(BytesIO(b64decode(row))).size == (14 * copying.SHOWN, 14) for row in found["rows"])
    assert [row["copies"] for row in outcome.shown["repeated"]] == list(copying.COPIES)
    assert all(len(row["copy"]) == copying.ROW - 1 for row in outcome.shown["repeated"])
