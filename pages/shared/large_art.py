"""A tune by a large model, harmonised by ours, and searched for what it shares with Bach."""

import json

import streamlit as st

from genai_core import large_tasks
from pages.shared import art_studio, large, services, text


def task() -> large.Task:
    t = text.translator()
    return large.Task(
        key="art",
        system=large_tasks.TUNE,
        does=t(
            "A large model writes the tune; our own model adds three voices; and the same search as beside it asks what the voices share "
            "with the chorales that ours has read."
        ),
        label=t("What kind of tune?"),
        example=t("A calm evening tune in C major"),
        draw=_draw,
    )


def _draw(answer: str) -> None:
    melody = large_tasks.tune(answer)
    asked = {"melody": melody, "model": "lstm", "temperature": 0.8, "seed": 1}
    piece = services.engine().look("harmonise", {"experiment": "art", **asked})[0]
    art_studio.heard(piece, "large", asked)
    art_studio.copied(piece, "large", "lstm")
    with st.expander(text.translator()("The tune as it came"), icon=":material/data_array:"):
        st.code(json.dumps(melody), language="json", wrap_lines=True)
