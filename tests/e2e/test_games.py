"""The games page in a real browser: a level played to its exit by keys, dials, a kept half, the landscape, both languages."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Server, ready, shot


def walk(page: Page) -> None:
    """Follow the shortest way that the level's own data name, key by key."""
    board = page.locator("#play canvas.board")
    steps = page.evaluate(WAY)
    board.focus()
    for key in steps:
        page.keyboard.press(key)


WAY = """() => {
  const find = (root) => {
    for (const node of root.querySelectorAll('*')) {
      if (node.matches('canvas.board')) return node;
      if (node.shadowRoot) { const found = find(node.shadowRoot); if (found) return found; }
    }
    return null;
  };
  const path = find(document).dataset.path.split(' ').map(Number);
  const names = new Map([[-16, 'ArrowUp'], [16, 'ArrowDown'], [-1, 'ArrowLeft'], [1, 'ArrowRight']]);
  return path.slice(1).map((place, i) => names.get(place - path[i]));
}"""


@pytest.mark.parametrize(("locale", "language", "theme"), [("en-US", 0, "light"), ("zh-CN", 1, "dark")])
def test_a_level_is_played_with_the_keyboard_and_its_dials_are_in_the_link(
    open_page, server: Server, locale, language, theme
):
    page = open_page(f"{server.url}/games", locale=locale, color_scheme=theme)
    board, said = page.locator("#play canvas.board"), page.locator("#play .said")
    expect(board).to_have_attribute("aria-label", re.compile(("arrow keys", "方向键")[language]))
    expect(page.locator("#play .strip button")).to_have_count(12)
    start = board.get_attribute("data-place")
    walk(page)
    expect(said).to_contain_text(("there is no shorter way", "没有更短的路")[language])
    assert board.get_attribute("data-place") != start
    page.locator("#play .bar button").first.click()
    expect(board).to_have_attribute("data-place", str(start))
    expect(said).to_have_text("")

    chart = page.locator("[class*=st-key-terrain]")
    expect(chart.locator(".gl-container canvas").first).to_be_visible()
    expect(chart).to_contain_text(("Turn", "转动")[language])
    page.locator(".st-key-games-mend label").click()
    page.wait_for_url(re.compile("mend=1"))
    expect(page.locator("#play .strip .stuck")).to_have_count(0)  # none that cannot be finished is left
    page.locator(".st-key-games-keep button").click()
    page.wait_for_url(re.compile(r"keep=\d+"))
    expect(page.locator(".st-key-games-lower")).to_be_visible()
    expect(page.get_by_test_id("stException")).to_have_count(0)
    ready(page)
    shot(page, f"games-{('en', 'zh')[language]}")


def test_the_result_stands_beside_its_control(open_page, server: Server):
    page = open_page(f"{server.url}/games")
    expect(page.locator(".st-key-lit-effect")).to_contain_text("Levels of the model")
    expect(page.locator(".st-key-calm-control")).to_contain_text("Fresh levels of the rules")
    page.locator(".st-key-fix-on p").first.click()
    page.wait_for_url(re.compile("fix=1"))
    expect(page.locator(".st-key-travels")).to_be_visible()


def test_on_a_phone_buttons_walk_and_nothing_runs_off_the_side(open_page, server: Server):
    page = open_page(f"{server.url}/games", viewport={"width": 390, "height": 844}, has_touch=True)
    pad = page.locator("#play .pad button")
    expect(pad.first).to_be_visible()
    before = page.locator("#play .hud").text_content()
    for i in range(4):
        pad.nth(i).click()
    expect(page.locator("#play .hud")).not_to_have_text(str(before))
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 391
