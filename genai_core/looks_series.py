"""Looks of the forecasters: where they think the series goes.

forecast  year, horizon, mode ("one-step", "free"), seed     truth, model, ar, naive, each with its 90 % interval
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from genai_core.contracts import N_
from genai_core.datasets.sunspots import FIRST
from genai_core.errors import ConfigError
from genai_core.looks import Answer, Learned, bounded
from genai_core.metrics import series
from genai_core.runs.spec import check_seed

MODES = ("one-step", "free")
FUTURES = 300  # simulated for an interval
LONGEST = 88
BEFORE = 33  # years of truth shown before the first forecast


def forecast(found: Learned, params: dict[str, Any]) -> Answer:
    """Forecasts of ``horizon`` years from ``year`` on, all of them held out. In every array the last axis is the year.

    ``truth`` (horizon,), ``past`` (up to 33,), and for ``model``, ``ar``, ``naive``: the forecast (horizon,) and, under
    ``<name>_interval``, its 90 % interval (2, horizon): of training residuals one step ahead, of simulated futures with
    resampled residuals in a free run. ``errors`` in the answer: root mean squared errors over these years.
    """
    from genai_core.models.ar_series_parts import residuals, whole

    data = found.data()
    x, start = whole(data)
    year = bounded(params, "year", FIRST + start, FIRST + start, FIRST + len(x) - 1)
    horizon = bounded(params, "horizon", 22, 1, LONGEST)
    seed = check_seed(params.pop("seed", 0))
    mode = params.pop("mode", "free")
    if mode not in MODES:
        raise ConfigError(
            N_("{name} cannot be {value}. Choose one of: {allowed}."),
            name="mode",
            value=str(mode)[:40],
            allowed=", ".join(MODES),
        )
    if params:
        raise ConfigError(
            N_("There is no setting called {name}. Settings here: {allowed}."),
            name=str(min(params, key=str))[:40],
            allowed="year, horizon, mode, seed",
        )
    origin = year - FIRST
    horizon = min(horizon, len(x) - origin)
    known = series.baselines(data.train)
    arrays = {"truth": x[origin : origin + horizon], "past": x[max(0, origin - BEFORE) : origin]}
    errors = {}
    for name, model in {"model": found.model, "ar": known["ar"], "naive": known["naive"]}.items():
        left = residuals(model, data.train)
        if mode == "one-step":
            line = model.one_step(x[: origin + horizon], origin)
            band = np.stack([line + side for side in series.margins(left)])
        else:
            line = model.free(x, [origin], horizon)[0]
            futures = series.simulate(model, x, origin, horizon, left, FUTURES, seed)
            band = np.quantile(futures, [(1 - series.LEVEL) / 2, (1 + series.LEVEL) / 2], axis=0)
        arrays |= {name: line, f"{name}_interval": band}
        errors[name] = series.rmse(line - arrays["truth"])
    plain = {
        "year": year,
        "horizon": horizon,
        "mode": mode,
        "errors": errors,
        "inside": {name: series.covered(arrays["truth"], *arrays[f"{name}_interval"]) for name in errors},
        "order": known["ar"].order,
    }
    return plain, {name: np.asarray(value, np.float32) for name, value in arrays.items()}


LOOKS: Mapping[str, Callable[[Learned, dict[str, Any]], Answer]] = {"forecast": forecast}
