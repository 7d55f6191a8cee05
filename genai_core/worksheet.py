"""A sheet of handwritten problems: as a PDF to print, and as the picture of its first page. Torch-free; reportlab is imported
when a PDF is made.

Both are drawn by one layout on two canvases, in points from the upper left corner of an A4 page, so that what is seen is what is
printed. Only the digits come from a model: operators, lines and words are strokes and type.
"""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from genai_core import aigc_label, fonts
from genai_core.arithmetic import Problem

WIDTH, HEIGHT, MARGIN = 595.28, 841.89, 46.0
TOP, FOOT = 128.0, 72.0  # where the problems begin, and what is left below them
INK, GREY, RISK = "#1B2A55", "#5B6472", "#B91C1C"  # handwriting, small print, what a reader misread
FINE = 3  # pixels for one of the model's
FAINT, STROKE = 24, 90  # of 255: fainter pixels are left out, and columns without a stroke are no part of a digit
GAP = 7  # fine pixels between two digits
DIGIT = 27.0  # points of a digit's height, margins of the picture included
SIGN = 9.0  # points of an operator
ANSWER = 50.0  # points that are left for an answer at least
PICTURE = 1.6  # pixels a point
PRODUCER = "GenAI in the Balance"


@dataclass(frozen=True)
class Doubt:
    """A digit that the second reader misreads: the problem's place, the digit's, what was asked for and what it was taken for."""

    problem: int
    digit: int
    asked: int
    taken: int


@dataclass(frozen=True)
class Sheet:
    """Problems with the digits of each, uint8 (n, 28, 28), ink high. ``rate``: the share that the second reader misreads of digits
    made in the same way, with its 95 % interval."""

    problems: Sequence[Problem]
    digits: Sequence[np.ndarray]
    number: int
    level: int
    doubts: Sequence[Doubt] = ()
    rate: Sequence[float] = field(default_factory=lambda: (0.0, 0.0, 1.0))

    @property
    def written(self) -> int:
        return sum(len(images) for images in self.digits)


class Canvas(Protocol):
    """What a page is drawn on; y runs down."""

    def text(self, x: float, y: float, words: str, size: float, hue: str = "#111111", right: bool = False) -> None: ...

    def line(self, x0: float, y0: float, x1: float, y1: float, width: float = 0.8, hue: str = "#111111") -> None: ...

    def ink(self, x: float, y: float, height: float, alpha: np.ndarray) -> float: ...


def ink(images: np.ndarray) -> tuple[np.ndarray, list[tuple[int, int]]]:
    """Digits (n, 28, 28) side by side as ink, uint8 (84, W) in 16 levels, with the columns that each takes: as wide as its
    strokes."""
    parts, places, at = [], [], 0
    for image in images:
        large = np.asarray(Image.fromarray(image).resize((28 * FINE, 28 * FINE), Image.Resampling.LANCZOS))
        large = np.where(large < FAINT, 0, large // 16 * 17).astype(np.uint8)
        columns = np.flatnonzero((large > STROKE).any(0))
        low, high = (int(columns[0]), int(columns[-1]) + 1) if len(columns) else (7 * FINE, 21 * FINE)
        low, high = max(low - 2, 0), min(high + 2, large.shape[1])
        parts += [large[:, low:high], np.zeros((28 * FINE, GAP), np.uint8)]
        places.append((at, at + high - low))
        at += high - low + GAP
    return np.concatenate(parts[:-1], axis=1), places


def halves(problem: Problem, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The digits of the first number, and those of the second."""
    first = len(str(problem.a))
    return images[:first], images[first:]


# --- the layout ------------------------------------------------------------------------------------------------------


def operator(canvas: Canvas, kind: str, x: float, y: float, size: float = SIGN) -> None:
    """The strokes of an operation, or of ``equals``, around the middle (x, y)."""
    r, width = size / 2, max(1.1, size / 8)
    if kind == "plus":
        canvas.line(x, y - r, x, y + r, width)
    if kind in ("plus", "minus"):
        canvas.line(x - r, y, x + r, y, width)
    if kind == "times":
        canvas.line(x - 0.7 * r, y - 0.7 * r, x + 0.7 * r, y + 0.7 * r, width)
        canvas.line(x - 0.7 * r, y + 0.7 * r, x + 0.7 * r, y - 0.7 * r, width)
    if kind == "equals":
        for lift in (-0.4, 0.4):
            canvas.line(x - r, y + lift * r, x + r, y + lift * r, width)


def written(
    canvas: Canvas, problem: Problem, images: np.ndarray, x: float, y: float, height: float
) -> tuple[float, list[tuple[float, float]]]:
    """A problem from (x, y) on, up to its equals sign. Returns where that ends, and where each digit begins and ends."""
    places: list[tuple[float, float]] = []
    scale, sign = height / (28 * FINE), SIGN * height / DIGIT
    for i, part in enumerate(halves(problem, images)):
        alpha, found = ink(part)
        places += [(x + a * scale, x + b * scale) for a, b in found]
        x = canvas.ink(x, y, height, alpha)
        x += 1.2 * sign
        operator(canvas, "equals" if i else problem.operation, x, y + height / 2, sign)
        x += 1.2 * sign
    return x, places


def length(problem: Problem, images: np.ndarray, height: float) -> float:
    """How far a problem reaches when its digits are so high."""
    columns = sum(ink(part)[0].shape[1] for part in halves(problem, images))
    return columns * height / (28 * FINE) + 4.8 * SIGN * height / DIGIT


def _page(canvas: Canvas, sheet: Sheet, t: Any, marks: bool) -> None:
    canvas.text(MARGIN, 66, t("Practice sheet"), 24)
    canvas.text(WIDTH - MARGIN, 66, t("No. {n} · level {level}", n=sheet.number, level=sheet.level), 11, GREY, right=True)
    x = MARGIN
    for words, width in ((t("Name"), 205), (t("Date"), 130), (t("Score"), 92)):
        canvas.text(x, 100, words, 11)
        canvas.line(x + 42, 102, x + width - 8, 102, 0.6, GREY)
        x += width
    canvas.text(x, 100, t("of {n}", n=len(sheet.problems)), 11)
    rows = -(-len(sheet.problems) // 2)
    high = min((HEIGHT - TOP - FOOT) / rows, 118.0)
    middle = (WIDTH - 2 * MARGIN) / 2
    for i, (problem, images) in enumerate(zip(sheet.problems, sheet.digits, strict=True)):
        x, y = MARGIN + middle * (i // rows), TOP + high * (i % rows)
        canvas.text(x + 20, y + 18, f"{i + 1}.", 10, GREY, right=True)
        room = middle - 27 - 14 - ANSWER
        size = DIGIT * min(1.0, room / length(problem, images, DIGIT))
        end, places = written(canvas, problem, images, x + 27, y + (DIGIT - size) / 2, size)
        canvas.line(end + 3, y + 23, x + middle - 14, y + 23, 0.7, GREY)
        for doubt in sheet.doubts if marks else ():
            if doubt.problem == i:
                a, b = places[doubt.digit]
                canvas.line(a - 1, y + DIGIT + 2, b + 1, y + DIGIT + 2, 2.2, RISK)
    _foot(canvas, sheet, t)


def _answers(canvas: Canvas, sheet: Sheet, t: Any) -> None:
    canvas.text(MARGIN, 66, t("Answers"), 24)
    canvas.text(WIDTH - MARGIN, 66, t("No. {n} · level {level}", n=sheet.number, level=sheet.level), 11, GREY, right=True)
    rows = -(-len(sheet.problems) // 2)
    for i, problem in enumerate(sheet.problems):
        x, y = MARGIN + (WIDTH - 2 * MARGIN) / 2 * (i // rows), 112 + 26 * (i % rows)
        canvas.text(x + 20, y, f"{i + 1}.", 12, GREY, right=True)
        canvas.text(x + 27, y, f"{problem.text} = {problem.answer}", 12)
    y = 112 + 26 * rows + 24
    canvas.text(MARGIN, y, t("Digits to look at"), 14)
    for i, words in enumerate(notes(sheet, t)):
        canvas.text(MARGIN, y + 22 + 17 * i, words, 10.5)
    _foot(canvas, sheet, t)


def notes(sheet: Sheet, t: Any) -> list[str]:
    """What the second reader misreads, a line each; one line where it misreads nothing."""
    if not sheet.doubts:
        return [t("The second reader misreads none of the {n} digits of this sheet.", n=sheet.written)]
    most = 14
    found = [
        t("Problem {n}: the {asked} may be read as a {taken}.", n=d.problem + 1, asked=d.asked, taken=d.taken)
        for d in sheet.doubts[:most]
    ]
    more = len(sheet.doubts) - most
    return found + ([t("And {n} more.", n=more)] if more > 0 else [])


def _foot(canvas: Canvas, sheet: Sheet, t: Any) -> None:
    canvas.line(MARGIN, HEIGHT - 56, WIDTH - MARGIN, HEIGHT - 56, 0.5, GREY)
    value, low, high = sheet.rate
    canvas.text(MARGIN, HEIGHT - 41, t("AI-generated: the handwriting was drawn by a model."), 10)
    canvas.text(
        MARGIN, HEIGHT - 27,
        t(
            "Misread by a reader that did not choose them: {wrong} of these {n} digits; {rate} of digits made alike (95%: {low} to {high}).",
            wrong=len(sheet.doubts), n=sheet.written, rate=t.percent(value, 1), low=t.percent(low, 1), high=t.percent(high, 1),
        ),
        8.5, GREY,
    )  # fmt: skip


# --- canvases --------------------------------------------------------------------------------------------------------


class Drawing:
    """A canvas of pixels, for the screen."""

    def __init__(self, width: float = WIDTH, height: float = HEIGHT, scale: float = PICTURE, paper: str = "#FFFFFF") -> None:
        self.scale = scale
        self.picture = Image.new("RGB", (round(width * scale), round(height * scale)), paper)
        self._draw = ImageDraw.Draw(self.picture)

    def text(self, x: float, y: float, words: str, size: float, hue: str = "#111111", right: bool = False) -> None:
        face = ImageFont.truetype(str(fonts.path()), size * self.scale)
        place = (x * self.scale, y * self.scale)
        self._draw.text(place, fonts.printable(words), hue, face, anchor="rs" if right else "ls")

    def line(self, x0: float, y0: float, x1: float, y1: float, width: float = 0.8, hue: str = "#111111") -> None:
        ends = [v * self.scale for v in (x0, y0, x1, y1)]
        self._draw.line(ends, hue, max(1, round(width * self.scale)))

    def ink(self, x: float, y: float, height: float, alpha: np.ndarray) -> float:
        width = height * alpha.shape[1] / alpha.shape[0]
        size = (max(1, round(width * self.scale)), max(1, round(height * self.scale)))
        mask = Image.fromarray(alpha).resize(size, Image.Resampling.LANCZOS)
        self.picture.paste(INK, (round(x * self.scale), round(y * self.scale)), mask)
        return x + width


class Printed:
    """A canvas of reportlab."""

    def __init__(self, canvas: Any, font: str) -> None:
        self._canvas, self._font = canvas, font

    def text(self, x: float, y: float, words: str, size: float, hue: str = "#111111", right: bool = False) -> None:
        self._canvas.setFont(self._font, size)
        self._canvas.setFillColor(hue)
        (self._canvas.drawRightString if right else self._canvas.drawString)(x, HEIGHT - y, fonts.printable(words))

    def line(self, x0: float, y0: float, x1: float, y1: float, width: float = 0.8, hue: str = "#111111") -> None:
        self._canvas.setLineWidth(width)
        self._canvas.setStrokeColor(hue)
        self._canvas.line(x0, HEIGHT - y0, x1, HEIGHT - y1)

    def ink(self, x: float, y: float, height: float, alpha: np.ndarray) -> float:
        from reportlab.lib.utils import ImageReader

        width = height * alpha.shape[1] / alpha.shape[0]
        pixels = Image.new("RGBA", alpha.shape[::-1], INK)
        pixels.putalpha(Image.fromarray(alpha))
        self._canvas.drawImage(ImageReader(pixels), x, HEIGHT - y - height, width, height, mask="auto")
        return x + width


def picture(sheet: Sheet, t: Any, marks: bool = True) -> np.ndarray:
    """The first page, uint8 (H, W, 3); ``marks`` underlines what the second reader misreads."""
    drawing = Drawing()
    _page(drawing, sheet, t, marks)
    return np.asarray(drawing.picture)


def card(problem: Problem, images: np.ndarray) -> np.ndarray:
    """One problem, large, uint8 (H, W, 3), on ruled paper."""
    width, height, size = 400.0, 110.0, 64.0
    drawing = Drawing(width, height, 2.0, "#FFFDF6")
    size *= min(1.0, (width - 28) / length(problem, images, size))
    for y in range(22, int(height), 22):
        drawing.line(0, y, width, y, 0.5, "#D8E3F0")
    left = (width - length(problem, images, size)) / 2
    written(drawing, problem, images, left, (height - size) / 2, size)
    return np.asarray(drawing.picture)


def pdf(sheet: Sheet, t: Any, produced: str) -> bytes:
    """Two A4 pages: the problems, then their answers. ``produced`` names the spec that the label of GB 45438 refers to."""
    from reportlab.pdfgen.canvas import Canvas as Report

    out = io.BytesIO()
    face = fonts.register()
    report = Report(out, pagesize=(WIDTH, HEIGHT), pageCompression=1, invariant=1, lang=t.language, initialFontName=face)
    canvas = Printed(report, face)
    report.setTitle(t("Practice sheet"))
    report.setAuthor(PRODUCER)
    report.setCreator(PRODUCER)
    report.setKeywords(json.dumps({"AIGC": aigc_label.label(PRODUCER, produced)}))
    _page(canvas, sheet, t, marks=False)
    report.showPage()
    _answers(canvas, sheet, t)
    report.showPage()
    report.save()
    return out.getvalue()
