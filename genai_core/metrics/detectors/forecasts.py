"""Lights that come on when a forecaster of a series goes wrong.

Thresholds were set on seeds 0 to 2 and checked on ten others with ``benchmarks/detectors.py``.
"""

from __future__ import annotations

from genai_core.contracts import N_
from genai_core.metrics.detectors.history import OFF, Detector, Floors, History, Verdict

GOOD = 0.85  # times the error of repeating the last value: one step ahead it has learned something
LOST = 0.85  # times the error of the mean: on its own it knows hardly more than that; healthy runs stay below 0.8
LEAST = 3  # measures it takes to tell


def free_run_drift(history: History, floors: Floors) -> Verdict:
    """Good one step ahead, and on its own hardly better than the mean of all years. Asked of the last two measures."""
    steps, free = history.get("rmse_free", ((), ()))
    ahead = history.get("rmse", ((), ()))[1]
    naive, mean = floors.get("rmse_naive"), floors.get("rmse_free_mean")
    if naive is None or mean is None or len(free) < LEAST or len(ahead) != len(free):
        return OFF
    bad = [one < GOOD * naive and run > LOST * mean for one, run in zip(ahead, free, strict=True)]
    if not all(bad[-2:]):
        return OFF
    evidence = N_(
        "One step ahead it errs by {one:.1f}, where repeating the last value errs by {naive:.1f}; fed with its own forecasts by {run:.1f}, "
        "where the mean of all years errs by {mean:.1f}."
    )
    since = len(bad) - next((back for back, one in enumerate(reversed(bad)) if not one), len(bad))
    seen = {"one": ahead[-1], "naive": naive, "run": free[-1], "mean": mean}
    return Verdict(True, evidence, seen, steps[since])


DETECTORS: tuple[Detector, ...] = (
    Detector(
        "free-run-drift",
        N_("Free run drifts off"),
        N_(
            "It has only ever seen true pasts: fed with its own forecasts it gets lost, and the error one step ahead does not show it."
        ),
        free_run_drift,
        families=("autoregressive",),
        needs=("rmse_free",),
    ),
)
