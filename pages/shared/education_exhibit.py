"""What the first replicate of the shipped result kept to be looked at, and what all of them came to."""

from base64 import b64decode
from collections.abc import Mapping
from typing import Any

import streamlit as st

from genai_core import plots_education
from pages.shared import table


def readers(shown: Mapping[str, Any], t: Any) -> None:
    """Digits of each kind, what legibility costs, and what three readers say."""
    metrics = shown["metrics"]
    st.subheader(t("What the readers kept, threw away and missed"), anchor=False)
    for key, name, words in (
        ("kept", t("kept"), t("the first reader is sure, and the second agrees")),
        ("misread", t("thrown away, rightly"), t("the second reader would have misread them")),
        ("spared", t("thrown away, needlessly"), t("the second reader reads them as they were meant")),
        ("missed", t("missed"), t("kept, and misread by the second reader")),
    ):
        found = shown.get(key)
        if found:
            label, picture = st.columns([1, 4], vertical_alignment="center")
            label.markdown(f"**{name}**  \n{words}")
            with picture, st.container(key=f"pixels-{key}"):
                st.image(b64decode(found["picture"]), width="stretch", alt=_spoken(name, found, t))
    st.markdown(
        t(
            "**One digit spoils a sheet.** Of sheets of 45 digits {made} hold at least one that the second reader misreads; after the check it is "
            "{kept}. Of sheets of real digits it is {real}.",
            made=t.percent(metrics["sheets_made"]["value"]), kept=t.percent(metrics["sheets_kept"]["value"]),
            real=t.percent(metrics["sheets_real"]["value"]),
        )
    )  # fmt: skip
    left, right = st.columns(2, gap="large")
    with left:
        _cost(shown, metrics, t)
    with right:
        _table(metrics, t)


def _spoken(name: str, found: Mapping[str, Any], t: Any) -> str:
    pairs = list(zip(found["asked"], found["taken"], strict=True))
    wrong = [t("{asked} read as {taken}", asked=a, taken=b) for a, b in pairs if a != b]
    asked = " ".join(str(a) for a, _ in pairs)
    return t("Digits, {name}: {asked}", name=name, asked=asked) + (t("; ") + t(", ").join(wrong) if wrong else "")


def _cost(shown: Mapping[str, Any], metrics: Mapping[str, Any], t: Any) -> None:
    st.markdown(t("**The surer, the dearer.** How sure the first reader must be, and what that costs."))
    rows = []
    for demand in shown["demands"]:
        name = f"{round(1000 * demand):04d}"
        rows.append(
            (t("no check") if not demand else t.percent(demand, 1 if demand > 0.99 else 0),
             metrics[f"thrown_{name}"]["value"], metrics[f"misread_{name}"]["value"])
        )  # fmt: skip
    labels = {
        "thrown": t("Share of digits thrown away"), "misread": t("Share misread by the second reader"), "real": t("real digits"),
        "made": t("digits of the model"),
    }  # fmt: skip
    figure = plots_education.cost(rows, metrics["second_real"]["value"], labels, dark=st.context.theme.type == "dark")
    spoken = t("; ").join(
        t("{name}: {thrown} thrown away, {misread} misread", name=name, thrown=t.percent(x, 1), misread=t.percent(y, 1))
        for name, x, y in rows
    )
    st.plotly_chart(figure, key="edu-cost", config={"displayModeBar": False}, alt=spoken)
    st.caption(
        t(
            "Variety is the other price. Two digits of a class lie {made} apart before the check and {kept} after it; in the tidy hand, which needs "
            "hardly any check, {tidy}; in reality {real} (distance in pixels).",
            made=t.number(metrics["variety_made"]["value"], 1), kept=t.number(metrics["variety_kept"]["value"], 1),
            tidy=t.number(metrics["variety_tidy"]["value"], 1), real=t.number(metrics["variety_real"]["value"], 1),
        )
    )  # fmt: skip


def _table(metrics: Mapping[str, Any], t: Any) -> None:
    heads: list[table.Column] = [
        {"title": t("Share misread, over all models"), "kind": "text"},
        {"title": t("Second reader"), "kind": "number"},
        {"title": t("Third reader"), "kind": "number"},
    ]
    rows: list[list[table.Cell]] = []
    for name, words in (
        ("real", t("real digits")),
        ("made", t("digits of the model")),
        ("kept", t("kept by the first reader")),
        ("tidy", t("tidy hand, no check")),
    ):
        cells: list[table.Cell] = [{"text": words}]
        for reader in ("second", "third"):
            metric = metrics[f"{reader}_{name}"]
            known = metric["low"] is not None and metric["high"] > metric["low"]
            interval = f" ({t.percent(metric['low'], 1)} – {t.percent(metric['high'], 1)})" if known else ""
            cells.append({"text": t.percent(metric["value"], 1) + interval, "value": metric["value"]})
        rows.append(cells)
    table.show(table.pack(heads, rows, t("What three readers say")), key="edu-table")
    st.caption(
        t(
            "The third reader has seen 1,000 digits, none of which the model or the other two have seen. It misreads more of the real ones; "
            "what counts is how the rows compare. In brackets: 95 % intervals over trained models."
        )
    )
