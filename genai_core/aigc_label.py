"""The Chinese label of generated content, in a picture's metadata and in plain sight.

GB 45438-2025, Annex E: ``{"AIGC": {"Label", "ContentProducer", "ProduceID", "ReservedCode1", "ContentPropagator", "PropagateID",
"ReservedCode2"}}``, all values strings, Label "1" for "is generated", "2" for "may be", "3" for "is suspected to be". The standard names
the fields and leaves the place in the file open. This follows what Chinese services do: an XMP packet with one property ``AIGC`` in the
namespace ``http://www.tc260.org.cn/ns/AIGC/1.0/`` whose value is that JSON, in PNG as the iTXt chunk "XML:com.adobe.xmp", in JPEG as
an APP1 segment (XMP specification, part 3). Chunks are moved as they stand: no pixel changes.

What is in plain sight are the characters "AI生成" ("made by AI"), as tall as the standard asks: 5 % of the shortest side at least.
"""

from __future__ import annotations

import html
import json
import re
import struct
import zlib
from base64 import b64decode
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from genai_core.contracts import N_
from genai_core.errors import DataError

if TYPE_CHECKING:
    from PIL.Image import Image

FIELDS = (
    "Label",
    "ContentProducer",
    "ProduceID",
    "ReservedCode1",
    "ContentPropagator",
    "PropagateID",
    "ReservedCode2",
)
LABELS = {"1": N_("is generated"), "2": N_("may be generated"), "3": N_("is suspected to be generated")}
NAMESPACE = "http://www.tc260.org.cn/ns/AIGC/1.0/"
LONGEST = 200  # characters of a value
PACKET = 65_000  # bytes of metadata that are read
PNG, JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8"
KEYWORD = b"XML:com.adobe.xmp"
HEADER = b"http://ns.adobe.com/xap/1.0/\0"
SHARE = 0.05  # of the shortest side, the least height of visible characters
Part = tuple[bytes, bytes]  # a chunk's or segment's name, and all of its bytes as they stand in the file


def label(producer: str, produced: str, value: str = "1", **more: str) -> dict[str, str]:
    """The seven fields. ValueError for a Label or a field that the standard does not know, or a value too long."""
    found = dict.fromkeys(FIELDS, "") | {"Label": value, "ContentProducer": producer, "ProduceID": produced} | more
    if value not in LABELS or set(found) != set(FIELDS) or any(len(text) > LONGEST for text in found.values()):
        raise ValueError("no label of GB 45438-2025")
    return found


def write(data: bytes, fields: Mapping[str, str]) -> bytes:
    """The file with the label in it; a packet of XMP that was there gives way. DataError: neither PNG nor JPEG."""
    value = html.escape(json.dumps({"AIGC": dict(fields)}, ensure_ascii=False, separators=(",", ":")))
    packet = (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description rdf:about="" xmlns:TC260="{NAMESPACE}"><TC260:AIGC>{value}</TC260:AIGC></rdf:Description>'
        '</rdf:RDF></x:xmpmeta><?xpacket end="r"?>'
    ).encode()
    kept = [part for part in parts(data) if _packet(part) is None]
    if data.startswith(PNG):
        body = b"iTXt" + KEYWORD + b"\0\0\0\0\0" + packet
        kept.insert(1, (b"iTXt", struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))))
        return PNG + b"".join(part for _, part in kept)
    body = HEADER + packet
    kept.insert(0, (b"\xe1", b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body))
    return JPEG + b"".join(part for _, part in kept)


def read(data: bytes) -> dict[str, str] | None:
    """The label of a PNG or JPEG, None where there is none, or none that the standard would know."""
    for part in parts(data):
        packet = _packet(part)
        if packet is not None and (found := _fields(packet.decode("utf-8", "replace"))) is not None:
            return found
    return None


def strip(data: bytes) -> bytes:
    """The file without any metadata: what a picture needs to be shown, and nothing else. No pixel changes."""
    needed = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")
    if data.startswith(PNG):
        return PNG + b"".join(part for name, part in parts(data) if name in needed)
    return JPEG + b"".join(
        part for name, part in parts(data) if name[0] == 0xEE or not 0xE1 <= name[0] <= 0xEF and name[0] != 0xFE
    )


def parts(data: bytes) -> Iterator[Part]:
    """The chunks of a PNG, or the segments of a JPEG, the last of which runs to its end."""
    at = len(PNG) if data.startswith(PNG) else len(JPEG)
    if data.startswith(PNG):
        while at + 12 <= len(data):
            size = 12 + int.from_bytes(data[at : at + 4], "big")
            yield data[at + 4 : at + 8], data[at : at + size]
            at += size
        return
    if not data.startswith(JPEG):
        raise DataError(N_("Labels are written into PNG and JPEG pictures."))
    while at + 4 <= len(data) and data[at] == 0xFF:
        name = data[at + 1 : at + 2]
        if name == b"\xda":  # what is drawn, from here to the end
            yield name, data[at:]
            return
        size = 2 + max(2, int.from_bytes(data[at + 2 : at + 4], "big"))
        yield name, data[at : at + size]
        at += size


def _packet(part: Part) -> bytes | None:
    """The XMP in a chunk or a segment, None where it holds none."""
    name, body = part
    if name == b"\xe1" and body[4:].startswith(HEADER):
        return body[4 + len(HEADER) :][:PACKET]
    if name != b"iTXt" or not body[8:].startswith(KEYWORD + b"\0"):
        return None
    compressed, rest = body[9 + len(KEYWORD)], body[11 + len(KEYWORD) : -4].split(b"\0", 2)
    if len(rest) < 3:
        return b""
    if not compressed:
        return rest[2][:PACKET]
    try:
        return zlib.decompressobj().decompress(rest[2], PACKET)
    except zlib.error:
        return b""


def _fields(xmp: str) -> dict[str, str] | None:
    """The label in a packet of XMP, as an element or as an attribute, with or without the outer "AIGC"."""
    if NAMESPACE.rstrip("/") not in xmp:
        return None
    found = re.search(r"<\w{1,20}:AIGC>([^<]{0,4000})</", xmp) or re.search(r'\s\w{1,20}:AIGC="([^"<]{0,4000})"', xmp)
    if not found:
        return None
    try:
        value = json.loads(html.unescape(found[1]))
    except (ValueError, RecursionError):
        return None
    value = value.get("AIGC", value) if isinstance(value, dict) else None
    good = isinstance(value, dict) and set(value) == set(FIELDS) and value["Label"] in LABELS
    good = good and all(isinstance(text, str) and len(text) <= LONGEST for text in value.values())
    return value if good else None


# --- in plain sight --------------------------------------------------------------------------------------------------

# "AI生成" drawn from WenQuanYi Micro Hei at 48 pixels, as a PNG: the picture of four characters, so that no font is needed.
GLYPHS = (
    "iVBORw0KGgoAAAANSUhEUgAAAIsAAAAsBAMAAACnLlaaAAAAElBMVEX////AwMCgoKCAgIBgYGAAAAAIhgMBAAAC70lEQVR42qWWsW/UMBjFf3"
    "bS3T3UicW9lt3l6F4J+AOo1L+ygLoX1O5Q1RJjq9Z7oWcGprvEDHYuueRyCcKTLxe/vO89f88WZwyNe/du8x/FVX7C8wRYyEEU5vOeP8Lc8/TV"
    "AWyFebod/IbidhDG3m+FEEDOchDGi0E2wuCAPP66s68MAIsLgPwDQCAbZIP+oWs2FrfBCYbZsHPKik2AMj7NtANxFC1Cb1hXrnQPFDcAzBJMuY"
    "KRx/o6O41ztxnmoTOfpaJKCLWFVSlOKEaOyMZjrGt/uoSbSOomPZklxunN8Cj212As2lrdUTgk/lUZB5HdgalgsgScivJC1lWtNt/gnqnX5JG+"
    "lJXGdcc4dpNhu+O0KZCiA7Mkj539ra/DG77IqLBC49dfceyPMumXr2AcGt3SIljMIEQAni99A0a12CwHGgpAB4jLciAgIGuJY5lszzGhUJGDij"
    "AlGQiKtXeP3EkfzM8vqxTwKiCSNiUCBOtV5YeMiD4IyATjUIBpZcVR72o5nU73I4xPaZIDDgMonBnXhwcGwmPcFdpXRQWPAlS3HQasRuDxmMgm"
    "VkfW0hi+JGOqyZt2bkgCFhVhCsrz9a1dGduZtN4ShBCFlk2D3LiCVF1UWcRdmjcXtyJnWqXNtPdcCPOoSA5VIATfqiplUulmPWww9jrmdU6AGA"
    "TF51FW+RagiWIXVQ/KjlVD2qCq+JSV39126BmuAZaROMjUCgB6lFVO1DAi1YSkjqdxMDRgChIHGVixUZ083nRo1rkLV2Bh6cnL+m4Sk8tv760C"
    "Qfkpsll6mEO4PJENGEnw5bdrio9um9/xdM6AKwRL8CB94/ah8IUDwu02ozQCmMDCc6iweFTePADMtX1Zze8aB8V5NTnW8Zoxe5avCRcIs7h4MF"
    "aSv298ae8MzsYoPJ3GHDkko/iORPJvo6hXaKRBah7Zre5+3fFitrENdvSfFYx9C7x2cLLohZn0HFNvfq/2x54CMmNzEGf87/CKxV9xpQF5S79n"
    "1gAAAABJRU5ErkJggg=="
)


def glyphs() -> np.ndarray:
    """The characters, (height, width), 0 to 1, cut close: their height is the array's."""
    import io

    from PIL import Image

    return np.asarray(Image.open(io.BytesIO(b64decode(GLYPHS))).convert("L"), np.float32) / 255


def stamp(picture: Image, share: float = SHARE, words: np.ndarray | None = None) -> Image:
    """The picture with the characters in its lower right corner, white on a dark field, as tall as the standard asks. ``words``:
    others in their place, as :func:`glyphs` has them."""
    from PIL import Image

    mask = glyphs() if words is None else words
    height = max(8, int(np.ceil(share * min(picture.size))))
    width = max(1, round(height * mask.shape[1] / mask.shape[0]))
    ink = Image.fromarray((mask * 255).astype(np.uint8)).resize((width, height), Image.Resampling.LANCZOS)
    edge = max(2, height // 3)
    marked = picture.convert("RGB")
    x, y = marked.width - width - 2 * edge, marked.height - height - 2 * edge
    marked.paste((20, 20, 24), (x - edge, y - edge, marked.width - edge, marked.height - edge))
    marked.paste((255, 255, 255), (x, y, x + width, y + height), ink)
    return marked
