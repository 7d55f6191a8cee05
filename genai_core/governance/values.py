"""Values of a risk's fields: checked, as JSON keeps them, and back. Torch-free."""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
import re
from collections.abc import Mapping
from typing import Any

from genai_core.contracts import N_
from genai_core.errors import RoomError, Term
from genai_core.governance import frameworks
from genai_core.governance.fields import Evidence, Field, Value, fields

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\x85\u2028\u2029\ud800-\udfff\ufffe\uffff]")  # that XML or a line of CSV cannot hold

# Marks, embeddings, overrides and isolates of the writing direction: nobody sees them, and what stands beside them turns round.
BIDI = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def line(text: str) -> str:
    """A text on one line, without control characters and without those of the writing direction: one that a phone hands in must not be
    refused when the register takes it."""
    return " ".join(CONTROL.sub(" ", BIDI.sub("", text)).split())


class FieldError(RoomError):
    """A value that a field does not take; its sentence names the field."""

    def __init__(self, field: Field, message: str, **params: Any) -> None:
        super().__init__(message, field=Term(field.label), **params)
        self.name = field.name


def blank() -> dict[str, Value]:
    """A risk in which nothing is filled in yet."""
    return {name: one.empty for name, one in fields().items()}


def check(name: str, value: Any) -> Value:
    """A value as the field keeps it: FieldError, with a sentence that names the field, where it does not take it."""
    field = fields()[name]
    if value is None or value == "":
        value = field.empty
    found = _CHECKS[field.kind](field, value)
    if field.required and not found:
        raise FieldError(field, N_("{field}: please fill this in."))
    return found


def checked(values: Mapping[str, Any], whole: bool = True) -> dict[str, Value]:
    """Every value checked. ``whole``: fields that are absent become empty. RoomError where a name is no field."""
    for name in values:
        if name not in fields():
            raise RoomError(N_("{name} is no field of the register."), name=str(name)[:60])
    found = {name: check(name, values[name] if name in values else None) for name in fields() if whole or name in values}
    if found.get("legal") and not found.get("legal_as_of", "-"):
        found["legal_as_of"] = max(frameworks()[key.split(":")[0]].as_of for key in found["legal"]).isoformat()
    return found


def plain(values: Mapping[str, Value]) -> dict[str, Any]:
    """Values as JSON holds them."""
    return {name: _plain(value) for name, value in values.items()}


def _plain(value: Value) -> Any:
    if isinstance(value, tuple):
        return [dataclasses.asdict(part) if isinstance(part, Evidence) else part for part in value]
    return value


def restore(stored: Mapping[str, Any]) -> dict[str, Value]:
    """Values as they were stored; fields that came later are empty, and what a field does not know any more is left out."""
    found = blank()
    for name, value in stored.items():
        if name in found:
            found[name] = _tuple(fields()[name], value) if isinstance(value, list) else value
    return found


def _tuple(field: Field, value: list[Any]) -> Value:
    return tuple(Evidence(**part) for part in value) if field.kind == "evidence" else tuple(value)


# --- what a field takes ----------------------------------------------------------------------------------------------


def _text(field: Field, value: Any) -> str:
    if not isinstance(value, str):
        raise FieldError(field, N_("{field}: this is not a text."))
    value = BIDI.sub("", value.replace("\r\n", "\n").replace("\r", "\n"))
    if CONTROL.search(value) or (field.kind != "text" and re.search(r"[\n\t]", value)):
        raise FieldError(field, N_("{field}: control characters and, in a line, line breaks are not taken."))
    if len(value) > field.limit:
        raise FieldError(field, N_("{field}: at most {most} characters; this has {n}."), most=field.limit, n=len(value))
    if field.required:
        value = value.strip()
    if value and field.pattern and not re.fullmatch(field.pattern, value):
        raise FieldError(field, N_("{field}: {value} is not of the form A.2 to A.10, such as A.7.4."), value=value)
    return value


def _choice(field: Field, value: Any) -> str:
    if not isinstance(value, str) or (value and value not in field.choices):
        allowed = ", ".join(list(field.choices)[:12]) + (" …" if len(field.choices) > 12 else "")
        raise FieldError(field, N_("{field}: {value} is none of {allowed}."), value=str(value)[:60], allowed=allowed)
    return value


def _many(field: Field, value: Any) -> tuple[str, ...]:
    if not isinstance(value, (list, tuple)) or len(value) > len(field.choices):
        raise FieldError(field, N_("{field}: this is not a list of choices."))
    for one in value:
        _choice(field, one if one else 0)
    return tuple(choice for choice in field.choices if choice in value)


def _whole(field: Field, value: Any) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 1 <= value <= field.limit or value != int(value):
        raise FieldError(field, N_("{field}: a whole number from {low} to {high}, not {value}."), low=1, high=field.limit, value=str(value)[:40])
    return int(value)


def _half(field: Field, value: Any) -> float | None:
    """A median or a spread of whole votes: quarters of a point."""
    if value is None:
        return None
    low = 0 if field.limit < 5 else 1
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= field.limit or value * 4 != int(value * 4):
        text = N_("{field}: a number from {low} to {high} in quarters of a point, not {value}.")
        raise FieldError(field, text, low=low, high=field.limit, value=str(value)[:40])
    return float(value)


def _date(field: Field, value: Any) -> str:
    if isinstance(value, dt.date):
        value = value.isoformat()[:10]
    fits = isinstance(value, str) and (not value or re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value))
    try:
        return dt.date.fromisoformat(value).isoformat() if fits and value else value if fits else _no_date(field, value)
    except ValueError:
        return _no_date(field, value)


def _no_date(field: Field, value: Any) -> str:
    raise FieldError(field, N_("{field}: {value} is no day. Write it as 2026-11-30."), value=str(value)[:40])


def _evidence(field: Field, value: Any) -> tuple[Evidence, ...]:
    fits = isinstance(value, (list, tuple)) and len(value) <= field.limit
    parts = [dataclasses.asdict(part) if isinstance(part, Evidence) else part for part in value] if fits else []
    if not fits or not all(isinstance(part, dict) and _fits(part) for part in parts):
        raise FieldError(field, N_("{field}: at most {most} cards of the lab, as this app exports them."), most=field.limit)
    return tuple(Evidence(**{name: _retyped(name, one) for name, one in part.items()}) for part in parts)


_TYPES = {f.name: f.type for f in dataclasses.fields(Evidence)}


def _fits(part: Mapping[str, Any]) -> bool:
    """Whether a dict is a card: the very fields, each of its type, bounded."""
    if set(part) != set(_TYPES):
        return False
    for name, value in part.items():
        kind = _TYPES[name]
        if kind == "str":
            good = isinstance(value, str) and len(value) <= 160 and not CONTROL.search(value) and not BIDI.search(value) and "\n" not in value
        elif kind == "bool":
            good = isinstance(value, bool)
        elif kind == "int":
            good = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31
        else:
            number = isinstance(value, (int, float)) and not isinstance(value, bool)
            good = (number and abs(value) < 1e12 and math.isfinite(value)) or (value is None and "None" in str(kind))
        if not good:
            return False
    return True


def _retyped(name: str, value: Any) -> Any:
    return float(value) if str(_TYPES[name]).startswith("float") and value is not None else value


_CHECKS = {
    "line": _text,
    "text": _text,
    "choice": _choice,
    "many": _many,
    "scale": _whole,
    "number": _whole,
    "half": _half,
    "date": _date,
    "evidence": _evidence,
}
