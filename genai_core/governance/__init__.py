"""What risks are mapped to: frameworks and laws as data, with the day they were read. Torch-free."""

from __future__ import annotations

import datetime
import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

FILE = Path(__file__).parent / "frameworks.toml"


@dataclass(frozen=True)
class Framework:
    """``entries``: id -> name, in English. ``other``: title and entries by language."""

    key: str
    title: str
    source: str
    url: str
    as_of: datetime.date
    entries: Mapping[str, str]
    other: Mapping[str, Mapping[str, Any]]

    def heading(self, language: str) -> str:
        return str(self.other[language]["title"]) if language in self.other else self.title

    def name(self, entry: str, language: str) -> str:
        """The name of an entry in a language, in English where it has none."""
        return str(self.other[language]["entries"][entry]) if language in self.other else self.entries[entry]


@functools.cache
def frameworks() -> Mapping[str, Framework]:
    """Every framework by key. KeyError where the file lacks a field: it ships, and a test reads it."""
    found = {}
    for key, row in tomllib.loads(FILE.read_text("utf-8")).items():
        other = {name: value for name, value in row.items() if isinstance(value, dict) and name != "entries"}
        plain = (row[name] for name in ("title", "source", "url", "as_of"))
        found[key] = Framework(key, *plain, MappingProxyType(row["entries"]), MappingProxyType(other))
    return MappingProxyType(found)
