"""What a model of text makes of a text: its surprise, where it looks, what a unit follows, how it drifts, what it quotes."""

from typing import Any

import numpy as np
import streamlit as st

from genai_core import plots_text
from genai_core.design import colour
from pages.shared import ar_text_parts as parts
from pages.shared import chrome, explore, looks, text, typeset
from pages.shared.bench import Bench

MOST_LINES = 14
LONG, SHORT = 600, 64  # characters of a text to colour, of one whose attention is drawn
PASSAGE = {"latin": 128, "han": 64}  # characters of a passage written on its own: two quatrains
FULL = {"latin": 8.0, "han": 12.0}  # bits of surprise that are shown in full colour
SURPRISES = {
    "latin": "It is a truth universally acknowledged, that a single man in possession of a good telephone, must be in want of a charger.",
    "han": "床前明月光，疑是地上霜。\n举头望明月，低头思手机。",
}
SENTENCES = {"latin": "Elizabeth was delighted, but her mother was not.", "han": "白日依山尽，黄河入海流。"}
SPOKEN = {
    "latin": '"I do not know," said she, "what you mean." He bowed; and they went into the garden together, without a word.',
    "han": "空山不见人，但闻人语响。\n返景入深林，复照青苔上。",
}


# --- surprise --------------------------------------------------------------------------------------------------------


def surprise(bench: Bench, record: Any) -> None:
    st.fragment(_surprise, key="surprise")(bench.run_id, record)


def _surprise(run_id: str, record: Any) -> None:
    t = text.translator()
    with chrome.errors():
        st.markdown(
            t(
                "How many bits each character costs the model, given all that stands before it: minus the logarithm of its probability. "
                "What it expected costs little and stays plain; what surprises it is coloured."
            )
        )
        words = parts.typed(
            record, "surprise", t("A text of your own"), SURPRISES[parts.script(record)], LONG, area=True
        )
        found, arrays = explore.look("surprise", run=run_id, text=words)
        bits, baseline = np.asarray(arrays["bits"], float), np.asarray(arrays["ngram"], float)
        parts.not_read(found["unknown"])
        shown = found["text"]
        full, hue = FULL[parts.script(record)], colour("generated", parts.dark())
        pieces: list[typeset.Piece] = [
            (
                token,
                min(1.0, cost / full),
                hue,
                t(
                    "{token}: {bits} bits here, {baseline} bits to the n-gram model",
                    token=plots_text.visible(token),
                    bits=t.number(cost, 2),
                    baseline=t.number(other, 2),
                ),
            )
            for token, cost, other in zip(shown, bits, baseline, strict=True)
        ]
        scale = [(t("{n} bits", n=t.number(full * share)), share, hue) for share in (0.0, 0.5)]
        typeset.tinted(
            [{"badge": "", "hue": "", "pieces": pieces}],
            label=t("The text, coloured by surprise"),
            key="surprise:text",
            legend=[*scale, (t("{n} bits or more", n=t.number(full)), 1.0, hue)],
            read=t("Point at a character, or move with the arrow keys, to see its bits."),
        )
        own, other, total = st.columns(3)
        own.metric(t("this model, bits per character"), t.number(float(bits.mean()), 2))
        other.metric(t("n-gram model, bits per character"), t.number(float(baseline.mean()), 2))
        total.metric(t("the whole text, bits"), t.number(round(float(bits.sum()))))
        worst = np.argsort(-bits, kind="stable")[:5]
        named = t(", ").join(f"{text.plain(plots_text.visible(shown[i]))} ({t.number(bits[i], 1)})" for i in worst)
        st.caption(t("What surprised it most, in bits: {named}.", named=named))


# --- attention -------------------------------------------------------------------------------------------------------


def attention(bench: Bench, record: Any) -> None:
    st.fragment(_attention, key="attention")(bench.run_id, record)


def _attention(run_id: str, record: Any) -> None:
    t = text.translator()
    with chrome.errors():
        st.markdown(
            t(
                "For each position, the share of its attention that goes to each earlier one. A head often has a habit: "
                "the character before, the start of the word, the last comma. Attention shows what was read, not why."
            )
        )
        words = parts.typed(record, "attention", t("A short text"), SENTENCES[parts.script(record)], SHORT)
        found, arrays = explore.look("attention", run=run_id, text=words)
        weights = np.asarray(arrays["attention"], float)  # (L, H, T, T)
        parts.not_read(found["unknown"])
        layers, heads = weights.shape[:2]
        with st.container(horizontal=True):
            layer = int(looks.choice(t("Layer"), [str(n + 1) for n in range(layers)], "layer", "1"))
            head = int(looks.choice(t("Head"), [str(n + 1) for n in range(heads)], "head", "1"))
        labels = {"x": t("looks at"), "y": t("position"), "weight": t("attention")}
        picture, words = st.columns([2.2, 1], gap="medium")
        with picture:
            st.plotly_chart(
                plots_text.attention(weights[layer - 1, head - 1], list(found["text"]), labels, parts.dark()),
                key="attention:map",
                config={"displayModeBar": False},
                alt=t(
                    "Attention of layer {layer}, head {head}, over the characters of the text", layer=layer, head=head
                ),
            )
        with words:
            _habits(weights[layer - 1, head - 1])


def _habits(weights: np.ndarray) -> None:
    """What this head does on the whole: how much goes to the place itself, to the one before, and how far it looks."""
    t = text.translator()
    n = len(weights)
    places = np.arange(n)
    back = float((weights * (places[:, None] - places[None])).sum() / n)
    st.markdown(t("A row is the character that asks, a column the one it looks at."))
    st.metric(t("to the character itself"), t.percent(float(np.trace(weights) / n)))
    st.metric(t("to the one before"), t.percent(float(np.trace(weights, -1) / max(1, n - 1))))
    st.metric(t("how far back, on average"), t.number(back, 1))


# --- hidden units ----------------------------------------------------------------------------------------------------


def activations(bench: Bench, record: Any) -> None:
    st.fragment(_activations, key="activations")(bench.run_id, record)


def _activations(run_id: str, record: Any) -> None:
    t = text.translator()
    with chrome.errors():
        st.markdown(
            t(
                "The state that a recurrent model carries from character to character is a list of numbers. Some follow something one can name: "
                "being inside a quotation, the length of a word, the end of a line. Here are the units that change most over the text."
            )
        )
        words = parts.typed(record, "units", t("A text of your own"), SPOKEN[parts.script(record)], LONG, area=True)
        found, arrays = explore.look("activations", run=run_id, text=words)
        values = np.asarray(arrays["values"], float)  # (T, U), the units that vary most first
        units = [int(unit) for unit in arrays["units"]]
        parts.not_read(found["unknown"])
        unit = st.pills(
            t("Unit"),
            units,
            default=units[0],
            required=True,
            key=f"activations:unit:{run_id}",
            format_func=str,
        )
        chosen = values[:, units.index(unit)] if unit in units else values[:, 0]
        above, below = colour("generated", parts.dark()), colour("training", parts.dark())
        reach = max(1e-6, float(np.abs(chosen).max()))
        pieces: list[typeset.Piece] = [
            (
                token,
                float(value / reach),
                above if value > 0 else below,
                t("{token}: {value}", token=plots_text.visible(token), value=t.number(value, 2)),
            )
            for token, value in zip(found["text"], chosen, strict=True)
        ]
        typeset.tinted(
            [{"badge": "", "hue": "", "pieces": pieces}],
            label=t("The text, coloured by unit {unit}", unit=unit),
            key="activations:text",
            legend=[
                (t.number(-reach, 2), -1.0, below),
                (t.number(0), 0.0, above),
                (t.number(reach, 2), 1.0, above),
            ],
            read=t("Point at a character, or move with the arrow keys, to see the value of the unit after it."),
        )


# --- teacher forcing and free running --------------------------------------------------------------------------------


def free_running(bench: Bench, record: Any) -> None:
    st.fragment(_free_running, key="drift")(bench.run_id, record)


def _free_running(run_id: str, record: Any) -> None:
    t = text.translator()
    with chrome.errors():
        words = st.container()
        temperature = looks.slider(t("Temperature"), 0.1, 1.5, 0.8, 0.1, "drift", width=320)
        found, arrays = explore.look(
            "free_running", run=run_id, temperature=float(temperature), length=PASSAGE[parts.script(record)]
        )
        words.markdown(
            t(
                "In training the model always reads what a person wrote (teacher forcing). In use it reads what it wrote itself, mistakes included. "
                "Here it draws one character at each place of the same held-out passages, once after the true text and once after its own, "
                "and each draw is looked up: does it end a stretch of {n} characters that never stands in the training text? "
                "Where the curves part, the model has drifted: exposure bias.",
                n=found["stretch"],
            )
        )
        lines = [
            (name, concept, *(arrays[key + end] for end in ("", "_low", "_high")))
            for key, name, concept in (
                ("forced", t("after what a person wrote"), "real"),
                ("free", t("after what it wrote itself"), "generated"),
            )
        ]
        st.plotly_chart(
            plots_text.bands(
                arrays["position"].tolist(),
                lines,
                x_title=t("characters after the beginning"),
                y_title=t("draws that fit no text"),
                dark=parts.dark(),
                floor=(found["real"], t("what people wrote: {share}", share=t.percent(found["real"], 1))),
                percent=True,
            ),
            key="free-running",
            config={"displayModeBar": False},
            alt=t(
                "Share of draws that fit no text by position, with 95 % intervals, after a person's text and after its own"
            ),
        )
        st.markdown(
            t(
                "Over the second half, its own history adds **{gap} percentage points** of draws that fit no text "
                "(95 % interval {low} to {high}, {n} held-out passages).",
                gap=t.number(100 * found["gap"], 1),
                low=t.number(100 * found["low"], 1),
                high=t.number(100 * found["high"], 1),
                n=found["passages"],
            )
        )
        st.caption(
            t(
                "Few misfits are not good in themselves: a text that repeats one safe phrase has none. "
                "People write stretches of their own too: the dashed line."
            )
        )


# --- copied or new ---------------------------------------------------------------------------------------------------


def lines(bench: Bench, record: Any) -> None:
    st.fragment(_lines, key="lines")(bench.run_id, record)


def _lines(run_id: str, record: Any) -> None:
    t = text.translator()
    with chrome.errors():
        st.markdown(
            t(
                "Each line that the model writes is looked up: does it stand, word for word, in the text it learned from, in the held-out text, "
                "or in neither? Marked is the longest stretch that it shares with the training text. "
                "Held-out text is the control: people repeat each other too."
            )
        )
        with st.container(horizontal=True, vertical_alignment="bottom"):
            seed = looks.seed(t("Seed"))
            temperature = looks.slider(t("Temperature"), 0.3, 1.5, 0.8, 0.1, "heat", width=260)
        found, _ = explore.look("lines", run=run_id, seed=int(seed), temperature=float(temperature))
        names = {"train": t("in training"), "heldout": t("in held-out"), "new": t("new")}
        hues = {"train": "risk", "heldout": "training", "new": "real"}
        mark = colour("risk", parts.dark())
        rows: list[typeset.Row] = []
        for line in found["lines"][:MOST_LINES]:
            start, end, whole = line["start"], line["start"] + line["length"], line["text"]
            says = t("{n} characters in a row, as in the training text", n=line["length"])
            pieces: list[typeset.Piece] = [
                (whole[:start], 0.0, "", ""),
                (whole[start:end], 0.45, mark, says),
                (whole[end:], 0.0, "", ""),
            ]
            hue = colour(hues[line["kind"]], parts.dark())
            rows.append({"badge": names[line["kind"]], "hue": hue, "pieces": [p for p in pieces if p[0]]})
        share, control = st.columns(2)
        share.metric(t("longest copied stretch, median share of a line"), t.percent(found["share"]))
        control.metric(t("control: lines that people wrote, held out"), t.percent(found["control"]))
        typeset.tinted(
            rows,
            label=t("Lines of the model, with what they share with the training text"),
            key="lines:text",
            legend=[(t("longest stretch shared with the training text"), 0.45, mark)],
            read=t("Point at a marked stretch to see its length."),
        )
