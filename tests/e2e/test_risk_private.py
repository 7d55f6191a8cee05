"""The page of private training in a real browser: guess, reveal, what epsilon buys, secrets, fix."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Server, ready, shot

LABEL = ("Ordinary training", "普通训练")


@pytest.mark.parametrize(("locale", "language", "theme"), [("en-US", 0, "light"), ("zh-CN", 1, "dark")])
def test_a_guess_reveals_what_privacy_buys_and_costs(open_page, server: Server, locale, language, theme):
    page = open_page(f"{server.url}/private", locale=locale, color_scheme=theme)
    ready(page)
    expect(page.get_by_test_id("stPlotlyChart")).to_have_count(0)
    page.locator(".st-key-reveal button").click()
    page.wait_for_url(re.compile("open=1"))
    expect(page.locator(".st-key-lit-effect")).to_contain_text(LABEL[language])
    expect(page.locator(".st-key-calm-control")).to_be_visible()
    expect(page.locator(".st-key-pixels-private").get_by_test_id("stImage")).to_have_count(6)
    expect(page.locator("#table")).to_contain_text("Mr. ")
    page.locator(".st-key-fix-on p").first.click()
    page.wait_for_url(re.compile("fix=1"))
    expect(page.locator(".st-key-privacy-chart .plot-container")).to_contain_text("ε = 4.4")
    expect(page.get_by_test_id("stException")).to_have_count(0)
    shot(page, f"private-{('en', 'zh')[language]}")
