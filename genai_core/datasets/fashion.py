"""All of Fashion-MNIST, 60,000 and 10,000 pictures, where Debian's package dataset-fashion-mnist is installed."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from genai_core.contracts import N_, Data, DatasetSpec
from genai_core.datasets.fashion5k import CLASSES
from genai_core.datasets.files import check_images, checked_labels, read_idx
from genai_core.datasets.images import grid, image_data
from genai_core.errors import DataError

FOLDER = Path("/usr/share/datasets/fashion-mnist")
PARTS = {"train": ("train", 60_000), "test": ("t10k", 10_000)}


def read_folder(folder: Path, parts: dict[str, tuple[str, int]] = PARTS) -> dict[str, np.ndarray]:
    """``x_train``, ``y_train``, ``x_test``, ``y_test`` from a folder with the four IDX files of the MNIST family."""
    arrays = {}
    for part, (prefix, n) in parts.items():
        images, labels = (folder / f"{prefix}-{kind}-ubyte.gz" for kind in ("images-idx3", "labels-idx1"))
        arrays[f"x_{part}"] = read_idx(images, (n, 28, 28))
        check_images(images.name, "IDX", arrays[f"x_{part}"], n)
        arrays[f"y_{part}"] = checked_labels(labels.name, "IDX", read_idx(labels, (n,)), n)
    return arrays


def available() -> bool:
    return FOLDER.is_dir()


def load() -> Data:
    """uint8 (60000, 28, 28) and (10000, 28, 28). Raises DataError."""
    if not available():
        raise DataError(
            N_("The full Fashion-MNIST is not on this machine: install Debian's package {package}, or use {dataset}."),
            package="dataset-fashion-mnist",
            dataset="fashion5k",
        )
    return image_data(read_folder(FOLDER), "test", CLASSES)


SPEC = DatasetSpec(
    key="fashion",
    title=N_("Clothes, all 60,000"),
    summary=N_("The whole of Fashion-MNIST, where the machine has it."),
    modality="image",
    load=load,
    show=grid,
    source="Xiao, Rasul, Vollgraf 2017: Fashion-MNIST; Debian's dataset-fashion-mnist",
    licence="MIT",
    available=available,
    order=40,
)
