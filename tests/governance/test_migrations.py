"""An older database becomes a newer one, and keeps what it holds."""

import datetime as dt

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from genai_core.governance import ballots, places, workshop
from genai_core.governance.database import MIGRATIONS, Database
from genai_core.governance.workshop_watch import read
from tests.governance.conftest import ANNA, LEADER


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


def test_the_migrations_are_one_line():
    script = ScriptDirectory.from_config(config())
    assert len(script.get_heads()) == 1
    assert [step.revision for step in script.walk_revisions()][-1] == "0001"
