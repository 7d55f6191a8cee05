"""What the VAE page hands to its components, and what it believes of theirs."""

import numpy as np
import pytest

from pages.shared.components import grey_levels, two_numbers
from pages.shared.vae_map import sheet


def test_a_sheet_holds_every_image_in_reading_order_and_is_black_where_there_are_none():
    images = np.arange(1, 6, dtype=np.uint8)[:, None, None] * np.ones((1, 2, 3), np.uint8)
    made = sheet(images, 2)
    assert made.shape == (6, 6)
    assert made[::2, ::3].tolist() == [[1, 2], [3, 4], [5, 0]]


def test_a_drawing_is_784_grey_levels():
    assert grey_levels([0, 255.0, *[7] * 782]) == [0, 255, *[7] * 782]


@pytest.mark.parametrize("sent", [None, "x", {}, [], [0] * 783, [256] * 784, [-1] * 784, [True] * 784, [float("nan")] * 784])  # fmt: skip
def test_anything_else_is_no_drawing(sent):
    assert grey_levels(sent) == []


def test_a_place_is_two_numbers():
    assert two_numbers([1, -2.5]) == (1.0, -2.5)


@pytest.mark.parametrize("sent", [None, "1,2", [1], [1, 2, 3], [1, "2"], [True, 1], [float("nan"), 0], [float("inf"), 0]])  # fmt: skip
def test_anything_else_is_no_place(sent):
    assert two_numbers(sent) is None
