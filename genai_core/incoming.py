"""What a visitor brings: checked before anything reads it, by its content and never by its name. Torch-free.

A file goes into one look and is kept nowhere. Everything that is refused is refused with a sentence.
"""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING

from genai_core.contracts import N_
from genai_core.errors import DataError

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_BYTES = 5_000_000  # of a file
MOST_PIXELS = 12_000_000
SMALLEST = 16  # pixels of a side
LONGEST = 20_000  # characters of a text
FORMATS = ("PNG", "JPEG", "WEBP")


def image(data: bytes) -> Image:
    """A picture in RGB, turned as its camera held it. DataError: too large, too small, of no format we read, damaged."""
    from PIL import Image as pictures
    from PIL import ImageOps, UnidentifiedImageError

    if len(data) > MOST_BYTES:
        raise DataError(
            N_("The file has {size} MB; at most {most} MB are read."), size=round(len(data) / 1e6, 1), most=5
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pictures.DecompressionBombWarning)
            found = pictures.open(io.BytesIO(data), formats=FORMATS)
            width, height = found.size
            if width * height > MOST_PIXELS:
                raise pictures.DecompressionBombError
            if min(width, height) < SMALLEST:
                raise DataError(N_("The picture is smaller than {most} by {most} pixels."), most=SMALLEST)
            found.load()
            return ImageOps.exif_transpose(found).convert("RGB")
    except UnidentifiedImageError:
        raise DataError(N_("This is no PNG, JPEG or WebP picture, whatever its name says.")) from None
    except (pictures.DecompressionBombError, pictures.DecompressionBombWarning):
        raise DataError(N_("The picture has more than {most} million pixels."), most=MOST_PIXELS // 10**6) from None
    except (OSError, ValueError, SyntaxError):
        raise DataError(N_("The picture is damaged and cannot be read.")) from None


def text(words: str | bytes, most: int = LONGEST) -> str:
    """A text without control characters. DataError: not UTF-8, empty, or longer than ``most`` characters."""
    if isinstance(words, bytes):
        if len(words) > 4 * most:
            raise DataError(N_("The text has more than {most} characters."), most=most)
        try:
            words = words.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise DataError(N_("This is no text in UTF-8.")) from None
    kept = "".join(c for c in words.replace("\r\n", "\n") if c.isprintable() or c in "\n\t")
    if len(kept) > most:
        raise DataError(N_("The text has more than {most} characters."), most=most)
    if not kept.strip():
        raise DataError(N_("The text is empty."))
    return kept
