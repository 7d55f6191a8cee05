"""Fidelity and diversity from nearest neighbours: precision, recall, density, coverage. Pure functions on distances."""

from __future__ import annotations

import math

from torch import Tensor

from genai_core.metrics.distances import distances


def radii(within: Tensor, k: int) -> Tensor:
    """The distance of each point to its k-th nearest other one, (N,), from the distances (N, N) within a set."""
    return within.kthvalue(k + 1, dim=1).values  # the nearest, at distance 0, is the point itself


def neighbourhoods(real: Tensor, fake: Tensor, k: int = 5, real_radii: Tensor | None = None) -> dict[str, float]:
    """Precision, recall, density and coverage of fake (M, D) against real (N, D) vectors.

    - precision: share of fakes within the k-NN ball of some real one; recall: share of reals within that of some fake
      (Kynkaanniemi et al. 2019, arXiv:1904.06991, eq. 1 and 2).
    - density: in how many real balls a fake lies on average, over k; coverage: share of reals with a fake in their ball
      (Naeem et al. 2020, arXiv:2002.09797, eq. 3 and 4). Density can exceed 1.
    """
    if real_radii is None:
        real_radii = radii(distances(real, real), k)
    between = distances(real, fake)  # (N, M)
    in_real = between <= real_radii[:, None]
    in_fake = between <= radii(distances(fake, fake), k)
    return {
        "precision": float(in_real.any(0).double().mean()),
        "recall": float(in_fake.any(1).double().mean()),
        "density": float(in_real.sum(0).double().mean() / k),
        "coverage": float(in_real.any(1).double().mean()),
    }


def expected_coverage(n: int, m: int, k: int = 5) -> float:
    """Coverage expected of m fakes that come from the same distribution as the n reals, 1 - Π_{i=1..k} (n-i)/(n+m-i).

    A real is not covered if its k nearest among the n + m - 1 other points are all real. Holds in any dimension for
    continuous distributions; about 1 - 2^-k where n = m. It can be exceeded, and grows with m.
    """
    return 1 - math.prod((n - i) / (n + m - i) for i in range(1, k + 1))
