"""Likelihoods of the shipped runs, in tables of what may be compared: one data set, one split, one binarisation each."""

from typing import Any

import streamlit as st

from genai_core import plots_vae
from genai_core.contracts import N_
from genai_core.metrics.published import LIKELIHOODS, Likelihood
from pages.shared import bench as benches
from pages.shared import services, text
from pages.shared.bench import Bench

Group = tuple[str, str]  # data set, and what its likelihood is of: "" for binarised pixels, "_grey" for grey ones
COMPARED: Group = ("mnist", "")  # of the same images, split and binarisation as the published numbers under PLOT
PLOT = ("stochastic", "60,000 / 10,000")


def show(bench: Bench) -> None:
    t = text.translator()
    groups = _groups(bench.family)
    st.subheader(t("Likelihood, like beside like"), anchor=False)
    st.markdown(
        t(
            "ELBO ≤ IWAE-5000 ≤ log p(x), in nats a picture: the higher the better, and the closer the two, the better the encoder. "
            "Numbers stand in one table only if they are of the same pictures, binarised in the same way."
        )
    )
    for group, rows in groups.items():
        if group != COMPARED:
            _table(group, rows)
    compared = groups.get(COMPARED, [])
    if compared:
        _table(COMPARED, compared)
    _beside_published(compared)
    st.caption(
        t(
            "Intervals: 95 % over held-out pictures, of one trained model each; they say nothing of other seeds. "
            "A conditional model is scored given the class: log p(x | class), which is not log p(x)."
        )
    )


def _groups(family: str) -> dict[Group, list[dict[str, Any]]]:
    """The shipped runs that report a bound, by what they may be compared with."""
    groups: dict[Group, list[dict[str, Any]]] = {}
    for key, preset in benches.family_presets(family).items():
        run_id = services.shipped(key)
        metrics = services.shipped_report(run_id).get("metrics", {}) if run_id else {}
        for kind in ("", "_grey"):
            if f"elbo{kind}" in metrics:
                row = {"preset": preset, "elbo": metrics[f"elbo{kind}"], "iwae": metrics.get(f"iwae_5000{kind}")}
                row |= {"images": metrics.get("bound_images"), "corrected": metrics.get("bound_corrected_on")}
                groups.setdefault((preset["dataset"], kind), []).append(row)
    return groups


def _name(preset: dict[str, Any]) -> str:
    t = text.translator()
    title = t(preset["title"])
    return t("{title} (given the class)", title=title) if preset["config"].get("conditional") else title


def _table(group: Group, rows: list[dict[str, Any]]) -> None:
    t = text.translator()
    dataset, kind = group
    data = t(services.catalogue().datasets.get(dataset, {"title": dataset})["title"])
    grey, binary = N_("**{data}**, grey pixels, continuous Bernoulli"), N_("**{data}**, pixels drawn black or white")
    st.markdown(t(grey if kind else binary, data=data))
    st.dataframe(
        [
            {
                "title": _name(row["preset"]),
                "elbo": _value(row["elbo"]),
                "elbo range": _range(row["elbo"]),
                "iwae": _value(row["iwae"]),
                "iwae range": _range(row["iwae"]),
                "gap": row["iwae"]["value"] - row["elbo"]["value"] if row["iwae"] else None,
                "images": int(_value(row["images"]) or 0),
            }
            for row in rows
        ],
        hide_index=True,
        key=f"likelihood:{dataset}{kind}",
        alt=t("Bounds on the likelihood of shipped runs"),
        column_config={
            "title": t("Recipe"),
            "elbo": st.column_config.NumberColumn("ELBO", format="%.2f"),
            "elbo range": t("95 % interval"),
            "iwae": st.column_config.NumberColumn("IWAE-5000", format="%.2f"),
            "iwae range": t("95 % interval"),
            "gap": st.column_config.NumberColumn(t("gap"), format="%.2f"),
            "images": st.column_config.NumberColumn(t("pictures")),
        },
    )


def _value(metric: dict[str, Any] | None) -> float | None:
    return metric["value"] if metric else None


def _range(metric: dict[str, Any] | None) -> str:
    t = text.translator()
    if not metric or metric["low"] is None:
        return ""
    return f"{t.number(metric['low'], 2)} – {t.number(metric['high'], 2)}"


def _beside_published(rows: list[dict[str, Any]]) -> None:
    """The published bounds of the same split and binarisation with our own; those of another in a table of their own."""
    t = text.translator()
    same = [p for p in LIKELIHOODS if p.plot == PLOT]
    other = [p for p in LIKELIHOODS if p.plot != PLOT]
    ours = {row["preset"]["key"]: row["iwae"] for row in rows if row["iwae"]}
    st.markdown(t("**Beside what was published**, under the same stochastic binarisation and split (60,000 / 10,000)"))
    table, chart = st.columns([1.25, 1], gap="medium")
    with table:
        st.dataframe(
            [_pair(p, ours.get(p.preset)) for p in same],
            hide_index=True,
            key="published",
            alt=t("Published bounds and ours"),
            column_config={
                "title": t("Model"),
                "published": st.column_config.NumberColumn(t("published"), format="%.2f"),
                "ours": t("ours"),
                "range": t("95 % interval"),
                "difference": t("difference"),
            },
        )
        st.caption(t("Source: {paper}", paper=text.plain(same[0].source)))
    with chart:
        st.plotly_chart(
            plots_vae.bounds(
                _marks(same, rows),
                {"x": t("IWAE-5000, nats"), "ours": t("ours"), "published": t("published")},
                st.context.theme.type == "dark",
            ),
            key="bounds",
            config={"displayModeBar": False},
            alt=t("Published bounds as diamonds, ours as dots with their intervals"),
        )
    with st.expander(
        t("Published under another binarisation: not to be compared with the above"), key="published-other"
    ):
        st.dataframe(
            [
                {"title": t(p.title), "value": p.value, "kind": p.kind, "split": p.split, "source": p.source}
                for p in other
            ],
            hide_index=True,
            key="published-other-table",
            alt=t("Published likelihoods on digits binarised once and for all"),
            column_config={
                "title": t("Model"),
                "value": st.column_config.NumberColumn(t("nats"), format="%.2f"),
                "kind": t("what it is"),
                "split": t("training / validation / test"),
                "source": t("source"),
            },
        )


def _pair(row: Likelihood, ours: dict[str, Any] | None) -> dict[str, Any]:
    t = text.translator()
    return {
        "title": t(row.title),
        "published": row.value,
        "ours": t.number(ours["value"], 2) if ours else t("not reproduced"),
        "range": _range(ours),
        "difference": f"{ours['value'] - row.value:+.2f}" if ours else "",
    }


def _marks(published: list[Likelihood], rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the chart shows: a published bound and the run that repeats it on one line, other runs each on their own."""
    t = text.translator()
    titles = {p.preset: t(p.title) for p in published if p.preset}
    marks = [{"name": t(p.title), "value": p.value, "low": None, "high": None, "published": True} for p in published]
    for row in rows:
        preset, bound = row["preset"], row["iwae"]
        if bound and not preset["config"].get("conditional"):
            name = titles.get(preset["key"], t(preset["title"]))
            marks.append(
                {"name": name, "value": bound["value"], "low": bound["low"], "high": bound["high"], "published": False}
            )
    return marks
