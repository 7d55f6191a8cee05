"""The scrubber over a run's frames: it stays where it was let go, the link holds the place, and the link opens there."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Server, scrub

SETTLED = "data-test-script-state"


@pytest.mark.parametrize(("page_name", "film"), [("gan", "#film"), ("autoregressive", "#writing")])
def test_a_scrubber_stays_where_it_was_let_go(open_page, server: Server, page_name, film):
    page = open_page(f"{server.url}/{page_name}")
    bar, said = page.locator(f"{film} input[type=range]"), page.locator(f"{film} .bar span")
    places = []
    for place in (3, 5, 2):  # each time the server answers with the place before
        scrub(bar, place)
        step = re.search(r"\d+", said.inner_text())[0]
        page.wait_for_url(re.compile(rf"step={step}\b"))
        expect(page.get_by_test_id("stApp")).to_have_attribute(SETTLED, "notRunning")
        expect(bar).to_have_value(str(place))
        places.append(step)
    assert len(set(places)) == 3
    later = open_page(page.url)
    expect(later.locator(f"{film} input[type=range]")).to_have_value("2")
    expect(later.locator(f"{film} .bar span")).to_contain_text(places[-1])
