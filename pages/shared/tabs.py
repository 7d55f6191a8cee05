"""Tabs that stay open when the language changes: the framework knows a tab by its title alone, and the titles change then."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from pages.shared import text


def show(name: str, titles: Mapping[str, str], *, about: str = "", wish: str | None = None) -> dict[str, Any]:
    """Tabs by key; whoever draws asks each whether it is ``open``. ``titles``: in the reader's language, by key.

    Where ``about`` changes they begin with the tab ``wish``. A default that moved would reset them: it moves only with the language,
    to the tab that was open.
    """
    state = st.session_state.setdefault(f"{name}-start", {"of": None, "start": "", "open": ""})
    of = (about, text.language())
    if state["of"] != of:
        same = state["of"] is not None and state["of"][0] == about
        state |= {"of": of, "start": state["open"] if same else wish or ""}
    first = next(iter(titles.values()))
    made = st.tabs(
        list(titles.values()), key=f"{name}-tab:{of[1]}", on_change="rerun", default=titles.get(state["start"], first)
    )
    found = dict(zip(titles, made, strict=True))
    state["open"] = next((key for key, tab in found.items() if tab.open), state["open"])
    return found
