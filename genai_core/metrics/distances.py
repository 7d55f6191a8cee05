"""Distances between two sets of feature vectors. Pure functions; all arithmetic in float64.

A few lines each, because a live run pays for imports: torchmetrics costs a job 74 MB and most of a second (it imports
scipy.signal), scikit-learn as much again. The tests hold these functions to both libraries' results.
"""

from __future__ import annotations

import torch
from torch import Tensor


def moments(x: Tensor) -> tuple[Tensor, Tensor]:
    """Mean (D,) and unbiased covariance (D, D) of vectors (N, D)."""
    x = x.double()
    return x.mean(0), x.T.cov()


def frechet(mean_a: Tensor, cov_a: Tensor, mean_b: Tensor, cov_b: Tensor) -> float:
    """The squared Frechet (2-Wasserstein) distance of two Gaussians, |m_a - m_b|² + tr(A + B - 2 (A B)^½).

    Dowson and Landau 1982; with network features Heusel et al. 2017, arXiv:1706.08500, eq. 6. The trace of (A B)^½ is
    that of (A^½ B A^½)^½, which is symmetric: no complex roots, and singular covariances do no harm.
    """
    values, vectors = torch.linalg.eigh(cov_a.double())
    root = vectors * values.clamp(min=0).sqrt() @ vectors.T
    cross = torch.linalg.eigvalsh(root @ cov_b.double() @ root).clamp(min=0).sqrt().sum()
    shift = (mean_a - mean_b).double().square().sum()
    return max(0.0, float(shift + cov_a.trace() + cov_b.trace() - 2 * cross))


def kid(x: Tensor, y: Tensor) -> float:
    """Kernel Inception distance: the unbiased squared MMD of x (N, D) and y (M, D) under (x·y / D + 1)³.

    Binkowski et al. 2018, arXiv:1801.01401, section 4. Its mean is 0 for equal distributions, so it can be negative.
    """
    x, y = x.double(), y.double()

    def kernel(a: Tensor, b: Tensor) -> Tensor:
        return (a @ b.T / a.shape[1] + 1) ** 3

    return float(_off_diagonal_mean(kernel(x, x)) + _off_diagonal_mean(kernel(y, y)) - 2 * kernel(x, y).mean())


def energy(x: Tensor, y: Tensor) -> float:
    """The energy distance 2 E|X - Y| - E|X - X'| - E|Y - Y'| of x (N, D) and y (M, D), unbiased: it can be negative.

    Szekely and Rizzo 2013, J. Stat. Plan. Inference 143:1249.
    """
    own = _off_diagonal_mean(distances(x, x)) + _off_diagonal_mean(distances(y, y))
    return float(2 * distances(x, y).mean() - own)


def distances(x: Tensor, y: Tensor) -> Tensor:
    """Euclidean distances, float64 (N, M)."""
    return torch.cdist(x.double(), y.double())


def _off_diagonal_mean(square: Tensor) -> Tensor:
    n = len(square)
    return (square.sum() - square.trace()) / (n * (n - 1))
