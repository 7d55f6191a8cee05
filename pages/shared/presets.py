"""The recipes of a family as thumbnails: good starts, and what goes wrong."""

import streamlit as st

from pages.shared import bench as benches
from pages.shared import components, pictures, services, text
from pages.shared.bench import Bench


def show(bench: Bench) -> None:
    t = text.translator()
    presets = benches.family_presets(bench.family)
    groups: list[components.Group] = [
        {"label": t("Recipes"), "cards": [_card(p) for p in presets.values() if p["role"] == "recipe"]},
        {"label": t("What goes wrong"), "cards": [_card(p) for p in presets.values() if p["role"] == "failure"]},
    ]
    groups = [g for g in groups if g["cards"]]
    picked = components.cards(groups, selected=bench.preset, label=t("Recipes"), key=f"cards:{bench.family}")
    if picked in presets and picked != bench.preset:
        benches.open_preset(picked)
        st.rerun()
    if bench.preset and presets[bench.preset]["explain"]:
        st.info(t(presets[bench.preset]["explain"]), icon=":material/lightbulb:")


def _card(preset: dict) -> components.Card:
    t = text.translator()
    run_id = services.shipped(preset["key"])
    return {
        "key": preset["key"],
        "title": t(preset["title"]),
        "note": t(preset["note"]),
        "image": pictures.thumbnail(run_id) if run_id else "",
        "alt": t("Samples of this recipe's shipped run"),
        "role": preset["role"],
    }
