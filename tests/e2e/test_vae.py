"""The VAE page in a real browser: train, walk on the map, move a latent, draw a digit, share a view."""

from __future__ import annotations

import re
from base64 import b64decode
from io import BytesIO

import numpy as np
import pytest
from babel.messages.pofile import read_po
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from genai_core import i18n
from tests.e2e.conftest import Server, ready, shot, source

STATUS = ".st-key-status"
CANVAS = ".st-key-canvas img"


def picture(canvas: Locator) -> str:
    return canvas.evaluate("canvas => canvas.toDataURL()")


def over(canvas: Locator, x: float, y: float) -> str:
    """What the map decodes with the pointer at a share of its width and height."""
    box = canvas.bounding_box()
    canvas.hover(position={"x": x * box["width"], "y": y * box["height"]})
    return picture(canvas.page.locator("#decoded"))


def stroke(page: Page, *points: tuple[float, float]) -> None:
    """Draws a line through shares of the sheet's width and height."""
    sheet = page.locator("#pad canvas")
    sheet.scroll_into_view_if_needed()
    box = sheet.bounding_box()
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=6)
    page.mouse.up()


def assert_centred(source: str) -> None:
    """As MNIST is: at most 20 pixels long, the centre of mass in pixel 14."""
    grey = np.asarray(Image.open(BytesIO(b64decode(source.partition(",")[2]))).convert("L"), dtype=float)
    rows, columns = np.nonzero(grey > 64)
    assert 18 <= max(np.ptp(rows), np.ptp(columns)) + 1 <= 21
    y, x = np.indices(grey.shape)
    assert [float((grey * axis).sum() / grey.sum()) for axis in (y, x)] == pytest.approx([14, 14], abs=0.5)


def test_a_run_trains_and_its_map_unfolds_under_the_pointer(page: Page, server: Server):
    page.goto(f"{server.url}/vae?for=60")
    ready(page)
    page.locator(".st-key-train button:not([disabled])").click()
    page.wait_for_url(re.compile("run="))
    expect(page.locator(CANVAS)).to_be_visible()
    first = source(page.locator(CANVAS))
    expect(page.locator(CANVAS)).not_to_have_attribute("src", first)
    expect(page.get_by_test_id("stVegaLiteChart").first).to_be_visible()

    sea = page.locator("#sea")
    expect(sea).to_be_visible()  # with the first weights, while it trains
    expect(page.locator("#decoded")).to_have_attribute("data-at", re.compile(r"\d+,\d+"))
    assert over(sea, 0.2, 0.2) != over(sea, 0.8, 0.8)  # in the browser, without asking the server
    sea.click(position={"x": 100, "y": 80})
    page.wait_for_url(re.compile(r"[?&]z=-?[\d.]+%2C-?[\d.]+"))
    page.locator('[class*="st-key-do-stop"] button').click()
    expect(page.locator(STATUS)).to_contain_text("Stopped")


@pytest.mark.parametrize(("locale", "language", "theme"), [("en-US", "en", "light"), ("zh-CN", "zh", "dark")])
def test_the_page_opens_on_a_shipped_run_in_both_languages(server: Server, open_page, locale, language, theme):
    page = open_page(f"{server.url}/vae", locale=locale, color_scheme=theme)
    expect(page.locator("#film img").first).to_be_visible()
    expect(page.get_by_test_id("stVegaLiteChart")).to_have_count(8)
    expect(page.locator("#sea")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", {"en": "en", "zh": "zh-CN"}[language])
    for tab in page.get_by_role("tab").all():
        tab.click()
        ready(page)
        expect(page.get_by_test_id("stException")).to_have_count(0)
        expect(page.get_by_test_id("stAlertContentError")).to_have_count(0)
    if language == "zh":
        page.get_by_role("tab", name="思想").click()
        expect(page.get_by_test_id("stCode")).to_have_count(0)  # the source that was open holds the English messages
        shown = page.locator("body").inner_text()
        with (i18n.FOLDER / "zh" / "LC_MESSAGES" / "messages.po").open("rb") as file:
            english = [m.id for m in read_po(file) if isinstance(m.id, str) and len(m.id) > 20 and m.id in shown]
        assert english == [], "messages left in English"
    shot(page, f"vae-{language}")


def test_a_drawing_is_drawn_back_and_scored_and_goes_no_further(open_page, server: Server):
    page = open_page(f"{server.url}/vae?view=draw")
    stroke(page, (0.1, 0.15), (0.4, 0.15), (0.1, 0.5), (0.4, 0.5))  # small, and in a corner
    back = page.locator(".st-key-pixels-draw-reconstruction img")
    expect(back).to_be_visible()
    expect(page.get_by_text("more than")).to_contain_text(re.compile(r"It scores -?[\d.,]+ nats"))
    expect(page.get_by_test_id("stPlotlyChart").first).to_be_visible()
    expect(page.locator("#sea")).to_be_visible()
    first = source(back)
    assert_centred(source(page.locator(".st-key-pixels-draw-input img")))
    assert "pixels" not in page.url and len(page.url) < 200
    page.locator("#undo").click()
    expect(back).to_have_count(0)

    page.locator("#pad canvas").focus()  # without a mouse
    for key in [" ", *["ArrowDown"] * 8, " "]:
        page.keyboard.press(key)
    expect(back).to_be_visible()
    assert source(back) != first
    page.locator("#clear").click()
    expect(back).to_have_count(0)


def test_a_view_and_what_is_chosen_in_it_are_in_the_link(open_page, server: Server):
    page = open_page(f"{server.url}/vae?view=latent")
    page.get_by_role("radio", name=re.compile(r"^z\d+$")).nth(1).click()
    page.wait_for_url(re.compile(r"dim=\d+"))
    dim = re.search(r"dim=(\d+)", page.url)[1]
    page.reload()
    ready(page)
    expect(page.get_by_role("tab", name="One latent")).to_have_attribute("aria-selected", "true")
    expect(page.get_by_role("radio", name=f"z{dim}", exact=True)).to_be_checked()
    film = page.locator("#film").last
    before = source(film.locator("img"))
    film.locator("input").fill("0")
    assert source(film.locator("img")) != before  # the slider answers in the browser

    page.goto(f"{server.url}/vae?view=between&a=5&b=9")
    ready(page)
    expect(page.get_by_label("First picture")).to_have_value("5")
    expect(page.locator(".st-key-pixels-between img")).to_be_visible()


def test_a_link_that_asks_for_nonsense_gets_a_page(open_page, server: Server):
    page = open_page(f"{server.url}/vae?z=nan,1e9&dim=-3&class=x&half=%3Cb%3E&a=99999&view=nowhere")
    expect(page.locator("#sea")).to_be_visible()
    expect(page.get_by_test_id("stException")).to_have_count(0)


def test_a_collapse_lights_its_detector_and_leads_to_a_cure(open_page, server: Server):
    page = open_page(f"{server.url}/vae?preset=vae-collapse&view=latent")
    expect(page.locator('[class*="st-key-lit-posterior-collapse"]')).to_be_visible()
    expect(page.get_by_test_id("stPlotlyChart").first).to_contain_text("collapsed: 20")
    page.locator('[class*="st-key-cure-posterior-collapse"] button').click()
    page.wait_for_url(re.compile("preset=vae-digits"))
    expect(page.locator('[class*="st-key-lit-"]')).to_have_count(0)


def test_bounds_stand_beside_those_of_their_own_kind(open_page, server: Server):
    page = open_page(f"{server.url}/vae")
    part = page.get_by_text("Likelihood, like beside like")
    expect(part).to_be_visible()
    expect(page.get_by_text("pixels drawn black or white").first).to_be_visible()
    expect(page.get_by_text("Beside what was published")).to_be_visible()
