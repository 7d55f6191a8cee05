"""What the studios of the applications do with what a visitor brings."""

from types import SimpleNamespace

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from genai_core.arithmetic import Problem
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
    monkeypatch.setattr(st, "session_state", {"edu:answer": "12"})
    state = education_practice._state()
    state["problem"] = [5, "plus", 7]
    education_practice._answered(0)
    assert state["answers"] == [[5, "plus", 7, True]] and state["turn"] == 1
    state["problem"] = [1, "plus", 1]
    st.session_state["edu:answer"] = "12"
    education_practice._answered(0)
    assert len(state["answers"]) == 1 and state["problem"] == [1, "plus", 1]


def test_an_answer_that_is_no_whole_number_stays_in_its_field_with_its_problem_and_counts_for_nothing(monkeypatch):
    monkeypatch.setattr(st, "session_state", {"edu:answer": "3.7"})
    state = education_practice._state()
    state["problem"] = [2, "plus", 1]
    education_practice._answered(0)
    assert (state["answers"], state["turn"], state["problem"], state["refused"]) == ([], 0, [2, "plus", 1], "3.7")
    assert st.session_state["edu:answer"] == "3.7"
    st.session_state["edu:answer"] = "3"
    education_practice._answered(0)
    assert state["answers"] == [[2, "plus", 1, True]] and st.session_state["edu:answer"] == ""


def practice():
    from types import SimpleNamespace

    import numpy as np
    import streamlit as st

    from genai_core import i18n
    from pages.shared import education_practice

    dials = SimpleNamespace(operations=("plus",), writing={})
    card = {"arrays": {"card": np.zeros((8, 8), np.uint8)}, "doubts": []}
    education_practice.show(dials, lambda *_, **__: card, i18n.translator(st.session_state["language"]))


@pytest.mark.parametrize(("language", "says"), [("en", "type a whole number"), ("zh", "请只用数字输入整数")])
def test_a_visitor_who_types_3_7_reads_what_to_do_and_then_answers(language, says):
    script = AppTest.from_function(practice, default_timeout=60)
    script.session_state["language"] = language
    script.run().text_input(key="edu:answer").set_value("3.7")
    script.button(key="edu:check:0").click().run()
    assert not script.exception and [says in error.value for error in script.error] == [True]
    problem = Problem(*script.session_state["education"]["problem"])
    script.text_input(key="edu:answer").set_value(str(problem.answer))
    script.button(key="edu:check:0").click().run()
    assert not script.exception and not script.error and len(script.success) == 1
    assert script.session_state["education"]["answers"] == [[problem.a, problem.operation, problem.b, True]]
