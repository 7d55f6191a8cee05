"""Bands: a table that is looked up, monotone and complete, never a product."""

import itertools

import pytest

from genai_core.governance import rating
from genai_core.governance.rating import BANDS, MATRIX, POINTS, band, beyond


def test_every_pair_of_points_has_its_band_and_a_missing_one_has_none():
    assert {band(a, b) for a, b in itertools.product(POINTS, POINTS)} == set(BANDS)
    assert band(None, 3) is None and band(3, None) is None


def test_more_of_either_is_never_a_lower_band():
    order = list(BANDS)
    for a, b in itertools.product(POINTS, POINTS):
        here = order.index(MATRIX[a - 1][b - 1])
        assert a == 5 or order.index(MATRIX[a][b - 1]) >= here
        assert b == 5 or order.index(MATRIX[a - 1][b]) >= here


def test_the_table_is_no_product():
    """Rare and critical is not what almost certain and negligible is, though both products are 5."""
    assert band(1, 5) == "high" and band(5, 1) == "moderate"


def test_each_point_says_what_it_means():
    for scale in rating.SCALES.values():
        assert tuple(scale) == POINTS
        assert len({anchor.name for anchor in scale.values()}) == 5 and all(len(anchor.text) > 30 for anchor in scale.values())


@pytest.mark.parametrize(
    ("found", "tolerance", "result"),
    [("high", "moderate", True), ("moderate", "moderate", False), ("low", "moderate", False), (None, "low", False), ("extreme", "", False)],
)
def test_above_what_is_tolerated(found, tolerance, result):
    assert beyond(found, tolerance) is result
