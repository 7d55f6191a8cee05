"""The page of energy in a real browser: guess, reveal, exhibit, calculator, fix."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Server, ready, shot


@pytest.mark.parametrize(("locale", "language", "theme"), [("en-US", 0, "light"), ("zh-CN", 1, "dark")])
def test_a_guess_reveals_the_bill_and_the_calculator_answers(open_page, server: Server, locale, language, theme):
    page = open_page(f"{server.url}/energy", locale=locale, color_scheme=theme)
    ready(page)
    expect(page.get_by_test_id("stPlotlyChart")).to_have_count(0)
    page.locator(".st-key-reveal button").click()
    page.wait_for_url(re.compile("open=1"))
    expect(page.locator(".st-key-lit-effect")).to_contain_text(("32 guided evaluations", "32 次带引导")[language])
    expect(page.locator(".st-key-calm-control")).to_be_visible()
    expect(page.get_by_test_id("stImage")).to_have_count(6)
    expect(page.get_by_test_id("stPlotlyChart")).to_have_count(5)
    grams = page.locator(".st-key-calculator [data-testid=stMetricValue]").nth(2)
    before = grams.inner_text()
    page.locator(".st-key-bill-grid input").fill("0")
    page.locator(".st-key-bill-grid input").press("Enter")
    expect(grams).not_to_have_text(before)
    expect(grams).to_contain_text("0.00 g")
    page.locator(".st-key-fix-on p").first.click()
    page.wait_for_url(re.compile("fix=1"))
    expect(page.get_by_test_id("stException")).to_have_count(0)
    shot(page, f"energy-{('en', 'zh')[language]}")
