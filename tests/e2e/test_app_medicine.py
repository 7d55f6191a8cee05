"""The page of medicine in a real browser: patients drawn, privacy switched on, a blank sheet that fools, a blot that goes."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Server, ready, shot

WORDS = {
    "en": ("Not a medical device", "Who is real", "malignant", "epsilon", "It is fooled", "Left of the blot"),
    "zh": ("本页不是医疗器械", "谁是真的", "恶性", "差分隐私：δ", "它上当了", "亮斑还剩"),
}


@pytest.mark.parametrize(("locale", "language", "theme"), [("en-US", "en", "light"), ("zh-CN", "zh", "dark")])
def test_patients_are_made_judged_and_made_private_and_pictures_scored(
    open_page, server: Server, locale, language, theme
):
    banner, who, malignant, epsilon, fooled, left = WORDS[language]
    page = open_page(f"{server.url}/medicine", locale=locale, color_scheme=theme)
    example = page.locator(".st-key-example")
    expect(example.get_by_test_id("stAlert")).to_contain_text(banner)
    expect(example).to_contain_text(who)
    tables = page.locator("#table")
    expect(tables.first).to_contain_text(malignant)
    expect(example.get_by_test_id("stPlotlyChart")).to_have_count(5)
    before = tables.first.inner_text()
    page.locator(".st-key-patients-more button").click()
    page.wait_for_url(re.compile("patients=2"))
    expect(tables.first).not_to_have_text(before)
    page.locator(".st-key-patients-private label").first.click()
    page.wait_for_url(re.compile("model=private"))
    expect(example).to_contain_text(epsilon)
    shot(page, f"medicine-{language}")
    page.locator(".st-key-part button").nth(1).click()
    page.wait_for_url(re.compile("part=images"))
    page.locator(".st-key-odd button").last.click()
    page.wait_for_url(re.compile("odd=blank"))
    expect(example).to_contain_text(fooled)
    expect(example).to_contain_text(left)
    expect(page.get_by_test_id("stException")).to_have_count(0)
    ready(page)
    shot(page, f"medicine-images-{language}")
