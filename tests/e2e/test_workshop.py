"""The workshop with several browsers at once: a facilitator's large screen and phones, two rooms side by side, a phone that drops
and returns, votes by keyboard alone, and nobody leads without the PIN."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from genai_core.governance import agenda, ballots, places, register, workshop, workshop_watch
from genai_core.governance.database import Database
from tests.e2e.conftest import Server, ready, shot
from tests.e2e.test_pages import ENGLISH, barriers

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True}
KEY = "genai-balance-owner"  # where a browser keeps its token
LEADER, ANNA, BEN, DORA = "f" * 48, "a" * 48, "b" * 48, "d" * 48


@pytest.fixture
def database(server: Server) -> Iterator[Database]:
    """The database of the server, as another process opens it."""
    opened = Database(f"sqlite:///{server.store.resolve()}-decisions.db")
    yield opened
    opened.close()


def browser_of(server: Server, token: str) -> dict:
    """A browser that has been here before and knows its token."""
    return {"storage_state": {"cookies": [], "origins": [{"origin": server.url, "localStorage": [{"name": KEY, "value": token}]}]}}


def opened(database: Database, title: str, leader: str = LEADER, people: tuple[str, ...] = (ANNA,), risks: tuple[str, ...] = ("Leak",)) -> str:
    code = places.make(database, title, "2468").code
    workshop.lead(database, code, "2468", leader)
    workshop.begin(database, code, leader, title)
    for risk in risks:
        workshop.add_item(database, code, leader, risk)
    for token in people:
        ballots.join(database, code, token, token[:1])
    return code


def go(database: Database, code: str, phase: str, leader: str = LEADER) -> None:
    while (at := workshop_watch.read(database, code).phase) != phase:
        workshop.move(database, code, leader, at, agenda.neighbour(at, 1))


def press(button: Locator, then: Locator, text: str) -> None:
    """A click that falls between two runs of the script can get lost on a busy machine: whoever sees nothing happen clicks again."""
    button.click()
    try:
        expect(then).to_contain_text(text, timeout=8000)
    except AssertionError:
        button.click()
        expect(then).to_contain_text(text)


def on(hall: Page, phase: str) -> None:
    press(hall.locator("[class*=st-key-workshop-on-] button"), hall.locator(".st-key-hall h2").first, phase)


def vote(phone: Page, likelihood: int, impact: int, phase: str = "Score in silence") -> None:
    expect(phone.locator(".st-key-phone")).to_contain_text(phase)  # not the ballot of the round before
    for name, point in (("likelihood", likelihood), ("impact", impact)):
        phone.locator(f"[data-vote={name}-{point}]").check(force=True)
    expect(phone.locator("#ballot .said")).to_contain_text("saved")


def join(phone: Page, name: str) -> None:
    phone.get_by_label("A name for today", exact=True).fill(name)
    press(phone.locator(".st-key-workshop-join button"), phone.locator(".st-key-phone"), f"You are here as {name}")


def test_a_room_scores_in_silence_sees_the_spread_and_the_register_takes_it(open_page, server: Server, database: Database):
    hall = open_page(f"{server.url}/workshop")
    expect(hall.get_by_text("Simulated:")).to_be_visible()  # never empty, and never mistaken for a finding
    hall.get_by_label("What is decided today?").fill("May the help desk answer with a model?")
    hall.get_by_label("Name of the room", exact=True).fill("Help desk")
    hall.get_by_label("PIN, four to eight digits", exact=True).fill("2468")
    hall.locator(".st-key-workshop-open button").dblclick()
    hall.wait_for_url(re.compile(r"room=[2-9A-Z]{8}"))
    code = re.search(r"room=([2-9A-Z]{8})", hall.url)[1]
    hall.get_by_label("Risk, in one line").fill("A customer is told something false")
    hall.locator(".st-key-workshop-risk-add button").click()
    expect(hall.locator(".st-key-hall")).to_contain_text("1 · A customer is told something false")

    anna = open_page(f"{server.url}/workshop?room={code}", **PHONE)
    ben = open_page(f"{server.url}/workshop")
    join(anna, "Anna")
    ben.get_by_label("Code of the room", exact=True).fill(f"{code[:4]} {code[4:].lower()}")
    ben.locator(".st-key-workshop-enter button").click()
    join(ben, "Ben")
    expect(hall.locator(".st-key-workshop-count h1")).to_have_text("2")
    leader = hall.evaluate(f"localStorage.getItem('{KEY}')")
    on(hall, "Pre-mortem")
    anna.get_by_label("It failed, because …").fill("Nobody checked")
    anna.locator(".st-key-workshop-hand-in button").click()
    expect(anna.get_by_text("Your notes: 1 of")).to_be_visible()
    expect(hall.locator(".st-key-workshop-count")).to_contain_text("1 note")
    expect(hall.locator(".st-key-hall")).not_to_contain_text("Nobody checked")
    go(database, code, "robin", leader)  # another of the facilitator's devices: the large screen follows
    expect(hall.locator(".st-key-hall")).to_contain_text("Nobody checked")
    go(database, code, "experiment", leader)
    expect(hall.locator(".st-key-hall h2").first).to_have_text("Experiment")

    on(hall, "Score in silence")
    vote(anna, 2, 4)
    ben.locator("#ballot input").first.focus()  # by keyboard alone from here
    for _ in range(3):
        ben.keyboard.press("ArrowDown")
    expect(ben.locator("[data-vote=likelihood-4]")).to_be_checked()
    ben.keyboard.press("Tab")
    ben.keyboard.press("Space")
    expect(ben.locator("[data-vote=impact-1]")).to_be_checked()
    expect(ben.locator("#ballot .said")).to_contain_text("All scored and saved")
    expect(hall.locator(".st-key-workshop-silence-count")).to_contain_text("2 of 2")
    expect(hall.locator("#spread")).to_have_count(0)
    shot(hall, "workshop-silence")
    shot(anna, "workshop-ballot")
    anna.reload()  # a refresh loses nothing
    ready(anna)
    expect(anna.locator("[data-vote=likelihood-2]")).to_be_checked()

    state = anna.context.storage_state()
    anna.context.close()  # she drops
    on(hall, "Reveal and discuss")
    likely = hall.locator("#spread figure").first
    expect(likely.locator("em")).to_have_text(["1", "1"])
    expect(likely.locator("figcaption")).to_contain_text("Median 3;")
    expect(ben.locator("#spread figure")).to_have_count(2)
    expect(ben.get_by_text("How likely? You: 4.")).to_be_visible()
    anna = open_page(f"{server.url}/workshop?room={code}", storage_state=state, **PHONE)  # and returns
    expect(anna.get_by_text("You are here as Anna")).to_be_visible()
    expect(anna.get_by_text("How likely? You: 2.")).to_be_visible()
    shot(hall, "workshop-spread")
    hall.reload()  # the facilitator's refresh loses nothing either
    ready(hall)
    expect(likely.locator("em")).to_have_text(["1", "1"])
    hall.locator(".st-key-workshop-code").get_by_text("QR code").click()
    expect(hall.get_by_test_id("stCode")).to_have_text(f"{server.url}/workshop?room={code}")
    hall.keyboard.press("Escape")

    on(hall, "Score again")
    vote(anna, 3, 4, "Score again")
    vote(ben, 3, 3, "Score again")
    ben.get_by_text("I see it otherwise").click()
    ben.get_by_label("Your dissent, in a sentence or two").fill("It has happened already")
    ben.locator(".st-key-workshop-attach button").click()
    expect(ben.get_by_label("Your dissent, in a sentence or two")).to_have_value("It has happened already")
    on(hall, "Map controls")
    expect(hall.locator(".st-key-hall")).to_contain_text("It has happened already")
    go(database, code, "residual", leader)
    vote(anna, 1, 4, "Score with controls")
    go(database, code, "dots", leader)
    expect(hall.locator(".st-key-hall h2").first).to_have_text("Dot vote")
    hall.get_by_label("Action", exact=True).fill("Check every answer")
    hall.get_by_label("Who answers for it").fill("Head of service")
    hall.locator(".st-key-workshop-action-add button").click()
    more = anna.locator("[class*=st-key-dot-] button", has_text="More")
    more.click()
    expect(anna.get_by_text("●○○")).to_be_visible()
    expect(hall.locator(".st-key-hall")).not_to_contain_text("1 dot")
    on(hall, "Wrap up")
    expect(hall.locator(".st-key-hall")).to_contain_text("1 dot")
    hall.locator(".st-key-workshop-record button").click()
    expect(hall.get_by_text("The register holds this result")).to_be_visible()
    expect(anna.locator("[class*=st-key-result-]").first).to_contain_text("It has happened already")
    shot(hall, "workshop-close")
    (risk,) = register.risks(database, code)
    assert (risk.title, risk.values["votes_n"], risk.values["votes_likelihood"]) == ("A customer is told something false", 2, 3.0)
    assert risk.values["dissent"] == "– It has happened already" and risk.values["residual_likelihood"] == 1


def test_two_rooms_side_by_side_and_nobody_leads_without_the_pin(open_page, server: Server, database: Database):
    one, two = opened(database, "One", people=(ANNA, BEN)), opened(database, "Two", leader="e" * 48, people=(ANNA,), risks=("Copy",))
    anna = open_page(f"{server.url}/workshop?room={one}", **browser_of(server, ANNA), **PHONE)
    elsewhere = anna.context.new_page()  # the same browser, in the other room too
    elsewhere.goto(f"{server.url}/workshop?room={two}")
    ready(elsewhere)
    hall = open_page(f"{server.url}/workshop?room={one}", **browser_of(server, LEADER))
    go(database, one, "experiment")
    expect(hall.locator(".st-key-hall h2").first).to_have_text("Experiment")
    on(hall, "Score in silence")
    expect(anna.locator("#ballot h3")).to_have_text("Leak")
    vote(anna, 5, 5)
    expect(hall.locator(".st-key-workshop-silence-count")).to_contain_text("1 of 2")
    expect(elsewhere.locator(".st-key-phone li")).to_have_text("Copy")
    expect(elsewhere.locator("#ballot")).to_have_count(0)
    assert workshop_watch.read(database, two).phase == "scope"

    expect(anna.locator(".st-key-workshop-steps")).to_have_count(0)
    press(anna.locator(".st-key-workshop-leave button"), anna.get_by_test_id("stMain"), "Join with a code")
    anna.goto(f"{server.url}/workshop?room={one.lower()}")
    expect(anna.locator("[data-vote=likelihood-5]")).to_be_checked()
    leader_of_two = open_page(f"{server.url}/workshop?room={one}&as=lead", **browser_of(server, "e" * 48))
    expect(leader_of_two.get_by_text("Join the workshop")).to_be_visible()
    expect(leader_of_two.locator(".st-key-workshop-steps")).to_have_count(0)
    leader_of_two.get_by_text("I lead this room").click()
    leader_of_two.get_by_label("PIN", exact=True).fill("1111")
    leader_of_two.locator(".st-key-workshop-lead button").click()
    expect(leader_of_two.get_by_text("That is not the PIN of this room.")).to_be_visible()
    expect(leader_of_two.locator(".st-key-workshop-steps")).to_have_count(0)
    leader_of_two.get_by_label("PIN", exact=True).fill("2468")
    leader_of_two.locator(".st-key-workshop-lead button").click()
    expect(leader_of_two.locator(".st-key-workshop-steps")).to_be_visible()  # a second facilitator, with the PIN
    leader_of_two.goto(f"{server.url}/workshop?room=ABCDEFGH")
    expect(leader_of_two.get_by_text("There is no room with this code")).to_be_visible()
    expect(leader_of_two.locator(".st-key-workshop-open button")).to_be_visible()


def test_a_room_filled_with_browsers_that_nobody_sits_before_is_emptied_and_its_door_closed(open_page, server: Server, database: Database):
    """Anna has voted and keeps her vote; Dora, who has done nothing yet, is sent out with them, and joins again."""
    made_up = tuple(f"{k:048x}" for k in range(ballots.MOST_PEOPLE - 2))
    code = opened(database, "Full", people=(ANNA, DORA, *made_up))
    go(database, code, "score1")
    item = workshop_watch.read(database, code).items[0].id
    ballots.score(database, code, ANNA, 1, item, {"likelihood": 4, "impact": 2})
    hall = open_page(f"{server.url}/workshop?room={code}", **browser_of(server, LEADER))
    ben = open_page(f"{server.url}/workshop?room={code}", **browser_of(server, BEN), **PHONE)
    dora = open_page(f"{server.url}/workshop?room={code}", **browser_of(server, DORA), **PHONE)
    expect(dora.locator("#ballot h3")).to_have_text("Leak")
    expect(hall.locator(".st-key-workshop-count")).to_contain_text("The room is full")
    ben.get_by_label("A name for today", exact=True).fill("Ben")
    press(ben.locator(".st-key-workshop-join button"), ben.get_by_test_id("stMain"), "takes no more")
    door = hall.locator(".st-key-workshop-door button").first
    door.click()
    expect(hall.get_by_text("200 have joined")).to_contain_text("199 have done nothing yet")
    hall.locator(".st-key-workshop-clear-idle button").click()
    expect(hall.locator(".st-key-workshop-count")).to_contain_text("of 1 who have joined")
    expect(dora.locator(".st-key-phone")).to_contain_text("Join the workshop")  # by itself
    join(dora, "Dora")
    join(ben, "Ben")
    hall.locator(".st-key-workshop-door-close button").click()
    expect(hall.locator(".st-key-workshop-count")).to_contain_text("The door is closed")
    late = open_page(f"{server.url}/workshop?room={code}", **PHONE)
    expect(late.locator(".st-key-phone")).to_contain_text("The door is closed")
    expect(late.locator(".st-key-workshop-join")).to_have_count(0)
    expect(late.locator(".st-key-workshop-door-open")).to_have_count(0)  # a participant has no such button
    hall.locator(".st-key-workshop-door-open button").click()
    join(late, "Late")
    assert ballots.mine(database, code, ANNA).scores == {(1, item, "likelihood"): 4, (1, item, "impact"): 2}
    assert workshop_watch.read(database, code).people == 4


@pytest.mark.parametrize(
    ("locale", "hall_says", "phone_says"),
    [
        ("en-US", ("Fewer than 5 take part", "Fewer than 5 have scored so far"), ("Fewer than 5 people are in this room", "So far fewer than 5")),
        ("zh-CN", ("参与者不足 5 人", "目前打分的不足 5 人"), ("房间里不足 5 人", "目前打分的不足 5 人")),
    ],
)
def test_that_few_votes_tell_who_said_what_is_said_before_the_reveal(open_page, server: Server, database: Database, locale, hall_says, phone_says):
    people = (ANNA, BEN, *(f"{k:048x}" for k in range(3)))
    code = opened(database, "Few", people=people[:4])
    go(database, code, "score1")
    item = workshop_watch.read(database, code).items[0].id
    hall = open_page(f"{server.url}/workshop?room={code}", locale=locale, **browser_of(server, LEADER))
    anna = open_page(f"{server.url}/workshop?room={code}", locale=locale, **browser_of(server, ANNA), **PHONE)
    expect(hall.locator(".st-key-hall")).to_contain_text(hall_says[0])
    expect(anna.locator(".st-key-phone")).to_contain_text(phone_says[0])
    ballots.join(database, code, people[4], "x")
    ballots.score(database, code, ANNA, 1, item, {"likelihood": 4, "impact": 2})
    expect(hall.locator(".st-key-hall")).to_contain_text(hall_says[1])
    expect(anna.locator(".st-key-phone")).to_contain_text(phone_says[1])
    for who in people[1:]:
        ballots.score(database, code, who, 1, item, {"likelihood": 4, "impact": 2})
    for place in (hall.locator(".st-key-hall"), anna.locator(".st-key-phone")):
        expect(place.get_by_test_id("stAlert")).to_have_count(0)


def test_every_phase_speaks_chinese_reads_well_and_fits(open_page, server: Server, database: Database):
    """From phase to phase without a click: the large screen and the phone follow the room by themselves."""
    code = opened(database, "客服", risks=("客户得到错误答复", "个人信息泄露"))
    item = workshop_watch.read(database, code).items[0].id
    address, looks = f"{server.url}/workshop?room={code}", {"locale": "zh-CN", "color_scheme": "dark"}
    pages = {
        "hall": open_page(address, **looks, **browser_of(server, LEADER)),
        "phone": open_page(address, **looks, **browser_of(server, ANNA), **PHONE),
    }
    for place, phase in enumerate(agenda.PHASES):
        if phase.key == "robin":
            workshop.add_control(database, code, LEADER, item, "preventive", "上线前抽查")
            workshop.add_action(database, code, LEADER, "逐条核对首月答复", "客服主管")
        if phase.key == "discuss":
            ballots.score(database, code, ANNA, 1, item, {"likelihood": 4, "impact": 2})
        go(database, code, phase.key)
        for who, page in pages.items():
            expect(page.locator("#stage li").nth(place)).to_have_class("here")
            expect(page.locator("#stage li.here")).to_have_attribute("aria-current", "step")
            ready(page)
            expect(page.locator('[data-stale="true"]')).to_have_count(0)
            assert page.evaluate(ENGLISH) == [], phase.key
            assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0, phase.key
            if phase.key in ("scope", "score1", "discuss", "dots", "close"):
                assert barriers(page) == [], phase.key
                shot(page, f"workshop-{who}-{phase.key}")


def test_a_vote_while_the_server_is_down_arrives_once_it_is_back(open_page, server: Server, database: Database, errors: list[str]):
    code = opened(database, "Crash")
    go(database, code, "score1")
    phone = open_page(f"{server.url}/workshop?room={code}", **PHONE, **browser_of(server, ANNA))
    said = phone.locator("#ballot .said")
    phone.locator("[data-vote=likelihood-2]").check(force=True)
    expect(said).to_contain_text("saved", ignore_case=True)
    server.kill()
    phone.locator("[data-vote=impact-4]").check(force=True)
    expect(said).to_contain_text("Saving")
    server.start()
    expect(said).to_contain_text("All scored and saved")
    mine = ballots.mine(database, code, ANNA)
    assert sorted(mine.scores.values()) == [2, 4]
    errors.clear()  # a server that is down is complained of
