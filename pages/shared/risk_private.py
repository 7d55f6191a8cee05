"""The private experiment to be looked at: epsilon against risk and quality, what each model draws, what the language models say."""

from base64 import b64decode
from collections.abc import Mapping
from typing import Any

import streamlit as st

from genai_core import plots_private
from pages.shared import table


def exhibit(shown: Mapping[str, Any], t: Any) -> None:
    """Risk and price of every epsilon, from none to the smallest."""
    st.subheader(t("What each epsilon buys, and costs"), anchor=False)
    metrics = shown["metrics"]
    doses = [(t("none"), metrics["effect"], metrics["price"])]
    doses += [
        (_name(dose, t), metrics[f"auc_{dose['name']}"], metrics[f"bound_{dose['name']}"]) for dose in shown["doses"]
    ]
    figure = plots_private.privacy(
        doses, titles=(t("attacker's AUC"), t("minus the bound, nats")), null=0.5, null_label=t("no effect"),
        dark=st.context.theme.type == "dark",
    )  # fmt: skip
    st.plotly_chart(
        figure, key="privacy-chart", config={"displayModeBar": False},
        alt=t("Above, the attacker's AUC; below, what the model loses in quality; from left to right with less and less epsilon"),
    )  # fmt: skip
    st.caption(
        t(
            "Epsilon bounds how much likelier anything can become because one person took part: at most by a factor of e to the epsilon, but for "
            "delta = {delta}. Around 1 that is a promise, at 10 hardly, at 100 none.",
            delta=t.number(shown["delta"], 5),
        )
    )


def below(shown: Mapping[str, Any], t: Any) -> None:
    """Samples of every model beside real digits, and the planted secrets."""
    pictures, words = st.columns([1.15, 1], gap="large")
    with pictures:
        st.subheader(t("What each of them draws"), anchor=False)
        names = [t("Some of its pictures"), t("Ordinary training"), *(_name(dose, t) for dose in shown["doses"])]
        with st.container(key="pixels-private"):
            for name, strip in zip(names, [shown["real"], *shown["strips"]], strict=True):
                label, picture = st.columns([1, 3], vertical_alignment="center")
                label.markdown(f"**{name}**")
                picture.image(b64decode(strip), width="stretch", alt=t("Samples, {what}", what=name))
    with words:
        st.subheader(t("Secrets, read once and again"), anchor=False)
        _secrets(shown, t)


def _name(dose: Mapping[str, Any], t: Any) -> str:
    if dose["epsilon"] is None:
        return t("clipping alone, ε = ∞")
    return t(
        "σ = {sigma}, ε = {epsilon}",
        sigma=t.number(dose["sigma"], 1),
        epsilon=t.number(dose["epsilon"], 1 if dose["epsilon"] < 100 else 0),
    )


def _secrets(shown: Mapping[str, Any], t: Any) -> None:
    heads: list[table.Column] = [
        {"title": t("Whose password"), "kind": "text"},
        {"title": t("Its secret"), "kind": "text"},
        {"title": t("Ordinary model says"), "kind": "text"},
        {"title": t("Private model says"), "kind": "text"},
    ]
    rows: list[list[table.Cell]] = [
        [
            {"text": row["lead"].removeprefix("The password of ").removesuffix(" is ")},
            {"text": row["secret"]},
            *({"text": _said(row[kind], row["secret"], t)} for kind in ("plain", "private")),
        ]
        for row in shown["secrets"]
    ]
    table.show(table.pack(heads, rows, t("Planted secrets of an ordinary and of a private model")), key="exhibit")
    facts = {
        name: _figure(shown["metrics"][name], t)
        for name in ("exposure", "exposure_private", "exposure_never", "bits", "bits_private")
    }
    st.markdown(
        t(
            "Over all trained models, a secret that was read has an exposure of **{exposure}** bits without privacy and **{exposure_private}** with "
            "it (epsilon {epsilon}); one that was never read, {exposure_never}. Held-out text costs {bits} bits a character without, {bits_private} "
            "with: from so few pages the one learns by heart, and the other little more than how frequent each letter is.",
            epsilon=t.number(shown["metrics"]["epsilon_text"]["value"], 1),
            **facts,
        )
    )  # fmt: skip
    st.caption(
        t(
            "Machinery: without noise and clipping, Opacus and ordinary training have the same weights after twenty steps, within {gap}. Sampling, "
            "clipping and noise are all the difference there is.",
            gap=f"{shown['metrics']['machinery']['value']:.0e}",
        )
    )


def _said(found: Mapping[str, Any], secret: str, t: Any) -> str:
    """A model's best guess, a tick where it is right, and the exposure of the true secret."""
    tick = " ✓" if found["guess"] == secret else ""
    return t("{guess}, {bits} bits", guess=found["guess"] + tick, bits=t.number(found["exposure"], 1))


def _figure(metric: Mapping[str, Any], t: Any) -> str:
    """A mean with its interval."""
    mean = t.number(metric["value"], 1)
    return mean if metric["low"] is None else f"{mean} ({t.number(metric['low'], 1)} – {t.number(metric['high'], 1)})"
