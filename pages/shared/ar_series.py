"""The forecasters' part of the autoregressive page: their curves, a forecast to play with, and who wins on the held-out years."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from genai_core import plots_ar
from genai_core.contracts import N_
from genai_core.plots import Curve
from pages.shared import chrome, looks, services, table, text
from pages.shared.bench import Bench
from pages.shared.explore import View, look
from pages.shared.live import Panel

PANELS = (
    Panel(
        "one-step",
        N_("One step ahead"),
        N_(
            "Root mean squared error of the next year's forecast after a true past. "
            "The dashed line is a linear autoregression, fitted to the same years."
        ),
        (Curve("rmse_train", N_("training"), "training", smooth=True), Curve("rmse", N_("held out"), "heldout")),
        floor="rmse",
        floor_label=N_("linear AR(p): {value}"),
    ),
    Panel(
        "free-run",
        N_("Free-running"),
        N_(
            "The same error when it is fed with its own forecasts for eleven years, one solar cycle, from every held-out year. "
            "Training never asks for this."
        ),
        (Curve("rmse_free", N_("held out"), "generated"),),
        floor="rmse_free",
        floor_label=N_("linear AR(p): {value}"),
    ),
)
FIRST, LAST = 1921, 2008  # the held-out years
NAMES = {"model": N_("this network"), "ar": N_("linear AR({order})"), "naive": N_("last value")}


def series(record: Any) -> bool:
    """Whether a run is of a series."""
    return bool(record.info) and record.info.modality == "series"


def part(key: str, draw: Callable[[Bench, Any], None]) -> Callable[[Bench, Any], None]:
    """A view that runs again alone when something is chosen in it, and shows its own errors."""

    def guarded(bench: Bench, record: Any) -> None:
        with chrome.errors():
            draw(bench, record)

    return lambda bench, record: st.fragment(guarded, key=f"view-{key}")(bench, record)


def _forecast(bench: Bench, record: Any) -> None:
    t = text.translator()
    st.markdown(
        t(
            "Every year drawn here was held out. **One step ahead**, the truth of last year is given back before each forecast. "
            "**Free-running**, the network eats its own forecasts, and what it does not know adds up: the shaded 90 % interval, "
            "simulated from the errors it made in training, says how much."
        )
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        mode = looks.choice(
            t("Mode"), ("free", "one-step"), "mode", "free",
            lambda m: t("free-running") if m == "free" else t("one step ahead"),
        )  # fmt: skip
        year = looks.slider(t("First forecast year"), FIRST, LAST - 1, FIRST, 1, "year", width=260)
        horizon = looks.slider(t("Years ahead"), 1, 88, 33, 1, "ahead", width=260)
        shown = looks.several(
            t("Lines"), tuple(NAMES), "lines", ("model", "ar"), lambda name: t(NAMES[name], order="p")
        )
        bands = looks.toggle(t("90 % intervals"), "bands", True)
    facts, arrays = look("forecast", run=bench.run_id, mode=mode, year=year, horizon=horizon)
    names = {name: t(label, order=facts["order"]) for name, label in NAMES.items()}
    labels = names | {
        "x": t("year"),
        "y": t("sunspot number"),
        "real": t("real"),
        "interval": t("90 % interval of {name}", name="{name}"),
    }
    lines = {name: (arrays[name], arrays[f"{name}_interval"]) for name in NAMES if name in shown}
    st.plotly_chart(
        plots_ar.forecast(
            (facts["year"], arrays["past"], arrays["truth"]), lines, labels, st.context.theme.type == "dark", bands
        ),
        key="forecast:chart",
        config={"displayModeBar": False},
        alt=t("Real sunspot numbers with the forecasts of the network and of the baselines"),
    )
    heads: list[table.Column] = [
        {"title": t("Forecast"), "kind": "text"},
        {"title": t("RMSE over these years"), "kind": "number"},
        {"title": t("truth inside the 90 % interval"), "kind": "share"},
    ]
    cells = [
        [
            table.Cell(text=names[name]),
            table.number(facts["errors"][name], digits=1),
            table.Cell(text=t.percent(facts["inside"][name]), value=facts["inside"][name]),
        ]
        for name in ("model", "ar", "naive")
    ]
    table.show(table.pack(heads, cells, t("Errors over the years shown")), "forecast:errors")


def _verdict(bench: Bench, record: Any) -> None:
    t = text.translator()
    report = services.store().open(bench.run_id).report() or {}
    metrics = report.get("metrics", {})
    if "rmse_gap" not in metrics:
        st.info(t("The comparison is made when the run ends."), icon=":material/hourglass:")
        return
    order = int(metrics["order"]["value"])
    dark = st.context.theme.type == "dark"
    rows = (
        ("", t("this network"), "generated"),
        ("_ar", t("linear AR({order})", order=order), "training"),
        ("_naive", t("last value"), "heldout"),
        ("_mean", t("mean of the training years"), "floor"),
    )
    for kind, title, place in zip(
        ("rmse", "rmse_free"),
        (t("One step ahead"), t("Free-running, eleven years")),
        st.columns(2, gap="medium"),
        strict=True,
    ):
        with place:
            st.markdown(f"**{title}**")
            figure = plots_ar.intervals(
                [
                    {"name": name, "concept": concept} | {k: metrics[kind + end][k] for k in ("value", "low", "high")}
                    for end, name, concept in rows
                ],
                {"x": t("RMSE on the held-out years, sunspot numbers")},
                dark,
            )
            st.plotly_chart(
                figure,
                key=f"verdict:{kind}",
                config={"displayModeBar": False},
                alt=t("Held-out errors of network and baselines with intervals"),
            )
            st.markdown(_words(metrics[f"{kind}_gap"], order))
    seen, line = metrics["covered"], metrics["covered_ar"]
    st.markdown(
        t(
            "A 90 % interval one step ahead held the truth in {share} of the held-out years ({low} to {high}); "
            "that of the linear AR({order}) in {other}. Intervals made of training errors are too narrow where a network knows its "
            "training years by heart, and they cannot know that the Sun was livelier after 1920 than before.",
            share=t.number(seen["value"], 2),
            low=t.number(seen["low"], 2),
            high=t.number(seen["high"], 2),
            other=t.number(line["value"], 2),
            order=order,
        )
    )
    st.caption(
        t(
            "Intervals: 95 %, circular block bootstrap over the held-out years in blocks of eleven, one trained network; "
            "they say nothing of other seeds. "
            "The order of the AR(p) was chosen by AIC, and everything was fitted, on the years to 1920 alone."
        )
    )


def _words(gap: dict[str, float], order: int) -> str:
    """Who wins, and whether these years can tell."""
    t = text.translator()
    numbers = {
        "gap": t.number(abs(gap["value"]), 1),
        "low": t.number(gap["low"], 1),
        "high": t.number(gap["high"], 1),
        "order": order,
    }
    if gap["low"] > 0:
        return t(
            "**The linear model wins** by {gap} ({low} to {high}): an AR({order}) is all one needs here.", **numbers
        )
    if gap["high"] < 0:
        return t("**The network wins** over the AR({order}) by {gap} ({low} to {high}).", **numbers)
    return t(
        "**These years cannot tell** network and AR({order}) apart: the difference of {gap} lies in an interval from {low} to {high}.",
        **numbers,
    )


VIEWS = (
    View("forecast", N_("Forecast"), part("forecast", _forecast), series),
    View("verdict", N_("Who wins?"), part("verdict", _verdict), series),
)
