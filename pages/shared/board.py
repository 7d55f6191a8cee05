"""The board of the risk lab: every experiment with its figures, and every NIST risk, demonstrated or not."""

from collections.abc import Mapping

import streamlit as st

from genai_core.evidence import EvidenceCard
from genai_core.governance import frameworks
from genai_core.metrics.statistics import holm
from pages.shared import chrome, lab, risk_card, services, table, text


def show() -> None:
    t = text.translator()
    chrome.title(
        t("The risk lab"),
        t(
            "Every risk measured on the very models of this house: with seeds, intervals, a control that must show nothing, and a fix with its price."
        ),
    )
    found = _cards()
    for topic, name in lab.TOPICS.items():
        here = [
            e
            for e in lab.shown()
            if e.key in services.catalogue().risks and services.catalogue().risks[e.key]["topic"] == topic
        ]
        if here:
            st.subheader(t(name), anchor=False)
            cells = st.columns(2, gap="medium")
            for place, experiment in enumerate(here):
                with cells[place % 2]:
                    _card(experiment, found.get(experiment.key))
    _family(found)
    _demonstrated(found)


def _cards() -> dict[str, EvidenceCard]:
    """The cards of the shipped results by experiment."""
    made = {}
    for key, entry in services.catalogue().risks.items():
        if run_id := services.shipped(key):
            made[key] = risk_card.of(services.store().open(run_id).record(), services.shipped_report(run_id), entry)
    return made


def _card(experiment: lab.Experiment, card: EvidenceCard | None) -> None:
    t = text.translator()
    entry = services.catalogue().risks[experiment.key]
    with st.container(border=True, key=f"board-{experiment.key}"):
        st.page_link(experiment.page, label=f"**{t(entry['title'])}**", icon=experiment.icon)
        st.markdown(t(entry["summary"]))
        if card is None:
            st.caption(t("No shipped result yet."))
            return
        rows = [
            (t(card.effect_label), risk_card.number(card.effect)),
            (t(card.control_label), risk_card.number(card.control)),
            *(
                ((t("With the fix: {fix}", fix=t(card.mitigation)), risk_card.number(card.after)),)
                if card.after
                else ()
            ),
        ]
        st.markdown("  \n".join(f"{name} · **{value}**" for name, value in rows))
        st.caption(t("{measure}; {n} trained models, 95 % intervals", measure=t(card.measure), n=card.seeds))
        books, language = frameworks(), text.language()
        st.caption(
            " · ".join(
                f"{books[k].heading(language)}: {t('; ').join(text.plain(books[k].name(i, language)) for i in ids)}"
                for k, ids in card.mapping.items()
            )
        )


def _family(found: Mapping[str, EvidenceCard]) -> None:
    """Controls and effects corrected as one family."""
    t = text.translator()
    p_values: dict[str, dict[str, float]] = {"p_effect": {}, "p_control": {}}
    for key in found:
        params = services.shipped_report(services.shipped(key))["params"]
        for name, values in p_values.items():
            if name in params:
                values[key] = params[name]
    if not p_values["p_effect"]:
        return
    st.subheader(t("All experiments as one family"), anchor=False)
    adjusted = {name: holm(values) for name, values in p_values.items()}
    heads: list[table.Column] = [
        {"title": t("Experiment"), "kind": "text"},
        {"title": t("p of “no effect”, adjusted"), "kind": "number"},
        {"title": t("p of “the control is off”, adjusted"), "kind": "number"},
    ]
    rows: list[list[table.Cell]] = [
        [
            {"text": t(found[key].title)},
            *({"text": _p(adjusted[name].get(key)), "value": adjusted[name].get(key)} for name in p_values),
        ]
        for key in found
    ]
    table.show(table.pack(heads, rows, t("Adjusted p-values")), key="family")
    st.caption(
        t(
            "One-sided t-tests over trained models, corrected for looking at all experiments at once (Holm 1979). Small is good in both columns."
        )
    )


def _p(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.3f}" if value >= 0.001 else "< 0.001"


def _demonstrated(found: Mapping[str, EvidenceCard]) -> None:
    """The twelve risks of NIST AI 600-1: which experiment shows each, or that none does."""
    t = text.translator()
    book = frameworks()["nist"]
    st.subheader(t("The twelve risks of {name}", name=book.heading(text.language())), anchor=False)
    rows: list[list[table.Cell]] = []
    for key in book.entries:
        by = [t(card.title) for card in found.values() if key in card.mapping.get("nist", ())]
        rows.append(
            [{"text": book.name(key, text.language())}, {"text": t(", ").join(by) if by else t("not demonstrated")}]
        )
    heads: list[table.Column] = [
        {"title": t("Risk, as the profile names it"), "kind": "text"},
        {"title": t("Demonstrated by"), "kind": "text"},
    ]
    table.show(table.pack(heads, rows, t("NIST risks and experiments")), key="nist")
    st.caption(t("Source: {source}; as of {date}.", source=book.source, date=book.as_of.isoformat()))
