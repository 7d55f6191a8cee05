"""A sheet of problems as it will be printed, how legible it is, and the PDF."""

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from genai_core import i18n
from pages.shared import education_practice, services, url
from pages.shared.explore import png

COUNTS = ("8", "12", "16", "20")
MOST_SEED = 9999
PRESET = "gan-digits"
LEVEL, LOW, HIGH = 40, 20, 95  # below and above, the problems do not change any more


def show(dials: Any, ask: Callable[..., Any], t: Any) -> None:
    st.subheader(t("A sheet to print"), anchor=False)
    paper, controls = st.columns([3, 2], gap="large")
    with controls:
        wanted = _controls(dials, t)
    found = ask("sheet", **wanted, language=t.language)
    with paper, st.container(key="paper-sheet"):
        listed = t("; ").join(problem["text"] for problem in found["problems"])
        alt = t("Practice sheet {seed} with {n} problems: {what}", seed=wanted["seed"], n=len(found["problems"]), what=listed)
        st.image(png(found["arrays"]["page"]), width="stretch", alt=alt)
    with controls:
        _legible(found, dials, t)
        _download(wanted, ask, t)


def _controls(dials: Any, t: Any) -> dict[str, Any]:
    turn = st.session_state.get("edu:turn", 0)
    level = st.slider(
        t("Level of the learner"), LOW, HIGH, max(url.whole("level", HIGH, LEVEL), LOW), key=f"edu:level:{turn}",
        help=t("Problems that somebody of this level solves with a chance of three in four."),
    )  # fmt: skip
    url.keep("level", str(level), str(LEVEL))
    mine = education_practice.level()
    with st.container(horizontal=True, vertical_alignment="bottom", key="edu-sheet"):
        st.button(
            t("At my level: {level}", level=mine), key="edu:mine", icon=":material/person:", on_click=_at, args=(mine,)
        )
        n = st.segmented_control(
            t("Problems"), COUNTS, default=url.choice("n", COUNTS, "12"), required=True, key="edu:n"
        )
        url.keep("n", n, "12")
        seed = int(st.number_input(t("Sheet"), 1, MOST_SEED, url.whole("sheet", MOST_SEED, 1) or 1, key="edu:seed", width=130))
        url.keep("sheet", str(seed), "1")
    return {"level": int(level), "n": int(n), "seed": seed, "operations": list(dials.operations), **dials.writing}


def _at(level: int) -> None:
    """A new slider, which begins at the level: one that is set from outside may not show it."""
    url.keep("level", str(min(max(level, LOW), HIGH)), str(LEVEL))
    st.session_state["edu:turn"] = st.session_state.get("edu:turn", 0) + 1


def _legible(found: Mapping[str, Any], dials: Any, t: Any) -> None:
    """What a teacher needs to know before the sheet is handed out."""
    value, low, high = found["readers"]["kept"]
    with st.container(border=True, key="legible"):
        st.markdown(f"**{t('Can it be read?')}**")
        here, alike = st.columns(2)
        here.metric(t("Misread on this sheet"), t("{n} of {all}", n=len(found["doubts"]), all=found["digits"]))
        alike.metric(t("Misread of digits made alike"), t.percent(value, 1))
        alike.caption(t("95 %: {low} to {high}", low=t.percent(low, 1), high=t.percent(high, 1)))
        for place, _, asked, taken in found["doubts"]:
            st.markdown(
                "- " + t("Problem {n}: the {asked} may be read as a {taken}.", n=place + 1, asked=asked, taken=taken)
            )
        made = found["readers"]["made"][0]
        if dials.sure:
            st.caption(
                t(
                    "A second reader, which has chosen nothing, read these digits. Without the first one it would misread {made}. "
                    "The first reader threw away {thrown} of {drawn} digits for this sheet.",
                    made=t.percent(made, 1), thrown=found["drawn"] - found["digits"], drawn=found["drawn"],
                )
            )  # fmt: skip
        else:
            st.caption(t("A second reader read these digits. Nothing was thrown away: no first reader was asked."))
        steps = services.shipped_report(services.shipped(PRESET)).get("step", 0)
        st.caption(
            t(
                "Measured on {n} digits of this model, which learned for {steps} steps; those measured below learned for 1,600.",
                n=t.number(found["measured"], 0), steps=t.number(steps, 0),
            )
        )  # fmt: skip
        st.caption(t("Both are programs. What a child reads, nobody has measured here: look the sheet over before you copy it."))


def _download(wanted: Mapping[str, Any], ask: Callable[..., Any], t: Any) -> None:
    st.markdown(t("A4, two pages: the problems, then the answers and the digits to look at."))
    with st.container(horizontal=True, key="edu-pdf"):
        for code, name in i18n.languages().items():
            st.download_button(
                t("PDF · {language}", language=name),
                data=lambda code=code: ask("pdf", **wanted, language=code)["arrays"]["pdf"].tobytes(),
                file_name=f"sheet-{wanted['seed']}-{code}.pdf",
                mime="application/pdf",
                key=f"edu:pdf-{code}",
                icon=":material/picture_as_pdf:",
                on_click="ignore",
            )
