"""Pictures in place of scans: does the model notice what it has never seen, and what does it take away as noise?"""

from collections.abc import Callable
from typing import Any

import numpy as np
import streamlit as st

from genai_core import plots_risk
from genai_core.contracts import N_
from pages.shared import explore, url

Ask = Callable[..., tuple[dict[str, Any], dict[str, np.ndarray]]]
KINDS = {
    "clothes": N_("clothes"),
    "blot": N_("a small bright blot"),
    "noise": N_("noise"),
    "upside": N_("upside down"),
    "erased": N_("lower half missing"),
    "blank": N_("an empty sheet"),
}
NOISES = (0.2, 0.4, 0.6, 0.8, 1.0)
STEPS = ("true", "noisy", "cleaned", "taken")
GAP = 1  # pixels between pictures


def show(t: Any, ask: Ask) -> None:
    st.caption(
        t(
            "Handwritten digits stand in for scans here: the model is a VAE that has seen digits and nothing else. What it shows of the "
            "method carries over; its numbers do not."
        )
    )
    left, right = st.columns(2, gap="large")
    with left:
        _unusual(t, ask)
    with right:
        _cleaned(t, ask)


def _unusual(t: Any, ask: Ask) -> None:
    st.subheader(t("Does it notice?"), anchor=False)
    kinds = list(KINDS)
    kind = st.pills(
        t("What it is shown"), kinds, default=url.choice("odd", kinds, "clothes"), format_func=lambda o: t(KINDS[o]),
        key="odd", required=True,
    )  # fmt: skip
    url.keep("odd", kind, "clothes")
    found, arrays = ask("unusual", kind=kind)
    row = np.concatenate(list(arrays["pictures"]), 1)
    with st.container(key="pixels-odd"):
        st.image(explore.png(row), width="stretch", alt=t("Eight of the pictures: {what}", what=t(KINDS[kind])))
    value, low, high = found["auc"]
    with st.container(key="lit-odd" if high < 0.6 else "calm-odd"):
        interval = f"{t.number(low, 2)} – {t.number(high, 2)}"
        st.metric(t("AUC of telling them from unseen digits by the score"), t.number(value, 2))
        st.caption(
            t(
                "95 % interval {interval}. Control, other unseen digits: {control}.",
                interval=interval,
                control=f"{t.number(found['control'][0], 2)} ({t.number(found['control'][1], 2)} – {t.number(found['control'][2], 2)})",
            )
        )
    if high < 0.5:
        st.markdown(
            t(
                "**It is fooled.** An empty sheet is easy to describe, so the model finds it more likely than any digit: a low likelihood is "
                "not the same as unusual."
            )
        )
    elif value < 0.7:
        st.markdown(t("**It hardly notices.** What is missing costs nothing to describe; only what is there does."))
    top = float(np.quantile(np.concatenate([arrays["usual"], arrays["scores"]]), 0.97))
    figure = plots_risk.two_groups(
        (t("unseen digits"), arrays["usual"].clip(max=top).tolist(), "heldout"),
        (t(KINDS[kind]), arrays["scores"].clip(max=top).tolist(), "risk"),
        x_title=t("minus the bound, nats: higher is odder"), y_title=t("share"), dark=st.context.theme.type == "dark",
    )  # fmt: skip
    figure.update_layout(height=240)
    alt = t(
        "Scores of unseen digits (median {usual} nats) and of: {what} (median {odd})",
        usual=t.number(found["usual"], 0), what=t(KINDS[kind]), odd=t.number(found["median"], 0),
    )  # fmt: skip
    st.plotly_chart(figure, key="odd-chart", config={"displayModeBar": False}, alt=alt)


def _cleaned(t: Any, ask: Ask) -> None:
    st.subheader(t("What does it take for noise?"), anchor=False)
    with st.container(horizontal=True, vertical_alignment="bottom", key="clean-row"):
        index = int(st.number_input(t("Digit"), 0, 999, url.whole("digit", 999, 7), key="clean-digit", width=130))
        marks = [f"{v:g}" for v in NOISES]
        noise = st.select_slider(
            t("Strength of the noise"), marks, url.choice("noise", marks, "0.6"), key="clean-noise", width=220
        )  # fmt: skip
        blot = st.toggle(
            t("Add a blot, as a lesion would be"), value=url.choice("blot", ("0", "1"), "1") == "1", key="clean-blot"
        )
    url.keep("digit", str(index), "7")
    url.keep("noise", noise, "0.6")
    url.keep("blot", "1" if blot else "0", "1")
    found, arrays = ask("cleaned", index=index, noise=float(noise), blot=blot)
    words = t("The picture as it was, as it was taken, as the model cleans it, and what it took away")
    with st.container(key="pixels-clean"):
        gap = np.full((28, GAP), 128, np.uint8)
        strip = np.concatenate([part for name in STEPS for part in (arrays[name], gap)][:-1], 1)
        st.image(explore.png(strip), width="stretch", alt=words)
    st.caption(words)
    st.markdown(
        t(
            "Error against the picture as it was: {noisy} before, {cleaned} after.",
            noisy=t.number(found["noisy"], 2),
            cleaned=t.number(found["cleaned"], 2),
        )
    )
    if found["mark"] is not None:
        with st.container(key="lit-blot"):
            st.metric(t("Left of the blot"), t.percent(found["mark"]))
            st.caption(
                t(
                    "The model draws what it knows, and it knows digits without blots. In a scan this would be a finding that was tidied "
                    "away, in a picture that looks better than the one that was taken."
                )
            )
