"""The first thing a visitor sees."""

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import ROOT, shot

pytestmark = pytest.mark.skipif(not (ROOT / "app.py").exists(), reason="the app is not in this tree yet")


@pytest.mark.parametrize(("locale", "language"), [("en-US", "en"), ("zh-CN", "zh")])
def test_home_opens_in_the_visitors_language(server, open_page, locale, language):
    page = open_page(server.url, locale=locale)
    expect(page.get_by_role("heading").first).to_be_visible()
    expect(page.get_by_test_id("stException")).to_have_count(0)
    shot(page, f"home-{language}")
