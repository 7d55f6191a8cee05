"""The page of data copying in a real browser: guess, reveal, triples, the other model, the fix."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Server, ready, shot


@pytest.mark.parametrize(("locale", "language", "theme"), [("en-US", 0, "light"), ("zh-CN", 1, "dark")])
def test_samples_stand_beside_what_they_were_copied_from(open_page, server: Server, locale, language, theme):
    page = open_page(f"{server.url}/copying", locale=locale, color_scheme=theme)
    expect(page.get_by_test_id("stPlotlyChart")).to_have_count(0)
    page.locator(".st-key-reveal button").click()
    page.wait_for_url(re.compile("open=1"))
    expect(page.locator(".st-key-lit-effect")).to_contain_text(("Trained on the pictures", "用这些图片训练")[language])
    expect(page.locator(".st-key-calm-control")).to_be_visible()
    triples, repeated = page.locator(".st-key-triples"), page.locator(".st-key-repeated")
    expect(triples.locator(".item")).to_have_count(24)
    expect(triples.locator(".large p")).to_contain_text(("A copy", "复制品")[language])  # a copy is shown first
    assert triples.locator(".item.marked").count() > 3
    triples.locator(".item:not(.marked)").first.click()
    expect(triples.locator(".large p")).not_to_have_class("marked")
    expect(repeated.locator(".group")).to_have_count(3)
    copied = [repeated.locator(".group").nth(k).locator(".item.marked").count() for k in range(3)]
    assert copied[0] > copied[2]
    page.locator(".st-key-copying-model button").nth(1).click()
    page.wait_for_url(re.compile("trained=mended"))
    ready(page)
    page.locator(".st-key-fix-on p").first.click()
    page.wait_for_url(re.compile("fix=1"))
    expect(page.get_by_test_id("stException")).to_have_count(0)
    shot(page, f"copying-{('en', 'zh')[language]}")
