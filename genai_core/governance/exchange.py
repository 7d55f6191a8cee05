"""A register as a file and back: CSV, JSON, XLSX. What was exported is imported exactly; a foreign file is taken whole or not at all.

No cell is a formula: a text that a spreadsheet might take for one goes out behind an apostrophe, as spreadsheets write text, and the
apostrophe is taken off on the way in. Torch-free.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from genai_core.contracts import N_
from genai_core.errors import RoomError
from genai_core.governance import values
from genai_core.governance.fields import Field, Value, fields
from genai_core.governance.register import MOST_RISKS, Risk

Format = Literal["csv", "json", "xlsx"]
FORMATS: dict[Format, str] = {
    "csv": "text/csv",
    "json": "application/json",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
MOST_BYTES = 2 * 2**20
MOST_CELL = 20_000
MARK = "genai-balance/register"
STARTS = frozenset("=+-@|%\t\r\n＝＋－＠")  # with which a spreadsheet begins a formula or a command, or which it skips before one
BANDS = ("inherent_band", "residual_band")  # for the reader of a file; on the way in they are looked up anew
JUNK = "\ufeff"


@dataclass(frozen=True)
class Incoming:
    """Risks of a file, checked: each with its number there, if any. ``digest``: of the file, so that it is added once."""

    drafts: tuple[tuple[int | None, Mapping[str, Value]], ...]
    digest: str


def columns() -> tuple[str, ...]:
    return ("number", *fields(), *BANDS)


def export(risks: Sequence[Risk], kind: Format, t: Callable[..., str]) -> bytes:
    """The risks as a file. ``t``: message -> the reader's language, for the sheet that explains the fields."""
    if kind == "json":
        rows = [{"number": risk.number, **values.plain(risk.values), **_bands(risk)} for risk in risks]
        return json.dumps({"format": MARK, "version": 1, "risks": rows}, ensure_ascii=False, indent=1).encode()
    lines = [[guarded(cell) for cell in cells(risk)] for risk in risks]
    if kind == "xlsx":
        from genai_core.governance import sheets

        return sheets.write(columns(), lines, t)
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerows([columns(), *lines])
    return (JUNK + out.getvalue()).encode()  # by the mark at its start Excel knows UTF-8


def read(data: bytes) -> Incoming:
    """The risks of a file, whichever of the three it is. RoomError, with row and field, for whatever cannot be taken."""
    if len(data) > MOST_BYTES:
        raise RoomError(N_("The file has more than {most} MB. A register of {risks} risks is smaller."), most=MOST_BYTES // 2**20, risks=MOST_RISKS)
    if data.startswith(b"PK"):
        from genai_core.governance import sheets

        found = _rows(sheets.read(data, MOST_RISKS, len(columns())))
    else:
        try:
            text = data.decode("utf-8").removeprefix(JUNK)
        except UnicodeDecodeError as error:
            raise RoomError(N_("The file is neither XLSX nor text in UTF-8. Save it as CSV in UTF-8, as JSON or as XLSX.")) from error
        found = _json(text) if text.lstrip().startswith(("{", "[")) else _rows(_csv(text))
    if not found:
        raise RoomError(N_("The file holds no risk."))
    return Incoming(tuple(found), hashlib.sha256(data).hexdigest())


# --- cells -----------------------------------------------------------------------------------------------------------


def risky(text: str) -> bool:
    """Whether a spreadsheet might take a text for a formula: by its first character, or by the first that is not blank."""
    if not text:
        return False
    bare = next((c for c in text if not c.isspace() and unicodedata.category(c) != "Cf"), "")  # Cf: marks that show nothing
    return text[0] in STARTS or bare in STARTS or bare == "'"


def guarded(text: str) -> str:
    return "'" + text if risky(text) else text


def restored(text: str) -> str:
    """What ``guarded`` was given. An apostrophe that guards nothing stays."""
    return text[1:] if text.startswith("'") and risky(text[1:]) else text


def cells(risk: Risk) -> list[str]:
    """A risk as a line of texts."""
    line = [str(risk.number)]
    for name, field in fields().items():
        value = risk.values[name]
        if field.kind == "many":
            line.append("; ".join(value))
        elif field.kind == "evidence":
            line.append(json.dumps(values.plain({name: value})[name], ensure_ascii=False, separators=(",", ":")) if value else "")
        else:
            line.append("" if value is None else str(value))
    return line + list(_bands(risk).values())


def _bands(risk: Risk) -> dict[str, str]:
    return {"inherent_band": risk.band() or "", "residual_band": risk.band("residual") or ""}


def _parsed(field: Field, text: str) -> Any:
    """A cell's text as the field's check wants it; what is no number stays text, for the check to name."""
    if text == "":
        return None
    if field.kind == "many":
        return [part.strip() for part in text.split(";") if part.strip()]
    if field.kind in ("scale", "number", "half"):
        try:
            return float(text) if len(text) < 24 else text
        except ValueError:
            return text
    if field.kind == "evidence":
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return text
    return text


# --- lines -----------------------------------------------------------------------------------------------------------


def _csv(text: str) -> Iterable[list[str]]:
    if "\0" in text:
        raise RoomError(N_("The file is no table of text: it holds binary data."))
    first = text.lstrip().partition("\n")[0]
    mark = max(",;\t", key=first.count)  # spreadsheets of some countries write semicolons
    try:
        yield from csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=mark)
    except csv.Error as error:
        raise RoomError(N_("The file is no valid CSV: a quotation mark or a line end is out of place, or a cell is too long.")) from error


def _rows(lines: Iterable[Sequence[str]]) -> list[tuple[int | None, dict[str, Value]]]:
    found: list[tuple[int | None, dict[str, Value]]] = []
    head: list[str] = []
    for row, line in enumerate(lines, 1):
        if not head:
            head = _head(line)
            continue
        if not any(cell.strip() for cell in line):
            continue
        if len(found) >= MOST_RISKS:
            raise RoomError(N_("Row {row}: a register holds {most} risks, and the file has more."), row=row, most=MOST_RISKS)
        if len(line) > len(head):
            raise RoomError(N_("Row {row} has {n} cells, and the first row names {most}."), row=row, n=len(line), most=len(head))
        named = dict(zip(head, line, strict=False))
        for name, cell in named.items():
            if len(cell) > MOST_CELL:
                raise RoomError(N_("Row {row}, {name}: the cell is longer than {most} characters."), row=row, name=name, most=MOST_CELL)
        given = {name: restored(cell) for name, cell in named.items()}
        number = _number(given.get("number", ""), row)
        found.append((number, _checked({n: _parsed(fields()[n], cell) for n, cell in given.items() if n in fields()}, row)))
    return found


def _head(line: Sequence[str]) -> list[str]:
    head = [cell.strip() for cell in line]
    for name in head:
        if name not in columns():
            raise RoomError(N_("Row 1: {name} is no column of a register. An exported file shows which there are."), name=name[:60] or "–")
    if len(set(head)) < len(head) or "title" not in head:
        raise RoomError(N_("Row 1 must name the columns, each once, and “title” among them."))
    return head


def _number(text: Any, row: int) -> int | None:
    if text in ("", None):
        return None
    text = str(text)
    if not (text.isascii() and text.isdecimal() and len(text) <= 6 and int(text) > 0):
        raise RoomError(N_("Row {row}, {name}: {value} is no number of a risk."), row=row, name="number", value=text[:40])
    return int(text)


def _checked(given: Mapping[str, Any], row: int) -> dict[str, Value]:
    try:
        return values.checked(given)
    except RoomError as error:
        raise RoomError(N_("Row {row}: {problem}"), row=row, problem=error) from error


def _json(text: str) -> list[tuple[int | None, dict[str, Value]]]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise RoomError(N_("The file is no valid JSON.")) from error
    risks = data.get("risks") if isinstance(data, dict) and data.get("format") == MARK else None
    if not isinstance(risks, list):
        raise RoomError(N_("The file is JSON, but no register that this app has exported."))
    if len(risks) > MOST_RISKS:
        raise RoomError(N_("Row {row}: a register holds {most} risks, and the file has more."), row=MOST_RISKS + 1, most=MOST_RISKS)
    found = []
    for row, risk in enumerate(risks, 1):
        if not isinstance(risk, dict):
            raise RoomError(N_("Row {row} is no risk."), row=row)
        given = {name: value for name, value in risk.items() if name not in ("number", *BANDS)}
        found.append((_number(risk.get("number"), row), _checked(given, row)))
    return found
