"""Thirty measures of cell nuclei of 569 breast masses, and whether each was malignant: Wisconsin's diagnostic data of 1995.

Street, Wolberg and Mangasarian, Nuclear feature extraction for breast tumor diagnosis, SPIE 1905:861, 1993.
Models see every measure on a scale of its own: its logarithm (its square root where it can be 0), centred and divided by
its standard deviation over the training part.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import numpy as np

from genai_core.contracts import N_, Data, DataInfo, DatasetSpec
from genai_core.datasets.files import ASSETS, BROKEN, UNREADABLE, check_sha256, provenance
from genai_core.errors import DataError

NAME = "patients.csv"
CLASSES = (N_("malignant"), N_("benign"))
MEASURES = (
    "radius", "texture", "perimeter", "area", "smoothness",
    "compactness", "concavity", "concave points", "symmetry", "fractal dimension",
)  # fmt: skip
COLUMNS = tuple(f"{kind} {measure}" for kind in ("mean", "error of", "worst") for measure in MEASURES)
ROOTED = np.array(["conca" in column for column in COLUMNS])  # columns with zeros
HELDOUT = (64, 107)  # malignant, benign: three tenths of each
TRAINED = 398
CELL = 9  # pixels of a value in a picture of records


@dataclass(frozen=True)
class Scale:
    """Between the units of the file and those of the models, both (N, 30)."""

    centre: np.ndarray
    spread: np.ndarray

    def inward(self, values: np.ndarray) -> np.ndarray:
        return ((_bent(values) - self.centre) / self.spread).astype(np.float32)

    def outward(self, scaled: np.ndarray) -> np.ndarray:
        bent = np.asarray(scaled, np.float64) * self.spread + self.centre
        return np.where(ROOTED, np.maximum(bent, 0) ** 2, np.exp(np.where(ROOTED, 0, bent)))


def _bent(values: np.ndarray) -> np.ndarray:
    values = np.asarray(values, np.float64)
    return np.where(ROOTED, np.sqrt(values), np.log(np.where(ROOTED, 1, values)))


@functools.cache
def table() -> tuple[np.ndarray, np.ndarray]:
    """float64 (569, 30) in the units of the file, int64 (569,) with 0 for malignant; the first 398 are the training part.
    Raises DataError."""
    path = ASSETS / NAME
    check_sha256(path, provenance()[NAME]["sha256"])
    try:
        head, *lines = path.read_text("ascii").splitlines()
        rows = [line.split(",") for line in lines]
        values = np.array([row[2:] for row in rows], np.float64)
        labels = np.array([CLASSES.index(row[1]) for row in rows], np.int64)
    except (*BROKEN, IndexError, ValueError) as error:
        raise DataError(UNREADABLE, file=NAME, kind="CSV") from error
    if head.split(",") != ["part", "diagnosis", *COLUMNS] or values.shape != (TRAINED + sum(HELDOUT), len(COLUMNS)):
        raise DataError(UNREADABLE, file=NAME, kind="CSV")
    values.flags.writeable = labels.flags.writeable = False
    return values, labels


@functools.cache
def scale() -> Scale:
    """Of the training part."""
    bent = _bent(table()[0][:TRAINED])
    return Scale(bent.mean(0), bent.std(0))


def load() -> Data:
    """float32 (398, 30) and (171, 30) on the scale of the models, with labels. Raises DataError."""
    values, labels = table()
    scaled = scale().inward(values)
    scaled.flags.writeable = False
    info = DataInfo("table", (len(COLUMNS),), CLASSES)
    return Data(info, scaled[:TRAINED], scaled[TRAINED:], labels[:TRAINED], labels[TRAINED:])


def show(samples: Any, columns: int | None = None) -> np.ndarray:
    """Records (n, 30), at most 48, as a picture: a row a record, a column a measure, blue below the mean and red above.
    uint8 (n CELL, 30 CELL, 3)."""
    x = np.clip(np.nan_to_num(np.asarray(samples, np.float64)[:48]) / 3, -1, 1)[..., None]  # (n, 30, 1)
    low, middle, high = (np.array(hue, np.float64) for hue in ((59, 130, 246), (24, 24, 30), (239, 90, 70)))
    mixed = middle + np.abs(x) * (np.where(x < 0, low, high) - middle)
    return np.repeat(np.repeat(mixed.round().astype(np.uint8), CELL, 0), CELL, 1)


SPEC = DatasetSpec(
    key="patients",
    title=N_("Breast masses, 30 measures"),
    summary=N_(
        "569 records of cell nuclei in fluid from a breast mass, 212 of them malignant; 171 records are held out."
    ),
    modality="table",
    load=load,
    show=show,
    source="William H. Wolberg, W. Nick Street, Olvi L. Mangasarian 1995, Breast Cancer Wisconsin (Diagnostic), UCI; the table in scikit-learn 1.9.1",
    licence="CC BY 4.0",
    order=90,
)
