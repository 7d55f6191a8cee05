"""The browser fixtures themselves, on an app of a few lines: they see errors, survive restarts, and leave no process behind."""

import psutil
import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Server, ready

APP = """
import os, subprocess, sys
import streamlit as st
st.title(f"Hello in {st.context.locale}")
if st.button("Press", key="press"):
    st.write("Pressed")
@st.cache_resource
def helper():
    return subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True).pid
st.caption(f"helper {helper()}")
"""


@pytest.fixture(scope="module")
def little(serve, tmp_path_factory) -> Server:
    app = tmp_path_factory.mktemp("app") / "app.py"
    app.write_text(APP, "utf-8")
    return serve(app)


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_a_visitor_has_a_language_and_can_press(little, open_page, locale):
    page = open_page(little.url, locale=locale)
    expect(page.get_by_role("heading")).to_have_text(f"Hello in {locale}")
    page.get_by_role("button", name="Press").click()
    expect(page.get_by_text("Pressed")).to_be_visible()


def test_errors_in_the_browser_are_collected(little, open_page, errors):
    page = open_page(little.url)
    page.evaluate("console.error('on purpose'); setTimeout(() => { throw new Error('thrown') }, 0)")
    page.evaluate("new Promise(done => setTimeout(done, 0))")
    assert [error.split(":")[0] for error in errors] == ["console", "page"]
    errors.clear()


def test_a_page_finds_a_restarted_server_again(little, open_page, errors):
    page = open_page(little.url)
    first = little.process.pid
    little.restart()
    page.goto(little.url)
    ready(page)
    expect(page.get_by_role("heading")).to_contain_text("Hello")
    assert little.process.pid != first
    errors.clear()  # the lost connection is a complaint of its own


def test_nothing_is_left_when_a_server_closes(open_page, tmp_path):
    app = tmp_path / "app.py"
    app.write_text(APP, "utf-8")
    server = Server(app)
    server.start()
    open_page(server.url).close()
    (helper,) = server.others()
    server.close()
    assert not psutil.pid_exists(helper.pid) or helper.status() == psutil.STATUS_ZOMBIE
    assert not server.home.exists()
