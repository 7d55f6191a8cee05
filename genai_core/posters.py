"""Posters with Pillow: a product of 28 by 28 grey levels, a name and a slogan, in three layouts and five palettes. Torch-free.

The product is never enlarged as it is: its tones are cut into flat shapes, dots or tiles, which are sharp at any size. Every poster
carries the label of GB 45438-2025 twice, in plain sight and in the file (see ``aigc_label``).
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from genai_core import aigc_label, fonts
from genai_core.contracts import N_

WIDTH, HEIGHT = 1080, 1440
FINE = 2  # drawn so many times as large, then reduced: smooth edges
LABEL = "AI-generated"  # in plain sight on a poster that is not in Chinese
PRODUCER = "GenAI in the Balance"
EDGE = 0.16  # of the whole range: lighter than this is product
LEAST = 4.5  # contrast of words and what they stand on (WCAG 2.2, 1.4.3)
Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Palette:
    """``paper`` and ``ink`` of the words; ``accent`` and ``deep`` of fields and shapes."""

    title: str
    paper: str
    ink: str
    accent: str
    deep: str


PALETTES: Mapping[str, Palette] = {
    "clay": Palette(N_("Clay"), "#F4EDE4", "#2A1C17", "#D96C4A", "#7A2E1D"),
    "sea": Palette(N_("Sea"), "#E9F2F3", "#0E2238", "#3FA7B5", "#14506B"),
    "moss": Palette(N_("Moss"), "#F0F1E4", "#1E2A1A", "#9DB35A", "#3F5A2A"),
    "plum": Palette(N_("Plum"), "#F6ECF1", "#2C1230", "#D580AE", "#6D2A63"),
    "night": Palette(N_("Night"), "#F1E9D8", "#12141D", "#E5AE45", "#343B5C"),
}
LAYOUTS: Mapping[str, str] = {"print": N_("Screen print"), "dots": N_("Dots"), "tiles": N_("Tiles")}


def rgb(value: str) -> Colour:
    return int(value[1:3], 16), int(value[3:5], 16), int(value[5:7], 16)


def luminance(colour: Colour) -> float:
    """Relative luminance, WCAG 2.2."""
    parts = [c / 255 for c in colour]
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(one: Colour, other: Colour) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def readable(on: Colour, *wishes: Colour) -> Colour:
    """The first of ``wishes`` that stands out from its ground by ``LEAST``, else black or white, whichever does more."""
    plain = max(((0, 0, 0), (255, 255, 255)), key=lambda c: contrast(on, c))
    return next((wish for wish in wishes if contrast(on, wish) >= LEAST), plain)


# --- the product -----------------------------------------------------------------------------------------------------


def framed(product: np.ndarray) -> np.ndarray:
    """A product (28, 28), uint8, light on black, cut to a square around it and stretched to the whole range; pixels by themselves are taken out."""
    grey = product.astype(np.float32)
    around = np.pad(grey, 1)
    near = sum(around[i : i + 28, j : j + 28] for i in range(3) for j in range(3)) / 9
    grey = np.where((near > 29) & (grey > 20), grey, 0)
    grey = (grey / max(1.0, float(np.quantile(grey, 0.99)))).clip(0, 1)
    rows, columns = np.flatnonzero(grey.any(1)), np.flatnonzero(grey.any(0))
    if not len(rows):
        return np.zeros((28, 28), np.float32)
    tall, wide = rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1
    side = max(tall, wide)
    square = np.zeros((side, side), np.float32)
    top, left = (side - tall) // 2, (side - wide) // 2
    square[top : top + tall, left : left + wide] = grey[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return square


def tones(product: np.ndarray, side: int, passes: int = 1) -> np.ndarray:
    """The framed product as smooth tones (side, side), 0 to 1, after ``passes`` of a binomial filter over the model's pixels."""
    square = np.pad(framed(product), 1)
    for _ in range(passes):
        wide = np.pad(square, 1)
        rows = (wide[:-2] + 2 * wide[1:-1] + wide[2:]) / 4
        square = (rows[:, :-2] + 2 * rows[:, 1:-1] + rows[:, 2:]) / 4
    return np.asarray(Image.fromarray(square).resize((side, side), Image.Resampling.BICUBIC)).clip(0, 1)


def shapes(picture: Image.Image, product: np.ndarray, box: tuple[int, int, int], inks: Sequence[Colour]) -> None:
    """Three flat shapes, one ink over the other, each where the product is lighter than its own level. ``box``: x, y, side."""
    x, y, side = box
    found = tones(product, side)
    inside = found[found > EDGE]
    levels = [EDGE, *np.quantile(inside, (0.34, 0.68))] if inside.size else [EDGE] * 3
    for level, ink in zip(levels, inks, strict=True):
        mask = np.clip((found - level) * side / 10 + 0.5, 0, 1)  # an edge a pixel or two wide
        picture.paste(ink, (x, y), Image.fromarray((mask * 255).astype(np.uint8)))


def dots(picture: Image.Image, product: np.ndarray, box: tuple[int, int, int], ink: Colour, across: int = 46) -> None:
    """A halftone: dots on a lattice turned by 45 degrees, each as large as the product is light there."""
    x, y, side = box
    draw, step = ImageDraw.Draw(picture), side / across
    found = tones(product, 4 * across, passes=0)
    for row in range(2 * across):
        for column in range(across):
            u, v = (column + 0.5 * (row % 2) + 0.25) * step, (row / 2 + 0.25) * step
            tone = found[
                min(int(v / side * 4 * across), 4 * across - 1), min(int(u / side * 4 * across), 4 * across - 1)
            ]
            if tone > EDGE:
                r = step * 0.5 * float(tone) ** 0.9
                draw.ellipse((x + u - r, y + v - r, x + u + r, y + v + r), fill=ink)


def tiles(picture: Image.Image, product: np.ndarray, box: tuple[int, int, int], inks: Sequence[Colour]) -> None:
    """A mosaic: one rounded tile for each pixel of the model, in the ink of its tone."""
    x, y, side = box
    found = framed(product)
    draw, step = ImageDraw.Draw(picture), side / len(found)
    for (row, column), tone in np.ndenumerate(found):
        if tone > EDGE:
            ink = inks[min(int(tone * len(inks)), len(inks) - 1)]
            corner = (x + column * step, y + row * step)
            draw.rounded_rectangle((*corner, corner[0] + step * 0.88, corner[1] + step * 0.88), step * 0.2, fill=ink)


# --- words -----------------------------------------------------------------------------------------------------------


def font(size: float) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(fonts.path()), round(size))


def fitting(words: str, width: float, most: float, spacing: float = 0.0) -> float:
    """The largest size up to ``most`` at which the words, set apart by ``spacing`` of it, are no wider than ``width``."""
    return min(most, most * width / max(1.0, measure(words, most, spacing)))


def measure(words: str, size: float, spacing: float = 0.0) -> float:
    """Width in pixels; every letter is followed by ``spacing`` times the size but the last."""
    face = font(size)
    return sum(face.getlength(c) for c in words) + spacing * size * max(0, len(words) - 1)


def write(
    draw: ImageDraw.ImageDraw, at: tuple[float, float], words: str, size: float, ink: Colour, spacing: float = 0.0, weight: float = 0.0
) -> None:  # fmt: skip
    """Words from the left at a baseline, letter by letter where they are set apart; ``weight`` thickens by a share of the size."""
    x, face = at[0], font(size)
    for c in words:
        draw.text((x, at[1]), c, ink, face, anchor="ls", stroke_width=round(weight * size), stroke_fill=ink)
        x += face.getlength(c) + spacing * size


def lines(words: str, size: float, width: float) -> list[str]:
    """Words broken where they would be wider: at spaces, and between Chinese characters, no line begun by a stop."""
    found, line = [], ""
    for word in _pieces(words):
        if line and measure((line + word).rstrip(), size) > width and word not in "，。！？、；：":
            found.append(line.strip())
            line = ""
        line += word
    return [*found, line.strip()]


def _pieces(words: str) -> list[str]:
    """What a line is broken between: every Chinese character, and every run of others up to a space."""
    found, run = [], ""
    for c in words:
        if ord(c) > 0x2E80:
            found += [run, c] if run else [c]
            run = ""
        else:
            run += c
            if c == " ":
                found.append(run)
                run = ""
    return found + [run] if run else found


# --- the poster ------------------------------------------------------------------------------------------------------


def compose(
    product: np.ndarray, name: str, slogan: str, note: str, layout: str, palette: str, language: str = "zh"
) -> Image.Image:
    """A poster of 1080 by 1440 pixels with the visible label in its language. ``note``: the small line at the foot.

    A character that the typeface lacks is shown as a white square.
    """
    colours = PALETTES[palette]
    paper, ink, accent, deep = map(rgb, (colours.paper, colours.ink, colours.accent, colours.deep))
    name, slogan, note = (fonts.printable(words) for words in (name.upper(), slogan, note))
    picture = Image.new("RGB", (FINE * WIDTH, FINE * HEIGHT), paper)
    _LAYOUTS[layout](picture, product, name, slogan, note, (paper, ink, accent, deep))
    small = picture.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
    return aigc_label.stamp(small, words=None if language == "zh" else _label())


def _label() -> np.ndarray:
    """The label in English, (height, width), 0 to 1, cut close: for readers of the Latin script, where the Chinese one says nothing."""
    font = ImageFont.truetype(str(fonts.path()), 160)
    sheet = Image.new("L", (1600, 320))
    ImageDraw.Draw(sheet).text((40, 40), LABEL, 255, font)
    return np.asarray(sheet.crop(sheet.getbbox()), np.float32) / 255


def _print(
    picture: Image.Image, product: np.ndarray, name: str, slogan: str, note: str, colours: Sequence[Colour]
) -> None:
    """The name over a round field, the product as three flat inks on it."""
    paper, ink, accent, deep = colours
    draw, s = ImageDraw.Draw(picture), FINE
    size = fitting(name, 920 * s, 190 * s, 0.06)
    write(draw, (80 * s, 260 * s), name, size, ink, 0.06, 0.012)
    draw.ellipse((150 * s, 330 * s, 930 * s, 1110 * s), fill=accent)
    shapes(picture, product, (235 * s, 415 * s, 610 * s), (deep, _mixed(deep, paper, 0.45), paper))
    _foot(draw, slogan, note, ink, paper, 1190)


def _dots(
    picture: Image.Image, product: np.ndarray, name: str, slogan: str, note: str, colours: Sequence[Colour]
) -> None:
    """A coloured field down to two thirds, the product as a halftone on it, the words below."""
    paper, ink, accent, deep = colours
    draw, s = ImageDraw.Draw(picture), FINE
    draw.rectangle((0, 0, WIDTH * s, 960 * s), fill=deep)
    draw.rectangle((0, 948 * s, WIDTH * s, 960 * s), fill=accent)
    dots(picture, product, (150 * s, 84 * s, 780 * s), paper)
    size = fitting(name, 920 * s, 150 * s, 0.1)
    write(draw, (80 * s, 1110 * s), name, size, ink, 0.1, 0.012)
    _foot(draw, slogan, note, ink, paper, 1190)


def _tiles(
    picture: Image.Image, product: np.ndarray, name: str, slogan: str, note: str, colours: Sequence[Colour]
) -> None:
    """Dark all over, the product as a mosaic of its own pixels, the name along the left edge."""
    paper, ink, accent, deep = colours
    s = FINE
    picture.paste(ink, (0, 0, *picture.size))
    tiles(picture, product, (290 * s, 190 * s, 710 * s), (deep, _mixed(deep, accent, 0.5), accent, paper))
    size = fitting(name, 960 * s, 150 * s, 0.1)
    strip = Image.new("RGB", (1000 * s, 190 * s))
    write(ImageDraw.Draw(strip), (10 * s, 150 * s), name, size, (255, 255, 255), 0.1, 0.012)
    picture.paste(accent, (50 * s, 100 * s), strip.convert("L").rotate(90, expand=True))
    _foot(ImageDraw.Draw(picture), slogan, note, paper, ink, 1190)


_LAYOUTS = {"print": _print, "dots": _dots, "tiles": _tiles}


def _foot(draw: ImageDraw.ImageDraw, slogan: str, note: str, ink: Colour, ground: Colour, top: int) -> None:
    """The slogan in at most two lines, and the small line; the lower right corner is the label's."""
    s = FINE
    size, wide = 60.0 * s, 920 * s
    broken = lines(slogan, size, wide)
    while len(broken) > 2 or max(measure(line, size) for line in broken) > wide:  # one long word has nowhere to break
        size *= 0.92
        broken = lines(slogan, size, wide)
    for i, line in enumerate(broken):
        write(draw, (80 * s, (top + 76 * i) * s), line, size, readable(ground, ink))
    write(draw, (80 * s, 1372 * s), note, fitting(note, 590 * s, 30 * s), readable(ground, ink))


def _mixed(one: Colour, other: Colour, share: float) -> Colour:
    r, g, b = (round(a + (c - a) * share) for a, c in zip(one, other, strict=True))
    return r, g, b


def saved(picture: Image.Image, produced: str) -> bytes:
    """The poster as PNG with the label of GB 45438-2025 in its metadata. ``produced``: the content's own number."""
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    return aigc_label.write(out.getvalue(), aigc_label.label(PRODUCER, produced))
