"""The page of the vanished minority in a real browser: guess, reveal, sheets with marks, islands, the fix."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Server, shot


@pytest.mark.parametrize(("locale", "language", "theme"), [("en-US", 0, "light"), ("zh-CN", 1, "dark")])
def test_sheets_show_how_much_of_the_minority_is_left(open_page, server: Server, locale, language, theme):
    page = open_page(f"{server.url}/bias", locale=locale, color_scheme=theme)
    expect(page.get_by_test_id("stPlotlyChart")).to_have_count(0)
    page.locator(".st-key-reveal button").click()
    page.wait_for_url(re.compile("open=1"))
    expect(page.locator(".st-key-lit-effect")).to_contain_text(("Samples of the GAN", "GAN 的样本")[language])
    expect(page.locator(".st-key-calm-control")).to_be_visible()
    groups = page.locator(".st-key-sheets .group")
    expect(groups).to_have_count(5)
    expect(groups.nth(0).locator(".item")).to_have_count(40)
    marked = [groups.nth(k).locator(".item.marked").count() for k in range(5)]
    assert marked[0] <= 2 < marked[3]  # 5 % in training; half and half
    expect(groups.nth(4)).to_contain_text(re.compile(r"9\.\d%|10\.\d%"))  # told the class: the share is kept
    expect(page.locator(".st-key-islands-dropped")).to_contain_text("✗")
    expect(page.locator(".st-key-islands-steady")).to_contain_text("✓")
    page.locator(".st-key-fix-on p").first.click()
    page.wait_for_url(re.compile("fix=1"))
    expect(page.get_by_test_id("stException")).to_have_count(0)
    shot(page, f"bias-{('en', 'zh')[language]}")
