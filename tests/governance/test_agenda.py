"""The agenda: ninety minutes, silence before every reveal."""

import pytest

from genai_core.governance import agenda


def test_the_phases_take_ninety_minutes():
    assert sum(phase.minutes for phase in agenda.PHASES) == agenda.WHOLE
    assert sum(agenda.seconds(key, 45) for key in agenda.ORDER) == pytest.approx(45 * 60, abs=len(agenda.ORDER))


def test_every_round_is_scored_before_it_is_shown_and_shown_for_good():
    shown = 0
    for phase in agenda.PHASES:
        assert phase.takes in (0, shown + 1)
        assert phase.shows >= shown
        shown = phase.shows
    assert {phase.takes for phase in agenda.PHASES} - {0} == set(agenda.ROUNDS)


def test_neighbours_end_where_the_agenda_ends():
    assert agenda.neighbour("scope", -1) == "scope"
    assert agenda.neighbour("scope", 1) == "premortem"
    assert agenda.neighbour("close", 1) == "close"
