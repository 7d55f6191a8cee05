"""A risk page: the claim, a guess, the reveal with its control, what is at stake, the fix and its price, the evidence card."""

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from genai_core import plots_risk
from genai_core.evidence import Figure
from genai_core.plots_risk import Row
from pages.shared import chrome, claimed, risk_card, risk_live, services, shown, text, url

Exhibit = Callable[[Mapping[str, Any], Any], None]  # (what the first replicate kept, and "metrics" of the report; t)


def page(
    key: str, exhibit: Exhibit | None = None, *, first: Exhibit | None = None, wide: Exhibit | None = None
) -> None:
    """The page of the risk experiment ``key``. ``exhibit(shown, t)`` draws what the first replicate kept to be looked at, beside
    the dose where there is one; ``wide`` does so above it, across the page; ``first`` stands above the guess."""
    t = text.translator()
    entry = services.catalogue().risks[key]
    chrome.title(t(entry["title"]), t(entry["claim"]))
    run_id = services.shipped(key)
    if not run_id:
        st.info(t("This experiment has no shipped result yet. Run it live to make one."), icon=":material/science:")
        risk_live.show(entry, None)
        return
    record, report = services.store().open(run_id).record(), services.shipped_report(run_id)
    if first:
        first(kept(report), t)
    _guess(entry)
    live = risk_live.outcome(entry)
    if not _revealed(entry["key"]):
        st.caption(t("The result appears when you have guessed. Its rule was fixed before it was measured."))
        return
    shown.note("card", run_id)
    if live is not None and not services.watcher().snapshot(st.query_params["run"]).record.private:
        shown.note("card", st.query_params["run"])
    card = risk_card.of(record, report, entry)
    chart, verdict = st.columns([2, 1], gap="large")
    with chart:
        reveal(entry, report, live)
    with verdict:
        risk_card.verdict(card, entry)
    risk_live.show(entry, run_id)
    if wide:
        wide(kept(report), t)
    if report["figures"]["dial"][0]:
        _dial(entry, report, exhibit)
    elif exhibit:
        exhibit(kept(report), t)
    _stakes(entry)
    if card.after is not None:
        fix(entry, report)
    risk_card.show(card, entry, record)
    _scope(entry)


# --- guess and reveal ------------------------------------------------------------------------------------------------


def _revealed(key: str) -> bool:
    return st.query_params.get("open") == "1" or f"guess:{key}" in st.session_state


def _guess(entry: Mapping[str, Any]) -> None:
    """A question with a slider; its answer stays in the session. A link with ``open=1`` skips it, for a presenter."""
    t = text.translator()
    key, (low, high) = entry["key"], entry["span"]
    with st.container(key="guess", border=True):
        st.markdown(f"**{t('Guess first')}** · {t(entry['guess'])}")
        with st.container(horizontal=True, vertical_alignment="bottom", key="guess-row"):
            value = st.slider(
                t(entry["measure"]),
                low,
                high,
                (low + high) / 2,
                (high - low) / 100,
                key=f"guess-slider:{key}",
                width=520,
            )
            if st.button(t("Reveal"), type="primary", icon=":material/visibility:", key="reveal"):
                st.session_state[f"guess:{key}"] = float(value)
                url.keep("open", "1")
                st.rerun()


def row(label: str, name: str, points: Mapping[str, list[float]], metric: Mapping[str, Any], concept: str) -> Row:
    return Row(label, points[name], metric["value"], metric["low"], metric["high"], concept)


def reveal(entry: Mapping[str, Any], report: Mapping[str, Any], live: Mapping[str, float] | None) -> None:
    """Effect and control, a point a trained model, with the guess and the live replicate where there are any."""
    t = text.translator()
    points, metrics = report["figures"]["points"], report["metrics"]
    rows = [row(t(entry["effect_label"]), "effect", points, metrics["effect"], "risk")]
    rows.append(row(t(entry["control_label"]), "control", points, report["control"]["control"], "heldout"))
    marks = []
    guess = st.session_state.get(f"guess:{entry['key']}")
    if guess is not None:
        marks.append((guess, t("your guess"), "training"))
    if live is not None:
        marks += [(live["effect"], t("live"), "risk"), (live["control"], t("live control"), "heldout")]
    band = (entry["null"] - entry["margin"], entry["null"] + entry["margin"])
    figure = plots_risk.replicates(
        rows, x_title=t(entry["measure"]), span=tuple(entry["span"]), band=band, band_label=t("no effect"),
        dark=st.context.theme.type == "dark", marks=marks,
    )  # fmt: skip
    alt = t(
        "Each point is a trained model; diamonds are means with 95 % intervals; the grey band is what no effect looks like"
    )
    st.plotly_chart(figure, key="reveal-chart", config={"displayModeBar": False}, alt=alt)
    st.caption(alt)


# --- what follows ----------------------------------------------------------------------------------------------------


def _dial(entry: Mapping[str, Any], report: Mapping[str, Any], exhibit: Exhibit | None) -> None:
    t = text.translator()
    left, right = st.columns(2 if exhibit else 1, gap="large") if exhibit else (st.container(), None)
    with left:
        st.subheader(t("The dose"), anchor=False)
        figure = plots_risk.dose(
            report["figures"]["dial"], x_title=t(entry["dial"]), y_title=t(entry["measure"]), null=entry["null"],
            null_label=t("no effect"), dark=st.context.theme.type == "dark",
        )  # fmt: skip
        st.plotly_chart(
            figure,
            key="dial-chart",
            config={"displayModeBar": False},
            alt=t("Effect against dose, a thin line a trained model"),
        )
    if exhibit and right is not None:
        with right:
            exhibit(kept(report), t)


def kept(report: Mapping[str, Any]) -> Mapping[str, Any]:
    """What an exhibit draws."""
    return dict(report["figures"]["shown"]) | {"metrics": report["metrics"]}


def _stakes(entry: Mapping[str, Any]) -> None:
    t = text.translator()
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader(t("What is at stake"), anchor=False)
        st.markdown(t(entry["stakes"]))
    with right:
        st.subheader(t("Elsewhere, on a larger scale"), anchor=False)
        claimed.show(entry["key"])
        st.caption(t("Published figures stand beside ours and are never mixed with them."))


def fix(entry: Mapping[str, Any], report: Mapping[str, Any]) -> None:
    """The mitigation as a switch: risk and price on one chart, without it and with it."""
    t = text.translator()
    st.subheader(t("The fix, and its price"), anchor=False)
    points, metrics = report["figures"]["points"], report["metrics"]
    on = url.choice("fix", ("0", "1"), "0") == "1"
    on = st.toggle(t(entry["mitigation"]), value=on, key="fix-on")
    url.keep("fix", "1" if on else "0", "0")
    before = (
        row(t("without"), "effect", points, metrics["effect"], "risk"),
        row("", "price", points, metrics["price"], "risk"),
    )
    after = (
        row(t("with"), "mitigated", points, metrics["mitigated"], "real"),
        row("", "price_mitigated", points, metrics["price_mitigated"], "real"),
    )
    chart, words = st.columns([2, 1], gap="large")
    with chart:
        figure = plots_risk.price(
            before, after if on else None, x_title=t(entry["price"]), y_title=t(entry["measure"]),
            band=(entry["null"] - entry["margin"], entry["null"] + entry["margin"]), dark=st.context.theme.type == "dark",
        )  # fmt: skip
        st.plotly_chart(
            figure,
            key="fix-chart",
            config={"displayModeBar": False},
            alt=t("Risk against price, with and without the mitigation"),
        )
    with words:
        if on:
            for name, (first, second) in {
                t(entry["measure"]): ("effect", "mitigated"),
                t(entry["price"]): ("price", "price_mitigated"),
            }.items():
                a, b = (
                    risk_card.number(Figure(**{k: metrics[m][k] for k in ("value", "low", "high")}))
                    for m in (first, second)
                )
                st.metric(name, b.split(" (")[0], delta=None)
                st.caption(t("before {before}; after {after}", before=a, after=b))
        else:
            st.markdown(t("Switch it on: the risk should fall, and something else may get worse."))


def _scope(entry: Mapping[str, Any]) -> None:
    t = text.translator()
    left, right = st.columns(2, gap="large")
    left.markdown(f"**{t('What this small model shows')}**  \n{t(entry['shows'])}")
    right.markdown(f"**{t('What it does not show')}**  \n{t(entry['hides'])}")
