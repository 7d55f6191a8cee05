"""Likelihoods of images and their bounds, in nats per image. Pure functions on tensors; flat pixels, last dimension.

The Bernoulli likelihood is one of binary pixels: grey ones are binarised first, anew at every look
(Salakhutdinov and Murray 2008; Burda et al. 2015, section 5). Grey pixels as they are have the continuous Bernoulli:
Loaiza-Ganem and Cunningham 2019, https://arxiv.org/abs/1907.06845. The two are densities of different things and never
share an axis.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

ACTIVE = 0.01  # Burda et al. 2015, section 5.2: a unit is active where its mean varies by more over the data
NEAR = 0.06  # |logit| below which the normaliser is taken from its Taylor series
LIMIT = (
    25.0  # largest logit of a grey pixel: where one is always black, density has no bound, and would outweigh the rest
)
BINARISATION = 2015  # the seed of the one binarisation that figures of this house are measured on


def binarise(x: Tensor, rng: torch.Generator) -> Tensor:
    """Each pixel on with the probability of its grey value; float 0 and 1 of x's shape."""
    return (torch.rand(x.shape, generator=rng) < x).to(x.dtype)


def bernoulli(x: Tensor, logits: Tensor) -> Tensor:
    """log p(x) (...) of binary pixels x (..., D) under independent Bernoullis with these logits (..., D)."""
    return (x * logits - F.softplus(logits)).sum(-1)


def log_normaliser(logits: Tensor) -> Tensor:
    """log C of the continuous Bernoulli by the logit t of its parameter: log(t / tanh(t / 2)), log 2 at t = 0.

    The paper writes C = 2 artanh(1 - 2 lambda) / (1 - 2 lambda) (its equation 6); with t the logit of lambda,
    1 - 2 lambda = -tanh(t / 2). Near 0, where the quotient loses its digits: log 2 + t^2 / 12 - 7 t^4 / 1440 + ...
    """
    near = logits.abs() < NEAR
    safe = torch.where(near, torch.ones_like(logits), logits)
    square = logits.square()
    return torch.where(near, math.log(2) + square / 12 - 7 * square**2 / 1440, (safe / torch.tanh(safe / 2)).log())


def continuous_bernoulli(x: Tensor, logits: Tensor) -> Tensor:
    """log density (...) of grey pixels x (..., D) in [0, 1] under continuous Bernoullis with these logits (..., D)."""
    logits = logits.clamp(-LIMIT, LIMIT)
    return (x * logits - F.softplus(logits) + log_normaliser(logits)).sum(-1)


def continuous_bernoulli_mean(logits: Tensor) -> Tensor:
    """The mean of each continuous Bernoulli (the paper's equation 8): 1 / (1 - e^-t) - 1 / t, 1/2 at t = 0."""
    logits = logits.clamp(-LIMIT, LIMIT)
    near = logits.abs() < NEAR
    safe = torch.where(near, torch.ones_like(logits), logits)
    return torch.where(near, 0.5 + logits / 12 - logits**3 / 720, -1 / torch.expm1(-safe) - 1 / safe)


def kl_normal(mean: Tensor, log_var: Tensor) -> Tensor:
    """KL(N(mean, var) || N(0, 1)) of each coordinate: -1/2 (1 + log var - mean^2 - var). Kingma and Welling 2014,
    https://arxiv.org/abs/1312.6114, appendix B."""
    return 0.5 * (mean.square() + log_var.exp() - 1 - log_var)


def log_normal(z: Tensor, mean: Tensor | float = 0.0, log_var: Tensor | float = 0.0) -> Tensor:
    """log density (...) of z (..., d) under independent normals."""
    log_var = torch.as_tensor(log_var, dtype=z.dtype)
    return -0.5 * ((z - mean).square() * (-log_var).exp() + log_var + math.log(2 * math.pi)).sum(-1)


def importance_bound(log_weights: Tensor) -> Tensor:
    """The bound of k importance weights (k, ...) each: log of their mean. k = 1 is a draw of the ELBO; Burda et al. 2015,
    https://arxiv.org/abs/1509.00519, equation 8."""
    return log_weights.logsumexp(0) - math.log(len(log_weights))


def sharpness(images: Tensor) -> float:
    """How much of a picture's contrast is in its edges: squared differences of neighbouring pixels over squared pixels.

    images (n, H, W) in [0, 1]; the mean over all. Blur lowers it, whatever the brightness.
    """
    across, down = images.diff(dim=2).square().sum(), images.diff(dim=1).square().sum()
    return float((across + down) / images.square().sum().clamp(min=1e-6))


def continuous_bernoulli_draw(u: Tensor, logits: Tensor) -> Tensor:
    """Continuous Bernoullis from uniforms u, by the inverse distribution function: log(1 + u (e^t - 1)) / t, u at t = 0."""
    logits = logits.clamp(-LIMIT, LIMIT)
    near = logits.abs() < 1e-3
    safe = torch.where(near, torch.ones_like(logits), logits)
    return torch.where(near, u, torch.log1p(u * torch.expm1(safe)) / safe)
