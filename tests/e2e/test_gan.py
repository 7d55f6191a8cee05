"""The GAN page in a real browser: train, watch, stop, resume, refresh, share, restart, in both languages."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from babel.messages.pofile import read_po
from playwright.sync_api import Page, expect

from genai_core import i18n
from genai_core.runs import archive
from genai_core.runs.store import Store
from tests.e2e.conftest import Server, ready, shot, source

STATUS = ".st-key-status"
# The framework says so of a deep link in the first session of a process, then shows the page; visitor.js closes the dialog.
FALSE_ALARM = "page that you have requested does not seem to exist"
CANVAS = ".st-key-canvas img"


def train(page: Page, server: Server, query: str = "") -> str:
    """Press Train on the GAN page; returns the id of the run that lives."""
    page.goto(f"{server.url}/gan{query}")
    ready(page)
    page.locator(".st-key-train button:not([disabled])").click()
    page.wait_for_url(re.compile(r"run=[0-9a-f]{12}-[a-z0-9]{6}"))
    expect(page.locator(CANVAS)).to_be_visible()
    return re.search(r"run=([0-9a-f]{12}-[a-z0-9]{6})", page.url)[1]


def step(page: Page) -> int:
    return int(re.search(r"step ([\d,]+)", page.locator(STATUS).inner_text())[1].replace(",", ""))


def do(page: Page, action: str) -> None:
    page.locator(f'[class*="st-key-do-{action}"] button').click()


def test_a_visitor_trains_stops_resumes_and_refreshes(page: Page, server: Server):
    train(page, server, "?preset=gan-digits")
    first = source(page.locator(CANVAS))
    expect(page.locator(CANVAS)).not_to_have_attribute("src", first)  # another frame
    expect(page.get_by_test_id("stVegaLiteChart").first).to_be_visible()
    expect(page.locator(STATUS)).to_contain_text("Training")

    do(page, "pause")
    expect(page.locator(STATUS)).to_contain_text("Paused")
    paused = step(page)
    assert paused > 0
    do(page, "step")
    expect(page.locator(STATUS)).to_contain_text(f"step {paused + 1:,}")
    expect(page.locator(STATUS)).to_contain_text("Paused")

    page.reload()
    ready(page)
    expect(page.locator(STATUS)).to_contain_text("Paused")
    do(page, "resume")  # the refreshed tab still owns its run
    expect(page.locator(STATUS)).to_contain_text("Training")
    expect(page.locator(STATUS)).not_to_contain_text(f"step {paused + 1:,} ")
    do(page, "stop")
    expect(page.locator(STATUS)).to_contain_text("Stopped")
    assert step(page) > paused + 1


def test_a_second_browser_watches_and_cannot_stop(page: Page, open_page: Callable[..., Page], server: Server):
    run = train(page, server, "?preset=gan-mlp-gaussians")
    guest = open_page(f"{server.url}/gan?run={run}")
    expect(guest.locator(CANVAS)).to_be_visible()
    expect(guest.get_by_text("You are watching")).to_be_visible()
    expect(guest.locator('[class*="st-key-do-"]')).to_have_count(0)
    do(page, "stop")
    expect(page.locator(STATUS)).to_contain_text("Stopped")
    expect(guest.locator(STATUS)).to_contain_text("Stopped")


def test_a_deep_link_opens_after_a_restart_of_the_server(
    page: Page, open_page: Callable[..., Page], server: Server, errors
):
    run = train(page, server, "?preset=gan-mlp-gaussians")
    do(page, "stop")
    expect(page.locator(STATUS)).to_contain_text("Stopped")
    page.context.close()
    errors.clear()  # the tab that was open complains of the crash
    server.restart()
    later = open_page(f"{server.url}/gan?run={run}")
    errors[:] = [e for e in errors if FALSE_ALARM not in e]
    expect(later.get_by_role("dialog")).to_have_count(0)
    expect(later.locator(STATUS)).to_contain_text("Stopped")
    expect(later.get_by_role("heading", name="GAN: two networks at play")).to_be_visible()


@pytest.mark.parametrize(("locale", "language", "theme"), [("en-US", "en", "light"), ("zh-CN", "zh", "dark")])
def test_the_page_opens_on_a_shipped_run_in_both_languages(server: Server, open_page, locale, language, theme):
    page = open_page(f"{server.url}/gan", locale=locale, color_scheme=theme)
    expect(page.locator("#film img").first).to_be_visible()
    expect(page.get_by_test_id("stVegaLiteChart")).to_have_count(4)
    expect(page.locator("html")).to_have_attribute("lang", {"en": "en", "zh": "zh-CN"}[language])
    for tab in page.get_by_role("tab").all():
        tab.click()
        ready(page)
        expect(page.get_by_test_id("stException")).to_have_count(0)
    page.get_by_text({"en": "Every measure of the run", "zh": "这次运行的全部指标"}[language]).first.click()
    for measure in {"en": ("(KID)", "Density", "real against real"), "zh": ("（KID）", "密度", "真实对真实")}[language]:
        expect(page.locator('[class*="st-key-every"]').get_by_text(measure).first).to_be_visible()
    if language == "zh":
        page.get_by_role("tab", name="思想").click()
        expect(page.get_by_test_id("stCode")).to_have_count(0)  # the source that was open holds the English messages
        shown = page.locator("body").inner_text()
        with (i18n.FOLDER / "zh" / "LC_MESSAGES" / "messages.po").open("rb") as file:
            english = [m.id for m in read_po(file) if isinstance(m.id, str) and len(m.id) > 20 and m.id in shown]
        assert english == [], "messages left in English"
    shot(page, f"gan-{language}")


def test_the_language_can_be_switched_and_stays_in_the_link(page: Page):
    page.get_by_text("中文", exact=True).click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    page.wait_for_url(re.compile(r"[?&]lang=zh\b"))
    page.reload()
    ready(page)
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")


def test_a_link_in_chinese_opens_in_chinese_and_stays_so_on_the_next_page(open_page, server: Server):
    page = open_page(f"{server.url}/?lang=zh")  # an English browser
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    page.locator(".st-key-look button").click()
    page.wait_for_url(re.compile("/gan"))
    ready(page)
    expect(page.locator(".st-key-train")).to_contain_text("训练")
    page.get_by_text("English", exact=True).click()
    expect(page.locator(".st-key-train")).to_contain_text("Train")
    expect(page.locator(".st-key-train")).not_to_contain_text("训练")


def test_a_link_that_asks_for_nonsense_gets_a_sentence_and_a_page(open_page, server: Server):
    page = open_page(
        f"{server.url}/gan?run=../../etc/passwd&set=lr:1e9,nope:1&seed=x&preset=%3Cscript%3E&for=99999999999"
    )
    expect(page.get_by_test_id("stAlert").first).to_be_visible()
    expect(page.locator("#film img").first).to_be_visible()
    expect(page.get_by_test_id("stException")).to_have_count(0)


def test_a_card_opens_its_shipped_run_and_a_failure_lights_its_detector(open_page, server: Server):
    page = open_page(f"{server.url}/gan")
    page.locator('button[data-card="gan-article-output"]').click()
    page.wait_for_url(re.compile("preset=gan-article-output"))
    expect(page.locator('[class*="st-key-lit-output-range"]')).to_be_visible()
    page.locator('[class*="st-key-cure-output-range"] button').click()
    page.wait_for_url(re.compile("preset=gan-mlp-digits"))
    expect(page.locator('[class*="st-key-lit-output-range"]')).to_have_count(0)


def test_what_is_chosen_is_in_the_link_and_comes_back(open_page, server: Server):
    page = open_page(f"{server.url}/gan?preset=gan-mlp-gaussians&seed=2147483647&set=z_dim:8")
    expect(page.get_by_label("Seed").first).to_have_value("2147483647")
    page.get_by_text("Customise").click()
    expect(page.get_by_text("Train for (seconds)")).to_have_count(
        0
    )  # closed, its widgets are gone; the link keeps them
    assert "seed=2147483647" in page.url and "z_dim" in page.url
    page.get_by_text("Customise").click()
    expect(page.get_by_label("Seed").first).to_have_value("2147483647")


def test_back_returns_to_the_recipe_before(open_page, server: Server):
    page = open_page(f"{server.url}/gan?preset=gan-article")
    page.get_by_text("Rings", exact=True).first.click()
    page.wait_for_url("**preset=gan-mlp-rings**")
    ready(page)
    page.go_back()
    page.wait_for_url("**preset=gan-article**")
    expect(page.locator(STATUS)).to_contain_text("step 6,000")


def test_a_run_that_is_opened_goes_to_the_page_of_its_family(open_page, server: Server, tmp_path):
    store = Store(str(server.store))
    (tmp_path / "run.zip").write_bytes(archive.pack(store.open(store.gallery_index()["vae-collapse"])))
    page = open_page(f"{server.url}/gan?preset=gan-mlp-gaussians")
    page.get_by_text("Take it away, or open a run").click()
    page.locator("input[type=file]").set_input_files(tmp_path / "run.zip")
    page.locator(".st-key-open-run-now button").click()
    page.wait_for_url(re.compile(r"/vae\?run=[0-9a-f]{12}-[0-9a-z]+"))
    expect(page.locator(STATUS)).to_contain_text("opened run")


def test_a_refused_setting_in_the_link_is_said(open_page, server: Server):
    page = open_page(f"{server.url}/gan?preset=gan-digits&set=lr:1e9")
    expect(page.get_by_test_id("stToast")).to_contain_text("lr is")


def test_one_finds_the_way_back_to_a_run_and_others_do_not_see_it(page: Page, open_page, server: Server):
    page.get_by_text("Train a model now").click()  # at once, maybe before the browser's token is known
    page.wait_for_url(re.compile("run="))
    run = re.search(r"run=([0-9a-z-]+)", page.url)[1]
    expect(page.get_by_text("Explore what it learned")).to_be_visible()
    expect(page.get_by_text("Take it away, or open a run")).to_be_visible()  # whatever stands above it
    expect(page.get_by_role("tab", name="Truncation")).to_be_visible()  # opens with the first weights, while it trains
    expect(page.locator(STATUS)).to_contain_text("Training")
    page.locator('button[data-card="gan-mlp-gaussians"]').click()
    page.wait_for_url(re.compile("preset=gan-mlp-gaussians"))
    page.locator('[class*="st-key-mine"] summary').click()
    page.locator(f'[class*="st-key-mine-{run}"] button').click()
    page.wait_for_url(re.compile(f"run={run}"))
    do(page, "stop")
    expect(page.locator(STATUS)).to_contain_text("Stopped")
    guest = open_page(f"{server.url}/gan?run={run}")
    guest.locator('[class*="st-key-mine"] summary').click()
    expect(guest.get_by_text("Runs that you start in this browser are listed here.")).to_be_visible()
    expect(guest.locator('[class*="st-key-mine-"] button')).to_have_count(0)


def test_runs_of_the_browser_are_owned_by_a_hash_alone(page: Page, server: Server):
    run = train(page, server, "?preset=gan-mlp-gaussians")
    token = page.evaluate("() => window.localStorage.getItem('genai-balance-owner')")
    record = Store(str(server.store)).open(run).record()
    assert len(token) == 48 and token not in page.url
    assert token not in Store(str(server.store)).open(run).raw_record().decode() and len(record.owner) == 64
    do(page, "stop")
    expect(page.locator(STATUS)).to_contain_text("Stopped")
