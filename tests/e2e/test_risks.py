"""The risk lab in a real browser: guess, reveal, fix, card, a live replicate, the board."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Server, ready, shot


def test_the_result_waits_for_a_guess_and_then_shows_its_control(page: Page, server: Server):
    page.goto(f"{server.url}/verbatim")
    ready(page)
    expect(page.locator(".st-key-evidence")).to_have_count(0)
    expect(page.get_by_test_id("stPlotlyChart")).to_have_count(0)
    page.locator(".st-key-reveal button").click()
    expect(page.get_by_test_id("stPlotlyChart").first).to_be_visible()
    expect(page.locator(".st-key-lit-effect")).to_contain_text("95 % interval over 8 trained models")
    expect(page.locator(".st-key-calm-control")).to_contain_text("The control passes")
    expect(page.get_by_test_id("stPlotlyChart").first).to_contain_text("your guess")
    assert "open=1" in page.url


def test_the_fix_is_a_switch_in_the_link(open_page, server: Server):
    page = open_page(f"{server.url}/verbatim?open=1")
    expect(page.get_by_text("Switch it on")).to_be_visible()
    page.locator(".st-key-fix-on label").click()
    expect(page.get_by_text("Switch it on")).to_have_count(0)
    page.wait_for_url(re.compile("fix=1"))
    page.reload()
    ready(page)
    expect(page.get_by_text("Switch it on")).to_have_count(0)


def test_the_card_can_be_taken_away(open_page, server: Server):
    page = open_page(f"{server.url}/verbatim?open=1")
    with page.expect_download() as found:
        page.get_by_role("button", name="Card as JSON").click()
    card = json.loads(found.value.path().read_text("utf-8"))
    assert card["experiment"] == "verbatim" and card["seeds"] == 8 and card["passed"] and card["shown"]
    assert card["effect"]["low"] > card["null"] and set(card["mapping"]["nist"]) == {"property", "privacy"}
    with page.expect_download() as found:
        page.get_by_role("button", name="Card as a page (HTML)").click()
    text = found.value.path().read_text("utf-8")
    assert card["run"] in text and "<script" not in text


def test_a_live_replicate_streams_and_can_be_stopped_by_its_owner(open_page, server: Server):
    page = open_page(f"{server.url}/verbatim?open=1")
    page.locator(".st-key-run-live button").click()
    page.wait_for_url(re.compile(r"run=[0-9a-f]{12}-[a-z0-9]{6}"))
    expect(page.locator(".st-key-live-replicate")).to_contain_text(re.compile(r"Bits a symbol \d"))
    watcher = open_page(page.url)
    expect(watcher.locator(".st-key-live-replicate")).to_contain_text("so far")
    expect(watcher.locator(".st-key-stop-live")).to_have_count(0)
    page.locator(".st-key-stop-live button").click()
    expect(page.locator(".st-key-live-replicate")).to_contain_text("stopped before it had a result")


@pytest.mark.parametrize(("locale", "language", "theme"), [("en-US", "en", "light"), ("zh-CN", "zh", "dark")])
def test_the_board_shows_every_experiment_and_every_risk_that_none_shows(
    open_page, server: Server, locale, language, theme
):
    page = open_page(f"{server.url}/risks", locale=locale, color_scheme=theme)
    expect(page.locator(".st-key-board-verbatim")).to_be_visible()
    words = {"en": ("not demonstrated", "The secret that leaked"), "zh": ("未演示", "泄露的秘密")}[language]
    expect(page.locator("#table").last).to_contain_text("CBRN")
    for word in words:
        expect(page.locator("#table").last).to_contain_text(word)
    shot(page, f"board-{language}")
    page.locator(".st-key-board-verbatim a").click()
    page.wait_for_url(re.compile("/verbatim"))
    ready(page)
    expect(page.get_by_test_id("stException")).to_have_count(0)
    page.goto(page.url.split("?")[0] + "?open=1" + ("&lang=zh" if language == "zh" else ""))
    ready(page)
    shot(page, f"verbatim-{language}")


def test_a_secret_of_ones_own_makes_a_run_that_nobody_else_sees(open_page, server: Server):
    page = open_page(f"{server.url}/verbatim?open=1")
    page.locator(".st-key-own summary").click()
    expect(page.locator(".st-key-own")).to_contain_text("Do not type a real password")
    box, button = page.locator(".st-key-own-typed input"), page.locator(".st-key-own-run button")
    box.fill("zebra")
    button.click()
    expect(page.get_by_text("not the form that is asked for")).to_be_visible()
    assert "run=" not in page.url
    box.fill("jihg")
    button.click()
    page.wait_for_url(re.compile(r"run=[0-9a-f]{12}-[a-z0-9]{6}"))
    expect(page.locator(".st-key-live-replicate")).to_contain_text(re.compile(r"Bits a symbol \d"))
    assert "jihg" not in page.url
    stranger = open_page(page.url)
    expect(stranger.get_by_text("This run is private")).to_be_visible()
    expect(stranger.locator(".st-key-live-replicate")).not_to_contain_text(re.compile(r"Bits a symbol \d"))
    page.reload()
    ready(page)
    expect(page.locator(".st-key-live-replicate")).to_contain_text(re.compile(r"Bits a symbol \d"))
    page.locator(".st-key-stop-live button").click()
    expect(page.locator(".st-key-live-replicate")).to_contain_text("stopped before it had a result")
