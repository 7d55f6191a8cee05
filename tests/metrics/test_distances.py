"""Distances against closed forms, sums written out, and the libraries that are their reference."""

import math

import pytest
import torch
from torchmetrics.image.fid import FrechetInceptionDistance
from torchmetrics.image.kid import KernelInceptionDistance

from genai_core.metrics.distances import energy, frechet, kid, moments


def draws(n, dim, seed=0, shift=0.0, scale=1.0):
    return shift + scale * torch.randn(n, dim, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def rotation(dim, seed):
    return torch.linalg.qr(draws(dim, dim, seed))[0]


def test_frechet_of_gaussians_that_commute():
    """In one basis: |m - n|² + Σ (σ - τ)²."""
    q = rotation(5, 3)
    a, b = torch.tensor([1.0, 2, 3, 0, 5]).double(), torch.tensor([2.0, 2, 1, 4, 0]).double()
    m, n = draws(5, 1, 1).squeeze(), draws(5, 1, 2).squeeze()
    expected = (m - n).square().sum() + (a - b).square().sum()
    assert frechet(m, q @ torch.diag(a**2) @ q.T, n, q @ torch.diag(b**2) @ q.T) == pytest.approx(
        float(expected), rel=1e-7
    )


def test_frechet_of_gaussians_that_do_not_commute():
    """2 x 2: tr (AB)^½ = sqrt(tr AB + 2 sqrt(det AB))."""
    a, b = torch.tensor([[2.0, 1], [1, 3]]).double(), torch.tensor([[4.0, -1], [-1, 1]]).double()
    root = math.sqrt(float((a @ b).trace()) + 2 * math.sqrt(float((a @ b).det())))
    zero = torch.zeros(2)
    assert frechet(zero, a, zero, b) == pytest.approx(5 + 5 - 2 * root, rel=1e-9)


def test_frechet_of_equal_and_singular():
    x = draws(50, 8)
    x[:, 4:] = 0
    assert frechet(*moments(x), *moments(x)) == pytest.approx(0, abs=1e-6)
    assert frechet(*moments(x), torch.zeros(8), torch.zeros(8, 8)) == pytest.approx(
        float(x.mean(0).square().sum() + x.T.cov().trace()), rel=1e-9
    )


class Same(torch.nn.Module):
    num_features = 6

    def forward(self, x):
        return x


def test_frechet_is_torchmetrics():
    x, y = draws(300, 6), draws(200, 6, 1, 0.3, 1.4) @ rotation(6, 2)
    reference = FrechetInceptionDistance(Same(), input_img_size=(6,)).set_dtype(torch.float64)
    reference.update(x, real=True)
    reference.update(y, real=False)
    assert frechet(*moments(x), *moments(y)) == pytest.approx(float(reference.compute()), rel=1e-5)


def test_kid_is_torchmetrics():
    x, y = draws(200, 6), draws(200, 6, 1, 0.3, 1.4)
    reference = KernelInceptionDistance(Same(), subsets=1, subset_size=200).set_dtype(torch.float64)
    reference.update(x, real=True)
    reference.update(y, real=False)
    assert kid(x, y) == pytest.approx(float(reference.compute()[0]), rel=1e-5)


def test_kid_and_energy_written_out():
    x, y = draws(4, 3), draws(5, 3, 1, 1.0)

    def mean(f, a, b, same):
        pairs = [(p, q) for i, p in enumerate(a) for j, q in enumerate(b) if not (same and i == j)]
        return sum(float(f(p, q)) for p, q in pairs) / len(pairs)

    for function, kernel, sign in (
        (kid, lambda p, q: (p @ q / 3 + 1) ** 3, 1),
        (energy, lambda p, q: (p - q).norm(), -1),
    ):
        expected = mean(kernel, x, x, True) + mean(kernel, y, y, True) - 2 * mean(kernel, x, y, False)
        assert function(x, y) == pytest.approx(sign * expected, rel=1e-9)


@pytest.mark.parametrize("function, shift", [(kid, 0.5), (energy, 0.5)])
def test_unbiased_at_equal_distributions(function, shift):
    same = torch.tensor([function(draws(40, 4, 2 * s), draws(40, 4, 2 * s + 1)) for s in range(200)])
    error = same.std() / math.sqrt(200)
    assert abs(same.mean()) < 3.5 * error and (same < 0).any()
    other = torch.tensor([function(draws(40, 4, 2 * s), draws(40, 4, 2 * s + 1, shift)) for s in range(50)])
    assert other.mean() > 10 * error


def test_energy_distance_of_two_shifted_uniforms():
    """On [0, 1] and [1, 2]: 2 E|X - Y| - E|X - X'| - E|Y - Y'| = 2 - 2/3."""
    rng = torch.Generator().manual_seed(0)
    x, y = torch.rand(3000, 1, generator=rng), 1 + torch.rand(3000, 1, generator=rng)
    assert energy(x, y) == pytest.approx(4 / 3, abs=0.02)
