"""How points of one class lie: what guidance buys and costs where every class has a place in the plane. Torch-free."""

from __future__ import annotations

import numpy as np


def spread(x: np.ndarray, y: np.ndarray) -> float:
    """The standard deviation of a coordinate of points x (N, 2) around the mean of their own class y (N,).

    Root mean square over the classes there are, each counted once.
    """
    return float(np.sqrt(np.mean([x[y == k].var(0).mean() for k in np.unique(y)])))


def shift(x: np.ndarray, y: np.ndarray, real: np.ndarray, real_y: np.ndarray) -> float:
    """How far the mean of a class lies from that of the real points of the class, mean over the classes in y."""
    away = [x[y == k].mean(0) - real[real_y == k].mean(0) for k in np.unique(y)]
    return float(np.linalg.norm(away, axis=1).mean())


def right(log_densities: np.ndarray, y: np.ndarray) -> float:
    """The share of points for which their own class y (N,) is the one of greatest true density, of (N, classes)."""
    return float((log_densities.argmax(1) == y).mean())
