"""Precision, recall, density and coverage by hand, by brute force, and against scikit-learn's neighbours."""

import numpy as np
import pytest
import torch
from sklearn.neighbors import NearestNeighbors

from genai_core.metrics.distances import distances
from genai_core.metrics.manifold import expected_coverage, neighbourhoods, radii


def line(*values):
    return torch.tensor(values, dtype=torch.float64)[:, None]


def test_by_hand_on_a_line():
    """Real 0, 1, 3, 10 with k = 1 have radii 1, 1, 2, 7; fake 0.5, 2, 30, 31 have 1.5, 1.5, 1, 1.

    In the real balls lie .5 (of 0 and 1) and 2 (of 1 and 3): precision 2/4, density 4/4, coverage 3/4. In the fake
    balls lie 0, 1 and 3: recall 3/4.
    """
    found = neighbourhoods(line(0, 1, 3, 10), line(0.5, 2, 30, 31), k=1)
    assert found == {"precision": 0.5, "recall": 0.75, "density": 1.0, "coverage": 0.75}


def brute_force(real, fake, k):
    def radius(points, i):
        return sorted(np.linalg.norm(points[i] - q) for j, q in enumerate(points) if j != i)[k - 1]

    ball_real = [radius(real, i) for i in range(len(real))]
    ball_fake = [radius(fake, j) for j in range(len(fake))]
    inside = [[np.linalg.norm(r - f) <= ball for f in fake] for r, ball in zip(real, ball_real, strict=True)]
    back = [[np.linalg.norm(r - f) <= ball for f, ball in zip(fake, ball_fake, strict=True)] for r in real]
    return {
        "precision": np.mean([any(row[j] for row in inside) for j in range(len(fake))]),
        "recall": np.mean([any(row) for row in back]),
        "density": np.sum(inside) / (k * len(fake)),
        "coverage": np.mean([any(row) for row in inside]),
    }


@pytest.mark.parametrize("k", [1, 3, 5])
def test_by_brute_force(k):
    rng = np.random.default_rng(k)
    real, fake = rng.normal(size=(25, 3)), rng.normal(0.4, 0.8, size=(18, 3))
    found = neighbourhoods(torch.from_numpy(real), torch.from_numpy(fake), k)
    assert found == pytest.approx(brute_force(real, fake, k), abs=1e-12)


def test_radii_are_scikit_learns():
    x = torch.randn(400, 16, generator=torch.Generator().manual_seed(0))
    reference = NearestNeighbors(n_neighbors=6).fit(x.numpy()).kneighbors(x.numpy())[0][:, -1]  # itself among the six
    assert np.allclose(radii(distances(x, x), 5), reference, atol=1e-6)


@pytest.mark.parametrize("n, m, k", [(60, 60, 5), (50, 100, 3), (100, 30, 2)])
def test_expected_coverage_by_simulation(n, m, k):
    rng = torch.Generator().manual_seed(n + m)
    seen = torch.tensor(
        [
            neighbourhoods(torch.randn(n, 3, generator=rng), torch.randn(m, 3, generator=rng), k)["coverage"]
            for _ in range(150)
        ]
    )
    assert expected_coverage(n, m, k) == pytest.approx(float(seen.mean()), abs=4 * float(seen.std()) / 150**0.5)


def test_expected_coverage_at_the_protocols_size():
    assert expected_coverage(1000, 1000, 5) == pytest.approx(0.969, abs=5e-4)
    assert expected_coverage(10, 10**9, 5) == pytest.approx(1)


def test_collapse_costs_recall_and_coverage_not_precision():
    rng = torch.Generator().manual_seed(0)
    real = torch.randn(500, 4, generator=rng)
    one = real[:1] + 1e-3 * torch.randn(500, 4, generator=rng)
    found = neighbourhoods(real, one)
    assert found["precision"] == 1 and found["recall"] <= 0.01 and found["coverage"] < 0.05
    same = neighbourhoods(real, real[:1].repeat(500, 1))
    assert same["precision"] == 1 and same["coverage"] < 0.05
