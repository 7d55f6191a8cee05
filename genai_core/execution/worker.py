"""A warm worker, a program: ``python -m genai_core.execution.worker --store URL``, for systems where fork is unsafe.

It imports everything, then waits on its standard input for one order (a line of JSON) and carries it out; further words
on the same pipe are the engine's "pause" and "stop". With ``--look FD`` it answers looks on that socket instead.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import sys
from collections.abc import Sequence

from genai_core.execution.process import Control, Order, perform
from genai_core.execution.protocol import address


def read_line(fd: int) -> bytes:
    """A line, byte by byte: what follows it stays in the pipe. Empty at its end."""
    line = b""
    while not line.endswith(b"\n"):
        byte = os.read(fd, 1)
        if not byte:
            return b""
        line += byte
    return line


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="genai_core.execution.worker", description=__doc__.splitlines()[0])
    parser.add_argument("--store", required=True)
    parser.add_argument("--look", type=int, metavar="FD")
    args = parser.parse_args(argv)
    place = address(args.store)

    from genai_core.execution.warm import warm

    if args.look is not None:
        from genai_core.execution.looker import serve

        return serve(socket.socket(fileno=args.look), place)
    warm()
    line = read_line(0)
    return perform(place, Order(**json.loads(line)), Control(0)) if line else 0


if __name__ == "__main__":
    sys.exit(main())
