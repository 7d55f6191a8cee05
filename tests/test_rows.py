"""Facts from a TOML file: what is right becomes dataclasses, and what is wrong is named."""

import datetime
from dataclasses import dataclass

import pytest

from genai_core import i18n, rows
from genai_core.errors import DataError
from genai_core.rows import Words


@dataclass(frozen=True)
class Part:
    name: str


@dataclass(frozen=True)
class Fact:
    key: str
    says: Words
    day: datetime.date
    parts: tuple[Part, ...]
    marks: tuple[str, ...] = ()
    n: int | None = None
    sure: bool = True


GOOD = '[[row]]\nkey = "a"\nsays = {en = "one", zh = "一"}\nday = 2026-11-23\nparts = [{name = "x"}]\n'


def read(tmp_path, text):
    path = tmp_path / "facts.toml"
    path.write_text(text, "utf-8")
    return rows.read(path, Fact)


def test_a_row_becomes_a_dataclass_with_what_it_holds(tmp_path):
    (fact,) = read(tmp_path, GOOD + 'n = 3\nmarks = ["p", "q"]\n')
    assert fact == Fact("a", {"en": "one", "zh": "一"}, datetime.date(2026, 11, 23), (Part("x"),), ("p", "q"), 3)
    assert rows.say(fact.says, "zh") == "一"
    assert rows.say(fact.says, "fr") == "one"


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (("key = ", "kay = "), "kay"),
        (('says = {en = "one", zh = "一"}', 'says = "one"'), "says"),
        (('en = "one", ', ""), "English among them"),
        (('zh = "一"', 'zh = " "'), "no words in zh"),
        (("day = 2026-11-23", 'day = "2026-11-23"'), "date was expected"),
        (("day = 2026-11-23", "day = 2026-11-23T10:00:00"), "date was expected"),
        (('{name = "x"}', '{nome = "x"}'), "nome"),
        (('[{name = "x"}]', '"x"'), "a list was expected"),
        (("day = 2026-11-23\n", ""), "field day is missing"),
        (("[[row]]", "[[raw]]"), "no [[row]]"),
        (("[[row]]", "[[row"), "cannot be read"),
        (('key = "a"', 'key = ""'), "empty"),
        (('key = "a"', 'key = "a"\nn = true'), "int was expected"),
    ],
)
def test_what_is_wrong_is_named_with_its_entry(tmp_path, change, named):
    with pytest.raises(DataError, match="facts.toml") as caught:
        read(tmp_path, GOOD.replace(*change))
    assert named in str(caught.value)


def test_two_rows_of_one_key_are_refused(tmp_path):
    with pytest.raises(DataError, match="keys used twice: a"):
        read(tmp_path, GOOD + GOOD)


def test_an_age_is_never_negative():
    day = datetime.date(2026, 11, 23)
    assert rows.age(day, day + datetime.timedelta(5)) == 5
    assert rows.age(day, day - datetime.timedelta(5)) == 0


def test_a_reading_that_is_old_is_marked_on_the_day_after_its_age():
    t, day = i18n.translator("en"), datetime.date(2026, 1, 1)
    last = day + datetime.timedelta(days=rows.STALE)
    assert rows.dated(day, last, t) == "as of 2026-01-01"
    assert "check again" in rows.dated(day, last + datetime.timedelta(days=1), t)
