"""The page of the mark in a real browser: a marked text, the wrong key, a text of one's own, then the reveal."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Server, ready, shot

WORDS = {
    "marked": ("Marked:", "有水印"),
    "none": ("No mark found", "未检出水印"),
    "own": ("A text of your own", "你自己的一段文字"),
    "wrong": ("How often the test is wrong", "检验多常出错"),
}
OWN = "Nobody of any sense would have thought of it, she said, and poured the tea. <b>Bold</b> words followed."


@pytest.mark.parametrize(("locale", "language", "theme"), [("en-US", 0, "light"), ("zh-CN", 1, "dark")])
def test_a_text_is_marked_tested_and_replaced_by_ones_own(open_page, server: Server, locale, language, theme):
    page = open_page(f"{server.url}/watermark?delta=40", locale=locale, color_scheme=theme)
    ready(page)
    bench = page.locator(".st-key-mark-bench")
    expect(bench).to_contain_text(WORDS["marked"][language])
    expect(bench.locator("#tinted .under").first).to_be_visible()
    bench.locator(".st-key-mark-wrong label").click()
    expect(bench).to_contain_text(WORDS["none"][language])
    page.wait_for_url(re.compile("key=wrong"))
    bench.get_by_text(WORDS["own"][language], exact=True).first.click()
    area = bench.locator("textarea")
    area.fill(OWN)
    area.press("Control+Enter")
    expect(bench.locator("#tinted p")).to_contain_text("poured the tea")
    expect(bench.locator("#tinted b")).to_have_count(0)
    page.wait_for_url(re.compile("way=own"))  # what is done is in the link; what was typed is not
    assert not any(word in page.url for word in re.findall(r"\w{4,}", OWN))
    page.locator(".st-key-reveal button").click()
    page.wait_for_url(re.compile("open=1"))
    expect(page.locator(".st-key-calm-control")).to_be_visible()
    expect(page.get_by_text(WORDS["wrong"][language])).to_be_visible()
    expect(page.get_by_test_id("stException")).to_have_count(0)
    shot(page, f"watermark-{('en', 'zh')[language]}")
