"""The page of aimed inputs in a real browser: guess, reveal, pictures, and an attack of the visitor's own."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Server, ready, shot, source

LABEL = ("Random change of equal length", "同样长度的随机改动")
READ = ("read as 4", "读作 4")


@pytest.mark.parametrize(("locale", "language", "theme"), [("en-US", 0, "light"), ("zh-CN", 1, "dark")])
def test_a_guess_reveals_the_attack_and_another_one_can_be_aimed(open_page, server: Server, locale, language, theme):
    page = open_page(f"{server.url}/adversarial", locale=locale, color_scheme=theme)
    ready(page)
    expect(page.get_by_test_id("stPlotlyChart")).to_have_count(0)
    page.locator(".st-key-reveal button").click()
    page.wait_for_url(re.compile("open=1"))
    expect(page.locator(".st-key-calm-control")).to_contain_text(LABEL[language])
    expect(page.locator(".st-key-pixels-attacked").get_by_test_id("stImage")).to_have_count(6)
    aimed = page.locator(".st-key-pixels-attack-1 img").first
    before = source(aimed)
    page.locator(".st-key-look-digit button", has_text="4").click()
    page.wait_for_url(re.compile("digit=4"))
    expect(page.locator(".st-key-pixels-attack-0")).to_contain_text(READ[language])
    expect(aimed).not_to_have_attribute("src", before)
    expect(page.locator("#table")).to_contain_text("When the owl calls twice")
    page.locator(".st-key-fix-on p").first.click()
    page.wait_for_url(re.compile("fix=1"))
    expect(page.get_by_test_id("stException")).to_have_count(0)
    shot(page, f"adversarial-{('en', 'zh')[language]}")
