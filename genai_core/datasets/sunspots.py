"""Yearly sunspot numbers, 1700 to 2008: the series for which Yule invented autoregression in 1927.

Yule, On a method of investigating periodicities in disturbed series, Phil. Trans. R. Soc. A 226:267, 1927.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from genai_core.contracts import N_, Data, DataInfo, DatasetSpec
from genai_core.datasets.files import ASSETS, BROKEN, UNREADABLE, check_sha256, provenance
from genai_core.design import colour
from genai_core.errors import DataError
from genai_core.linechart import Line, chart

NAME = "sunspots.csv"
FIRST, YEARS = 1700, 309
TRAINED = 221  # 1700 to 1920; the 88 years from 1921 on are held out


def load() -> Data:
    """float32 (221,) and (88,): sunspot numbers a year, in their order. Raises DataError."""
    path = ASSETS / NAME
    check_sha256(path, provenance()[NAME]["sha256"])
    try:
        table = np.loadtxt(path, delimiter=",", skiprows=1, dtype=np.float64)
    except BROKEN as error:
        raise DataError(UNREADABLE, file=NAME, kind="CSV") from error
    if table.shape != (YEARS, 2) or (table[:, 0] != np.arange(FIRST, FIRST + YEARS)).any():
        raise DataError(UNREADABLE, file=NAME, kind="CSV")
    values = table[:, 1].astype(np.float32)
    values.flags.writeable = False
    return Data(DataInfo("series", ()), values[:TRAINED], values[TRAINED:])


def show(samples: Any, columns: int | None = None) -> np.ndarray:
    """Generated series (n, length) above each other, at most six, as one picture, uint8 (448, 448, 3)."""
    rows = np.atleast_2d(np.asarray(samples, np.float64))[:6]
    return chart([[Line(row, colour("generated", dark=True))] for row in rows])


SPEC = DatasetSpec(
    key="sunspots",
    title=N_("Sunspots, 1700 to 2008"),
    summary=N_("309 yearly numbers. Trained on the years to 1920; everything from 1921 on is held out."),
    modality="series",
    load=load,
    show=show,
    source="National Geophysical Data Center; the table in statsmodels 0.15.0",
    licence="public domain",
    order=70,
)
