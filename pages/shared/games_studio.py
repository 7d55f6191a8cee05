"""The games page's example: a dozen levels of the model to play, their dials, how new they are, and one as terrain."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import streamlit as st

from genai_core import plots_games
from genai_core.contracts import N_
from pages.shared import chrome, games_play, services, url
from pages.shared.explore import png

STYLES = ("any", "halls", "rooms", "maze")
MOST_SEED = 9999
PRESET = "levels-pixelcnn"


def example(entry: Mapping[str, Any], t: Any) -> None:
    st.fragment(_studio, key="studio")(entry["key"], t)


def _studio(key: str, t: Any) -> None:
    with chrome.errors():
        stage, dials = st.columns([3, 1], gap="large")  # on a phone the game comes first
        with dials, st.container(key="dials"):
            asked = _dials(t)
        facts = ask(key, "levels", **asked)
        with stage:
            at = _stage(facts, asked, t)
            _tally(facts, asked, t)
        _keep(asked, at, dials, t)
        land, new = st.columns([3, 2], gap="large")
        with land:
            _terrain(key, facts["levels"][at], at, asked, t)
        with new:
            _novelty(key, facts, at, t)


def ask(key: str, name: str, **params: Any) -> Any:
    """A look of the experiment, kept: its answers depend on nothing but what is asked."""
    return _answer(services.shipped(PRESET), key, name, json.dumps(params, sort_keys=True))


@st.cache_resource(max_entries=64, show_spinner=False)
def _answer(run: str, key: str, name: str, params: str) -> Any:
    facts, arrays = services.engine().look(name, {"experiment": key, **json.loads(params)})
    return facts | {"arrays": arrays}


# --- dials -----------------------------------------------------------------------------------------------------------


def _dials(t: Any) -> dict[str, Any]:
    """What the visitor asks for; all of it is in the link."""
    style = st.pills(
        t("Walls"), STYLES, default=url.choice("style", STYLES, "any"), required=True, key="games:style",
        format_func=lambda name: t("mixed") if name == "any" else t(name),
    )  # fmt: skip
    url.keep("style", style, "any")
    tenths = st.slider(
        t("Temperature"), 0.3, 1.5, url.whole("heat", 15, 10) / 10 if url.whole("heat", 15, 10) >= 3 else 1.0, 0.1, key="games:heat",
        help=t("Low: the likeliest tile nearly always. High: surprises, and mistakes."),
    )  # fmt: skip
    url.keep("heat", str(round(10 * tenths)), "10")
    with st.container(horizontal=True, vertical_alignment="bottom", key="games:dozen"):
        st.session_state.setdefault("games:seed", url.whole("seed", MOST_SEED, 1) or 1)
        seed = int(st.number_input(t("Dozen"), 1, MOST_SEED, key="games:seed", width=120))
        url.keep("seed", str(seed), "1")
        st.button(
            t("Another dozen"), icon=":material/casino:", key="games:another", type="primary", on_click=_dozen, args=(seed,),
            help=t("The same number gives the same levels."),
        )  # fmt: skip
    again = _switch(
        "again",
        t("Draw again what cannot be finished"),
        t("At most twelve times; the draws are counted."),
        "games:again",
    )
    mend = _switch(
        "mend",
        t("Repair what cannot be finished"),
        t("The fewest tiles that open a way; they are outlined."),
        "games:mend",
    )
    keep, lower = url.whole("keep", 12, 0) - 1, url.whole("lower", MOST_SEED, 1)
    return {
        "label": style, "temperature": round(tenths, 1), "seed": seed, "again": again, "mend": mend, "keep": keep,
        "lower": lower if keep >= 0 else 1,
    }  # fmt: skip


def _switch(name: str, label: str, help: str, key: str) -> bool:
    on = st.toggle(label, value=url.choice(name, ("0", "1"), "0") == "1", key=key, help=help)
    url.keep(name, "1" if on else "0", "0")
    return on


def _dozen(seed: int) -> None:
    st.session_state["games:seed"] = seed % MOST_SEED + 1
    _hold(-1)


def _lower(number: int) -> None:
    url.keep("lower", str(number % MOST_SEED + 1), "1")


def _keep(asked: Mapping[str, Any], at: int, dials: Any, t: Any) -> None:
    """Half a level kept, the other half drawn anew: the model goes on from what it is given."""
    with dials, st.container(key="keeping"):
        if asked["keep"] < 0:
            st.button(
                t("Keep the upper half of level {n}, draw the lower anew", n=at + 1), icon=":material/content_cut:",
                key="games:keep", width="stretch", on_click=_hold, args=(at,),
            )  # fmt: skip
            return
        st.caption(t("The upper half is that of level {n} of dozen {dozen}.", n=asked["keep"] + 1, dozen=asked["seed"]))
        st.button(
            t("Other lower halves"), icon=":material/casino:", key="games:lower", width="stretch", on_click=_lower,
            args=(asked["lower"],),
        )  # fmt: skip
        st.button(t("Let it go"), icon=":material/undo:", key="games:free", width="stretch", on_click=_hold, args=(-1,))


def _hold(at: int) -> None:
    url.keep("keep", str(at + 1), "0")
    url.keep("lower", "1", "1")


# --- levels ----------------------------------------------------------------------------------------------------------


def _stage(facts: Mapping[str, Any], asked: Mapping[str, Any], t: Any) -> int:
    """The levels; returns the one that is open."""
    shown: list[games_play.Level] = [
        {"tiles": one["tiles"], "path": one["path"], "changed": one["changed"], "note": note(one, t)}
        for one in facts["levels"]
    ]
    best = max(range(len(shown)), key=lambda i: (not shown[i]["changed"], len(shown[i]["path"])))
    known = st.session_state.get("games:play", {}).get("picked")
    picked = known if type(known) is int and 0 <= known < len(shown) else url.whole("level", len(shown), best + 1) - 1
    id = hashlib.sha256(json.dumps(asked).encode()).hexdigest()[:16]  # in another language it is the same game
    at = games_play.show(shown, id=id, picked=max(picked, 0), kept=facts["kept_rows"], t=t, key="games:play")
    url.keep("level", str(at + 1), str(best + 1))
    return at


def note(level: Mapping[str, Any], t: Any) -> str:
    """What is known of a level, in a sentence."""
    if level["reason"]:
        return t("Cannot be finished: {reason}.", reason=t(level["reason"]))
    words = t("Can be finished in {n} steps", n=len(level["path"]) - 1)
    words += t(", and only with the key.") if level["needs_key"] else t(", also without the key.")
    if level["changed"]:
        words += " " + t.n(
            "{n} tile was changed to make it so.", "{n} tiles were changed to make it so.", len(level["changed"])
        )
    return words


def _tally(facts: Mapping[str, Any], asked: Mapping[str, Any], t: Any) -> None:
    fine = sum(not one["reason"] for one in facts["levels"])
    locks = sum(one["needs_key"] for one in facts["levels"])
    words = t(
        "**{first} of 12** can be finished as first drawn, **{fine}** as shown; in **{locks}** the key is needed.",
        first=facts["fine_first"], fine=fine, locks=locks,
    )  # fmt: skip
    if asked["again"]:
        words += " " + t("{draws} levels were drawn for these 12.", draws=facts["draws"])
    if asked["mend"]:
        words += " " + t("The repair changed {n} tiles.", n=sum(len(one["changed"]) for one in facts["levels"]))
    st.markdown(words)
    report = services.shipped_report(services.shipped(PRESET))
    metric = report["metrics"]["playable"]
    st.caption(
        t(
            "This model learned for {steps} steps; of 300 of its levels {share} can be finished ({low} to {high}). Those measured below "
            "learned for 600.",
            steps=t.number(report["step"], 0),
            share=t.percent(metric["value"]),
            low=t.percent(metric["low"]),
            high=t.percent(metric["high"]),
        )
    )


def _novelty(key: str, facts: Mapping[str, Any], at: int, t: Any) -> None:
    """The level beside the nearest one of its training data."""
    level = facts["levels"][at]
    st.subheader(t("New, or copied?"), anchor=False)
    pictures = ask(key, "pictures", levels=[level["tiles"], level["nearest"]])["arrays"]["pictures"]
    names = (t("this level"), t("the nearest of 4,000 training levels"))
    for column, pixels, name in zip(st.columns(2, gap="small"), pictures, names, strict=True):
        with column, st.container(key=f"pixels-{'own' if name is names[0] else 'nearest'}"):
            st.image(png(pixels), width="stretch", alt=t("Map of {what}", what=name))
            st.caption(name)
    st.markdown(
        t(
            "It differs from the nearest training level in **{n}** of 256 tiles. Fresh levels of the rules, which can be no copies, do "
            "so in {control} (median).",
            n=level["near"],
            control=t.number(facts["near_heldout"], 0),
        )
    )


# --- terrain ---------------------------------------------------------------------------------------------------------

LABELS = {
    "turn": N_("Turn"),
    "hold": N_("Hold"),
    "way": N_("shortest way"),
    "height": N_("height"),
    **{name: name for name in ("start", "exit", "key", "door", "treasure")},
}


def _terrain(key: str, level: Mapping[str, Any], at: int, asked: Mapping[str, Any], t: Any) -> None:
    st.subheader(t("Level {n} as a landscape", n=at + 1), anchor=False)
    facts = ask(key, "terrain", tiles=level["tiles"], seed=asked["seed"])
    heights: np.ndarray = facts["arrays"]["heights"]
    labels = {name: t(words) for name, words in LABELS.items()}
    figure = plots_games.terrain(
        heights, level["tiles"], facts["path"], labels, fine=facts["fine"], dark=st.context.theme.type == "dark"
    )
    alt = t(
        "A landscape of 16 by 16 fields: {sea} lies under water, the highest peak is {high} above the sea in row {row}, column {column}; {way}",
        sea=t.percent(facts["sea"]), high=t.number(facts["highest"], 1), row=facts["top"][0] // facts["fine"] + 1,
        column=facts["top"][1] // facts["fine"] + 1,
        way=t("the shortest way has {n} steps", n=len(facts["path"]) - 1) if facts["path"] else t("no way leads to the exit"),
    )  # fmt: skip
    st.plotly_chart(figure, key=f"terrain-{t.language}", config={"displayModeBar": False, "scrollZoom": False}, alt=alt)
    st.caption(
        t(
            "Walls become ridges, water lies below the sea, edges are worn, and fractal noise roughens what is high: rules, on a map "
            "that the model drew. Drag to turn it."
        )
    )
