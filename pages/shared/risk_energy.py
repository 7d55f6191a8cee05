"""What digits cost and what they are worth, a calculator of energy and carbon, and the bill of the gallery: all estimates."""

import math
from base64 import b64decode
from collections.abc import Mapping
from typing import Any

import streamlit as st

from genai_core import plots_energy
from genai_core.contracts import N_
from genai_core.metrics import energy
from pages.shared import families, services, table

DAYS = 365
A_DAY = (100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000)
WHAT = {
    "usual": N_("a digit here, 32 evaluations"),
    "few": N_("a digit here, 4 evaluations"),
    "one": N_("a digit here, one decoding"),
    "image": N_("an image of a large model (published mean)"),
    "text": N_("a text classified by a large model (published mean)"),
}
PAGELESS = {"tiles": N_("Levels of a game"), "table": N_("Records of patients"), "music": N_("Chorales")}  # families without a page
OTHER = N_("risk experiments")


def ways(shown: Mapping[str, Any], t: Any) -> None:
    """The same digits at each number of evaluations, with what they cost."""
    st.subheader(t("The same request, at every price"), anchor=False)
    rows = [(t("one decoding (VAE)"), shown["one"])]
    rows += [(t("1 evaluation") if way["n"] == 1 else t("{n} evaluations", n=way["n"]), way) for way in shown["ways"]]
    for name, way in rows:
        label, picture = st.columns([1, 2.4], vertical_alignment="center")
        facts = t(
            "{joules} a legible digit, {share} legible",
            joules=joules(way["joules"], t),
            share=t.percent(way["legible"]),
        )
        label.markdown(f"**{name}**  \n{facts}")
        with picture, st.container(key=f"pixels-{name}"):
            st.image(b64decode(way["strip"]), width="stretch", alt=t("Digits 0 to 9, {name}", name=name))
    st.caption(
        t(
            "Joules are estimates: operations counted, times {joules} each.",
            joules=joules(energy.JOULES_AN_OPERATION, t),
        )
    )


def joules(value: float, t: Any) -> str:
    """Joules with a prefix that leaves a readable number."""
    if not value:
        return "0 J"
    for factor, unit in ((1.0, "J"), (1e-3, "mJ"), (1e-6, "µJ"), (1e-9, "nJ")):
        if value >= factor or unit == "nJ":
            return f"{t.number(value / factor, 0 if value / factor >= 100 else 1)} {unit}"
    raise AssertionError


def bills(shown: Mapping[str, Any], t: Any) -> None:
    _quality(shown, t)
    _calculator(shown["metrics"], t)
    left, right = st.columns(2, gap="large")
    with left:
        _gallery(t)
    with right:
        _assumptions(shown["metrics"], t)


def _quality(shown: Mapping[str, Any], t: Any) -> None:
    """Quality against energy, and counted beside timed."""
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader(t("What the energy buys"), anchor=False)
        figure = plots_energy.frontier(
            [(str(way["n"]), way["joules"], way["frechet"]) for way in shown["ways"]],
            ("VAE", shown["one"]["joules"], shown["one"]["frechet"]),
            floor=shown["floor"],
            floor_label=t("real digits"),
            x_title=t("energy of a legible digit (estimate)"),
            y_title=t("Fréchet distance, low is good"),
            dark=st.context.theme.type == "dark",
        )
        alt = t("Fréchet distance against energy: flow matching by number of evaluations, a VAE, and real digits")
        st.plotly_chart(figure, key="frontier-chart", config={"displayModeBar": False}, alt=alt)
        st.caption(t("One trained model of each kind. To the left is cheaper, further down is better."))
    with right:
        st.subheader(t("Counted and timed"), anchor=False)
        metrics = shown["metrics"]
        heads: list[table.Column] = [
            {"title": t("Energy of a legible digit"), "kind": "text"},
            {"title": t("by operations"), "kind": "number"},
            {"title": t("by processor time"), "kind": "number"},
        ]
        rows: list[list[table.Cell]] = [
            [
                {"text": t(WHAT[name])},
                *(
                    {"text": joules(metrics[f"{kind}_{name}"]["value"], t), "value": metrics[f"{kind}_{name}"]["value"]}
                    for kind in ("joules", "timed")
                ),
            ]
            for name in ("one", "few", "usual")
        ]
        rows.append(
            [
                {"text": t("asleep for a fifth of a second")},
                {"text": joules(0.0, t), "value": 0.0},
                {"text": joules(metrics["timed_asleep"]["value"], t), "value": metrics["timed_asleep"]["value"]},
            ]
        )
        table.show(table.pack(heads, rows, t("Energy by operations and by processor time")), key="counted")
        st.caption(
            t(
                "Means over eight models. Operations are the same on every machine, so the card stands on them; processor time was "
                "taken while other work ran, so it differs from run to run. Training one flow took about {training}, as much as {digits} digits do.",
                training=joules(metrics["joules_training"]["value"], t),
                digits=t.number(metrics["digits_of_training"]["value"], 0),
            )
        )


def _calculator(metrics: Mapping[str, Any], t: Any) -> None:
    st.subheader(t("What would it cost at scale?"), anchor=False)
    with st.container(border=True, key="calculator"):
        ask, answer = st.columns([1.2, 1], gap="large")
        with ask:
            what = st.selectbox(t("What is made"), list(WHAT), format_func=lambda k: t(WHAT[k]), key="bill-what")
            many = st.select_slider(
                t("How many a day"), A_DAY, 1_000_000, format_func=lambda n: t.number(n, 0), key="bill-many"
            )
            own = what not in ("image", "text")
            with st.container(horizontal=True, key="bill-inputs"):
                watts = st.number_input(
                    t("Watts of a busy core"), 1.0, 500.0, energy.WATTS_PER_CORE, 1.0, key="bill-watts", disabled=not own, width=170
                )  # fmt: skip
                pue = st.number_input(
                    t("PUE of the building"), 1.0, 3.0, energy.PUE.value, 0.01, key="bill-pue", width=170
                )
                grid = st.number_input(
                    t("Grid, g CO₂ a kWh"), 0.0, 1500.0, energy.INTENSITY.value, 10.0, key="bill-grid", width=170
                )
        each = _each(what, metrics, watts)
        a_day = energy.kwh(each * energy.JOULES_A_KWH * many, pue if own else 1.0)
        with answer:
            cells = st.columns(2)
            cells[0].metric(t("Electricity a day (estimate)"), _amount(a_day * 1000, ("Wh", "kWh", "MWh", "GWh"), t))
            cells[1].metric(t("CO₂ a day (estimate)"), _amount(energy.grams(a_day, grid), ("g", "kg", "t"), t))
            cells[0].metric(t("Electricity a year"), _amount(a_day * 1000 * DAYS, ("Wh", "kWh", "MWh", "GWh"), t))
            cells[1].metric(t("CO₂ a year"), _amount(energy.grams(a_day, grid) * DAYS, ("g", "kg", "t", "kt"), t))
            st.markdown(
                t(
                    "As much a day as charging **{n}** telephones, at {each} kWh each ([{source}]({url})).",
                    n=t.number(a_day / energy.CHARGE.value, 0 if a_day > 1 else 2),
                    each=t.number(energy.CHARGE.value, 3),
                    source=energy.CHARGE.source,
                    url=energy.CHARGE.url,
                )
            )
        if own:
            st.caption(
                t("Seconds of processor time a legible digit, as measured, × watts × PUE, × the grid's intensity.")
            )
        else:
            st.caption(
                t(
                    "A published mean over several models, measured on computers of a data centre: no PUE is put on top, and our watts play no part."
                )
            )


def _each(what: str, metrics: Mapping[str, Any], watts: float) -> float:
    """Kilowatt-hours of one, before the building's share."""
    if what == "image":
        return energy.IMAGE.value
    if what == "text":
        return energy.TEXT.value
    return energy.kwh(metrics[f"timed_{what}"]["value"] * watts / energy.WATTS_PER_CORE)


def _amount(value: float, units: tuple[str, ...], t: Any) -> str:
    """With the unit that leaves a readable number; each is a thousand of the one before."""
    place = min(len(units) - 1, max(0, int(math.log10(value) // 3))) if value > 0 else 0
    value /= 1000**place
    return f"{t.number(value, 0 if value >= 100 else 1 if value >= 10 else 2)} {units[place]}"


@st.cache_resource(ttl=600, show_spinner=False)
def _spent() -> dict[str, list[tuple[str, float]]]:
    """Watt-hours of the shipped runs by family, "" for risk experiments: (preset, value). Shared: not to be changed."""
    found: dict[str, list[tuple[str, float]]] = {}
    models, store = services.catalogue().models, services.store()
    for preset, run_id in store.gallery_index().items():
        record = store.open(run_id).record()
        family = models[record.spec.plugin]["family"] if record.spec.plugin in models else ""
        family = "diffusion" if family == "flow" else family  # they share a page
        found.setdefault(family, []).append((preset, record.energy_wh))
    return found


def _gallery(t: Any) -> None:
    st.subheader(t("What the gallery took"), anchor=False)
    titles = {family.key: t(family.title) for family in families.FAMILIES}
    spent = {titles.get(key) or t(PAGELESS.get(key, OTHER)): runs for key, runs in _spent().items()}
    figure = plots_energy.bars(spent, x_title=t("watt-hours (estimate)"), dark=st.context.theme.type == "dark")
    alt = t("Watt-hours of the shipped runs, a bar a family, a piece a run")
    st.plotly_chart(figure, key="gallery-chart", config={"displayModeBar": False}, alt=alt)
    total = sum(value for runs in spent.values() for _, value in runs)
    st.caption(
        t(
            "{runs} shipped runs, {total} Wh in all: elapsed time × cores × {watts} W, from their records, also where a run shared its "
            "core with others and waited. What was tried before a run shipped is in no record.",
            runs=sum(map(len, spent.values())),
            total=t.number(total, 1),
            watts=t.number(energy.WATTS_PER_CORE, 0),
        )
    )


def _assumptions(metrics: Mapping[str, Any], t: Any) -> None:
    st.subheader(t("What is assumed"), anchor=False)
    heads: list[table.Column] = [
        {"title": t("Assumption"), "kind": "text"},
        {"title": t("Value"), "kind": "number"},
        {"title": t("Where from"), "kind": "text"},
    ]
    own, near = t("ours, for want of a meter"), t("ours; 20 to 50 were measured here")
    watts = f"{t.number(energy.WATTS_PER_CORE, 0)} W"
    rate = f"{t.number(energy.OPERATIONS_A_SECOND / 1e9, 0)} GFLOP/s"
    rows: list[list[table.Cell]] = [
        [{"text": t("a busy core draws, always alike")}, {"text": watts}, {"text": own}],
        [{"text": t("it does, in these networks")}, {"text": rate}, {"text": near}],
        [
            {"text": t("an operation takes")},
            {"text": joules(energy.JOULES_AN_OPERATION, t)},
            {"text": t("the first over the second")},
        ],
        [{"text": t("PUE")}, {"text": t.number(energy.PUE.value, 2)}, {"text": energy.PUE.source}],
        [
            {"text": t("grid, g CO₂ a kWh")},
            {"text": t.number(energy.INTENSITY.value, 0)},
            {"text": energy.INTENSITY.source},
        ],
        [{"text": t("memory, screen, idle time, water, making the machine")}, {"text": "0"}, {"text": t("left out")}],
    ]
    table.show(table.pack(heads, rows, t("Assumptions of the estimates")), key="assumptions")
    st.caption(
        t(
            "[PUE]({pue}) · [grid]({grid}). The grid's value is the world's mean: put in your own, for grids differ widely.",
            pue=energy.PUE.url,
            grid=energy.INTENSITY.url,
        )
    )
