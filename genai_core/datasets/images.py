"""Pictures of images: a grid on black, at the data's own resolution (a page scales it up)."""

from __future__ import annotations

import base64
import io
import math
from typing import Any

import numpy as np
from PIL import Image

from genai_core.contracts import Data, DataInfo


def grid(samples: Any, columns: int | None = None, gutter: int = 2) -> np.ndarray:
    """Samples (N, H, W) in [0, 1] (clipped; NaN is black), or uint8, as one uint8 picture.

    Rows of ``columns`` images (a square without it) with ``gutter`` black pixels between them: the picture is
    (rows (H + gutter) - gutter, columns (W + gutter) - gutter).
    """
    x = np.asarray(samples)
    if x.dtype != np.uint8:
        x = np.rint(np.nan_to_num(x, nan=0.0).clip(0, 1) * 255).astype(np.uint8)
    n, height, width = x.shape
    columns = min(n, columns or math.ceil(math.sqrt(n)))
    rows = -(-n // columns)
    tiles = np.zeros((rows * columns, height + gutter, width + gutter), np.uint8)
    tiles[:n, :height, :width] = x
    picture = tiles.reshape(rows, columns, height + gutter, width + gutter).transpose(0, 2, 1, 3)
    picture = picture.reshape(rows * (height + gutter), columns * (width + gutter))
    return np.ascontiguousarray(picture[: picture.shape[0] - gutter, : picture.shape[1] - gutter])


def kept(samples: Any, columns: int | None = None, gutter: int = 2, levels: int = 16) -> str:
    """A :func:`grid` as a PNG in base64, for a report: in so many grey ``levels`` (a power of two), which take less room."""
    found = io.BytesIO()
    coarse = grid(samples, columns, gutter) & (256 - 256 // levels)
    Image.fromarray(coarse.astype(np.uint8)).save(found, "PNG", optimize=True)
    return base64.b64encode(found.getvalue()).decode("ascii")


def image_data(arrays: dict[str, np.ndarray], heldout: str, classes: tuple[str, ...]) -> Data:
    """A Data from the arrays ``x_train``, ``y_train``, ``x_<heldout>``, ``y_<heldout>``."""
    return Data(
        info=DataInfo("image", arrays["x_train"].shape[1:], classes),
        train=arrays["x_train"],
        heldout=arrays[f"x_{heldout}"],
        train_labels=arrays["y_train"],
        heldout_labels=arrays[f"y_{heldout}"],
    )
