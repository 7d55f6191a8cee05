"""A report as a PDF: A4, its typeface embedded, figures as vectors, an outline to find one's way. Torch-free."""

from __future__ import annotations

import io
from typing import Any
from xml.sax.saxutils import escape

from PIL import Image

from genai_core import fonts
from genai_core.report import Block, Chart, Document, Facts, Grid, Heading, Picture, Text
from genai_core.report.drawing import flowable

MARGIN = 54.0
MOST_WIDE = 1200  # pixels across of a picture
PLACE = 260.0  # points that a part needs to begin on a page


def render(document: Document) -> bytes:
    """The document as PDF 1.4. Characters that the typeface lacks become a white square."""
    from reportlab.lib.pagesizes import A4
    from reportlab.platypus import Paragraph, Spacer

    made = io.BytesIO()
    styles = _styles(document.language)
    paper = _paper(made, document, A4)
    width = A4[0] - 2 * MARGIN
    story: list[Any] = [Paragraph(_safe(document.title), styles["title"]), Paragraph(_safe(document.subtitle), styles["note"]), Spacer(1, 12)]
    for block in document.blocks:
        story += _flowables(block, styles, width)
    paper.build(story)
    return made.getvalue()


def _safe(text: str) -> str:
    return escape(fonts.printable(text)).replace("\n", "<br/>")


def _paper(made: io.BytesIO, document: Document, size: tuple[float, float]) -> Any:
    from reportlab.platypus import SimpleDocTemplate

    font = fonts.register()

    class Paper(SimpleDocTemplate):
        """Numbers its pages, and puts every heading into the outline."""

        def afterFlowable(self, part: Any) -> None:  # noqa: N802 - reportlab's name
            level = getattr(part, "outline", None)
            if level in (0, 1):
                key = f"part {self.seq.next('part')}"
                self.canv.bookmarkPage(key)
                self.canv.addOutlineEntry(part.getPlainText(), key, level, closed=level > 0)

    def foot(canvas: Any, paper: Any) -> None:
        canvas.saveState()
        canvas.setFont(font, 8)
        canvas.setFillGray(0.4)
        canvas.drawString(MARGIN, 30, fonts.printable(document.foot))
        canvas.drawRightString(size[0] - MARGIN, 30, str(paper.page))
        canvas.restoreState()

    language = {"zh": "zh-CN"}.get(document.language, document.language)
    paper = Paper(
        made, pagesize=size, leftMargin=MARGIN, rightMargin=MARGIN, topMargin=MARGIN, bottomMargin=MARGIN,
        title=document.title, author="GenAI in the Balance", lang=language, initialFontName=font,
    )  # fmt: skip
    build = paper.build
    paper.build = lambda story: build(story, onFirstPage=foot, onLaterPages=foot)
    return paper


def _styles(language: str) -> dict[str, Any]:
    from reportlab.lib.colors import HexColor
    from reportlab.lib.styles import ParagraphStyle

    wrap = {"wordWrap": "CJK"} if language == "zh" else {"splitLongWords": True}
    base = ParagraphStyle("body", fontName=fonts.register(), fontSize=10, leading=15, spaceAfter=6, textColor=HexColor("#1F2328"), **wrap)

    def style(name: str, **more: Any) -> Any:
        return ParagraphStyle(name, parent=base, **more)

    return {
        "body": base,
        "lead": style("lead", fontSize=11.5, leading=17, keepWithNext=1),
        "note": style("note", fontSize=8.5, leading=12, textColor=HexColor("#57606A")),
        "cell": style("cell", fontSize=8.5, leading=12, spaceAfter=0),
        "head": style("head", fontSize=8.5, leading=12, spaceAfter=0, textColor=HexColor("#8A2B08")),
        "title": style("title", fontSize=24, leading=30, spaceAfter=4),
        "h1": style("h1", fontSize=17, leading=22, spaceBefore=18, spaceAfter=6, textColor=HexColor("#B8390E"), keepWithNext=1),
        "h2": style("h2", fontSize=13, leading=18, spaceBefore=14, spaceAfter=4, keepWithNext=1),
        "h3": style("h3", fontSize=11, leading=15, spaceBefore=8, spaceAfter=3, keepWithNext=1),
    }


def _flowables(block: Block, styles: dict[str, Any], width: float) -> list[Any]:
    from reportlab.platypus import CondPageBreak, Paragraph, Spacer
    from reportlab.platypus import Image as Raster

    match block:
        case Heading(text, level):
            heading = Paragraph(_safe(text), styles[f"h{level}"])
            heading.outline = level - 1
            return [CondPageBreak(PLACE), heading] if level == 1 else [heading]
        case Text(text, kind):
            return [Paragraph(_safe(text), styles[kind])]
        case Facts(rows):
            return _table([], rows, (0.3, 0.7), styles, width)
        case Grid(head, rows, widths):
            return _table(head, rows, widths, styles, width)
        case Chart(drawing, _):
            return [flowable(drawing, fonts.register(), width), Spacer(1, 8)]
        case Picture(png, _, share):
            across, high, crisp = _crisp(png)
            return [Raster(io.BytesIO(crisp), width * share, width * share * high / across, hAlign="LEFT"), Spacer(1, 8)]


def _crisp(png: bytes) -> tuple[int, int, bytes]:
    """A small raster made large by whole pixels: viewers smooth a small one."""
    with Image.open(io.BytesIO(png)) as picture:
        times = max(1, MOST_WIDE // max(1, picture.width))
        large = picture.resize((picture.width * times, picture.height * times), Image.Resampling.NEAREST)
        made = io.BytesIO()
        large.save(made, "PNG", optimize=False)
        return large.width, large.height, made.getvalue()


def _table(head: Any, rows: Any, widths: tuple[float, ...], styles: dict[str, Any], width: float) -> list[Any]:
    from reportlab.lib.colors import HexColor
    from reportlab.platypus import Paragraph, Spacer, Table

    if not rows:
        return []
    cells = [[Paragraph(_safe(name), styles["head"]) for name in head]] if head else []
    cells += [[Paragraph(_safe(cell), styles["cell"]) for cell in row] for row in rows]
    table = Table(cells, [width * share for share in widths], repeatRows=1 if head else 0, splitInRow=1)
    face = styles["cell"].fontName  # else the table names Helvetica, which is not in the file
    every = (0, 0), (-1, -1)
    table.setStyle(
        [
            ("FONTNAME", *every, face),
            ("VALIGN", *every, "TOP"),
            ("LINEBELOW", *every, 0.4, HexColor("#D8DCE1")),
            ("LEFTPADDING", *every, 0),
        ]
    )
    return [table, Spacer(1, 8)]
