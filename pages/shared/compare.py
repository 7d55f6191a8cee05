"""The shipped runs of a family beside each other: the measures that matter to it, with interval and floor, and the cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import streamlit as st

from genai_core.contracts import N_
from genai_core.measures import SAMPLES
from pages.shared import bench as benches
from pages.shared import pictures, services, table, text
from pages.shared.bench import Bench

QUALITY_NOTE = N_(
    "1,000 generated against 1,000 held-out pictures, features of our own classifier, k = 5. "
    "The interval is the range over six thousands of samples of one trained model, which holds the median with 97 %: "
    "it says nothing of other seeds. The floor is real against real at the same sizes."
)

@dataclass(frozen=True)
class Column:
    """A measure of the report: its value, its interval, the ratio to its floor, or a share drawn as a bar."""

    metric: str
    title: str  # message id
    kind: Literal["value", "interval", "ratio", "share"] = "value"
    digits: int = 2


QUALITY = (
    Column("frechet", N_("Fréchet distance")),
    Column("frechet", N_("97 % interval"), "interval"),
    Column("frechet", N_("times the floor"), "ratio", 1),
    Column("coverage", N_("Coverage"), "share"),
    Column("recall", N_("Recall"), "share"),
)


def show(bench: Bench, columns: Sequence[Column] = QUALITY, note: str = QUALITY_NOTE) -> None:
    """A table of the family's shipped runs on the data set on screen: those that have the first column's measure."""
    t = text.translator()
    packed = _packed(bench.family, bench.dataset, text.language(), tuple(columns), repr(columns))
    if packed:
        st.subheader(t("Side by side, on the same data"), anchor=False)
        st.caption(t(note))
        table.show(packed, key="compare")
    every = _every(bench)
    if every:
        title = t("Every measure of the run on screen, beside real against real")
        with st.expander(title, icon=":material/straighten:", key="measures", on_change="rerun") as box:
            if box.open:
                table.show(every, key="every")
                st.caption(
                    t(
                        "Precision and density ask how close the samples are to real pictures, recall and coverage how many real "
                        "pictures are close to samples. KID is unbiased and may fall below 0. Interval: the range over six thousands."
                    )
                )


def _every(bench: Bench) -> bytes:
    """What a finished run's report says of its samples, each measure beside its floor. Empty before the end."""
    t = text.translator()
    report = services.watcher().snapshot(bench.run_id).report if bench.run_id else None
    metrics = (report or {}).get("metrics", {})
    rows = [
        [
            table.Cell(text=t(title)),
            table.number(metric["value"], 3),
            table.Cell(
                text="" if metric["low"] is None else f"{t.number(metric['low'], 3)} – {t.number(metric['high'], 3)}"
            ),
            table.number(metric["floor"], 3),
        ]
        for name, title in SAMPLES.items()
        if (metric := metrics.get(name))
    ]
    heads: list[table.Column] = [
        {"title": t("Measure"), "kind": "text"},
        {"title": t("this run"), "kind": "number"},
        {"title": t("97 % interval"), "kind": "number"},
        {"title": t("real against real"), "kind": "number"},
    ]
    return table.pack(heads, rows, t("Every measure of the run on screen, beside real against real")) if rows else b""


@st.cache_resource(max_entries=64, show_spinner=False)
def _packed(family: str, dataset: str, language: str, _columns: Sequence[Column], which: str) -> bytes:
    """The table, made once for all visitors: shipped runs do not change. Empty where there are not two to compare."""
    t = text.translator()
    presets = benches.family_presets(family).items()
    reports = {key: _report(key, _columns) for key, p in presets if p["dataset"] == dataset}
    reports = {key: report for key, report in reports.items() if report}
    if len(reports) < 2:
        return b""
    shown = [c for c in _columns if any(c.metric in report["metrics"] for report in reports.values())]
    timed = all("step_ms" in report["params"] for report in reports.values())
    rows = [_row(key, p, reports[key], shown, timed) for key, p in presets if key in reports]
    written = not any(row[0].get("image") for row in rows)
    heads: list[table.Column] = [
        {"title": t("Samples"), "kind": "text" if written else "picture"},
        {"title": t("Recipe"), "kind": "text"},
        *({"title": t(c.title), "kind": "share" if c.kind == "share" else "number"} for c in shown),
        {"title": t("Steps"), "kind": "number"},
        {"title": t("Seconds"), "kind": "number"},
        {"title": t("Steps a second of one core") if timed else t("Steps a second"), "kind": "number"},
    ]
    return table.pack(heads, rows, t("Quality of the shipped runs"))


def _report(key: str, columns: Sequence[Column]) -> dict[str, Any]:
    """The report of a recipe's shipped run, {} where there is none with the first column's measure."""
    run_id = services.shipped(key)
    report = services.shipped_report(run_id) if run_id else {}
    return report if columns[0].metric in report.get("metrics", {}) else {}


def _row(
    key: str, preset: dict[str, Any], report: dict[str, Any], columns: Sequence[Column], timed: bool
) -> list[table.Cell]:
    """``timed``: speeds are by processor time, which all runs beside each other have recorded; else by the clock."""
    t = text.translator()
    run_id, metrics = services.shipped(key), report["metrics"]
    image = pictures.thumbnail(run_id)
    if timed:
        speed = 1000 / report["params"]["step_ms"]
    else:
        speed = report["step"] / report["elapsed"] if report["elapsed"] else None
    return [
        {"text": t("Samples") if image else pictures.excerpt(run_id).replace("\n", ""), "image": image},
        {"text": t(preset["title"])},
        *(_cell(column, metrics.get(column.metric)) for column in columns),
        {"text": t.number(report["step"]), "value": report["step"]},
        {"text": t.number(report["elapsed"], 0), "value": report["elapsed"]},
        {"text": t.number(speed, 1) if speed else "", "value": speed},
    ]


def _cell(column: Column, metric: dict[str, Any] | None) -> table.Cell:
    t = text.translator()
    value = None if metric is None else metric["value"]
    if metric is None or value is None or (column.kind == "ratio" and not metric["floor"]):
        return {"text": "", "value": None}
    if column.kind == "interval":
        if metric["low"] is None:
            return {"text": "", "value": None}
        low, high = t.number(metric["low"], column.digits), t.number(metric["high"], column.digits)
        return {"text": f"{low} – {high}", "value": metric["low"]}
    if column.kind == "ratio":
        value = value / metric["floor"]
    return {"text": t.number(value, column.digits), "value": value}
