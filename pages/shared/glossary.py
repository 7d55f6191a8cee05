"""The glossary: every term of the field in a sentence or two, to be searched, each with a way to where it can be seen."""

from collections.abc import Sequence

import streamlit as st

from genai_core.article import glossary
from genai_core.article.glossary import Term
from genai_core.contracts import N_
from genai_core.rows import say
from pages.shared import chrome, reading, text, url

TOPICS = {
    "model": N_("Models"),
    "training": N_("Training"),
    "measure": N_("Measures"),
    "text": N_("Writing"),
    "image": N_("Drawing"),
    "risk": N_("Risks"),
    "law": N_("Law"),
}
ALL = "all"


def show() -> None:
    """The term that the link names, then a search over all of them."""
    t = text.translator()
    known = glossary.terms()
    chrome.title(t("Glossary"), t("{n} terms of the field, in both languages, each in a sentence or two.", n=len(known)))
    wish = url.choice("term", list(known), "")
    if wish:
        with st.container(border=True, key="wished"):
            _large(known[wish])
    look, topics = st.columns([1, 2], gap="medium", vertical_alignment="bottom")
    with look:
        typed = st.text_input(t("Search"), key="glossary-search", max_chars=60, placeholder=t("latent, watermark, 似然 …"))
    with topics:
        names = {ALL: t("All")} | {key: t(name) for key, name in TOPICS.items()}
        topic = str(
            st.pills(t("Topic"), list(names), default=ALL, format_func=names.get, key="glossary-topic", required=True, label_visibility="collapsed")
            or ALL
        )
    found = [term for term in glossary.search(typed or "", text.language()) if topic in (ALL, term.topic)]
    st.caption(t.n("{n} term", "{n} terms", len(found)))
    _grid(found)


def _grid(found: Sequence[Term]) -> None:
    for at in range(0, len(found), 3):
        for cell, term in zip(st.columns(3, gap="medium"), found[at : at + 3], strict=False):
            with cell, st.container(border=True, key=f"term-{term.key}", height="stretch"):
                st.markdown(_told(term, f"**{_name(term)}**"))


def _large(term: Term) -> None:
    """The term that was asked for, with the way into the app."""
    t = text.translator()
    other = "zh" if text.language() == "en" else "en"
    st.markdown(_told(term, f"### {_name(term)}", own=False))
    st.caption(
        t("In the other language: {term}", term=f"[{say(term.term, other)}](/glossary?term={term.key}&lang={other})")
    )
    if term.live:
        reading.link(term.live, t("See it"))


def _name(term: Term) -> str:
    return say(term.term, text.language())


def _told(term: Term, head: str, own: bool = True) -> str:
    """A term as one piece of Markdown: the page has seventy of them. ``own``: with a link to where it can be seen."""
    t, language = text.translator(), text.language()
    known = glossary.terms()
    ways = [f"[{_name(known[key])}](/glossary?term={key})" for key in term.see]
    ways += [f"**[{t('see it')}]({term.live})**"] if own and term.live else []
    last = f"\n\n:small[{t('See also: {terms}', terms=' · '.join(ways))}]" if ways else ""
    return reading.linked(f"{head}\n\n{say(term.says, language)}{last}", language)
