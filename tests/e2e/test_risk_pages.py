"""The pages of secrets, members, false statements and generations of models in a real browser: guess, reveal, exhibit, fix."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Server, ready, shot

PAGES = {
    "verbatim": ("Planted several times", "多次埋入"),
    "membership": ("Trained on, or not (VAE)", "用于训练与否（VAE）"),
    "hallucination": ("Many facts read once", "许多事实只读过一次"),
    "collapse": ("Each generation learns from the last", "每一代只学上一代"),
}

EXHIBITS = {"verbatim": ("Mr. ", "Mr. "), "membership": ("Diffusion, by its denoising error", "扩散模型（看去噪误差）")}


@pytest.mark.parametrize(("locale", "language", "theme"), [("en-US", 0, "light"), ("zh-CN", 1, "dark")])
@pytest.mark.parametrize("key", PAGES)
def test_a_guess_reveals_the_effect_its_control_and_one_model(open_page, server: Server, key, locale, language, theme):
    page = open_page(f"{server.url}/{key}", locale=locale, color_scheme=theme)
    ready(page)
    expect(page.get_by_test_id("stPlotlyChart")).to_have_count(0)
    page.locator(".st-key-reveal button").click()
    page.wait_for_url(re.compile("open=1"))
    expect(page.locator(".st-key-lit-effect")).to_contain_text(PAGES[key][language])
    expect(page.locator(".st-key-calm-control")).to_be_visible()
    if key == "hallucination":
        expect(page.locator("#table")).to_contain_text(("born in", "生于")[language])
    elif key == "collapse":
        expect(page.get_by_test_id("stImage")).to_have_count(7)
    else:
        expect(page.locator("#table")).to_contain_text(EXHIBITS[key][language])
    page.locator(".st-key-fix-on p").first.click()
    page.wait_for_url(re.compile("fix=1"))
    expect(page.get_by_test_id("stException")).to_have_count(0)
    shot(page, f"{key}-{('en', 'zh')[language]}")
