"""The games application: what counts as an effect on levels whose answer is known, a short replicate, looks and terrain."""

from base64 import b64decode
from io import BytesIO

import numpy as np
import pytest
import torch
from PIL import Image

from genai_core import registry
from genai_core.applications import games
from genai_core.contracts import DataInfo, Outcome
from genai_core.datasets.levels import EXIT, FLOOR, KEY, STYLES, TILES, TREASURE, WALL, WATER, draw
from genai_core.errors import ConfigError, RunError
from genai_core.looks import answer
from genai_core.metrics.levels import judge
from genai_core.models.tiles_pixel_cnn import Config, TilesCnn


@pytest.fixture(scope="module")
def data():
    return registry.datasets()["levels"].load()


@pytest.fixture(scope="module")
def ruled():
    return draw(np.random.default_rng(0), 60)[0]


@pytest.fixture(autouse=True)
def few(monkeypatch):
    monkeypatch.setattr(games, "DRAWN", 60)
    monkeypatch.setattr(games, "RULED", 30)


def measured(found, data):
    return games.measure({t: found for t in games.TEMPERATURES}, data, np.random.default_rng(1)).values


def test_levels_of_the_rules_show_no_effect_and_cost_nothing(data, ruled):
    values = measured(ruled, data)
    assert values["effect"] == values["control"] == values["mitigated"] == values["price_mitigated"] == 0
    assert values["draws"] == 1 and values["maze_kept"] == pytest.approx(1 / 3) and values["key_made"] == 1
    assert values["near_made"] == pytest.approx(values["near_rules"], abs=6)


def test_a_known_share_of_broken_levels_is_found_and_mended(data, ruled):
    broken = ruled.copy()
    for level in broken[2:30:3]:  # every third, all of one style: its exit is missing
        level[level == EXIT] = FLOOR
    values = measured(broken, data)
    assert values["effect"] == pytest.approx(10 / 60) and values["control"] == 0
    assert values["mitigated"] == 0 and values["price_mitigated"] == pytest.approx(10 / 60)
    assert values["changed_broken"] == 1 and values["draws"] == pytest.approx(60 / 50)
    assert values["maze_kept"] == pytest.approx(10 / 50)  # mazes alone were broken, so fewer of them are kept


def test_a_solver_that_lets_everything_pass_would_be_seen(data, ruled):
    assert measured(ruled, data)["singles"] > 0.7


def test_copies_and_sameness_are_measured(data):
    values = measured(np.repeat(data.train[:1], 30, 0), data)
    assert values["near_made"] == 0 < values["near_rules"]
    assert values["variety_100"] == 0 < values["variety_rules"]


def test_a_short_replicate_has_effect_and_control(monkeypatch):
    monkeypatch.setattr(games, "MODEL", {"width": 8, "layers": 2})
    *events, outcome = games.replicate(games.Config(steps=60), 5)
    assert isinstance(outcome, Outcome)
    values = outcome.values
    assert values["effect"] > 0.4 and values["control"] == 0 and values["mitigated"] == 0 < values["price_mitigated"]
    assert [dose for dose, _ in outcome.dial] == list(games.TEMPERATURES) and outcome.dial[2][1] == values["effect"]
    assert events[-1].step == events[-1].total == 60 + len(games.TEMPERATURES)
    pictures = [outcome.shown[name] for name in ("rules", "made", "mended", "cold", "singles")]
    assert all(Image.open(BytesIO(b64decode(picture))).size == (6 * 132 - 4, 128) for picture in pictures)
    assert len(str(outcome.shown)) < 60_000


# --- looks -----------------------------------------------------------------------------------------------------------


class Found:
    """A model of random weights in the place of the shipped one."""

    def __init__(self, data):
        torch.manual_seed(0)
        self.model = TilesCnn(Config(width=8, layers=2), DataInfo("tiles", (16, 16), STYLES, TILES)).eval()
        self.known = data

    def controls(self, values):
        return {"label": "any", "temperature": 1.0} | dict(values)

    def data(self):
        return self.known


def test_a_kept_half_is_kept_and_the_other_is_drawn_anew(data):
    found, base = Found(data), data.train[0]
    shown, first, draws = games.batch(found, 3, {}, again=False, mend=False, given=base)
    assert (shown[:, :8] == base[:8]).all() and draws == 12 and (shown == first).all()
    assert len({level[8:].tobytes() for level in shown}) == 12
    other = games.batch(found, 4, {}, again=False, mend=False, given=base)[0]
    assert (other[:, 8:] != shown[:, 8:]).any()
    again = games.batch(found, 3, {}, again=True, mend=False, given=base)[0]
    assert (again[:, :8] == base[:8]).all()


def test_drawing_again_and_repair_do_what_they_say(data):
    found = Found(data)
    plain, first, draws = games.batch(found, 1, {}, again=False, mend=False)
    assert draws == 12 and not all(judge(level).playable for level in plain)
    mended, before, _ = games.batch(found, 1, {}, again=False, mend=True)
    assert all(judge(level).playable for level in mended) and (before == plain).all() and (first == plain).all()
    fine = [judge(level).playable for level in plain]
    assert all((a == b).all() for a, b, good in zip(mended, plain, fine, strict=True) if good)
    redrawn, before, draws = games.batch(found, 1, {}, again=True, mend=False)
    assert draws > 12 and (before == plain).all()
    assert all((a == b).all() for a, b, good in zip(redrawn, plain, fine, strict=True) if good)


def test_the_look_tells_what_the_solver_says(data, monkeypatch):
    monkeypatch.setattr(games, "_model", lambda store: Found(data))
    asked = {"experiment": "games", "seed": 1, "label": "any", "temperature": 1.0, "again": False, "mend": True}
    facts, _ = answer(None, "levels", dict(asked))
    assert len(facts["levels"]) == 12 and facts["draws"] == 12 and facts["kept_rows"] == 0
    for told in facts["levels"]:
        level = games.decode(told["tiles"])
        assert told["path"] == list(judge(level).path) and told["path"] and not told["reason"]
        assert told["near"] == int((level != games.decode(told["nearest"])).sum())
    assert any(told["changed"] for told in facts["levels"])
    kept, _ = answer(None, "levels", asked | {"keep": 4, "lower": 2})
    upper = facts["levels"][4]["tiles"][:128]
    assert kept["kept_rows"] == 8
    assert all(told["tiles"][:128] == upper for told in kept["levels"] if all(i >= 128 for i in told["changed"]))


def test_what_is_no_level_and_no_switch_is_refused(data, monkeypatch):
    monkeypatch.setattr(games, "_model", lambda store: Found(data))
    for tiles in ("", "0" * 255, "8" * 256, ["0"] * 256, 7):
        with pytest.raises(ConfigError, match="no level"):
            answer(None, "terrain", {"experiment": "games", "tiles": tiles})
    with pytest.raises(ConfigError, match="on or off"):
        answer(None, "levels", {"experiment": "games", "again": "yes"})
    with pytest.raises(ConfigError, match="between -1 and 11"):
        answer(None, "levels", {"experiment": "games", "keep": 12})
    with pytest.raises(ConfigError, match="between 1 and 12"):
        answer(None, "pictures", {"experiment": "games", "levels": []})


def test_without_a_shipped_model_the_look_says_so(tmp_path):
    from genai_core.runs.store import Store

    with pytest.raises(RunError, match="no shipped model"):
        answer(Store(tmp_path, gallery=None), "levels", {"experiment": "games"})


# --- terrain ---------------------------------------------------------------------------------------------------------


def test_walls_stand_above_the_ground_and_water_lies_below_the_sea():
    level = np.full((16, 16), FLOOR, np.int8)
    level[2:6, 2:6], level[9:13, 9:13] = WALL, WATER
    heights = games.terrain(level, np.random.default_rng(0))
    assert heights.shape == (64, 64)
    inside = [heights[4 * a + 6 : 4 * a + 10, 4 * a + 6 : 4 * a + 10] for a in (2, 9)]
    assert inside[0].min() > 1.2 and inside[1].max() < -0.5
    assert abs(heights[40:60, 4:20].mean() - games.GROUND) < 0.1
    assert (heights == games.terrain(level, np.random.default_rng(0))).all()
    assert (heights != games.terrain(level, np.random.default_rng(1))).any()


def test_fractal_noise_halves_from_octave_to_octave():
    side = 96
    spread = [games.fractal(np.random.default_rng(0), side, n) * 1.5 for n in (1, 2, 3)]
    steps = [np.diff(a, axis=1).std() for a in (spread[0], spread[1] - spread[0], spread[2] - spread[1])]
    assert np.abs(spread[1] - spread[0]).max() <= 0.5 + 1e-9 and np.abs(spread[2] - spread[1]).max() <= 0.25 + 1e-9
    assert all(0.5 < step / steps[0] < 2 for step in steps)  # twice the frequency, half the height: the same slopes


def test_the_look_of_a_landscape_tells_its_sea_and_its_peak(data):
    tiles = games.code(data.train[0])
    facts, arrays = answer(None, "terrain", {"experiment": "games", "tiles": tiles, "seed": 3})
    heights = arrays["heights"]
    assert facts["highest"] == pytest.approx(heights.max()) and heights[tuple(facts["top"])] == heights.max()
    assert facts["sea"] == pytest.approx((heights < 0).mean()) and facts["path"] == list(judge(data.train[0]).path)
    pictures = answer(None, "pictures", {"experiment": "games", "levels": [tiles, tiles]})[1]["pictures"]
    assert pictures.shape == (2, 128, 128, 3)


def test_the_strings_of_levels_go_both_ways(data):
    assert (games.decode(games.code(data.train[5])) == data.train[5]).all()
    assert games.code(np.array([[KEY, TREASURE]])) == "57"
