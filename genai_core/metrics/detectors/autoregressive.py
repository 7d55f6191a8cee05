"""Lights that come on when an autoregressive model goes wrong.

Thresholds were set on seeds 0 to 2 and checked on ten others with ``benchmarks/detectors.py``.
"""

from __future__ import annotations

from genai_core.contracts import N_
from genai_core.metrics.detectors.history import OFF, Detector, Floors, History, Verdict

LOOPS = (
    2  # evaluations that loops must last: a busy machine has time for few, and no healthy one comes near the threshold
)
LAST = 3  # evaluations whose mean is taken, as single ones of this measure scatter
LOOPING = 0.2  # share of repeated stretches; real prose stays near .01, text drawn at .8 below .02
FEEDING = 0.12  # share of symbols that fit no text only for the history; at .7 it stays under .05


def repetition_loops(history: History, floors: Floors) -> Verdict:
    """The texts that a model writes on its own repeat long stretches of themselves, many times more than real text does."""
    steps, values = history.get("repetition", ((), ()))
    if len(values) < LOOPS or min(values[-LOOPS:]) < max(LOOPING, 5 * floors.get("repetition", 0.0)):
        return OFF
    evidence = N_("{share:.0%} of what it writes repeats what it wrote just before; in real text it is {floor:.1%}.")
    return Verdict(
        True, evidence, {"share": values[-1], "floor": floors.get("repetition", 0.0)}, _first(steps, values, LOOPING)
    )


def exposure_bias(history: History, floors: Floors) -> Verdict:
    """After its own histories a model draws more symbols that fit no text than after true ones (mean of the last evaluations)."""
    steps, values = history.get("exposure", ((), ()))
    if len(values) < LAST or sum(values[-LAST:]) / LAST < FEEDING:
        return OFF
    evidence = N_("Of 100 symbols it draws, {gap:.0f} more fit no text after its own words than after a person's.")
    return Verdict(True, evidence, {"gap": 100 * sum(values[-LAST:]) / LAST}, _first(steps, values, FEEDING / 2))


def _first(steps: list[int], values: list[float], bad: float) -> int:
    """The step since which every value is bad, the last one's otherwise."""
    at = len(values) - 1
    while at and values[at - 1] >= bad:
        at -= 1
    return steps[at]


FAMILY = ("autoregressive",)
DETECTORS: tuple[Detector, ...] = (
    Detector(
        "repetition-loops",
        N_("Repetition loops"),
        N_("The model writes the same words over and over."),
        repetition_loops,
        FAMILY,
        ("repetition",),
    ),
    Detector(
        "exposure-bias",
        N_("Exposure bias"),
        N_("The model's own mistakes lead it where training never took it."),
        exposure_bias,
        FAMILY,
        ("exposure",),
    ),
)
