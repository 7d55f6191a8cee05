"""Likelihoods and bounds against torch's distributions, numerical integrals, and cases whose log p(x) is known."""

import math

import pytest
import torch
from torch.distributions import Bernoulli, ContinuousBernoulli, Normal, kl_divergence

from genai_core.metrics import likelihood

RNG = torch.Generator


def test_kl_is_that_of_torch_and_of_a_monte_carlo_control():
    mean, log_var = torch.tensor([0.0, 1.5, -2.0, 0.3]).double(), torch.tensor([0.0, -3.0, 0.5, 2.0]).double()
    q, p = Normal(mean, (log_var / 2).exp()), Normal(0.0, 1.0)
    found = likelihood.kl_normal(mean, log_var)
    torch.testing.assert_close(found, kl_divergence(q, Normal(torch.zeros(4).double(), 1.0)))
    z = mean + (log_var / 2).exp() * torch.randn(100_000, 4, generator=RNG().manual_seed(0), dtype=torch.float64)
    draws = q.log_prob(z) - p.log_prob(z)
    assert ((draws.mean(0) - found).abs() <= 5 * draws.std(0) / len(z) ** 0.5 + 1e-12).all()
    assert found[0] == 0


def test_densities_are_those_of_torch():
    rng = RNG().manual_seed(0)
    logits = 2 * torch.randn(5, 30, generator=rng, dtype=torch.float64)
    x = torch.rand(5, 30, generator=rng, dtype=torch.float64)
    on = (x > 0.5).double()
    torch.testing.assert_close(likelihood.bernoulli(on, logits), Bernoulli(logits=logits).log_prob(on).sum(1))
    torch.testing.assert_close(
        likelihood.continuous_bernoulli(x, logits), ContinuousBernoulli(logits=logits).log_prob(x).sum(1)
    )
    z, mean, log_var = (torch.randn(5, 3, generator=rng, dtype=torch.float64) for _ in range(3))
    expected = Normal(mean, (log_var / 2).exp()).log_prob(z).sum(1)
    torch.testing.assert_close(likelihood.log_normal(z, mean, log_var), expected)


LOGITS = (-9.2, -5.0, -0.3, -0.061, -0.059, -1e-3, 0.0, 1e-5, 0.02, 0.0599, 0.0601, 1.0, 9.0)


@pytest.mark.parametrize("t", LOGITS)
def test_the_continuous_bernoulli_integrates_to_one_and_has_its_mean(t):
    """By Simpson's rule on 20,000 intervals, on both sides of where the Taylor series takes over."""
    x = torch.linspace(0, 1, 20_001, dtype=torch.float64)
    weights = torch.full_like(x, 2.0)
    weights[1::2] = 4.0
    weights[0] = weights[-1] = 1.0
    logit = torch.tensor([t], dtype=torch.float64)
    density = likelihood.continuous_bernoulli(x[:, None], logit).exp()
    assert float((weights * density).sum() / 60_000) == pytest.approx(1, abs=1e-9)
    mean = float((weights * density * x).sum() / 60_000)
    assert float(likelihood.continuous_bernoulli_mean(logit)) == pytest.approx(mean, abs=1e-8)


def test_the_taylor_part_joins_and_keeps_its_gradient():
    t = torch.tensor(
        [-likelihood.NEAR * 1.0001, -likelihood.NEAR * 0.9999, 0.0], dtype=torch.float64, requires_grad=True
    )
    value = likelihood.log_normaliser(t)
    assert abs(float((value[0] - value[1]).detach())) < 1e-6 and float(value[2].detach()) == pytest.approx(math.log(2))
    (slope,) = torch.autograd.grad(value.sum(), t)
    assert slope.isfinite().all() and float(slope[2]) == 0
    assert abs(float(slope[0] - slope[1])) < 1e-5
    assert torch.autograd.gradcheck(
        likelihood.log_normaliser, (torch.linspace(-3, 3, 21, dtype=torch.float64).requires_grad_(),)
    )


def test_draws_of_the_continuous_bernoulli_follow_its_distribution():
    u = torch.linspace(0, 1, 1001, dtype=torch.float64)
    for t in (-9.0, -4.0, -0.2, 0.0, 0.5, 9.0):
        x = likelihood.continuous_bernoulli_draw(u, torch.full_like(u, t))
        assert (x.diff() > 0).all() and x[0] == 0 and float(x[-1]) == pytest.approx(1)
        torch.testing.assert_close(x if t == 0 else torch.expm1(t * x) / math.expm1(t), u, atol=1e-9, rtol=0)


def test_logits_of_grey_pixels_are_held():
    """Or a pixel that is always black would outweigh all others, and its density has no bound."""
    black = torch.zeros(1, dtype=torch.float64)
    far, edge = (
        likelihood.continuous_bernoulli(black, torch.tensor([t]).double()) for t in (-900.0, -likelihood.LIMIT)
    )
    assert float(far) == float(edge) == pytest.approx(math.log(likelihood.LIMIT), abs=1e-3)
    logits = torch.tensor([-900.0, 900.0])
    assert likelihood.continuous_bernoulli_mean(logits).tolist() == pytest.approx(
        [1 / likelihood.LIMIT, 1 - 1 / likelihood.LIMIT], abs=1e-3
    )


def test_cross_entropy_of_grey_pixels_is_no_density():
    """What is taken for a likelihood integrates to less than one: to 1 / C."""
    x = torch.linspace(0, 1, 10_001, dtype=torch.float64)
    for t in (-4.0, 0.5, 2.0):
        logit = torch.tensor([t], dtype=torch.float64)
        area = float(torch.trapezoid(likelihood.bernoulli(x[:, None], logit).exp(), x))
        assert area == pytest.approx(float((-likelihood.log_normaliser(logit)).exp()), abs=1e-6)
        assert area < 0.6


def test_binarisation_has_the_grey_values_as_its_means_and_repeats():
    x = torch.tensor([0.0, 0.1, 0.5, 0.93, 1.0]).expand(20_000, 5)
    on = likelihood.binarise(x, RNG().manual_seed(3))
    assert torch.equal(on, likelihood.binarise(x, RNG().manual_seed(3)))
    assert set(on.unique().tolist()) == {0.0, 1.0}
    error = (x[0] * (1 - x[0]) / len(x)).sqrt()
    assert ((on.mean(0) - x[0]).abs() <= 5 * error).all()


def test_bounds_of_weights_are_their_log_mean():
    weights = torch.tensor([[1.0, 2.0], [3.0, 2.0]]).log()
    torch.testing.assert_close(likelihood.importance_bound(weights), torch.tensor([2.0, 2.0]).log())
    assert torch.equal(likelihood.importance_bound(weights[:1]), weights[0])


def test_sharpness_falls_with_blur_and_not_with_brightness():
    images = torch.rand(20, 28, 28, generator=RNG().manual_seed(0)).round()
    blurred = torch.nn.functional.avg_pool2d(images[:, None], 3, 1, 1)[:, 0]
    sharp = likelihood.sharpness(images)
    assert likelihood.sharpness(blurred) < 0.5 * sharp
    assert likelihood.sharpness(images / 2) == pytest.approx(sharp, rel=1e-5)
    assert likelihood.sharpness(torch.ones(3, 28, 28)) == 0
