"""Figures of the games page: a closed block that turns all the way round, signs and way where the level has them."""

import numpy as np
import pytest

from genai_core import plots_games

LABELS = {name: name.upper() for name in ("turn", "hold", "way", "height", "start", "exit", "key", "door", "treasure")}
TILES = "3" + "0" * 14 + "4" + "0" * 240


def landscape(tiles=TILES, path=tuple(range(16))):
    heights = np.arange(64 * 64, dtype=np.float32).reshape(64, 64) / 4096
    return heights, plots_games.terrain(heights, tiles, path, LABELS, fine=4, dark=False)


def test_the_surface_is_a_block_with_sides_down_to_the_sea():
    heights, figure = landscape()
    z = np.asarray(figure.data[0].z)
    assert z.shape == (66, 66) and (z[[0, -1]] == 0).all() and (z[:, [0, -1]] == 0).all()
    assert np.abs(z[1:-1, 1:-1] - heights).max() < 0.01
    assert list(figure.data[0].x[[0, -1]]) == [0, 16]


def test_the_camera_goes_once_round_at_one_distance():
    _, figure = landscape()
    eyes = [frame.layout.scene.camera.eye for frame in figure.frames]
    angles = np.unwrap([np.arctan2(eye.y, eye.x) for eye in eyes])
    assert np.diff(angles) == pytest.approx(np.full(plots_games.TURNS, 2 * np.pi / plots_games.TURNS))
    assert len({round(eye.x**2 + eye.y**2, 6) for eye in eyes}) == 1 and len({eye.z for eye in eyes}) == 1
    assert figure.layout.scene.camera.eye == eyes[0]
    assert [button.method for button in figure.layout.updatemenus[0].buttons] == ["animate", "animate"]


def test_way_and_signs_stand_on_the_ground_of_their_own_tile():
    heights, figure = landscape()
    named = {trace.name: trace for trace in figure.data[2:]}
    assert set(named) == {"WAY", "START", "EXIT"}
    assert (named["EXIT"].x[0], named["EXIT"].y[0]) == (15.5, 0.5)
    assert named["EXIT"].z[0] == pytest.approx(float(heights[2, 62]) + 0.5)
    assert len(landscape(path=())[1].data) == 4


def test_lines_against_temperature_have_their_intervals_where_there_are_any():
    rows = [(t, {"value": 0.5, "low": 0.4, "high": 0.7}) for t in (0.5, 1.0)]
    lone = [(t, {"value": 0.2, "low": None, "high": None}) for t in (0.5, 1.0)]
    figure = plots_games.temperatures(
        [("a", "real", rows), ("b", "generated", lone)], {"temperature": "T", "share": "S"}, dark=True
    )
    first, second = figure.data
    assert first.error_y.array == pytest.approx((0.2, 0.2)) and first.error_y.arrayminus == pytest.approx((0.1, 0.1))
    assert second.error_y.array is None and list(figure.layout.xaxis.tickvals) == [0.5, 1.0]
