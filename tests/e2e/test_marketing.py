"""The studio for posters in a real browser: named, checked, drawn, taken away with its label; a test that is too small. Both languages."""

from __future__ import annotations

import io
import re

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from genai_core import aigc_label
from tests.e2e.conftest import Server, ready, shot, source


def poster(page: Page):
    return page.locator(".st-key-marketing-poster img")


@pytest.mark.parametrize(("locale", "language", "theme"), [("en-US", 0, "light"), ("zh-CN", 1, "dark")])
def test_a_poster_is_named_drawn_and_taken_away_with_its_label(open_page, server: Server, locale, language, theme):
    page = open_page(f"{server.url}/marketing", locale=locale, color_scheme=theme)
    ready(page)
    expect(poster(page)).to_have_attribute("alt", re.compile(("Giomenti in large letters.*“AI-generated”", "大字“Giomenti”.*“AI生成”")[language]))
    first = source(poster(page))
    page.locator(".st-key-marketing-style").get_by_text(("Pinyin", "汉语拼音")[language]).click()
    page.wait_for_url(re.compile("style=Pinyin"))
    expect(poster(page)).not_to_have_attribute("src", first)
    page.locator(".st-key-marketing-strict").get_by_role("switch").or_(page.locator(".st-key-marketing-strict label")).first.click()
    page.wait_for_url(re.compile("strict=1"))
    expect(page.locator(".st-key-calm-name")).to_contain_text(("for these ten", "为得到这十个")[language])
    expect(page.locator("[class*='st-key-marketing-name']").get_by_text("⚠")).to_have_count(0)
    page.locator(".st-key-marketing-layout").get_by_text(("Tiles", "马赛克")[language]).click()
    page.locator(".st-key-marketing-palette").get_by_text(("Night", "夜色")[language]).click()
    page.locator(".st-key-marketing-pick #cards button").nth(5).click()
    page.wait_for_url(re.compile("pick=5"))
    expect(poster(page)).to_have_attribute("alt", re.compile(("Tiles.*Night", "马赛克.*夜色")[language]))
    with page.expect_download() as taken:
        page.locator(".st-key-marketing-take button").click()
    data = taken.value.path().read_bytes()
    assert Image.open(io.BytesIO(data)).size == (1080, 1440)
    label = aigc_label.read(data)
    assert label and label["Label"] == "1"
    expect(page.locator(".st-key-example")).to_contain_text(label["ProduceID"])  # what the page says is what the file holds
    expect(page.locator(".st-key-calm-control")).to_be_visible()
    expect(page.locator(".st-key-travels")).to_be_visible()
    expect(page.get_by_test_id("stException")).to_have_count(0)
    shot(page, f"marketing-{('en', 'zh')[language]}")


def test_a_name_of_ones_own_is_checked_and_stays_out_of_the_link(open_page, server: Server):
    page = open_page(f"{server.url}/marketing", locale="en-US", viewport={"width": 390, "height": 844})
    ready(page)
    own = page.locator(".st-key-marketing-own input")
    own.fill("Ikea")
    own.press("Enter")
    expect(page.locator(".st-key-lit-name")).to_contain_text("The same as Ikea")
    expect(poster(page)).to_have_attribute("alt", re.compile("Ikea in large letters"))
    assert "ikea" not in page.url.lower()
    own.fill("山水")
    own.press("Enter")
    expect(page.locator(".st-key-lit-name")).to_contain_text("Not checked.")
    expect(poster(page)).to_have_attribute("alt", re.compile("山水 in large letters"))
    own.fill("\u200b")  # a sign without a form is no name
    own.press("Enter")
    expect(page.locator(".st-key-calm-name")).to_contain_text("Nearest among")
    expect(poster(page)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_test_of_two_posters_says_what_it_cannot_know(open_page, server: Server):
    page = open_page(f"{server.url}/marketing?lift=10&viewers=300", locale="en-US")
    ready(page)
    example = page.locator(".st-key-example")
    expect(example).to_contain_text("This app knows neither rate nor effect.")
    expect(example).to_contain_text("80,682")  # viewers a poster: from 2 % to 2.2 %, at 5 % and 80 %
    expect(page.locator(".st-key-lit-counts")).to_contain_text("Undecided")
    clicks = page.locator(".st-key-ab-clicks-b input")
    clicks.fill("90")
    clicks.press("Enter")
    expect(page.locator(".st-key-calm-counts")).to_contain_text("B did better")
    clicks.fill("5000")
    clicks.press("Enter")
    expect(example).to_contain_text("cannot have more clicks than viewers")
    expect(page.get_by_test_id("stException")).to_have_count(0)
