"""The mathematics of the autoregressive page, drawn for the model on screen: which past a factor sees, and what temperature does."""

import streamlit as st

from genai_core import plots_text
from pages.shared import ar_panels, text
from pages.shared.bench import Bench


def show(bench: Bench) -> None:
    t = text.translator()
    modality = ar_panels.modality(bench)
    kind = "attention" if "transformer" in bench.model else "raster" if "pixel" in bench.model else "recurrent"
    captions = {
        "recurrent": t("One factor of the product. All of the past reaches it through one state of fixed size."),
        "attention": t("One factor of the product. Every earlier position in the context reaches it directly."),
        "raster": t("One factor of the product. A pixel sees those above it and to its left, in reading order."),
    }
    _draw(kind, captions[kind])
    if modality == "series":
        _draw(
            "lags",
            t("Yule's linear autoregression, for comparison: it sees the last p values and nothing before them."),
        )
    if modality == "text":
        labels = {"x": t("temperature T"), "y": t("probability")}
        st.plotly_chart(
            plots_text.temperatures(labels, _dark()),
            key="temperatures",
            config={"displayModeBar": False},
            alt=t("Probabilities of four tokens against temperature"),
        )
        st.caption(
            t(
                "Four tokens with logits 2, 1, 0 and −1. Towards T = 0 the likeliest takes all; at T = 1 they are as the model says; "
                "far above, all become alike."
            )
        )


def _draw(kind: str, caption: str) -> None:
    t = text.translator()
    labels = {"past": t("seen"), "state": t("state"), "now": t("to be predicted"), "future": t("not seen")}
    st.plotly_chart(
        plots_text.factorisation(kind, labels, _dark()),
        key=f"factorisation:{kind}",
        config={"displayModeBar": False},
        alt=caption,
    )
    st.caption(caption)


def _dark() -> bool:
    return st.context.theme.type == "dark"
