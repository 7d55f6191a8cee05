"""What others say, each claim with its source, its date and the day on which it was read."""

import datetime as dt

import streamlit as st

from genai_core import claims
from genai_core.rows import say
from pages.shared import text


def show(key: str) -> None:
    """What is said elsewhere about the application or the risk ``key``, a point a claim."""
    t, language, today = text.translator(), text.language(), dt.datetime.now(dt.UTC).date()
    for claim in claims.of(key):
        st.markdown(
            f"- {say(claim.says, language)} [{text.plain(say(claim.source, language))}]({claim.url})  \n"
            f"  {claims.dated(claim.when, claim.as_of, today, t)}"
        )
