"""Reading data files, strictly: each refusal names the file and says what is wrong with it."""

from __future__ import annotations

import functools
import gzip
import hashlib
import struct
import tokenize
import tomllib
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from genai_core.contracts import N_
from genai_core.errors import DataError

# What numpy and zipfile raise on damaged files: numpy reads an array's header with Python's tokenizer, and np.load
# gives a bare array, which has no files, for a file in .npy form.
BROKEN = (
    *(ValueError, TypeError, KeyError, AttributeError, EOFError, OSError, OverflowError, MemoryError, RuntimeError),
    *(SyntaxError, tokenize.TokenError, struct.error, zipfile.BadZipFile, zlib.error),
)

ASSETS = Path(__file__).parent / "assets"
DIGITS = tuple("0123456789")

MISSING = N_("{file} is missing. Put it back from the repository, or build it again as PROVENANCE.toml beside it says.")
ALTERED = N_("{file} is not the file that was recorded: its SHA-256 begins with {found}, expected {expected}.")
UNREADABLE = N_("{file} is damaged or cut short: it cannot be read as {kind}.")
NO_ARRAY = N_("{file} lacks “{array}”.")
WRONG_ARRAY = N_("{file}: the array “{array}” is {found}, expected {expected}.")
WRONG_LABELS = N_("{file}: the labels in “{array}” run from {low} to {high}, allowed are 0 to {last}.")
WRONG_LENGTH = N_("{file} holds {found} bytes of data where its header promises {expected}.")
WRONG_MAGIC = N_("{file} is not an IDX file of {dimensions} dimensions: it starts with {found}.")


def sha256(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@functools.cache
def provenance() -> dict[str, Any]:
    """What PROVENANCE.toml records of each shipped file: source, version, licence, SHA-256, script."""
    path = ASSETS / "PROVENANCE.toml"
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise DataError(MISSING, file=path.name) from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise DataError(UNREADABLE, file=path.name, kind="TOML") from error


def check_sha256(path: Path, expected: str) -> None:
    """Raise DataError unless ``path`` is a file with this SHA-256."""
    if not path.is_file():
        raise DataError(MISSING, file=path.name)
    found = sha256(path)
    if found != expected:
        raise DataError(ALTERED, file=path.name, found=found[:12], expected=expected[:12])


def read_npz(path: Path, names: tuple[str, ...]) -> dict[str, np.ndarray]:
    """The named arrays of an .npz file. Pickled objects are refused."""
    arrays = {}
    try:
        with np.load(path, allow_pickle=False) as archive:
            for name in names:
                if name not in archive.files:
                    raise DataError(NO_ARRAY, file=path.name, array=name)
                arrays[name] = archive[name]
    except FileNotFoundError as error:
        raise DataError(MISSING, file=path.name) from error
    except BROKEN as error:
        raise DataError(UNREADABLE, file=path.name, kind="npz") from error
    return arrays


def read_images(path: Path, sizes: dict[str, int], classes: int = 10, side: int = 28) -> dict[str, np.ndarray]:
    """Images and labels of an .npz file: for each part in ``sizes`` the arrays ``x_<part>`` and ``y_<part>``.

    Returns images uint8 (N, side, side) and labels int64 (N,), N as in ``sizes``; raises DataError on anything else.
    """
    arrays = read_npz(path, tuple(f"{letter}_{part}" for part in sizes for letter in "xy"))
    for part, n in sizes.items():
        check_images(path.name, f"x_{part}", arrays[f"x_{part}"], n, side)
        arrays[f"y_{part}"] = checked_labels(path.name, f"y_{part}", arrays[f"y_{part}"], n, classes)
    return arrays


def check_images(file: str, name: str, x: np.ndarray, n: int, side: int = 28) -> None:
    """Raise DataError unless ``x`` is uint8 (n, side, side) with the contrast of pictures on a scale of 0 to 255."""
    expected = f"uint8 {(n, side, side)}"
    if x.dtype != np.uint8 or x.shape != (n, side, side):
        raise DataError(WRONG_ARRAY, file=file, array=name, found=f"{x.dtype} {x.shape}", expected=expected)
    if x.max() < 128:
        raise DataError(WRONG_ARRAY, file=file, array=name, found=f"0…{x.max()}", expected="0…255")


def checked_labels(file: str, name: str, y: np.ndarray, n: int, classes: int = 10) -> np.ndarray:
    """``y`` as int64 (n,), or DataError if it is no vector of n labels in 0 … classes - 1."""
    if y.dtype.kind not in "iu" or y.shape != (n,):
        raise DataError(WRONG_ARRAY, file=file, array=name, found=f"{y.dtype} {y.shape}", expected=f"int {(n,)}")
    if y.min() < 0 or y.max() >= classes:
        raise DataError(WRONG_LABELS, file=file, array=name, low=int(y.min()), high=int(y.max()), last=classes - 1)
    return y.astype(np.int64)


def read_asset(name: str, sizes: dict[str, int]) -> dict[str, np.ndarray]:
    """A shipped image file, after its SHA-256 has been found to be the recorded one."""
    path = ASSETS / name
    if name not in provenance():
        raise DataError(NO_ARRAY, file="PROVENANCE.toml", array=name)
    check_sha256(path, provenance()[name]["sha256"])
    return read_images(path, sizes)


def read_idx(path: Path, shape: tuple[int, ...]) -> np.ndarray:
    """A gzip'd IDX file of bytes with exactly this shape (LeCun's format: two zeros, type 8, rank, sizes, data).

    Reads no more than the shape allows, whatever the file would expand to.
    """
    rank, size = len(shape), int(np.prod(shape))
    try:
        with gzip.open(path, "rb") as file:
            raw = file.read(4 + 4 * rank + size + 1)
    except FileNotFoundError as error:
        raise DataError(MISSING, file=path.name) from error
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(UNREADABLE, file=path.name, kind="gzip") from error
    if raw[:4] != bytes((0, 0, 8, rank)):
        raise DataError(WRONG_MAGIC, file=path.name, dimensions=rank, found=raw[:4].hex(" "))
    if len(raw) < 4 + 4 * rank:
        raise DataError(UNREADABLE, file=path.name, kind="IDX")
    found = tuple(int(n) for n in np.frombuffer(raw, ">u4", rank, 4))
    if found != shape:
        raise DataError(WRONG_ARRAY, file=path.name, array="IDX", found=f"uint8 {found}", expected=f"uint8 {shape}")
    data = np.frombuffer(raw, np.uint8, offset=4 + 4 * rank)
    if data.size != size:
        raise DataError(
            WRONG_LENGTH, file=path.name, found=data.size if data.size < size else f">{size}", expected=size
        )
    return data.reshape(shape).copy()
