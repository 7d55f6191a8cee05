"""The engine, a program: ``python -m genai_core.execution.engine --store URL``. One for each store.

It imports torch and every plug-in once, warms up on one thread, leaves the catalogue where clients look for it, and
serves until nobody needs it. Whoever comes second for the same store leaves at once.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import socket
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from genai_core.execution.protocol import Address, address, catalogue_path, source_hash

ORPHANS = 10.0  # seconds that the jobs of a dead engine get to save themselves
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
WORKER = ("-m", "genai_core.execution.worker")


def main(
    argv: Sequence[str] | None = None, worker: Sequence[str] = WORKER, prepare: Callable[[], None] = lambda: None
) -> int:
    """``worker``: the program started where fork is unsafe. ``prepare``: called before any plug-in is imported."""
    parser = argparse.ArgumentParser(prog="genai_core.execution.engine", description=__doc__.splitlines()[0])
    parser.add_argument("--store", required=True, help="folder or fsspec URL of the runs")
    place = address(parser.parse_args(argv).store)
    lock = os.open(place.lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return 0
    for name in ONE_THREAD:  # before numpy's library starts its own threads: a process that forks has one
        os.environ[name] = "1"

    from genai_core.execution.process import await_orphans
    from genai_core.execution.server import Server, Settings
    from genai_core.execution.warm import warm

    prepare()
    settings = Settings.from_environment()
    source = source_hash()
    warm()
    write_catalogue(catalogue_path(source))
    await_orphans(place, ORPHANS)
    Server(place, listen(place), source, settings, worker).run()
    return 0


def listen(place: Address) -> socket.socket:
    """The listening socket; the lock says that no other engine uses its path."""
    place.socket.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(place.socket))
    place.socket.chmod(0o600)
    listener.listen(64)
    listener.setblocking(False)
    return listener


def write_catalogue(path: Path) -> None:
    """Replace the catalogue in one go."""
    from genai_core import registry

    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(json.dumps(registry.catalogue(), ensure_ascii=False), "utf-8")
    temporary.replace(path)


if __name__ == "__main__":
    sys.exit(main())
