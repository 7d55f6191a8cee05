"""Safetensors files without torch: read and check the header, keep some of the tensors.

Format: 8 bytes little-endian header length, a JSON header {name: {dtype, shape, data_offsets}, "__metadata__": {str: str}},
then the data. Source: https://huggingface.co/docs/safetensors.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Callable
from typing import Any

import numpy as np

from genai_core.contracts import N_
from genai_core.errors import RunError

SIZES = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U8": 1, "BOOL": 1}
MAX_HEADER = 4 << 20
MAX_TENSORS = 5000
BAD = N_("The weights of this run are damaged: they are not a whole safetensors file.")


def header_length(first: bytes) -> int:
    """Length of the JSON header from the first 8 bytes."""
    if len(first) < 8:
        raise RunError(BAD)
    (length,) = struct.unpack("<Q", first[:8])
    if not 2 <= length <= MAX_HEADER:
        raise RunError(BAD)
    return length


def check_header(raw: bytes, data_length: int | None = None) -> tuple[dict[str, dict[str, Any]], dict[str, str]]:
    """The tensors' entries and the metadata of a JSON header.

    Checks names, dtypes, shapes and offsets: the tensors lie one after another, without gap or overlap, and fill the
    ``data_length`` bytes where it is given. RunError otherwise.
    """
    try:
        header = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise RunError(BAD) from error
    if not isinstance(header, dict) or len(header) > MAX_TENSORS:
        raise RunError(BAD)
    meta = header.pop("__metadata__", {})
    if not isinstance(meta, dict) or not all(isinstance(v, str) for v in meta.values()):
        raise RunError(BAD)
    spans = []
    for name, entry in header.items():
        if len(name) > 200 or not isinstance(entry, dict) or set(entry) != {"dtype", "shape", "data_offsets"}:
            raise RunError(BAD)
        shape, offsets = entry["shape"], entry["data_offsets"]
        if (
            not isinstance(entry["dtype"], str)
            or entry["dtype"] not in SIZES
            or not _naturals(shape, 8)
            or not _naturals(offsets, 2)
            or len(offsets) != 2
        ):
            raise RunError(BAD)
        if offsets[1] - offsets[0] != SIZES[entry["dtype"]] * math.prod(shape):
            raise RunError(BAD)
        spans.append(tuple(offsets))
    end = 0
    for low, high in sorted(spans):
        if low != end:
            raise RunError(BAD)
        end = high
    if data_length is not None and end != data_length:
        raise RunError(BAD)
    return header, meta


def _naturals(values: Any, most: int) -> bool:
    return isinstance(values, list) and len(values) <= most and all(type(v) is int and 0 <= v < 2**40 for v in values)


def check(blob: bytes) -> tuple[dict[str, dict[str, Any]], dict[str, str]]:
    """The header of a whole file, checked against its data."""
    length = header_length(blob[:8])
    return check_header(blob[8 : 8 + length], len(blob) - 8 - length)


def read_meta(meta: dict[str, str]) -> dict[str, Any]:
    """The run's own part of the metadata (step, kind, ...), {} where there is none."""
    try:
        found = json.loads(meta.get("meta", "{}"))
    except (ValueError, RecursionError) as error:
        raise RunError(BAD) from error
    if not isinstance(found, dict):
        raise RunError(BAD)
    return found


def select(blob: bytes, keep: Callable[[str], bool], meta: dict[str, Any], half: bool = False) -> bytes:
    """A file with only the tensors whose name passes ``keep``, and with ``meta`` in place of the metadata.

    With ``half``, float32 tensors that fit are stored as float16: half the size, relative error 2**-11 (weights below
    6e-5 keep an absolute error of 3e-8).
    """
    header, _ = check(blob)
    start = 8 + header_length(blob[:8])
    parts: list[bytes] = []
    kept: dict[str, Any] = {"__metadata__": {"meta": json.dumps(meta)}}
    offset = 0
    for name, entry in sorted(header.items(), key=lambda item: (item[1]["data_offsets"], item[0])):
        if keep(name):
            low, high = entry["data_offsets"]
            data, dtype = blob[start + low : start + high], entry["dtype"]
            if half and dtype == "F32":
                data, dtype = _halved(data)
            parts.append(data)
            kept[name] = entry | {"dtype": dtype, "data_offsets": [offset, offset + len(data)]}
            offset += len(data)
    raw = json.dumps(kept, separators=(",", ":")).encode()
    raw += b" " * (-len(raw) % 8)
    return struct.pack("<Q", len(raw)) + raw + b"".join(parts)


def _halved(data: bytes) -> tuple[bytes, str]:
    """float32 as float16, where no value leaves its range."""
    values = np.frombuffer(data, "<f4")
    size = np.abs(values[values != 0])
    if size.size and (size.max() > np.finfo(np.float16).max or not np.isfinite(size).all()):
        return data, "F32"
    return values.astype("<f2").tobytes(), "F16"
