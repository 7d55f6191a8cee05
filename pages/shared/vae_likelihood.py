"""Likelihoods of the shipped runs, in tables of what may be compared: one data set, one split, one binarisation each."""

from typing import Any

import streamlit as st

from genai_core import plots_vae
from genai_core.contracts import N_
from genai_core.metrics.published import LIKELIHOODS, Likelihood
from pages.shared import bench as benches
from pages.shared import services, table, text
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
    heads: list[table.Column] = [
        {"title": t("Recipe"), "kind": "text"},
        *(
            {"title": title, "kind": "number"}
            for title in ("ELBO", t("95 % interval"), "IWAE-5000", t("95 % interval"))
        ),
        {"title": t("gap"), "kind": "number"},
        {"title": t("pictures"), "kind": "number"},
    ]
    cells = [
        [
            table.Cell(text=_name(row["preset"])),
            table.number(_value(row["elbo"])),
            table.Cell(text=_range(row["elbo"])),
            table.number(_value(row["iwae"])),
            table.Cell(text=_range(row["iwae"])),
            table.number(row["iwae"]["value"] - row["elbo"]["value"] if row["iwae"] else None),
            table.number(_value(row["images"]), digits=0),
        ]
        for row in rows
    ]
    table.show(table.pack(heads, cells, t("Bounds on the likelihood of shipped runs")), f"likelihood:{dataset}{kind}")


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
    left, chart = st.columns([1.25, 1], gap="medium")
    with left:
        heads: list[table.Column] = [
            {"title": t("Model"), "kind": "text"},
            *(
                {"title": t(title), "kind": "number"}
                for title in (N_("published"), N_("ours"), N_("95 % interval"), N_("difference"))
            ),
        ]
        cells = [_pair(p, ours.get(p.preset)) for p in same]
        table.show(table.pack(heads, cells, t("Published bounds and ours")), "published")
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
        titles = N_("what it is"), N_("training / validation / test"), N_("source")
        heads = [
            {"title": t("Model"), "kind": "text"},
            {"title": t("nats"), "kind": "number"},
            *({"title": t(title), "kind": "text"} for title in titles),
        ]
        cells = [
            [
                table.Cell(text=_unbroken(p.title)),
                table.number(p.value),
                *(table.Cell(text=word) for word in (p.kind, p.split, p.source)),
            ]
            for p in other
        ]
        label = t("Published likelihoods on digits binarised once and for all")
        table.show(table.pack(heads, cells, label), "published-other-table")


def _unbroken(title: str) -> str:
    """A model's name whose ``k = 50`` stays on one line."""
    return text.translator()(title).replace(" = ", "\u00a0=\u00a0")


def _pair(row: Likelihood, ours: dict[str, Any] | None) -> list[table.Cell]:
    t = text.translator()
    difference = ours["value"] - row.value if ours else None
    return [
        table.Cell(text=_unbroken(row.title)),
        table.number(row.value),
        table.number(ours["value"]) if ours else table.Cell(text=t("not reproduced"), value=None),
        table.Cell(text=_range(ours)),
        table.Cell(text="" if difference is None else f"{difference:+.2f}", value=difference),
    ]


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
