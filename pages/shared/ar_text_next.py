"""Writing with a model of text: a prompt, the distribution of the next token, and settings that act on stored logits."""

from typing import Any

import numpy as np
import streamlit as st

from genai_core import plots_text, sampling
from genai_core.design import colour
from pages.shared import ar_text_parts as parts
from pages.shared import chrome, explore, looks, text, typeset
from pages.shared.bench import Bench

MOST = 200  # characters of a prompt
READ = 300  # characters that the model is given: the last ones
LONGEST = 1200  # characters of a text that grows here
MANY = 100  # tokens that the second button writes
ALL = 100  # the right end of the slider for top-k, where it keeps every token
PROMPTS = {"latin": "It is a truth ", "han": "春"}


def show(bench: Bench, record: Any) -> None:
    """A fragment of its own: a slider moves nothing but the bars."""
    st.fragment(_show, key="next")(bench.run_id, record)


def _show(run_id: str, record: Any) -> None:
    t = text.translator()
    with chrome.errors():
        st.markdown(
            t(
                "The model gives every token of its vocabulary (here a character) a probability, one is drawn, "
                "and the text with it is the next question. "
                "Temperature, top-k and top-p change the draw, not the model: they act on the numbers it gave, without asking it again."
            )
        )
        prompt = parts.typed(record, "next", t("Begin with"), PROMPTS[parts.script(record)], MOST)
        state = _state(run_id, prompt)
        words, bars = st.columns([1, 1.1], gap="large")
        with words:
            settings = _settings()
            logits = _logits(run_id, state)
            chosen = int(sampling.choose(logits, state["chance"], **settings))
            _buttons(run_id, record, state, settings, chosen)
            _page(state)
            st.caption(
                t(
                    "Questions to the model for this text so far: {n}. Moving a slider asks none.",
                    n=t.number(state["asked"]),
                )
            )
            parts.not_read(state["unknown"])
        with bars:
            _bars(record, logits, settings, chosen)


def _state(run_id: str, prompt: str) -> dict[str, Any]:
    """What was written after a prompt, kept for this visitor alone."""
    state = st.session_state.get("writing")
    if state is None or (state["run"], state["prompt"]) != (run_id, prompt):
        state = {"run": run_id, "prompt": prompt, "written": [], "logits": None, "asked": 0}
        state |= {"draw": 0, "chance": 0.5, "unknown": []}
        st.session_state["writing"] = state
        _throw(state)
    return state


def _throw(state: dict[str, Any]) -> None:
    """The random number that picks the next token: another at each place, the same whatever the settings are."""
    state["chance"] = float(np.random.default_rng((len(state["written"]), state["draw"])).random())


def _logits(run_id: str, state: dict[str, Any]) -> np.ndarray:
    if state["logits"] is None:
        found, arrays = explore.look("next", run=run_id, prompt=_whole(state)[-READ:])
        state["unknown"] = found["unknown"]
        state["logits"] = np.asarray(arrays["logits"], np.float64)  # (V,)
        state["asked"] += 1
    return state["logits"]


def _whole(state: dict[str, Any]) -> str:
    return state["prompt"] + "".join(token for token, _ in state["written"])


def _settings() -> dict[str, Any]:
    t = text.translator()
    temperature = looks.slider(
        t("Temperature"), 0.1, 2.0, 1.0, 0.05, "temperature",
        help=t("Divides the logits: below one, the likely become likelier; above one, all become more alike."),
    )  # fmt: skip
    k, p = st.columns(2)
    top_k = looks.slider(
        t("Top-k"), 1, ALL, ALL, 1, "k", k, help=t("Only the k likeliest tokens stay; at the right end, all do.")
    )
    top_p = looks.slider(
        t("Top-p"), 0.05, 1.0, 1.0, 0.05, "p", p,
        help=t("Only the likeliest tokens stay that together reach the probability p."),
    )  # fmt: skip
    return {"temperature": temperature, "top_k": 0 if top_k == ALL else top_k, "top_p": top_p}


def _buttons(run_id: str, record: Any, state: dict[str, Any], settings: dict[str, Any], chosen: int) -> None:
    t = text.translator()
    vocabulary = record.info.vocabulary
    full = len(_whole(state)) >= LONGEST
    with st.container(horizontal=True, key="next-buttons"):
        if st.button(
            t("Next: {token}", token=text.plain(plots_text.visible(vocabulary[chosen]))),
            type="primary",
            icon=":material/keyboard_tab:",
            key="next:one",
            disabled=full,
        ):
            share = float(sampling.probabilities(state["logits"], **settings)[chosen])
            _append(state, [(vocabulary[chosen], share)])
        if st.button(t("Write {n}", n=MANY), icon=":material/edit:", key="next:many", disabled=full):
            _many(run_id, state, settings)
        if st.button(t("Another draw"), icon=":material/casino:", key="next:draw", help=t("Another random number.")):
            state["draw"] += 1
            _throw(state)
            st.rerun(scope="fragment")
        if st.button(t("Start over"), icon=":material/undo:", key="next:over", disabled=not state["written"]):
            st.session_state.pop("writing")
            st.rerun(scope="fragment")
    if full:
        st.caption(t("{n} characters are enough here: start over.", n=LONGEST))


def _many(run_id: str, state: dict[str, Any], settings: dict[str, Any]) -> None:
    seed = len(state["written"]) * 1000 + state["draw"]
    found, _ = explore.look("write", run=run_id, prompt=_whole(state)[-READ:], n=MANY, seed=seed, **settings)
    state["asked"] += 1
    _append(state, [(token, 0.0) for token in found["text"]])


def _append(state: dict[str, Any], tokens: list[tuple[str, float]]) -> None:
    state["written"] += tokens
    state["logits"] = None
    _throw(state)
    st.rerun(scope="fragment")


def _page(state: dict[str, Any]) -> None:
    """The text so far: what was typed plain, what was drawn tinted."""
    t = text.translator()
    hue = colour("generated", parts.dark())
    pieces: list[typeset.Piece] = [(state["prompt"], 0.0, "", "")]
    for token, share in state["written"]:
        says = t("{token}: drawn with probability {share}", token=plots_text.visible(token), share=t.percent(share, 1))
        pieces.append((token, 0.3, hue, says if share else ""))
    typeset.tinted(
        [{"badge": "", "hue": "", "pieces": pieces}],
        label=t("The text so far"),
        key="next:text",
        legend=[(t("what you typed"), 0.0, hue), (t("what the model wrote"), 0.3, hue)],
        read=t("Point at a drawn character to see its probability."),
    )


def _bars(record: Any, logits: np.ndarray, settings: dict[str, Any], chosen: int) -> None:
    t = text.translator()
    before, after = sampling.probabilities(logits), sampling.probabilities(logits, **settings)
    rows, spec = plots_text.next_tokens(
        record.info.vocabulary,
        before,
        after,
        chosen=chosen,
        labels={
            "before": t("as the model says"),
            "after": t("as it is drawn"),
            "cut": t("cut"),
            "chosen": t("◀ drawn next"),
            "probability": t("probability"),
        },
        dark=parts.dark(),
    )
    st.vega_lite_chart(
        rows,
        spec,
        width="stretch",
        key="next:bars",
        alt=t("Probabilities of the likeliest next tokens, and which is drawn"),
    )
    kept = int((after > 0).sum())
    entropy = [float(-(p[p > 0] * np.log2(p[p > 0])).sum()) for p in (before, after)]
    st.caption(
        t(
            "{kept} of {all} tokens can be drawn. Entropy: {before} bits as the model says, {after} bits as it is drawn.",
            kept=t.number(kept),
            all=t.number(len(before)),
            before=t.number(entropy[0], 2),
            after=t.number(entropy[1], 2),
        )
    )
