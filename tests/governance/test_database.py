"""The database: tables as the migrations make them, transactions, several at once; on SQLite and on PostgreSQL."""

import sqlite3
import threading

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from genai_core.errors import RoomError
from genai_core.governance import places
from genai_core.governance.database import Database
from genai_core.governance.tables import metadata, rooms


def test_the_migrations_make_the_tables_that_the_code_knows(database):
    with database.read() as c:
        assert compare_metadata(MigrationContext.configure(c), metadata) == []


def test_opening_again_changes_nothing(database, connect):
    room = places.make(database, "Credit", "1234")
    assert places.enter(connect(), room.code).title == "Credit"


def test_many_that_start_together_make_the_tables_once(url):
    problems = []

    def start():
        try:
            Database(url).close()
        except Exception as error:  # noqa: BLE001 - collected, and shown by the assertion
            problems.append(error)

    threads = [threading.Thread(target=start) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []


def test_a_new_file_that_another_holds_is_waited_for(tmp_path):
    """Turning a file to WAL is refused at once, whatever the time-out, while another writes it."""
    file = tmp_path / "decisions.db"
    other = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    other.execute("CREATE TABLE elsewhere (n INTEGER)")
    other.execute("BEGIN IMMEDIATE")
    release = threading.Timer(0.5, other.execute, ["COMMIT"])
    release.start()
    Database(f"sqlite:///{file}").close()
    release.join()
    other.close()


def test_what_goes_wrong_in_a_write_leaves_nothing_behind(database):
    room = places.make(database, "Credit", "1234")
    with pytest.raises(ZeroDivisionError), database.write() as c:
        c.execute(sa.update(rooms).values(title="changed"))
        1 / 0  # noqa: B018
    assert places.enter(database, room.code).title == "Credit"


def test_writers_wait_for_each_other_and_lose_nothing(url, connect):
    """Each reads, then writes what it read and one more: without a lock from the start some of these are lost."""
    room = places.make(connect(), "0", "1234")

    def add(database):
        for _ in range(20):
            with database.write() as c:
                locked = sa.select(rooms.c.title).where(rooms.c.code == room.code).with_for_update()
                c.execute(sa.update(rooms).values(title=str(int(c.scalar(locked)) + 1)))

    threads = [threading.Thread(target=add, args=(connect(),)) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert places.enter(connect(), room.code).title == "100"


def test_sqlite_writes_ahead_and_keeps_foreign_keys(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'a folder' / 'decisions.db'}")
    with database.read() as c:
        assert c.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert c.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    database.close()


def test_a_newer_database_is_refused_and_left_alone(url):
    database = Database(url)
    with database.write() as c:
        c.exec_driver_sql("UPDATE alembic_version SET version_num = 'future'")
    database.close()
    with pytest.raises(RoomError, match="newer version"):
        Database(url)


def test_a_database_that_does_not_answer_is_said_in_a_sentence(tmp_path):
    with pytest.raises(RoomError, match="does not answer"):
        Database(f"postgresql+psycopg://nobody@/none?host={tmp_path}")


@pytest.mark.parametrize("url", ["nonsense", "foo+bar://host/name", "mysql://secret@host/name", "sqlite:////proc/none/x.db", "sqlite:///{file}"])
def test_an_address_that_names_no_database_is_said_in_a_sentence_without_it(tmp_path, url):
    (tmp_path / "notes.txt").write_text("no database " * 200)
    with pytest.raises(RoomError, match="Whoever runs this app") as found:
        Database(url.format(file=tmp_path / "notes.txt"))
    assert "secret" not in str(found.value)


def test_nothing_is_written_into_a_file_that_was_removed(tmp_path):
    file = tmp_path / "decisions.db"
    database = Database(f"sqlite:///{file}")
    room = places.make(database, "Credit", "1234")
    file.rename(tmp_path / "away.db")
    with pytest.raises(RoomError, match="removed or replaced"):
        places.make(database, "Lost", "1234")
    assert places.enter(database, room.code).title == "Credit"  # what is open can still be read, to be exported
    (tmp_path / "away.db").rename(file)
    assert places.make(database, "Kept", "1234")
    database.close()
