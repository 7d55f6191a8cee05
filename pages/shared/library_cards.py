"""Works of the library as cards, and the page that shows all of them."""

import datetime
from collections.abc import Sequence

import streamlit as st

from genai_core.article import library
from genai_core.article.library import Work
from genai_core.contracts import N_
from genai_core.rows import STALE, age, say
from pages.shared import chrome, laws, text, url

KINDS = {"book": N_("Books"), "course": N_("Courses"), "paper": N_("Papers"), "tool": N_("Tools")}
ICONS = {"book": ":material/book_2:", "course": ":material/school:", "paper": ":material/description:", "tool": ":material/build:"}
ALL, DOUBTFUL, NAMED = "all", "unverified", "named"


def show() -> None:
    """The page: every work, or those of one kind."""
    t = text.translator()
    chrome.title(
        t("Library"), t("Books, courses, papers and tools, with identifiers that last, and a mark where a title could not be found.")
    )
    names = {ALL: t("All"), NAMED: t("Named by the article")} | {kind: t(name) for kind, name in KINDS.items()}
    names[DOUBTFUL] = t("Not found")
    at = url.choice("kind", list(names), ALL)
    chosen = str(
        st.pills(t("Show"), list(names), default=at, format_func=names.get, key="library-kind", required=True, label_visibility="collapsed")
        or at
    )
    url.keep("kind", chosen, ALL)
    grid([work for work in library.works() if _wanted(work, chosen)])


def _wanted(work: Work, chosen: str) -> bool:
    if chosen == DOUBTFUL:
        return not work.verified
    return chosen in (ALL, work.kind) or (chosen == NAMED and bool(work.section))


def grid(works: Sequence[Work]) -> None:
    """Cards, two beside each other."""
    for at in range(0, len(works), 2):
        for cell, work in zip(st.columns(2, gap="medium"), works[at : at + 2], strict=False):
            with cell:
                _card(work)


def _card(work: Work) -> None:
    t, language = text.translator(), text.language()
    title = text.plain(work.gloss.get(language, work.title) if work.gloss else work.title)
    with st.container(border=True, key=f"work-{work.key}", height="stretch"):
        head = f"[{title}]({work.address})" if work.address else title
        st.markdown(f"{ICONS[work.kind]} **{head}**")
        marks = [f":red-badge[:material/help: {t('not found')}]"] if not work.verified else []
        marks += [f":orange-badge[{t('article, section {n}', n=t(', ').join(work.section.split(', ')))}]"] if work.section else []
        if marks:
            st.markdown(" ".join(marks))
        if work.why:
            st.markdown(say(work.why, language))
        cited = ", ".join(part for part in (text.plain(work.title), text.plain(work.who), str(work.year or "")) if part)
        st.caption(t("Source: {source}", source=f"{cited}. {work.cited}".strip()))
        st.caption(t("Checked: {how}; as of {date}.", how=say(work.checked, language), date=t.date(work.as_of)))
        days = age(work.as_of, datetime.date.today())
        if not work.verified and days > STALE:  # what was not found may have come out since
            laws.stale(days)
