"""The education page in a real browser: answers by keyboard that move the level, a simulated learner, a sheet and its PDF."""

from __future__ import annotations

import re
from pathlib import Path

import pypdf
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Server, ready, shot


def asked(page: Page) -> str:
    """The problem on the card, as its alternative text says it."""
    words = page.locator(".st-key-paper-problem img").get_attribute("alt") or ""
    return re.split("[:：]", words)[1].strip()


def solved(problem: str) -> int:
    a, operation, b = problem.split()
    return {"+": int(a) + int(b), "−": int(a) - int(b), "×": int(a) * int(b)}[operation]


def answer(page: Page, given: int) -> None:
    before = asked(page)
    field = page.locator(".st-key-edu-answer input")
    field.fill(str(given))
    field.press("Enter")
    expect(page.locator(".st-key-paper-problem img")).not_to_have_attribute("alt", re.compile(re.escape(before) + "$"))
    ready(page)


def level(page: Page) -> int:
    return int(page.locator(".st-key-edu-numbers [data-testid=stMetricValue]").first.inner_text())


@pytest.mark.parametrize(("locale", "language", "theme"), [("en-US", 0, "light"), ("zh-CN", 1, "dark")])
def test_answers_move_the_level_and_a_simulated_learner_is_found(open_page, server: Server, locale, language, theme):
    page = open_page(f"{server.url}/education", locale=locale, color_scheme=theme)
    expect(page.locator(".st-key-paper-problem img")).to_be_visible()
    ready(page)
    assert level(page) == 50
    first = asked(page)
    alert, field = page.get_by_test_id("stAlert"), page.locator(".st-key-edu-answer input")
    field.fill("3.7")
    field.press("Enter")
    expect(alert.first).to_contain_text(("type a whole number", "请只用数字输入整数")[language])
    expect(field).to_have_value("3.7")
    assert asked(page) == first and level(page) == 50
    answer(page, solved(first))
    expect(alert.first).to_contain_text(("Right", "答对了")[language])
    up = level(page)
    assert up > 50
    answer(page, solved(asked(page)) + 1)
    expect(alert.first).to_contain_text(("Not quite", "不对")[language])
    assert level(page) < up
    chart = page.locator("[class*=st-key-edu-ability]")
    expect(chart.locator("svg.main-svg").first).to_be_visible()

    page.locator(".st-key-edu-strong button").click()
    expect(page.locator(".st-key-edu-numbers")).to_contain_text("/ 40")
    assert level(page) > 60
    page.locator(".st-key-edu-guesser button").click()
    expect(page.locator(".st-key-edu-numbers [data-testid=stMetricValue]").first).to_have_text(re.compile(r"^\d$"))
    shot(page, f"education-{('en', 'zh')[language]}")
    page.locator(".st-key-edu-again button").click()
    expect(page.locator(".st-key-edu-numbers")).to_contain_text("0 / 0")
    expect(page.get_by_test_id("stException")).to_have_count(0)


def test_a_sheet_is_in_the_link_its_failures_are_shown_and_its_pdf_can_be_taken(open_page, server: Server, tmp_path: Path):
    page = open_page(f"{server.url}/education?hand=free&sure=0&n=20&level=60&ask=plus.minus", locale="en-US")
    sheet = page.locator(".st-key-paper-sheet img")
    expect(sheet).to_have_attribute("alt", re.compile("Practice sheet 1 with 20 problems: "))
    problems = (sheet.get_attribute("alt") or "").split(": ")[1].split("; ")
    assert len(problems) == 20 and not any("×" in problem for problem in problems)
    legible = page.locator(".st-key-legible")
    expect(legible).to_contain_text(re.compile(r"[1-9]\d* of 1\d\d"))  # an unchecked hand: some are misread
    expect(legible).to_contain_text("may be read as a")
    for code, title in (("en", "Practice sheet"), ("zh", "练习卷")):
        with page.expect_download() as got:
            page.locator(f".st-key-edu-pdf-{code} button").click()
        path = tmp_path / f"{code}.pdf"
        got.value.save_as(path)
        pages = [part.extract_text() for part in pypdf.PdfReader(path).pages]
        assert title in pages[0] and all(f"{p} = {solved(p)}" in pages[1] for p in problems)
    page.locator(".st-key-edu-sure button", has_text="90%").click()
    page.wait_for_url(lambda url: "sure=" not in url)
    expect(legible).to_contain_text(re.compile(r"threw away \d+ of 1\d\d digits"))


def test_the_result_stands_beside_its_control(open_page, server: Server):
    page = open_page(f"{server.url}/education")
    expect(page.locator(".st-key-lit-effect")).to_contain_text("Digits of the model")
    expect(page.locator(".st-key-calm-control")).to_contain_text("Other half of the real digits")
    expect(page.locator(".st-key-travels")).to_be_visible()
    expect(page.locator("[class*=st-key-pixels-missed] img")).to_have_attribute("alt", re.compile(r"\d read as \d"))
