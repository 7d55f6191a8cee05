"""The true densities of the clouds of points: what the log-likelihood of a perfect model would be."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from genai_core.contracts import Data

LogDensity = Callable[[np.ndarray], np.ndarray]  # points (N, 2) -> nats (N,)


def log_density_of(data: Data) -> LogDensity | None:
    """The log density that ``data`` was drawn from, None where nobody knows it."""
    key = cloud(data)
    if key is None:
        return None
    from genai_core.datasets import points

    return lambda x: points.log_density(key, x)


def class_log_densities_of(data: Data) -> LogDensity | None:
    """As :func:`log_density_of` for each class alone, log p(x | y): points (N, 2) -> nats (N, classes)."""
    key = cloud(data)
    if key is None:
        return None
    from genai_core.datasets import points

    return lambda x: points.class_log_densities(key, x)


def cloud(data: Data) -> str | None:
    """The key of the cloud that ``data`` is, None where it is none of the project's."""
    if data.info.modality != "points":
        return None
    from genai_core.datasets import points

    return next((key for key in points.DRAW if np.array_equal(points.load(key).train, data.train)), None)
