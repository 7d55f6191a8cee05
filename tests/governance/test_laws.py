"""Laws: what is in force follows from dates alone, on either side of each of them; the facts that ship are whole."""

import datetime

import pytest

from genai_core import i18n
from genai_core.governance import laws
from genai_core.governance.laws import Law, Provision

DAY = datetime.timedelta(1)
NO_ADDRESS = {"cn-cyber"}  # whose source is named, and no address of which was read
DATED = [(law.key, place, p) for law in laws.instruments() for place, p in enumerate(law.provisions) if p.since]


def state_of(today, key, place):
    return next(dated for dated in laws.laws(today) if dated.law.key == key).items[place]


@pytest.mark.parametrize(("key", "place", "provision"), DATED, ids=[f"{key}-{place}" for key, place, _ in DATED])
def test_a_provision_is_upcoming_the_day_before_and_in_force_on_its_day(key, place, provision):
    before, on, after = (state_of(provision.since + d * DAY, key, place) for d in (-1, 0, 1))
    assert (before.state, before.days) == ("upcoming", 1)
    assert (on.state, on.days) == ("in force", 0)
    assert (after.state, after.days) == ("in force", -1)


def test_a_provision_applies_on_its_last_day_and_not_after():
    day = datetime.date(2026, 6, 1)
    provision = Provision({"en": "1"}, {"en": "x"}, day, day + 10 * DAY)
    assert [provision.state(day + n * DAY) for n in (-1, 0, 10, 11)] == ["upcoming", "in force", "in force", "ended"]


def test_the_dates_of_the_ai_act_are_those_that_were_read():
    """2 August 2026 for Article 50, 2 December 2026 for what was on the market: the day between the two tells them apart."""
    act = next(dated for dated in laws.laws(datetime.date(2026, 11, 28)) if dated.law.key == "eu")
    states = {item.provision.article["en"]: item.state for item in act.items}
    assert states["Article 50(2)"] == "in force"
    assert states["Article 111(4)"] == "upcoming"
    assert states["High risk, Annex I"] == "upcoming"
    assert states["Article 4"] == "undated"  # a date that was not read is not shown


def test_what_comes_is_sorted_and_nothing_of_it_is_past():
    for today in (datetime.date(2023, 1, 1), datetime.date(2026, 11, 28), datetime.date(2030, 1, 1)):
        days = [item.days for _, item in laws.coming(today)]
        assert days == sorted(days) and all(n > 0 for n in days)
    assert laws.coming(datetime.date(2030, 1, 1)) == []


def test_a_reading_grows_stale_a_day_after_its_age():
    law = laws.instruments()[0]
    fresh, old = (laws.laws(law.as_of + n * DAY, (law,))[0] for n in (laws.STALE, laws.STALE + 1))
    assert (fresh.age, fresh.stale) == (laws.STALE, False)
    assert (old.age, old.stale) == (laws.STALE + 1, True)


@pytest.mark.parametrize("law", laws.instruments(), ids=lambda law: law.key)
def test_an_instrument_is_whole_in_every_language(law: Law):
    assert law.kind in laws.KINDS and law.topics and set(law.topics) <= set(laws.TOPICS)
    assert law.provisions and (law.url.startswith("https://") or law.key in NO_ADDRESS)
    known = set(i18n.languages())
    for words in (law.title, law.place, law.source, *(w for p in law.provisions for w in (p.article, p.says))):
        assert set(words) == known
    assert all(p.until is None or (p.since and p.until >= p.since) for p in law.provisions)
    assert datetime.date(2026, 1, 1) < law.as_of


def test_what_has_no_address_is_known_and_no_two_instruments_share_one():
    assert {law.key for law in laws.instruments() if not law.url} == NO_ADDRESS
    addresses = [law.url for law in laws.instruments() if law.url]
    assert len(addresses) == len(set(addresses))


def test_every_topic_has_an_instrument():
    assert {topic for law in laws.instruments() for topic in law.topics} == set(laws.TOPICS)
