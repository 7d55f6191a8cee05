"""What eight draws of the halves came to: names told and untold, what was copied, what a filter lets through."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from genai_core import plots_games, plots_marketing
from genai_core.contracts import N_
from pages.shared import table

ROWS = (
    ("copied_seen", N_("the same as a name that was read"), "risk"),
    ("copied_unseen", N_("the same as one that was not"), "heldout"),
    ("near_seen", N_("within a letter of a name that was read"), "risk"),
    ("near_unseen", N_("within a letter of one that was not"), "heldout"),
    ("kept_unseen", N_("of those the filter lets through, within a letter of one that was not read"), "generated"),
)
STYLES = (N_("Italian"), N_("Icelandic"), N_("Finnish"), N_("Turkish"), N_("Pinyin"))


def show(shown: Mapping[str, Any], t: Any) -> None:
    metrics = shown["metrics"]
    _names(shown, metrics, t)
    left, right = st.columns(2, gap="large")
    with left:
        _copied(metrics, t)
    with right:
        _temperature(shown, metrics, t)


def _names(shown: Mapping[str, Any], metrics: Mapping[str, Any], t: Any) -> None:
    heads: list[table.Column] = [
        {"title": t("Asked for"), "kind": "text"},
        {"title": t("told the styles"), "kind": "text"},
        {"title": t("styles shuffled"), "kind": "text"},
    ]
    rows = [
        [
            {"text": t(style)},
            *({"text": " · ".join(name.capitalize() for name in shown[kind][k])} for kind in ("told", "shuffled")),
        ]
        for k, style in enumerate(STYLES)
    ]
    table.show(table.pack(heads, rows, t("Names of the first of the eight models and of its control")), key="exhibit")
    real = metrics["real"]
    st.caption(
        t(
            "Names of the first replicate. The judge itself is right about {share} of real names ({low} to {high}): what comes near that is as "
            "recognisable as they are.",
            share=t.percent(real["value"], 1),
            low=t.percent(real["low"], 1),
            high=t.percent(real["high"], 1),
        )
    )


def _copied(metrics: Mapping[str, Any], t: Any) -> None:
    st.subheader(t("New, or copied?"), anchor=False)
    rows = [(t(label), metrics[key], concept) for key, label, concept in ROWS]
    figure = plots_marketing.bars(rows, x_title=t("share of names"), dark=st.context.theme.type == "dark")
    alt = t(
        "Shares of names: {values}", values=t("; ").join(f"{name} {t.percent(m['value'], 1)}" for name, m, _ in rows)
    )
    st.plotly_chart(figure, key="marketing-copied", config={"displayModeBar": False}, alt=alt)
    st.markdown(
        t(
            "**A filter knows its lists and nothing else.** It throws away {rejected} of the names, whatever is within a letter of what was read "
            "or of a brand. Of those that pass, {kept} still lie within a letter of a real name that is in neither list.",
            rejected=t.percent(metrics["rejected"]["value"]),
            kept=t.percent(metrics["kept_unseen"]["value"], 1),
        )
    )
    st.caption(
        t(
            "Names that were read and names that were not are equally many and drawn alike, so the difference is what was learned by heart. Within a "
            "letter of a brand are {brand} of the model's names, and {real} of real names.",
            brand=t.percent(metrics["near_brand"]["value"], 1),
            real=t.percent(metrics["real_brand"]["value"], 1),
        )
    )


def _temperature(shown: Mapping[str, Any], metrics: Mapping[str, Any], t: Any) -> None:
    st.subheader(t("Sure of the style, or new"), anchor=False)

    def line(name: str) -> list[tuple[float, Mapping[str, Any]]]:
        return [(x, metrics[f"{name}_{round(100 * x):03d}"]) for x in shown["temperatures"]]

    lines = [
        (t("in the style asked for"), "generated", line("style")),
        (t("within a letter of a name that was read"), "risk", line("seen")),
        (t("within a letter of one that was not"), "heldout", line("unseen")),
    ]
    labels = {"temperature": t("Temperature"), "share": t("share of names")}
    figure = plots_games.temperatures(lines, labels, dark=st.context.theme.type == "dark")
    spoken = t("; ").join(
        f"{t.number(x, 1)}: " + ", ".join(f"{name} {t.percent(dict(rows)[x]['value'])}" for name, _, rows in lines)
        for x in shown["temperatures"]
    )
    st.plotly_chart(
        figure,
        key="marketing-temperature",
        config={"displayModeBar": False},
        alt=t("By temperature: {what}", what=spoken),
    )
    st.caption(
        t(
            "Colder names are surer in style and nearer to what was read; both fall as it gets warmer. The studio draws at 0.8."
        )
    )
