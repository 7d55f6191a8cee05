"""An application's page: an example to use at once, what was measured, the field today, the risk that travels with it."""

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from pages.shared import board, chrome, claimed, lab, large, risk, risk_card, risk_live, services, shown, text

Example = Callable[[Mapping[str, Any], Any], None]  # (the catalogue's entry, t)
Exhibit = Callable[[Mapping[str, Any], Any], None]  # (what the first replicate kept, and "metrics" of the report; t)


def page(
    key: str, example: Example, exhibit: Exhibit | None = None, task: Callable[[], large.Task] | None = None
) -> None:
    """The page of the application ``key``. ``example(entry, t)`` is what a visitor uses; ``exhibit(shown, t)`` draws what the
    first replicate of the shipped result kept to be looked at; ``task()`` is what a large model elsewhere may be asked."""
    t = text.translator()
    entry = services.catalogue().applications[key]
    chrome.title(t(entry["title"]), t(entry["summary"]))
    with st.container(key="example"):
        if task is None:
            example(entry, t)
        else:
            large.tabs(lambda: example(entry, t), task)
    _measured(entry, exhibit)
    _today(entry)
    _travels(entry)


def _measured(entry: Mapping[str, Any], exhibit: Exhibit | None) -> None:
    """How good it is, with control and interval, and once more live."""
    t = text.translator()
    st.subheader(t("How good is it?"), anchor=False)
    st.markdown(t(entry["claim"]))
    run_id = services.shipped(entry["key"])
    if not run_id:
        st.info(t("This experiment has no shipped result yet. Run it live to make one."), icon=":material/science:")
        risk_live.show(entry, None)
        return
    record, report = services.store().open(run_id).record(), services.shipped_report(run_id)
    shown.note("card", run_id)
    card = risk_card.of(record, report, entry)
    chart, verdict = st.columns([2, 1], gap="large")
    with chart:
        risk.reveal(entry, report, risk_live.outcome(entry))
    with verdict:
        risk_card.verdict(card, entry)
    st.caption(t(entry["method"]))
    risk_live.show(entry, run_id)
    if exhibit:
        exhibit(risk.kept(report), t)
    if card.after is not None:
        risk.fix(entry, report)
    with st.expander(t("Evidence card"), icon=":material/description:", key="card", on_change="rerun") as box:
        if box.open:
            risk_card.show(card, entry, record)


def _today(entry: Mapping[str, Any]) -> None:
    t = text.translator()
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader(t("In the field today"), anchor=False)
        claimed.show(entry["key"])
    with right:
        st.subheader(t("What this example does not show"), anchor=False)
        st.markdown(t(entry["hides"]))
        st.markdown(f"**{t('What it does show')}**  \n{t(entry['shows'])}")


def _travels(entry: Mapping[str, Any]) -> None:
    """The risk that comes with it, and the experiment that measures it."""
    t = text.translator()
    known = services.catalogue().risks.get(entry["risk"])
    st.subheader(t("The risk that travels with it"), anchor=False)
    with st.container(border=True, key="travels"):
        picture, words = st.columns([1, 2], gap="large", vertical_alignment="center")
        with picture:
            if known and services.shipped(entry["risk"]):
                board.strip(entry["risk"], known)
        with words:
            st.markdown(t(entry["travels"]))
            for experiment in (e for e in lab.shown() if known and e.key == entry["risk"]):
                st.page_link(
                    experiment.page, label=t("See it measured: {title}", title=t(known["title"])), icon=experiment.icon
                )
