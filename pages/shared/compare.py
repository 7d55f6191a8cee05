"""The shipped runs of a family beside each other: quality with its floor, variety, cost."""

from typing import Any

import streamlit as st

from pages.shared import bench as benches
from pages.shared import pictures, services, text
from pages.shared.bench import Bench


def show(bench: Bench) -> None:
    """A table of the family's shipped runs on the data set on screen."""
    t = text.translator()
    rows = [
        row for key, preset in benches.family_presets(bench.family).items() if (row := _row(key, preset, bench.dataset))
    ]
    if len(rows) < 2:
        return
    st.subheader(t("Side by side, on the same data"), anchor=False)
    st.caption(
        t(
            "1,000 generated against 1,000 held-out pictures, features of our own classifier, k = 5. "
            "The interval is the range over six thousands of samples of one trained model, which holds the median with 97 %: "
            "it says nothing of other seeds. The floor is real against real at the same sizes."
        )
    )
    st.dataframe(
        rows,
        hide_index=True,
        key="compare",
        alt=t("Quality of the shipped runs"),
        column_config={
            "picture": st.column_config.ImageColumn(t("Samples")),
            "title": t("Recipe"),
            "frechet": st.column_config.NumberColumn(t("Fréchet distance"), format="%.2f"),
            "interval": t("97 % interval"),
            "ratio": st.column_config.NumberColumn(t("times the floor"), format="%.1f"),
            "coverage": st.column_config.ProgressColumn(t("Coverage"), min_value=0.0, max_value=1.0, format="%.2f"),
            "recall": st.column_config.ProgressColumn(t("Recall"), min_value=0.0, max_value=1.0, format="%.2f"),
            "steps": st.column_config.NumberColumn(t("Steps")),
            "seconds": st.column_config.NumberColumn(t("Seconds"), format="%.0f"),
        },
    )


def _row(key: str, preset: dict[str, Any], dataset: str) -> dict[str, Any] | None:
    t = text.translator()
    run_id = services.shipped(key)
    if preset["dataset"] != dataset or not run_id:
        return None
    report = services.shipped_report(run_id)
    metrics = report.get("metrics", {})
    if "frechet" not in metrics:
        return None
    distance = metrics["frechet"]
    interval = (
        f"{t.number(distance['low'], 2)} – {t.number(distance['high'], 2)}" if distance["low"] is not None else ""
    )
    return {
        "picture": pictures.thumbnail(run_id),
        "title": t(preset["title"]),
        "frechet": distance["value"],
        "interval": interval,
        "ratio": distance["value"] / distance["floor"] if distance["floor"] else None,
        "coverage": metrics["coverage"]["value"],
        "recall": metrics["recall"]["value"],
        "steps": report["step"],
        "seconds": report["elapsed"],
    }
