"""A problem to answer, and what the answers say of whoever gave them. All of it lives in the session."""

from collections.abc import Callable
from typing import Any

import numpy as np
import streamlit as st

from genai_core import arithmetic, learner, plots_education
from genai_core.arithmetic import Problem
from genai_core.contracts import N_
from genai_core.errors import ConfigError
from genai_core.learner import Learner
from pages.shared import chrome
from pages.shared.explore import png

KEY = "education"
SIMULATED = {  # name, and the ability in logits; None is nobody's
    "beginner": (N_("a beginner"), -2.0),
    "strong": (N_("a strong learner"), 2.0),
    "guesser": (N_("somebody who guesses"), None),
}
ANSWERS = 40  # of a simulated learner
GUESSED = 0.2  # the share of right answers of one who guesses
MOST = 400  # answers that are kept
LABELS = {
    "estimate": N_("estimate"),
    "band": N_("95 % interval"),
    "right": N_("right"),
    "wrong": N_("wrong"),
    "true": N_("true level"),
    "answers": N_("Answers"),
    "level": N_("Level"),
}

RULE = N_(
    "You solve a problem of difficulty $d$ with the chance $P = 1 / (1 + e^{d - a})$, where $a$ is your ability (Rasch 1960). After the answer $s$, "
    "1 or 0, ability moves by what was not expected: $a \\leftarrow a + K (s - P)$, and $K = 1 / (1 + 0.05 n)$ shrinks with the number $n$ of "
    "answers (Elo's rule as in [Pelánek 2016](https://doi.org/10.1016/j.compedu.2016.03.017)). Problems are chosen for $P = 0.75$ ([Klinkenberg et "
    "al. 2011](https://www.learntechlib.org/p/50745/)). Level 50 is $a = 0$, ten levels are 1. The interval is the rule's own error, and holds for "
    "somebody who neither learns nor guesses. How hard a problem is was set by hand: digits, carries, operation."
)


def show(dials: Any, ask: Callable[..., Any], t: Any) -> None:
    state = _state()
    known = _known()
    problem = _problem(state, dials.operations, known[-1])
    task, estimate = st.columns([3, 2], gap="large")
    with task:
        _task(problem, state, dials, ask, t)
    with estimate:
        _estimate(known, state, problem, t)


def level() -> int:
    """The level of whoever answers here, as it is known now."""
    return round(learner.level(_known()[-1].ability))


def _known() -> list[learner.Learner]:
    """What was known before and after each answer."""
    return arithmetic.estimates([(Problem(*asked), right) for *asked, right in _state()["answers"]])


def _state() -> dict[str, Any]:
    """``answers`` so far, [a, operation, b, right] each, ``turn`` of problems shown, ``said`` of the last answer, ``unread`` problems,
    ``who`` is simulated, the ``problem`` that is open, and what was typed and ``refused`` for it."""
    fresh: dict[str, Any] = {"answers": [], "turn": 0, "said": None, "unread": 0, "who": "", "problem": None, "refused": None}
    return st.session_state.setdefault(KEY, fresh)


def _problem(state: dict[str, Any], operations: tuple[str, ...], known: Learner) -> Problem:
    """The problem of this turn: it stays until it is answered, or its operation is no longer wanted."""
    if state["problem"] is None or state["problem"][1] not in operations:
        recent = [Problem(*answer[:3]) for answer in state["answers"][-12:]]
        rng = np.random.default_rng([7, state["turn"]])
        made = arithmetic.propose(learner.wanted(known.ability), operations, rng, recent)
        state |= {"problem": [made.a, made.operation, made.b], "refused": None}
    return Problem(*state["problem"])


# --- the problem -----------------------------------------------------------------------------------------------------


def _task(problem: Problem, state: dict[str, Any], dials: Any, ask: Callable[..., Any], t: Any) -> None:
    found = ask(
        "problem", a=problem.a, operation=problem.operation, b=problem.b, seed=state["turn"] + 2, **dials.writing
    )
    with st.container(key="paper-problem"):
        st.image(png(found["arrays"]["card"]), width="stretch", alt=t("Handwritten problem: {what}", what=problem.text))
    with st.form("edu:form", border=False):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.text_input(
                t("Your answer"), key="edu:answer", width=220, max_chars=20, placeholder=t("a whole number"), autocomplete="off",
                type="phone", icon="",  # whose type is what brings up digits on a phone
            )  # fmt: skip
            st.form_submit_button(
                t("Check"), type="primary", icon=":material/check:", on_click=_answered,
                args=(state["turn"],), key=f"edu:check:{state['turn']}",
            )  # fmt: skip
    if state["refused"] is not None:
        with chrome.errors():
            arithmetic.answered(state["refused"])
    with st.container(horizontal=True, key="edu-tools"):
        st.button(
            t("I cannot read this"), icon=":material/visibility_off:", key="edu:unread", on_click=_unread,
            help=t("Draws the same problem anew. It is counted, and does not change the estimate."),
        )  # fmt: skip
        st.button(t("Begin again"), icon=":material/restart_alt:", key="edu:again", on_click=_again)
    _said(state, found, t)
    _simulated(state, t)


def _said(state: dict[str, Any], found: Any, t: Any) -> None:
    said = state["said"]
    if said:
        a, operation, b, given = said
        last = Problem(a, operation, b)
        if given == last.answer:
            st.success(
                t("Right: {what} = {answer}.", what=last.text, answer=last.answer), icon=":material/check_circle:"
            )
        else:
            st.error(
                t("Not quite: {what} = {answer}, and not {given}.", what=last.text, answer=last.answer, given=given),
                icon=":material/cancel:",
            )
    for _, asked, taken in found["doubts"]:
        st.warning(
            t("The second reader takes a digit of this problem, a {asked}, for a {taken}.", asked=asked, taken=taken),
            icon=":material/help:",
        )
    if state["unread"]:
        st.caption(t.n("You could not read {n} problem.", "You could not read {n} problems.", state["unread"]))


def _answered(turn: int) -> None:
    """``turn``: of the problem that was on the screen, so that the second click of a double one answers nothing. What is no answer
    stays in the field, with a sentence, and the problem stays too."""
    state, typed = _state(), str(st.session_state.get("edu:answer") or "")
    if state["turn"] != turn or state["problem"] is None:
        st.session_state["edu:answer"] = ""
        return
    try:
        given = arithmetic.answered(typed)
    except ConfigError:
        state |= {"refused": typed, "said": None}
        return
    st.session_state["edu:answer"] = ""
    problem = Problem(*state["problem"])
    state["answers"] = [*state["answers"], [*state["problem"], given == problem.answer]][-MOST:]
    state |= {"said": [*state["problem"], given], "problem": None, "turn": state["turn"] + 1}


def _unread() -> None:
    state = _state()
    state |= {"unread": state["unread"] + 1, "turn": state["turn"] + 1, "refused": None}


def _again() -> None:
    st.session_state.pop(KEY, None)


# --- the estimate ----------------------------------------------------------------------------------------------------


def _estimate(known: list[Learner], state: dict[str, Any], problem: Problem, t: Any) -> None:
    now, answers = known[-1], state["answers"]
    low, high = (learner.level(end) for end in now.interval())
    right = sum(answer[3] for answer in answers)
    with st.container(horizontal=True, key="edu-numbers"):
        st.metric(t("Level"), t.number(learner.level(now.ability), 0), width="content")
        st.metric(t("95 % interval"), f"{t.number(low, 0)} – {t.number(high, 0)}", width="content")
        st.metric(t("Right answers"), f"{right} / {len(answers)}", width="content")
    who = SIMULATED.get(state["who"])
    true = None if who is None else who[1]
    signs = [(Problem(a, operation, b).difficulty, bool(ok)) for a, operation, b, ok in answers]
    figure = plots_education.ability(
        known,
        signs,
        {name: t(words) for name, words in LABELS.items()},
        true=true,
        dark=st.context.theme.type == "dark",
    )
    alt = t(
        "Estimate of the level after {n} answers: {now}, between {low} and {high}; {right} answers were right",
        n=len(answers), now=t.number(learner.level(now.ability), 0), low=t.number(low, 0), high=t.number(high, 0), right=right,
    )  # fmt: skip
    st.plotly_chart(figure, key="edu-ability", config={"displayModeBar": False}, alt=alt)
    chance = learner.chance(now.ability, problem.difficulty)
    st.caption(
        t("This problem: level {level}, a chance of {chance} that you solve it. Problems are chosen for {target}.",
          level=t.number(learner.level(problem.difficulty), 0), chance=t.percent(chance), target=t.percent(learner.TARGET))
    )  # fmt: skip

    with st.expander(t("How the level moves"), icon=":material/function:", key="edu-how", on_change="rerun") as box:
        if box.open:
            st.markdown(t(RULE))


def _simulated(state: dict[str, Any], t: Any) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="edu-simulated"):
        st.markdown(t("Or let somebody simulated give forty answers:"))
        for name, (words, _) in SIMULATED.items():
            st.button(
                t(words), key=f"edu:{name}", on_click=_simulate, args=(name,),
                type="primary" if state["who"] == name else "secondary",
            )  # fmt: skip
    if state["who"] == "guesser":
        st.caption(
            t(
                "Right in one answer of five, whatever is asked: there is no level to find, and the estimate runs to the lower end."
            )
        )
    elif state["who"]:
        st.caption(t("The dashed line is the level that was given to this learner; the estimate does not know it."))


def _simulate(name: str) -> None:
    ability = SIMULATED[name][1]
    answerer = learner.guesser(GUESSED) if ability is None else learner.able(ability)
    chosen = [o for o in arithmetic.OPERATIONS if o in (st.session_state.get("edu:operations") or ())]
    rng = np.random.default_rng(11 + list(SIMULATED).index(name))
    made = arithmetic.practise(answerer, ANSWERS, chosen, rng)
    answers = [[problem.a, problem.operation, problem.b, right] for problem, right in made]
    _again()
    state = _state()
    state |= {"answers": answers, "turn": ANSWERS, "who": name}
