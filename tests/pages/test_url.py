"""What a link says is believed within its limits."""

import pytest
from streamlit.testing.v1 import AppTest


def app() -> None:
    import streamlit as st

    from pages.shared import url

    st.session_state["place"] = url.place("z", 9.0)
    st.session_state["half"] = url.choice("half", ["left", "right"], "right")
    st.session_state["noise"] = url.whole("noise", 9999, 1)
    url.keep("dim", "3", default="0")
    url.keep("gone", "0", default="0")


def opened(**query: str) -> AppTest:
    test = AppTest.from_function(app, default_timeout=20)
    for name, value in query.items():
        test.query_params[name] = value
    test.run()
    assert not test.exception
    return test


@pytest.mark.parametrize(
    ("z", "place"),
    [
        ("1.5,-2", (1.5, -2.0)),
        ("9,9.1", None),
        ("nan,0", None),
        ("0,nan", None),
        ("1", None),
        ("a,b", None),
        ("", None),
    ],
)
def test_a_place_is_two_numbers_within_the_map(z, place):
    assert opened(z=z).session_state["place"] == place


@pytest.mark.parametrize(
    ("noise", "found"),
    [("7", 7), ("9999", 9999), ("10000", 1), ("-1", 1), ("1e3", 1), ("nan", 1), ("", 1), ("9" * 5000, 1)],
)
def test_a_whole_number_is_one_within_its_limits(noise, found):
    assert opened(noise=noise).session_state["noise"] == found


def test_a_choice_is_one_of_the_options():
    assert opened(half="left").session_state["half"] == "left"
    assert opened(half="<b>").session_state["half"] == "right"


def test_a_value_is_kept_only_where_it_differs_from_the_default():
    query = opened(gone="7").query_params
    assert query["dim"] in ("3", ["3"]) and "gone" not in query
