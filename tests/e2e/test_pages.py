"""Every page of the menu, in every language: it opens without an error, speaks that language, reads well, and fits a phone."""

import io
import itertools
import re
from urllib.parse import parse_qs, urlsplit

import pytest
import zxingcpp
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Page, expect

from genai_core import i18n
from genai_core.article import library
from genai_core.governance import laws
from pages.shared import decide, families, fields, lab, reading
from tests.e2e.conftest import ready, shot

# The framework says so of a deep link in the first session of a process, then shows the page; visitor.js closes the dialog.
FALSE_ALARM = "page that you have requested does not seem to exist"
TAGS = {"en": "en-US", "zh": "zh-CN"}
# Streamlit 1.67: on a phone its own menu of pages puts the list items of a section into a div, not into the list.
UPSTREAM = {"list": "stSidebarNav", "listitem": "stSidebarNav"}  # rule of axe -> where in the framework's own markup it is broken
LOOKS = list(zip(sorted(i18n.languages()), itertools.cycle(("light", "dark")), strict=False))
OTHER = {"light": "dark", "dark": "light"}
FADED = "Promise.all(document.getAnimations().filter(a => a.effect.getComputedTiming().endTime < Infinity).map(a => a.finished))"
HAN = re.compile(r"[\u4e00-\u9fff]+")
PHONE = {"width": 360, "height": 740}

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
    listed = (*lab.shown(), *fields.shown(), *reading.shown(), *decide.shown())
    return ["", "tour", *(family.url_path for family in families.shown()), "risks", *(page.key for page in listed)]


def one_a_section() -> list[str]:
    """The last address of each section: all of one are resolved alike, and every restart takes seconds."""
    sections = [["", "tour", "risks"], [f.url_path for f in families.shown()], [e.key for e in lab.shown()], [f.key for f in fields.shown()]]
    sections.append([place.key for place in decide.shown()])
    sections.append([page.key for page in reading.shown()])
    return ["", *(section[-1] for section in sections if section)]


def originals() -> set[str]:
    """Chinese titles and names that an English page gives as they are: of laws, books and their translators."""
    quoted = [law.original for law in laws.instruments()] + [f"{work.title} {work.who}" for work in library.works()]
    return {run for title in quoted for run in HAN.findall(title)}


def whole(address: str) -> str:
    """The address of a page with everything on it: a risk page as it is after the guess."""
    return f"{address}?open=1" if address in {e.key for e in lab.shown()} else address


def strange_links(page: Page) -> list[str]:
    """Links within the app that lead to no page of the menu."""
    inside = page.eval_on_selector_all("a[href]", "links => links.map(a => a.href).filter(h => new URL(h).origin === location.origin)")
    paths = {urlsplit(link).path.strip("/") for link in inside if not urlsplit(link).path.startswith("/app/")}
    return sorted(paths - {*addresses(), "home"})


def barriers(page: Page) -> list[str]:
    """What axe calls serious or critical, of everything it knows, but for what is the framework's own."""
    inside = "([place, name]) => Boolean(document.querySelector(place)?.closest(`[data-testid^=${name}]`))"
    found = Axe().run(page).response["violations"]
    return [
        f"{v['id']}: {node['html'][:120]}"
        for v in found
        if v["impact"] in ("serious", "critical")
        for node in v["nodes"]
        if v["id"] not in UPSTREAM or not page.evaluate(inside, [node["target"][0], UPSTREAM[v["id"]]])
    ]


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
    assert strange_links(page) == []
    expect(page.locator("h1").first).to_be_visible()
    assert barriers(page) == []
    page.emulate_media(color_scheme=(other := OTHER[scheme]))
    expect(page.get_by_test_id("stApp")).to_have_css("color-scheme", other)
    page.evaluate(FADED)
    assert barriers(page) == []


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


def test_the_code_under_share_opens_what_is_on_the_screen(server, open_page):
    """Read from the picture, as a phone reads it."""
    page = settled(open_page(f"{server.url}/verbatim?open=1&fix=1"))
    page.locator(".st-key-share button").click()
    shown = page.get_by_test_id("stPopoverBody").get_by_role("img")
    expect(shown).to_be_visible()
    (code,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(shown.screenshot())))
    asked = {name: values[0] for name, values in parse_qs(urlsplit(code.text).query).items()}
    assert urlsplit(code.text).path == "/verbatim" and asked == {"open": "1", "fix": "1", "lang": "en"}
    other = settled(open_page(code.text))
    expect(other.locator(".st-key-fix-on input")).to_be_checked()
