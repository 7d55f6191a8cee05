"""A vector figure as a list of marks, drawn twice: as SVG for a page, as a reportlab drawing for a PDF. Torch-free.

Places are in points from the upper left corner.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

INK, FAINT = "#1F2328", "#C9CDD4"
WIDTH = 480.0


@dataclass(frozen=True)
class Line:
    points: tuple[tuple[float, float], ...]
    colour: str = INK
    width: float = 1.0
    dashes: tuple[float, ...] = ()


@dataclass(frozen=True)
class Box:
    x: float
    y: float
    width: float
    height: float
    fill: str
    opacity: float = 1.0


@dataclass(frozen=True)
class Dot:
    x: float
    y: float
    radius: float
    fill: str
    opacity: float = 1.0


@dataclass(frozen=True)
class Diamond:
    x: float
    y: float
    radius: float
    fill: str


@dataclass(frozen=True)
class Label:
    x: float
    y: float  # of the baseline
    text: str
    size: float = 9.0
    anchor: str = "start"  # start, middle or end
    colour: str = INK


Mark = Line | Box | Dot | Diamond | Label


@dataclass(frozen=True)
class Drawing:
    height: float
    marks: tuple[Mark, ...]
    width: float = WIDTH


def corners(mark: Diamond) -> tuple[tuple[float, float], ...]:
    r = mark.radius
    return ((mark.x, mark.y - r), (mark.x + r, mark.y), (mark.x, mark.y + r), (mark.x - r, mark.y))


def svg(drawing: Drawing, alt: str) -> str:
    """The figure as an SVG element of its own, its texts escaped."""
    parts = [_element(mark) for mark in drawing.marks]
    size = f'viewBox="0 0 {drawing.width:g} {drawing.height:g}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{html.escape(alt)}">{"".join(parts)}</svg>'


def _element(mark: Mark) -> str:
    match mark:
        case Line(points, colour, width, dashes):
            dash = f' stroke-dasharray="{" ".join(f"{d:g}" for d in dashes)}"' if dashes else ""
            return f'<polyline points="{_places(points)}" fill="none" stroke="{colour}" stroke-width="{width:g}"{dash}/>'
        case Box(x, y, width, height, fill, opacity):
            return f'<rect x="{x:.2f}" y="{y:.2f}" width="{width:.2f}" height="{height:.2f}" fill="{fill}" fill-opacity="{opacity:g}"/>'
        case Dot(x, y, radius, fill, opacity):
            return f'<circle cx="{x:.2f}" cy="{y:.2f}" r="{radius:g}" fill="{fill}" fill-opacity="{opacity:g}"/>'
        case Diamond():
            return f'<polygon points="{_places(corners(mark))}" fill="{mark.fill}"/>'
        case Label(x, y, text, size, anchor, colour):
            return f'<text x="{x:.2f}" y="{y:.2f}" font-size="{size:g}" text-anchor="{anchor}" fill="{colour}">{html.escape(text)}</text>'


def _places(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.2f},{y:.2f}" for x, y in points)


def flowable(drawing: Drawing, font: str, width: float) -> Any:
    """The figure as reportlab draws it, ``width`` points wide, still vector."""
    from reportlab.graphics import shapes
    from reportlab.lib.colors import HexColor

    shapes.STATE_DEFAULTS["fontName"] = font  # else every drawing begins by naming Helvetica, which is not in the file
    scale = width / drawing.width
    made = shapes.Drawing(width, drawing.height * scale)
    group = shapes.Group(transform=(scale, 0, 0, -scale, 0, drawing.height * scale))
    for mark in drawing.marks:
        match mark:
            case Line(points, colour, thick, dashes):
                flat = [value for point in points for value in point]
                group.add(shapes.PolyLine(flat, strokeColor=HexColor(colour), strokeWidth=thick, strokeDashArray=list(dashes) or None))
            case Box(x, y, across, high, fill, opacity):
                group.add(shapes.Rect(x, y, across, high, fillColor=HexColor(fill), fillOpacity=opacity, strokeColor=None))
            case Dot(x, y, radius, fill, opacity):
                group.add(shapes.Circle(x, y, radius, fillColor=HexColor(fill), fillOpacity=opacity, strokeColor=None))
            case Diamond():
                flat = [value for point in corners(mark) for value in point]
                group.add(shapes.Polygon(flat, fillColor=HexColor(mark.fill), strokeColor=None))
            case Label(x, y, text, size, anchor, colour):
                upright = shapes.Group(transform=(1, 0, 0, -1, x, y))
                upright.add(shapes.String(0, 0, text, fontName=font, fontSize=size, textAnchor=anchor, fillColor=HexColor(colour)))
                group.add(upright)
    made.add(group)
    return made
