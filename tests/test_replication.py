"""What every risk experiment shares: seeds of its own for each replicate, intervals over them, the rule of the control."""

import re
from dataclasses import dataclass

import numpy as np
import pytest

from genai_core import registry, replication
from genai_core.contracts import Event, MeasuredSpec, Outcome, RiskSpec, knob
from genai_core.governance import frameworks
from genai_core.metrics.statistics import mean_interval
from genai_core.training import stream

SHARED = {"key": "toy", "title": "Toy", "summary": "A toy.", "topic": "ethics", "finding": "{effect} {control}"}


@dataclass(frozen=True)
class Config:
    seeds: int = knob(1, "Seeds", low=1, high=16)
    size: float = knob(1.0, "Size", low=0.0, high=2.0)


def replicate(config, seed):
    rng = np.random.default_rng(seed)
    for step in (1, 2, 3):
        yield Event(step, 3, {"loss": 1 / step})
    values = {"effect": config.size + 0.1 * rng.normal(), "control": 0.1 * rng.normal(), "seed": float(seed)}
    yield Outcome(values, ((0.0, 0.0), (1.0, values["effect"])), {"seed": seed})


def carry_out(seeds, seed=0, **settings):
    spec = replication.risk(replicate, config=Config, null=0.0, claimed=1.0, margin=0.2, **SHARED)
    events = list(spec.run(Config(seeds=seeds, **settings), stream(seed, "experiment")))
    return events, events[-1].report


def test_each_replicate_has_a_seed_of_its_own_and_the_same_run_the_same_ones():
    events, report = carry_out(8)
    drawn = report.figures["points"]["seed"]
    assert len(set(drawn)) == 8
    assert carry_out(8)[1] == report
    assert carry_out(8, seed=1)[1].figures["points"]["seed"] != drawn
    steps = [event.step for event in events]
    assert (
        steps == sorted(steps)
        and steps[-1] == 24
        and all(event.total == 24 for event in events[:-1] if event.step < 24)
    )


def test_the_interval_is_students_over_replicates():
    _, report = carry_out(8)
    points = np.array(report.figures["points"]["effect"])
    metric = report.metrics["effect"]
    assert (metric.low, metric.high) == pytest.approx(mean_interval(points)) and metric.value == pytest.approx(
        points.mean()
    )
    assert report.params["seeds"] == 8 and report.params["p_effect"] < 1e-3 and report.params["p_control"] < 0.025
    assert report.figures["shown"] == {"seed": int(report.figures["points"]["seed"][0])}


def test_an_effect_that_is_not_there_is_not_found():
    _, report = carry_out(8, size=0.0)
    assert report.params["p_effect"] > 0.05 and report.metrics["effect"].low < 0 < report.metrics["effect"].high


def test_one_live_replicate_has_no_interval_and_no_verdict():
    _, report = carry_out(1)
    assert report.metrics["effect"].low is None and "p_effect" not in report.params


# --- every experiment that ships ------------------------------------------------------------------------------------------


TEXTS = ("claim", "finding", "method", "measure", "effect_label", "control_label", "shows", "hides")
EVERY = [*registry.risks().values(), *registry.applications().values()]


@pytest.mark.parametrize("spec", EVERY, ids=lambda spec: spec.key)
def test_an_experiment_states_its_rule_and_what_it_bears_on(spec):
    assert isinstance(spec, MeasuredSpec) and spec.seeds >= 8
    assert 0 < spec.margin <= abs(spec.claimed - spec.null) / 4
    assert spec.span[0] <= min(spec.null, spec.claimed) and max(spec.null, spec.claimed) <= spec.span[1]
    own = ("guess", "stakes") if isinstance(spec, RiskSpec) else ("travels",)
    assert all(getattr(spec, name) for name in (*TEXTS, *own)) and bool(spec.mitigation) == bool(spec.price)
    books = frameworks()
    assert "nist" in spec.mapping
    for key, ids in spec.mapping.items():
        assert ids and set(ids) <= set(books[key].entries)


@pytest.mark.parametrize("spec", registry.applications().values(), ids=lambda spec: spec.key)
def test_an_application_names_the_risk_experiment_that_travels_with_it(spec):
    assert spec.risk in registry.risks()


def test_frameworks_have_source_and_day_and_both_languages():
    han = re.compile(r"[\u4e00-\u9fff]")
    for framework in frameworks().values():
        assert framework.source and framework.url.startswith("https://") and framework.as_of.year >= 2025
        assert set(framework.other["zh"]["entries"]) == set(framework.entries)
        assert not any(han.search(text) for text in (framework.title, framework.source, *framework.entries.values()))
        assert all(han.search(framework.name(entry, "zh")) for entry in framework.entries)
    assert len(frameworks()["nist"].entries) == 12
