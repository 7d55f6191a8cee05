"""All of MNIST, 60,000 and 10,000 digits: from the path in GENAI_MNIST, from the cache, or downloaded once.

GENAI_MNIST names either the file ``mnist.npz`` as Keras lays it out, or a folder with the four IDX files of the
original distribution. Either way the pixels and labels must have the recorded SHA-256.
"""

from __future__ import annotations

import hashlib
import http.client
import os
import tempfile
import urllib.request
from pathlib import Path

import numpy as np

from genai_core.contracts import N_, Data, DatasetSpec
from genai_core.datasets.fashion import read_folder
from genai_core.datasets.files import ALTERED, DIGITS, check_sha256, read_images, sha256
from genai_core.datasets.images import grid, image_data
from genai_core.errors import DataError

VARIABLE = "GENAI_MNIST"
URL = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz"
SHA256 = "06af5dfe73b70e3bc1c36439982b18a8d76803db9b544f6fdf838a37fbb01b64"  # of mnist.npz
PIXELS_SHA256 = "5b92582eb909c82a9bfefcd44acbe9233be3eb5b419a44cf211022ad2bf4bf96"  # of x_train and x_test
LABELS_SHA256 = "671ff9d70b4811116d55c3dd479efa7a981e2e62753ef7a6d5c15fea81e63d27"  # of y_train and y_test as bytes
MAX_BYTES = 16_000_000
SIZES = {"train": 60_000, "test": 10_000}

GONE = N_("{variable} points to {path}, where there is nothing. Point it to mnist.npz, or use {dataset}.")
OFFLINE = N_("MNIST could not be downloaded ({reason}). Set {variable} to a copy of mnist.npz, or use {dataset}.")
TOO_LARGE = N_("The download of {file} was broken off: it is larger than {megabytes} MB, which MNIST is not.")


def cached() -> Path:
    """Where a downloaded copy is kept."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "genai-in-the-balance" / "mnist.npz"


def available() -> bool:
    """Whether MNIST is on this machine. Never downloads."""
    chosen = os.environ.get(VARIABLE)
    return Path(chosen).exists() if chosen else cached().is_file()


def load() -> Data:
    """uint8 (60000, 28, 28) and (10000, 28, 28). Downloads where no copy is known. Raises DataError."""
    chosen = os.environ.get(VARIABLE)
    path = Path(chosen) if chosen else cached()
    if chosen and not path.exists():
        raise DataError(GONE, variable=VARIABLE, path=str(path), dataset="mnist5k")
    if path.is_dir():
        arrays = read_folder(path)
        _check_content(path.name, arrays)
    else:
        if not path.is_file():
            download(URL, path, SHA256)
        check_sha256(path, SHA256)
        arrays = read_images(path, SIZES)
    return image_data(arrays, "test", DIGITS)


def _check_content(file: str, arrays: dict[str, np.ndarray]) -> None:
    for letter, expected in (("x", PIXELS_SHA256), ("y", LABELS_SHA256)):
        found = hashlib.sha256(b"".join(arrays[f"{letter}_{part}"].astype(np.uint8).tobytes() for part in SIZES))
        if found.hexdigest() != expected:
            raise DataError(ALTERED, file=file, found=found.hexdigest()[:12], expected=expected[:12])


def download(url: str, target: Path, digest: str, limit: int = MAX_BYTES, timeout: float = 20) -> None:
    """Fetch ``url`` over https into ``target``, whole and with this SHA-256, or raise DataError and leave nothing."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".part-")
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as file, urllib.request.urlopen(url, timeout=timeout) as response:
            if not response.geturl().startswith("https://"):
                raise DataError(OFFLINE, reason=f"{url} → {response.geturl()}", variable=VARIABLE, dataset="mnist5k")
            size = 0
            while block := response.read(1 << 16):
                size += len(block)
                if size > limit:
                    raise DataError(TOO_LARGE, file=target.name, megabytes=limit // 1_000_000)
                file.write(block)
        found = sha256(part)
        if found != digest:
            raise DataError(ALTERED, file=target.name, found=found[:12], expected=digest[:12])
        os.replace(part, target)
    except (OSError, http.client.HTTPException) as error:  # URLError and timeouts are OSErrors
        reason = str(getattr(error, "reason", error)) or type(error).__name__
        raise DataError(OFFLINE, reason=reason, variable=VARIABLE, dataset="mnist5k") from error
    finally:
        part.unlink(missing_ok=True)


SPEC = DatasetSpec(
    key="mnist",
    title=N_("Handwritten digits, all 60,000"),
    summary=N_("The whole of MNIST: from a file of yours, or downloaded once."),
    modality="image",
    load=load,
    show=grid,
    source="LeCun, Cortes, Burges: MNIST",
    licence="CC BY-SA 3.0",
    available=available,
    order=30,
)
