"""Whether a level can be finished, what is missing where it cannot, the smallest repair, and how new a level is.

The game: walls and water stop, a door stops whoever has no key, any key opens every door and is kept. A level can be
finished if it has exactly one start, exactly one exit, and a way from one to the other. numpy alone.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from genai_core.contracts import N_
from genai_core.datasets.levels import DOOR, EXIT, FLOOR, KEY, START, TILES, WALL, WATER

SOLID = (WALL, WATER)
REASONS = {
    "no start": N_("there is no start"),
    "starts": N_("there is more than one start"),
    "no exit": N_("there is no exit"),
    "exits": N_("there is more than one exit"),
    "no key": N_("a door is in the way, and there is no key"),
    "locked": N_("the key lies behind its own door"),
    "walled": N_("walls or water cut the exit off"),
}
NEVER = 10**6


@dataclass(frozen=True)
class Verdict:
    """``path``: the places of a shortest way, flat indices, start and exit included; empty where there is none, and
    ``reason`` then says why, a key of :data:`REASONS`. ``needs_key``: there is no way without it."""

    path: tuple[int, ...] = ()
    reason: str = ""
    needs_key: bool = False

    @property
    def playable(self) -> bool:
        return not self.reason

    @property
    def steps(self) -> int:
        return len(self.path) - 1


# --- the solver ------------------------------------------------------------------------------------------------------


def judge(level: np.ndarray) -> Verdict:
    """Breadth-first search over (place, key in hand) of a level (H, W)."""
    for tile, none, many in ((START, "no start", "starts"), (EXIT, "no exit", "exits")):
        n = int((level == tile).sum())
        if n != 1:
            return Verdict(reason=many if n else none)
    path = way(level, key=False)
    if path:
        return Verdict(path, needs_key=not way(level, key=False, doors=False))
    if not way(level, key=True):
        return Verdict(reason="walled")
    return Verdict(reason="locked" if (level == KEY).any() else "no key")


def way(level: np.ndarray, *, key: bool, doors: bool = True) -> tuple[int, ...]:
    """A shortest way from start to exit, () without one. ``key``: it is in hand from the first step on. ``doors``: may be
    passed at all."""
    tiles, beside = level.ravel().tolist(), neighbours(*level.shape)
    first = (tiles.index(START), key)
    came: dict[tuple[int, bool], tuple[int, bool] | None] = {first: None}
    waiting = deque([first])
    while waiting:
        state = waiting.popleft()
        place, has = state
        if tiles[place] == EXIT:
            found = []
            step: tuple[int, bool] | None = state
            while step is not None:
                found.append(step[0])
                step = came[step]
            return tuple(reversed(found))
        for there in beside[place]:
            tile = tiles[there]
            if tile in SOLID or (tile == DOOR and not (has and doors)):
                continue
            to = (there, has or tile == KEY)
            if to not in came:
                came[to] = state
                waiting.append(to)
    return ()


_beside: dict[tuple[int, int], list[list[int]]] = {}


def neighbours(tall: int, wide: int) -> list[list[int]]:
    """The flat places beside each flat place of a grid: up, down, left, right."""
    if (tall, wide) not in _beside:
        _beside[tall, wide] = [
            [
                y * wide + x
                for y, x in ((r - 1, c), (r + 1, c), (r, c - 1), (r, c + 1))
                if 0 <= y < tall and 0 <= x < wide
            ]
            for r in range(tall)
            for c in range(wide)
        ]
    return _beside[tall, wide]


# --- the repair ------------------------------------------------------------------------------------------------------


def repair(level: np.ndarray) -> np.ndarray:
    """A level that can be finished, with as few tiles changed as these rules allow; one that can be is left as it is.

    Of several starts or exits one is kept and the others become floor; a missing one is put on floor (where there is none
    within reach, on any tile). If there is still no way, walls, water and doors on it become floor: the fewest that make one
    (:func:`opening`). Nothing else is changed, and keys are neither put nor moved.
    """
    out = level.copy()
    flat = out.ravel()
    if not (flat == START).any() and not (flat == EXIT).any():
        flat[_open_place(out)] = START
    for tile, other in ((EXIT, START), (START, EXIT)):
        if not (flat == tile).any():
            flat[_farthest(out, [int(p) for p in np.flatnonzero(flat == other)])] = tile
    changes, start, exit_ = opening(out)
    for tile, kept in ((START, start), (EXIT, exit_)):
        flat[[p for p in np.flatnonzero(flat == tile) if p != kept]] = FLOOR
    flat[list(changes)] = FLOOR
    return out


def opening(level: np.ndarray) -> tuple[frozenset[int], int, int]:
    """The fewest walls, waters and doors to turn into floor so that some start of the level leads to some exit; with the
    start and the exit that they join.

    Without a key that is a cheapest path on which each such tile costs one. With one, the way goes from the start to the key
    past no door, then to the exit past any: the two share their tiles up to some place, after which the second costs only what
    is not open yet. So the least is, over all places, what it costs to come there from a start, plus from there to a key,
    plus from there to an exit with every door open: a tree of three branches, and exact.
    """
    tiles, beside = level.ravel().tolist(), neighbours(*level.shape)
    closed = [int(tile in (*SOLID, DOOR)) for tile in tiles]
    unlocked = [int(tile in SOLID) for tile in tiles]
    ends = {tile: [p for p, found in enumerate(tiles) if found == tile] for tile in (START, EXIT, KEY)}
    # The surplus starts and exits become floor, which is what they cost to pass: nothing.
    from_start = _costs(ends[START], closed, beside)
    meeting = min(ends[EXIT], key=lambda p: from_start[0][p])
    best = from_start[0][meeting]
    branches = [_back(from_start[1], meeting)]
    if ends[KEY]:
        to_key, freely = _costs(ends[KEY], closed, beside), _costs(ends[EXIT], unlocked, beside)
        together = [from_start[0][p] + to_key[0][p] - closed[p] + freely[0][p] - unlocked[p] for p in range(len(tiles))]
        place = min(range(len(tiles)), key=together.__getitem__)
        if together[place] < best:
            branches = [_back(found[1], place) for found in (from_start, to_key)]
            last = _back(freely[1], place)
            opened = {p for branch in branches for p in branch if closed[p]} | {p for p in last if unlocked[p]}
            return frozenset(opened), branches[0][-1], last[-1]
    return frozenset(p for p in branches[0] if closed[p]), branches[0][-1], meeting


def _costs(sources: Sequence[int], weight: Sequence[int], beside: list[list[int]]) -> tuple[list[int], list[int]]:
    """What it costs to come to each place from the nearest source, its own weight included and the source's too, and the
    place before it (-1 at a source): breadth-first search with weights of 0 and 1."""
    cost, before = [NEVER] * len(weight), [-1] * len(weight)
    waiting: deque[int] = deque()
    for source in sources:
        cost[source] = weight[source]
        waiting.append(source)
    while waiting:
        place = waiting.popleft()
        for there in beside[place]:
            new = cost[place] + weight[there]
            if new < cost[there]:
                cost[there], before[there] = new, place
                (waiting.append if weight[there] else waiting.appendleft)(there)
    return cost, before


def _back(before: Sequence[int], place: int) -> list[int]:
    """The places from this one back to its source."""
    found = [place]
    while before[found[-1]] >= 0:
        found.append(before[found[-1]])
    return found


def _open_place(level: np.ndarray) -> int:
    """A floor tile of the largest room that can be walked without a key; the first tile where there is no floor."""
    tiles = level.ravel().tolist()
    floor = [p for p, tile in enumerate(tiles) if tile == FLOOR]
    best: list[int] = []
    while floor:
        room = _walk(level, [floor[0]])
        here = [p for p in floor if p in room]
        best = here if len(here) > len(best) else best
        floor = [p for p in floor if p not in room]
    return best[0] if best else 0


def _farthest(level: np.ndarray, sources: Iterable[int]) -> int:
    """The floor tile that takes most steps from the sources without a key; where none can be reached, a tile beside one."""
    sources, tiles = list(sources), level.ravel().tolist()
    steps = {p: n for p, n in _walk(level, sources).items() if tiles[p] == FLOOR}
    if steps:
        return max(steps, key=steps.__getitem__)
    beside = (p for source in sources for p in neighbours(*level.shape)[source] if p not in sources)
    return next(beside, sources[-1])  # a map of nothing but starts gives up one of them


def _walk(level: np.ndarray, sources: Sequence[int]) -> dict[int, int]:
    """Steps to every place that can be reached without a key."""
    tiles, beside = level.ravel().tolist(), neighbours(*level.shape)
    steps, waiting = dict.fromkeys(sources, 0), deque(sources)
    while waiting:
        place = waiting.popleft()
        for there in beside[place]:
            if there not in steps and tiles[there] not in (*SOLID, DOOR):
                steps[there] = steps[place] + 1
                waiting.append(there)
    return steps


# --- how new, how varied ---------------------------------------------------------------------------------------------


def nearest(levels: np.ndarray, known: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each level (N, H, W) the number of tiles (N,) in which the nearest of ``known`` (M, H, W) differs, and its index."""
    tiles, all_known = levels.reshape(len(levels), -1), known.reshape(len(known), -1)
    found = [(all_known != level).sum(1) for level in tiles]
    at = np.array([different.argmin() for different in found])
    return np.array([different.min() for different in found]), at


def variety(levels: np.ndarray) -> float:
    """The mean share of tiles in which two of the levels (N, H, W) differ: 0 where all are the same."""
    counts = np.stack([(levels == tile).sum(0) for tile in range(len(TILES))]).astype(np.float64)
    n = len(levels)
    return float(1 - (counts * (counts - 1)).sum() / (n * (n - 1) * levels[0].size))


def independent(levels: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """``n`` levels whose tiles know nothing of each other: each drawn as often as it is in that place of ``levels``."""
    shares = np.stack([(levels == tile).mean(0) for tile in range(len(TILES))], -1).cumsum(-1)  # (H, W, tiles)
    chance = rng.random((n, *levels.shape[1:], 1)) * shares[..., -1:]
    return (chance >= shares).sum(-1).clip(max=len(TILES) - 1).astype(np.int8)
