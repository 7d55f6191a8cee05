"""Series drawn as pictures, for the frames of a run: bare lines on black, one panel under the other. Torch-free."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

SIZE = 448
MARGIN = 12
FINER = 2  # drawn at twice the size, then made smaller: smooth edges
RULE = (52, 58, 70)


@dataclass(frozen=True)
class Line:
    """``values`` (length,), drawn from place ``start`` on; NaN leaves a gap. ``high`` (length,) makes it a band between the two."""

    values: np.ndarray
    hue: str
    start: int = 0
    width: float = 2.0
    high: np.ndarray | None = None


def chart(
    panels: Sequence[Sequence[Line]], low: float | None = None, high: float | None = None, rule: int | None = None
) -> np.ndarray:
    """A square picture, uint8 (SIZE, SIZE, 3). Values beyond ``low`` and ``high`` (by default the lines' own range) are cut
    off at the edge of their panel. ``rule``: a place marked by a vertical line."""
    from PIL import Image, ImageDraw  # not before a picture is drawn

    picture = Image.new("RGB", (SIZE * FINER, SIZE * FINER))
    pen = ImageDraw.Draw(picture)
    step = (SIZE - MARGIN) / len(panels)
    for number, lines in enumerate(panels):
        top, tall = MARGIN + number * step, step - MARGIN
        values = np.concatenate([part for line in lines for part in (line.values, line.high) if part is not None])
        values = values[np.isfinite(values)]
        least = low if low is not None else (values.min() if len(values) else 0.0)
        most = high if high is not None else (values.max() if len(values) else 1.0)
        last = max(line.start + len(line.values) for line in lines) - 1

        def place(x: np.ndarray, y: np.ndarray, last=last, least=least, most=most, top=top, tall=tall) -> list:
            across = MARGIN + x / max(last, 1) * (SIZE - 2 * MARGIN)
            down = top + tall * (1 - np.clip((y - least) / max(most - least, 1e-9), 0, 1))
            return list(zip((across * FINER).tolist(), (down * FINER).tolist(), strict=True))

        ends = np.array([0.0, last])
        pen.line(place(ends, np.full(2, least)), fill=RULE, width=FINER)
        if rule is not None:
            pen.line(place(np.full(2, rule), np.array([least, most])), fill=RULE, width=FINER)
        for line in lines:
            at = line.start + np.arange(len(line.values))
            if line.high is not None:
                edge = place(at, line.values) + place(at, line.high)[::-1]
                pen.polygon(edge, fill=line.hue)
                continue
            pieces = np.split(np.arange(len(at)), np.flatnonzero(~np.isfinite(line.values)))
            for piece in pieces:
                piece = piece[np.isfinite(line.values[piece])]
                if len(piece) > 1:
                    width = round(line.width * FINER)
                    pen.line(place(at[piece], line.values[piece]), fill=line.hue, width=width, joint="curve")
    return np.asarray(picture.resize((SIZE, SIZE), Image.Resampling.BOX))
