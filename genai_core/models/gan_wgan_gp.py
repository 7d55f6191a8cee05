"""Wasserstein GAN with a gradient penalty: a critic gives scores without bounds, and its slope is held near one.

Gulrajani et al. 2017, https://arxiv.org/abs/1704.00028, equation 3; the distance: Arjovsky et al. 2017,
https://arxiv.org/abs/1701.07875, equation 2. Classes enter the critic by projection (Miyato and Koyama 2018).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from genai_core.contracts import N_, Batch, DataInfo, ModelSpec, Preset, knob
from genai_core.models.parts import (
    ClassControls,
    Gan,
    adam,
    averaged,
    follow,
    frozen,
    slope,
)


@dataclass(frozen=True)
class Config:
    conditional: bool = knob(
        True, N_("Show the labels"), help=N_("Both networks are told which class to draw or judge.")
    )
    lr: float = knob(1e-3, N_("Learning rate"), low=1e-5, high=1e-2, log=True)
    penalty: float = knob(10.0, N_("Gradient penalty"), low=0.0, high=50.0, help=N_("The paper's lambda."))
    critic_steps: int = knob(2, N_("Critic steps for each generator step"), low=1, high=10)
    width: int = knob(32, N_("Width"), low=8, high=64, log=True, help=N_("Channels of the finest layer."))
    z_dim: int = knob(64, N_("Latent dimensions"), low=1, high=128, log=True)
    ema: float = knob(0.99, N_("Averaging of the generator"), low=0.0, high=0.999, advanced=True)
    batch_size: int = knob(64, N_("Batch size"), low=16, high=256, advanced=True)
    precision: str = knob(
        "auto", N_("Arithmetic"), choices=("auto", "float32", "bfloat16"), advanced=True,
        help=N_("Auto takes bfloat16 where the processor multiplies it natively; the run records which it was."),
    )  # fmt: skip


class Generator(nn.Module):
    def __init__(self, config: Config, classes: int) -> None:
        super().__init__()
        w = config.width
        self.embed = nn.Embedding(classes, config.z_dim) if classes else None
        self.net = nn.Sequential(
            nn.Linear(config.z_dim, 2 * w * 49, bias=False), nn.Unflatten(1, (2 * w, 7, 7)), nn.BatchNorm2d(2 * w), nn.ReLU(),
            nn.ConvTranspose2d(2 * w, w, 4, 2, 1, bias=False), nn.BatchNorm2d(w), nn.ReLU(),  # (B, w, 14, 14)
            nn.ConvTranspose2d(w, 1, 4, 2, 1), nn.Flatten(1, 2),  # (B, 28, 28)
        )  # fmt: skip

    def forward(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        if self.embed is not None:
            z = z + 0.7 * self.embed(y)
        return torch.sigmoid(self.net(z).float())


class Critic(nn.Module):
    """No BatchNorm: the penalty needs each score to depend on its own image alone."""

    def __init__(self, config: Config, classes: int) -> None:
        super().__init__()
        w = config.width
        self.net = nn.Sequential(
            nn.Unflatten(1, (1, 28)),
            nn.Conv2d(1, w, 4, 2, 1), nn.LeakyReLU(0.2),  # (B, w, 14, 14)
            nn.Conv2d(w, 2 * w, 4, 2, 1), nn.LeakyReLU(0.2), nn.Flatten(),  # (B, 98 w)
        )  # fmt: skip
        self.score = nn.Linear(98 * w, 1, bias=False)  # a constant would cancel in every loss
        self.embed = nn.Embedding(classes, 98 * w) if classes else None
        if self.embed is not None:
            nn.init.normal_(self.embed.weight, std=0.02)

    def forward(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        h = self.net(x).float()
        score = self.score(h).squeeze(1).float()
        return score if self.embed is None else score + (self.embed(y) * h).sum(1)  # (B,)


def gradient_penalty(critic: Callable[[Tensor], Tensor], real: Tensor, fake: Tensor, mix: Tensor) -> Tensor:
    """E (|grad D(x)| - 1)^2 at points x on the lines between real and fake; mix (B,) in [0, 1] says where."""
    mix = mix.view(-1, *[1] * (real.dim() - 1))
    x = (mix * real + (1 - mix) * fake).detach().requires_grad_()
    return (slope(critic(x), x).add(1e-12).sqrt() - 1).square().mean()  # the root has no gradient at zero


class WganGp(Gan):
    def __init__(self, config: Config, info: DataInfo) -> None:
        super().__init__(info, config.z_dim, config.conditional, config.precision)
        self.config = config
        self.generator = Generator(config, self.classes).to(memory_format=torch.channels_last)
        self.discriminator = Critic(config, self.classes).to(memory_format=torch.channels_last)
        self.average = averaged(self.generator)
        self.register_buffer("centre", torch.zeros(()))  # moving middle between real and fake scores
        self.register_buffer("loss_g", torch.zeros(()))  # of the last generator step

    def probability(self, scores: Tensor) -> Tensor:
        """A critic knows no probability and its zero means nothing: the logistic of the score from its moving middle."""
        return torch.sigmoid(scores.detach().float() - self.centre)

    def optimizers(self) -> dict[str, torch.optim.Optimizer]:
        networks = {"d": self.discriminator, "g": self.generator}
        return {name: adam(network, self.config.lr, (0.5, 0.9)) for name, network in networks.items()}

    def train_step(
        self, batch: Batch, optimizers: dict[str, torch.optim.Optimizer], step: int, total: int, rng: torch.Generator
    ) -> dict[str, Tensor]:
        """One step of the critic; each ``critic_steps``-th also one of the generator."""
        x, y = batch.x, batch.y if self.classes else None
        generates = step % self.config.critic_steps == 0
        with self.autocast():
            with torch.set_grad_enabled(generates):
                fake = self.generator(torch.randn(len(x), self.z_dim, generator=rng), y)
            both = None if y is None else torch.cat([y, y])
            real_scores, fake_scores = self.discriminator(torch.cat([x, fake.detach()]), both).chunk(2)
            mix = torch.rand(len(x), generator=rng)
            penalty = gradient_penalty(lambda mixed: self.discriminator(mixed, y), x, fake, mix)
        loss_d = fake_scores.mean() - real_scores.mean()
        (loss_d + self.config.penalty * penalty).backward()
        optimizers["d"].step()
        optimizers["d"].zero_grad()
        self.centre.lerp_((real_scores.detach().mean() + fake_scores.detach().mean()) / 2, 0.1)

        if generates:
            with frozen(self.discriminator):
                with self.autocast():
                    loss_g = -self.discriminator(fake, y).mean()
                loss_g.backward()
            optimizers["g"].step()
            optimizers["g"].zero_grad()
            follow(self.average, self.generator, self.config.ema, step // self.config.critic_steps)
            self.loss_g.copy_(loss_g.detach())
        losses = {"loss_d": loss_d.detach(), "loss_g": self.loss_g.clone(), "gp": penalty.detach()}
        return losses | self.watch(real_scores, fake_scores, fake)


SPEC = ModelSpec(
    key="gan-wgan-gp",
    title=N_("Wasserstein GAN"),
    summary=N_("A critic whose loss estimates a distance, so that its curve means something; slower, and steady."),
    family="gan",
    modalities=("image",),
    config=Config,
    build=WganGp,
    paper="Gulrajani et al. 2017, Improved Training of Wasserstein GANs, arXiv:1704.00028",
    controls=ClassControls,
    formulas=(
        (
            N_("Critic (Gulrajani et al. 2017, equation 3)"),
            r"L_D = \mathbb{E}_z D(G(z)) - \mathbb{E}_x D(x)"
            r" + \lambda\,\mathbb{E}_{\hat x}\left(\left\|\nabla_{\hat x} D(\hat x)\right\| - 1\right)^2",
        ),
        (
            N_("Points between real and generated"),
            r"\hat x = \epsilon\,x + (1 - \epsilon)\,G(z),\quad \epsilon \sim U[0, 1]",
        ),
        (N_("Generator"), r"L_G = -\,\mathbb{E}_z D(G(z))"),
        (
            N_("The distance (Arjovsky et al. 2017, equation 2)"),
            r"W(p, p_G) = \sup_{\|D\|_L \le 1} \mathbb{E}_{x \sim p} D(x) - \mathbb{E}_{x \sim p_G} D(x)",
        ),
    ),
    presets=(
        Preset(
            key="gan-wasserstein",
            title=N_("Wasserstein distance"),
            dataset="mnist5k",
            steps=2500,
            order=70,
            note=N_("The critic's loss falls as the samples get better: a curve that can be read."),
        ),
    ),  # fmt: skip
    threads=2,
    order=20,
)
