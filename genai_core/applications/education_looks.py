"""What the page of education asks of the shipped model, answered in milliseconds. Not a plug-in.

sheet     level (0 to 100), operations, n (COUNTS), seed, sure (SURENESS), hand (HANDS), language
          plain: problems [{text, answer, difficulty}], doubts [[problem, digit, asked, taken]], digits, drawn, thrown, unsure,
          readers, as below, measured (of how many digits)      arrays: page (H, W, 3)
pdf       as sheet      arrays: pdf (bytes,), with two pages
problem   a, operation, b, seed, sure, hand      plain: doubts, drawn, thrown      arrays: card (H, W, 3)
readers   sure, hand      plain: of MEASURED digits, each [value, low, high]: made and kept (misread by the second reader), thrown
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from genai_core import arithmetic, i18n, worksheet
from genai_core.arithmetic import Problem
from genai_core.contracts import N_
from genai_core.errors import ConfigError, RunError
from genai_core.learner import logits, wanted
from genai_core.looks import Answer, Learned, bounded, learned
from genai_core.metrics.features import classifier
from genai_core.metrics.statistics import wilson
from genai_core.runs.spec import check_seed, number
from genai_core.runs.store import Store
from genai_core.training import stream

PRESET = "gan-digits"
FILTER, JUDGE = "digits-judge", "digits"  # the first reader chooses, the second is asked how often digits are misread
SURE = 0.9
SURENESS = (0.0, 0.5, 0.9, 0.99)  # how sure the first reader must be; 0: it is not asked
HANDS = {"tidy": 1.0, "free": 4.0}  # where the latents are cut, in standard deviations
COUNTS = (8, 12, 16, 20)
MOST_SEED = 9999
ROUNDS = 12  # draws for one digit at most
MEASURED = 4000
Files = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Hand:
    """Digits as they were written and read: ``images`` uint8 (n, 28, 28), ``taken`` (n,) by the second reader, how many were
    ``drawn``, how many the first reader has ``thrown`` away, and how many it was not sure of after ROUNDS draws."""

    images: np.ndarray
    taken: np.ndarray
    drawn: int
    thrown: int
    unsure: int


def model(store: Store) -> Learned:
    run_id = store.gallery_index().get(PRESET)
    if run_id is None:
        raise RunError(N_("The shipped run {name} is not in this gallery."), name=PRESET)
    return learned(store.open(run_id))


def write(found: Learned, asked: np.ndarray, seed: int, sure: float, hand: str) -> Hand:
    """A digit for each of ``asked`` (n,). What the first reader does not take for it, or is not ``sure`` of, is drawn again."""
    out = np.zeros((len(asked), 28, 28), np.uint8)
    wanted, drawn, thrown = np.arange(len(asked)), 0, 0
    for turn in range(ROUNDS):
        z = found.model.latents(len(asked), stream(seed, f"digits {turn}"), HANDS[hand])[wanted]
        pixels = found.plain(found.model.decode(z, torch.from_numpy(asked[wanted])).numpy())
        out[wanted] = pixels
        drawn += len(wanted)
        if not sure:
            wanted = wanted[:0]
            break
        chances = classifier(FILTER).probabilities(pixels / np.float32(255)).numpy()
        fine = (chances.argmax(1) == asked[wanted]) & (chances.max(1) >= sure)
        wanted = wanted[~fine]
        if not len(wanted):
            break
        thrown += len(wanted) if turn < ROUNDS - 1 else 0
    taken = classifier(JUDGE).probabilities(out / np.float32(255)).argmax(1).numpy()
    return Hand(out, taken, drawn, thrown, len(wanted))


_known: dict[tuple[str, float, str], dict[str, list[float]]] = {}


def readers(found: Learned, sure: float, hand: str) -> dict[str, list[float]]:
    """Of MEASURED digits of the model: the share that the second reader misreads, of all and of those kept, and the share thrown
    away, each with its 95 % interval (Wilson). Asked once for each run and setting."""
    key = (found.record.id, sure, hand)
    if key not in _known:
        _known[key] = _measured(found, sure, hand)
    return _known[key]


def _measured(found: Learned, sure: float, hand: str) -> dict[str, list[float]]:
    asked = np.arange(MEASURED) % 10
    drawn = found.model.sample(MEASURED, stream(0, "readers"), HANDS[hand]).numpy()
    pixels = found.plain(drawn) / np.float32(255)
    wrong = classifier(JUDGE).probabilities(pixels).argmax(1).numpy() != asked
    kept = np.ones(MEASURED, bool)
    if sure:
        chances = classifier(FILTER).probabilities(pixels).numpy()
        kept = (chances.argmax(1) == asked) & (chances.max(1) >= sure)
    return {
        name: [float(k / max(n, 1)), *wilson(int(k), max(int(n), 1))]
        for name, k, n in (
            ("made", wrong.sum(), MEASURED),
            ("kept", wrong[kept].sum(), kept.sum()),
            ("thrown", MEASURED - kept.sum(), MEASURED),
        )
    }


# --- a sheet ---------------------------------------------------------------------------------------------------------


def draw(
    found: Learned, level: int, operations: Sequence[str], n: int, seed: int, sure: float, hand: str
) -> tuple[worksheet.Sheet, Hand]:
    """A sheet of ``n`` problems for a learner of this level; equal arguments give an equal sheet."""
    problems = arithmetic.sheet(wanted(logits(level)), operations, n, np.random.default_rng(seed))
    asked = np.array([digit for problem in problems for digit in problem.digits])
    made = write(found, asked, seed, sure, hand)
    ends = np.cumsum([len(problem.digits) for problem in problems])
    images = np.split(made.images, ends[:-1])
    doubts = [
        worksheet.Doubt(p, int(i - (ends[p] - len(problems[p].digits))), int(asked[i]), int(made.taken[i]))
        for i in np.flatnonzero(made.taken != asked)
        for p in [int(np.searchsorted(ends, i, side="right"))]
    ]
    return worksheet.Sheet(problems, images, seed, level, doubts, readers(found, sure, hand)["kept"]), made


def _asked(store: Store, params: dict[str, Any]) -> tuple[worksheet.Sheet, Hand, str, dict[str, list[float]], str]:
    level = bounded(params, "level", 40, 0, 100)
    operations = params.pop("operations", list(arithmetic.OPERATIONS))
    if not isinstance(operations, list) or not all(isinstance(name, str) for name in operations):
        operations = []
    arithmetic.check(operations)
    n = params.pop("n", 12)
    if n not in COUNTS or isinstance(n, bool):
        raise ConfigError(N_("{name} must be one of {allowed}."), name="n", allowed=", ".join(map(str, COUNTS)))
    seed = bounded(params, "seed", 1, 1, MOST_SEED)
    sure, hand = _sureness(params), _hand(params)
    language = str(params.pop("language", "en"))[:10]
    _nothing_more(params)
    found = model(store)
    kinds = [name for name in arithmetic.OPERATIONS if name in operations]
    sheet, made = draw(found, level, kinds, n, seed, sure, hand)
    return sheet, made, language, readers(found, sure, hand), found.record.hash


def look_sheet(store: Store, params: dict[str, Any], files: Files) -> Answer:
    sheet, hand, language, measured, _ = _asked(store, params)
    facts = {
        "problems": [{"text": p.text, "answer": p.answer, "difficulty": p.difficulty} for p in sheet.problems],
        "doubts": [[d.problem, d.digit, d.asked, d.taken] for d in sheet.doubts],
        "digits": sheet.written,
        "drawn": hand.drawn,
        "thrown": hand.thrown,
        "unsure": hand.unsure,
        "readers": measured,
        "measured": MEASURED,
    }
    return facts, {"page": worksheet.picture(sheet, i18n.translator(language))}


def look_pdf(store: Store, params: dict[str, Any], files: Files) -> Answer:
    sheet, _, language, _, produced = _asked(store, params)
    made = worksheet.pdf(sheet, i18n.translator(language), produced)
    return {"name": f"sheet-{sheet.number}.pdf"}, {"pdf": np.frombuffer(made, np.uint8)}


def look_problem(store: Store, params: dict[str, Any], files: Files) -> Answer:
    top = 10 ** max(arithmetic.MOST.values()) - 1
    a, b = bounded(params, "a", 1, 0, top), bounded(params, "b", 1, 0, top)
    operation = str(params.pop("operation", "plus"))
    arithmetic.check([operation])
    seed, sure, hand = check_seed(params.pop("seed", 1)), _sureness(params), _hand(params)
    _nothing_more(params)
    problem = Problem(a, operation, b)
    asked = np.array(problem.digits)
    made = write(model(store), asked, seed, sure, hand)
    doubts = [[int(i), int(asked[i]), int(made.taken[i])] for i in np.flatnonzero(made.taken != asked)]
    facts = {"doubts": doubts, "drawn": made.drawn, "thrown": made.thrown}
    return facts, {"card": worksheet.card(problem, made.images)}


def look_readers(store: Store, params: dict[str, Any], files: Files) -> Answer:
    sure, hand = _sureness(params), _hand(params)
    _nothing_more(params)
    return dict(readers(model(store), sure, hand)), {}


def _sureness(params: dict[str, Any]) -> float:
    sure = number("sure", params.pop("sure", SURE))
    if sure not in SURENESS:
        raise ConfigError(N_("{name} must be one of {allowed}."), name="sure", allowed=", ".join(map(str, SURENESS)))
    return sure


def _hand(params: dict[str, Any]) -> str:
    hand = params.pop("hand", "tidy")
    if hand not in HANDS:
        raise ConfigError(N_("{name} must be one of {allowed}."), name="hand", allowed=", ".join(HANDS))
    return str(hand)


def _nothing_more(params: Mapping[str, Any]) -> None:
    if params:
        raise ConfigError(N_("This look takes no {name}."), name=", ".join(params)[:40])


LOOKS = {"sheet": look_sheet, "pdf": look_pdf, "problem": look_problem, "readers": look_readers}
