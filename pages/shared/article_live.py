"""What stands beside each chapter of the article: live things, by chapter and section."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import streamlit as st

from genai_core.article import diagram
from pages.shared import article_wide, exhibits, families, text, url

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


def _chosen_run(family: str) -> str:
    """The recipe of the family that is on screen: the first one, or what the link and the visitor choose."""
    t = text.translator()
    names = exhibits.recipes(family)
    at = url.choice("preset", list(names), next(iter(names), ""))
    chosen = st.selectbox(
        t("On screen"), list(names), index=list(names).index(at), format_func=lambda key: t(names[key]), key=f"concepts-run-{family}"
    )
    url.keep("preset", str(chosen or at), next(iter(names), ""))
    return str(chosen or at)


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
        below=article_wide.modalities,
    )


def _concepts() -> Live:
    family = chosen_family("concepts-family")
    key = _chosen_run(family)
    found = exhibits.preset(key)
    dataset = found["dataset"] if found else ""
    return Live(
        above=partial(_flow, diagram.kind(found["model"], family) if found else family),
        beside=(
            None,
            partial(exhibits.data, dataset, "concepts-1"),
            partial(exhibits.facts, key, "concepts-2"),
            partial(exhibits.curves, key, "concepts-3"),
            partial(exhibits.film, key, "concepts-4"),
        ),
    )


def _run(preset: str, place: str) -> None:
    """A film with its curves under it."""
    exhibits.film(preset, place)
    exhibits.curves(preset, f"{place}-curves")


def _algorithms() -> Live:
    presets = ("gan-mlp-digits", "vae-digits", "ar-lstm-austen", "flow-digits")
    return Live(beside=tuple(partial(_run, preset, f"algorithms-{preset}") for preset in presets))


def _mathematics() -> Live:
    family = chosen_family("mathematics-family")
    return Live(below=partial(article_wide.mathematics, family))


def _project() -> Live:
    return Live(
        beside=(
            partial(exhibits.data, "mnist5k", "project-data"),
            None,
            partial(exhibits.film, "gan-article", "project-article"),
            partial(exhibits.film, "gan-mlp-digits", "project-corrected"),
        ),
        below=article_wide.project,
    )


def _applications() -> Live:
    return Live(beside=tuple(partial(exhibits.strip, key, f"field-{key}") for key in ("art", "marketing", "medicine", "games", "education")))


def _tools() -> Live:
    return Live(beside=(article_wide.versions, partial(exhibits.facts, "gan-mlp-digits", "tools-run"), None))


def _future() -> Live:
    keys = ("private", "copying", "provenance", "bias", "energy")
    return Live(beside=tuple(partial(exhibits.strip, key, f"future-{key}") for key in keys), below=article_wide.dates)


def _faq() -> Live:
    beside: list[Draw | None] = [
        partial(exhibits.film, "flow-digits", "faq-what"),
        None,
        partial(exhibits.curves, "gan-mlp-digits", "faq-trained"),
        None,
        partial(exhibits.strip, "hallucination", "faq-understand"),
        partial(exhibits.strip, "game", "faq-tell"),
        None,
        partial(exhibits.strip, "membership", "faq-private"),
        None,
        partial(exhibits.strip, "energy", "faq-energy"),
        None,
    ]
    return Live(beside=tuple(beside))


def _reading() -> Live:
    return Live(below=article_wide.works)


CHAPTERS: dict[str, Callable[[], Live]] = {
    "background": _background,
    "concepts": _concepts,
    "algorithms": _algorithms,
    "mathematics": _mathematics,
    "project": _project,
    "applications": _applications,
    "tools": _tools,
    "future": _future,
    "faq": _faq,
    "reading": _reading,
}
