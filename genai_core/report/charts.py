"""The figures of a report, as vector drawings: replicates beside their control, curves of a training, ratings, votes. Torch-free."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from genai_core.design import CLASSES, colour
from genai_core.report.drawing import FAINT, INK, WIDTH, Box, Diamond, Dot, Drawing, Label, Line, Mark

LEFT, RIGHT, GREY = 150.0, WIDTH - 14, "#57606A"
BANDS = ("#CFE8DD", "#F5E6B8", "#F3C9A5", "#EDA79B")  # from the lowest to the highest
Points = Sequence[tuple[float, float]]


def ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Round values from ``low`` to ``high``, at most ``most``: steps of 1, 2 or 5 times a power of ten."""
    if not (math.isfinite(low) and math.isfinite(high)) or high <= low:
        return [low]
    rough = (high - low) / max(1, most - 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * k for k in (1, 2, 5, 10) if power * k >= rough * (1 - 1e-9))
    first = math.ceil(low / step - 1e-9)
    return [round(k * step, 12) for k in range(first, math.floor(high / step + 1e-9) + 1)]


def replicates(rows: Sequence[tuple[str, Sequence[float], float, float | None, float | None, str]], band: tuple[float, float], axis: str) -> Drawing:
    """A row a group: (label, a value a trained model, mean, low, high, concept). ``band``: what no effect looks like."""
    every = [value for _, values, mean, low, high, _ in rows for value in (*values, mean, low, high) if value is not None]
    low, high = min([*every, band[0]]), max([*every, band[1]])
    pad = (high - low) * 0.05 or 1.0
    low, high = low - pad, high + pad

    def x(value: float) -> float:
        return LEFT + (value - low) / (high - low) * (RIGHT - LEFT)

    foot = 14 + 42.0 * len(rows)
    marks: list[Mark] = [Box(x(band[0]), 10, x(band[1]) - x(band[0]), foot - 10, FAINT, 0.55)]
    for place, (label, values, mean, under, over, concept) in enumerate(rows):
        y, tint = 34 + 42.0 * place, colour(concept)
        marks += [Label(LEFT - 10, y + 3 + 11 * k, part, anchor="end") for k, part in enumerate(_folded(label))]
        marks += [Dot(x(value), y + 7, 3, tint, 0.45) for value in values]
        if under is not None and over is not None:
            marks += [Line(((x(under), y - 6), (x(over), y - 6)), tint, 1.6)]
            marks += [Line(((x(end), y - 9), (x(end), y - 3)), tint, 1.6) for end in (under, over)]
        marks.append(Diamond(x(mean), y - 6, 4.5, tint))
    marks += _axis(low, high, x, foot, axis)
    return Drawing(foot + 34, tuple(marks))


def _folded(label: str, most: int = 26) -> list[str]:
    """A label in at most two lines; Chinese signs count twice."""

    def width(text: str) -> int:
        return sum(2 if ord(c) > 0x2E7F else 1 for c in text)

    if width(label) <= most:
        return [label]
    words = label.split(" ")
    units, glue = (words, " ") if len(words) > 1 else (list(label), "")
    first = ""
    while units and width(first + glue + units[0]) <= most:
        first = first + (glue if first else "") + units.pop(0)
    rest = glue.join(units)
    while width(rest) > most:
        rest = rest[:-2].rstrip("…") + "…"
    return [part for part in (first, rest) if part]


def _axis(low: float, high: float, x, foot: float, title: str) -> list[Mark]:  # noqa: ANN001
    marks: list[Mark] = [Line(((LEFT, foot), (RIGHT, foot)), FAINT)]
    for tick in ticks(low, high):
        marks += [Line(((x(tick), foot), (x(tick), foot + 4)), GREY), Label(x(tick), foot + 14, f"{tick:g}", 8, "middle", GREY)]
    return [*marks, Label((LEFT + RIGHT) / 2, foot + 28, title, 8.5, "middle", GREY)]


def curves(lines: Mapping[str, Points], axis: str) -> Drawing:
    """Lines over steps, with a legend; values that are not finite leave a gap."""
    finite = [(x, y) for points in lines.values() for x, y in points if math.isfinite(y)]
    left, top, foot = 46.0, 24.0, 168.0
    if not finite:
        return Drawing(foot, ())
    x_low, x_high = min(x for x, _ in finite), max(x for x, _ in finite)
    ordered = sorted(y for _, y in finite)
    low, high = ordered[len(ordered) // 200], ordered[-1 - len(ordered) // 200]  # a single spike does not press the rest flat
    high = high if high > low else low + 1

    def place(x: float, y: float) -> tuple[float, float]:
        across = left + (x - x_low) / ((x_high - x_low) or 1) * (RIGHT - left)
        return across, foot - (min(max(y, low), high) - low) / (high - low) * (foot - top)

    marks: list[Mark] = []
    for tick in ticks(low, high, 5):
        y = place(x_low, tick)[1]
        marks += [Line(((left, y), (RIGHT, y)), FAINT, 0.6), Label(left - 5, y + 3, f"{tick:g}", 8, "end", GREY)]
    for tick in ticks(x_low, x_high):
        marks.append(Label(place(tick, low)[0], foot + 13, f"{tick:g}", 8, "middle", GREY))
    at = left
    for k, (name, points) in enumerate(lines.items()):
        tint = CLASSES[k % len(CLASSES)][0]
        for part in _unbroken(points):
            marks.append(Line(tuple(place(*point) for point in part), tint, 1.2, () if k % 2 == 0 else (4, 2)))
        marks += [Line(((at, 10), (at + 16, 10)), tint, 2, () if k % 2 == 0 else (4, 2)), Label(at + 20, 13, name, 8.5)]
        at += 34 + 5.2 * sum(2 if ord(c) > 0x2E7F else 1 for c in name)
    marks.append(Label((left + RIGHT) / 2, foot + 26, axis, 8.5, "middle", GREY))
    return Drawing(foot + 32, tuple(marks))


def _unbroken(points: Points) -> list[list[tuple[float, float]]]:
    parts: list[list[tuple[float, float]]] = [[]]
    for x, y in points:
        if math.isfinite(y):
            parts[-1].append((x, y))
        elif parts[-1]:
            parts.append([])
    return [part for part in parts if len(part) > 1]


def matrix(placed: Sequence[tuple[int, int, int]], bands: Sequence[Sequence[int]], across: str, up: str) -> Drawing:
    """Risks on a five by five grid: ``placed`` holds (number, likelihood, impact), 1 to 5; ``bands[likelihood - 1][impact - 1]`` is the
    band of a cell, 0 to 3. A colour and a place, no product."""
    side, left, top = 52.0, 110.0, 12.0
    marks: list[Mark] = []
    for likelihood in range(1, 6):
        for impact in range(1, 6):
            x, y = left + (impact - 1) * (side + 2), top + (5 - likelihood) * (side + 2)
            marks.append(Box(x, y, side, side, BANDS[min(3, bands[likelihood - 1][impact - 1])]))
            here = [str(n) for n, a, b in placed if (a, b) == (likelihood, impact)]
            rows = [here[k : k + 4] for k in range(0, min(len(here), 12), 4)]
            more = [f"+{len(here) - 12}"] if len(here) > 12 else []
            marks += [Label(x + side / 2, y + 16 + 12 * k, " ".join(row), 9, "middle") for k, row in enumerate([*rows, more] if more else rows)]
    for k in range(1, 6):
        marks.append(Label(left - 8, top + (5 - k) * (side + 2) + side / 2 + 3, str(k), 9, "end", GREY))
        marks.append(Label(left + (k - 1) * (side + 2) + side / 2, top + 5 * (side + 2) + 12, str(k), 9, "middle", GREY))
    height = top + 5 * (side + 2)
    marks += [Label(left - 24, top + height / 2, up, 9, "end", GREY), Label(left + 2.5 * (side + 2), height + 28, across, 9, "middle", GREY)]
    return Drawing(height + 36, tuple(marks))


def votes(rows: Sequence[tuple[str, Sequence[int], float]]) -> Drawing:
    """How a room scored: (label, counts of 1 to 5, median), a row each. A mean alone would hide who disagrees."""
    marks: list[Mark] = []
    most = max((max(counts) for _, counts, _ in rows), default=1) or 1
    step = (RIGHT - LEFT) / 5
    for place, (label, counts, median) in enumerate(rows):
        foot = 44 + 52.0 * place
        marks += [Label(LEFT - 10, foot - 12 + 11 * k, part, anchor="end") for k, part in enumerate(_folded(label))]
        for k, count in enumerate(counts):
            high = 30 * count / most
            x = LEFT + k * step
            marks.append(Box(x + 8, foot - high, step - 16, max(high, 0.8), colour("training"), 0.7 if count else 0.25))
            marks.append(Label(x + step / 2, foot - high - 3, str(count), 8, "middle", GREY))
        at = LEFT + (median - 0.5) * step
        marks.append(Line(((at, foot - 34), (at, foot + 4)), INK, 1.4, (3, 2)))
    foot = 52.0 * len(rows) + 8
    marks += [Label(LEFT + (k + 0.5) * step, foot, str(k + 1), 8.5, "middle", GREY) for k in range(5)]
    return Drawing(foot + 8, tuple(marks))
