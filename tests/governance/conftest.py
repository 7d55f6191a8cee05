"""Both databases: SQLite in a file, and a PostgreSQL of Debian's that a session starts for itself on a socket."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
import sqlalchemy as sa

from genai_core.governance import agenda, ballots, places, workshop, workshop_watch
from genai_core.governance.database import Database


def _programs() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    here = shutil.which("initdb")
    return found[-1].parent if found else Path(here).parent if here else None


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a server of its own, which listens on a socket alone; skipped where PostgreSQL is not installed."""
    programs = _programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed: .ci/setup dev brings it on Debian")
    folder = Path(tempfile.mkdtemp(prefix="genai-pg-"))
    who = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.geteuid() == 0 else []
    if who:
        shutil.chown(folder, "postgres", "postgres")
    environ = {**os.environ, "LC_ALL": "C.UTF-8"}

    def call(*command: str) -> None:
        subprocess.run([*who, *command], check=True, capture_output=True, env=environ, cwd=folder)

    data, options = str(folder / "data"), f"-c listen_addresses= -k {folder} -c fsync=off -c max_connections=150"
    call(str(programs / "initdb"), "-D", data, "-U", "genai", "--auth=trust", "--encoding=UTF8", "--no-sync")
    call(str(programs / "pg_ctl"), "-D", data, "-w", "-l", str(folder / "log"), "-o", options, "start")
    yield f"postgresql+psycopg://genai@/postgres?host={folder}"
    call(str(programs / "pg_ctl"), "-D", data, "-m", "immediate", "stop")
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of either kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'decisions.db'}"
        return
    server, name = sa.make_url(request.getfixturevalue("postgres")), f"t{uuid.uuid4().hex}"
    admin = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as c:
        c.exec_driver_sql(f"CREATE DATABASE {name}")
    yield server.set(database=name).render_as_string(hide_password=False)
    with admin.connect() as c:
        c.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    admin.dispose()


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    opened = Database(url)
    yield opened
    opened.close()


@pytest.fixture
def connect(url: str) -> Iterator[Callable[[], Database]]:
    """More connections to the same database, as other processes have them."""
    opened: list[Database] = []

    def again() -> Database:
        opened.append(Database(url))
        return opened[-1]

    yield again
    for database in opened:
        database.close()


LEADER, ANNA, BEN = "f" * 48, "a" * 48, "b" * 48  # tokens, as browsers have them


@pytest.fixture
def hall(database: Database) -> Callable[..., str]:
    """Open a room with a workshop, led by LEADER: ``hall(risks=2, people=(ANNA, BEN), phase="score1")``; its code."""

    def open_(risks: int = 2, people: Sequence[str] = (ANNA, BEN), phase: str = "scope", leader: str = LEADER) -> str:
        code = places.make(database, "Board", "1234").code
        workshop.lead(database, code, "1234", leader)
        workshop.begin(database, code, leader, "May we?")
        for k in range(risks):
            workshop.add_item(database, code, leader, f"Risk {k}")
        for who in people:
            ballots.join(database, code, who, who[:1])
        go(database, code, phase, leader)
        return code

    return open_


def go(database: Database, code: str, phase: str, leader: str = LEADER) -> None:
    """On, one phase after another, as a facilitator goes."""
    while (at := workshop_watch.read(database, code).phase) != phase:
        workshop.move(database, code, leader, at, agenda.neighbour(at, 1))


def together(calls: Sequence[Callable[[], object]]) -> list[object]:
    """Call all at once, each in a thread of its own; what each gave, or the exception that it ended in."""
    start, found = threading.Barrier(len(calls)), [None] * len(calls)

    def run(place: int, call: Callable[[], object]) -> None:
        start.wait(60)
        try:
            found[place] = call()
        except Exception as error:  # noqa: BLE001 - given back to the test
            found[place] = error

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found
