"""The pages of the article: where each lives, its place in the menu, and how texts and data link into the rest of the app."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import streamlit as st

from genai_core.article import glossary
from genai_core.contracts import N_
from genai_core.rows import say
from pages.shared import decide, families, fields, lab, text

ROOT = Path(__file__).resolve().parents[2]
INSIDE = re.compile(r"\]\((/[^)\s]*)\)")


@dataclass(frozen=True)
class Page:
    key: str  # the script and the address
    icon: str
    title: str  # message id

    @property
    def page(self) -> str:
        return f"pages/article/{self.key}.py"


PAGES = (
    Page("article", ":material/article:", N_("The article, told again")),
    Page("wrong", ":material/rule:", N_("What the article gets wrong")),
    Page("glossary", ":material/menu_book:", N_("Glossary")),
    Page("timeline", ":material/timeline:", N_("Timeline")),
    Page("laws", ":material/gavel:", N_("Laws and frameworks")),
    Page("library", ":material/local_library:", N_("Library")),
)


def shown() -> tuple[Page, ...]:
    return tuple(page for page in PAGES if (ROOT / page.page).is_file())


def scripts() -> Mapping[str, str]:
    """Every address of the menu with its script."""
    found = {"home": "pages/start/home.py", "": "pages/start/home.py", "tour": "pages/start/tour.py", "risks": lab.BOARD}
    found |= {family.url_path: family.page for family in families.shown()}
    return found | {page.key: page.page for page in (*lab.shown(), *fields.shown(), *decide.shown(), *shown())}


def resolve(address: str) -> tuple[str, dict[str, str]] | None:
    """The script of an inner address such as ``/gan?preset=gan-article`` and its parameters; None where there is no such page."""
    parts = urlsplit(address)
    script = scripts().get(parts.path.strip("/"))
    return None if parts.scheme or script is None else (script, dict(parse_qsl(parts.query)))


def link(address: str, label: str, icon: str = ":material/arrow_forward:") -> None:
    """A way into the app, in the same session. An address whose page is not there yet is left out."""
    found = resolve(address)
    if found:
        st.page_link(found[0], label=label, icon=icon, query_params=found[1] or None)


def prose(markdown: str, key: str) -> None:
    """A text in a column made for reading. Its inner links keep the language; those to terms say what the term means."""
    with st.container(key=f"prose-{key}"):
        st.markdown(linked(markdown, text.language()))


def linked(markdown: str, language: str) -> str:
    """The text with the language in its inner links, and the meaning of a term as the title of its link."""

    def better(match: re.Match[str]) -> str:
        address = match[1]
        wish = dict(parse_qsl(urlsplit(address).query))
        term = glossary.terms().get(wish.get("term", ""))
        title = f' "{_quoted(say(term.says, language))}"' if term else ""
        return f"]({address}{'&' if '?' in address else '?'}lang={language}{title})"

    return INSIDE.sub(better, markdown)


def _quoted(words: str) -> str:
    return words.replace('"', "”").replace("\n", " ")
