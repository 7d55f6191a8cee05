"""Which risks of a register somebody looks at, and in what order."""

import datetime as dt

from genai_core.governance import selection, values
from genai_core.governance.register import Risk
from genai_core.governance.selection import Filter
from genai_core.i18n import translator

AT = dt.datetime(2026, 11, 28, tzinfo=dt.UTC)
EN, ZH = translator("en"), translator("zh")


def risk(number, **fields):
    return Risk(number, 1, values.checked({"title": f"Risk {number}", **fields}), AT, AT, "")


WORST = {"inherent_likelihood": 5, "inherent_impact": 5}
RISKS = [
    risk(1, sector="games", status="open"),
    risk(2, sector="medicine", status="closed", inherent_likelihood=2, inherent_impact=2, owner="Ada Lovelace"),
    risk(3, sector="medicine", status="open", tolerance="low", residual_likelihood=1, residual_impact=4, **WORST),
    risk(4, sector="medicine", status="open", priority=1, **WORST),
    risk(5, sector="medicine", status="open", priority=2, **WORST),
]


def numbers(t=EN, **asked):
    return [found.number for found in selection.chosen(RISKS, Filter(**asked), t)]


def test_the_worst_come_first_by_what_is_left_then_by_priority():
    assert numbers() == [4, 5, 3, 2, 1]


def test_filters_narrow_and_add_up():
    assert numbers(sector="medicine", status="open") == [4, 5, 3]
    assert numbers(band="extreme") == [4, 5] and numbers(band="none") == [1]
    assert numbers(band="beyond") == [3]
    assert numbers(sector="games", band="extreme") == []


def test_words_are_found_in_any_text_in_the_readers_language():
    assert numbers(words="lovelace ADA") == [2] and numbers(words="ada nobody") == []
    assert numbers(words="#3") == [3]
    assert numbers(ZH, words="医疗") == [4, 5, 3, 2] and numbers(EN, words="医疗") == []


def test_overdue_is_before_today_and_not_closed():
    today = dt.date(2026, 11, 28)
    assert selection.overdue(risk(1, due="2026-11-27"), today) and selection.overdue(risk(1, review="2026-11-27"), today)
    assert not selection.overdue(risk(1, due="2026-11-28"), today)
    assert not selection.overdue(risk(1, due="2026-11-27", status="closed"), today) and not selection.overdue(risk(1), today)
