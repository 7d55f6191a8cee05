"""The studio for chorales in a real browser: heard, harmonised, copied, played on the keyboard, in both languages."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Server, ready, shot


def roll(page: Page):
    return page.locator("[class*='st-key-art-roll']").get_by_test_id("stPlotlyChart")


@pytest.mark.parametrize(("locale", "language", "theme"), [("en-US", 0, "light"), ("zh-CN", 1, "dark")])
def test_a_chorale_is_composed_heard_and_searched_for_what_was_copied(
    open_page, server: Server, locale, language, theme
):
    page = open_page(f"{server.url}/art?model=few", locale=locale, color_scheme=theme)
    ready(page)
    expect(roll(page)).to_be_visible()
    said = (
        page.locator(".st-key-example").get_by_text(("Piano roll over 32 beats", "32 拍的钢琴卷帘图")[language]).first
    )
    first = said.inner_text()
    expect(page.locator(".st-key-lit-copied")).to_contain_text(("learned by heart", "背下来的")[language])
    expect(page.locator(".st-key-art-passage").get_by_test_id("stPlotlyChart")).to_be_visible()
    audio = page.locator("audio")
    page.wait_for_function("document.querySelector('audio').duration > 20")
    source = audio.get_attribute("src")
    with page.expect_download() as taken:
        page.locator(".st-key-art-midi button").click()
    raw = taken.value.path().read_bytes()
    assert raw[:4] == b"MThd" and raw.count(b"MTrk") == 5
    page.locator(".st-key-art-again button").click()
    page.wait_for_url(re.compile("take=2"))
    expect(said).not_to_have_text(first)
    expect(audio).not_to_have_attribute("src", source)
    expect(page.locator(".playhead")).to_have_count(0)
    page.evaluate("document.querySelector('audio').muted = true")
    page.evaluate("document.querySelector('audio').play()")
    expect(page.locator(".playhead")).to_be_visible()
    page.evaluate("document.querySelector('audio').pause()")
    expect(page.locator(".playhead")).to_have_count(0)
    expect(page.locator(".st-key-travels")).to_be_visible()
    expect(page.locator(".st-key-calm-control")).to_be_visible()
    expect(page.get_by_test_id("stException")).to_have_count(0)
    shot(page, f"art-{('en', 'zh')[language]}")


def test_a_tune_of_ones_own_is_played_and_harmonised(open_page, server: Server):
    page = open_page(f"{server.url}/art?do=own", locale="en-US", viewport={"width": 390, "height": 844})
    ready(page)
    keys = page.locator("#keys")
    expect(keys.locator(".tune li")).to_have_count(30)
    keys.get_by_role("button", name="Clear").click()
    expect(keys.get_by_role("button", name="Harmonise")).to_be_disabled()
    keys.get_by_role("button", name="a half note").click()
    keys.get_by_role("button", name="G4", exact=True).click()
    keys.get_by_role("button", name="F♯4", exact=True).click()
    keys.get_by_role("button", name="C4", exact=True).focus()
    page.keyboard.press("d")  # E4
    keys.get_by_role("button", name="Rest").click()
    keys.get_by_role("button", name="Undo").click()
    expect(keys.locator(".tune li")).to_have_text(["G4 ½", "F♯4 ½", "E4 ½"])
    keys.get_by_role("button", name="Harmonise").click()
    expect(page.locator(".st-key-example")).to_contain_text("Piano roll over 6 beats. Soprano: 3 notes from E4 to G4;")
    expect(page.locator("audio")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    expect(page.get_by_test_id("stException")).to_have_count(0)


def test_a_tune_of_bachs_has_the_models_harmony_and_his_own(open_page, server: Server):
    page = open_page(f"{server.url}/art?do=tune&model=transformer", locale="en-US")
    ready(page)
    said = page.locator(".st-key-example").get_by_text("Piano roll over").first
    expect(said).to_be_visible()
    model = said.inner_text()
    page.locator(".st-key-art-whose").get_by_text("Bach's own").click()
    expect(said).not_to_have_text(model)
    soprano = re.compile("Soprano: [^;]+;")
    assert soprano.search(model)[0] == soprano.search(said.inner_text())[0]
