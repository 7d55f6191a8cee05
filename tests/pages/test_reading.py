"""How texts link into the app, and what a page says of a fact that was read too long ago."""

import datetime
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from genai_core import i18n
from genai_core.article import glossary
from genai_core.governance import laws
from genai_core.governance.laws import Provision
from pages.shared import families, fields, lab, reading, text
from pages.shared import laws as law_page


def test_every_page_of_the_menu_has_an_address():
    known = reading.scripts()
    assert {family.url_path for family in families.shown()} <= set(known)
    assert {page.key for page in (*lab.shown(), *fields.shown(), *reading.shown())} <= set(known)
    assert all((reading.ROOT / script).is_file() for script in known.values())
    assert {page.key for page in reading.shown()} == {"article", "wrong", "glossary", "timeline", "laws", "library"}


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("/gan?preset=gan-article", ("pages/models/gan.py", {"preset": "gan-article"})),
        ("/risks", ("pages/risks/board.py", {})),
        ("/nowhere", None),
        ("https://example.org/gan", None),
    ],
)
def test_an_inner_address_leads_to_its_script(address, found):
    assert reading.resolve(address) == found


def test_inner_links_keep_the_language_and_terms_say_what_they_mean():
    text = reading.linked("A [GAN](/glossary?term=gan), the [board](/risks), a [paper](https://arxiv.org/abs/1406.2661).", "zh")
    assert f'(/glossary?term=gan&lang=zh "{glossary.terms()["gan"].says["zh"]}")' in text
    assert "(/risks?lang=zh)" in text
    assert "(https://arxiv.org/abs/1406.2661)" in text


def test_a_term_never_breaks_out_of_the_title_of_its_link():
    assert all('"' not in reading._quoted(words) for term in glossary.terms().values() for words in term.says.values())
    assert reading._quoted('a "b"\nc') == "a ”b” c"


def page():
    import streamlit as st

    from pages.shared import laws

    st.session_state["title place"] = st.container()
    laws.show()


def opened() -> AppTest:
    script = AppTest.from_function(page, default_timeout=60).run()
    assert not script.exception
    return script


def test_a_law_that_was_read_too_long_ago_is_flagged_and_a_fresh_one_is_not(monkeypatch):
    monkeypatch.setattr(laws, "STALE", 10**6)
    assert [warning.value for warning in opened().warning] == []
    monkeypatch.setattr(laws, "STALE", -1)
    said = [warning.value for warning in opened().warning]
    days = max(0, (datetime.date.today() - laws.instruments()[0].as_of).days)
    assert len(said) == len(laws.instruments())
    assert all(f"Read {days} day" in words for words in said)


def test_the_page_of_laws_says_that_it_is_no_advice():
    script = opened()
    words = " ".join(element.value for element in (*script.markdown, *script.caption, *script.info))
    assert "no legal advice" in words and "in force · Aug 2, 2026" in words and "As of" in words


def test_every_card_of_a_law_says_its_source_its_day_and_its_address_or_that_there_is_none():
    cards = [element.value for element in opened().caption if element.value.startswith("Source: ")]
    assert len(cards) == len(laws.instruments())
    for law in laws.instruments():
        (said,) = [words for words in cards if f"Names itself: {text.plain(law.original)}." in words]
        assert said.startswith(f"Source: {text.plain(law.source['en'])}.") and f"As of {i18n.translator('en').date(law.as_of)}." in said
        assert said.endswith(f"]({law.url})") if law.url else said.endswith("No address of it was read.")


@pytest.mark.parametrize(
    ("kind", "since", "named"),
    [
        ("law", -1, "in force"),
        ("standard", -1, "applies"),
        ("voluntary", -1, "issued"),
        ("court", -1, "given"),
        ("law", 1, "upcoming"),
        ("court", None, "no date read"),
    ],
)
def test_only_a_law_is_in_force(kind, since, named):
    today = datetime.date(2026, 11, 28)
    day = None if since is None else today + datetime.timedelta(since)
    law = replace(laws.instruments()[0], kind=kind, provisions=(Provision({"en": "1"}, {"en": "x"}, day),))
    (dated,) = laws.laws(today, (law,))
    assert law_page.named(law, dated.items[0], i18n.translator("en")) == named
