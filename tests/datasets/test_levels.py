"""Levels by rules: each can be finished, none without its key; the styles differ; the file is what the rules give."""

import numpy as np
import pytest

from genai_core import registry
from genai_core.datasets import levels
from genai_core.datasets.levels import DOOR, EXIT, KEY, START, STYLES, TILES, WALL
from genai_core.metrics.levels import judge


@pytest.fixture(scope="module")
def data():
    return registry.datasets()["levels"].load()


def test_every_fresh_level_can_be_finished_and_none_without_its_key():
    found, styles = levels.draw(np.random.default_rng(7), 90)
    for level in found:
        assert [int((level == tile).sum()) for tile in (START, EXIT, KEY, DOOR)] == [1, 1, 1, 1]
        verdict = judge(level)
        assert verdict.playable and verdict.needs_key
        assert (level[[0, -1]] == WALL).all() and (level[:, [0, -1]] == WALL).all()
    walls = [(found[styles == style] == WALL).mean() for style in range(3)]
    assert walls[0] < walls[1] - 0.03 < walls[2] - 0.06


def test_equal_seeds_draw_equal_levels():
    one, two, other = (levels.draw(np.random.default_rng(seed), 6)[0] for seed in (1, 1, 2))
    assert (one == two).all() and (one != other).any()


def test_a_pond_cuts_nothing_off():
    """The tile in the middle is spared where what lies around it holds together without it, by its sides and corners."""
    grid = np.zeros((3, 3), np.int8)
    assert levels._spare(grid, (1, 1))
    grid[0, 0] = WALL
    assert levels._spare(grid, (1, 1))  # a corner parts nothing
    grid[0, 1] = grid[2, 1] = WALL
    assert not levels._spare(grid, (1, 1))  # left and right meet in the middle alone
    grid[:, 0] = WALL
    assert levels._spare(grid, (1, 1))


def test_the_shipped_levels_are_sound_balanced_and_apart(data):
    assert data.train.shape == (4000, 16, 16) and data.heldout.shape == (1000, 16, 16)
    assert data.info.vocabulary == TILES and data.info.classes == STYLES and data.info.modality == "tiles"
    assert min(np.bincount(data.train_labels)) > 1250
    assert all(judge(level).needs_key for level in data.train[:300])
    known = {level.tobytes() for level in data.train}
    assert len(known) == 4000 and not any(level.tobytes() in known for level in data.heldout)


def test_the_shipped_file_begins_as_the_rules_say(data):
    """The build shuffles; its first draws lie somewhere in the file."""
    from genai_core.datasets.build.levels import SEED

    rng = np.random.default_rng(SEED)
    known = {level.tobytes() for level in (*data.train, *data.heldout)}
    assert all(levels.make(rng, i % len(STYLES)).tobytes() in known for i in range(12))


def test_a_picture_shows_each_tile_and_bounds_what_is_none(data):
    picture = levels.show(data.train[:5], 3)
    assert picture.shape == (2 * 132 - 4, 3 * 132 - 4, 3) and picture.dtype == np.uint8
    one = levels.show(np.arange(8).reshape(1, 2, 4), 1)
    assert len({one[r * 8 : r * 8 + 8, c * 8 : c * 8 + 8].tobytes() for r in range(2) for c in range(4)}) == 8
    assert levels.show(np.full((1, 2, 2), 99), 1).shape == (16, 16, 3)
