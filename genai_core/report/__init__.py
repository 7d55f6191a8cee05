"""The report of a session: a document of plain blocks, which ``pdf`` and ``html`` render alike. Torch-free.

A block is one of :class:`Heading`, :class:`Text`, :class:`Facts`, :class:`Grid`, :class:`Chart`, :class:`Picture`. Their texts are in
the reader's language already, and plain: a renderer escapes them.
"""

from __future__ import annotations

from dataclasses import dataclass

from genai_core.report.drawing import Drawing


@dataclass(frozen=True)
class Heading:
    text: str
    level: int = 1  # 1 begins a page, 2 a part, 3 an item


@dataclass(frozen=True)
class Text:
    text: str
    kind: str = "body"  # body, lead or note


@dataclass(frozen=True)
class Facts:
    """Names with their values, a row each."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Grid:
    """A table; ``widths`` are shares of the page and add up to 1."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[float, ...]


@dataclass(frozen=True)
class Chart:
    drawing: Drawing
    alt: str


@dataclass(frozen=True)
class Picture:
    """A raster as PNG, drawn without smoothing; ``share`` of the page's width."""

    png: bytes
    alt: str
    share: float = 0.5


Block = Heading | Text | Facts | Grid | Chart | Picture


@dataclass(frozen=True)
class Document:
    title: str
    subtitle: str
    language: str
    blocks: tuple[Block, ...]
    foot: str  # at the foot of every page
