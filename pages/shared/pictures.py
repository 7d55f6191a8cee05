"""Frames of runs: pictures as data URIs, texts as they are. What is kept is shared between visitors, not copied: not to be changed."""

import re
from base64 import b64encode
from io import BytesIO
from typing import Any

import streamlit as st

from pages.shared import services

HAN = re.compile(r"[\u3400-\u9fff]")
LINE = re.compile(r"(?<=[，。])|\n")  # where a line of Chinese verse ends


def uri(data: bytes, kind: str = "webp") -> str:
    return f"data:image/{kind};base64,{b64encode(data).decode('ascii')}"


@st.cache_resource(max_entries=400, show_spinner=False)
def shipped_frame(run_id: str, step: int) -> str:
    """A frame of a gallery run, which never changes."""
    return uri(services.store().open(run_id).frame(step))


@st.cache_resource(max_entries=64, show_spinner=False)
def thumbnail(run_id: str) -> str:
    """The last frame of a gallery run, small: every visitor gets all of them. "" for a run without pictures.

    Of a grid of samples the upper left part, of anything square the whole.
    """
    from PIL import Image  # once a gallery run; not at start

    run = services.store().open(run_id)
    steps = run.frames()
    if not steps:
        return ""
    if written(run.record()):
        return ""
    picture = Image.open(BytesIO(run.frame(steps[-1])))
    wide, high = picture.size
    small = picture.resize((112, 112)) if wide == high else picture.crop((0, 0, wide // 2, high * 2 // 5))
    out = BytesIO()
    small.save(out, format="WEBP", quality=80)
    return uri(out.getvalue())


@st.cache_resource(max_entries=24, show_spinner=False)
def shipped_film(run_id: str, most: int = 12) -> tuple[list[str], list[int]]:
    """At most ``most`` frames of a gallery run, first and last included, and their steps."""
    steps = services.store().open(run_id).frames()
    kept = thin(steps, most)
    return [shipped_frame(run_id, step) for step in kept], kept


def written(record: Any) -> bool:
    """The frames of this run are texts."""
    return record.info is not None and record.info.modality == "text"


@st.cache_resource(max_entries=24, show_spinner=False)
def shipped_texts(run_id: str, most: int = 30) -> tuple[list[str], list[int]]:
    """As :func:`shipped_film`, for a run whose frames are texts."""
    run = services.store().open(run_id)
    kept = thin(run.frames(), most)
    return [run.text(step) for step in kept], kept


@st.cache_resource(max_entries=128, show_spinner=False)
def shipped_record(run_id: str) -> Any:
    """The record of a gallery run, which never changes."""
    return services.store().open(run_id).record()


@st.cache_resource(max_entries=64, show_spinner=False)
def excerpt(run_id: str) -> str:
    """The first lines of the last text of a gallery run, for a card; "" for a run without texts."""
    run = services.store().open(run_id)
    steps = run.frames()
    if not steps or not written(run.record()):
        return ""
    last = run.text(steps[-1])
    if HAN.search(last):
        lines = [line for line in LINE.split(last) if line.strip()][:2]  # a couplet
        return "\n".join(line.strip()[:8] for line in lines)
    return " ".join(last.split())[:70]


def thin(steps: list[int], most: int) -> list[int]:
    """At most ``most`` of the steps, evenly by place, first and last included."""
    if len(steps) <= most:
        return list(steps)
    return [steps[round(i * (len(steps) - 1) / (most - 1))] for i in range(most)]
