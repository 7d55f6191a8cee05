"""A studio for chorales: compose anew, harmonise a tune of Bach's or one's own; hear it, take it away, see what was copied."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from genai_core import music, plots_art
from genai_core.contracts import N_
from genai_core.design import colour
from pages.shared import chrome, components, services, text, url

MODELS = {
    "lstm": N_("LSTM"),
    "transformer": N_("Transformer"),
    "few": N_("LSTM that read only twelve"),
}
DOINGS = {
    "compose": N_("Compose anew"),
    "tune": N_("Harmonise a tune of Bach's"),
    "own": N_("Harmonise your own tune"),
}
VOICES = (N_("Soprano"), N_("Alto"), N_("Tenor"), N_("Bass"))
LOW, HIGH = 60, 79
JOY = [  # the Ode to Joy, Beethoven 1824
    [76, 2], [76, 2], [77, 2], [79, 2], [79, 2], [77, 2], [76, 2], [74, 2], [72, 2], [72, 2], [74, 2], [76, 2], [76, 3], [74, 1], [74, 4],
    [76, 2], [76, 2], [77, 2], [79, 2], [79, 2], [77, 2], [76, 2], [74, 2], [72, 2], [72, 2], [74, 2], [76, 2], [74, 3], [72, 1], [72, 4],
]  # fmt: skip
RATE = 16_000


def show(entry: Mapping[str, Any], t: Any) -> None:
    """The example at the head of the page."""
    with chrome.errors():
        wish = url.choice("do", tuple(DOINGS), "compose")
        doing = st.segmented_control(
            t("What to do"), list(DOINGS), default=wish, required=True, key="art-do", format_func=lambda k: t(DOINGS[k]),
            label_visibility="collapsed",
        )  # fmt: skip
        url.keep("do", doing, "compose")
        left, right = st.columns([1, 2.9], gap="large")
        with left:
            asked = _settings(doing)
        with right:
            if doing == "own":
                asked["melody"] = _keyboard() or JOY
            name = "compose" if doing == "compose" else "harmonise"
            piece = (_own if doing == "own" else _ask)(name, json.dumps(asked, sort_keys=True))
            heard(piece, doing, asked)
        copied(piece, doing, asked["model"])


@st.cache_resource(max_entries=64, show_spinner=False)
def _ask(name: str, asked: str) -> dict[str, Any]:
    return services.engine().look(name, {"experiment": "art", **json.loads(asked)})[0]


def _own(name: str, asked: str) -> dict[str, Any]:
    """The same for a visitor's own tune: the last answer is kept in their session, none in the cache that all share."""
    kept = st.session_state.get("art own")
    if kept is None or kept[0] != asked:
        kept = (asked, services.engine().look(name, {"experiment": "art", **json.loads(asked)})[0])
        st.session_state["art own"] = kept
    return kept[1]


@st.cache_resource(max_entries=12, show_spinner=False)
def _wav(voices: str) -> bytes:
    return music.wav(json.loads(voices), rate=RATE)


# --- what is asked ---------------------------------------------------------------------------------------------------


def _settings(doing: str) -> dict[str, Any]:
    t = text.translator()
    asked: dict[str, Any] = {}
    if doing == "tune":
        pieces = _ask("sopranos", "{}")["pieces"]
        names = [piece["name"] for piece in pieces]
        wish = url.choice("piece", names, names[0])
        asked["piece"] = st.selectbox(
            t("A tune that no model has read"), names, names.index(wish), key="art-piece", format_func=_titled
        )
        url.keep("piece", asked["piece"], names[0])
    model = url.choice("model", tuple(MODELS), "lstm")
    asked["model"] = st.radio(
        t("Model"), list(MODELS), list(MODELS).index(model), key="art-model", format_func=lambda k: t(MODELS[k])
    )
    url.keep("model", asked["model"], "lstm")
    warmth = url.whole("warmth", 150, 80) / 100
    asked["temperature"] = st.slider(
        t("Temperature"), 0.0, 1.5, warmth, 0.05, key="art-temperature",
        help=t("Divides the logits: lower is safer, higher is wilder; at 0 the likeliest symbol is always taken."),
    )  # fmt: skip
    url.keep("warmth", str(round(100 * asked["temperature"])), "80")
    if doing == "compose":
        bars = url.choice("bars", ("4", "8", "12"), "8")
        asked["bars"] = int(
            st.segmented_control(t("Bars"), ["4", "8", "12"], default=bars, required=True, key="art-bars")
        )
        url.keep("bars", str(asked["bars"]), "8")
    asked["seed"] = url.whole("take", 9999, 1)
    st.button(
        t("Another take"), icon=":material/casino:", type="primary", key="art-again", on_click=_again, width="stretch"
    )
    st.caption(t("Take {n}: the same settings give the same notes.", n=asked["seed"]))
    return asked


def _again() -> None:
    url.keep("take", str(url.whole("take", 9999, 1) % 9999 + 1), "1")


def _titled(name: str) -> str:
    """bwv244.15 as BWV 244.15."""
    return name.replace("bwv", "BWV ")


def _keyboard() -> list[list[int]]:
    t = text.translator()
    lengths = [
        (1, "⅛", t("an eighth")),
        (2, "¼", t("a quarter")),
        (3, "¼.", t("a dotted quarter")),
        (4, "½", t("a half note")),
    ]
    played = components.keys(
        JOY, low=LOW, high=HIGH, names=[music.name(p) for p in range(LOW, HIGH + 1)], lengths=lengths, key="art-keys",
        labels={
            "board": t("Piano keys from C4 to G5"),
            "length": t("Length of the next note"),
            "rest": t("Rest"),
            "undo": t("Undo"),
            "clear": t("Clear"),
            "hear": t("Hear it"),
            "done": t("Harmonise"),
            "tune": t("Your tune so far"),
            "hint": t("Mouse, finger, or the computer's keys A W S E D F … once a key of the piano has the focus. Your tune is not kept."),
        },
    )  # fmt: skip
    if not played:
        st.caption(
            t(
                "For a start this is the Ode to Joy (Beethoven, 1824). Clear it and play your own; sopranos mostly sing between G4 and G5."
            )
        )
    return played


# --- what comes back -------------------------------------------------------------------------------------------------


def heard(piece: Mapping[str, Any], doing: str, asked: Mapping[str, Any]) -> None:
    t = text.translator()
    names = [t(voice) for voice in VOICES]
    dark = st.context.theme.type == "dark"
    voices = piece["voices"]
    shown = "model"
    if doing == "tune":
        whose = ("model", "bach")
        shown = st.segmented_control(
            t("Whose harmony"), whose, default=url.choice("whose", whose, "model"), required=True, key="art-whose", label_visibility="collapsed",
            format_func=lambda k: t("The model's") if k == "model" else t("Bach's own"),
        )  # fmt: skip
        url.keep("whose", shown, "model")
        voices = piece["bach"] if shown == "bach" else voices
    passage = piece.get("passage") if shown == "model" else None
    run = piece["run"]
    shared = (run["voice"], passage["own"], passage["here"]) if passage else None
    alt = plots_art.described(voices, names, t)
    figure = plots_art.roll(
        voices, names, x_title=t("Bar"), dark=dark, metre=piece["metre"], pickup=piece["pickup"], shared=shared,
        shared_label=t("longest run shared with one chorale"),
    )  # fmt: skip
    st.plotly_chart(figure, key=f"art-roll:{doing}:{shown}", config={"displayModeBar": False}, alt=alt)
    sounding = st.pills(
        t("Voices to hear"), list(range(4)), default=list(range(4)), selection_mode="multi", key=f"art-hear:{doing}",
        format_func=lambda v: names[v],
    )  # fmt: skip
    heard = [line if v in sounding else [[0, sum(n for _, n in line)]] for v, line in enumerate(voices)]
    private = doing in ("own", "large")
    st.audio(music.wav(heard, rate=RATE) if private else _wav(json.dumps(heard)), format="audio/wav")
    beats = max(sum(length for _, length in line) for line in voices) / 2
    hue = colour("generated", dark)
    components.playhead(within="example", roll="art-roll", beats=beats, tempo=music.TEMPO, hue=hue, key="art-playhead")
    with st.container(horizontal=True, vertical_alignment="center", key="art-take"):
        st.download_button(
            t("Take the MIDI file"), music.midi(voices, ("Soprano", "Alto", "Tenor", "Bass")), "chorale.mid", "audio/midi", icon=":material/piano:",
            key="art-midi", on_click="ignore",
        )  # fmt: skip
        fits = piece["bach_chords"] if shown == "bach" else piece["chords"]
        st.caption(
            t(
                "{share} % of its beats sound a triad or a seventh chord; of Bach's held-out chorales {bach} %.",
                share=t.number(100 * fits, 0),
                bach=t.number(100 * piece["bach_all"], 0),
            )
        )
    st.caption(alt)


def copied(piece: Mapping[str, Any], doing: str, model: str) -> None:
    """The longest run shared with what was read, beside the same figure of Bach's held-out chorales."""
    t = text.translator()
    run, control, dark = piece["run"], piece["control"], st.context.theme.type == "dark"
    above = sum(n < run["notes"] for n in control)
    copied = above == len(control)
    st.subheader(t("Original or copied?"), anchor=False)
    with st.container(key="lit-copied" if copied else "calm-copied"):
        number, chart, source = st.columns([1, 1.5, 1.7], gap="large", vertical_alignment="center")
    with number:
        st.metric(t("Longest shared run"), t.n("{n} note in a row", "{n} notes in a row", run["notes"]))
        if copied:
            st.markdown(
                t("**Longer than in any of {n} chorales by Bach** that were held out: this was learned by heart.", n=len(control))
            )  # fmt: skip
        else:
            st.markdown(
                t(
                    "**Nothing unusual:** {above} of {n} held-out chorales by Bach share a shorter run with the same chorales, the others one "
                    "as long or longer.",
                    above=above,
                    n=len(control),
                )
            )
    with chart:
        figure = plots_art.shares(
            control, run["notes"],
            {"x": t("longest shared run, notes"), "y": t("chorales by Bach"), "control": t("held-out chorales by Bach"), "own": t("this piece")},
            dark,
        )  # fmt: skip
        alt = t(
            "The longest shared runs of {n} held-out chorales, from {low} to {high} notes; this piece has {own}",
            n=len(control),
            low=min(control),
            high=max(control),
            own=run["notes"],
        )
        st.plotly_chart(figure, key="art-control", config={"displayModeBar": False}, alt=alt)
    with source:
        if "passage" in piece:
            _side_by_side(piece, dark)
    words = t(
        "A run is the same intervals and lengths in one voice, at any pitch, in any of the {n} chorales that this model read; the last "
        "note's length is left aside. Bach's held-out chorales are cut to the same length and searched for in all that the other models read.",
        n=piece["read"],
    )
    lower = (
        t("Since the tune was given, only the lower three voices are looked at, in both.") if doing != "compose" else ""
    )
    st.caption(f"{words} {lower}")


def _side_by_side(piece: Mapping[str, Any], dark: bool) -> None:
    """The run in this piece and in its source, one above the other."""
    t = text.translator()
    passage, run = piece["passage"], piece["run"]
    names = [t("this piece"), _titled(run["name"])]
    figure = plots_art.roll(
        [passage["own"], passage["source"]], names, x_title=t("Beats from where the run begins"), dark=dark, height=230, beside=True
    )  # fmt: skip
    alt = t(
        "The shared run in this piece ({voice}) and in {name} ({source}): the same {n} notes",
        voice=t(VOICES[run["voice"]]),
        name=names[1],
        source=t(VOICES[run["source_voice"]]),
        n=run["notes"],
    )
    st.plotly_chart(figure, key="art-passage", config={"displayModeBar": False}, alt=alt)
    st.caption(alt)


# --- what the experiment kept ----------------------------------------------------------------------------------------

GROUPS: Sequence[tuple[str, str, str]] = (
    ("bach", N_("Held-out chorales by Bach"), "heldout"),
    ("lstm", N_("LSTM"), "generated"),
    ("transformer", N_("Transformer"), "generated"),
    ("few", N_("LSTM that read only twelve"), "risk"),
)


def exhibit(shown: Mapping[str, Any], t: Any) -> None:
    """The ladder of models in bits saved; runs shared with what was read, a point a piece."""
    dark, metrics = st.context.theme.type == "dark", shown["metrics"]
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader(t("Against simpler readers"), anchor=False)
        rows = [
            (t("Counting, one note back"), metrics["counting_1"], "heldout"),
            (t("Counting, two notes back"), metrics["counting_2"], "heldout"),
            (t("Transformer, a third of the steps"), metrics["transformer"], "generated"),
            (t("LSTM"), metrics["effect"], "generated"),
        ]
        figure = plots_art.ladder(rows, x_title=t("Bits a note saved against counting"), dark=dark)
        st.plotly_chart(
            figure,
            key="art-ladder",
            config={"displayModeBar": False},
            alt=t("Bits a note saved: {values}", values=t("; ").join(f"{name} {t.number(m['value'], 2)}" for name, m, _ in rows)),
        )  # fmt: skip
        st.caption(
            t(
                "Counting knows each voice by itself. Chords on the beat: Bach {bach} %, LSTM {lstm} %, trained on shuffled notes {shuffled} %.",
                bach=t.number(100 * metrics["chords_bach"]["value"], 0),
                lstm=t.number(100 * metrics["chords_lstm"]["value"], 0),
                shuffled=t.number(100 * metrics["chords_shuffled"]["value"], 0),
            )
        )
    with right:
        st.subheader(t("Runs shared with what was read"), anchor=False)
        groups = [(t(title), shown["runs"][key], concept) for key, title, concept in GROUPS]
        figure = plots_art.strips(groups, x_title=t("longest shared run, notes"), dark=dark)
        st.plotly_chart(
            figure,
            key="art-runs",
            config={"displayModeBar": False},
            alt=t("A point a piece: {values}", values=t("; ").join(
                t("{name} {low} to {high} notes", name=name, low=round(min(v)), high=round(max(v))) for name, v, _ in groups
            )),
        )  # fmt: skip
        st.caption(
            t(
                "Each point is a piece of eight bars, from the models of the first replicate; the bar stands at the median."
            )
        )
