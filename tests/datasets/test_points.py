"""Point clouds: sizes, determinism, shape in the plane, classes, and their picture."""

import hashlib

import numpy as np
import pytest

from genai_core import registry
from genai_core.datasets import points
from genai_core.datasets.images import grid

KEYS = sorted(points.DRAW)


def test_every_cloud_is_a_data_set():
    assert {key for key in registry.datasets() if key.startswith("points-")} == set(KEYS) and len(KEYS) == 5


@pytest.mark.parametrize("key", KEYS)
def test_sizes_range_and_determinism(key):
    data = registry.datasets()[key].load()
    assert data.train.shape == (8000, 2) and data.heldout.shape == (2000, 2) and data.train.dtype == np.float32
    assert np.abs(data.train).max() < points.VIEW and np.abs(data.train).max() > 0.8
    points.load.cache_clear()
    assert np.array_equal(points.load(key).train, data.train)
    assert np.abs(data.train.mean(0) - data.heldout.mean(0)).max() < 0.06  # one distribution


# Of the points as they were before they had classes: shipped runs learned from these.
SUMS = {
    "points-gaussians": "e90588f2448eddce5a07fd76598d780e86c197ef8c43a721bb5e52e10d918bb6",
    "points-grid": "90db945ce253377168a4a81c80bac3413f1420a50e50403511b8da051161d159",
    "points-moons": "74b1f1aa37114a3f89ee2c180bd1520e10a785b799ca0c6d8fc3da446fc4765d",
    "points-rings": "2263235526a95759f6c0605a52197ad34e9b8293103cf6ff0b899d7a152ecb58",
    "points-spirals": "05935989d63ec8aca5cceb7ac969fe242c16ea77ff64193f72b3c12b5184e834",
}


@pytest.mark.parametrize("key", KEYS)
def test_no_coordinate_has_changed(key):
    data = points.load(key)
    assert hashlib.sha256(data.train.tobytes() + data.heldout.tobytes()).hexdigest() == SUMS[key]


@pytest.mark.parametrize("key", KEYS)
def test_labels_are_classes_in_their_shares(key):
    data = points.load(key)
    for labels, part in ((data.train_labels, data.train), (data.heldout_labels, data.heldout)):
        assert labels.shape == (len(part),) and labels.dtype == np.int64
        seen = np.bincount(labels, minlength=len(data.info.classes)) / len(labels)
        assert np.abs(seen - points.shares(key)).max() < 0.04 and len(seen) == len(data.info.classes) <= 10
        assert (points.class_log_densities(key, part).argmax(1) == labels).mean() > 0.999


def test_labels_are_where_their_names_say():
    circle, grid = points.load("points-gaussians"), points.load("points-grid")
    for name, centre in zip(circle.info.classes, points.MODES["points-gaussians"].centres, strict=True):
        x, y = np.sign(centre.round(6))
        assert (x, y) == (("east" in name) - ("west" in name), ("north" in name) - ("south" in name))
        own = circle.train[circle.train_labels == circle.info.classes.index(name)]
        assert np.abs(own.mean(0) - centre).max() < 0.01
    columns = [grid.train[grid.train_labels == k][:, 0].mean() for k in range(5)]
    assert np.allclose(columns, np.linspace(-0.8, 0.8, 5), atol=0.01)
    rings, moons = points.load("points-rings"), points.load("points-moons")
    radius = np.linalg.norm(rings.train, axis=1)
    assert np.allclose([radius[rings.train_labels == k].mean() for k in range(3)], [0.3, 0.6, 0.9], atol=0.01)
    assert (
        moons.train[moons.train_labels == 0][:, 1].mean()
        > 0.1
        > -0.1
        > moons.train[moons.train_labels == 1][:, 1].mean()
    )
    spirals = points.load("points-spirals")
    middle = np.linalg.norm(spirals.train, axis=1) < 0.2
    sides = [spirals.train[middle & (spirals.train_labels == k)].mean(0) for k in (0, 1)]
    assert np.allclose(sides[0], -sides[1], atol=0.03) and np.linalg.norm(sides[0]) > 0.05


def test_clouds_differ():
    first = {key: points.load(key).train[:50].tobytes() for key in KEYS}
    assert len(set(first.values())) == len(KEYS)


@pytest.mark.parametrize("key, modes", points.MODES.items())
def test_mixtures_are_what_their_modes_say(key, modes):
    x = points.load(key).train
    away = np.linalg.norm(x[:, None] - modes.centres, axis=2)
    nearest = away.argmin(1)
    share = np.bincount(nearest, minlength=len(modes.centres)) / len(x)
    expected = 1 / len(modes.centres)
    assert np.abs(share - expected).max() < 5 * np.sqrt(expected / len(x))
    assert abs(np.sqrt((away.min(1) ** 2).mean() / 2) / modes.sigma - 1) < 0.03
    assert abs((away.min(1) <= 3 * modes.sigma).mean() - (1 - np.exp(-4.5))) < 0.005  # Rayleigh: P(r <= 3 sigma)


def test_rings_have_their_radii_and_holes():
    radius = np.linalg.norm(points.load("points-rings").train, axis=1)
    nearest = np.abs(radius[:, None] - [0.3, 0.6, 0.9])
    assert nearest.min(1).max() < 0.1
    assert np.allclose(np.bincount(nearest.argmin(1)) / 8000, np.array([1, 2, 3]) / 6, atol=0.02)


def test_moons_and_spirals_have_two_parts_each_other_mirrored():
    """Both clouds are symmetric under a half turn, and neither is a blob: its middle band is mostly empty."""
    for key in ("points-moons", "points-spirals"):
        x = points.load(key).train
        assert np.abs(x.mean(0)).max() < 0.05
        seen = np.histogram2d(*x.T, bins=24, range=[[-1.2, 1.2]] * 2)[0] > 0
        assert 0.08 < seen.mean() < 0.6
        assert (seen == seen[::-1, ::-1]).mean() > 0.9


def test_the_picture_shows_generated_over_training():
    key, size = "points-gaussians", points.SIZE
    empty = points.show(np.zeros((0, 2)), key=key)
    assert empty.shape == (size, size, 3) and empty.dtype == np.uint8 and empty[..., 2].max() > 100  # blue
    one = points.show(np.array([[0.0, 1.0]]), 8, key=key)
    changed = np.argwhere((one != empty).any(2))
    row, column = changed.mean(0)
    assert row < size / 2 and abs(column - size / 2) < 3  # y points up
    assert (one[tuple(changed[len(changed) // 2])] > empty[tuple(changed[len(changed) // 2])]).all()


def test_the_picture_survives_what_a_diverged_model_gives():
    bad = np.array([[np.nan, 0], [np.inf, -np.inf], [1e30, 1e30], [5, 5], [-1.2501, 0]])
    assert np.array_equal(points.show(bad[:4], key="points-rings"), points.show(np.zeros((0, 2)), key="points-rings"))
    points.show(bad, key="points-rings")


def test_a_grid_of_images():
    x = np.stack([np.full((28, 28), value) for value in (0.0, 0.5, 1.0, 2.0, np.nan)])
    picture = grid(x, columns=3)
    assert picture.shape == (2 * 30 - 2, 3 * 30 - 2) and picture.dtype == np.uint8
    assert picture[5, 35] == 128 and picture[5, 65] == 255 and picture[35, 5] == 255 and picture[35, 35] == 0
    assert picture[:, 28:30].max() == 0 and picture[28:30].max() == 0  # gutters
    assert grid(x, columns=50).shape == (28, 5 * 30 - 2) and grid(x).shape == (58, 88)


def test_a_grid_of_bytes_is_not_scaled():
    x = np.arange(256, dtype=np.uint8)[:100].repeat(784).reshape(100, 28, 28)
    assert grid(x, 10)[0, 30] == 1 and grid(x, 10)[-1, -1] == 99
