"""What a visitor brings is known by its content, bounded, and refused with a sentence."""

import io
import zlib

import numpy as np
import pytest
from PIL import Image

from genai_core import incoming
from genai_core.errors import DataError


def encoded(size=(40, 30), form="PNG", **options) -> bytes:
    pixels = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, form, **options)
    return out.getvalue()


@pytest.mark.parametrize("form", incoming.FORMATS)
def test_a_picture_is_read(form):
    found = incoming.image(encoded(form=form))
    assert found.mode == "RGB" and found.size == (40, 30)


def test_a_picture_is_turned_as_its_camera_held_it():
    exif = Image.Exif()
    exif[274] = 6  # a quarter turn
    assert incoming.image(encoded(form="JPEG", exif=exif)).size == (30, 40)


def bomb() -> bytes:
    """A PNG of 20,000 by 20,000 pixels in a few hundred bytes."""

    def chunk(kind, body):
        return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")

    head = (20_000).to_bytes(4, "big") * 2 + bytes([8, 0, 0, 0, 0])
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "no PNG"),
        (b"GIF89a" + b"\0" * 100, "no PNG"),
        (b"<svg onload='alert(1)'/>", "no PNG"),
        (encoded()[:200], "damaged"),
        (bytes(incoming.MOST_BYTES + 1), "at most 5 MB"),
        (bomb(), "million pixels"),
        (encoded((15, 200)), "smaller than 16"),
    ],
)
def test_what_is_no_picture_of_ours_is_refused_with_a_sentence(data, says):
    with pytest.raises(DataError, match=says):
        incoming.image(data)


def test_a_text_is_bounded_and_has_no_control_characters():
    assert incoming.text("\ufeffa\r\nb\x00\x1b[31m\u202ec".encode()) == "a\nb[31mc"
    for words, says in (
        (b"\xff\xfe", "UTF-8"),
        ("  \n", "empty"),
        ("x" * 11, "more than 10"),
        (b"x" * 50, "more than 10"),
    ):
        with pytest.raises(DataError, match=says):
            incoming.text(words, 10)
