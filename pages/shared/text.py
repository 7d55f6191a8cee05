"""The reader's language: from the URL, else from the browser; one translator a run of the script."""

import re
from functools import cache
from typing import Any

import streamlit as st

from genai_core import i18n
from genai_core.errors import Term, UserError


@cache
def _translator(language: str) -> Any:
    return i18n.translator(language)


def browser_language() -> str:
    """What the browser asks for, among the languages we have."""
    return i18n.pick(st.context.locale or st.context.headers.get("Accept-Language", ""), i18n.languages())


def language() -> str:
    """The language of this page, a key of ``i18n.languages()``."""
    chosen = st.session_state.get("language")
    return chosen if chosen in i18n.languages() else browser_language()


def translator() -> Any:
    """``t(message, **params)`` in the reader's language."""
    return _translator(language())


def say(error: UserError) -> str:
    """The sentence of an error in the reader's language, safe to show as Markdown."""
    return plain(_sentence(error))


def _sentence(error: UserError) -> str:
    """With what it names, and what it passes on, in the same language."""
    t = translator()
    named = {name: t(str(value)) for name, value in error.params.items() if isinstance(value, Term)}
    passed = {name: _sentence(value) for name, value in error.params.items() if isinstance(value, UserError)}
    return t(error.message, **{**error.params, **named, **passed})


JOIN = "\u2060"  # word joiner: shows nothing, and is no space
MADE = re.compile(r"(?i):(?=//|[\w+/-]+:)|www(?=\.)|(?<=[\w.+-])@(?=[\w-]+\.)")


def plain(text: str) -> str:
    """Text that Markdown shows as it stands: for whatever did not come from our own catalogue.

    Addresses, icons (``:material/…:``) and emoji are looked for after the escapes are gone; a word joiner keeps them text.
    """
    text = MADE.sub(lambda found: found[0] + JOIN, text)
    return "".join("\\" + c if c in "\\`*_{}[]()<>#+-!|$~:^" else c for c in text)
