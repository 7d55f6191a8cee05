"""Lights that come on when a diffusion model or a flow goes wrong.

Thresholds were set on seeds 0 to 2 of each failure and of the healthy recipes, and checked on ten others:
``benchmarks/detectors.py`` repeats that.
"""

from __future__ import annotations

from genai_core.contracts import N_
from genai_core.metrics.detectors.history import OFF, Detector, Floors, History, Verdict, latest, since

MOVED = 0.3  # of the data's deviation: healthy recipes end a tenth elsewhere with twice the evaluations
POOR = 3.0  # times the floor
VARIED = 0.65  # of the floor: guidance below one keeps nearly all of the variety
SHARP = 0.8


def too_few_steps(history: History, floors: Floors) -> Verdict:
    """The sampler's steps are too long: with half their length the same noise ends elsewhere, and the samples are poor.

    An untrained network also moves little, so a run is not judged by its loss; and samples that are good are left alone.
    """
    step = since(history, "step_error", lambda value: value > MOVED, least=2)
    if step is None:
        return OFF
    for name in ("frechet", "energy"):
        value, floor = latest(history, name), floors.get(name)
        if value is not None and floor is not None and value < POOR * abs(floor):
            return OFF
    evidence = N_("With twice the evaluations the same noise ends {moved:.0%} of the data's spread elsewhere.")
    return Verdict(True, evidence, {"moved": latest(history, "step_error")}, step)


def guidance_too_strong(history: History, floors: Floors) -> Verdict:
    """Every sample is as clear as can be, and much of the data's variety is gone, though the steps are short enough."""
    floor, sharp = floors.get("recall"), floors.get("precision")
    if floor is None or sharp is None or (latest(history, "step_error") or 0) > MOVED:
        return OFF
    step = since(history, "recall", lambda value: value < VARIED * floor, least=2)
    if step is None or (latest(history, "precision") or 0) < SHARP * sharp:
        return OFF
    evidence = N_(
        "The samples reach {value:.0%} of the data's variety, real data {floor:.0%}, and every one of them is clear."
    )
    return Verdict(True, evidence, {"value": latest(history, "recall"), "floor": floor}, step)


DETECTORS: tuple[Detector, ...] = (
    Detector(
        "too-few-steps",
        N_("Too few steps"),
        N_("The sampler takes longer steps than the way from noise to data allows."),
        too_few_steps,
        families=("diffusion",),
        needs=("step_error",),
    ),
    Detector(
        "guidance-too-strong",
        N_("Guidance too strong"),
        N_("Samples are pushed towards what is typical of their class until they all look alike."),
        guidance_too_strong,
        families=("diffusion",),
        needs=("step_error",),
    ),
)
