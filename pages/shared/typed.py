"""What a visitor typed, for as long as the visit: the framework forgets a field that was out of sight, as in a tab that was closed."""

import streamlit as st


def again(key: str, start: str = "") -> str:
    """What the field ``key`` begins with: what was typed into it before, else ``start``."""
    return st.session_state.get("typed", {}).get(key, start)


def kept(key: str, value: str) -> str:
    """``value``, which the field holds now; it is in the session's memory, and in no link."""
    st.session_state.setdefault("typed", {})[key] = value
    return value
