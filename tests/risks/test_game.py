"""The detector: what it can learn and what it must not, images that are worn as said, copies that are copies, a whole replicate."""

import base64
import io

import numpy as np
import pytest
import torch
from PIL import Image

from genai_core import game as table
from genai_core import looks, registry
from genai_core.metrics.signal import auc_bound
from genai_core.metrics.statistics import auc
from genai_core.risks import detecting, game
from genai_core.runs.store import GALLERY, Store


def finished(generator):
    while True:
        try:
            next(generator)
        except StopIteration as end:
            return end.value


@pytest.fixture(scope="module")
def digits():
    return registry.datasets()["mnist5k"].load()


def test_a_detector_learns_a_difference_that_is_there_and_none_that_is_not(digits):
    real = digits.train[:600]
    marked = digits.train[600:1200].copy()
    marked[:, ::2, ::2] |= 24  # a faint grid: the mark of a generator
    detector = finished(detecting.train(real, marked, 40, 0))
    fresh, other = digits.heldout[:300], digits.heldout[300:600]
    dotted = other.copy()
    dotted[:, ::2, ::2] |= 24
    assert auc(detector.score(dotted), detector.score(fresh)) > 0.97
    assert 0.43 < auc(detector.score(other), detector.score(fresh)) < 0.57
    same = finished(detecting.train(real, digits.train[600:1200], 40, 0))
    assert 0.43 < auc(same.score(other), same.score(fresh)) < 0.57


def test_the_same_seed_gives_the_same_detector(digits):
    one, two = (finished(detecting.train(digits.train[:100], digits.train[100:200], 5, 3)) for _ in range(2))
    assert all(torch.equal(a, b) for a, b in zip(one.state_dict().values(), two.state_dict().values(), strict=True))


def test_a_blur_keeps_what_lies_inside_and_is_a_gaussian():
    point = np.zeros((1, 28, 28), np.uint8)
    point[0, 14, 14] = 255
    soft = detecting.blur(point, 1.0)[0].astype(float)
    assert soft.sum() == pytest.approx(255, rel=0.03) and soft[14, 14] == pytest.approx(255 / (2 * np.pi), rel=0.02)
    assert soft[14, 15] / soft[14, 14] == pytest.approx(np.exp(-0.5), abs=0.02) and np.array_equal(soft, soft.T)


def test_jpeg_is_near_and_nearer_at_a_higher_quality(digits):
    some = digits.heldout[:20]
    rough, fine = (np.abs(detecting.jpeg(some, q).astype(int) - some).mean() for q in (15, 90))
    assert 0 < fine < rough < 20 and detecting.jpeg(some, 15).dtype == np.uint8


def test_worn_images_keep_the_originals_first(digits):
    some = digits.heldout[:9]
    found = game.worn(some, np.random.default_rng(0))
    assert found.shape == (27, 28, 28) and np.array_equal(found[:9], some)
    assert all(
        not np.array_equal(found[9 + i], some[i]) and not np.array_equal(found[18 + i], some[i]) for i in range(9)
    )


def test_copies_are_those_that_are_near_one_and_far_from_all_others(digits):
    album, rng = digits.train[:10], np.random.default_rng(1)
    near = np.clip(album[[3, 7]] + rng.normal(0, 10, (2, 28, 28)), 0, 255).astype(np.uint8)
    between = ((album[0].astype(int) + album[1]) // 2).astype(np.uint8)
    at, of = detecting.copies(np.concatenate([near, between[None], digits.heldout[:20]]), album, 0.5)
    assert sorted(at.tolist()[:2]) == [0, 1] and 2 not in at.tolist()
    assert dict(zip(at.tolist(), of.tolist(), strict=True)) | {0: 3, 1: 7} == dict(
        zip(at.tolist(), of.tolist(), strict=True)
    )


def test_a_detector_fails_abroad_and_not_on_its_own_recipe(monkeypatch):
    """A whole replicate, short; a GAN that looks like something takes too long here, so the shipped one draws in its place."""
    monkeypatch.setattr(game, "LEARNED", 300)
    monkeypatch.setattr(game, "TESTED", 150)
    monkeypatch.setattr(game, "DRAWN", 300)
    monkeypatch.setitem(game.FAMILIES, "gan", ("gan-mlp", {}, 0.02))
    monkeypatch.setitem(game.FAMILIES, "flow", (*game.FAMILIES["flow"][:2], 0.05))
    shipped = looks.learned(Store(GALLERY).open(Store(GALLERY).gallery_index()["gan-digits"]))
    draw = game.images
    monkeypatch.setattr(
        game, "images", lambda model, n, *rest: draw(shipped.model if rest[-1] == "unseen" else model, n, *rest)
    )
    *events, outcome = game.replicate(game.Config(steps=200, detector_steps=60), 3)
    values, shown = outcome.values, outcome.shown
    assert values["effect"] > 0.1 and abs(values["control"]) < 0.05
    assert values["effect"] == values["plain_home"] - values["plain_unseen"]
    assert values["price"] == values["plain_home"] > 0.9 and 0.4 < values["real_real"] < 0.6
    for case in shown["tests"].values():
        assert all(found <= auc_bound(distance) + 1e-9 for distance, found in case.values())
    steps = [event.step for event in events]
    assert steps == sorted(steps) and steps[-1] == events[-1].total
    n = len(shown["kinds"])
    assert len(shown["scores"]) == len(shown["families"]) == len(shown["copy_of"]) == n
    assert Image.open(io.BytesIO(base64.b64decode(shown["pictures"]))).size == (28 * n, 28)
    assert {"real", "generated"} <= set(shown["kinds"]) <= set(table.KINDS)


def test_generators_detector_and_test_share_no_real_image(monkeypatch, digits):
    """What each of them is given, caught on its way."""
    seen = {"makers": [], "detector": [], "test": []}

    def fit(key, data, *rest):
        seen["makers"].append(data.train)
        yield 1, {}
        return None

    def train(real, generated, *rest):
        seen["detector"].append(real)
        yield 1, {"detector": 0.0}
        return type("Flat", (), {"score": staticmethod(lambda x: (seen["test"].append(x), np.zeros(len(x)))[1])})

    monkeypatch.setattr(game.learning, "fit", fit)
    monkeypatch.setattr(game.detecting, "train", train)
    monkeypatch.setattr(game, "images", lambda model, n, *rest: np.zeros((n, 28, 28), np.uint8))
    monkeypatch.setattr(game, "drawn", lambda seed: {})
    monkeypatch.setattr(game, "bank", lambda *rest: {})
    outcome = list(game.replicate(game.Config(steps=20), 1))[-1]
    assert outcome.values["effect"] == 0 and outcome.values["plain_home"] == 0.5
    makers, learned, tested = (
        {x.tobytes() for part in seen[name] for x in part if x.any()} for name in ("makers", "detector", "test")
    )
    assert len(makers) == 2000 and not makers & learned and not makers & tested and not learned & tested
