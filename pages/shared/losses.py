"""The two losses of a GAN's generator, drawn: where each of them still pulls."""

import streamlit as st

from genai_core import plots
from pages.shared import text


def show() -> None:
    t = text.translator()
    labels = {
        "x": t("D(G(z)): what the discriminator believes"),
        "y": t("pull on the generator"),
        "minimax": t("minimax"),
        "nonsaturating": t("non-saturating"),
    }
    st.plotly_chart(
        plots.generator_gradients(labels, st.context.theme.type == "dark"),
        key="generator-gradients",
        config={"displayModeBar": False},
        alt=t(
            "The minimax loss stops pulling where the discriminator is sure; the non-saturating loss pulls hardest there."
        ),
    )
