"""From data to generation, by family: a drawing (SVG) of what flows where, with every word translated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from genai_core.contracts import N_
from genai_core.design import colour

STAGES = (N_("Data"), N_("Architecture"), N_("Training"), N_("Generating"))
FONT = "'Inter Variable', Inter, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans SC', 'WenQuanYi Micro Hei', sans-serif"
WIDE, HIGH, GAP = 190, 74, 58  # a box, and the way between two stages
ROW = 104  # from one row of boxes to the next


@dataclass(frozen=True)
class Box:
    stage: int  # 0 to 3
    row: int
    label: str  # message id
    concept: str  # of design.CONCEPTS


@dataclass(frozen=True)
class Flow:
    """``arrows``: places of boxes, from and to."""

    boxes: tuple[Box, ...]
    arrows: tuple[tuple[int, int], ...]


FLOWS: Mapping[str, Flow] = {
    "gan": Flow(
        (
            Box(0, 0, N_("real pictures x"), "real"),
            Box(0, 1, N_("random numbers z"), "heldout"),
            Box(1, 0, N_("discriminator D: is it real?"), "discriminator"),
            Box(1, 1, N_("generator G: a picture from z"), "generated"),
            Box(2, 0, N_("D learns to tell real from generated"), "discriminator"),
            Box(2, 1, N_("G learns from D's slope, never from x"), "generated"),
            Box(3, 1, N_("fresh z through G, once"), "generated"),
        ),
        ((0, 2), (1, 3), (3, 2), (2, 4), (2, 5), (5, 6)),
    ),
    "vae": Flow(
        (
            Box(0, 0, N_("real pictures x"), "real"),
            Box(0, 1, N_("random numbers z"), "heldout"),
            Box(1, 0, N_("encoder: a place and its doubt"), "discriminator"),
            Box(1, 1, N_("decoder: a picture of any place"), "generated"),
            Box(2, 0, N_("both on one bound: rebuild x, stay near the prior"), "training"),
            Box(3, 1, N_("fresh z through the decoder, once"), "generated"),
        ),
        ((0, 2), (2, 3), (1, 3), (3, 4), (3, 5)),
    ),
    "autoregressive": Flow(
        (
            Box(0, 0, N_("text, pixels, years: a sequence x"), "real"),
            Box(1, 0, N_("network: the past in, probabilities of the next out"), "generated"),
            Box(2, 0, N_("make what came next likelier: cross-entropy"), "training"),
            Box(3, 0, N_("draw the next"), "generated"),
            Box(3, 1, N_("append it, and again"), "generated"),
        ),
        ((0, 1), (1, 2), (2, 3), (3, 4), (4, 1)),
    ),
    "diffusion": Flow(
        (
            Box(0, 0, N_("real pictures x"), "real"),
            Box(0, 1, N_("noise"), "heldout"),
            Box(1, 0, N_("mix of both at a time t"), "training"),
            Box(1, 1, N_("network: where is the noise?"), "generated"),
            Box(2, 1, N_("squared error of the noise or the velocity"), "training"),
            Box(3, 1, N_("from pure noise, a few dozen small steps"), "generated"),
        ),
        ((0, 2), (1, 2), (2, 3), (3, 4), (4, 5)),
    ),
    "normalising": Flow(
        (
            Box(0, 0, N_("real data x"), "real"),
            Box(0, 1, N_("noise"), "heldout"),
            Box(1, 0, N_("invertible network: from x to noise and back"), "discriminator"),
            Box(2, 0, N_("make x likelier: the exact likelihood"), "training"),
            Box(3, 1, N_("fresh noise through the inverse, once"), "generated"),
        ),
        ((0, 2), (2, 3), (1, 4)),
    ),
}
OWN = {"normalizing-flow": "normalising"}  # models that work otherwise than the rest of their family


def kind(model: str, family: str) -> str:
    """Which drawing shows a model."""
    return OWN.get(model, family)


def svg(family: str, words: Mapping[str, str], *, dark: bool, tall: bool = False) -> str:
    """The drawing of a family. ``words``: every message id of it (:func:`messages`) in the reader's language. ``tall``: one stage
    under another, for a phone."""
    flow = FLOWS[family]
    rows = 1 + max(box.row for box in flow.boxes)
    ink, band = ("#ECE9E1", "#1E1E28") if dark else ("#1D1B20", "#F1EEE6")
    if tall:
        width, height = 2 * WIDE + 60, 4 * (HIGH + 76) + 10
    else:
        width, height = 4 * WIDE + 3 * GAP + 40, rows * ROW + 50
    spots = [_spot(box, tall, rows, flow) for box in flow.boxes]
    parts = [
        '<defs><marker id="a" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto-start-reverse">'
        f'<path d="M0 0L10 5L0 10Z" fill="{ink}"/></marker></defs>'
    ]
    heads = []
    for stage, name in enumerate(STAGES):
        x, y, w, h = (6, 6 + stage * (HIGH + 76), width - 12, HIGH + 44) if tall else (6 + stage * (WIDE + GAP), 6, WIDE + 28, height - 12)
        parts.append(f'<rect x="{x}" y="{y}" width="{w}" height="{h}" rx="12" fill="{band}"/>')
        heads.append(
            f'<text x="{x + 14}" y="{y + 24}" font-size="15" font-weight="650" fill="{ink}" stroke="{band}" stroke-width="5" '
            f'paint-order="stroke">{stage + 1} · {escape(words[name])}</text>'
        )
    parts += [_arrow(spots[start], spots[end], ink, tall) for start, end in flow.arrows]
    parts += heads
    parts += [_box(spot, words[box.label], colour(box.concept, dark), dark) for spot, box in zip(spots, flow.boxes, strict=True)]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'font-family="{FONT}">{"".join(parts)}</svg>'
    )


def messages(family: str) -> tuple[str, ...]:
    """Every message id that the drawing of a family says."""
    return (*STAGES, *(box.label for box in FLOWS[family].boxes))


def told(family: str, words: Mapping[str, str], joined: tuple[str, str]) -> str:
    """The drawing in words, stage by stage. ``joined``: between stages, and between boxes."""
    flow = FLOWS[family]
    return joined[0].join(
        f"{words[name]}: " + joined[1].join(words[box.label] for box in flow.boxes if box.stage == stage)
        for stage, name in enumerate(STAGES)
    )


def _spot(box: Box, tall: bool, rows: int, flow: Flow) -> tuple[float, float]:
    """The upper left corner of a box."""
    if tall:
        beside = [other for other in flow.boxes if other.stage == box.stage]
        at = beside.index(box)
        x = 30 + (WIDE / 2 if len(beside) == 1 else at * (WIDE + 14)) - (7 if len(beside) > 1 else 0)
        return x, 6 + box.stage * (HIGH + 76) + 34
    return 20 + box.stage * (WIDE + GAP), 42 + box.row * ROW


def _arrow(start: tuple[float, float], end: tuple[float, float], ink: str, tall: bool) -> str:
    """A line from box to box: down or up between boxes one above the other, else sideways; back by a way around."""
    (x, y), (u, v) = start, end
    across, down = u - x, v - y
    if tall and down < -HIGH:  # back up, along the edge
        edge = 2 * WIDE + 52
        way = [(x + WIDE, y + HIGH / 2), (edge, y + HIGH / 2), (edge, v + HIGH / 2), (u + WIDE + 3, v + HIGH / 2)]
    elif not tall and across < 0:
        way = [(x, y + HIGH / 2), (u + WIDE / 2, y + HIGH / 2), (u + WIDE / 2, v + HIGH + 3)]
    elif down > 0 and (tall or across == 0):
        way = [(x + WIDE / 2, y + HIGH), (u + WIDE / 2, v - 3)]
    elif down < 0 and across == 0:
        way = [(x + WIDE / 2, y), (u + WIDE / 2, v + HIGH + 3)]
    else:
        way = [(x + WIDE, y + HIGH / 2), (u - 3, v + HIGH / 2)] if across > 0 else [(x, y + HIGH / 2), (u + WIDE + 3, v + HIGH / 2)]
    path = "L".join(f"{at:.0f} {over:.0f}" for at, over in way)
    return f'<path d="M{path}" stroke="{ink}" stroke-width="2" fill="none" opacity="0.75" marker-end="url(#a)"/>'


def _box(spot: tuple[float, float], label: str, hue: str, dark: bool) -> str:
    x, y = spot
    lines = wrapped(label, WIDE - 20, 15)
    first = y + HIGH / 2 + 5 - (len(lines) - 1) * 9.5
    text = "".join(f'<tspan x="{x + WIDE / 2:.0f}" y="{first + 19 * at:.0f}">{escape(line)}</tspan>' for at, line in enumerate(lines))
    return (
        f'<rect x="{x:.0f}" y="{y:.0f}" width="{WIDE}" height="{HIGH}" rx="10" fill="{hue}"/>'
        f'<text font-size="15" text-anchor="middle" fill="{"#13131A" if dark else "#FFFFFF"}">{text}</text>'
    )


def wrapped(text: str, width: float, size: float) -> list[str]:
    """Lines of a text that fit a width: between words, and between any two Chinese characters."""
    pieces: list[str] = []
    for word in text.split(" "):
        latin = ""
        for letter in word:
            if ord(letter) > 0x2E80:
                pieces += [latin] * bool(latin) + [letter]
                latin = ""
            else:
                latin += letter
        pieces.append(latin + " ")
    lines, line = [], ""
    for piece in pieces:
        closing = piece.strip() in ("，", "。", "、", "：", "；", "？", "）")
        if line.strip() and _length(line + piece.rstrip(), size) > width and not closing:
            lines.append(line.strip())
            line = ""
        line += piece
    return [*lines, line.strip()] if line.strip() else lines


def _length(text: str, size: float) -> float:
    return sum(size if ord(letter) > 0x2E80 else size * 0.55 for letter in text)

