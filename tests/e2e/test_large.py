"""The tab with a large model, against a stub of the protocol: without an address, with one, with refusals and nonsense."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import ROOT, Server, ready, shot
from tests.large_stub import Stub


@pytest.fixture(scope="module")
def stub() -> Iterator[Stub]:
    server = Stub()
    yield server
    server.close()


@pytest.fixture(scope="module")
def connected(serve: Callable[..., Server], stub: Stub) -> Server:
    """An app that has a large model, the stub."""
    return serve(ROOT / "app.py", GENAI_LLM_URL=stub.endpoint.url, GENAI_LLM_MODEL="stub-1", GENAI_LLM_KEY="secret-key")


def opened(page: Page) -> Page:
    page.get_by_role("tab", name="With a large model").click()
    ready(page)
    return page


def ask(page: Page, words: str) -> None:
    page.get_by_test_id("stTextInput").locator("input").last.fill(words)
    page.get_by_role("button", name="Ask the large model").click()
    ready(page)


@pytest.mark.parametrize("address", ["art", "marketing", "education"])
def test_without_an_address_the_tab_explains_itself(open_page, server: Server, address: str):
    page = opened(open_page(f"{server.url}/{address}"))
    expect(page.locator(".st-key-large-off")).to_contain_text("nothing on this page needs one")
    expect(page.get_by_role("button", name="Ask the large model")).to_have_count(0)


def test_a_tune_is_harmonised_and_searched_and_what_was_typed_went_there_alone(open_page, connected: Server, stub: Stub, errors):
    page = open_page(f"{connected.url}/art")
    errors[:] = [e for e in errors if "page that you have requested" not in e]
    opened(page)
    stub.says("```json\n" + json.dumps([[60 + 2 * (k % 5), 2] for k in range(16)]) + "\n```")
    ask(page, "A tune for a rainy day")
    expect(page.locator(".st-key-art-take")).to_be_visible()
    expect(page.get_by_text("Longest shared run", exact=True)).to_be_visible()
    assert stub.seen[-1][2]["messages"][1]["content"] == "A tune for a rainy day" and "rainy" not in page.url
    shot(page, "large-art")
    stub.says("I would rather talk about the weather.")
    ask(page, "Another")
    expect(page.get_by_text("did not answer in the form")).to_be_visible()
    stub.says(None, message={"refusal": "no"})
    ask(page, "A third")
    expect(page.get_by_text("declined to answer")).to_be_visible()
    stub.status = 429
    ask(page, "A fourth")
    expect(page.get_by_text("too much to do")).to_be_visible()
    stub.status = 200
    assert "secret-key" not in page.content()


def test_names_are_held_against_the_lists(open_page, connected: Server, stub: Stub, errors):
    page = open_page(f"{connected.url}/marketing")
    errors[:] = [e for e in errors if "page that you have requested" not in e]
    opened(page)
    stub.says('["Lumora", "Adidas", "<img src=x>"]')
    ask(page, "Shoes")
    expect(page.get_by_text("of 2 are the same as, or close to")).to_be_visible()
    shot(page, "large-marketing")


def test_sums_are_worked_out_anew(open_page, connected: Server, stub: Stub, errors):
    page = open_page(f"{connected.url}/education", locale="zh-CN")
    errors[:] = [e for e in errors if "page that you have requested" not in e]
    page.get_by_role("tab", name="用大模型").click()
    ready(page)
    problems = [("小明有 3 个苹果，又买了 4 个。", "3 + 4", 7), ("？", "6 × 7", 43)]
    stub.says(json.dumps([dict(zip(("question", "expression", "answer"), problem, strict=True)) for problem in problems]))
    page.get_by_role("button", name="询问大模型").click()
    expect(page.get_by_text("1 / 2")).to_be_visible()
    assert "Simplified Chinese" in stub.seen[-1][2]["messages"][0]["content"]
    shot(page, "large-education")
