"""An older database becomes a newer one, and keeps what it holds."""

import datetime as dt

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from genai_core.governance import ballots, places, tables, workshop
from genai_core.governance.database import MIGRATIONS, Database
from genai_core.governance.workshop_watch import read
from tests.governance.conftest import ANNA, BEN, LEADER


def config() -> Config:
    found = Config()
    found.set_main_option("script_location", MIGRATIONS.as_posix().replace("%", "%%"))
    return found


def test_a_database_of_the_first_version_keeps_its_rooms(url):
    engine, settings = sa.create_engine(url), config()
    with engine.begin() as c:
        settings.attributes["connection"] = c
        command.upgrade(settings, "0001")
        at, digest = dt.datetime(2026, 11, 1, tzinfo=dt.UTC), places._digest(b"s" * 16, "1234")
        row = {"code": "ABCD2345", "title": "Old", "salt": b"s" * 16, "pin": digest, "made": at, "seen": at}
        c.execute(sa.text("INSERT INTO rooms (code, title, salt, pin, made, seen) VALUES (:code, :title, :salt, :pin, :made, :seen)"), row)
    engine.dispose()
    database = Database(url)
    assert places.enter(database, "ABCD2345").title == "Old"
    workshop.lead(database, "ABCD2345", "1234", LEADER)
    workshop.begin(database, "ABCD2345", LEADER, "May we?")
    ballots.join(database, "ABCD2345", ANNA, "Anna")
    assert read(database, "ABCD2345").people == 1
    database.close()


def test_a_workshop_of_a_version_without_a_door_goes_on_with_its_votes(url):
    """It is open, and its door can be closed; the votes that it held stay, and who cast them is not taken for idle."""
    engine, settings = sa.create_engine(url), config()
    at, room = dt.datetime(2026, 11, 1, tzinfo=dt.UTC), "ABCD2345"
    with engine.begin() as c:
        settings.attributes["connection"] = c
        command.upgrade(settings, "0004")
        digest = places._digest(b"s" * 16, "1234")
        row = {"code": room, "title": "Old", "salt": b"s" * 16, "pin": digest, "made": at, "seen": at}
        c.execute(sa.insert(tables.rooms).values(**row))
        held = {"id": 1, "room": room, "phase": "score1", "since": at, "revealed": 0, "question": "May we?", "experiment": "", "minutes": 90}
        old = sa.table("workshops", *(sa.column(name, tables.workshops.c[name].type) for name in (*held, "made")))  # without the new columns
        c.execute(sa.insert(old).values(**held, made=at))
        for key, token in ((1, ANNA), (2, BEN)):
            who = workshop.digest(room, token, "participant")
            c.execute(sa.insert(tables.participants).values(id=key, workshop=1, who=who, name=token[0], notes=0, seen=at))
        c.execute(sa.insert(tables.workshop_items).values(id=1, workshop=1, title="Leak", detail=""))
        for name in ("likelihood", "impact"):
            c.execute(sa.insert(tables.workshop_scores).values(participant=1, item=1, round=1, dimension=name, value=4))
    engine.dispose()
    database = Database(url)
    seen = read(database, room)
    assert (seen.closed, seen.cleared, seen.people, seen.idle, seen.items[0].voted) == (False, None, 2, 1, {1: 1})
    workshop.lead(database, room, "1234", LEADER)
    workshop.door(database, room, LEADER, True)
    assert workshop.clear(database, room, LEADER) == 1
    assert ballots.mine(database, room, ANNA).scores == {(1, 1, "likelihood"): 4, (1, 1, "impact"): 4}
    database.close()


def test_the_migrations_are_one_line():
    script = ScriptDirectory.from_config(config())
    assert len(script.get_heads()) == 1
    assert [step.revision for step in script.walk_revisions()][-1] == "0001"
