"""What stands beside each chapter of the article: live things, by chapter and section."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import streamlit as st

from genai_core.article import diagram
from pages.shared import exhibits, families, text, url

Draw = Callable[[], None]


@dataclass(frozen=True)
class Live:
    """``beside``: one for each section of the text, None where words are enough."""

    above: Draw | None = None
    beside: tuple[Draw | None, ...] = ()
    below: Draw | None = None


def of(chapter: str) -> Live:
    """The live things of a chapter by its key."""
    return CHAPTERS.get(chapter, lambda: Live())()


def chosen_family(key: str) -> str:
    """The family that the link names, and the pills to choose another."""
    t = text.translator()
    names = {family.key: t(family.title).partition("：" if "：" in t(family.title) else ":")[0] for family in families.shown()}
    at = url.choice("family", list(names), "gan")
    chosen = st.pills(
        t("Kind of model"), list(names), default=at, format_func=names.get, key=key, required=True, label_visibility="collapsed"
    )
    family = str(chosen or at)
    url.keep("family", family, "gan")
    return family


def _flow(family: str) -> None:
    """The diagram of the family on screen, wide, and tall for a phone."""
    t = text.translator()
    words = {message: t(message) for message in diagram.messages(family)}
    dark = st.context.theme.type == "dark"
    alt = diagram.told(family, words, (t("; "), t(", ")))
    for tall, key in ((False, "flow-wide"), (True, "flow-tall")):
        with st.container(key=key):
            st.image(diagram.svg(family, words, dark=dark, tall=tall), width="stretch", alt=alt)


def _background() -> Live:
    return Live(
        beside=(
            partial(exhibits.film, "flow-digits", "background-1"),
            partial(exhibits.film, "ar-lstm-austen", "background-2"),
            partial(exhibits.strip, "copying", "background-3"),
        ),
    )


def _concepts() -> Live:
    family = chosen_family("concepts-family")
    key = exhibits.first_preset(family)
    found = exhibits.preset(key)
    dataset = found["dataset"] if found else ""
    return Live(
        above=partial(_flow, family),
        beside=(
            None,
            partial(exhibits.data, dataset, "concepts-1"),
            partial(exhibits.facts, key, "concepts-2"),
            partial(exhibits.curves, key, "concepts-3"),
            partial(exhibits.film, key, "concepts-4"),
        ),
    )


CHAPTERS: dict[str, Callable[[], Live]] = {"background": _background, "concepts": _concepts}
