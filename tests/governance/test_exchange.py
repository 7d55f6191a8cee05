"""Registers as files: what goes out comes back exactly, nothing that goes out is a formula, and nothing hostile comes in."""

import csv
import datetime as dt
import io
import json
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from genai_core.errors import RoomError
from genai_core.governance import exchange, values
from genai_core.governance.fields import Evidence, fields
from genai_core.governance.register import MOST_RISKS, Risk
from genai_core.i18n import translator

AT = dt.datetime(2026, 11, 28, tzinfo=dt.UTC)
T = translator("zh")
PREFIXES = ["", "=", "+", "-", "@", "\t", "＝", "＋", "－", "＠", "'", "''", "'=", " =", "\u200b=", "|", "%", "\n=", "_x0041_", "#N/A", '"', ",", ";"]
HOSTILE = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", "＋1", "－1", "＠a", " =1", "\u200b=1", "\u3000=1", "|calc", "%0A=1", "\n=1"]


def strings(field):
    free = st.text(st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters="\u2028\u2029\ufffe\uffff"), max_size=24)
    if field.kind == "text":
        free = st.one_of(free, st.text(st.sampled_from("a =+\n\t'\",;é中😀"), max_size=24))
    gone = {} if field.kind == "text" else {9: None, 10: None}
    found = st.builds(lambda prefix, text: (prefix + text).translate(gone)[: field.limit], st.sampled_from(PREFIXES), free)
    return found.map(lambda text: "x" + text.strip() if field.required else text)


CARD = st.builds(
    Evidence,
    **{name: st.text(st.sampled_from("a=+'\",中 "), max_size=8) for name in ("experiment", "title", "run", "model", "metric", "control")},
    **{name: st.integers(0, 99) for name in ("seed", "seeds")},
    **{name: st.floats(-1e6, 1e6, allow_nan=False) for name in ("value", "control_value")},
    **{name: st.none() | st.floats(-1e6, 1e6, allow_nan=False) for name in ("low", "high", "control_low", "control_high")},
    **{name: st.booleans() for name in ("shown", "passed", "live")},
)


def one(field):
    if field.kind in ("line", "text"):
        return st.just("A.7.4") if field.pattern else strings(field)
    if field.kind == "choice":
        return st.sampled_from(["", *field.choices])
    if field.kind == "many":
        return st.lists(st.sampled_from(list(field.choices)), max_size=3)
    if field.kind in ("scale", "number"):
        return st.none() | st.integers(1, field.limit)
    if field.kind == "half":
        return st.none() | st.integers(4, 16).map(lambda n: n / 4)
    if field.kind == "date":
        return st.just("") | st.dates().map(str)
    return st.lists(CARD, max_size=2)


DRAFTS = st.fixed_dictionaries({name: one(field) for name, field in fields().items()}).map(values.checked)


def risk(number, draft):
    return Risk(number, 1, draft, AT, AT, "")


@pytest.mark.parametrize("kind", exchange.FORMATS)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(drafts=st.lists(DRAFTS, min_size=1, max_size=2))
def test_what_is_exported_is_imported_exactly(kind, drafts):
    risks = [risk(number, draft) for number, draft in enumerate(drafts, 3)]
    found = exchange.read(exchange.export(risks, kind, T))
    assert [(number, dict(draft)) for number, draft in found.drafts] == [(r.number, dict(r.values)) for r in risks]


@settings(max_examples=200, deadline=None)
@given(text=st.builds(str.__add__, st.sampled_from(PREFIXES), st.text(max_size=12)))
def test_a_guard_comes_off_as_it_went_on(text):
    assert exchange.restored(exchange.guarded(text)) == text


@pytest.mark.parametrize("hostile", HOSTILE)
def test_no_cell_that_goes_out_is_a_formula(hostile):
    draft = values.checked({"title": "t", "description": hostile, "owner": hostile.strip("\t\r\n")})
    line = list(csv.reader(io.StringIO(exchange.export([risk(1, draft)], "csv", T).decode("utf-8-sig"))))[1]
    assert all(not exchange.risky(cell) or cell.startswith("'") for cell in line)
    assert line[exchange.columns().index("description")].startswith("'")
    sheet = load_workbook(io.BytesIO(exchange.export([risk(1, draft)], "xlsx", T)))["register"]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value is not None} == {"s"}
    assert sheet.cell(2, exchange.columns().index("description") + 1).value.startswith("'")


def table(*rows):
    out = io.StringIO()
    csv.writer(out).writerows([["title", "owner", "inherent_likelihood", "due", "evidence", "legal"], *rows])
    return out.getvalue().encode()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "no risk"),
        (b"title\n", "no risk"),
        (b"a,b\n1,2\n", "Row 1: a is no column"),
        (b"title,title\nx,y\n", "each once"),
        (b"owner\nx\n", "title"),
        (b"title\nx\nx,y\n", "Row 3 has 2 cells"),
        (b'title\n"x\n', "no valid CSV"),
        (b"title\nx\0\n", "binary"),
        (b"\x89PNG\r\n\x1a\n\xff", "neither XLSX"),
        (b"\xff\xfet\0i\0", "neither XLSX"),
        (b"PK\x03\x04 no zip", "no workbook"),
        (b"{", "no valid JSON"),
        (b"[" * 5000, "no valid JSON"),
        (b'{"risks": [1]}', "no register"),
        (b'{"format": "genai-balance/register", "risks": [1]}', "Row 1 is no risk"),
        (b'{"format": "genai-balance/register", "risks": [{"title": "x", "priority": NaN}]}', "Row 1: Priority"),
        (b'{"format": "genai-balance/register", "risks": [{"title": "x", "votes_n": true}]}', "Row 1: Number of votes"),
        (b'{"format": "genai-balance/register", "risks": [{"title": "x", "boss": 1}]}', "Row 1: boss is no field"),
        (b'{"format": "genai-balance/register", "risks": [{"title": "x", "evidence": [{"run": {}}]}]}', "Row 1: Evidence"),
        (b"title\n" + b"x\n" * (MOST_RISKS + 1), f"Row {MOST_RISKS + 2}: a register holds"),
        (b"title\n" + b"x" * 30_000, "Row 2, title"),
        (b"x" * (exchange.MOST_BYTES + 1), "more than 2 MB"),
        (table(["x", "", "6", "", "", ""]), "Row 2: Inherent likelihood"),
        (table(["x", "", "2.5", "", "", ""]), "Row 2: Inherent likelihood"),
        (table(["x", "", "1e999", "", "", ""]), "Row 2: Inherent likelihood"),
        (table(["x", "", "=1+1", "", "", ""]), "Row 2: Inherent likelihood"),
        (table(["fine"] + [""] * 5, ["", "Ada", "", "", "", ""]), "Row 3: Title"),
        (table(["x", "", "", "2026-02-30", "", ""]), "Row 2: Due"),
        (table(["x", "", "", "", "[" * 4000, ""]), "Row 2: Evidence"),
        (table(["x", "", "", "", "", "eu:50; de:1"]), "Row 2: Legal references"),
        (table(["x" * 121, "", "", "", "", ""]), "Row 2: Title: at most 120"),
        (table(["x", "a\x07b", "", "", "", ""]), "Row 2: Owner"),
    ],
)
def test_what_cannot_be_taken_is_said_with_its_row_and_field(data, sentence):
    with pytest.raises(RoomError) as raised:
        exchange.read(data)
    assert sentence in str(raised.value)


def test_a_file_of_somebodys_own_needs_only_a_title():
    found = exchange.read("\ufefftitle,owner\r\n\r\n 泄露 ,'s-Gravenhage\r\n".encode())
    ((number, draft),) = found.drafts
    assert (number, draft["title"], draft["owner"]) == (None, "泄露", "'s-Gravenhage")


@pytest.mark.parametrize("mark", ";\t")
def test_other_separators_are_read(mark):
    ((_, draft),) = exchange.read(f"title{mark}owner\n\"a, b\"{mark}Ada\n".encode()).drafts
    assert (draft["title"], draft["owner"]) == ("a, b", "Ada")


def book(change):
    made = Workbook()
    made.active.append(["title", "priority", "due"])
    made.active.append(["x", 3, dt.date(2026, 12, 1)])
    change(made.active)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def test_numbers_and_days_that_somebody_typed_into_a_sheet_are_read():
    ((_, draft),) = exchange.read(book(lambda sheet: None)).drafts
    assert (draft["priority"], draft["due"]) == (3, "2026-12-01")


@pytest.mark.parametrize("value", ["=1+1", True, "#REF!"])
def test_a_formula_in_a_sheet_is_refused_with_its_place(value):
    with pytest.raises(RoomError, match="Row 2, column A"):
        exchange.read(book(lambda sheet: sheet.cell(2, 1, value)))


def test_a_far_cell_does_not_make_a_million_rows():
    with pytest.raises(RoomError, match="down to row 1000000"):
        exchange.read(book(lambda sheet: sheet.cell(1_000_000, 1, "far")))


def packed(**parts):
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book(lambda sheet: None))) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for item in old.infolist():
            new.writestr(item.filename, parts.pop(item.filename, None) or old.read(item))
        for name, content in parts.items():
            new.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        ({"xl/media/bomb.bin": b"\0" * (30 * 2**20)}, "unpacks to more"),
        ({"xl/workbook.xml": b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'}, "entities"),
        ({"xl/worksheets/sheet1.xml": '<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'.encode("utf-16")}, "entities"),
        ({"xl/worksheets/sheet1.xml": b"<worksheet>"}, "no workbook"),
        ({f"xl/{n}": b"x" for n in range(120)}, "unpacks to more"),
    ],
)
def test_a_workbook_that_unpacks_to_harm_is_refused(parts, sentence):
    with pytest.raises(RoomError) as raised:
        exchange.read(packed(**parts))
    assert sentence in str(raised.value)


def test_json_holds_bands_for_a_reader_and_takes_them_from_nobody():
    draft = values.checked({"title": "x", "inherent_likelihood": 5, "inherent_impact": 5})
    data = json.loads(exchange.export([risk(1, draft)], "json", T))
    assert data["risks"][0]["inherent_band"] == "extreme"
    data["risks"][0]["inherent_band"] = "low"
    assert exchange.read(json.dumps(data).encode()).drafts[0][1] == draft
