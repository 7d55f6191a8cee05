"""Point clouds: sizes, determinism, shape in the plane, and their picture."""

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
