"""What the article gets wrong: claim, right statement, source, and the thing itself where it can be shown."""

from collections.abc import Sequence

import streamlit as st

from genai_core.article import corrections
from genai_core.article.corrections import Correction
from genai_core.contracts import N_
from genai_core.rows import say
from pages.shared import chrome, reading, text, url, wrong_figures

GROUPS = {
    "claim": N_("What the article says"),
    "formula": N_("Its formulas"),
    "listing": N_("Its listing"),
    "common": N_("Common misconceptions, not the article's"),
}
ALL = "all"


def show() -> None:
    """The page: the article's own errors by kind, then common ones."""
    t = text.translator()
    chrome.title(
        t("What the article gets wrong"),
        t("Each claim beside the article's own section, in our paraphrase; the right statement beside its source; and live, where it can be shown."),
    )
    rows = {row.key: row for row in corrections.corrections()}
    wish = url.choice("row", list(rows), "")
    if wish:
        _row(rows[wish], opened=True)
    names = {ALL: t("All")} | {key: t(name) for key, name in GROUPS.items()}
    at = url.choice("kind", list(names), ALL)
    chosen = str(
        st.pills(t("Show"), list(names), default=at, format_func=names.get, key="wrong-kind", required=True, label_visibility="collapsed")
        or at
    )
    url.keep("kind", chosen, ALL)
    for group, name in GROUPS.items():
        if chosen in (ALL, group):
            st.subheader(t(name), anchor=False)
            _rows([row for row in rows.values() if _group(row) == group and row.key != wish])


def _group(row: Correction) -> str:
    return row.kind if row.section else "common"


def _rows(rows: Sequence[Correction]) -> None:
    for row in rows:
        _row(row, opened=False)


def _row(row: Correction, opened: bool) -> None:
    t = text.translator()
    with st.container(border=True, key=f"row-{row.key}"):
        _said(row)
        if row.figure:
            with st.expander(
                t("See it"), icon=":material/visibility:", key=f"see-{row.key}", on_change="rerun", expanded=opened
            ) as box:
                if box.open:
                    wrong_figures.draw(row.figure, row.key)
        if row.live:
            reading.link(row.live, t("Go to where it is shown"))


def _said(row: Correction) -> None:
    t, language = text.translator(), text.language()
    claim, right = st.columns([1, 1.5], gap="large")
    with claim:
        badge = f":orange-badge[{t('article, section {n}', n=t(', ').join(row.section.split(', ')))}]  \n" if row.section else ""
        st.markdown(f"{badge}**{say(row.title, language)}**  \n:material/close: {say(row.claim, language)}")
    with right:
        st.markdown(f":material/check: {say(row.right, language)}")
        source = text.plain(say(row.source, language))
        st.caption(t("Source: {source}", source=f"[{source}]({row.url})" if row.url else source))


def brief(row: Correction) -> None:
    """A row without its figure."""
    with st.container(border=True, key=f"brief-{row.key}"):
        _said(row)
