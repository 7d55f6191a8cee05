"""The tours in a real browser: every scene visited, the keyboard alone, a live scene that is slow, what the audience gets."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlencode, urlsplit

import psutil
import pytest
from playwright.sync_api import Page, expect

from genai_core.catalogue import Catalogue
from genai_core.contracts import Budget
from genai_core.execution.protocol import catalogue_path
from genai_core.runs.store import Store
from genai_core.tour import tours
from tests.e2e.conftest import Server, ready, shot
from tests.e2e.test_pages import settled

BAR = ".st-key-presenter"
PLACES = {scene.key: (tour.key, k) for tour in tours().values() for k, scene in enumerate(tour.scenes)}


def link(tour: str, index: int) -> str:
    scene = tours()[tour].scenes[index]
    return f"{scene.page}?{urlencode({**scene.params, 'tour': tour, 'scene': index + 1})}"


def asked(page: Page) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


@pytest.mark.parametrize("key", sorted(PLACES))
def test_a_scene_opens_with_its_bar_and_shows_its_notes(open_page, server: Server, key: str):
    tour, index = PLACES[key]
    scene = tours()[tour].scenes[index]
    page = settled(open_page(f"{server.url}/{link(tour, index)}"))
    expect(page.locator(BAR)).to_contain_text(scene.title["en"])
    expect(page.locator(f"{BAR} [role=timer]")).to_contain_text(re.compile(r"\d:\d\d / \d+:\d\d"))
    expect(page.get_by_test_id("stTopNav")).to_be_hidden()
    expect(page.get_by_test_id("stMain").get_by_test_id("stAlertContentError")).to_have_count(0)
    page.locator(BAR).get_by_text("Notes", exact=True).click()
    expect(page.locator(".st-key-notes")).to_contain_text(scene.say["en"][:40])


def test_the_keyboard_alone_walks_a_tour_and_ends_it(open_page, server: Server):
    page = open_page(f"{server.url}/tour", reduced_motion="reduce")
    page.locator(".st-key-start-executives button").focus()
    page.keyboard.press("Enter")
    tour = tours()["executives"]
    for k, scene in enumerate(tour.scenes):
        expect(page.locator(BAR)).to_contain_text(f"{k + 1} of {len(tour.scenes)} · {scene.title['en']}")
        ready(page)
        if k + 1 < len(tour.scenes):
            page.keyboard.press("PageDown")
    page.locator(BAR).get_by_text("Notes", exact=True).click()  # the switch keeps the focus, and the keys go on
    expect(page.locator(".st-key-notes")).to_be_visible()
    for k in (-2, -3):
        page.keyboard.press("PageUp")
        expect(page.locator(BAR)).to_contain_text(tour.scenes[k].title["en"])
        ready(page)
    page.locator(".st-key-tour-end button").focus()
    page.keyboard.press("Enter")
    expect(page.locator(BAR)).to_have_count(0)
    assert "tour" not in asked(page)


def test_a_scene_runs_live_and_the_room_follows_it_without_the_bar(open_page: Callable[..., Page], server: Server):
    page = open_page(f"{server.url}/{link('executives', 0)}")
    page.keyboard.press("PageDown")
    page.wait_for_url(re.compile("run="))
    run = asked(page)["run"]
    expect(page.locator(BAR)).to_contain_text(re.compile("Live, seed 7|Live run starting"))
    page.locator(".st-key-share button").click()
    shared = page.locator(".st-key-share code, [data-testid=stPopoverBody] code").first.inner_text()
    assert "tour" not in parse_qs(urlsplit(shared).query) and run in shared
    phone = open_page(f"{server.url}/gan?{urlsplit(shared).query}", viewport={"width": 390, "height": 844})
    expect(phone.locator(BAR)).to_have_count(0)
    expect(phone.locator(".st-key-status")).to_contain_text(re.compile("Training|Waiting|Done|Measuring"))
    expect(phone.locator("body")).to_contain_text("You are watching")


def test_a_live_scene_that_shows_nothing_in_time_falls_back_and_says_so(open_page, server: Server):
    """A run that nobody works on, made in the store as the engine would: it never shows a picture."""
    settled(open_page(f"{server.url}/gan"))
    catalogue = Catalogue.load(catalogue_path())
    preset = next(p for m in catalogue.models.values() for p in m["presets"] if p["key"] == "gan-digits")
    store = Store(server.store)
    run = store.create(catalogue.spec("gan-dcgan", preset["config"], preset["dataset"], 99, Budget(seconds=30)))
    record = store.open(run).record()
    record.created -= 60
    store.write(record)
    page = open_page(f"{server.url}/{link('executives', 1)}&run={run}")
    expect(page.locator(BAR)).to_contain_text("so this is the shipped result")
    expect(page.locator(".st-key-status")).to_contain_text("shipped run")
    assert "run" not in asked(page) and asked(page)["fell"] == "1"
    shot(page, "tour-fallback")


@pytest.fixture(autouse=True)
def left(open_page: Callable[..., Page], errors: list[str]) -> Iterator[None]:
    """A tour leaves pages before their large figures, files of their own, have come; those are gone then. Of no other test is it let pass."""
    yield
    errors[:] = [error for error in errors if not re.search(r"/media/[0-9a-f]+\.json$", error)]


@pytest.fixture
def hung(server: Server) -> Iterator[Callable[[], None]]:
    """Have the engine hang, until the test has ended: it is there, takes requests, and answers none."""
    stopped: list[psutil.Process] = []

    def hang() -> None:
        mine = [one for one in server.others() if "genai_core.execution.engine" in one.cmdline()]
        stopped.extend(one for one in mine if one.ppid() not in {other.pid for other in mine})  # the engine itself, not what it forked
        assert len(stopped) == 1
        stopped[0].suspend()

    yield hang
    for process in stopped:
        process.resume()


def test_a_live_scene_whose_engine_hangs_falls_back_and_says_so(open_page, server: Server, hung: Callable[[], None]):
    page = settled(open_page(f"{server.url}/gan"))
    page = settled(open_page(f"{server.url}/{link('executives', 0)}"))
    hung()
    page.keyboard.press("PageDown")
    expect(page.locator(BAR)).to_contain_text("so this is the shipped result")
    expect(page.locator(".st-key-status")).to_contain_text("shipped run")
    assert "run" not in asked(page) and asked(page)["fell"] == "1"


def test_the_browsers_back_leads_to_the_scene_before_with_its_own_parameters(open_page, server: Server):
    """Scene by scene, to the list from which the tour was started; a live scene to its run; and on again."""
    page = settled(open_page(f"{server.url}/tour"))
    page.locator(".st-key-start-executives button").click()
    scenes, been = tours()["executives"].scenes[:4], []
    for k, scene in enumerate(scenes):
        expect(page.locator(BAR)).to_contain_text(f"{k + 1} of 5 · {scene.title['en']}")
        settled(page)
        been.append((urlsplit(page.url).path.strip("/"), asked(page)))
        assert been[k][0] == scene.page and dict(scene.params).items() <= been[k][1].items()
        if k + 1 < len(scenes):
            page.keyboard.press("PageDown")
    assert "run" in been[1][1]
    expect(page.locator("i[data-listens]")).to_have_count(1)
    for k in (2, 1, 0):
        page.go_back()
        stands(page, k, been[k])
    page.go_forward()  # once: the framework sometimes adds an entry of its own after it
    stands(page, 1, been[1])


def test_the_browsers_back_leads_out_of_a_tour_to_where_it_began(open_page, server: Server):
    page = settled(open_page(f"{server.url}/tour"))
    page.locator(".st-key-start-executives button").click()
    expect(page.locator(BAR)).to_contain_text("1 of 5")
    settled(page)
    expect(page.locator("i[data-listens]")).to_have_count(1)
    page.go_back()
    expect(page.locator(".st-key-start-executives button")).to_be_visible()
    assert asked(page) == {}


def stands(page: Page, k: int, been: tuple[str, dict[str, str]]) -> None:
    """The page is at scene ``k`` of the tour for executives, with the parameters that it had."""
    expect(page.locator(BAR)).to_contain_text(f"{k + 1} of 5 · {tours()['executives'].scenes[k].title['en']}")
    settled(page)
    assert (urlsplit(page.url).path.strip("/"), asked(page)) == been
    expect(page.locator(".st-key-tour-away")).to_have_count(0)


def test_a_scene_that_fell_back_is_not_in_the_way_of_the_browsers_back(open_page, server: Server):
    """Its run lies behind it in the history, and would fall back once more."""
    page = settled(open_page(f"{server.url}/{link('executives', 0)}"))
    page.goto(f"{server.url}/{link('executives', 1)}&run=000000000000-000000")
    expect(page.locator(BAR)).to_contain_text("so this is the shipped result")
    settled(page)
    expect(page.locator("i[data-listens]")).to_have_count(1)
    page.go_back()
    expect(page.locator(BAR)).to_contain_text("1 of 5")
    settled(page)
    assert "scene" in asked(page) and asked(page)["scene"] == "1"


def test_another_page_keeps_the_tour_and_leads_back(open_page, server: Server):
    page = open_page(f"{server.url}/{link('executives', 2)}")
    page.locator(BAR).get_by_text("Controls", exact=True).click()
    page.get_by_test_id("stTopNav").get_by_text("Present it").click()
    expect(page.locator(BAR)).to_contain_text("not part of the scene")
    page.locator(".st-key-tour-return button").click()
    page.wait_for_url(re.compile("verbatim"))
    expect(page.locator(".st-key-tour-away")).to_have_count(0)


def test_the_bar_fits_a_phone(open_page, server: Server):
    page = settled(open_page(f"{server.url}/{link('executives', 2)}", viewport={"width": 360, "height": 740}, has_touch=True))
    expect(page.locator(BAR)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    assert page.locator(BAR).bounding_box()["height"] < 300
    shot(page, "tour-phone")
