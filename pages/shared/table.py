"""A small table in the page: pictures, numbers, shares as bars. Light: ``st.dataframe`` brings pandas, 43 MB of the web process."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, TypedDict

import streamlit as st

from pages.shared import text

STATIC = Path(__file__).parent / "static"

_table = st.components.v2.component(
    "genai_table",
    html='<div id="table" role="region" tabindex="0"></div>',
    css=(STATIC / "table.css").read_text(encoding="utf-8"),
    js=(STATIC / "table.js").read_text(encoding="utf-8"),
)


class Column(TypedDict):
    title: str
    kind: Literal["picture", "text", "number", "share"]


class Cell(TypedDict, total=False):
    """``text`` is what stands there (of a picture its alternative), ``value`` what it sorts by, ``image`` a data URI."""

    text: str
    value: float | None
    image: str


def number(value: float | None, digits: int = 2) -> Cell:
    """A number as the reader's language writes it; None is an empty cell."""
    return {"text": "" if value is None else text.translator().number(value, digits), "value": value}


def pack(columns: Sequence[Column], rows: Sequence[Sequence[Cell]], label: str) -> bytes:
    """A table ready to be shown, to be kept where it does not change. ``label`` says what it holds."""
    return json.dumps({"columns": list(columns), "rows": [list(row) for row in rows], "label": label}).encode()


def show(packed: bytes, key: str) -> None:
    _table(data=packed, key=key)
