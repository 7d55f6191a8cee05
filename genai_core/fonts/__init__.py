"""The typeface of what leaves the browser: PDFs and posters in either language. Torch-free.

One TrueType file with the characters of GB 2312-80 (6,763 hanzi), Latin, Greek and signs: see PROVENANCE.toml beside it.
"""

from __future__ import annotations

import functools
from pathlib import Path

FOLDER = Path(__file__).parent
NAME = "GenAI CJK"
MISSING = "\u25a1"  # a white square, where the typeface lacks a character
INSTEAD = {"₀": "0", "◀": "<", "▶": ">", "✗": "×", "✓": "√", "\u202f": " ", "\u2009": " "}  # signs of our own texts that it lacks


def path() -> Path:
    """The TrueType file, for Pillow and for whatever embeds it."""
    return FOLDER / "cjk.ttf"


def register() -> str:
    """The font's name in reportlab, registered once a process."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    if NAME not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(TTFont(NAME, str(path())))
    return NAME


@functools.cache
def covered() -> frozenset[str]:
    """The characters that the typeface has."""
    return frozenset((FOLDER / "cjk.txt").read_text("utf-8"))


def printable(text: str) -> str:
    """``text`` with a white square for every character that the typeface lacks and that has no stand-in, so that a gap
    is seen; line ends stay."""
    has = covered()
    return "".join(c if c in has or c == "\n" else INSTEAD.get(c, MISSING) for c in text)
