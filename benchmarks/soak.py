"""The large figures: every test marked `soak`, then every benchmark here that has a constant SOAK (its arguments for the long run).

    python -m benchmarks.soak [--quick] [--only NAME]...      writes docs/soak-<date>.md

Each benchmark prints Markdown on stdout; a part that fails is written down as failed, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import importlib
import os
import pkgutil
import platform
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import benchmarks

ROOT = Path(__file__).resolve().parent.parent
NO_TESTS = 5  # pytest's exit code where nothing was collected


def parts(quick: bool) -> dict[str, list[str]]:
    """Name -> command, the tests first. ``quick`` takes each benchmark's own defaults."""
    found = {"tests": [sys.executable, "-m", "pytest", "-m", "soak", "-q", "-n", "2"]}
    for info in pkgutil.iter_modules(benchmarks.__path__):
        arguments = getattr(importlib.import_module(f"benchmarks.{info.name}"), "SOAK", None)
        if arguments is not None:
            found[info.name] = [sys.executable, "-m", f"benchmarks.{info.name}", *(() if quick else arguments)]
    return found


def carry_out(name: str, command: list[str]) -> tuple[str, bool]:
    """A section of the report, and whether the part did what it should."""
    began = time.monotonic()
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    took = f"\n*{name}: {(time.monotonic() - began) / 60:.1f} minutes*\n"
    if name == "tests":
        last = (done.stdout.strip().splitlines() or ["no tests"])[-1]
        return f"## Tests marked soak\n\n{last}\n{took}", done.returncode in (0, NO_TESTS)
    if done.returncode:
        return f"## {name}: failed\n\n    {done.stderr.strip()[-1500:]}\n{took}", False
    return f"{done.stdout}{took}", True


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description="The large figures, into docs/.")
    parser.add_argument("--quick", action="store_true", help="each benchmark with its own short defaults")
    parser.add_argument("--only", action="append", default=[], help="a part by name; may be given again")
    args = parser.parse_args()
    chosen = {name: command for name, command in parts(args.quick).items() if not args.only or name in args.only}
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    head = f"# Large figures, {today}\n\n{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}.\n"
    sections, well = [head], True
    path = ROOT / "docs" / f"soak-{today}.md"
    for name, command in chosen.items():
        print(f"{name} …", file=sys.stderr, flush=True)
        text, good = carry_out(name, command)
        well &= good
        sections.append(text)
        path.write_text("\n".join(sections), "utf-8")
    print(path.relative_to(ROOT))
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
