"""The continuous Bernoulli, drawn: why cross-entropy on grey pixels is no likelihood."""

import streamlit as st

from genai_core import plots_vae
from pages.shared import text


def show() -> None:
    t = text.translator()
    labels = {
        "x": t("grey level of a pixel"),
        "y": t("density"),
        "density": t("continuous Bernoulli, parameter {rate}", rate="{rate}"),
        "entropy": t("exp(-cross-entropy): area {area}", area="{area}"),
    }
    st.plotly_chart(
        plots_vae.continuous_bernoulli(labels, st.context.theme.type == "dark"),
        key="continuous-bernoulli",
        config={"displayModeBar": False},
        alt=t("Densities of the continuous Bernoulli have area one; what cross-entropy takes for a density has less."),
    )
