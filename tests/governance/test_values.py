"""Values of a risk's fields: what is taken, what is refused with the field's name, and back from how they were stored."""

import dataclasses
import json
import unicodedata

import pytest

from genai_core.errors import RoomError
from genai_core.governance import frameworks, values
from genai_core.governance.fields import GROUPS, Evidence, fields
from genai_core.i18n import translator

TURNING = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}  # Unicode's own classes
TURNS = "\u061c\u200e\u200f"  # marks are of the classes of letters


def test_the_fields_are_those_of_the_facts():
    wanted = """title priority description cause event consequence affected sector category stage nist mit entity intent timing legal legal_as_of
    inherent_likelihood inherent_impact residual_likelihood residual_impact tolerance trigger response response_text cost owner status control
    control_kind iso42001 effectiveness evidence votes_n votes_likelihood votes_likelihood_spread votes_impact votes_impact_spread decision
    approver dissent due review"""
    assert set(wanted.split()) <= set(fields())
    assert {field.group for field in fields().values()} == set(GROUPS)
    assert len(fields()["mit"].choices) == 24 and len(fields()["nist"].choices) == 12


def test_every_label_and_choice_is_said_in_chinese():
    t = translator("zh")
    for field in fields().values():
        assert t(field.label) != field.label
        if field.name not in ("nist", "mit", "legal"):
            assert all(t(label) != label for label in field.choices.values()), field.name


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("title", "   "),
        ("title", "two\nlines"),
        ("title", 7),
        ("owner", "x" * 81),
        ("cause", "bell\x07"),
        ("cause", "\ud800"),
        ("sector", "banking"),
        ("sector", ["art"]),
        ("nist", "privacy"),
        ("nist", ["privacy", ""]),
        ("nist", ["privacy"] * 13),
        ("inherent_likelihood", 0),
        ("inherent_likelihood", 6),
        ("inherent_likelihood", 2.5),
        ("inherent_likelihood", True),
        ("inherent_likelihood", float("nan")),
        ("inherent_likelihood", "3"),
        ("votes_likelihood", 0.5),
        ("votes_likelihood", 3.1),
        ("votes_likelihood", float("inf")),
        ("due", "2026-02-30"),
        ("due", "20261130"),
        ("due", "２０２６-11-30"),
        ("iso42001", "A.11"),
        ("iso42001", "A.7.4 and more"),
        ("evidence", [{"run": "x"}]),
        ("evidence", "x"),
    ],
)
def test_what_a_field_does_not_take_is_refused_with_its_name(name, value):
    with pytest.raises(RoomError) as raised:
        values.check(name, value)
    assert str(raised.value).startswith(fields()[name].label)


def test_line_ends_are_one_kind_and_choices_in_their_order():
    found = values.checked({"title": "t", "cause": "a\r\nb\rc", "nist": ["property", "privacy", "privacy"]})
    assert found["cause"] == "a\nb\nc" and found["nist"] == ("privacy", "property")


DIRECTIONS = [chr(c) for c in range(0x110000) if chr(c) in TURNS or unicodedata.bidirectional(chr(c)) in TURNING]


def test_nothing_that_somebody_types_turns_round_what_stands_beside_it():
    """Every character that Unicode counts among the marks and controls of direction, by its own table; letters of any script stay."""
    assert len(DIRECTIONS) == 12
    for character in DIRECTIONS:
        typed = f"Pay{character}ments {character}שלום{character}"
        found = values.checked({"title": typed, "cause": f"{typed}\n{character}b", "owner": character + "Anna"})
        assert (found["title"], found["cause"], found["owner"]) == ("Payments שלום", "Payments שלום\nb", "Anna")
        assert values.line(typed) == "Payments שלום" and values.line(character) == ""
        with pytest.raises(RoomError, match="fill this in"):
            values.check("title", character)  # a title that nobody could see


def test_a_card_that_turns_round_what_stands_beside_it_is_none():
    card = {f.name: {"str": "a", "bool": True, "int": 1}.get(str(f.type), 0.5) for f in dataclasses.fields(Evidence)}
    assert values.check("evidence", [card])
    with pytest.raises(RoomError, match="cards of the lab"):
        values.check("evidence", [card | {"title": "a\u202eb"}])


def test_a_day_that_somebody_gave_is_kept_and_otherwise_the_facts_day_is_taken():
    assert values.checked({"title": "t", "legal": ["eu:50"], "legal_as_of": "2026-01-02"})["legal_as_of"] == "2026-01-02"
    assert values.checked({"title": "t", "legal": ["eu:50"]})["legal_as_of"] == frameworks()["eu"].as_of.isoformat()
    assert values.checked({"title": "t"})["legal_as_of"] == ""


def test_what_an_older_version_stored_is_read_and_what_is_unknown_left_out():
    stored = json.loads(json.dumps(values.plain(values.checked({"title": "t", "nist": ["privacy"]}))))
    del stored["votes_n"]
    found = values.restore({**stored, "shoe_size": 43})
    assert found["votes_n"] is None and found["nist"] == ("privacy",) and "shoe_size" not in found
