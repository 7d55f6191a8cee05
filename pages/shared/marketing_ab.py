"""Which poster works better? What a test of two could tell, from numbers that the visitor brings: the app has none."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from genai_core import plots_marketing, posters
from genai_core.metrics import abtest
from pages.shared import marketing_studio, url

RATES = (0.2, 0.5, 1.0, 2.0, 3.0, 5.0, 8.0, 12.0, 20.0, 30.0)  # per cent
LIFTS = (2, 5, 10, 15, 20, 30, 50, 100)  # per cent of the rate
POWERS = ("80", "90")
SMALL = (100, 300, 1_000, 3_000, 10_000, 30_000, 100_000)  # viewers a poster of a test that one could afford
MADE_UP = {"shown_a": 1000, "clicks_a": 20, "shown_b": 1000, "clicks_b": 27}
MOST = 100_000_000
SEED = 20261128


def show(asked: Mapping[str, Any], private: bool, t: Any) -> None:
    """``asked``: the poster on the stage, which is A; B is the next layout in the next colours. ``private``: a visitor typed some of it."""
    st.subheader(t("Which poster works better? Nobody here knows"), anchor=False)
    st.markdown(
        t(
            "**This app knows neither rate nor effect.** No model of it has ever seen anybody look at a poster or click. Every number below is "
            "yours; the app only says what could be learned from it."
        )
    )
    pair, plan, counts = st.columns([1, 1.35, 1.35], gap="large")
    with pair:
        _pair(asked, private, t)
    with plan:
        rate, lift = _plan(t)
    with counts:
        _counts(t)
    _small(rate, lift, t)


def _pair(asked: Mapping[str, Any], private: bool, t: Any) -> None:
    st.markdown(t("**Two candidates**"))
    other = dict(asked)
    for field, known in (("layout", list(posters.LAYOUTS)), ("palette", list(posters.PALETTES))):
        other[field] = known[(known.index(asked[field]) + 1) % len(known)]
    with st.container(horizontal=True, gap="small", key="ab-pair"):
        for title, poster in zip("AB", (asked, other), strict=True):
            with st.container(width=142):
                alt = t(
                    "Poster {title}: {layout}, {palette}", title=title, layout=t(posters.LAYOUTS[poster["layout"]]),
                    palette=t(posters.PALETTES[poster["palette"]].title),
                )  # fmt: skip
                file = marketing_studio.ask("poster", poster, private)[1]["file"]
                st.image(file.tobytes(), width="stretch", alt=alt)
                st.caption(f"**{title}** · {t(posters.LAYOUTS[poster['layout']])}")
    st.caption(t("The same name, product and line in two layouts. Show each to other people, by lot."))


def _plan(t: Any) -> tuple[float, float]:
    """How many viewers a test needs; returns the rate of A and that of B that were asked about."""
    st.markdown(t("**Before a test: how many viewers?**"))
    rate = st.select_slider(
        t("Share that clicks on A, as you expect"),
        RATES,
        _one("rate", RATES, 2.0),
        key="ab-rate",
        format_func=lambda r: f"{r:g} %",
    )
    lift = st.select_slider(
        t("Smallest lift worth finding"), LIFTS, _one("lift", LIFTS, 20), key="ab-lift", format_func=lambda x: f"+{x} %",
        help=t("Of B over A: +20 % of a rate of 2 % is 2.4 %."),
    )  # fmt: skip
    power = st.segmented_control(
        t("Chance of finding it"), POWERS, default=url.choice("power", POWERS, "80"), required=True, key="ab-power",
        format_func=lambda p: f"{p} %",
    )  # fmt: skip
    for name, value, default in (("rate", f"{rate:g}", "2"), ("lift", str(lift), "20"), ("power", power, "80")):
        url.keep(name, value, default)
    a = rate / 100
    b = a * (1 + lift / 100)
    n = abtest.needed(a, b, power=int(power) / 100)
    st.metric(t("Viewers that each poster needs"), t.number(n, 0))
    st.caption(
        t(
            "{total} in all, for a two-sided test at 5 % (Fleiss, Levin and Paik 2003, chapter 4). Half the lift needs about four times as many.",
            total=t.number(2 * n, 0),
        )
    )
    points = [(x, abtest.needed(a, a * (1 + x / 100), power=int(power) / 100)) for x in LIFTS]
    labels = {"x": t("lift"), "y": t("viewers a poster"), "here": t("your wish")}
    figure = plots_marketing.viewers(points, lift, labels, dark=st.context.theme.type == "dark")
    alt = t(
        "Viewers that each poster needs: {high} for a lift of {small} %, {n} for {lift} %, {low} for {large} %",
        high=t.number(points[0][1], 0), small=points[0][0], n=t.number(n, 0), lift=lift, low=t.number(points[-1][1], 0), large=points[-1][0],
    )  # fmt: skip
    st.plotly_chart(figure, key="ab-curve", config={"displayModeBar": False}, alt=alt)
    return a, b


def _one(name: str, known: tuple[Any, ...], default: Any) -> Any:
    """The number that the link names, if it is one of the slider's."""
    return next((value for value in known if f"{value:g}" == st.query_params.get(name, "")), default)


def _counts(t: Any) -> None:
    """What counts of a finished test say."""
    st.markdown(t("**After a test: what did it say?**"))
    found = {}
    for side in "ab":
        left, right = st.columns(2, gap="small")
        with left:
            found[f"shown_{side}"] = int(
                st.number_input(
                    t("Viewers of {poster}", poster=side.upper()),
                    1,
                    MOST,
                    MADE_UP[f"shown_{side}"],
                    key=f"ab-shown-{side}",
                )
            )
        with right:
            found[f"clicks_{side}"] = int(
                st.number_input(
                    t("Clicks on {poster}", poster=side.upper()),
                    0,
                    MOST,
                    MADE_UP[f"clicks_{side}"],
                    key=f"ab-clicks-{side}",
                )
            )
    if found == MADE_UP:
        st.caption(t("These four are made up, to show the sum. Put in your own."))
    if found["clicks_a"] > found["shown_a"] or found["clicks_b"] > found["shown_b"]:
        st.warning(t("A poster cannot have more clicks than viewers."), icon=":material/info:")
        return
    said = abtest.compared(found["clicks_a"], found["shown_a"], found["clicks_b"], found["shown_b"])
    if said.lift is None:
        st.metric(t("Lift of B over A"), "–")
        st.caption(t("Where one side has no click there is no ratio: only the difference below."))
    else:
        st.metric(t("Lift of B over A"), _signed(said.lift, t))
        st.markdown(
            t(
                "95 % interval: **{low} to {high}** (MOVER-R, Donner and Zou 2012)",
                low=_signed(said.lift_low, t),
                high=_signed(said.lift_high, t),
            )
        )
    points = t(
        "Difference: {value} percentage points, {low} to {high} (Newcombe 1998, method 10).", value=t.number(100 * said.difference, 2),
        low=t.number(100 * said.low, 2), high=t.number(100 * said.high, 2),
    )  # fmt: skip
    undecided = said.low <= 0 <= said.high
    with st.container(key="calm-counts" if not undecided else "lit-counts"):
        if undecided:
            st.markdown(t("**Undecided.** The interval holds nought: either poster may be the better one."))
        elif said.difference > 0:
            st.markdown(t("**B did better** than chance explains, in this test, with these people."))
        else:
            st.markdown(t("**A did better** than chance explains, in this test, with these people."))
        st.caption(points)


def _signed(share: float | None, t: Any) -> str:
    value = 0.0 if share is None else share
    return ("+" if value > 0 else "") + t.percent(value)


def _small(rate: float, other: float, t: Any) -> None:
    """The same test a few thousand times: how often it picks the wrong poster, and what its successes report."""
    st.markdown(t("**A test too small picks the wrong poster.** Suppose your two numbers above were the truth:"))
    viewers = st.select_slider(
        t("Viewers of each poster"),
        SMALL,
        _one("viewers", SMALL, 1_000),
        key="ab-viewers",
        format_func=lambda n: t.number(n, 0),
    )
    url.keep("viewers", str(viewers), "1000")
    runs = [(n, abtest.repeated(rate, other, n, SEED)) for n in SMALL]
    here = dict(runs)[viewers]
    chart, words = st.columns([1.6, 1], gap="large", vertical_alignment="center")
    with chart:
        lines = [
            (t("picks the worse poster"), "risk", [(n, r.wrong) for n, r in runs]),
            (t("finds a difference"), "real", [(n, r.clear) for n, r in runs]),
        ]
        figure = plots_marketing.shares(
            lines, viewers, {"x": t("viewers of each poster"), "y": t("share of 4,000 tests")}, dark=st.context.theme.type == "dark"
        )  # fmt: skip
        spoken = t("; ").join(
            t("{n} viewers: wrong {wrong}, found {clear}", n=t.number(n, 0), wrong=t.percent(r.wrong), clear=t.percent(r.clear)) for n, r in runs
        )  # fmt: skip
        st.plotly_chart(
            figure,
            key="ab-small",
            config={"displayModeBar": False},
            alt=t("Of 4,000 tests drawn alike: {what}", what=spoken),
        )
    with words:
        st.metric(t("Picks the worse poster"), t.percent(here.wrong))
        st.markdown(
            t(
                "Of 4,000 such tests, {clear} find a difference.", clear=t.percent(here.clear)
            )
        )  # fmt: skip
        if here.reported is not None:
            st.markdown(
                t(
                    "Those that do report a lift of {reported} on average; the truth here is {true}.",
                    reported=_signed(here.reported, t),
                    true=_signed(other / rate - 1, t),
                )
            )
        st.caption(t("Drawn with a fixed seed from the two rates above: a simulation of chance, not of people."))
