"""Lights that come on when a GAN goes wrong.

Thresholds were set on seeds 0 to 2 of each failure and of the healthy recipes, and checked on ten others:
``benchmarks/detectors.py`` repeats that.
"""

from __future__ import annotations

import functools
import operator

from genai_core.contracts import N_
from genai_core.metrics.detectors.history import OFF, Detector, Floors, History, Verdict, latest, since

# Plain layers on digits draw a class or two for their first 700 steps and then find the others: no collapse yet.
BLIND = 800
LOST_MODES = 0.7  # 5 of 8 or fewer: a healthy run has them all within BLIND steps and keeps seven at least
LOST_CLASSES = 0.6  # under 2 of 3.32 bits is fewer than four equal classes; healthy digits hold over 3
LOST_RECALL = 0.1  # healthy runs that draw clear digits hold over half of the floor
CLEAR = 0.85  # mean confidence of clear pictures: early blurs also lack recall, and are only early


def mode_collapse(history: History, floors: Floors) -> Verdict:
    """Samples that leave part of the data out for good: lost modes, lost classes, or clear pictures without variety.

    Precision may be perfect meanwhile, so it is not asked.
    """
    faults = (
        ("modes", LOST_MODES, N_("The samples reach {value:.0f} of the {floor:.0f} modes.")),
        (
            "class_entropy",
            LOST_CLASSES,
            N_("The classes of the samples carry {value:.2f} bits; real data has {floor:.2f}."),
        ),
        (
            "recall",
            LOST_RECALL,
            N_("The samples reach {value:.0%} of the data's variety; real data reaches {floor:.0%}."),
        ),
    )
    for name, share, evidence in faults:
        floor = floors.get(name)
        if floor is None or (name == "recall" and (latest(history, "confidence") or 0) < CLEAR):
            continue
        step = since(history, name, functools.partial(operator.ge, share * floor), 3, BLIND)
        if step is not None:
            return Verdict(True, evidence, {"value": max(0.0, latest(history, name) or 0.0), "floor": floor}, step)
    return OFF


def discriminator_too_strong(history: History, floors: Floors) -> Verdict:
    """D is sure of every example, real or generated, and the samples are far from the data all the same.

    A Wasserstein critic's scores are no probabilities, and it ought to be strong: histories with its ``gp`` are passed by.
    """
    if "gp" in history:
        return OFF
    steps = [since(history, name, bad, least=20) for name, bad in (("d_real", _surely_real), ("d_fake", _surely_fake))]
    if None in steps:
        return OFF
    for name in ("frechet", "energy"):
        value, floor = latest(history, name), floors.get(name)
        if value is not None and floor is not None and value < FAR * floor:
            return OFF  # the samples are good: D is only quick
    evidence = N_("D gives real examples {real:.3f} and generated ones {fake:.3f}: nothing is left to learn from.")
    seen = {"real": latest(history, "d_real"), "fake": latest(history, "d_fake")}
    return Verdict(True, evidence, seen, max(steps))


FAR = 10.0  # times the floor


def _surely_real(value: float) -> bool:
    return value > 0.95


def _surely_fake(value: float) -> bool:
    return value < 0.05


def output_range(history: History, floors: Floors) -> Verdict:
    """The generator answers with pixels that no image has. A sigmoid never does; more than 1 % is not rounding."""
    step = since(history, "outside", lambda value: value > 0.01, least=20)
    if step is None:
        return OFF
    evidence = N_("{share:.0%} of the generated pixels lie outside the range from 0 to 1.")
    return Verdict(True, evidence, {"share": latest(history, "outside")}, step)


DETECTORS = (
    Detector(
        "mode-collapse",
        N_("Mode collapse"),
        N_("The generator draws only part of what it was shown."),
        mode_collapse,
        families=("gan",),
        needs=("modes", "class_entropy", "recall"),
    ),
    Detector(
        "discriminator-too-strong",
        N_("Discriminator too strong"),
        N_("The discriminator is never wrong, so the generator has nothing to follow."),
        discriminator_too_strong,
        families=("gan",),
        needs=("d_real",),
    ),
    Detector(
        "output-range",
        N_("Output out of range"),
        N_("The generator's last layer allows values that no image has."),
        output_range,
        families=("gan",),
        needs=("outside",),
    ),
)
