"""The risk register in real browsers: a room is made, risks are added and changed, and neither a double click, a refresh, a crash of the
server nor a second writer loses anything."""

from __future__ import annotations

import io
import json
import re

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from genai_core.governance import starter
from tests.e2e.conftest import ROOT, ready, shot
from tests.e2e.test_pages import ENGLISH, barriers

PIN = "2718"


def room(open_page, server, name="Credit scoring", **options) -> Page:
    """A visitor who has made a room."""
    page = open_page(f"{server.url}/register", **options)
    make(page, name)
    return page


def make(page: Page, name: str) -> None:
    page.locator(".st-key-room-name input").fill(name)
    page.locator(".st-key-room-pin input").fill(PIN)
    page.locator(".st-key-room-make-now button").click()
    page.wait_for_url(re.compile("room="))
    expect(page.locator(".st-key-room-bar")).to_contain_text(name)
    ready(page)


def box(page: Page, label: str):
    return page.get_by_role("textbox", name=label, exact=True)


def write(page: Page, label: str, words: str) -> None:
    """Type, leave the field, and wait until the server has it as a draft."""
    box(page, label).fill(words)
    box(page, label).blur()
    expect(page.locator(".st-key-discard-risk")).to_be_visible()
    ready(page)


def save(page: Page) -> None:
    page.locator(".st-key-save-risk button").click()
    expect(page.locator(".st-key-discard-risk")).to_have_count(0)
    ready(page)


def add(page: Page, title: str) -> None:
    page.locator(".st-key-add-risk button").click()
    expect(box(page, "Title")).to_have_value("")
    write(page, "Title", title)
    save(page)
    expect(rows(page).filter(has_text=title)).to_have_count(1)


def rows(page: Page):
    return page.locator("#register tbody tr")


def part(page: Page, name: str) -> None:
    page.get_by_test_id("stButtonGroup").get_by_text(name, exact=True).click()
    page.wait_for_url(re.compile(f"part={name.lower()}"))
    ready(page)
    expect(page.locator('[data-stale="true"]')).to_have_count(0)


def test_nothing_is_lost_on_a_refresh_a_double_click_or_a_crash(server, open_page, errors):
    page = room(open_page, server)
    expect(rows(page)).to_have_count(0)
    page.locator(".st-key-add-risk button").click()
    write(page, "Title", "A model that nobody understands")
    page.reload()
    ready(page)
    expect(box(page, "Title")).to_have_value("A model that nobody understands")
    page.locator(".st-key-save-risk button").dblclick()
    expect(rows(page)).to_have_count(1)
    page.wait_for_url(re.compile("risk=1"))
    ready(page)
    part(page, "Describe")
    write(page, "Cause", "Nobody has tested it")
    save(page)
    write(page, "Event", "Not saved when the server died")
    server.kill()
    server.start()
    page.reload()
    errors.clear()
    ready(page)
    expect(box(page, "Cause")).to_have_value("Nobody has tested it")
    expect(box(page, "Event")).to_have_value("Not saved when the server died")
    expect(rows(page)).to_have_count(1)
    part(page, "History")
    expect(page.locator(".st-key-risk-panel")).to_contain_text(re.compile(r"Cause: – → Nobody has tested it[\s\S]*added"))
    errors.clear()


def test_two_who_write_the_same_risk_are_told_and_both_texts_stay(server, open_page):
    ada = room(open_page, server)
    ada.locator(".st-key-editor input").fill("Ada")
    ada.locator(".st-key-editor input").blur()
    ready(ada)
    add(ada, "A leak")
    bob = open_page(ada.url)
    for page in (ada, bob):
        part(page, "Respond")
    write(bob, "Owner", "Bob's team")
    write(ada, "Owner", "Ada's team")
    save(ada)
    bob.locator(".st-key-save-risk button").click()
    expect(bob.get_by_test_id("stAlert").first).to_contain_text("Somebody else has changed this risk")
    part(bob, "Describe")
    expect(bob.locator(".st-key-risk-panel")).to_contain_text(re.compile("in the register: Ada's team[\\s\\S]*yours: Bob's team"))
    bob.locator(".st-key-keep-mine button").click()
    ready(bob)
    save(bob)
    part(bob, "History")
    told = re.compile(r"somebody · changed[\s\S]*Owner: Ada's team → Bob's team[\s\S]*Ada · changed")
    expect(bob.locator(".st-key-risk-panel")).to_contain_text(told)


def test_a_set_to_begin_with_is_added_once_filtered_sorted_and_rated(server, open_page):
    page = room(open_page, server)
    page.locator(".st-key-starters button").first.click()
    page.locator(".st-key-starter-medicine button").dblclick()
    expect(rows(page)).to_have_count(5)
    page.keyboard.press("Escape")
    ready(page)
    expect(page.get_by_role("figure", name=re.compile("Extreme, likelihood Likely, impact Critical: risks 4"))).to_be_attached()
    page.locator(".st-key-register-search input").fill("membership")
    page.locator(".st-key-register-search input").press("Enter")
    expect(rows(page)).to_have_count(1)
    page.locator(".st-key-register-search input").fill("")
    page.locator(".st-key-register-search input").press("Enter")
    expect(rows(page)).to_have_count(5)
    page.locator("#register th.number button").click()
    expect(rows(page).first.locator("td.number")).to_have_text("1")
    expect(page.locator("#register th.number")).to_have_attribute("aria-sort", "ascending")
    page.locator("#register td.title button").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("risk=2"))
    expect(page.locator(".st-key-risk-panel")).to_contain_text("Clinical lead")
    expect(page.locator(".st-key-risk-panel")).to_contain_text("The control passes.")
    shot(page, "register-room")


def test_a_file_goes_out_and_comes_back_and_no_other_room_sees_it(server, open_page):
    page = room(open_page, server)
    add(page, "=HYPERLINK(1)")
    page.locator(".st-key-register-files button").first.click()
    files = {}
    for kind in ("csv", "xlsx", "json"):
        with page.expect_download() as waiting:
            page.locator(f".st-key-export-{kind} button").click()
        files[kind] = waiting.value.path().read_bytes()
    assert b"'=HYPERLINK" in files["csv"] and "'=HYPERLINK(1)" in str(list(load_workbook(io.BytesIO(files["xlsx"]))["register"].values))
    assert json.loads(files["json"])["risks"][0]["title"] == "=HYPERLINK(1)"

    other = room(open_page, server, "Another room")
    expect(rows(other)).to_have_count(0)
    other.locator(".st-key-register-files button").first.click()
    upload(other, "bad.csv", b"title,due\nx,tomorrow\n")
    expect(other.get_by_test_id("stAlert").first).to_contain_text("Row 2: Due: tomorrow is no day")
    upload(other, "register.xlsx", files["xlsx"])
    expect(rows(other)).to_have_text([re.compile(r"=HYPERLINK\(1\)")])
    other.get_by_text("Replace everything").click()
    other.locator(".st-key-import-pin input").fill("0000")
    upload(other, "register.csv", b"title\nAnew\n")
    expect(other.get_by_test_id("stAlert").first).to_contain_text("not the PIN")
    other.locator(".st-key-import-pin input").fill(PIN)
    other.locator(".st-key-import-pin input").blur()
    other.locator(".st-key-import-now button").click()
    expect(rows(other)).to_have_text([re.compile("Anew")])
    page.reload()
    ready(page)
    expect(rows(page)).to_have_count(1)
    expect(rows(page)).to_contain_text("=HYPERLINK(1)")


def upload(page: Page, name: str, data: bytes) -> None:
    page.locator(".st-key-register-file input[type=file]").set_input_files({"name": name, "mimeType": "text/csv", "buffer": data})
    expect(page.locator(".st-key-register-file")).to_contain_text(name)
    ready(page)
    page.locator(".st-key-import-now button").click()
    ready(page)


def test_taking_a_risk_out_asks_for_the_pin(server, open_page):
    page = room(open_page, server)
    add(page, "A leak")
    page.locator(".st-key-remove-risk button").first.click()
    page.locator(".st-key-remove-pin input").fill("0000")
    page.locator(".st-key-remove-now button").click()
    expect(page.get_by_test_id("stAlert").first).to_contain_text("not the PIN")
    expect(rows(page)).to_have_count(1)
    page.locator(".st-key-remove-pin input").fill(PIN)
    page.locator(".st-key-remove-now button").click()
    expect(rows(page)).to_have_count(0)


def test_a_card_of_the_lab_goes_into_the_room_with_one_click(server, open_page):
    page = room(open_page, server)
    code = re.search("room=(\\w+)", page.url)[1]
    page.goto(f"{server.url}/bias?open=1")
    ready(page)
    page.locator(".st-key-register-ask button").first.click()
    page.locator(".st-key-register-code input").fill(code)
    page.locator(".st-key-register-enter button").click()
    page.locator(".st-key-register-add button").dblclick()
    link = page.locator(".st-key-to-register").get_by_role("link", name=re.compile("Risk 1 of the room"))
    expect(link).to_have_count(1)
    ready(page)
    link.click()
    page.wait_for_url(re.compile(rf"register\?.*{code}"))
    expect(rows(page)).to_have_count(1)
    expect(page.locator(".st-key-card-view-0")).to_contain_text(re.compile(r"[−-]?\d.*\(.*–.*\)[\s\S]*The effect is there. The control passes."))
    page.locator(".st-key-card-view-0").get_by_role("link", name="See the experiment").click()
    page.wait_for_url(re.compile("/bias"))


def test_a_proposal_is_read_in_the_readers_language_until_somebody_edits_it(server, open_page):
    ada = room(open_page, server)
    ada.locator(".st-key-starters button").first.click()
    ada.locator(".st-key-starter-art button").click()
    expect(rows(ada)).to_have_count(5)
    code = re.search(r"room=([2-9A-Z]{8})", ada.url)[1]
    english, chinese = (starter.drafts("art", language, {})[0][1] for language in ("en", "zh"))
    li = open_page(f"{server.url}/register?room={code}&risk=1", locale="zh-CN")
    expect(li.locator("#register")).to_contain_text(chinese["title"])
    expect(li.locator(".st-key-risk-panel")).to_contain_text(chinese["cause"])
    expect(li.locator(".st-key-risk-panel")).not_to_contain_text(english["cause"])
    li.goto(f"{server.url}/register?room={code}&risk=1&part=describe")
    expect(box(li, "原因")).to_have_value(chinese["cause"])
    write(li, "原因", "我们没有检查")
    save(li)
    ada.goto(f"{server.url}/register?room={code}&risk=1")
    expect(ada.locator(".st-key-risk-panel")).to_contain_text("我们没有检查")
    expect(ada.locator(".st-key-risk-panel")).to_contain_text(english["event"])
    expect(ada.locator("#register")).to_contain_text(english["title"])


@pytest.mark.parametrize(("locale", "scheme"), [("en-US", "light"), ("zh-CN", "dark")])
def test_an_open_room_reads_well_and_is_accessible(server, open_page, locale, scheme):
    page = room(open_page, server, "评估", locale=locale, color_scheme=scheme) if scheme == "dark" else room(open_page, server)
    page.locator(".st-key-starters button").first.click()
    page.locator(".st-key-starter-education button").click()
    expect(rows(page)).to_have_count(5)
    page.keyboard.press("Escape")
    page.locator("#register td.title button").first.click()
    page.wait_for_url(re.compile("risk="))
    found = []
    for number, place in enumerate(("view", "describe", "classify", "rate", "respond", "evidence", "decide", "history")):
        page.locator('[class*="st-key-part"] button').nth(number).click()
        page.wait_for_url(re.compile(f"part={place}") if number else re.compile("risk="))
        ready(page)
        expect(page.locator('[data-stale="true"]')).to_have_count(0)
        found += [f"{place}: {words}" for words in barriers(page)]
        if locale == "zh-CN":
            found += [f"{place}: {words}" for words in page.evaluate(ENGLISH)]
        shot(page, f"register-{place}-{locale}")
    assert found == []


def test_an_open_room_fits_a_narrow_phone(server, open_page):
    page = room(open_page, server, viewport={"width": 360, "height": 780}, has_touch=True)
    add(page, "A leak")
    for place in ("describe", "rate"):
        part(page, place.capitalize())
        shot(page, f"register-{place}-phone")
        assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0


def test_a_host_that_forgets_says_so_and_rooms_are_not_found_by_a_wrong_code(serve, open_page):
    forgetful = serve(ROOT / "app.py", GENAI_DISK="lost")
    open_page(forgetful.url).close()
    page = open_page(f"{forgetful.url}/register?room=ABCDEFGH")
    expect(page.get_by_test_id("stAlert").filter(has_text="no room with this code")).to_be_visible()
    expect(page.get_by_test_id("stAlert").filter(has_text="forgets its disk")).to_be_visible()
    expect(rows(page)).to_have_count(5)  # the example
    make(page, "Lost")
    expect(page.get_by_test_id("stAlert").filter(has_text="forgets its disk")).to_be_visible()
