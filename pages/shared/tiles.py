"""Small pictures beside each other, some of them marked; the one that is pointed at is shown large. JavaScript of ours, no markup."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TypedDict

import streamlit as st

from genai_core.design import colour

STATIC = Path(__file__).parent / "static"

_tiles = st.components.v2.component(
    "genai_tiles",
    html='<div id="tiles" role="group"></div>',
    css=(STATIC / "tiles.css").read_text(encoding="utf-8"),
    js=(STATIC / "tiles.js").read_text(encoding="utf-8"),
)


class Group(TypedDict, total=False):
    """A row of items. Item k is the stack of the k-th tiles of ``strips``, pictures in base64 with as many tiles side by side as
    ``marked`` has entries."""

    title: str
    note: str
    strips: Sequence[str]
    marked: Sequence[bool]
    says: Sequence[str]  # what is said of each item
    first: bool  # the first item is the one that the others are compared with


def show(
    groups: Sequence[Group],
    *,
    heads: Sequence[str],
    label: str,
    legend: str,
    key: str,
    zoom: bool = True,
    size: str = "2.6rem",
    concept: str = "risk",
    start: int = 0,
) -> None:
    """``heads`` names the tiles of a stack, ``legend`` says what a mark means, ``size`` is the least width of an item, ``start``
    the item that is shown large at first."""
    uris = [{**group, "strips": [f"data:image/png;base64,{strip}" for strip in group["strips"]]} for group in groups]
    data = {
        "groups": uris,
        "heads": list(heads),
        "label": label,
        "legend": legend,
        "zoom": zoom,
        "start": start,
        "size": size,
        "hue": colour(concept, st.context.theme.type == "dark"),
    }
    _tiles(data=json.dumps(data).encode(), key=key)
