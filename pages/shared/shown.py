"""What a visitor has looked at, for the report: runs and evidence, by browser, in the memory of this process alone.

A refresh is a new session, so the session's own state would forget it; a restart forgets it. The least recent go first.
"""

import streamlit as st

from genai_core.visits import Book, Kind
from pages.shared import bench as benches


@st.cache_resource(show_spinner=False)
def book() -> Book:
    return Book()


def note(kind: Kind, run_id: str) -> None:
    """This browser has looked at a run or an evidence card. Nothing before it has told who it is: its next rerun will."""
    if benches.owner() and run_id:
        book().note(benches.owner(), kind, run_id)


def seen(kind: Kind) -> list[str]:
    """What this browser has looked at, oldest first."""
    return book().seen(benches.owner(), kind) if benches.owner() else []
