"""What a run's one line says of it."""

from types import SimpleNamespace

import pytest

from genai_core.contracts import Budget
from pages.shared import live


def record(**changes):
    fields = {
        "state": "running",
        "step": 500,
        "elapsed": 12.0,
        "schedule": 2000,
        "spec": SimpleNamespace(budget=Budget(seconds=30)),
    }
    return SimpleNamespace(**fields | changes)


@pytest.mark.parametrize(
    ("changes", "measuring"),
    [
        ({}, False),
        ({"elapsed": 29.8}, True),  # else "0 s left" would stand there for half a minute
        ({"step": 2000}, True),  # the schedule's end came first
        ({"step": 0, "elapsed": 30.0, "schedule": None}, False),
        ({"state": "done", "elapsed": 30.1}, False),
        ({"spec": SimpleNamespace(budget=Budget(steps=600))}, False),
        ({"step": 600, "schedule": 600, "spec": SimpleNamespace(budget=Budget(steps=600))}, True),
    ],
)
def test_a_run_whose_budget_is_used_is_measuring(changes, measuring):
    assert live._measuring(record(**changes)) is measuring
