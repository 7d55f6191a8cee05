"""A text with a mark to look at, to damage and to test, and a place for a text of one's own; then how often the test is wrong."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import streamlit as st

from genai_core import incoming, plots_watermark
from genai_core.contracts import N_
from genai_core.design import colour
from pages.shared import chrome, looks, services, table, text, typed, typeset, url

MODEL = "ar-lstm-austen"  # the shipped run that writes here
KEY, WRONG = 7, 8
LENGTHS = ("100", "200", "400")
MOST = 2000  # characters of a text of one's own
EXAMPLE = (
    "It is a truth universally acknowledged, that a single man in possession of a good fortune, must be in want of a wife. "
    "However little known the feelings or views of such a man may be on his first entering a neighbourhood, this truth is so well fixed "
    "in the minds of the surrounding families, that he is considered the rightful property of some one or other of their daughters."
)
ERRORS = {
    "alarm_real": N_("Real text, held out: taken for marked"),
    "alarm_unmarked": N_("The same model without the mark: taken for marked"),
    "alarm_wrong_key": N_("Marked text, tested with other keys: taken for marked"),
    "rewritten": N_("Marked text, half of it rewritten by a model without the mark: passes as human"),
    "effect_each_time": N_("3 of 10 letters exchanged, each pair counted each time: passes as human"),
    "beyond_each_time": N_("Real text of 500 letters beyond z = 4, each pair counted each time"),
    "beyond_once": N_("Real text of 500 letters beyond z = 4, each pair counted once"),
}


def bench(shown: Mapping[str, Any], t: Any) -> None:
    """Write with the mark, damage the text, look for the mark; or look for it in a text of one's own."""
    run_id = services.shipped(MODEL)
    if run_id:
        with st.container(border=True, key="mark-bench"):
            st.fragment(_bench, key="mark-fragment")(run_id)


def _bench(run_id: str) -> None:
    t = text.translator()
    with chrome.errors():
        ways = ("write", "own")
        way = st.segmented_control(
            t("What to test"), ways, default=url.choice("way", ways, "write"), required=True, key="mark-way", label_visibility="collapsed",
            format_func=lambda w: t("A text that a model writes") if w == "write" else t("A text of your own"),
        )  # fmt: skip
        url.keep("way", way, "write")
        if way == "own":
            words = _brought()
            asked: dict[str, Any] = {}
        else:
            asked, words = _settings(), ""
        right = not st.toggle(
            t("Test with a wrong key"), key="mark-wrong", value=url.choice("key", ("wrong",), "") == "wrong"
        )
        url.keep("key", "" if right else "wrong")
        params = {"experiment": "watermark", "run": run_id, "key": KEY, "other": KEY if right else WRONG} | asked
        files = {"text": words.encode()} if words else None
        found, arrays = services.engine().look("mark", params, files=files)
        left, side = st.columns([1.5, 1], gap="large")
        with left:
            _text(found)
        with side:
            _test(found, arrays)


def _brought() -> str:
    """A text of the visitor's: it goes into one look, and into no link, log or store."""
    t = text.translator()
    note = t("Paste English text. It is answered and not stored; nothing private is needed.")
    words = st.text_area(
        t("A text of your own"), typed.again("mark-own", EXAMPLE), height=130, max_chars=MOST, key="mark-own", help=note
    )
    typed.kept("mark-own", words)
    return incoming.text(words or EXAMPLE, MOST)


def _settings() -> dict[str, Any]:
    t = text.translator()
    with st.container(horizontal=True, vertical_alignment="bottom", key="mark-settings"):
        delta = st.slider(
            t("Strength of the mark (delta)"),
            0.0,
            6.0,
            url.whole("delta", 60, 20) / 10,
            0.5,
            key="mark-delta",
            width=230,
        )
        share = st.slider(
            t("Letters exchanged, %"), 0, 60, min(60, url.whole("share", 60, 0)), 5, key="mark-share", width=230
        )
        length = st.segmented_control(
            t("Letters"), LENGTHS, default=url.choice("length", LENGTHS, "400"), required=True, key="mark-length"
        )
        seed = looks.seed(t("Text no."), "text")
    url.keep("delta", str(round(delta * 10)), "20")
    url.keep("share", str(share), "0")
    url.keep("length", length, "400")
    return {"delta": float(delta), "share": share / 100, "length": int(length), "seed": seed}


def _text(found: Mapping[str, Any]) -> None:
    t = text.translator()
    dark = st.context.theme.type == "dark"
    hue = colour("real", dark)
    pieces: list[typeset.Piece] = []
    for symbol, green, again, swapped in zip(
        found["symbols"], found["green"], found["repeated"], found["exchanged"], strict=True
    ):
        says = (
            (t("green, counted") if not again else t("green, but this pair was counted before")) if green else t("red")
        )
        says += t("; exchanged") if swapped else ""
        kinds = " ".join(kind for kind, wanted in (("under", green and not again), ("boxed", swapped)) if wanted)
        pieces.append(
            (symbol, (0.25 if again else 0.8) if green else 0.0, hue, f"{symbol.strip() or '␣'}: {says}", kinds)
        )
    typeset.tinted(
        [{"badge": "", "hue": "", "pieces": pieces}],
        label=t("The text, its green letters marked"),
        key="mark:text",
        legend=[
            (t("green after the letter before it"), 0.8, hue, "under"),
            (t("the same pair again: not counted"), 0.25, hue),
            (t("red"), 0.0, hue),
            (t("exchanged"), 0.0, hue, "boxed"),
        ],
        read=t("Point at a letter, or move with the arrow keys, to see its colour under this key."),
    )
    if found["dropped"]:
        st.caption(t("Not read, as the model has never seen it: {signs}", signs=text.plain(found["dropped"])))


def _test(found: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
    t = text.translator()
    over = found["z_once"] > found["bar_once"]
    with st.container(key="lit-mark" if over else "calm-mark"):
        st.metric(
            t("z, each pair counted once"),
            t.number(found["z_once"], 1),
            delta=t("threshold {bar}", bar=t.number(found["bar_once"], 1)),
            delta_color="off",
            delta_arrow="off",
        )
        st.markdown(
            t("**Marked:** fewer than 1 % of real texts of this length score so high under this key.")
            if over
            else t("**No mark found:** real texts score so high, too.")
        )
    figure = plots_watermark.hill(
        arrays["real_once"].tolist(), found["bar_once"], found["z_once"], over=over, x_title=t("z, each pair counted once"),
        labels={"real": t("real texts"), "bar": t("threshold"), "text": t("this text")}, dark=st.context.theme.type == "dark",
    )  # fmt: skip
    st.plotly_chart(
        figure, key="mark-hill", config={"displayModeBar": False}, alt=t("The score of this text among those of real texts of its length")
    )  # fmt: skip
    st.caption(
        t(
            "{greens} of {pairs} different pairs end in green; half would be chance. Each pair counted each time, z is {z} "
            "and its threshold {bar}: not the textbook's, for pairs repeat.",
            greens=found["greens"],
            pairs=found["pairs"],
            z=t.number(found["z_each_time"], 1),
            bar=t.number(found["bar_each_time"], 1),
        )
    )


# --- after the reveal ------------------------------------------------------------------------------------------------


def table_of_errors(shown: Mapping[str, Any], t: Any) -> None:
    """How often the test is wrong, either way; what length does for it."""
    left, right = st.columns([1.25, 1], gap="large")
    with left:
        st.subheader(t("How often the test is wrong"), anchor=False)
        heads: list[table.Column] = [
            {"title": t("Case"), "kind": "text"},
            {"title": t("Share"), "kind": "number"},
            {"title": t("95 % interval"), "kind": "number"},
        ]
        rows: list[list[table.Cell]] = []
        for name, title in ERRORS.items():
            metric = shown["metrics"][name]
            interval = (
                "" if metric["low"] is None else f"{_share(max(0, metric['low']), t)} – {_share(metric['high'], t)}"
            )
            rows.append(
                [
                    {"text": t(title)},
                    {"text": _share(metric["value"], t), "value": metric["value"]},
                    {"text": interval, "value": metric["low"]},
                ]
            )
        table.show(table.pack(heads, rows, t("Errors of the test for the mark")), key="mark-errors")
        once, each, derived = (shown["metrics"][name]["value"] for name in ("sd_once", "sd_each_time", "sd_expected"))
        st.caption(
            t(
                "Over random keys, z of real text has a standard deviation of {each} if each pair counts each time "
                "(the repeats alone make it {derived}; the textbook assumes 1), and of {once} if it counts once.",
                each=t.number(each, 2),
                derived=t.number(derived, 2),
                once=t.number(once, 2),
            )
        )
    with right:
        st.subheader(t("A longer text keeps its mark"), anchor=False)
        at = shown["lengths"]
        curves = [
            (t("delta 2"), [shown["curves"]["mark"][str(n)] for n in at], "risk"),
            (t("delta 4"), [shown["curves"]["strong"][str(n)] for n in at], "real"),
        ]
        figure = plots_watermark.lengths(
            at,
            curves,
            x_title=t("Letters of the text"),
            y_title=t("passes as human"),
            dark=st.context.theme.type == "dark",
        )
        st.plotly_chart(
            figure,
            key="mark-lengths",
            config={"displayModeBar": False},
            alt=t("Share of marked and edited texts that pass, by length, for two strengths"),
        )
        st.caption(t("One trained model, four keys; 3 of 10 letters exchanged."))


def _share(value: float, t: Any) -> str:
    return t.percent(value, 1)
