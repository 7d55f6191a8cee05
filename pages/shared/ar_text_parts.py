"""What the views of a text model share: which run they fit, the field to type into, how a figure is said."""

import re
from typing import Any

import streamlit as st

from pages.shared import text
from pages.shared import typed as fields

HAN = re.compile(r"[\u3400-\u9fff]")


def texts(record: Any) -> bool:
    """Whether a run is of text."""
    return bool(record.info) and record.info.modality == "text"


def script(record: Any) -> str:
    """The writing of a run's text: "han" or "latin"."""
    return "han" if any(HAN.match(symbol) for symbol in record.info.vocabulary) else "latin"


def typed(record: Any, name: str, label: str, start: str, most: int, *, area: bool = False) -> str:
    """A field to type into. What is typed goes into looks alone: it is in no link, no log and no run."""
    t = text.translator()
    note = t("Any text will do; nothing private is needed. It is answered and not stored.")
    key = f"typed:{name}:{record.id}"
    if area:
        value = st.text_area(
            label, fields.again(key, start), height=110, max_chars=most, key=key, help=note, placeholder=note
        )
    else:
        value = st.text_input(label, fields.again(key, start), max_chars=most, key=key, help=note, placeholder=note)
    return fields.kept(key, value) or start


def not_read(unknown: list[str]) -> None:
    """Says which symbols the model has never seen."""
    t = text.translator()
    if unknown:
        signs = " ".join(text.plain(symbol) for symbol in unknown)
        st.caption(t("Not read, as the model has never seen it: {signs}", signs=signs))


def dark() -> bool:
    return st.context.theme.type == "dark"
