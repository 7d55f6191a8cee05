"""The page of diffusion and flows in a real browser: opens, trains, and every way to explore answers."""

from __future__ import annotations

import re

import pytest
from babel.messages.pofile import read_po
from playwright.sync_api import Locator, Page, expect

from genai_core import i18n
from tests.e2e.conftest import Server, ready, scrub, shot, source

STATUS = ".st-key-status"
CANVAS = ".st-key-canvas img"


def drawn(canvas: Locator) -> str:
    return canvas.evaluate("node => node.toDataURL()")


@pytest.mark.parametrize(("locale", "language", "theme"), [("en-US", "en", "light"), ("zh-CN", "zh", "dark")])
def test_every_view_of_the_first_run_opens_in_both_languages(
    server: Server, open_page, locale, language, theme, errors
):
    page = open_page(f"{server.url}/diffusion", locale=locale, color_scheme=theme)
    expect(page.locator("#film img").first).to_be_visible()
    expect(page.get_by_test_id("stVegaLiteChart").first).to_be_visible()
    names = {"en": "Out of the noise", "zh": "走出噪声"}
    expect(page.get_by_role("tab", name=names[language])).to_be_visible()
    for tab in page.get_by_role("tab").all():
        tab.click()
        ready(page)
        expect(page.get_by_test_id("stException")).to_have_count(0)
        expect(page.get_by_test_id("stAlertContentError")).to_have_count(0)
    if language == "zh":
        page.get_by_role("tab", name="数学").click()
        expect(page.get_by_test_id("stCode")).to_have_count(0)  # the source that was open holds the English messages
        shown = page.locator("body").inner_text()
        with (i18n.FOLDER / "zh" / "LC_MESSAGES" / "messages.po").open("rb") as file:
            english = [m.id for m in read_po(file) if isinstance(m.id, str) and len(m.id) > 20 and m.id in shown]
        assert english == [], "messages left in English"
    shot(page, f"diffusion-{language}")


def test_a_visitor_trains_on_points_and_stops(page: Page, server: Server):
    page.goto(f"{server.url}/diffusion?preset=flow-gaussians")
    ready(page)
    page.locator(".st-key-train button:not([disabled])").click()
    page.wait_for_url(re.compile(r"run=[0-9a-f]{12}-[a-z0-9]{6}"))
    expect(page.locator(CANVAS)).to_be_visible()
    first = source(page.locator(CANVAS))
    expect(page.locator(CANVAS)).not_to_have_attribute("src", first)
    page.locator('[class*="st-key-do-stop"] button').click()
    expect(page.locator(STATUS)).to_contain_text("Stopped")
    expect(page.get_by_role("tab", name="Field and paths")).to_be_visible()


def test_the_trajectory_is_scrubbed_and_its_moment_is_in_the_link(open_page, server: Server):
    page = open_page(f"{server.url}/diffusion?preset=flow-digits")
    film = page.locator(".st-key-trajectory")
    picture, bar = film.locator("img"), film.locator("input[type=range]")
    last = bar.evaluate("node => Number(node.max)")
    scrub(bar, 0)
    expect(film).to_contain_text("time 1")
    noise = source(picture)
    page.wait_for_url(re.compile(r"moment=1\b"))
    stands(open_page(page.url), noise)
    scrub(bar, last // 2)
    page.wait_for_url(re.compile(r"moment=0\."))
    expect(picture).not_to_have_attribute("src", noise)
    middle = source(picture)
    stands(open_page(page.url), middle)
    scrub(bar, last - 1)
    page.wait_for_url(re.compile(r"moment=0\.0"))
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    expect(bar).to_have_value(str(last - 1))  # where it was let go, not where it stood before
    expect(picture).not_to_have_attribute("src", middle)


def stands(page: Page, picture: str) -> None:
    """The film shows the picture and does not play."""
    expect(page.locator(".st-key-trajectory img")).to_have_attribute("src", picture)
    expect(page.locator(".st-key-trajectory button")).to_have_text("Play")


def test_the_strength_of_guidance_changes_the_pictures_of_the_same_noise(open_page, server: Server):
    page = open_page(f"{server.url}/diffusion?preset=flow-digits&view=guidance")
    film = page.locator(".st-key-guidance")
    before = source(film.locator("img"))
    scrub(film.locator("input[type=range]"), film.locator("input[type=range]").evaluate("node => Number(node.max)"))
    expect(film).to_contain_text("strength 6")
    expect(film.locator("img")).not_to_have_attribute("src", before)
    page.wait_for_url(re.compile(r"strength=6"))
    expect(page.get_by_test_id("stPlotlyChart")).to_be_visible()  # the trade-off measured in the run's report


def test_points_ride_the_learned_field(open_page, server: Server):
    page = open_page(f"{server.url}/diffusion?preset=flow-gaussians&view=field", reduced_motion="reduce")
    plane = page.locator("#plane")
    end = drawn(plane.locator("canvas"))
    scrub(plane.locator("input"), 0)
    expect(plane).to_contain_text("time 1")
    assert drawn(plane.locator("canvas")) != end
    page.locator('.st-key-look-noise input, [class*="st-key-look"] input').first.fill("2")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"noise=2"))


def test_a_place_is_picked_on_the_exact_density(open_page, server: Server):
    page = open_page(f"{server.url}/diffusion?preset=nf-moons")
    canvas = page.locator("#plane canvas")
    value = page.get_by_test_id("stMetricValue").first
    expect(page.get_by_test_id("stMetricLabel").first).to_contain_text("(0.00, 0.00)")
    before = value.inner_text()
    box = canvas.bounding_box()
    canvas.click(position={"x": box["width"] * 0.95, "y": box["height"] * 0.05})
    expect(page.get_by_test_id("stMetricLabel").first).to_contain_text("(1.1")
    expect(value).not_to_have_text(before)
    page.get_by_role("tab", name="Layer by layer").click()
    expect(page.locator("#plane")).to_contain_text("layer")


def test_the_exact_likelihood_of_a_held_out_digit_is_told(open_page, server: Server):
    page = open_page(f"{server.url}/diffusion?preset=nf-digits&item=3")
    expect(page.get_by_test_id("stMetricValue").first).to_contain_text("bits per dimension")
    expect(page.get_by_label("Held-out picture", exact=True)).to_have_value("3")
