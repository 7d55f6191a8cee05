"""The register: what is added stays, what is changed is written down, and nobody overwrites anybody; on both databases."""

import json
import threading

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from genai_core.errors import RoomError
from genai_core.governance import exchange, places, register, values
from genai_core.governance.database import MIGRATIONS, Database
from genai_core.governance.fields import Evidence
from genai_core.governance.register import Conflict, Votes
from genai_core.governance.values import FieldError

CARD = Evidence("membership", "Members", "abc123", 0, 8, "gan", "AUC", 0.7, 0.65, 0.75, "not trained on", 0.5, 0.48, 0.52, True, True)


@pytest.fixture
def room(database):
    return places.make(database, "Credit", "1234").code


def test_what_is_added_is_there_and_rated_by_the_table(database, room):
    draft = {"title": "A leak", "inherent_likelihood": 2, "inherent_impact": 5, "tolerance": "moderate", "nist": ["privacy"]}
    made = register.add(database, room, draft, "k1", "Ada")
    (found,) = register.risks(database, room)
    assert found == made and found.number == 1 and found.version == 1 and found.who == "Ada"
    assert found.band() == "high" and found.band("residual") is None and found.beyond
    assert found.values["nist"] == ("privacy",)


def test_the_same_key_adds_once(database, room):
    one = register.add(database, room, {"title": "A leak"}, "k1")
    assert register.add(database, room, {"title": "A leak"}, "k1").number == one.number
    assert len(register.risks(database, room)) == 1
    assert register.add(database, room, {"title": "A leak"}, "k2").number == 2


def test_a_double_click_from_two_processes_adds_once(database, room, connect):
    both = threading.Barrier(2)

    def click(own):
        both.wait()
        register.add(own, room, {"title": "A leak"}, "same")

    threads = [threading.Thread(target=click, args=(connect(),)) for _ in range(2)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert len(register.risks(database, room)) == 1


def test_a_change_on_an_old_version_is_refused_and_loses_nothing(database, room):
    old = register.add(database, room, {"title": "A leak"}, "k1")
    register.change(database, room, 1, {"owner": "Ada"}, old.version, "Ada")
    with pytest.raises(Conflict, match="Nothing was lost") as raised:
        register.change(database, room, 1, {"owner": "Bob"}, old.version, "Bob")
    assert raised.value.now.values["owner"] == "Ada"
    assert register.risks(database, room)[0].values["owner"] == "Ada"
    again = register.change(database, room, 1, {"owner": "Bob"}, raised.value.now.version, "Bob")
    assert again.version == 3 and again.values["owner"] == "Bob"


def test_the_same_change_twice_is_one_change(database, room):
    old = register.add(database, room, {"title": "A leak"}, "k1")
    for _ in range(2):
        register.change(database, room, 1, {"owner": "Ada"}, old.version)
    assert len(register.history(database, room, 1)) == 2


def test_writers_at_once_lose_no_change_silently(database, room, connect):
    """Each of four writers adds its letter twenty times; whoever is told of a conflict begins again on what is there."""
    register.add(database, room, {"title": "A leak"}, "k1")
    conflicts = []

    def write(own, letter):
        for _ in range(10):
            done = False
            while not done:
                (risk,) = register.risks(own, room)
                try:
                    register.change(own, room, 1, {"description": risk.values["description"] + letter}, risk.version, letter)
                    done = True
                except Conflict:
                    conflicts.append(letter)

    threads = [threading.Thread(target=write, args=(connect(), letter)) for letter in "abcd"]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    (risk,) = register.risks(database, room)
    assert sorted(risk.values["description"]) == sorted("abcd" * 10)
    assert risk.version == 41 and len(register.history(database, room, 1)) == 41


def test_history_says_who_when_and_what(database, room):
    old = register.add(database, room, {"title": "A leak", "owner": "Ada"}, "k1", "Ada")
    register.change(database, room, 1, {"owner": "Bob", "legal": ["eu:50"]}, old.version, "  Bob \n B. ")
    last, first = register.history(database, room, 1)
    assert (first.kind, first.who, dict(first.after)) == ("added", "Ada", {"title": "A leak", "owner": "Ada"})
    assert (last.kind, last.who, dict(last.before)) == ("changed", "Bob B.", {"owner": "Ada", "legal": ()})
    assert dict(last.after) == {"owner": "Bob", "legal": ("eu:50",)}
    assert last.at >= first.at


def test_legal_references_get_their_day(database, room):
    assert register.add(database, room, {"title": "A leak", "legal": ["eu:50"]}, "k1").values["legal_as_of"] == "2026-11-23"


def test_a_number_is_never_used_again_and_history_stays(database, room):
    one = register.add(database, room, {"title": "A leak"}, "k1")
    with pytest.raises(Conflict):
        register.remove(database, room, 1, one.version + 1)
    register.remove(database, room, 1, one.version, "Ada")
    register.remove(database, room, 1, one.version, "Ada")
    assert register.risks(database, room) == []
    assert [change.kind for change in register.history(database, room, 1)] == ["removed", "added"]
    assert register.add(database, room, {"title": "Another"}, "k1").number == 2
    with pytest.raises(Conflict, match="removed"):
        register.change(database, room, 1, {"owner": "Ada"}, 1)


def test_rooms_do_not_see_each_other(database, room):
    other = places.make(database, "Other", "1234").code
    register.add(database, room, {"title": "A leak"}, "k1")
    assert register.risks(database, other) == [] and register.history(database, other) == []
    with pytest.raises(Conflict):
        register.change(database, other, 1, {"owner": "Eve"}, 1)
    assert register.add(database, other, {"title": "Theirs"}, "k1").number == 1
    with pytest.raises(RoomError, match="no room"):
        register.risks(database, "ABCDEFGH")


def test_a_card_is_attached_once(database, room):
    register.add(database, room, {"title": "A leak"}, "k1")
    for _ in range(2):
        risk = register.attach(database, room, 1, CARD)
    assert risk.values["evidence"] == (CARD,) and risk.version == 2
    assert register.risks(database, room)[0].values["evidence"] == (CARD,)


def test_a_workshop_decides_once_with_median_spread_and_dissent(database, room):
    register.add(database, room, {"title": "A leak"}, "k1")
    votes = Votes(12, 3.5, 1.0, 4.0, 2.0, "Ada: rarer than that", more={"owner": "Bob", "due": "2026-12-31"})
    for _ in range(2):
        risk = register.decide(database, room, 1, votes, "workshop:7:1", "the room")
    assert risk.version == 2 and risk.band() == "high"
    assert (risk.values["inherent_likelihood"], risk.values["votes_likelihood"], risk.values["votes_n"]) == (4, 3.5, 12)
    assert risk.values["dissent"] == "Ada: rarer than that" and risk.values["due"] == "2026-12-31"
    assert register.history(database, room, 1)[0].kind == "decided"


def test_a_full_register_takes_none_and_keeps_all(database, room, monkeypatch):
    monkeypatch.setattr(register, "MOST_RISKS", 3)
    register.add_all(database, room, [(f"k{n}", {"title": str(n)}) for n in range(2)])
    with pytest.raises(RoomError, match="holds 3"):
        register.add_all(database, room, [(f"m{n}", {"title": str(n)}) for n in range(2)])
    assert len(register.risks(database, room)) == 2


def test_texts_are_bounded_so_that_a_full_register_fits_a_file(database, room):
    """Filled to the brim with what takes most room in a file; one more change is refused and changes nothing."""
    long = {"title": "t", "description": '"' * 600, "cause": "a=" * 380, "evidence": [CARD] * 2}
    size = len(json.dumps(values.plain(values.checked(long))))
    drafts = [(f"k{n}", long) for n in range(min(register.MOST_RISKS, register.MOST_STORED // size))]
    register.add_all(database, room, drafts)
    found = register.risks(database, room)
    assert len(found) * size > 0.9 * register.MOST_STORED
    for kind in exchange.FORMATS:
        assert len(exchange.read(exchange.export(found, kind, str)).drafts) == len(found)
    with pytest.raises(RoomError, match="full"):
        for risk in found[:40]:
            register.change(database, room, risk.number, {"consequence": "x" * 800, "trigger": "y" * 400}, risk.version)
    assert len(register.risks(database, room)) == len(found)


def test_history_is_bounded_and_the_oldest_goes_first(database, room, monkeypatch):
    monkeypatch.setattr(register, "MOST_CHANGES", 3)
    other = places.make(database, "Other", "1234").code
    register.add(database, other, {"title": "Theirs"}, "k1")
    risk = register.add(database, room, {"title": "A leak"}, "k1")
    for n in range(4):
        risk = register.change(database, room, 1, {"owner": str(n)}, risk.version)
    assert [change.after["owner"] for change in register.history(database, room)] == ["3", "2", "1"]
    assert len(register.history(database, other)) == 1


def test_one_bad_risk_keeps_all_out(database, room):
    register.add(database, room, {"title": "Before"}, "k1")
    with pytest.raises(FieldError, match="Title"):
        register.replace(database, room, [(None, {"title": "Fine"}), (None, {"title": " "})])
    assert [risk.title for risk in register.risks(database, room)] == ["Before"]


def test_replacing_keeps_numbers_and_writes_down_what_went(database, room):
    register.add(database, room, {"title": "Before"}, "k1")
    found = register.replace(database, room, [(7, {"title": "Seven"}), (None, {"title": "New"}), (7, {"title": "Twice"})], "Ada")
    assert [(risk.number, risk.title) for risk in found] == [(7, "Seven"), (8, "New"), (9, "Twice")]
    assert [change.kind for change in register.history(database, room, 1)] == ["replaced", "added"]


def test_a_crash_in_a_change_leaves_the_risk_as_it_was(database, room, monkeypatch):
    old = register.add(database, room, {"title": "A leak"}, "k1")
    monkeypatch.setattr(register, "_note", lambda *a, **k: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        register.change(database, room, 1, {"owner": "Ada"}, old.version)
    monkeypatch.undo()
    assert register.risks(database, room) == [old]


def test_an_older_database_is_brought_up_to_date_with_its_rooms(url):
    """As version 0001 left it: rooms and no register."""
    engine, config = sa.create_engine(url), Config()
    config.set_main_option("script_location", MIGRATIONS.as_posix())
    with engine.begin() as c:
        config.attributes["connection"] = c
        command.upgrade(config, "0001")
        assert not sa.inspect(c).has_table("risks")
        row = {"code": "ABCDEFGH", "title": "Old", "salt": b"s" * 16, "pin": b"p" * 32, "made": places.now(), "seen": places.now()}
        c.execute(sa.insert(places.rooms).values(**row))
    engine.dispose()
    database = Database(url)
    assert places.enter(database, "ABCDEFGH").title == "Old"
    assert register.add(database, "ABCDEFGH", {"title": "First"}, "k1").number == 1
    database.close()
