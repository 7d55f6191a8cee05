"""Names in five styles, a language each, and a list of existing brands to hold new names against.

A name is written in the letters a to z; marks above and below letters are left out. A row holds the letters of one name, each by its
place in :data:`VOCABULARY`, then ends: "·" until the row is full.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from genai_core.contracts import N_, Data, DataInfo, DatasetSpec
from genai_core.datasets.files import ASSETS, UNREADABLE, check_sha256, provenance
from genai_core.errors import DataError

NAME, BRANDS = "names.csv", "brands.txt"
STYLES = (N_("Italian"), N_("Icelandic"), N_("Finnish"), N_("Turkish"), N_("Pinyin"))
END = 0
VOCABULARY = ("·", *"abcdefghijklmnopqrstuvwxyz")
SHORTEST, LONGEST = 3, 11  # letters of a name
LENGTH = LONGEST + 1  # of a row: one end at least
FITS = re.compile(f"[a-z]{{{SHORTEST},{LONGEST}}}")
TRAIN, HELDOUT = 600, 70  # names of each style


def encode(names: Iterable[str]) -> np.ndarray:
    """int8 (N, 12). ValueError for anything but 3 to 11 of the letters a to z."""
    names = list(names)
    if not all(FITS.fullmatch(name) for name in names):
        raise ValueError("not 3 to 11 of the letters a to z")
    rows = "".join(name.ljust(LENGTH, "`") for name in names).encode("ascii")  # "`" stands before "a"
    return (np.frombuffer(rows, np.uint8).reshape(-1, LENGTH) - ord("`")).astype(np.int8)


def decode(rows: Any) -> list[str]:
    """The names of rows (N, length), each up to its first end."""
    found = []
    for row in np.asarray(rows):
        ends = np.flatnonzero(row == END)
        found.append("".join(VOCABULARY[i] for i in row[: ends[0] if len(ends) else len(row)]))
    return found


def read(path: Path) -> list[tuple[str, str, str]]:
    """Rows of ``part,style,name``. DataError on anything else."""
    try:
        head, *lines = path.read_text(encoding="ascii").splitlines()
        rows = [(part, style, name) for part, style, name in (line.split(",") for line in lines)]
    except (OSError, ValueError) as error:
        raise DataError(UNREADABLE, file=path.name, kind="CSV") from error
    fits = all(part in ("train", "heldout") and style in STYLES and FITS.fullmatch(name) for part, style, name in rows)
    if head != "part,style,name" or not fits or len(rows) != len(STYLES) * (TRAIN + HELDOUT):
        raise DataError(UNREADABLE, file=path.name, kind="CSV")
    return rows


def _checked(name: str) -> tuple[Path, str]:
    path, digest = ASSETS / name, provenance().get(name, {}).get("sha256", "")
    check_sha256(path, digest)
    return path, digest


def load() -> Data:
    """int8 (3000, 12) and (350, 12) with the style of each. Raises DataError."""
    return _data(*_checked(NAME))


@functools.lru_cache(maxsize=2)
def _data(path: Path, digest: str) -> Data:
    rows = read(path)
    parts = {}
    for part in ("train", "heldout"):
        kept = [(style, name) for p, style, name in rows if p == part]
        labels = np.array([STYLES.index(style) for style, _ in kept], np.int64)
        parts[part] = encode(name for _, name in kept), labels
        for array in parts[part]:
            array.setflags(write=False)
    info = DataInfo("names", (LENGTH,), STYLES, VOCABULARY)
    return Data(info, parts["train"][0], parts["heldout"][0], parts["train"][1], parts["heldout"][1])


def brands() -> tuple[str, ...]:
    """Existing brands in the letters a to z, sorted. Raises DataError."""
    return _brands(*_checked(BRANDS))


@functools.lru_cache(maxsize=2)
def _brands(path: Path, digest: str) -> tuple[str, ...]:
    return tuple(path.read_text(encoding="ascii").split())


def show(samples: Any, columns: int = 1) -> str:
    """A name a line."""
    return "\n".join(name.capitalize() for name in decode(samples))


SPEC = DatasetSpec(
    key="names",
    title=N_("Names in five styles"),
    summary=N_(
        "3,350 names: given names and surnames of four languages, and words of Chinese in pinyin without tones."
    ),
    modality="names",
    load=load,
    show=show,
    source="Names that Faker 40.63.0 lists for four languages; two-character words of pypinyin 0.55.0",
    licence="MIT",
    order=90,
)
