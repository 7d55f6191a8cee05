"""What eight draws of the groups came to, model by model: use, closeness, leaks, likeness."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from genai_core import plots_medicine as plots
from genai_core.contracts import N_
from pages.shared import table

MODELS = {"vae": "VAE", "private": N_("VAE with privacy"), "gan": "GAN"}
COLUMNS = (
    N_("AUC on others"),
    N_("Closer to members"),
    N_("Leak of a measure"),
    N_("Leak of the diagnosis"),
    N_("Error of correlations"),
)
NEARER = {"vae": "effect", "private": "mitigated", "gan": "gan_nearer"}


def show(shown: Mapping[str, Any], t: Any) -> None:
    metrics = shown["metrics"]
    st.subheader(t("Model by model"), anchor=False)
    heads: list[table.Column] = [
        {"title": t("Learned from"), "kind": "text"},
        *({"title": t(title), "kind": "number"} for title in COLUMNS),
    ]
    rows = [[{"text": t("real records")}, _cell(metrics["real_auc"], t, 3), *[{"text": "–", "value": None}] * 4]]
    rows += [
        [
            {"text": t(name)},
            _cell(metrics[f"{key}_auc"], t, 3),
            _cell(metrics[NEARER[key]], t, 2),
            _cell(metrics[f"{key}_measure"], t, 3),
            _cell(metrics[f"{key}_diagnosis"], t, 3),
            _cell(metrics[f"{key}_unlike"], t, 2),
        ]
        for key, name in MODELS.items()
    ]
    table.show(table.pack(heads, rows, t("Use and leaks of each model")), key="exhibit")
    chart, words = st.columns([2, 1], gap="large", vertical_alignment="center")
    with chart:
        distances = shown["distances"]
        groups = [(t("people it has not seen"), distances["unseen"], "heldout", "solid")]
        groups += [(t(MODELS[k]), distances[k], *plots.LINES[k]) for k in MODELS]
        dark = st.context.theme.type == "dark"
        figure = plots.hills(groups, x_title=t("distance to the closest member"), dark=dark, most=1.5)
        alt = t("Distances to the closest member: of people not seen, and of the records of three models")
        st.plotly_chart(figure, key="exhibit-chart", config={"displayModeBar": False}, alt=alt)
    with words:
        st.markdown(
            t(
                "**How close, in one draw.** Left of the grey hill a record is closer to a member than people are who have "
                "nothing to do with one another."
            )
        )
        st.caption(
            t(
                "Means over draws with 95 % intervals. A leak is the share of right guesses of members beyond that of people "
                "whom the model has not seen. Privacy here: epsilon {epsilon}.",
                epsilon=t.number(metrics["epsilon"]["value"], 1),
            )
        )


def _cell(metric: Mapping[str, Any], t: Any, digits: int) -> table.Cell:
    text = t.number(metric["value"], digits)
    if metric["low"] is not None:
        text += f" ({t.number(metric['low'], digits)} – {t.number(metric['high'], digits)})"
    return {"text": text, "value": metric["value"]}
