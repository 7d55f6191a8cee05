"""Densities that are known: of the clouds of points, what the log-likelihood of a perfect model would be; and what the best
discriminator makes of two of them. numpy alone."""

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


def best_discriminator(real: np.ndarray, generated: np.ndarray, label: float = 1.0) -> np.ndarray:
    """D* = s p / (p + p_G), what lowers the discriminator's loss furthest where the densities are ``real`` (N,) and ``generated`` (N,),
    for the real label s: (N,); nan where both are 0, as nothing is asked there.

    Goodfellow et al. 2014, arXiv:1406.2661, proposition 1; with s below 1 Salimans et al. 2016, arXiv:1606.03498, section 3.4.
    """
    return label * real / (real + generated)
