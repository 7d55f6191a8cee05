"""XLSX: lines of texts in, lines of texts out. Imported only where it is used. Cells are texts, never formulas.

A workbook is a zip of XML: what it unpacks to is bounded before anything reads it, and a document type, which entities need, is refused.
"""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence

from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from genai_core.contracts import N_
from genai_core.errors import RoomError
from genai_core.governance.fields import fields

MOST_PARTS, MOST_UNPACKED = 100, 24 * 2**20
WIDE, NARROW = 42, 16


def write(head: Sequence[str], lines: Sequence[Sequence[str]], t: Callable[..., str]) -> bytes:
    """A workbook with the register, and a second sheet that says what each column means in the reader's language."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("register")
    sheet.freeze_panes = "C2"
    for place, name in enumerate(head, 1):
        long = name in fields() and fields()[name].kind in ("text", "evidence") or name == "title"
        sheet.column_dimensions[get_column_letter(place)].width = WIDE if long else NARROW
    sheet.append([_cell(sheet, name, bold=True) for name in head])
    for line in lines:
        sheet.append([_cell(sheet, _spelled(text)) for text in line])
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(head))}{len(lines) + 1}"
    words = book.create_sheet("fields")
    words.column_dimensions["A"].width, words.column_dimensions["B"].width, words.column_dimensions["C"].width = 24, 32, 90
    for name, field in fields().items():
        choices = "; ".join(f"{key} = {t(label)}" for key, label in field.choices.items())
        words.append([_cell(words, text) for text in (name, t(field.label), "\n".join(filter(None, (t(field.help), choices))))])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _cell(sheet: object, text: str, bold: bool = False) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, text or None)
    if text:
        cell.data_type = "s"
    cell.alignment = Alignment(vertical="top", wrap_text=True)
    if bold:
        cell.font = Font(bold=True)
    return cell


def _spelled(text: str) -> str:
    """A text as a workbook spells it: there ``_x0041_`` means A (ECMA-376, 22.9.2.19), so that what only looks so is spelled out."""
    return re.sub("_(?=x[0-9A-Fa-f]{4}_)", "_x005F_", text)


def _unspelled(text: str) -> str:
    return re.sub("_x([0-9A-Fa-f]{4})_", lambda found: chr(int(found[1], 16)), text)


def read(data: bytes, most_rows: int, most_columns: int) -> Iterator[list[str]]:
    """The lines of the first sheet. RoomError for what is no workbook, too large, or holds a formula."""
    _bounded(data, most_rows + 50)
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, keep_links=False)
        sheet = book.worksheets[0]
        # One column more than may be, so that what is too much is seen.
        rows = [list(row) for row in sheet.iter_rows(max_row=most_rows + 50, max_col=most_columns + 1)]
    except RoomError:
        raise
    except Exception as error:  # openpyxl answers a damaged file with whatever it stumbles over
        raise RoomError(N_("The file is no workbook that can be read. Save it as XLSX once more, or as CSV.")) from error
    for number, row in enumerate(rows, 1):
        texts = [_text(cell, number) for cell in row]
        last = max((place for place, text in enumerate(texts, 1) if text), default=0)
        yield texts[:last]


def _text(cell: object, row: int) -> str:
    value = getattr(cell, "value", None)
    kind = getattr(cell, "data_type", "n")
    if value is None:
        return ""
    if kind in ("f", "e") or isinstance(value, bool) or not isinstance(value, (str, int, float, dt.date)):
        column = getattr(cell, "column_letter", "") or get_column_letter(getattr(cell, "column", 1))
        text = N_("Row {row}, column {column}: a formula, an error or a truth value is not taken. Write it as text.")
        raise RoomError(text, row=row, column=column)
    if isinstance(value, dt.date):
        return value.isoformat()[:10]
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return _unspelled(value) if isinstance(value, str) else str(value)


def _bounded(data: bytes, last: int) -> None:
    """RoomError where the zip unpacks to too much, any XML in it declares a type, or a row lies below ``last``: a reader would
    make every row up to it."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
                raise RoomError(N_("The workbook unpacks to more than a register can be. Nothing was taken from it."))
            for part in parts:
                content = archive.read(part)  # no more than file_size, whatever the compressed data would give
                if b"<!" in content.replace(b"\0", b"").replace(b"<!--", b"").replace(b"<![CDATA[", b""):
                    raise RoomError(N_("The workbook declares XML entities, which no register needs. Nothing was taken from it."))
                far = max((int(n) for n in re.findall(rb'<(?:\w+:)?row\b[^>]{0,300}?\br="([0-9]{1,9})"', content)), default=0)
                if far > last:
                    raise RoomError(N_("The sheet goes down to row {row}: a register ends at row {most}. Delete the rows below."), row=far, most=last)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError, zlib.error) as error:
        raise RoomError(N_("The file is no workbook that can be read. Save it as XLSX once more, or as CSV.")) from error
