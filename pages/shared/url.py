"""What a view keeps in the link: read with a default, written only where it differs. Never what a visitor draws or types."""

from collections.abc import Sequence

import streamlit as st


def choice(name: str, options: Sequence[str], default: str) -> str:
    """The option that the link names, else the default."""
    wish = st.query_params.get(name, "")
    return wish if wish in options else default


def whole(name: str, high: int, default: int) -> int:
    """The whole number from 0 to ``high`` that the link names, else the default. Thousands of digits are no number."""
    wish = st.query_params.get(name, "")
    return int(wish) if wish.isdecimal() and len(wish) <= len(str(high)) and int(wish) <= high else default


def number(name: str, low: float, high: float, default: float, step: float) -> float:
    """The number of a slider that the link names, on its grid; else the default. Whole where the slider is."""
    try:
        wish = float(st.query_params.get(name, ""))
    except ValueError:
        return default
    if not low <= wish <= high:  # what is no number is not within either
        return default
    found = min(high, low + round((wish - low) / step) * step)
    return int(found) if isinstance(default, int) else round(found, 9)


def place(name: str, limit: float) -> tuple[float, float] | None:
    """Two numbers, ``x,y``, held within the limits; None where the link has none or nonsense."""
    parts = st.query_params.get(name, "").split(",")
    try:
        x, y = (float(part) for part in parts)
    except ValueError:
        return None
    return (x, y) if abs(x) <= limit and abs(y) <= limit else None  # what is no number is not within either


def keep(name: str, value: str, default: str = "") -> None:
    if value == default:
        if name in st.query_params:
            del st.query_params[name]
    elif st.query_params.get(name) != value:
        st.query_params[name] = value
