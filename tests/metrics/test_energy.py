"""Energy and carbon against cases worked by hand."""

import pytest

from genai_core.metrics import energy


def test_cases_worked_by_hand():
    assert energy.by_time(3600, 1000) == 3.6e6 and energy.kwh(3.6e6) == 1  # a kilowatt for an hour
    assert energy.kwh(energy.by_time(7200, 50), 1.5) == pytest.approx(0.15)  # 2 h x 50 W = 100 Wh, x 1.5
    assert energy.grams(0.15, 480) == pytest.approx(72)
    assert energy.by_operations(5e10) == pytest.approx(energy.by_time(1))  # a second of a busy core either way
    assert energy.energy_wh(90, 2) == pytest.approx(0.5)  # 90 s x 2 x 10 W
    assert energy.energy_wh(90, 2) / 1000 == pytest.approx(energy.kwh(energy.by_time(180)))


def test_everything_is_linear_and_nothing_costs_nothing():
    for f in (energy.by_time, energy.by_operations, energy.kwh, lambda x: energy.grams(x, 480)):
        assert f(0) == 0 and f(6) == pytest.approx(f(2) + f(4)) and f(30) == pytest.approx(10 * f(3))
    assert energy.kwh(1e6, 2.0) == 2 * energy.kwh(1e6, 1.0)


def test_no_building_needs_less_than_its_computers():
    with pytest.raises(ValueError):
        energy.kwh(1.0, 0.9)


def test_every_published_figure_has_its_source():
    for found in (energy.PUE, energy.INTENSITY, energy.CHARGE, energy.IMAGE, energy.TEXT):
        assert found.value > 0 and found.source and found.url.startswith("https://") and 2020 <= found.year <= 2026
    assert energy.IMAGE.value / energy.TEXT.value == pytest.approx(1450)
