"""What the formulas of the schedules say, drawn: how fast the data drowns, and by which way."""

import streamlit as st

from genai_core import plots_diffusion as plots
from pages.shared import text


def show() -> None:
    t = text.translator()
    dark = st.context.theme.type == "dark"
    names = {"linear": t("linear (DDPM)"), "cosine": t("cosine"), "straight": t("straight (flow matching)")}
    st.markdown(f"**{t('How fast the data drowns: signal to noise')}**")
    st.plotly_chart(
        plots.signal_to_noise(names | {"x": t("time, 0 is data"), "y": t("log₁₀ of alpha² / sigma²")}, dark=dark),
        key="signal-to-noise",
        config={"displayModeBar": False},
        alt=t("The signal-to-noise ratio of three schedules falls with time, the linear one first"),
    )
    st.markdown(f"**{t('By which way: from one point to one noise')}**")
    st.plotly_chart(
        plots.paths(names | {"data": t("data"), "noise": t("noise")}, dark=dark),
        key="schedule-paths",
        config={"displayModeBar": False},
        alt=t("A straight path and a curved one between the same data point and the same noise"),
    )
