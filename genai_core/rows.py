"""Facts as data: tables of a TOML file become frozen dataclasses, and a wrong line is named, not guessed at. Torch-free.

    [[row]]
    key = "gan"
    title = {en = "...", zh = "..."}
"""

from __future__ import annotations

import dataclasses
import datetime
import tomllib
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from genai_core.contracts import N_
from genai_core.errors import DataError

STALE = 90  # days after which a fact should be looked up again
Words = Mapping[str, str]  # language -> text; English is always there
T = TypeVar("T")


def say(words: Words, language: str) -> str:
    """The words in a language, in English where it has none; "" for no words."""
    return words.get(language) or words.get("en", "")


def read(path: Path, row: type[T], table: str = "row") -> tuple[T, ...]:
    """Every ``[[table]]`` of a file as ``row``, a dataclass with a field ``key``.

    Fields are str, bool, int, date, Words, another dataclass, or tuples of these; ``X | None`` may be left out, as may whatever
    has a default. Raises DataError, which names the entry and what is wrong with it.
    """
    try:
        tables = tomllib.loads(path.read_text("utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DataError(N_("{file} cannot be read: {problem}"), file=path.name, problem=str(error)) from error
    found: list[T] = []
    for entry in tables.get(table, []):
        where = f"{path.name}, {entry.get('key', f'entry {len(found) + 1}')}"
        found.append(_build(row, entry, where))
    keys = [getattr(made, "key", None) for made in found]
    doubled = sorted({str(key) for key in keys if key is not None and keys.count(key) > 1})
    if doubled or not found:
        raise _wrong(path.name, f"keys used twice: {', '.join(doubled)}" if doubled else f"no [[{table}]]")
    return tuple(found)


def _wrong(where: str, problem: str) -> DataError:
    return DataError(N_("{where}: {problem}."), where=where, problem=problem)


def _build(row: type[T], entry: Any, where: str) -> T:
    if not isinstance(entry, dict):
        raise _wrong(where, f"a table was expected, not {entry!r}")
    fields = {field.name: field for field in dataclasses.fields(row)}  # type: ignore[arg-type]
    if stray := sorted(set(entry) - set(fields)):
        raise _wrong(where, f"unknown field {', '.join(stray)}")
    hints = typing.get_type_hints(row)
    given = {}
    for name, field in fields.items():
        if name in entry:
            given[name] = _value(hints[name], entry[name], f"{where}, {name}")
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            raise _wrong(where, f"field {name} is missing")
    return row(**given)


def _value(kind: Any, value: Any, where: str) -> Any:
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        return _value(next(part for part in inner if part is not type(None)), value, where)
    if kind == Words:
        return _words(value, where)
    if origin is tuple:
        if not isinstance(value, list):
            raise _wrong(where, f"a list was expected, not {value!r}")
        return tuple(_value(inner[0], item, f"{where} {place}") for place, item in enumerate(value, 1))
    if dataclasses.is_dataclass(kind):
        return _build(kind, value, where)  # type: ignore[arg-type]
    if type(value) is not kind:  # a bool is no int, a moment no day
        raise _wrong(where, f"{kind.__name__} was expected, not {value!r}")
    if kind is str and not value.strip():
        raise _wrong(where, "empty")
    return value


def _words(value: Any, where: str) -> Words:
    if not isinstance(value, dict) or "en" not in value:
        raise _wrong(where, f"words by language, English among them, were expected, not {value!r}")
    if bad := [code for code, text in value.items() if not isinstance(text, str) or not text.strip()]:
        raise _wrong(where, f"no words in {', '.join(bad)}")
    return types.MappingProxyType(dict(value))


def dated(as_of: datetime.date, today: datetime.date, t: Any) -> str:
    """The day on which a fact was read, in the reader's language, with a warning where that is long ago."""
    day = t("as of {date}", date=as_of.isoformat())
    return f"{day} · {t('read long ago: check again')}" if age(as_of, today) > STALE else day


def age(as_of: datetime.date, today: datetime.date) -> int:
    """Days since a fact was read; 0 for one read in the future, as a clock that is wrong would say."""
    return max(0, (today - as_of).days)
