"""The autoregressive page in a real browser: what a model wrote, one token at a time, surprise, attention, training."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from playwright.sync_api import Page, expect

from genai_core import i18n
from tests.e2e.conftest import Server, ready, shot

SHEET = "#writing .sheet"
STATUS = ".st-key-status"
# The framework says so of a deep link in the first session of a process, then shows the page; visitor.js closes the dialog.
FALSE_ALARM = "page that you have requested does not seem to exist"
TYPED = "Netherfield sleeps under a purple telescope"


@pytest.fixture(autouse=True)
def forgiven(open_page, errors: list[str]):
    """The framework's false alarm on a deep link in the first session of a process is no complaint."""
    yield
    errors[:] = [e for e in errors if FALSE_ALARM not in e]


def visit(open_page: Callable[..., Page], server: Server, query: str = "", **options: object) -> Page:
    page = open_page(f"{server.url}/autoregressive{query}", **options)
    expect(page.locator(SHEET).first).to_be_visible()
    return page


def asked(page: Page) -> int:
    return int(re.search(r"Questions to the model for this text so far: (\d+)", page.locator("body").inner_text())[1])


@pytest.mark.parametrize(("locale", "theme", "query"), [("en-US", "light", ""), ("zh-CN", "dark", "?preset=ar-tang")])
def test_the_page_opens_on_a_shipped_run_in_both_languages(server: Server, open_page, locale, theme, query):
    page = visit(open_page, server, query, locale=locale, color_scheme=theme)
    expect(page.locator(SHEET)).to_have_class(re.compile("han" if query else "latin"))
    expect(page.locator(f"{SHEET} p").first).not_to_be_empty()
    expect(page.get_by_test_id("stVegaLiteChart").first).to_be_visible()
    if query:
        for tab in page.get_by_role("tab").all():
            tab.click()
            ready(page)
            expect(page.get_by_test_id("stException")).to_have_count(0)
        page.get_by_role("tab", name="数学").click()
        expect(page.get_by_test_id("stCode")).to_have_count(0)  # the source that was open holds the English messages
        shown = page.locator("body").inner_text()
        with (i18n.FOLDER / "zh" / "LC_MESSAGES" / "messages.po").open("rb") as file:
            english = [m.id for m in read_po(file) if isinstance(m.id, str) and len(m.id) > 20 and m.id in shown]
        assert english == [], "messages left in English"
    shot(page, f"autoregressive-{locale[:2]}")


def test_settings_act_on_stored_logits_and_a_token_is_drawn_at_a_time(server: Server, open_page):
    page = visit(open_page, server, "?preset=ar-lstm-small")
    page.get_by_role("textbox", name="Begin with").fill(TYPED)
    page.get_by_role("textbox", name="Begin with").press("Enter")
    written = page.locator("#tinted p").first
    expect(written).to_have_text(TYPED)
    expect(page.get_by_text("Questions to the model for this text so far: 1.")).to_be_visible()

    entropy = page.get_by_text("tokens can be drawn. Entropy:")
    before = entropy.inner_text()
    page.get_by_role("slider", name="Temperature").press("ArrowLeft")
    expect(entropy).not_to_have_text(before)
    page.get_by_role("slider", name="Top-p").press("ArrowLeft")
    expect(entropy).not_to_contain_text(re.compile(r"^(\d+) of \1 "))  # something is cut
    assert asked(page) == 1

    page.locator('[class*="st-key-next-one"] button').click()
    expect(written).to_have_text(re.compile(rf"{TYPED}.", re.DOTALL))
    expect(page.get_by_text("Questions to the model for this text so far: 2.")).to_be_visible()
    page.locator('[class*="st-key-next-many"] button').click()
    expect(written).to_have_text(re.compile(rf"{TYPED}.{{90,}}", re.DOTALL))

    assert "Netherfield" not in page.url
    kept = [
        path for path in Path(server.home).rglob("*") if path.is_file() and b"purple telescope" in path.read_bytes()
    ]
    assert kept == [], "what was typed was written down"


def test_a_text_is_coloured_by_surprise_the_link_opens_there_and_texts_can_be_taken_away(server: Server, open_page):
    page = visit(open_page, server, "?preset=ar-lstm-small&view=surprise")
    expect(page.get_by_role("tab", name="Surprise")).to_have_attribute("aria-selected", "true")
    box = page.get_by_role("textbox", name="A text of your own")
    box.fill("she was not qqq")
    box.press("Control+Enter")
    letters = page.locator("#tinted p span")
    expect(letters).to_have_count(15)
    expect(letters.last).to_have_css("background-color", re.compile("color"))
    letters.last.hover()
    said = page.locator("#tinted .note")
    expect(said).to_contain_text("bits to the n-gram model")
    rare = float(re.search(r"([\d.]+) bits here", said.inner_text())[1])
    page.locator('[class*="st-key-downloads"] summary').click()
    with page.expect_download() as taken:
        page.get_by_role("button", name="Every step (text)").click()
    assert Path(taken.value.path()).read_text("utf-8").startswith("== ")
    letters.nth(2).hover()
    expect(said).to_contain_text("e:")
    assert rare > float(re.search(r"([\d.]+) bits here", said.inner_text())[1])


def test_the_transformer_shows_where_it_looks(server: Server, open_page):
    page = visit(open_page, server, "?preset=ar-transformer-austen&view=attention")
    expect(page.get_by_test_id("stPlotlyChart").first).to_be_visible()
    expect(page.get_by_role("tab", name="Hidden units")).to_have_count(0)


def test_what_is_written_changes_as_it_trains(server: Server, open_page):
    page = open_page(f"{server.url}/autoregressive?preset=ar-lstm-austen")
    page.locator(".st-key-train button:not([disabled])").click()
    page.wait_for_url(re.compile("run="))
    expect(page.locator(STATUS)).to_contain_text("Training")
    expect(page.locator(f"{SHEET} p").first).to_be_visible()
    first = page.locator(SHEET).inner_text()
    expect(page.locator(SHEET)).not_to_have_text(first, use_inner_text=True)
    page.locator('[class*="st-key-do-stop"] button').click()
    expect(page.locator(STATUS)).to_contain_text("Stopped")
