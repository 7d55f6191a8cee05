"""Bounds of the VAEs where log p(x) is known, and the gradient through the reparameterisation."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from genai_core.contracts import Batch, Data, DataInfo
from genai_core.errors import ConfigError
from genai_core.metrics import likelihood
from genai_core.models import vae_conv, vae_mlp
from genai_core.models.vae_parts import Vae, distort, spread, warm

INFO = DataInfo("image", (28, 28), tuple("0123456789"))
TINY = DataInfo("image", (1, 3))


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


class Linear(nn.Module):
    """z (B, d) -> logits, and a posterior that is not quite the right one."""

    def __init__(self, latent: int, pixels: int) -> None:
        super().__init__()
        rng = torch.Generator().manual_seed(4)
        self.weight = nn.Parameter(2 * torch.randn(latent, pixels, generator=rng))

    def forward(self, z, y=None):
        return z @ self.weight + 0.3


class Posterior(nn.Module):
    def __init__(self, latent: int) -> None:
        super().__init__()
        self.latent = latent

    def forward(self, x, y=None):
        mean = (x.sum(-1, keepdim=True) - 1.5).expand(-1, self.latent) * 0.3
        return mean, torch.full_like(mean, -0.2)


class Tiny(Vae):
    """Three binary pixels, one or two latents: log p(x) by quadrature."""

    def __init__(self, latent: int) -> None:
        super().__init__(vae_mlp.Config(latent=latent, precision="float32"), TINY)
        self.encoder, self.decoder = Posterior(latent), Linear(latent, 3)

    def exact(self, x):
        grid = torch.linspace(-8, 8, 321)
        z = torch.cartesian_prod(*[grid] * self.z_dim).view(-1, self.z_dim)
        step = (grid[1] - grid[0]) ** self.z_dim
        joint = self.log_prob(x[:, None], self.decoder(z)) + likelihood.log_normal(z)  # (B, grid)
        return joint.logsumexp(1) + step.log()


CORNERS = torch.cartesian_prod(*[torch.tensor([0.0, 1.0])] * 3)


@pytest.mark.parametrize("latent", [1, 2])
@torch.no_grad()
def test_elbo_below_iwae_below_log_p_and_the_gap_closes(latent):
    model = Tiny(latent)
    log_p = model.exact(CORNERS)
    assert float(log_p.logsumexp(0)) == pytest.approx(0, abs=1e-4)  # all eight pictures together have probability 1
    means, errors = [], []
    for k in (1, 5, 50, 1000):
        x = CORNERS.repeat(4000 if k < 50 else 400 if k < 1000 else 40, 1)
        found = model.bound(x, None, k, torch.Generator().manual_seed(k)).view(-1, 8)
        means.append(found.mean(0))
        errors.append(found.std(0) / len(found) ** 0.5)
    for i, (mean, error) in enumerate(zip(means, errors, strict=True)):
        assert (mean <= log_p + 4 * error).all(), i
        if i:
            assert (mean >= means[i - 1] - 4 * (error + errors[i - 1])).all()
    assert float((log_p - means[0]).mean()) > 0.05  # a control: the posterior is wrong enough to see the bounds rise
    assert float((log_p - means[3]).abs().max()) < 0.02


@torch.no_grad()
def test_elbo_is_reconstruction_plus_kl_by_quadrature():
    model = Tiny(1)
    mean, log_var = model.encoder(CORNERS)
    grid = torch.linspace(-7, 7, 2001)[:, None, None]
    z = mean + (log_var / 2).exp() * grid
    weights = likelihood.log_normal(grid).exp() * float(grid[1] - grid[0])
    reconstruction = (weights * model.log_prob(CORNERS, model.decoder(z))).sum(0)
    elbo = reconstruction - likelihood.kl_normal(mean, log_var).sum(1)
    drawn = model.log_weights(CORNERS, None, 40_000, torch.Generator().manual_seed(0))
    assert ((drawn.mean(0) - elbo).abs() < 5 * drawn.std(0) / 200).all()


@pytest.mark.parametrize("k", [1, 4])
@pytest.mark.parametrize("kind", ["bernoulli", "continuous bernoulli"])
def test_one_gradient_reaches_both_networks_as_finite_differences_say(kind, k):
    """Trained jointly: the loss of one step, differentiated through z = mean + sd * noise, with the noise held."""
    torch.manual_seed(0)
    model = vae_mlp.MlpVae(
        vae_mlp.Config(width=8, latent=3, k=k, likelihood=kind, activation="tanh", precision="float32"), INFO
    )
    x = torch.rand(4, 28, 28, generator=torch.Generator().manual_seed(1))

    def loss(rng_seed: int = 2) -> torch.Tensor:
        rng = torch.Generator().manual_seed(rng_seed)
        seen = model.observe(x, rng)
        return -likelihood.importance_bound(model.log_weights(seen, None, k, rng)).mean()

    loss().backward()
    for part in (model.encoder.net[0].weight, model.encoder.net[-1].bias, model.decoder.net[0].weight):
        index = int(part.grad.abs().argmax())
        slope, eps = float(part.grad.flatten()[index]), 2e-2
        with torch.no_grad():
            flat = part.view(-1)
            ends = []
            for sign in (1, -1):
                flat[index] += sign * eps
                ends.append(float(loss()))
                flat[index] -= sign * eps
        assert slope != 0 and (ends[0] - ends[1]) / (2 * eps) == pytest.approx(slope, rel=0.02, abs=3e-3)


def test_a_step_logs_reconstruction_and_kl_whose_sum_is_the_loss():
    for beta, share in ((1.0, 1.0), (4.0, 4.0)):
        torch.manual_seed(0)
        model = vae_mlp.MlpVae(vae_mlp.Config(width=8, latent=4, beta=beta, warmup=0.0, precision="float32"), INFO)
        batch = Batch(torch.rand(16, 28, 28), torch.arange(16) % 10)
        losses = model.train_step(batch, model.optimizers(), 1, 10, torch.Generator().manual_seed(0))
        assert float(losses["loss"]) == pytest.approx(float(losses["reconstruction"] + share * losses["kl"]), rel=1e-5)
        assert (
            losses["reconstruction"] > 300 and 0 <= losses["kl_active"] <= 4
        )  # nats of a whole picture, not of a pixel


def fake(n: int = 60) -> Data:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (n, 28, 28), dtype=np.uint8)
    return Data(INFO, images, images, np.arange(n) % 10, np.arange(n) % 10)


@pytest.mark.parametrize("kind, suffix", [("bernoulli", ""), ("continuous bernoulli", "_grey")])
@torch.no_grad()
def test_measures_of_binary_and_of_grey_pixels_never_share_a_name(kind, suffix):
    torch.manual_seed(0)
    config = vae_mlp.Config(width=8, latent=3, likelihood=kind, images=20, conditional=True, precision="float32")
    model, data = vae_mlp.MlpVae(config, INFO), fake()
    found = model.measures(data, torch.Generator().manual_seed(0))
    assert f"elbo{suffix}" in found and ("elbo" in found) == (suffix == "")
    assert found["active"] <= 3 and {"kl_01", "kl_02", "kl_03"} <= set(found)
    assert found["kl_01"] >= found["kl_02"] >= found["kl_03"] >= 0
    final = model.final(data, torch.Generator().manual_seed(0))
    elbo, tight = final[f"elbo{suffix}"], final[f"iwae_5000{suffix}"]
    assert elbo.value < tight.value and tight.low < tight.value < tight.high
    assert elbo.unit == tight.unit == "nats" and final["bound_images"].value == 60


@torch.no_grad()
def test_the_corrected_bound_is_the_direct_one():
    """Two-phase sampling against IWAE-5000 of every image."""
    model = Tiny(1)
    rng = np.random.default_rng(1)
    data = Data(TINY, images := rng.integers(0, 2, (400, 1, 3), dtype=np.uint8) * 255, images)
    found = model.final(data, torch.Generator().manual_seed(0))["iwae_5000"]
    _, x, _ = model.heldout(data, 400)
    direct = float(model.exact(x).mean())
    assert abs(found.value - direct) < 0.02 and found.low < direct < found.high


def test_the_binarisation_of_the_figures_is_the_same_for_every_model():
    data = fake()
    one = vae_mlp.MlpVae(vae_mlp.Config(width=8, latent=2), INFO).heldout(data, 1000)
    other = vae_conv.ConvVae(vae_conv.Config(width=8, latent=5, conditional=True), INFO).heldout(data, 1000)
    part = other[1][spread(60, 20)]
    assert torch.equal(one[1], other[1]) and one[2] is None and torch.equal(other[2], torch.arange(60) % 10)
    assert torch.equal(vae_mlp.MlpVae(vae_mlp.Config(width=8), INFO).heldout(data, 20)[1], part)


def test_log_likelihood_names_its_kind():
    model = vae_mlp.MlpVae(vae_mlp.Config(width=8, latent=2), INFO)
    batch = Batch(torch.rand(5, 28, 28), None)
    for k, kind in ((1, "ELBO"), (7, "IWAE-7")):
        nats, named = model.log_likelihood(batch, torch.Generator().manual_seed(0), k)
        assert nats.shape == (5,) and named == kind and (nats < 0).all()


def test_distortion_moves_pixels_and_keeps_pictures():
    x = torch.zeros(200, 28, 28)
    x[:, 9:19, 12:16] = 1.0
    rng = torch.Generator().manual_seed(0)
    moved = distort(x, 0.5, rng)
    assert moved.shape == x.shape and 0 <= moved.min() and moved.max() <= 1
    assert (moved != x).flatten(1).any(1).all()
    ink = moved.sum((1, 2)) / x.sum((1, 2))
    assert float(ink.mean()) == pytest.approx(1, abs=0.05) and float(ink.std()) < 0.2
    assert distort(x, 0.0, rng) is x


def test_classes_need_a_data_set_that_has_them():
    with pytest.raises(ConfigError):
        vae_mlp.MlpVae(vae_mlp.Config(conditional=True), TINY)


def test_the_schedule_falls_to_a_hundredth():
    model = vae_mlp.MlpVae(vae_mlp.Config(width=8, latent=2, lr=1e-3), INFO)
    optimizers, rng = model.optimizers(), torch.Generator().manual_seed(0)
    rates = []
    for step in (1, 50, 100):
        model.train_step(Batch(torch.rand(16, 28, 28), None), optimizers, step, 100, rng)
        rates.append(optimizers["vae"].param_groups[0]["lr"])
    assert rates == pytest.approx([1e-3, 5.05e-4, 1e-5], rel=1e-3)
    assert math.isclose(rates[-1], 1e-5)


def test_the_kl_is_faded_in():
    assert [warm(step, 50.0) for step in (1, 25, 50, 99)] == [0.02, 0.5, 1.0, 1.0]
    assert warm(1, 0.0) == 1.0
