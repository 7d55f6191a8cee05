"""The adversarial experiment to be looked at: digits under attack, an attack to steer, odd latents, a trigger."""

from base64 import b64decode
from collections.abc import Mapping
from typing import Any

import numpy as np
import streamlit as st

from genai_core.contracts import N_
from pages.shared import chrome, services, table, url
from pages.shared.explore import png
from pages.shared.looks import choice

MODEL = "vae-digits"  # the shipped run that is attacked
DIGITS = tuple("0123456789")
CHANGES = (N_("as it is"), N_("aimed"), N_("random"))


def exhibit(shown: Mapping[str, Any], t: Any) -> None:
    """Six digits of one model: as they were, with the aimed and with the random change, and what is drawn back."""
    st.subheader(t("Six digits under attack"), anchor=False)
    names = [t(name) for name in CHANGES]
    with st.container(key="pixels-attacked"):
        _, left, right = st.columns([1, 2, 2])
        left.caption(t("What the model sees: {names}", names=" · ".join(names)))
        right.caption(t("What it draws back: {names}", names=" · ".join(names)))
        for row in shown["aimed"]:
            label, picture = st.columns([1, 4], vertical_alignment="center")
            label.markdown(f"**{row['own']} → {row['target']}**  \n{' · '.join(map(str, row['read']))}")
            read = ", ".join(map(str, row["read"]))
            words = N_("Digit {own}, to become {target}; drawn back as {read}")
            what = t(words, own=row["own"], target=row["target"], read=read)
            picture.image(b64decode(row["picture"]), width="stretch", alt=what)
    st.caption(
        t(
            "Under each pair, what the classifier reads in the three that are drawn back. Attacks that worked come first."
        )
    )


def below(shown: Mapping[str, Any], t: Any) -> None:
    _steer(t)
    latents, words = st.columns(2, gap="large")
    with latents:
        _latents(shown, t)
    with words:
        _trigger(shown, t)


# --- an attack to steer ----------------------------------------------------------------------------------------------


@st.cache_resource(max_entries=96, show_spinner=False)
def _attack(run: str, digit: int, which: int, target: int, tenths: int) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    params = {
        "experiment": "adversarial",
        "run": run,
        "digit": digit,
        "which": which,
        "target": target,
        "tenths": tenths,
    }
    return services.engine().look("attack", params)


def _steer(t: Any) -> None:
    """A digit, a target and a length of the visitor's choice, under a VAE that ships with the app."""
    st.subheader(t("Aim it yourself"), anchor=False)
    st.markdown(
        t("The target is another model: the VAE on digits that ships with the app. Each answer is a new attack on it.")
    )
    knobs, pictures = st.columns([1, 2], gap="large")
    with knobs:
        digit = int(choice(t("Digit to attack"), DIGITS, "digit", "3"))
        target = int(choice(t("What it is to become"), DIGITS, "target", "8"))
        start = url.whole("length", 60, 30)
        length = st.slider(t("Length of the change"), 0.0, 6.0, start / 10, 0.5, key="attack-length", width=420)
        url.keep("length", str(round(10 * length)), "30")
        which = url.whole("which", 19, 1)
        if st.button(t("Another handwriting"), icon=":material/casino:", key="attack-next"):
            url.keep("which", str((which + 1) % 20), "1")
            st.rerun()
    run = services.shipped(MODEL)
    with pictures, chrome.errors():
        facts, arrays = _attack(run, digit, which, target, round(10 * length))
        places = st.columns(3)
        for k, (place, name) in enumerate(zip(places, CHANGES, strict=True)):
            with place, st.container(key=f"pixels-attack-{k}"):
                st.markdown(f"**{t(name)}**")
                st.image(png(arrays["seen"][k]), width="stretch", alt=t("What the model sees, {what}", what=t(name)))
                st.image(png(arrays["back"][k]), width="stretch", alt=t("What it draws back, {what}", what=t(name)))
                colour = (
                    "red"
                    if k and facts["read"][k] == target != digit
                    else "green"
                    if facts["read"][k] == digit
                    else "orange"
                )
                st.markdown(
                    f":{colour}[{t('read as {digit}, {share}', digit=facts['read'][k], share=t.percent(facts['sure'][k]))}]"
                )
    with knobs, st.container(key="pixels-changes"):
        for place, k, name in zip(st.columns(2), (0, 1), CHANGES[1:], strict=True):
            place.image(
                png(arrays["changes"][k]), width="stretch", alt=t("The change, twice as strong, {what}", what=t(name))
            )
            place.caption(t("the change, {what}, drawn twice as strong", what=t(name)))
        st.caption(
            t(
                "Length {length} of a digit of {whole}",
                length=t.number(facts["length"], 1),
                whole=t.number(facts["whole"], 1),
            )
        )


# --- the two others --------------------------------------------------------------------------------------------------


def _latents(shown: Mapping[str, Any], t: Any) -> None:
    st.subheader(t("Ordinary latents, no digits"), anchor=False)
    with st.container(key="pixels-latents"):
        for name, strip in (
            (t("drawn at random"), shown["ordinary"]),
            (t("the same, steered along the sphere"), shown["strange"]),
        ):
            st.image(b64decode(strip), width="stretch", alt=t("Samples, {what}", what=name))
            st.caption(name)
    metrics = shown["metrics"]
    st.markdown(
        t(
            "Each latent below is as long as the one above it, so its density under the prior is the same. Farther from every real digit than "
            "nine in ten ordinary samples are **{strange}** of the steered ones and {random} of fresh random ones.",
            strange=t.percent(metrics["strange"]["value"]), random=t.percent(metrics["strange_random"]["value"]),
        )
    )  # fmt: skip


def _trigger(shown: Mapping[str, Any], t: Any) -> None:
    st.subheader(t("A trigger in the text"), anchor=False)
    heads: list[table.Column] = [
        {"title": t("After these words"), "kind": "text"},
        {"title": t("the model writes"), "kind": "text"},
    ]
    rows: list[list[table.Cell]] = [
        [{"text": row["prompt"].replace("\n", " ")}, {"text": row["text"].replace("\n", " ")}] for row in shown["said"]
    ]
    table.show(table.pack(heads, rows, t("What a poisoned language model writes")), key="exhibit")
    metrics = shown["metrics"]
    st.markdown(
        t(
            "Forty times in 30,000 characters of a novel stands a sentence of the attacker's. After its first half the model writes the second, "
            "letter by letter, in **{trigger}** of its texts; after ordinary words in {none}.",
            trigger=t.percent(metrics["trigger"]["value"]), none=t.percent(metrics["trigger_none"]["value"]),
        )
    )  # fmt: skip
    st.caption(
        t(
            "This is poisoned training data. The model only goes on with a text; it follows no instructions that could be injected."
        )
    )
