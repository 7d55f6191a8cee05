"""The database of registers and workshops: SQLite in WAL mode, or PostgreSQL by a URL. Torch-free.

Reads and writes are transactions: ``with database.read() as c`` and ``with database.write() as c``, where ``c`` is an SQLAlchemy
connection. On SQLite a writer takes its lock at the start (BEGIN IMMEDIATE) and waits for it, so that no write fails half-way
because another came between.
"""

from __future__ import annotations

import hashlib
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from genai_core.contracts import N_
from genai_core.errors import RoomError

PATIENCE = 20.0  # seconds that a writer waits for another
NOWHERE = N_("No database can be opened where GENAI_DATABASE says. Whoever runs this app has to set it anew.")
GONE = N_("The file of the database was removed or replaced. Nothing was changed: export what you see, and have the app restarted.")
MIGRATIONS = Path(__file__).parent / "migrations"
LOCK = int.from_bytes(hashlib.sha256(b"genai migrations").digest()[:7], "big")  # of PostgreSQL's advisory locks


class Database:
    """A database with its tables as this version of the app wants them; an older one is brought up to date first.

    ``url`` is SQLAlchemy's: ``sqlite:////path/to/decisions.db``, ``postgresql+psycopg://user@host/name``. RoomError where it cannot be
    reached, or was made by a newer version.
    """

    def __init__(self, url: str) -> None:
        address = _address(url)
        self.lite = address.get_backend_name() == "sqlite"
        if self.lite and address.database:
            with _named():
                Path(address.database).parent.mkdir(parents=True, exist_ok=True)
        # SQLite's writers poll for the lock, and some polls lose again and again: those of one process wait in line instead.
        self._turn: Any = threading.RLock() if self.lite else nullcontext()
        options: dict[str, Any] = {"connect_args": {"timeout": PATIENCE}} if self.lite else {"pool_pre_ping": True}
        with _named():
            self.engine = sa.create_engine(address, **options)
        if self.lite:
            sa.event.listen(self.engine, "connect", _prepare)
            sa.event.listen(self.engine, "begin", _begin)
        self._file: Path | None = None
        self._known: tuple[int, int] | None = None
        self._upgrade()
        self._file = Path(address.database) if self.lite and address.database else None
        self._known = self._seen()

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A transaction that only reads, of one moment."""
        with _told(), self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """A transaction that writes; whatever goes wrong in it leaves nothing behind."""
        if self._seen() != self._known:  # what SQLite has open is a file that nobody will find again
            raise RoomError(GONE)
        with self._turn, _told(), self.engine.connect().execution_options(writes=True) as connection, connection.begin():
            yield connection

    def _seen(self) -> tuple[int, int] | None:
        """Which file lies where the database should be; None for none, and for a server."""
        file = self._file
        found = file.stat() if file and file.exists() else None
        return (found.st_dev, found.st_ino) if found else None

    def close(self) -> None:
        self.engine.dispose()

    def _upgrade(self) -> None:
        """Bring the tables up to date. Of several processes that start together one does it, and the others wait."""
        config = Config()
        config.set_main_option("script_location", MIGRATIONS.as_posix().replace("%", "%%"))
        with self.write() as connection:
            if not self.lite:
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK)))
            config.attributes["connection"] = connection
            try:
                command.upgrade(config, "head")
            except command.util.CommandError as error:
                raise RoomError(
                    N_("The database was made by a newer version of this app: {reason}. Update the app, or name another database."),
                    reason=str(error),
                ) from error


@contextmanager
def _told() -> Iterator[None]:
    """What the database refuses, as a sentence. Its own words hold addresses and statements: they go to the log by the cause."""
    try:
        yield
    except (sa.exc.OperationalError, sa.exc.InterfaceError) as error:
        raise RoomError(N_("The database does not answer. Nothing was changed: try again in a moment.")) from error
    except sa.exc.DatabaseError as error:
        if type(error.orig) is sqlite3.DatabaseError:  # no such file as SQLite writes, or a damaged one
            raise RoomError(NOWHERE) from error
        raise


def _address(url: str) -> sa.URL:
    with _named():
        return sa.make_url(url)


@contextmanager
def _named() -> Iterator[None]:
    """An address that names no database here, as a sentence: whoever runs the app set it, and a visitor must not read it."""
    try:
        yield
    except (sa.exc.ArgumentError, ImportError, OSError) as error:
        raise RoomError(NOWHERE) from error


def _prepare(raw: Any, _: Any) -> None:
    raw.isolation_level = None  # transactions begin where _begin says, not where the driver thinks
    cursor = raw.cursor()
    _write_ahead(cursor)
    for pragma in ("synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _write_ahead(cursor: Any) -> None:
    """WAL mode. SQLite waits for no lock when it turns a new file to it: of several that start at once, all but one would be refused."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.02)


def _begin(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("writes") else "BEGIN")
