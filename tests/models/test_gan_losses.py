"""The losses of the GANs against closed forms."""

import math

import pytest
import torch
from torch import nn

from genai_core.contracts import Batch, DataInfo
from genai_core.errors import ConfigError
from genai_core.metrics.densities import best_discriminator
from genai_core.models import gan_article, gan_dcgan, gan_mlp, gan_r1, gan_wgan_gp, parts

DIGITS = DataInfo("image", (28, 28), tuple("0123456789"))
POINTS = DataInfo("points", (2,))


def test_generator_losses_at_given_logits():
    scores = torch.tensor([-3.0, 0.0, 2.0], dtype=torch.float64)
    d = [1 / (1 + math.exp(-s)) for s in scores.tolist()]
    saturating = sum(math.log(1 - p) for p in d) / 3
    non_saturating = -sum(math.log(p) for p in d) / 3
    assert gan_mlp.generator_loss(scores, "minimax").item() == pytest.approx(saturating, rel=1e-12)
    assert gan_mlp.generator_loss(scores, "non-saturating").item() == pytest.approx(non_saturating, rel=1e-12)


@pytest.mark.parametrize("kind, slope", [("minimax", lambda d: -d), ("non-saturating", lambda d: d - 1)])
def test_slopes_of_the_generator_loss_in_the_logit(kind, slope):
    """Where D is sure (logit -8) minimax has lost its slope and the non-saturating loss has all of it."""
    score = torch.tensor([-8.0], dtype=torch.float64, requires_grad=True)
    gan_mlp.generator_loss(score, kind).backward()
    d = 1 / (1 + math.exp(8))
    assert score.grad.item() == pytest.approx(slope(d), rel=1e-9)


@pytest.mark.parametrize("smoothing, best", [(1.0, 0.5), (0.9, 0.45)])
def test_best_discriminator_at_the_optimum(smoothing, best):
    """With p = p_G one logit serves all x; minimised numerically, D is s / 2."""
    logit = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([logit], max_iter=100, tolerance_grad=1e-12, line_search_fn="strong_wolfe")

    def closure():
        optimizer.zero_grad()
        loss = gan_mlp.discriminator_loss(logit, logit, smoothing)
        loss.backward()
        return loss

    optimizer.step(closure)
    assert torch.sigmoid(logit).item() == pytest.approx(best, abs=1e-6)


@pytest.mark.parametrize("smoothing", [1.0, 0.9, 0.7])
def test_the_best_discriminator_is_where_lowering_the_loss_ends(smoothing):
    """A grid of six places, each looked at as often as its densities say: the logits that lower the loss are those of D*."""
    real, fake = torch.tensor([7, 5, 4, 2, 1, 1]), torch.tensor([1, 2, 4, 6, 2, 5])  # of twenty each
    logits = torch.zeros(6, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([logits], max_iter=300, tolerance_grad=1e-13, tolerance_change=1e-15, line_search_fn="strong_wolfe")

    def closure():
        optimizer.zero_grad()
        loss = gan_mlp.discriminator_loss(logits.repeat_interleave(real), logits.repeat_interleave(fake), smoothing)
        loss.backward()
        return loss

    optimizer.step(closure)
    best = best_discriminator(real.double().numpy() / 20, fake.double().numpy() / 20, smoothing)
    assert torch.sigmoid(logits).tolist() == pytest.approx(best.tolist(), abs=1e-5)
    assert best[2] == pytest.approx(smoothing / 2)  # where the two densities are equal


class Linear(nn.Module):
    def __init__(self, w: torch.Tensor) -> None:
        super().__init__()
        self.w = nn.Parameter(w)

    def forward(self, x: torch.Tensor, y: torch.Tensor | None = None) -> torch.Tensor:
        return x.flatten(1) @ self.w


@pytest.mark.parametrize("length, penalty", [(1.0, 0.0), (3.0, 4.0), (0.5, 0.25)])
def test_gradient_penalty_of_a_linear_critic(length, penalty):
    w = torch.randn(784, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    critic = Linear(length * w / w.norm())
    real, fake = torch.rand(2, 5, 28, 28, dtype=torch.float64)
    found = gan_wgan_gp.gradient_penalty(critic, real, fake, torch.rand(5, dtype=torch.float64))
    assert found.item() == pytest.approx(penalty, abs=1e-9)


def test_gradient_penalty_is_taken_between_real_and_fake():
    """For D = |x|^2 / 2 the slope at x is |x|: the mixing weight decides which x."""
    real, fake = torch.full((2, 4), 3.0), torch.full((2, 4), 1.0)  # lengths 6 and 2
    found = gan_wgan_gp.gradient_penalty(lambda x: x.square().sum(1) / 2, real, fake, torch.tensor([1.0, 0.0]))
    assert found.item() == pytest.approx(((6 - 1) ** 2 + (2 - 1) ** 2) / 2, rel=1e-5)


@pytest.mark.parametrize("kind, times", [("R1", 1), ("R2", 1), ("both", 2), ("none", 0)])
def test_r1_of_a_linear_discriminator(kind, times):
    """gamma / 2 |w|^2 for every place at which the slope is held."""
    torch.manual_seed(0)
    model = gan_r1.R1Gan(gan_r1.Config(penalty=kind, gamma=3.0), POINTS)
    w = torch.tensor([2.0, -1.0])
    model.discriminator = Linear(w.clone())
    losses = model.train_step(Batch(torch.rand(8, 2), None), model.optimizers(), 1, 10, torch.Generator())
    assert losses["r1"].item() == pytest.approx(times * 3.0 / 2 * 5.0, rel=1e-6)


def test_lazy_r1_of_the_convolutional_gan():
    """Only every sixteenth step, and then gamma / 2 |w|^2."""
    torch.manual_seed(0)
    model = gan_dcgan.Dcgan(gan_dcgan.Config(conditional=False, r1=4.0, width=8, precision="float32"), DIGITS)
    model.discriminator = Linear(torch.full((784,), 0.1))
    optimizers, rng = model.optimizers(), torch.Generator()
    for group in optimizers["d"].param_groups:
        group["lr"] = 0.0
    batch = Batch(torch.rand(4, 28, 28), None)
    seen = [model.train_step(batch, optimizers, step, 16, rng)["r1"].item() for step in range(1, 17)]
    assert seen[:15] == [0.0] * 15
    assert seen[15] == pytest.approx(4.0 / 2 * 7.84, rel=1e-5)


def test_the_article_updates_d_twice_and_leaves_it_alone_in_the_generators_step():
    torch.manual_seed(0)
    model = gan_article.ArticleGan(gan_article.Config(), DIGITS)
    optimizers = model.optimizers()
    counts = {"d": 0, "g": 0}
    for name, optimizer in optimizers.items():
        optimizer.register_step_post_hook(lambda *_, name=name: counts.__setitem__(name, counts[name] + 1))
    last_d = []
    optimizers["d"].register_step_post_hook(
        lambda *_: last_d.append([p.detach().clone() for p in model.discriminator.parameters()])
    )
    model.train_step(Batch(torch.rand(128, 28, 28), None), optimizers, 1, 1, torch.Generator())
    assert counts == {"d": 2, "g": 1}
    assert all(torch.equal(a, b) for a, b in zip(last_d[-1], model.discriminator.parameters(), strict=True))
    shapes = [tuple(p.shape) for p in model.generator.parameters()]
    assert shapes == [(128, 100), (128,), (128, 128), (128,), (784, 128), (784,)]
    assert [tuple(p.shape) for p in model.discriminator.parameters()] == [(128, 784), (128,), (1, 128), (1,)]


def test_outside_counts_the_articles_pixels_and_none_of_a_sigmoids():
    model = gan_article.ArticleGan(gan_article.Config(), DIGITS)
    scores = torch.zeros(2)
    x = torch.tensor([[[-0.1, 0.0, 1.0, 1.1]]])
    assert model.watch(scores, scores, x)["outside"].item() == 0.5
    assert model.watch(scores, scores, x)["d_real"].item() == 0.5


def test_truncation_is_the_law_of_redrawing():
    model = gan_mlp.MlpGan(gan_mlp.Config(z_dim=100), POINTS)
    z = model.latents(2000, torch.Generator().manual_seed(0), truncation=1.0)
    assert z.abs().max() <= 1
    phi, mass = math.exp(-0.5) / math.sqrt(2 * math.pi), math.erf(1 / math.sqrt(2))
    assert z.var().item() == pytest.approx(1 - 2 * phi / mass, abs=0.005)
    wide = model.latents(2000, torch.Generator().manual_seed(0))
    assert wide.std().item() == pytest.approx(1, abs=0.01)
    assert torch.equal(wide.sign(), z.sign())  # the same draw, moved


def test_the_average_follows_by_its_decay():
    network, average = nn.BatchNorm1d(3), parts.averaged(nn.BatchNorm1d(3))
    with torch.no_grad():
        network.weight.fill_(2.0)
        network.running_mean.fill_(10.0)
        network.num_batches_tracked.fill_(7)
    parts.follow(average, network, 0.9, step=10_000)
    assert average.weight.tolist() == pytest.approx([1.1] * 3)
    assert average.running_mean.tolist() == pytest.approx([1.0] * 3)
    assert average.num_batches_tracked.item() == 7
    assert not average.weight.requires_grad


def test_the_label_decides_the_class_drawn():
    torch.manual_seed(0)
    model = gan_dcgan.Dcgan(gan_dcgan.Config(width=8), DIGITS)
    z = model.latents(10, torch.Generator().manual_seed(0))
    threes = model.sample(10, torch.Generator().manual_seed(0), label="3")
    assert torch.equal(threes, model.decode(z, torch.full((10,), 3)))
    assert not torch.equal(threes, model.decode(z, torch.full((10,), 4)))
    assert torch.equal(model.sample(10, torch.Generator().manual_seed(0)), model.decode(z, torch.arange(10)))


def test_discriminate_gives_probabilities_and_a_critic_centres_them():
    torch.manual_seed(0)
    x = torch.rand(6, 28, 28)
    for module, config in (
        (gan_dcgan.Dcgan, gan_dcgan.Config(width=8)),
        (gan_wgan_gp.WganGp, gan_wgan_gp.Config(width=8)),
    ):
        p = module(config, DIGITS).discriminate(x)
        assert p.shape == (6,) and ((p > 0) & (p < 1)).all()
    critic = gan_wgan_gp.WganGp(gan_wgan_gp.Config(width=8), DIGITS)
    critic.centre.fill_(5.0)
    assert critic.probability(torch.tensor([5.0])).item() == 0.5


def test_what_cannot_be_is_said():
    with pytest.raises(ConfigError, match="no classes"):
        gan_dcgan.Dcgan(gan_dcgan.Config(), DataInfo("image", (28, 28)))
    model = gan_dcgan.Dcgan(gan_dcgan.Config(conditional=False, width=8), DIGITS)
    with pytest.raises(ConfigError, match="without classes"):
        model.sample(1, torch.Generator(), label="3")
    with pytest.raises(ConfigError, match="no class 12"):
        gan_dcgan.Dcgan(gan_dcgan.Config(width=8), DIGITS).sample(1, torch.Generator(), label="12")


def test_auto_arithmetic_is_one_that_exists_and_float32_is_kept():
    assert parts.resolve("auto") in ("float32", "bfloat16")
    assert parts.resolve("float32") == "float32"
    model = gan_dcgan.Dcgan(gan_dcgan.Config(width=8, precision="bfloat16"), DIGITS)
    batch = Batch(torch.rand(16, 28, 28), torch.arange(16) % 10)
    optimizers = model.optimizers()
    for step in range(1, 18):
        losses = model.train_step(batch, optimizers, step, 20, torch.Generator().manual_seed(step))
    assert all(torch.isfinite(v) for v in losses.values())
    assert all(v.dtype == torch.float32 for v in model.state_dict().values() if v.is_floating_point())
