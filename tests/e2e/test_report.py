"""The report in a real browser: what was looked at is in it, in either language, and nothing of it needs the session."""

from __future__ import annotations

import io
import re

from playwright.sync_api import expect
from pypdf import PdfReader

from tests.e2e.conftest import Server, ready, shot


def taken(page, kind: str) -> bytes:
    with page.expect_download() as found:
        page.locator(f".st-key-report-{kind} button").click()
    return found.value.path().read_bytes()


def words(data: bytes) -> str:
    return re.sub(r"\s+", "", "".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages))


def test_what_was_looked_at_is_reported_in_either_language_and_survives_a_refresh(open_page, server: Server):
    page = open_page(f"{server.url}/vae")
    expect(page.locator(".st-key-status")).to_contain_text("shipped run")
    page.goto(f"{server.url}/copying?open=1")
    page.locator(".st-key-fix-on label").click()  # by then the browser has told who it is
    page.wait_for_url(re.compile("fix=1"))
    ready(page)
    page.goto(f"{server.url}/report")
    ready(page)
    expect(page.locator(".st-key-report-make")).to_be_visible()
    expect(page.get_by_text("Runs you looked at")).to_be_visible()
    page.get_by_label("Title").fill("Board <b>meeting</b>")
    page.get_by_label("Title").press("Enter")
    page.locator(".st-key-report-go button").click()
    expect(page.locator(".st-key-report-take")).to_be_visible()
    shot(page, "report-made")
    text = words(taken(page, "pdf"))
    assert "Board<b>meeting</b>" in text and "Thepicturethatcameback" in text and "Lawsandframeworks" in text
    html = taken(page, "html").decode()
    assert "<b>meeting" not in html and html.count("<svg") >= 2 and "<script" not in html
    page.locator(".st-key-report-language").get_by_text("中文").click()
    page.locator(".st-key-report-go button").click()
    expect(page.locator(".st-key-report-make")).to_contain_text(re.compile("Made: .* · 中文"))
    assert "法律与框架" in words(taken(page, "pdf"))


def test_without_anything_seen_there_is_an_example_and_what_is_unticked_stays_out(open_page, server: Server):
    page = open_page(f"{server.url}/report")
    expect(page.get_by_text("An example: what you look at")).to_be_visible()
    page.locator('[class*="st-key-item-card"]').filter(has_text="The secret that leaked").locator("label").click()
    ready(page)
    page.locator(".st-key-report-go button").click()
    expect(page.locator(".st-key-report-take")).to_be_visible()
    text = words(taken(page, "pdf"))
    assert "Theminoritythatvanished" in text and "Thesecretthatleaked" not in text
