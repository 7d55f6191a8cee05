"""Levels of a maze game from a model that draws one tile after another, and whether they can be finished.

A PixelCNN learns 4,000 levels that rules have drawn; every one of them can be finished. Its own levels look the part, and a
solver (breadth-first search over place and key in hand) says which can be finished. The effect is the share that cannot. The
control is fresh levels of the rules through the same solver: a solver that refuses good levels would fail it. Beside it stand
levels whose tiles know nothing of each other, which a solver that lets everything pass would accept.

The mitigation is the smallest repair, with the tiles it changes as its price; drawing again until a level can be finished is
told beside it, with draws for a level as its price and what it does to the mix of styles.

Claim and margin were fixed after pilots on seeds of their own, and have not been touched since. The first model of the pilots (seed
101) was not told which tiles it had placed already: 11 % of its levels could be finished, as many as of independent tiles,
since nearly all had no start or several. Told by an additive input it reached 12 %, told by a term of its own for each tile
and row 51 %; that one was kept, and the pilots of the claim (seeds 101 and 102) are of it: 46 % and 44 %
cannot be finished, of the control none.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from PIL import Image

from genai_core import learning, registry, replication
from genai_core.contracts import N_, Data, Event, Outcome, knob
from genai_core.datasets.levels import STYLES, TILES, TREASURE, WALL, WATER, draw, show
from genai_core.errors import ConfigError, RunError
from genai_core.looks import Answer, Learned, bounded, learned
from genai_core.metrics import levels
from genai_core.metrics.levels import Verdict, judge, repair
from genai_core.runs.spec import check_seed
from genai_core.training import stream

if TYPE_CHECKING:
    from genai_core.runs.store import Store

PRESET = "levels-pixelcnn"
MODEL = {"width": 24}
DRAWN, RULED = 400, 300  # levels of the model and of the rules that a replicate judges
TEMPERATURES = (0.5, 0.75, 1.0, 1.25)
SHOWN = 6  # levels of a strip
BATCH = 12  # levels of a look
ROUNDS = 12  # draws for a level at most
KEPT_ROWS = 8


@dataclass(frozen=True)
class Config:
    steps: int = knob(600, N_("Training steps"), low=20, high=6000, log=True)
    seeds: int = knob(1, N_("Trained models"), low=1, high=16)


# --- what is measured ------------------------------------------------------------------------------------------------


def unfinishable(found: np.ndarray) -> float:
    """The share of levels (N, H, W) that cannot be finished."""
    return float(np.mean([not judge(level).playable for level in found]))


def replicate(config: Config, seed: int) -> Iterator[Event | Outcome]:
    data = registry.datasets()["levels"].load()
    total = config.steps + len(TEMPERATURES)
    fitting = learning.fit("tiles-pixel-cnn", data, MODEL, config.steps, seed)
    model = yield from learning.watched(fitting, 0, total, "train_likelihood")

    drawn = {}
    for i, temperature in enumerate(TEMPERATURES):
        rng = stream(seed, f"levels {temperature}")
        drawn[temperature] = model.sample(DRAWN, rng, temperature=temperature).numpy().astype(np.int8)
        yield Event(config.steps + i + 1, total, {"cannot be finished": unfinishable(drawn[temperature])})
    yield measure(drawn, data, np.random.default_rng(seed))


def measure(drawn: Mapping[float, np.ndarray], data: Data, rng: np.random.Generator) -> Outcome:
    """What the levels of one model at several temperatures (the main one is 1) come to."""
    made = drawn[1.0]
    rules, _ = draw(rng, RULED)
    singles = levels.independent(data.train, DRAWN, rng)
    verdicts = [judge(level) for level in made]
    fine = np.array([verdict.playable for verdict in verdicts])
    mended = np.stack([repair(level) for level in made])
    changed = (mended != made).sum((1, 2))
    kind = np.arange(len(made)) % len(STYLES)  # the style that each was asked for
    values = {
        "effect": 1 - float(fine.mean()),
        "control": unfinishable(rules),
        "mitigated": unfinishable(mended),
        "price": 0.0,
        "price_mitigated": float(changed.mean()),
        "changed_broken": float(changed[~fine].mean()) if not fine.all() else 0.0,
        "singles": unfinishable(singles),
        "key_made": float(np.mean([verdict.needs_key for verdict in verdicts])),
        "key_mended": float(np.mean([judge(level).needs_key for level in mended])),
        "key_rules": float(np.mean([judge(level).needs_key for level in rules])),
        "steps_made": float(np.mean([verdict.steps for verdict in verdicts if verdict.playable] or [0])),
        "steps_rules": float(np.mean([judge(level).steps for level in rules])),
        "draws": float(1 / max(fine.mean(), 1 / len(made))),
        "maze_kept": float((kind[fine] == 2).mean()) if fine.any() else 0.0,
        "near_made": float(np.median(levels.nearest(made, data.train)[0])),
        "near_rules": float(np.median(levels.nearest(rules, data.train)[0])),
        "variety_rules": levels.variety(rules),
        "treasure_rules": float((rules == TREASURE).any((1, 2)).mean()),
    }
    for temperature, found in drawn.items():
        name = f"{round(100 * temperature):03d}"
        values |= {
            f"broken_{name}": unfinishable(found),
            f"treasure_{name}": float((found == TREASURE).any((1, 2)).mean()),
            f"variety_{name}": levels.variety(found),
        }
    return Outcome(
        values,
        tuple((temperature, values[f"broken_{round(100 * temperature):03d}"]) for temperature in drawn),
        {
            "rules": _strip(rules),
            "made": _strip(made),
            "fine": [bool(f) for f in fine[:SHOWN]],
            "reasons": [verdict.reason for verdict in verdicts[:SHOWN]],
            "mended": _strip(mended),
            "changed": [int(n) for n in changed[:SHOWN]],
            "cold": _strip(drawn[0.5]) if 0.5 in drawn else "",
            "singles": _strip(singles),
            "temperatures": [float(temperature) for temperature in drawn],
        },
    )


def _strip(found: np.ndarray) -> str:
    """The first levels side by side, as a PNG in base64."""
    out = io.BytesIO()
    picture = Image.fromarray(show(found[:SHOWN], SHOWN)).quantize(32, dither=Image.Dither.NONE)
    picture.save(out, "PNG", optimize=True)
    return base64.b64encode(out.getvalue()).decode()


# --- looks: levels to play, and their terrain ------------------------------------------------------------------------


def _model(store: Store) -> Learned:
    run_id = store.gallery_index().get(PRESET)
    if run_id is None:
        raise RunError(N_("There is no shipped model of levels: build the gallery first."))
    return learned(store.open(run_id))


def batch(
    found: Learned, seed: int, controls: Mapping[str, Any], *, again: bool, mend: bool, given: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray, int]:
    """A dozen levels (12, 16, 16) as they are shown and as they were first drawn, and how many were drawn in all.

    ``again``: what cannot be finished is drawn again, at most ``ROUNDS`` times. ``mend``: what still cannot be is repaired.
    ``given`` (16, 16): its upper half is kept in every one.
    """
    model, settings = found.model, found.controls(controls)
    labels = model.labels(BATCH, settings["label"])
    kept = None if given is None else torch.from_numpy(given.astype(np.int64)).expand(BATCH, -1, -1)
    rows = 0 if given is None else KEPT_ROWS
    out, wanted, draws = np.zeros((BATCH, *model.info.shape), np.int8), np.arange(BATCH), 0
    first = out
    for turn in range(ROUNDS if again else 1):
        rng = stream(seed, f"{'lower' if rows else 'level'} {turn}")
        u = torch.rand(BATCH, *model.info.shape, generator=rng)[wanted]
        y = None if labels is None else labels[wanted]
        lot = None if kept is None else kept[wanted]
        drawn = model.draw(u, y, settings["temperature"], lot, rows).numpy().astype(np.int8)
        out[wanted] = drawn
        draws += len(wanted)
        if not turn:
            first = out.copy()
        wanted = wanted[[not judge(level).playable for level in drawn]]
        if not len(wanted):
            break
    if mend:
        for i in wanted:
            out[i] = repair(out[i])
    return out, first, draws


def look_levels(store: Store, params: dict[str, Any], files: Mapping[str, np.ndarray]) -> Answer:
    """``seed``, ``label``, ``temperature``, ``again``, ``mend``; ``keep``: the number of the level whose upper half is kept
    (-1: none), and ``lower``: the seed of the lower halves then."""
    found = _model(store)
    seed, lower = check_seed(params.pop("seed", 1)), check_seed(params.pop("lower", 1))
    keep = bounded(params, "keep", -1, -1, BATCH - 1)
    flags = {name: _flag(name, params.pop(name, False)) for name in ("again", "mend")}
    shown, first, draws = batch(found, seed, params, **flags)
    if keep >= 0:
        base = shown[keep]
        shown, first, draws = batch(found, lower, params, **flags, given=base)
    data = found.data()
    near, at = levels.nearest(shown, data.train)
    facts = {
        "levels": [
            _told(level, drawn, int(near[i]), data.train[at[i]])
            for i, (level, drawn) in enumerate(zip(shown, first, strict=True))
        ],
        "draws": draws,
        "fine_first": sum(judge(level).playable for level in first),
        "kept_rows": KEPT_ROWS if keep >= 0 else 0,
        "tiles": list(TILES),
        "near_heldout": _near_heldout(data),
    }
    return facts, {}


def _told(level: np.ndarray, drawn: np.ndarray, near: int, nearest: np.ndarray) -> dict[str, Any]:
    verdict: Verdict = judge(level)
    repaired = np.flatnonzero(level != drawn) if repair_of(level, drawn) else np.array([], int)
    return {
        "tiles": code(level),
        "path": list(verdict.path),
        "reason": levels.REASONS.get(verdict.reason, ""),
        "needs_key": verdict.needs_key,
        "changed": [int(place) for place in repaired],
        "near": near,
        "nearest": code(nearest),
    }


def repair_of(level: np.ndarray, drawn: np.ndarray) -> bool:
    """Whether a level is the repair of what was drawn, and not the level itself or another draw."""
    return bool((level != drawn).any()) and bool((level == repair(drawn)).all())


def code(level: np.ndarray) -> str:
    """A level as a string of digits, row by row."""
    return "".join(map(str, level.ravel().tolist()))


def decode(tiles: Any) -> np.ndarray:
    """The level of such a string. ConfigError for anything else."""
    side = 16
    if not isinstance(tiles, str) or len(tiles) != side * side or not set(tiles) <= set("01234567"):
        raise ConfigError(N_("This is no level of 16 by 16 tiles."))
    return np.array(list(tiles), np.int8).reshape(side, side)


def _flag(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise ConfigError(N_("{name} must be on or off."), name=name)
    return value


_heldout: list[float] = []


def _near_heldout(data: Data) -> float:
    """The same distance of real held-out levels, which can be no copies: their median."""
    if not _heldout:
        _heldout.append(float(np.median(levels.nearest(data.heldout[:100], data.train)[0])))
    return _heldout[0]


# --- terrain ---------------------------------------------------------------------------------------------------------

FINE = 4  # heights along a side of a tile
HEIGHTS = {WALL: 2.4, WATER: -1.0}  # the others lie at GROUND; the sea at 0
GROUND = 0.4


def fractal(rng: np.random.Generator, side: int, octaves: int = 5) -> np.ndarray:
    """Fractional Brownian motion by value noise, (side, side), about -1 to 1: each octave has twice the frequency and half
    the height of the one before (Musgrave in Ebert et al. 2003, Texturing and Modeling)."""
    out, cells = np.zeros((side, side)), 3
    for octave in range(octaves):
        out += 0.5**octave * _stretch(rng.uniform(-1, 1, (cells + 1, cells + 1)), side)
        cells *= 2
    return out / 1.5


def _stretch(grid: np.ndarray, side: int) -> np.ndarray:
    """A grid (n, n) drawn out to (side, side), smoothly between its corners."""
    at = np.linspace(0, len(grid) - 1, side)
    low = np.minimum(at.astype(int), len(grid) - 2)
    share = at - low
    share = share * share * (3 - 2 * share)
    across = grid[:, low] * (1 - share) + grid[:, low + 1] * share
    return across[low] * (1 - share[:, None]) + across[low + 1] * share[:, None]


def terrain(level: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Heights (64, 64) grown from a level (16, 16): walls become ridges, water lies below the sea at 0, everything else a
    little above it. Edges are worn by three passes of a binomial filter; noise roughens what is high most."""
    base = np.full(level.shape, GROUND)
    for tile, height in HEIGHTS.items():
        base[level == tile] = height
    heights = np.kron(base, np.ones((FINE, FINE)))
    for _ in range(3):
        wide = np.pad(heights, 1, mode="edge")
        rows = (wide[:-2] + 2 * wide[1:-1] + wide[2:]) / 4
        heights = (rows[:, :-2] + 2 * rows[:, 1:-1] + rows[:, 2:]) / 4
    rough = 0.1 + 0.6 * np.clip((heights - GROUND) / 2, 0, 1)
    return heights + rough * fractal(rng, len(heights))


def look_terrain(store: Store, params: dict[str, Any], files: Mapping[str, np.ndarray]) -> Answer:
    """``tiles``: a level as a string; ``seed``. Heights (64, 64) and what stands on them."""
    level = decode(params.pop("tiles", ""))
    seed = check_seed(params.pop("seed", 1))
    heights = terrain(level, np.random.default_rng(seed)).astype(np.float32)
    top = int(heights.argmax())
    facts = {
        "sea": float((heights < 0).mean()),
        "highest": float(heights.max()),
        "lowest": float(heights.min()),
        "top": [top // len(heights), top % len(heights)],
        "fine": FINE,
        "path": list(judge(level).path),
    }
    return facts, {"heights": heights}


def look_pictures(store: Store, params: dict[str, Any], files: Mapping[str, np.ndarray]) -> Answer:
    """``levels``: a few levels as strings. Their pictures, uint8 (n, 128, 128, 3)."""
    wanted = params.pop("levels", [])
    if not isinstance(wanted, list) or not 1 <= len(wanted) <= BATCH:
        raise ConfigError(N_("{name} must lie between {low} and {high}."), name="levels", low=1, high=BATCH)
    return {}, {"pictures": np.stack([show(decode(tiles)[None], 1) for tiles in wanted])}


SPEC = replication.application(
    replicate,
    key="games",
    title=N_("Games: levels to play"),
    summary=N_(
        "A model draws worlds tile by tile. Play one: whether it can be finished, it does not know. A solver does."
    ),
    topic="games",
    config=Config,
    order=40,
    looks={"levels": look_levels, "terrain": look_terrain, "pictures": look_pictures},
    risk="bias",
    claim=N_(
        "A model that has seen only levels that can be finished draws levels that look the same, and many of them cannot be: "
        "what is likely tile by tile need not work as a whole."
    ),
    finding=N_(
        "Of the model's levels {effect} cannot be finished; of fresh levels of the rules it learned from, {control}."
    ),
    method=N_(
        "A PixelCNN learns 4,000 levels of 16 by 16 tiles that rules have drawn. Of 400 levels of its own a solver says which have "
        "exactly one start, exactly one exit, and a way between them that takes the key before the door. The control is 300 "
        "fresh levels of the rules, through the same solver."
    ),
    measure=N_("Share of levels that cannot be finished"),
    effect_label=N_("Levels of the model"),
    control_label=N_("Fresh levels of the rules"),
    mitigation=N_("The smallest repair that opens a way"),
    price=N_("Tiles changed a level, of 256"),
    dial=N_("Temperature"),
    travels=N_(
        "A model draws what is common and forgets what is rare, and colder draws do so more: treasure first, then water, at last "
        "the start itself. Worlds become alike. Where the rare thing is a person, a dialect or a face, the same arithmetic is "
        "called bias."
    ),
    shows=N_(
        "That looking right and working are two things, that a small exact check finds the difference, and what it costs to mend "
        "it. The levels are new: the nearest of 4,000 training levels is no closer than that of a fresh one."
    ),
    hides=N_(
        "These levels are drawn by rules of ours, so there is more training data than any studio has, and no taste in it. "
        "Being able to finish a level says nothing of fun. Models of large games draw pictures, code or whole scenes, where "
        "no short solver exists."
    ),
    null=0.0,
    claimed=0.4,
    margin=0.05,
    span=(0.0, 1.0),
    price_better="low",
    seconds=30,
    mapping={
        "nist": ("bias", "configuration"),
        "mit": ("7.3", "5.1"),
        "eu": ("50",),
        "cn": ("label-4",),
    },
)
