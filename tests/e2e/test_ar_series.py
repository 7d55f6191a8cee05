"""Series and pictures on the autoregressive page, in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Server, ready, shot


def visit(page: Page, server: Server, query: str) -> None:
    page.goto(f"{server.url}/autoregressive?{query}")
    ready(page)
    expect(page.locator("#film img").first).to_be_visible()


def test_a_forecast_can_be_run_freely_or_one_step_ahead(page: Page, server: Server):
    visit(page, server, "preset=ar-sunspots-rnn")
    chart = page.locator(".st-key-forecast-chart")
    expect(chart.locator(".js-plotly-plot")).to_be_visible()
    expect(chart).to_contain_text("linear AR(9)")
    before = chart.locator(".scatterlayer").last.inner_html()
    page.get_by_text("one step ahead", exact=True).click()
    ready(page)
    expect(chart.locator(".scatterlayer").last).not_to_have_js_property("innerHTML", before)
    page.get_by_role("tab", name="Who wins?").click()
    ready(page)
    expect(page.locator(".st-key-verdict-rmse .js-plotly-plot")).to_be_visible()
    expect(page.locator(".st-key-verdict-rmse_free .js-plotly-plot")).to_be_visible()
    expect(page.get_by_test_id("stException")).to_have_count(0)
    shot(page, "ar-series")


def test_a_digit_is_drawn_pixel_by_pixel(page: Page, server: Server):
    visit(page, server, "preset=ar-digits-pixelcnn")
    page.get_by_role("tab", name="Watch it draw").click()
    ready(page)
    scribe = page.locator("#scribe")
    expect(scribe.locator("canvas")).to_have_attribute("role", "img")
    told = scribe.locator("span")
    expect(told).to_have_text("pixel 784")  # it plays by itself, to the end
    scribe.locator("input").fill("100")
    expect(told).to_have_text("pixel 100")
    scribe.get_by_role("button", name="Play").click()
    expect(told).not_to_have_text("pixel 100")


@pytest.mark.parametrize(("locale", "theme"), [("en-US", "light"), ("zh-CN", "dark")])
def test_every_view_of_a_pixel_model_opens(server: Server, open_page, locale, theme):
    page = open_page(f"{server.url}/autoregressive?preset=ar-digits-rows", locale=locale, color_scheme=theme)
    expect(page.get_by_role("tab").first).to_be_visible()
    for tab in page.get_by_role("tab").all():
        tab.click()
        ready(page)
        expect(page.get_by_test_id("stException")).to_have_count(0)
        expect(page.get_by_test_id("stAlertContentError")).to_have_count(0)
    shot(page, f"ar-pixels-{locale[:2]}")


def test_a_drawing_is_completed_and_judged(page: Page, server: Server):
    visit(page, server, "preset=ar-digits-pixelcnn&view=complete")
    page.get_by_text("draw one", exact=True).click()
    ready(page)
    sheet = page.locator("#pad canvas")
    box = sheet.bounding_box()
    middle = box["x"] + box["width"] / 2
    page.mouse.move(middle, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(middle, box["y"] + box["height"] - 40, steps=8)
    page.mouse.up()
    expect(page.locator(".st-key-pixels-complete img")).to_be_visible()
    expect(page.get_by_text("From the rows given it takes this for")).to_be_visible()
