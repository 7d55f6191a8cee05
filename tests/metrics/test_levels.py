"""Levels: the solver against exhaustive search, the repair against every possible one, novelty and variety of known cases."""

import itertools

import numpy as np
import pytest

from genai_core.datasets import levels as rules
from genai_core.datasets.levels import DOOR, EXIT, FLOOR, KEY, START, WALL, WATER
from genai_core.metrics import levels

SIGNS = ".#~SEKD$"


def level(*rows: str) -> np.ndarray:
    return np.array([[SIGNS.index(sign) for sign in row] for row in rows], np.int8)


def shortest(tiles: np.ndarray) -> int:
    """The steps of a shortest way by trying every walk, -1 without one: a state is a place, and whether a key was picked up."""
    start = tuple(int(v) for v in np.argwhere(tiles == START)[0])
    reached, steps = {(start, False)}, 0
    for steps in range(2 * tiles.size + 1):
        if any(tiles[place] == EXIT for place, _ in reached):
            return steps
        following = set(reached)
        for (y, x), key in reached:
            for place in ((y + 1, x), (y - 1, x), (y, x + 1), (y, x - 1)):
                if not (0 <= place[0] < tiles.shape[0] and 0 <= place[1] < tiles.shape[1]):
                    continue
                if tiles[place] in (WALL, WATER) or (tiles[place] == DOOR and not key):
                    continue
                following.add((place, key or tiles[place] == KEY))
        if following == reached:
            return -1
        reached = following
    return -1


def random_level(rng: np.random.Generator, tall: int, wide: int, whole: bool = True) -> np.ndarray:
    """Small and crowded; ``whole``: with exactly one start and one exit."""
    tiles = rng.choice([FLOOR, WALL, WATER, KEY, DOOR], (tall, wide), p=[0.35, 0.35, 0.1, 0.08, 0.12]).astype(np.int8)
    places = rng.permutation(tall * wide)
    counts = (1, 1) if whole else rng.integers(0, 3, 2)
    for tile, n in zip((START, EXIT), counts, strict=True):
        tiles.ravel()[places[:n]], places = tile, places[n:]
    return tiles


def test_an_impassable_level_is_refused_with_its_reason():
    assert levels.judge(level("S#E")).reason == "walled"
    assert levels.judge(level("S~E")).reason == "walled"
    assert levels.judge(level("SDE")).reason == "no key"
    assert levels.judge(level("SDKE")).reason == "locked"  # the key lies behind its own door
    assert levels.judge(level("S.", ".E")).playable
    assert levels.judge(level("..E")).reason == "no start" and levels.judge(level("S..")).reason == "no exit"
    assert levels.judge(level("S.SE")).reason == "starts" and levels.judge(level("SE.E")).reason == "exits"
    assert set(levels.REASONS) == {"no start", "starts", "no exit", "exits", "no key", "locked", "walled"}


def test_a_key_opens_the_door_and_the_way_back_counts():
    verdict = levels.judge(level("K.S.DE"))
    assert verdict.steps == 2 + 5 and verdict.needs_key
    assert verdict.path == (2, 1, 0, 1, 2, 3, 4, 5)
    free = levels.judge(level("KSDE", "#..."))
    assert free.playable and not free.needs_key and free.steps == 4


def test_the_solver_finds_what_trying_every_walk_finds():
    rng = np.random.default_rng(0)
    found = {True: 0, False: 0}
    for _ in range(400):
        tiles = random_level(rng, 4, 5)
        verdict, least = levels.judge(tiles), shortest(tiles)
        assert verdict.playable == (least >= 0)
        if verdict.playable:
            assert verdict.steps == least
            assert tiles.ravel()[verdict.path[0]] == START and tiles.ravel()[verdict.path[-1]] == EXIT
            steps = [np.abs(np.subtract(divmod(a, 5), divmod(b, 5))).sum() for a, b in itertools.pairwise(verdict.path)]
            assert set(steps) <= {1}
        found[verdict.playable] += 1
    assert min(found.values()) > 50


def fewest(tiles: np.ndarray) -> int:
    """The fewest walls, waters and doors to turn into floor, by trying all sets of them, smallest first."""
    closed = [i for i, tile in enumerate(tiles.ravel()) if tile in (WALL, WATER, DOOR)]
    for n in range(len(closed) + 1):
        for some in itertools.combinations(closed, n):
            opened = tiles.copy()
            opened.ravel()[list(some)] = FLOOR
            if levels.judge(opened).playable:
                return n
    raise AssertionError("everything open, and no way")


def test_the_repair_changes_as_few_tiles_as_any_could():
    rng = np.random.default_rng(1)
    counts = set()
    for _ in range(150):
        tiles = random_level(rng, 3, 4)
        mended = levels.repair(tiles)
        assert levels.judge(mended).playable
        changed = int((mended != tiles).sum())
        assert changed == fewest(tiles)
        assert not changed or set(mended[mended != tiles]) == {FLOOR}
        counts.add(changed)
    assert {0, 1, 2} <= counts


def test_a_way_that_is_used_twice_is_opened_once():
    """To the key and back through one wall: a search that pays for every pass would say two, and open the door instead."""
    tiles = level("#K#####", "##.####", "##S#D#E", "#######")
    assert fewest(tiles) == int((levels.repair(tiles) != tiles).sum())


def test_starts_and_exits_are_made_one_each_and_no_more_is_changed_than_needed():
    rng = np.random.default_rng(2)
    for _ in range(300):
        tiles = random_level(rng, 4, 4, whole=False)
        mended = levels.repair(tiles)
        assert levels.judge(mended).playable
        starts, exits = int((tiles == START).sum()), int((tiles == EXIT).sum())
        needed = abs(starts - 1) + abs(exits - 1)
        assert int((mended != tiles).sum()) >= needed
        if starts <= 1 and exits <= 1 and needed:
            assert int((mended != tiles).sum()) == needed  # what is missing is put where it can be reached
    for only in (WALL, WATER, DOOR, KEY, FLOOR, START, EXIT):
        assert levels.judge(levels.repair(np.full((4, 4), only, np.int8))).playable


def test_what_can_be_finished_is_left_alone():
    rng = np.random.default_rng(3)
    for style in (0, 1, 2):
        fine = rules.make(rng, style)
        assert (levels.repair(fine) == fine).all()


def test_distances_to_the_nearest_and_variety_of_known_levels():
    base = rules.make(np.random.default_rng(4), 1)
    other = base.copy()
    other[0, :3] = FLOOR
    far, at = levels.nearest(np.stack([base, other]), np.stack([np.full_like(base, WATER), base]))
    assert far.tolist() == [0, 3] and at.tolist() == [1, 1]
    assert levels.variety(np.stack([base, base, base])) == 0
    assert levels.variety(np.stack([base, other])) == pytest.approx(3 / 256)
    assert levels.variety(np.stack([base, base, other])) == pytest.approx(2 / 256)  # the mean over the three pairs


def test_independent_tiles_keep_each_places_shares_and_little_else():
    rng = np.random.default_rng(5)
    known = np.stack([rules.make(rng, i % 3) for i in range(90)])
    drawn = levels.independent(known, 2000, rng)
    assert (drawn[:, 0] == WALL).all()
    for tile in range(8):
        assert np.abs((drawn == tile).mean(0) - (known == tile).mean(0)).max() < 0.06
    assert np.mean([levels.judge(one).playable for one in drawn[:200]]) < 0.25
