"""Writes README.md of the assets folder: one table of what ships, from PROVENANCE.toml.

python -m genai_core.datasets.build.readme
"""

from __future__ import annotations

import tomllib
from typing import Any

from genai_core.datasets.files import ASSETS

FILE = ASSETS / "README.md"
HEAD = """# Assets: the data that ships

Each file with where it comes from, on what terms, and how it is built again. `PROVENANCE.toml` beside this table also holds the sums of the
sources; a test compares both. Written by `python -m genai_core.datasets.build.readme`.

| File | From | By | Terms | Built by | SHA-256 |
|---|---|---|---|---|---|
"""


def table() -> str:
    """The file's text."""
    records: dict[str, dict[str, Any]] = tomllib.loads((ASSETS / "PROVENANCE.toml").read_text("utf-8"))
    rows = [
        (f"`{name}`", f"{r['package']}: {r['file']}", r["creators"], r["licence"], f"`{r['script']}`", f"`{r['sha256'][:16]}…`")
        for name, r in sorted(records.items())
    ]
    return HEAD + "".join(f"| {' | '.join(map(_cell, row))} |\n" for row in rows)


def _cell(value: Any) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ").strip()


if __name__ == "__main__":
    FILE.write_text(table(), encoding="utf-8")
