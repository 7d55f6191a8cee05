"""Frames of runs as data URIs."""

from base64 import b64encode
from io import BytesIO

import streamlit as st

from pages.shared import services


def uri(data: bytes, kind: str = "webp") -> str:
    return f"data:image/{kind};base64,{b64encode(data).decode('ascii')}"


@st.cache_data(max_entries=400, show_spinner=False)
def shipped_frame(run_id: str, step: int) -> str:
    """A frame of a gallery run, which never changes."""
    return uri(services.store().open(run_id).frame(step))


@st.cache_data(max_entries=64, show_spinner=False)
def thumbnail(run_id: str) -> str:
    """The last frame of a gallery run, small: every visitor gets all of them. "" for a run without frames.

    Of a grid of samples the upper left part, of anything square the whole.
    """
    from PIL import Image  # once a gallery run; not at start

    run = services.store().open(run_id)
    steps = run.frames()
    if not steps:
        return ""
    picture = Image.open(BytesIO(run.frame(steps[-1])))
    wide, high = picture.size
    small = picture.resize((112, 112)) if wide == high else picture.crop((0, 0, wide // 2, high * 2 // 5))
    out = BytesIO()
    small.save(out, format="WEBP", quality=80)
    return uri(out.getvalue())


@st.cache_data(max_entries=24, show_spinner=False)
def shipped_film(run_id: str, most: int = 30) -> tuple[list[str], list[int]]:
    """At most ``most`` frames of a gallery run, first and last included, and their steps."""
    steps = services.store().open(run_id).frames()
    kept = thin(steps, most)
    return [shipped_frame(run_id, step) for step in kept], kept


def thin(steps: list[int], most: int) -> list[int]:
    """At most ``most`` of the steps, evenly by place, first and last included."""
    if len(steps) <= most:
        return list(steps)
    return [steps[round(i * (len(steps) - 1) / (most - 1))] for i in range(most)]
