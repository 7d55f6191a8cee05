"""The article, chapter by chapter: a column to read, and the live thing beside each section."""

from pathlib import Path

import streamlit as st

from genai_core.article import chapters
from genai_core.article.chapters import CHAPTERS, Chapter
from pages.shared import article_live, chrome, reading, text, url

_top = st.components.v2.component("genai_top", js=(Path(__file__).parent / "static" / "top.js").read_text(encoding="utf-8"))


def show() -> None:
    """The chapter that the link names."""
    t = text.translator()
    chrome.title(t("The article, told again"), t("Its ten sections in our own words, corrected, beside the thing itself."))
    numbers = [str(chapter.number) for chapter in CHAPTERS]
    chapter = CHAPTERS[int(url.choice("chapter", numbers, "1")) - 1]
    contents, body = st.columns([1, 4.4], gap="large")
    with contents, st.container(key="contents"):
        _contents(chapter)
    with body:
        _top(data=str(chapter.number).encode(), key="top")
        _chapter(chapter)
        _turn(chapter)


def _contents(here: Chapter) -> None:
    """The list of chapters; the open one is marked."""
    t = text.translator()
    for chapter in CHAPTERS:
        with st.container(key=f"chapter-{'now' if chapter == here else chapter.number}"):
            _to(chapter, f"{chapter.number} · {t(chapter.title)}", chapter.icon, "contents")


def _to(chapter: Chapter, label: str, icon: str, place: str) -> None:
    """A button, not a link: a link to the page that is open changes no address."""
    st.button(label, icon=icon, type="tertiary", key=f"{place}-{chapter.number}", on_click=_open, args=(chapter.number,))


def _open(number: int) -> None:
    """In one change of the address, so that the browser's Back button returns to the chapter before."""
    st.query_params.from_dict(st.query_params.to_dict() | {"chapter": str(number)})


def _chapter(chapter: Chapter) -> None:
    t = text.translator()
    with st.container(key="chapter-head"):
        st.markdown(f"## {chapter.number} · {t(chapter.title)}\n\n{t(chapter.lead)}")
    live = article_live.of(chapter.key)
    if live.above:
        live.above()
    found = chapters.sections(_text(chapter.file, text.language()))
    for place, (heading, body) in enumerate(found):
        words, thing = st.columns([1.35, 1], gap="large")
        with words:
            reading.prose(f"### {heading}\n\n{body}" if heading else body, f"{chapter.number}-{place}")
        draw = live.beside[place] if place < len(live.beside) else None
        if draw:
            with thing:
                draw()
    if live.below:
        live.below()


def _turn(chapter: Chapter) -> None:
    """To the chapter before and after."""
    t = text.translator()
    st.divider()
    with st.container(horizontal=True, horizontal_alignment="distribute", key="turn"):
        if chapter.number > 1:
            before = CHAPTERS[chapter.number - 2]
            _to(before, t("Back: {title}", title=t(before.title)), ":material/arrow_back:", "turn")
        if chapter.number < len(CHAPTERS):
            after = CHAPTERS[chapter.number]
            _to(after, t("Next: {title}", title=t(after.title)), ":material/arrow_forward:", "turn")


@st.cache_resource(max_entries=32, show_spinner=False)
def _text(file: str, language: str) -> str:
    return chapters.text(next(chapter for chapter in CHAPTERS if chapter.file == file), language)
