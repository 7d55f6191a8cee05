"""Do samples repeat what a model was trained on? Statistics of distances to the nearest training picture.

Pictures are float (N, H, W) in [0, 1] or vectors (N, D), distances Euclidean. A copy that was shifted by a few pixels is far
away by this measure: what is found here is a lower bound.
"""

from __future__ import annotations

import math

import numpy as np

from genai_core.metrics.statistics import auc

NEIGHBOURS, ABNORMAL = 20, 1 / 3


def distances(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Euclidean distances (N, M), float64, of a (N, ...) to b (M, ...)."""
    a, b = (np.asarray(x, np.float64).reshape(len(x), -1) for x in (a, b))
    squared = (a * a).sum(1)[:, None] + (b * b).sum(1) - 2 * a @ b.T
    return np.sqrt(squared.clip(min=0))


def z_u(generated: np.ndarray, heldout: np.ndarray) -> float:
    """The standardised Mann-Whitney statistic of distances to the nearest training picture: those of generated pictures (N,)
    against those of held-out ones (M,).

    Far below 0: generated pictures lie nearer to the training set than fresh ones do, which is copying; far above 0: further
    away, which is underfitting. Near 0 they are alike. Meehan, Chaudhuri and Dasgupta 2020, arXiv:2004.05675, section 3.1.
    Ties count half; the variance is that without ties.
    """
    n, m = len(generated), len(heldout)
    return (auc(generated, heldout) - 0.5) * math.sqrt(12 * n * m / (n + m + 1))


def nearer(training: np.ndarray, heldout: np.ndarray) -> float:
    """The share of samples that lie nearer to a training picture than to any held-out one, from distances (N, M) to two sets
    of equal size: 1/2 for a model that knows neither set, or both. Ties count half."""
    if training.shape != heldout.shape:
        raise ValueError("the two sets must be equally large")
    a, b = training.min(1), heldout.min(1)
    return float((a < b).mean() + (a == b).mean() / 2)


def abnormality(found: np.ndarray, neighbours: int = NEIGHBOURS) -> np.ndarray:
    """How abnormally near each sample's nearest picture is: its distance over the mean distance of the next ``neighbours``
    ones, (N,) in [0, 1], from distances (N, M) to M different pictures.

    After Carlini et al. 2023, arXiv:2301.13188, section 5.1, where the plain distance failed: simple pictures are near to
    everything.
    """
    if found.shape[1] <= neighbours:
        raise ValueError(f"{neighbours} neighbours besides the nearest are needed")
    near = np.sort(found, 1)[:, : neighbours + 1]
    return near[:, 0] / np.maximum(near[:, 1:].mean(1), 1e-12)


def copies(found: np.ndarray, neighbours: int = NEIGHBOURS, threshold: float = ABNORMAL) -> np.ndarray:
    """Which samples (N,) are copies by that rule, bool."""
    return abnormality(found, neighbours) < threshold
