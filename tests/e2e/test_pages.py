"""Every page of the menu, in every language: it opens without an error, speaks that language, reads well, and fits a phone."""

import itertools
import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from genai_core import i18n
from genai_core.article import library
from genai_core.governance import laws
from pages.shared import families, fields, lab, reading
from tests.e2e.conftest import ready, shot

# The framework says so of a deep link in the first session of a process, then shows the page; visitor.js closes the dialog.
FALSE_ALARM = "page that you have requested does not seem to exist"
TAGS = {"en": "en-US", "zh": "zh-CN"}
RULES = ["button-name", "color-contrast", "document-title", "html-has-lang", "image-alt", "label", "link-name"]
LOOKS = list(zip(sorted(i18n.languages()), itertools.cycle(("light", "dark")), strict=False))
HAN = re.compile(r"[\u4e00-\u9fff]+")
PHONE = {"width": 390, "height": 844}

# Every run of three or more English words that a reader sees, outside code, formulas, links and citations.
ENGLISH = """() => {
    const found = [];
    const walker = document.createTreeWalker(document.querySelector('[data-testid="stApp"]'), NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const node = walker.currentNode, parent = node.parentElement;
        if (!parent.checkVisibility() || parent.closest('pre, code, .katex, a, cite, svg, style, [data-testid="stIconMaterial"]')) continue;
        const text = node.textContent.replace(/GenAI in the Balance|Watson for Oncology/g, '');
        const words = text.match(/[A-Za-z][a-z]+(?:[ ,]+[A-Za-z]*[a-z]+){2,}/g) || [];
        if (!/^来源|arXiv/.test(parent.textContent.trim())) found.push(...words);
    }
    return found;
}"""


def addresses() -> list[str]:
    """The url paths of the menu: the home page lies at the root, a family and an experiment where they say."""
    others = (*lab.shown(), *fields.shown(), *reading.shown())
    return ["", *(family.url_path for family in families.shown()), "risks", *(page.key for page in others)]


def one_a_section() -> list[str]:
    """The last address of each section: all of one are resolved alike, and every restart takes seconds."""
    sections = [["", "risks"], [f.url_path for f in families.shown()], [e.key for e in lab.shown()], [f.key for f in fields.shown()]]
    sections.append([page.key for page in reading.shown()])
    return ["", *(section[-1] for section in sections if section)]


def originals() -> set[str]:
    """Chinese titles and names that an English page gives as they are: of laws, books and their translators."""
    quoted = [law.original for law in laws.instruments()] + [f"{work.title} {work.who}" for work in library.works()]
    return {run for title in quoted for run in HAN.findall(title)}


def whole(address: str) -> str:
    """The address of a page with everything on it: a risk page as it is after the guess."""
    return f"{address}?open=1" if address in {e.key for e in lab.shown()} else address


def settled(page: Page) -> Page:
    ready(page)
    expect(page.get_by_test_id("stException")).to_have_count(0, timeout=5000)
    expect(page.get_by_role("heading").first).to_be_visible()
    expect(page.locator('[data-stale="true"]')).to_have_count(0)
    expect(page.locator('button[type="button"]:empty:visible')).to_have_count(0)  # a component before its data has come
    return page


def test_the_menu_names_its_pages():
    assert len(addresses()) == len(set(addresses())) >= 2


@pytest.mark.parametrize(("language", "scheme"), LOOKS)
@pytest.mark.parametrize("address", addresses())
def test_a_page_opens_in_a_language_and_a_theme_and_is_accessible(server, open_page, address, language, scheme):
    locale = TAGS.get(language, language)
    page = settled(open_page(f"{server.url}/{whole(address)}", locale=locale, color_scheme=scheme))
    expect(page.locator("html")).to_have_attribute("lang", re.compile(rf"^{language}\b"))
    shot(page, f"{address or 'home'}-{language}-{scheme}")
    if language == "zh":
        assert page.evaluate(ENGLISH) == []
    else:
        body = page.get_by_test_id("stMain").inner_text()
        known = {"权衡", "中文", "生成式", "生成"}  # the last in the label that the law asks for
        assert set(HAN.findall(body)) <= known | originals()
    result = Axe().run(page, options={"runOnly": {"type": "rule", "values": RULES}})
    violations = result.response["violations"]
    assert [f"{v['id']}: {node['html'][:120]}" for v in violations for node in v["nodes"]] == []


@pytest.mark.parametrize("address", addresses())
def test_a_page_fits_a_phone(server, open_page, address):
    page = settled(open_page(f"{server.url}/{whole(address)}", viewport=PHONE, has_touch=True))
    shot(page, f"{address or 'home'}-phone")
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0


@pytest.mark.parametrize("address", one_a_section())
def test_a_deep_link_works_on_a_server_that_has_just_started(server, open_page, errors, address):
    server.restart()
    page = open_page(f"{server.url}/{address}")
    errors[:] = [e for e in errors if FALSE_ALARM not in e]
    expect(page.get_by_role("dialog")).to_have_count(0)
    settled(page)
