"""The board of the risk lab: every experiment with its figures, and every NIST risk, demonstrated or not."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import streamlit as st

from genai_core import plots_risk
from genai_core.evidence import EvidenceCard
from genai_core.governance import frameworks
from genai_core.metrics.statistics import holm
from genai_core.plots_risk import Row
from genai_core.rows import dated
from pages.shared import chrome, lab, risk, risk_card, services, table, text


def show() -> None:
    t = text.translator()
    chrome.title(
        t("The risk lab"),
        t(
            "Every risk measured on the very models of this house: with seeds, intervals, a control that must show nothing, and a fix with its price."
        ),
    )
    found = _cards()
    _forest(found)
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


def _rows(key: str, words: tuple[str, str, str]) -> list[Row]:
    """Effect, control and, where there is a fix, the effect with it, under the names ``words``."""
    report = services.shipped_report(services.shipped(key))
    points, metrics = report["figures"]["points"], report["metrics"]
    rows = [
        risk.row(words[0], "effect", points, metrics["effect"], "risk"),
        risk.row(words[1], "control", points, report["control"]["control"], "heldout"),
    ]
    if "mitigated" in metrics:
        rows.append(risk.row(words[2], "mitigated", points, metrics["mitigated"], "real"))
    return rows


def strip(key: str, entry: Mapping[str, Any]) -> None:
    """The shipped result of an experiment as a small picture, with its words as alternative text."""
    t = text.translator()
    rows = _rows(key, (t(entry["effect_label"]), t(entry["control_label"]), t(entry["mitigation"])))
    band = (entry["null"] - entry["margin"], entry["null"] + entry["margin"])
    dark = st.context.theme.type == "dark"
    alt = t("; ").join(f"{row.label}: {t.number(row.mean, 2)}" for row in rows)
    st.image(plots_risk.strip(rows, span=tuple(entry["span"]), band=band, dark=dark), width="stretch", alt=alt)


def _forest(found: Mapping[str, EvidenceCard]) -> None:
    """Every shipped experiment on one scale."""
    t = text.translator()
    if not found:
        return
    words = (t("the risk"), t("its control"), t("with the fix"))
    lines = []
    for experiment in lab.shown():
        if card := found.get(experiment.key):
            rows = [plots_risk.rescaled(row, card.null, card.claimed) for row in _rows(experiment.key, words)]
            lines.append((t(card.title), rows))
    band = max(card.margin / abs(card.claimed - card.null) for card in found.values())
    figure = plots_risk.forest(
        lines, x_title=t("0: no effect · 1: as large as was claimed beforehand"), band=band, band_label=t("no effect"),
        dark=st.context.theme.type == "dark",
    )  # fmt: skip
    alt = t("; ").join(
        f"{name}: " + t(", ").join(f"{row.label} {t.number(row.mean, 2)}" for row in rows) for name, rows in lines
    )
    st.plotly_chart(figure, key="forest", config={"displayModeBar": False}, alt=alt)
    st.caption(
        t(
            "Every experiment on one scale, means over trained models with 95 % intervals. Units differ, so read each line by itself: "
            "is the risk clear of the grey band, is its control inside, and how far does the fix bring it back?"
        )
    )


def _card(experiment: lab.Experiment, card: EvidenceCard | None) -> None:
    t = text.translator()
    entry = services.catalogue().risks[experiment.key]
    with st.container(border=True, key=f"board-{experiment.key}"):
        st.page_link(experiment.page, label=f"**{t(entry['title'])}**", icon=experiment.icon)
        st.markdown(t(entry["summary"]))
        if card is None:
            st.caption(t("No shipped result yet."))
            return
        strip(experiment.key, entry)
        rows = [
            (":red[◆]", t(card.effect_label), card.effect),
            (":gray[◆]", t(card.control_label), card.control),
            (":green[◆]", t("With the fix: {fix}", fix=t(card.mitigation)), card.after),
        ]
        st.markdown("  \n".join(f"{sign} {name} · **{risk_card.number(f)}**" for sign, name, f in rows if f))
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
    st.caption(t("Source: {source}; {read}.", source=book.source, read=dated(book.as_of, dt.datetime.now(dt.UTC).date(), t)))
