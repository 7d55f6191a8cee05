"""Texts: reading a shipped one, and turning symbols into numbers and back."""

from __future__ import annotations

import functools
import lzma
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from genai_core.contracts import N_, Data, DataInfo
from genai_core.datasets.files import ASSETS, NO_ARRAY, UNREADABLE, check_sha256, provenance
from genai_core.errors import DataError

MOST = 16_000_000  # bytes that a text may expand to
NO_PARTS = N_("{file} must hold two texts parted by a form feed, what to train on and what is held out.")
NEW_SYMBOLS = N_("{file}: the held-out text has symbols that the training text lacks: {symbols}.")


def read_text(path: Path) -> tuple[str, str]:
    """Training and held-out text of an .xz file in UTF-8, parted by a form feed. DataError on anything else."""
    try:
        decoder = lzma.LZMADecompressor(lzma.FORMAT_XZ)
        raw = decoder.decompress(path.read_bytes(), max_length=MOST)
        if not decoder.eof:
            raise EOFError
        parts = raw.decode("utf-8").split("\f")
    except (OSError, EOFError, lzma.LZMAError, UnicodeDecodeError) as error:
        raise DataError(UNREADABLE, file=path.name, kind="xz") from error
    if len(parts) != 2 or not all(parts):
        raise DataError(NO_PARTS, file=path.name)
    return parts[0], parts[1]


def text_data(train: str, heldout: str, file: str) -> Data:
    """Both texts as token ids; the vocabulary is the symbols of the training text in the order of their code points."""
    vocabulary = tuple(sorted(set(train)))
    if unknown := set(heldout) - set(vocabulary):
        raise DataError(NEW_SYMBOLS, file=file, symbols=" ".join(sorted(unknown)[:10]))
    info = DataInfo("text", (), vocabulary=vocabulary)
    return Data(info, encode(train, vocabulary), encode(heldout, vocabulary))


def read_text_asset(name: str) -> Data:
    """A shipped text, after its SHA-256 has been found to be the recorded one."""
    path = ASSETS / name
    if name not in provenance():
        raise DataError(NO_ARRAY, file="PROVENANCE.toml", array=name)
    digest = provenance()[name]["sha256"]
    check_sha256(path, digest)
    return _unpacked(path, digest)


@functools.lru_cache(maxsize=4)
def _unpacked(path: Path, digest: str) -> Data:
    data = text_data(*read_text(path), path.name)
    for array in (data.train, data.heldout):  # shared by all who ask
        array.setflags(write=False)
    return data


def encode(text: str, vocabulary: Iterable[str]) -> np.ndarray:
    """The places of the symbols in the sorted vocabulary, int32 (len(text),). Every symbol must be one of them."""
    known = np.array([ord(symbol) for symbol in vocabulary], np.uint32)
    return np.searchsorted(known, np.frombuffer(text.encode("utf-32-le"), np.uint32)).astype(np.int32)


def decode(ids: Any, vocabulary: tuple[str, ...]) -> str:
    return "".join(vocabulary[i] for i in np.asarray(ids).tolist())


def prose(samples: Any, vocabulary: tuple[str, ...]) -> str:
    """Samples (n, length) as one string, a blank line between them and none inside."""
    texts = (decode(row, vocabulary).strip("\n").replace("\n\n", "\n") for row in samples)
    return "\n\n".join(texts)


def verse(samples: Any, vocabulary: tuple[str, ...]) -> str:
    """The first poem of each sample (n, length), a blank line between them."""
    texts = (decode(row, vocabulary).lstrip("\n").split("\n\n")[0].strip("\n") for row in samples)
    return "\n\n".join(texts)
