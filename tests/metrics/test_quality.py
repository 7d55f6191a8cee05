"""The protocol: what is near the floor, what is far, what each measure sees, and that the floor is real data's own."""

import json
import math
import subprocess
import sys

import numpy as np
import pytest
import torch

from genai_core import registry
from genai_core.contracts import Data, DataInfo
from genai_core.datasets import points
from genai_core.datasets.points import MODES
from genai_core.errors import DataError
from genai_core.metrics import quality
from genai_core.metrics.manifold import expected_coverage
from genai_core.metrics.quality import BETTER, PointsQuality, Quality, meter

IMAGE = {"frechet", "kid", "precision", "recall", "density", "coverage", "class_entropy", "confidence"}
POINTS = {"energy", "precision", "recall", "density", "coverage"}


@pytest.fixture(scope="module")
def digits():
    return registry.datasets()["mnist5k"].load()


@pytest.fixture(scope="module")
def measure(digits):
    return Quality(digits, "mnist5k")


def some(digits, seed, pool=None):
    pool = digits.train if pool is None else pool
    return pool[np.random.default_rng(seed).choice(len(pool), 1000)] / np.float32(255)


def test_names_are_the_events_names(measure):
    assert set(measure.floor()) == set(measure.floor_range()) == IMAGE <= set(BETTER)
    assert measure.about() == {"n": 1000, "k": 5, "classifier": "digits", "classifier_hash": measure._scorer.hash}


def test_real_data_lies_within_the_floors_range(digits, measure):
    draw = np.random.default_rng(77).choice(4000, 1000, replace=False)
    found = measure.measure(digits.train[draw] / np.float32(255))
    for name, (low, high) in measure.floor_range().items():
        assert low - (high - low) <= found[name] <= high + (high - low), name


def test_the_floor_is_what_theory_expects(measure):
    floor = measure.floor()
    assert abs(floor["coverage"] - expected_coverage(1000, 1000, 5)) < 0.02
    assert 0.9 < floor["density"] < 1.1 and floor["precision"] > 0.85 and floor["recall"] > 0.85
    assert floor["class_entropy"] == pytest.approx(math.log2(10), abs=0.01)
    assert abs(floor["kid"]) < 0.02


def test_noise_is_far(measure):
    found, floor = measure.measure(np.random.default_rng(0).random((1000, 28, 28))), measure.floor()
    assert found["frechet"] > 20 * floor["frechet"] and found["kid"] > 0.3
    assert found["recall"] < 0.1 and found["coverage"] < 0.1 and found["class_entropy"] < 1


def test_one_class_alone_is_precise_and_covers_a_tenth(digits, measure):
    found = measure.measure(some(digits, 1, digits.train[digits.train_labels == 3]))
    assert found["precision"] > 0.8 and found["coverage"] < 0.2 and found["recall"] < 0.25
    assert found["class_entropy"] < 0.2 and found["frechet"] > 20 * measure.floor()["frechet"]


def test_a_handful_of_pictures_repeated_has_no_recall(digits, measure):
    found = measure.measure(some(digits, 2, digits.train[:10]))
    assert found["recall"] < 0.1 and found["coverage"] < 0.15 and found["precision"] > 0.5


def test_each_harm_costs_more_the_worse_it_is(digits, measure):
    x = some(digits, 3)
    blurred = [x, (x + np.roll(x, 1, 2)) / 2, sum(np.roll(x, s, 2) for s in (-2, -1, 0, 1, 2)) / 5]
    noisy = [x + level * np.random.default_rng(0).standard_normal(x.shape) for level in (0, 0.1, 0.3)]
    for harmed in (blurred, noisy):
        found = [measure.measure(y) for y in harmed]
        assert found[0]["frechet"] < found[1]["frechet"] < found[2]["frechet"]
        assert found[0]["kid"] < found[1]["kid"] < found[2]["kid"]
        assert found[0]["coverage"] > found[2]["coverage"]


def test_class_shares(digits, measure):
    pool = digits.train[np.isin(digits.train_labels, (2, 7))]
    shares = measure.class_shares(some(digits, 4, pool))
    assert shares.shape == (10,) and shares.sum() == pytest.approx(1) and shares[2] + shares[7] > 0.97


def test_samples_are_clipped_and_nan_is_black(digits, measure):
    x = some(digits, 5)
    assert measure.measure(np.where(x == 0, np.nan, np.where(x == 1, 9.0, x))) == measure.measure(x)


def test_exactly_a_thousand(digits, measure):
    x = digits.train[:1500] / np.float32(255)
    with pytest.raises(ValueError, match="1000 samples"):
        measure.measure(x[:999])
    with pytest.raises(ValueError, match="1000 samples"):
        measure.measure(x.reshape(1500, 784))
    many = [measure.measure(x, seed)["frechet"] for seed in (0, 0, 1)]
    assert many[0] == many[1] != many[2]
    assert measure.measure(torch.from_numpy(x[:1000]).requires_grad_()) == measure.measure(x[:1000], seed=5)


def test_measuring_leaves_the_random_streams_alone(digits, measure):
    torch.manual_seed(3)
    np.random.seed(3)
    before = torch.get_rng_state(), np.random.get_state()[1].copy()
    measure.measure(digits.train[:1200] / np.float32(255))
    assert torch.equal(torch.get_rng_state(), before[0]) and np.array_equal(np.random.get_state()[1], before[1])


@pytest.mark.parametrize("key", ["mnist5k", "fashion5k", *sorted(points.DRAW)])
def test_floors_ship(key, monkeypatch):
    def refuse(self):
        raise AssertionError(f"the floor of {key} is computed anew: run genai_core.metrics.build.floors")

    monkeypatch.setattr(Quality, "compute_floor", refuse)
    found = meter(registry.datasets()[key].load(), key)
    assert all(low <= found.floor()[name] <= high for name, (low, high) in found.floor_range().items())


def test_the_shipped_floor_is_the_computed_one(measure):
    computed = measure.compute_floor()
    for name, (low, high) in measure.floor_range().items():
        assert computed[name][1] == pytest.approx(measure.floor()[name], abs=0.2 * (high - low)), name


def test_another_data_set_has_another_floor(digits, measure):
    x = digits.train.copy()
    x[0, 0, 0] ^= 1
    other = Quality(Data(digits.info, x, digits.heldout), "mine")
    assert other.fingerprint() != measure.fingerprint() and other.fingerprint() not in quality.shipped_floors()


def test_damaged_floors_are_named(tmp_path, monkeypatch):
    monkeypatch.setattr(quality, "FLOORS", tmp_path / "floors.json")
    for content in ("{", "[]", json.dumps({"mnist5k": {"floor": 3}})):
        (tmp_path / "floors.json").write_text(content)
        quality.shipped_floors.cache_clear()
        with pytest.raises(DataError, match="floors.json is missing or damaged"):
            quality.shipped_floors()
    quality.shipped_floors.cache_clear()


def test_too_little_data_is_said_so(digits):
    with pytest.raises(DataError, match="needs 1000 items to train on and 1000 held out; tiny has 4000 and 999"):
        Quality(Data(digits.info, digits.train, digits.heldout[:999]), "tiny")


def test_meter_takes_what_it_can_measure():
    assert meter(Data(DataInfo("text", (), vocabulary=("a",)), np.zeros(5000), np.zeros(5000)), "x") is None
    assert meter(Data(DataInfo("image", (8, 8)), np.zeros((5000, 8, 8)), np.zeros((1000, 8, 8))), "x") is None


@pytest.fixture(scope="module")
def clouds():
    return {key: PointsQuality(registry.datasets()[key].load(), key) for key in ("points-gaussians", "points-spirals")}


def test_points_names(clouds):
    assert set(clouds["points-spirals"].floor()) == POINTS <= set(BETTER)
    assert set(clouds["points-gaussians"].floor()) == POINTS | {"modes", "near"} <= set(BETTER)


def test_lost_modes_are_counted(clouds):
    modes, rng = MODES["points-gaussians"], np.random.default_rng(0)
    found = [
        clouds["points-gaussians"].measure(
            modes.centres[rng.integers(kept, size=1000)] + modes.sigma * rng.standard_normal((1000, 2))
        )
        for kept in (8, 5, 1)
    ]
    assert [one["modes"] for one in found] == [8, 5, 1]
    assert all(one["near"] > 0.97 and one["precision"] > 0.9 for one in found)
    assert found[0]["energy"] < found[1]["energy"] < found[2]["energy"]
    assert found[0]["coverage"] > 0.9 and found[1]["coverage"] == pytest.approx(5 / 8, abs=0.07)
    assert found[0]["energy"] < 0.01


def test_a_summary_has_the_median_of_the_thousands_and_their_range(clouds):
    measure, x = clouds["points-spirals"], registry.datasets()["points-spirals"].load().train[:6000]
    each = [measure.measure(x[i : i + 1000])["energy"] for i in range(0, 6000, 1000)]
    found = measure.summary(x)["energy"]
    assert (found.value, found.low, found.high) == (np.median(each), min(each), max(each))
    assert found.floor == measure.floor()["energy"] and found.better == "low"
    one = measure.summary(x[:1000])["energy"]
    assert (one.value, one.low, one.high) == (each[0], None, None)
    with pytest.raises(ValueError, match="1000 samples"):
        measure.summary(x[:900])


def test_points_far_away_or_not_finite(clouds):
    bad = np.full((1000, 2), np.nan)
    bad[:300] = np.inf
    found = clouds["points-gaussians"].measure(bad)
    assert found["near"] == found["modes"] == found["precision"] == 0 and found["energy"] > 50
    assert all(math.isfinite(value) for value in found.values())


def test_shares_of_modes(clouds):
    modes = MODES["points-gaussians"]
    shares = clouds["points-gaussians"].class_shares(np.repeat(modes.centres[[1, 6]], 500, 0))
    assert shares[1] == shares[6] == 0.5
    with pytest.raises(ValueError, match="no modes"):
        clouds["points-spirals"].class_shares(np.zeros((1000, 2)))


def test_importing_is_light():
    code = "import sys, genai_core.metrics.quality, genai_core.metrics.statistics; print('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


def test_measuring_imports_neither_scipy_nor_scikit_learn():
    """What keeps a live run's first measure quick, and its worker small."""
    code = (
        "import sys; from genai_core.datasets import mnist5k; from genai_core.metrics.quality import Quality\n"
        "d = mnist5k.load(); Quality(d, 'mnist5k').measure(d.train[:1000] / 255)\n"
        "print({'scipy', 'sklearn', 'torchmetrics', 'streamlit'} & set(sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"
