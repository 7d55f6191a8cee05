"""A restless newcomer: what was last chosen is what is shown, after the language was switched, after a reload, and by the link."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Server, ready


def speak(page: Page, language: str) -> None:
    """Switch the language, and wait until the page speaks it."""
    page.get_by_text({"zh": "中文", "en": "English"}[language], exact=True).first.click()
    expect(page.locator("html")).to_have_attribute("lang", {"zh": "zh-CN", "en": "en"}[language])
    ready(page)


def tab(page: Page, name: str) -> Locator:
    return page.get_by_role("tab", name=name, exact=True)


def test_the_tabs_that_are_open_stay_so_in_the_other_language(open_page, server: Server):
    page = open_page(f"{server.url}/gan")
    tab(page, "Original or copied?").click()
    page.wait_for_url(re.compile("view=nearest"))
    tab(page, "Maths").click()
    ready(page)
    speak(page, "zh")
    for name in ("原创还是抄来的？", "数学"):
        expect(tab(page, name)).to_have_attribute("aria-selected", "true")
    assert "view=nearest" in page.url
    tab(page, "截断").click()
    page.wait_for_url(re.compile("view=truncation"))
    speak(page, "en")
    for name in ("Truncation", "Maths"):
        expect(tab(page, name)).to_have_attribute("aria-selected", "true")

    page.goto(f"{server.url}/art")
    ready(page)
    tab(page, "With a large model").click()
    expect(tab(page, "With a large model")).to_have_attribute("aria-selected", "true")
    ready(page)
    speak(page, "zh")
    expect(page.get_by_role("tab").nth(1)).to_have_attribute("aria-selected", "true")


def test_a_game_goes_on_in_the_other_language_and_its_level_is_in_the_link(open_page, server: Server):
    page = open_page(f"{server.url}/games")
    board, cards, said = (
        page.locator("#play canvas.board"),
        page.locator("#play .strip button"),
        page.locator("#play .said"),
    )
    expect(cards).to_have_count(12)
    for level in (3, 7, 5):  # before the server has answered
        cards.nth(level).click()
    page.wait_for_url(re.compile(r"level=6\b"))
    ready(page)
    board.focus()
    for key in ("ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"):
        page.keyboard.press(key)
    while not said.inner_text():  # until there is a wall
        page.keyboard.press("ArrowUp")
    place, words = board.get_attribute("data-place"), said.inner_text()
    speak(page, "zh")
    expect(board).to_have_attribute("data-place", place)
    expect(said).to_have_text(re.compile(r"[\u3400-\u9fff]"))
    assert said.inner_text() != words
    expect(cards.nth(5)).to_have_attribute("aria-pressed", "true")

    other = open_page(page.url)
    expect(other.locator("#play .strip button").nth(5)).to_have_attribute("aria-pressed", "true")
    expect(other.get_by_role("heading", name="第 6 关变成地形")).to_be_visible()
