"""The typeface that ships: provenance, what it covers, and that Pillow and a PDF really carry its outlines."""

import hashlib
import io
import tomllib

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from pypdf import PdfReader
from reportlab.pdfgen.canvas import Canvas

from genai_core import fonts
from genai_core.fonts import build
from genai_core.messages import paths, read


def test_the_file_is_the_one_whose_provenance_is_told():
    record = tomllib.loads((fonts.FOLDER / "PROVENANCE.toml").read_text("utf-8"))["cjk.ttf"]
    assert hashlib.sha256(fonts.path().read_bytes()).hexdigest() == record["sha256"]
    assert record["source_sha256"] == build.SOURCE_SHA256 and "Apache-2.0" in record["licence"]
    assert "Apache License" in (fonts.FOLDER / "LICENSE.txt").read_text("utf-8")


def test_gb2312_is_whole():
    hanzi = [c for c in build.gb2312() if "\u4e00" <= c <= "\u9fff"]
    assert len(hanzi) == len(set(hanzi)) == 6763 and set(hanzi) <= fonts.covered()


def test_every_message_can_be_printed():
    told = [text for path in paths() for message in read(path) for text in (message.string, message.id)]
    said = {c for text in told for part in ([text] if isinstance(text, str) else text) for c in part}
    lacking = said - fonts.covered() - fonts.INSTEAD.keys() - {"\n"}
    assert lacking == set()


@pytest.mark.parametrize("character", "权衡生é→")
def test_a_character_is_drawn_and_is_not_the_sign_for_a_missing_one(character):
    font = ImageFont.truetype(str(fonts.path()), 48)

    def drawn(c: str) -> np.ndarray:
        picture = Image.new("L", (64, 64))
        ImageDraw.Draw(picture).text((4, 4), c, 255, font)
        return np.asarray(picture)

    assert drawn(character).any() and (drawn(character) != drawn("\U0001f600")).any()


def test_a_pdf_embeds_the_outlines_and_its_text_can_be_read_back():
    made = io.BytesIO()
    canvas = Canvas(made)
    canvas.setFont(fonts.register(), 20)
    canvas.drawString(72, 700, "权衡 balance")
    canvas.save()
    page = PdfReader(made).pages[0]
    assert "权衡 balance" in page.extract_text()
    font = next(iter(page["/Resources"]["/Font"].values())).get_object() if len(page["/Resources"]["/Font"]) == 1 else None
    embedded = [
        f.get_object()["/FontDescriptor"]
        for f in ([font] if font else [f.get_object() for f in page["/Resources"]["/Font"].values()])
        if "/FontDescriptor" in f.get_object()
    ]
    assert any("/FontFile2" in descriptor for descriptor in embedded)


def test_what_the_typeface_lacks_becomes_a_square_that_is_seen():
    assert fonts.printable("龘 ok\n😀") == f"{fonts.MISSING if '龘' not in fonts.covered() else '龘'} ok\n{fonts.MISSING}"
