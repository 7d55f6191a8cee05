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


# Keeps what the server says from the page until it is let through, as a slow line does.
SLOW = """(() => {
  const kept = [], add = WebSocket.prototype.addEventListener;
  const on = Object.getOwnPropertyDescriptor(WebSocket.prototype, 'onmessage');
  let held = false;
  const slow = (act) => function (event) { held ? kept.push([act, this, event]) : act.call(this, event); };
  WebSocket.prototype.addEventListener = function (kind, act, ...more) {
    return add.call(this, kind, kind === 'message' ? slow(act) : act, ...more);
  };
  Object.defineProperty(WebSocket.prototype, 'onmessage', { set(act) { on.set.call(this, act && slow(act)); }, get() { return on.get.call(this); } });
  window.hold = () => { held = true; };
  window.said = (words) => kept.some(([, , event]) => new TextDecoder().decode(event.data).includes(words));
  window.through = () => { held = false; for (const [act, socket, event] of kept.splice(0)) act.call(socket, event); };
})();"""


def test_a_tune_that_was_out_of_sight_is_still_the_one_that_is_harmonised(open_page, server: Server):
    page = open_page(f"{server.url}/art?do=own")
    start = page.get_by_text("For a start this is the Ode to Joy", exact=False)
    expect(start).to_be_visible()
    keys = page.locator("#keys")
    keys.get_by_role("button", name="Clear").click()
    for note in ("C4", "D4", "E4"):
        keys.get_by_role("button", name=note, exact=True).click()
    keys.get_by_role("button", name="Harmonise").click()
    expect(start).to_have_count(0)
    page.get_by_text("Compose anew", exact=True).click()
    expect(keys).to_have_count(0)
    page.get_by_text("Harmonise your own tune", exact=True).click()
    expect(keys.locator(".tune li")).to_have_count(3)
    expect(start).to_have_count(0)


def test_what_was_typed_is_there_again_when_its_tab_is(open_page, server: Server):
    page = open_page(f"{server.url}/autoregressive?preset=ar-lstm-austen")
    field = page.get_by_role("textbox", name="Begin with")
    expect(field).to_have_value("It is a truth ")
    field.fill("Mr. Darcy ")
    field.press("Enter")
    expect(page.locator("#tinted").first).to_contain_text("Mr. Darcy")
    heat = page.locator('[class*="st-key-look-temperature"] input[type=range]')
    for _ in range(3):  # before the server has answered
        heat.press("ArrowRight")
    page.wait_for_url(re.compile(r"temperature=1\.15"))
    tab(page, "Copied or new?").click()
    page.wait_for_url(re.compile("view="))
    ready(page)
    page.get_by_role("spinbutton", name="Seed").last.fill("7")
    page.get_by_role("spinbutton", name="Seed").last.press("Enter")
    page.wait_for_url(re.compile("noise=7"))
    page.get_by_role("tab").first.click()
    ready(page)
    expect(field).to_have_value("Mr. Darcy ")
    expect(heat).to_have_value("1.15")
    speak(page, "zh")
    expect(page.get_by_role("textbox", name="开头")).to_have_value("Mr. Darcy ")

    other = open_page(page.url)
    expect(other.locator('[class*="st-key-look-temperature"] input[type=range]')).to_have_value("1.15")
    assert "Darcy" not in page.url
