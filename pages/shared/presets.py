"""The recipes of a family as thumbnails: good starts, and what goes wrong."""

import streamlit as st

from pages.shared import bench as benches
from pages.shared import components, pictures, services, text
from pages.shared.bench import Bench


def show(bench: Bench, *, by_modality: bool = False) -> None:
    """``by_modality``: a group of recipes for texts, one for series, one for pictures."""
    t = text.translator()
    presets = benches.family_presets(bench.family)
    groups = _groups(bench.family, text.language(), by_modality)
    picked = components.cards(groups, selected=bench.preset, label=t("Recipes"), key=f"cards:{bench.family}")
    if picked in presets and picked != bench.preset:
        benches.open_preset(picked)
        st.rerun()
    if bench.preset and presets[bench.preset]["explain"]:
        st.info(t(presets[bench.preset]["explain"]), icon=":material/lightbulb:")


def _group(label: str, presets: list[dict]) -> components.Group:
    return {"label": label, "cards": [_card(p) for p in presets]}


@st.cache_resource(max_entries=32, show_spinner=False)
def _groups(family: str, language: str, by_modality: bool) -> list[components.Group]:
    """The cards of a family, made once for all visitors."""
    t = text.translator()
    presets = benches.family_presets(family).values()
    recipes = [p for p in presets if p["role"] == "recipe"]
    groups = _by_modality(recipes) if by_modality else [_group(t("Recipes"), recipes)]
    groups.append(_group(t("What goes wrong"), [p for p in presets if p["role"] == "failure"]))
    return [g for g in groups if g["cards"]]


def _by_modality(presets: list[dict]) -> list[components.Group]:
    t = text.translator()
    names = {"text": t("Text"), "series": t("Series"), "image": t("Pictures")}
    datasets = services.catalogue().datasets
    return [
        _group(name, [p for p in presets if datasets[p["dataset"]]["modality"] == modality])
        for modality, name in names.items()
    ]


def _card(preset: dict) -> components.Card:
    t = text.translator()
    run_id = services.shipped(preset["key"])
    return {
        "key": preset["key"],
        "title": t(preset["title"]),
        "note": t(preset["note"]),
        "image": pictures.thumbnail(run_id) if run_id else "",
        "text": pictures.excerpt(run_id) if run_id else "",
        "alt": t("Samples of this recipe's shipped run"),
        "role": preset["role"],
    }
