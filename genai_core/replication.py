"""One replicate after another, then their summary: what every risk experiment shares. Not a plug-in.

The unit of replication is the trained model: intervals are Student's over replicates, never over samples of one model.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

import numpy as np
import torch

from genai_core.contracts import ApplicationSpec, Event, MeasuredSpec, Metric, Outcome, Report, RiskSpec
from genai_core.metrics import statistics

Replicate = Callable[..., Iterator["Event | Outcome"]]
Spec = TypeVar("Spec", bound=MeasuredSpec)


def risk(replicate: Replicate, **fields: Any) -> RiskSpec:
    """The plug-in of a risk; see :func:`measured`."""
    return measured(RiskSpec, replicate, fields)


def application(replicate: Replicate, **fields: Any) -> ApplicationSpec:
    """The plug-in of an application; see :func:`measured`."""
    return measured(ApplicationSpec, replicate, fields)


def measured(kind: type[Spec], replicate: Replicate, fields: Mapping[str, Any]) -> Spec:
    """The plug-in of an experiment: ``replicate(config, seed)`` yields events and ends with its Outcome.

    An experiment that takes what a visitor types (``typed``) has it as a third argument. Events of a replicate count their
    steps within it, with the same total each time.
    """

    def run(config: Any, rng: torch.Generator, *typed: str) -> Iterator[Event]:
        outcomes: list[Outcome] = []
        step = total = 0
        for _ in range(config.seeds):
            seed = int(torch.randint(2**31 - 1, (1,), generator=rng))
            begun = step
            for item in replicate(config, seed, *typed):
                if isinstance(item, Outcome):
                    outcomes.append(item)
                    break
                total = (item.total or 0) * config.seeds
                step = begun + item.step
                yield dataclasses.replace(item, step=step, total=total)
            step = max(step, begun + 1)
            yield Event(step, max(total, step), dict(outcomes[-1].values))
        yield Event(step, step, report=summary(spec, config, outcomes))

    spec = kind(run=run, **fields)
    return spec


def summary(spec: MeasuredSpec, config: Any, outcomes: list[Outcome]) -> Report:
    """Means over replicates with their intervals, and the verdicts by the rule that the spec stated beforehand."""
    names = list(outcomes[0].values)
    columns = {name: np.array([outcome.values[name] for outcome in outcomes], np.float64) for name in names}
    metrics = {name: _metric(spec, name, values) for name, values in columns.items() if name != "control"}
    control = {"control": _metric(spec, "control", columns["control"])}
    params: dict[str, Any] = {"seeds": len(outcomes), "null": spec.null, "claimed": spec.claimed, "margin": spec.margin}
    params |= {
        "effect": round(float(columns["effect"].mean()), 4),
        "control": round(float(columns["control"].mean()), 4),
    }
    if len(outcomes) > 1:
        sign = 1 if spec.claimed >= spec.null else -1
        params["p_effect"] = statistics.above(sign * columns["effect"], sign * spec.null)
        params["p_control"] = statistics.equivalent(columns["control"], spec.null, spec.margin)
    figures = {
        "points": {name: [float(v) for v in values] for name, values in columns.items()},
        "dial": [[[float(x), float(y)] for x, y in outcome.dial] for outcome in outcomes],
        "shown": dict(outcomes[0].shown),
    }
    return Report(spec.finding, params, metrics, control, figures, dict(spec.mapping))


def _metric(spec: MeasuredSpec, name: str, values: np.ndarray) -> Metric:
    low, high = statistics.mean_interval(values) if len(values) > 1 else (None, None)
    better = {"effect": "", "price": spec.price_better, "price_mitigated": spec.price_better}.get(name, "")
    unit = spec.unit if name in ("effect", "control", "mitigated") else ""
    return Metric(float(values.mean()), low, high, spec.null if unit or name == "control" else None, unit, better)  # type: ignore[arg-type]
