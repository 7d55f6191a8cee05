"""Levels of a small maze game, 16 by 16 tiles, drawn by rules of our own: 4,000 to train on, 1,000 held out.

The rules: walls divide a room again and again, each with one gap, so that there is one way between any two rooms. One gap
becomes a door; start and key lie on its one side, the exit on the other. Water never cuts anything off; treasure lies in
corners. So every level can be finished, and none without its key. Three styles differ in how often they are divided.
"""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np

from genai_core.contracts import N_, Data, DataInfo, DatasetSpec
from genai_core.datasets.files import ASSETS, NO_ARRAY, WRONG_ARRAY, check_sha256, checked_labels, provenance, read_npz
from genai_core.errors import DataError

SIDE = 16
FLOOR, WALL, WATER, START, EXIT, KEY, DOOR, TREASURE = range(8)
TILES = (
    N_("floor"),
    N_("wall"),
    N_("water"),
    N_("start"),
    N_("exit"),
    N_("key"),
    N_("door"),
    N_("treasure"),
)
STYLES = (N_("halls"), N_("rooms"), N_("maze"))
SPLITS, LEAST = ((1, 3), (4, 7), (9, 14)), (4, 3, 1)  # by style: walls drawn, tiles between two of them
PONDS, POND = ((1, 4), (0, 3), (0, 2)), ((4, 10), (3, 7), (2, 4))
ASSET = "levels.npz"
SIZES = {"train": 4000, "heldout": 1000}
WAYS = ((-1, 0), (1, 0), (0, -1), (0, 1))
RING = ((-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1))


# --- the rules -------------------------------------------------------------------------------------------------------


def make(rng: np.random.Generator, style: int) -> np.ndarray:
    """One level, int8 (16, 16), of the style 0 (halls), 1 (rooms) or 2 (maze)."""
    while True:
        grid, gaps = _walls(rng, style)
        door = gaps[rng.integers(len(gaps))]
        grid[door] = DOOR
        sides = [_distances(grid, place) for place in _around(grid, door)]
        rng.shuffle(sides)
        here, there = sides
        if len(here) < 6 or len(there) < 3:
            continue
        start = _pick(rng, list(here))
        key = _pick(rng, _far(_distances(grid, start)))
        grid[start], grid[key], grid[_pick(rng, _far(there))] = START, KEY, EXIT
        _flood(rng, grid, style)
        for _ in range(rng.choice(3, p=(0.5, 0.3, 0.2))):
            corners = [p for p in _places(grid, FLOOR) if len(_around(grid, p)) <= 2] or _places(grid, FLOOR)
            grid[_pick(rng, corners)] = TREASURE
        return grid


def draw(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    """``n`` levels, int8 (n, 16, 16), and their styles (n,), one after the other."""
    styles = np.arange(n) % len(STYLES)
    return np.stack([make(rng, style) for style in styles]), styles


def _walls(rng: np.random.Generator, style: int) -> tuple[np.ndarray, list[tuple[int, int]]]:
    """Recursive division: a grid of walls and floor, and the gaps, each the only way between what its wall divides."""
    grid = np.full((SIDE, SIDE), WALL, np.int8)
    grid[1:-1, 1:-1] = FLOOR
    rooms, gaps, least = [(1, 1, SIDE - 1, SIDE - 1)], [], LEAST[style]
    for _ in range(rng.integers(*SPLITS[style])):
        cuts = []  # (room, along, line): walls that end on walls and not in a gap
        for room in rooms:
            for along in (0, 1):
                low, high = room[along], room[along + 2]
                ends = (room[1 - along] - 1, room[3 - along])
                for line in range(low + least, high - least):
                    if all(grid[(line, end) if along == 0 else (end, line)] == WALL for end in ends):
                        cuts.append((room, along, line))
        if not cuts:
            break
        largest = max((r[2] - r[0]) * (r[3] - r[1]) for r, _, _ in cuts)
        cuts = [c for c in cuts if (c[0][2] - c[0][0]) * (c[0][3] - c[0][1]) > largest / 2]
        room, along, line = cuts[rng.integers(len(cuts))]
        top, left, bottom, right = room
        gap = int(rng.integers(room[1 - along], room[3 - along]))
        if along == 0:
            grid[line, left:right] = WALL
            gaps.append((line, gap))
            parts = [(top, left, line, right), (line + 1, left, bottom, right)]
        else:
            grid[top:bottom, line] = WALL
            gaps.append((gap, line))
            parts = [(top, left, bottom, line), (top, line + 1, bottom, right)]
        grid[gaps[-1]] = FLOOR
        rooms = [r for r in rooms if r != room] + parts
    return grid, gaps


def _flood(rng: np.random.Generator, grid: np.ndarray, style: int) -> None:
    """Ponds that grow tile by tile wherever they cut nothing off."""
    for _ in range(rng.integers(*PONDS[style])):
        edge = [_pick(rng, _places(grid, FLOOR))]
        for _ in range(rng.integers(*POND[style])):
            edge = [p for p in edge if grid[p] == FLOOR and _spare(grid, p)]
            if not edge:
                break
            place = _pick(rng, edge)
            grid[place] = WATER
            edge += [p for p in _around(grid, place) if grid[p] == FLOOR]


def _spare(grid: np.ndarray, place: tuple[int, int]) -> bool:
    """Whether what lies around a tile holds together without it: of the ring of eight, the passable stretches that touch
    the tile by a side are one."""
    ring = [grid[place[0] + dy, place[1] + dx] not in (WALL, WATER) for dy, dx in RING]
    if all(ring):
        return True
    pieces, touches = 0, False
    begin = ring.index(False)
    for i in range(begin, begin + 9):  # once around, from one impassable tile to the same again
        if ring[i % 8]:
            touches = touches or i % 2 == 1  # odd places lie at a side, even ones at a corner
        else:
            pieces, touches = pieces + touches, False
    return pieces <= 1


def _around(grid: np.ndarray, place: tuple[int, int]) -> list[tuple[int, int]]:
    """The passable neighbours of a tile."""
    found = [(place[0] + dy, place[1] + dx) for dy, dx in WAYS]
    return [p for p in found if grid[p] not in (WALL, WATER, DOOR)]


def _distances(grid: np.ndarray, start: tuple[int, int]) -> dict[tuple[int, int], int]:
    """Steps from a tile to every one that can be reached without passing a door."""
    found, waiting = {start: 0}, deque([start])
    while waiting:
        place = waiting.popleft()
        for beside in _around(grid, place):
            if beside not in found:
                found[beside] = found[place] + 1
                waiting.append(beside)
    return found


def _far(distances: dict[tuple[int, int], int]) -> list[tuple[int, int]]:
    """The farther half of the tiles, the start itself never among them."""
    middle = sorted(distances.values())[len(distances) // 2]
    return [place for place, steps in distances.items() if steps >= max(1, middle)]


def _places(grid: np.ndarray, tile: int) -> list[tuple[int, int]]:
    return [(int(y), int(x)) for y, x in np.argwhere(grid == tile)]


def _pick(rng: np.random.Generator, places: list[tuple[int, int]]) -> tuple[int, int]:
    return places[int(rng.integers(len(places)))]


# --- the data set ----------------------------------------------------------------------------------------------------


def load() -> Data:
    """int8 (4000, 16, 16) and (1000, 16, 16), the styles in equal parts. Raises DataError."""
    if ASSET not in provenance():
        raise DataError(NO_ARRAY, file="PROVENANCE.toml", array=ASSET)
    check_sha256(ASSETS / ASSET, provenance()[ASSET]["sha256"])
    arrays = read_npz(ASSETS / ASSET, tuple(f"{letter}_{part}" for part in SIZES for letter in "xy"))
    for part, n in SIZES.items():
        x = arrays[f"x_{part}"]
        if x.dtype != np.int8 or x.shape != (n, SIDE, SIDE) or x.min() < 0 or x.max() >= len(TILES):
            found, expected = f"{x.dtype} {x.shape}", f"int8 {(n, SIDE, SIDE)}, 0…{len(TILES) - 1}"
            raise DataError(WRONG_ARRAY, file=ASSET, array=f"x_{part}", found=found, expected=expected)
        arrays[f"y_{part}"] = checked_labels(ASSET, f"y_{part}", arrays[f"y_{part}"], n, len(STYLES))
    info = DataInfo("tiles", (SIDE, SIDE), STYLES, TILES)
    return Data(info, arrays["x_train"], arrays["x_heldout"], arrays["y_train"], arrays["y_heldout"])


# --- what a person sees ----------------------------------------------------------------------------------------------

INKS = {
    ".": (228, 216, 190), ",": (214, 200, 172), "#": (74, 78, 92), "=": (104, 110, 128), "-": (50, 53, 64),
    "~": (46, 124, 190), "^": (104, 172, 224), "s": (70, 158, 110), "S": (40, 110, 74), "e": (126, 84, 190), "E": (84, 48, 140),
    "k": (232, 176, 32), "d": (150, 92, 40), "D": (104, 60, 22), "t": (214, 64, 72), "T": (255, 178, 184),
}  # fmt: skip
SPRITES = (
    "......../......../....,.../......../......../.,....../......../........",
    "===#====/===#====/###-####/-----#--/==-=====/==#=====/########/---#----",
    "~~~~~~~~/~~^^~~~~/~^~~^~^^/~~~~~~~~/~~~~~~~~/^~~~^^~~/~^^^~~^~/~~~~~~~~",
    "......../.ssssss./.sSSSSs./.sSssSs./.sSssSs./.sSSSSs./.ssssss./........",
    "..EEEE../.EeeeeE./EeeeeeeE/EeeTTeeE/EeeTTeeE/EeeeeeeE/.EeeeeE./..EEEE..",
    "......../..kkk.../..k.k.../..kkk.../...k..../...kk.../...k..../...kk...",
    "DDDDDDDD/DddddddD/DdDddDdD/DddddddD/DddddkkD/DddddddD/DdDddDdD/DDDDDDDD",
    "......../......../..tttt../.tTTttt./..tTtt../...tt.../......../........",
)
PIXELS = 8  # a side of a sprite
PICTURES = np.array([[[INKS[ink] for ink in row] for row in sprite.split("/")] for sprite in SPRITES], np.uint8)


def show(samples: Any, columns: int | None = None, gutter: int = 4) -> np.ndarray:
    """Levels (N, H, W) of whole numbers as one picture, 8 pixels a tile: uint8 (height, width, 3), dark between levels."""
    x = np.asarray(samples).astype(np.int64).clip(0, len(TILES) - 1)
    n, tall, wide = x.shape
    columns = min(n, columns or n)
    rows = -(-n // columns)
    pictures = PICTURES[x].transpose(0, 1, 3, 2, 4, 5).reshape(n, tall * PIXELS, wide * PIXELS, 3)
    sheet = np.full((rows, columns, tall * PIXELS + gutter, wide * PIXELS + gutter, 3), 16, np.uint8)
    for i, picture in enumerate(pictures):
        sheet[i // columns, i % columns, : tall * PIXELS, : wide * PIXELS] = picture
    whole = sheet.transpose(0, 2, 1, 3, 4).reshape(rows * sheet.shape[2], columns * sheet.shape[3], 3)
    return np.ascontiguousarray(whole[:-gutter, :-gutter])


SPEC = DatasetSpec(
    key="levels",
    title=N_("Levels of a maze game"),
    summary=N_(
        "5,000 little worlds of 16 by 16 tiles, drawn by rules: every one can be finished, none without its key."
    ),
    modality="tiles",
    load=load,
    show=show,
    source="drawn by the project's own rules, with a fixed seed",
    licence="CC0-1.0",
    order=60,
)
