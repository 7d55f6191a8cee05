"""The load test speaks Streamlit's protocol: it opens a page, ticks its fragments, sees exceptions and counts processes."""

import contextlib
import time

import pytest

from benchmarks.web_load import App, Visitor, cost

APP = """
import streamlit as st
st.title("Hello")
st.query_params.get("run", "") == "broken" and 1 / 0
@st.fragment(run_every=0.2)
def tick():
    st.session_state.n = st.session_state.get("n", 0) + 1
    st.write(st.session_state.n)
tick()
"""


@pytest.fixture(scope="module")
def ticking(serve, tmp_path_factory):
    app = tmp_path_factory.mktemp("app") / "app.py"
    app.write_text(APP, "utf-8")
    return serve(app)


def wait(condition, seconds=30):
    until = time.monotonic() + seconds
    while not condition() and time.monotonic() < until:
        time.sleep(0.05)
    return condition()


def test_visitors_tick_like_browsers(ticking):
    visitors = [Visitor(ticking.url) for _ in range(3)]
    for visitor in visitors:
        visitor.start()
    assert all(wait(lambda v=visitor: v.ticks >= 3) for visitor in visitors)
    app = App(ticking.process.pid, str(ticking.store))
    sample = app.sample(1)
    assert sample.rss > 20 and sample.pss > 20 and sample.processes >= 1
    for visitor in visitors:
        visitor.stop()
        assert visitor.failure is None and visitor.exceptions == [] and visitor.finished == 1


def test_exceptions_are_seen_and_costs_measured(ticking):
    app = App(ticking.process.pid, str(ticking.store))
    whole, tick, exceptions = cost(app, ticking.url, "", "", 5)
    assert whole >= 0 and tick >= 0 and exceptions == []
    assert len(cost(app, ticking.url, "", "run=broken", 2)[2]) == 3  # the first run and two more


def test_a_lost_connection_is_kept(ticking):
    visitor = Visitor("http://127.0.0.1:9")
    visitor.start()
    visitor.join(30)
    assert isinstance(visitor.failure, OSError)
    with contextlib.closing(Visitor(ticking.url).connect()) as connection:
        assert connection.connected
