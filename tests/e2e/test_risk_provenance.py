"""The page of provenance in a real browser: guess, reveal, and a picture on the bench with its witnesses."""

from __future__ import annotations

import io
import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.e2e.conftest import Server, ready, shot


def photograph() -> bytes:
    y, x = np.mgrid[:200, :260]
    pixels = np.stack([x % 256, y % 256, (x + y) % 256], 2).astype(np.uint8)
    found = io.BytesIO()
    Image.fromarray(pixels).save(found, "PNG")
    return found.getvalue()


@pytest.mark.parametrize(("locale", "language", "theme"), [("en-US", 0, "light"), ("zh-CN", 1, "dark")])
def test_a_picture_is_signed_tampered_with_and_saved_again(open_page, server: Server, locale, language, theme):
    page = open_page(f"{server.url}/provenance", locale=locale, color_scheme=theme)
    ready(page)
    page.locator(".st-key-reveal button").click()
    page.wait_for_url(re.compile("open=1"))
    expect(page.locator(".st-key-lit-effect")).to_contain_text(("Saved again as JPEG", "另存为 JPEG")[language])
    expect(page.locator(".st-key-calm-control")).to_be_visible()
    expect(page.locator("#table").first).to_contain_text(("8 of 8", "8 张中 8 张")[language])

    def press(name: str, tone: str, place: int, words: str) -> None:
        page.locator(f"[class*='st-key-bench-{name}'] button").click()
        expect(page.locator(f".st-key-{tone}-{place}")).to_contain_text(words)

    expect(page.locator(".st-key-calm-0")).to_contain_text(("no manifest", "无清单")[language])
    press("mark", "calm", 1, "z ")
    press("sign", "calm", 2, ("holds", "有效")[language])
    press("bit", "lit", 3, ("broken", "已失效")[language])
    press("jpeg", "calm", 4, ("no manifest", "无清单")[language])
    with page.expect_download() as download:
        page.locator(".st-key-bench-save button").click()
    assert download.value.suggested_filename == "bench.jpeg"
    if language == 0:
        chooser = page.locator(".st-key-own-picture input[type=file]")
        chooser.set_input_files({"name": "mine.png", "mimeType": "image/png", "buffer": photograph()})
        expect(page.locator(".st-key-calm-0")).to_be_visible()
        expect(page.locator(".st-key-row-0")).to_have_count(0)
        chooser.set_input_files({"name": "no.png", "mimeType": "image/png", "buffer": b"no picture"})
        expect(page.get_by_text("This is no PNG, JPEG or WebP picture, whatever its name says.")).to_be_visible()
    expect(page.get_by_test_id("stException")).to_have_count(0)
    shot(page, f"provenance-{('en', 'zh')[language]}")
