"""What the studios of the applications do with what a visitor brings."""

from types import SimpleNamespace

import streamlit as st

from pages.shared import art_studio, education_practice, marketing_studio


def test_a_visitors_tune_is_kept_in_their_session_and_in_no_cache(monkeypatch):
    looked, sessions = [], ({}, {})
    engine = SimpleNamespace(look=lambda name, params: (looked.append((name, params)) or {"voices": []}, {}))
    monkeypatch.setattr(art_studio.services, "engine", lambda: engine)
    for session in (sessions[0], sessions[0], sessions[1]):
        monkeypatch.setattr(st, "session_state", session)
        assert art_studio._own("harmonise", '{"melody": [[67, 2]]}') == {"voices": []}
    assert looked == [("harmonise", {"experiment": "art", "melody": [[67, 2]]})] * 2
    art_studio._own("harmonise", '{"melody": [[69, 2]]}')
    assert len(looked) == 3


def test_signs_that_nobody_sees_are_no_name():
    assert marketing_studio.typed("\u200b\u2060 \u202e") == ""
    assert marketing_studio.typed(" Na\u200bme 山水😀 ") == "Name 山水😀"


def test_the_second_click_of_a_double_one_answers_no_problem_unseen(monkeypatch):
    monkeypatch.setattr(st, "session_state", {"edu:answer": 12})
    state = education_practice._state()
    state["problem"] = [5, "plus", 7]
    education_practice._answered(0)
    assert state["answers"] == [[5, "plus", 7, True]] and state["turn"] == 1
    state["problem"] = [1, "plus", 1]
    st.session_state["edu:answer"] = 12
    education_practice._answered(0)
    assert len(state["answers"]) == 1 and state["problem"] == [1, "plus", 1]
