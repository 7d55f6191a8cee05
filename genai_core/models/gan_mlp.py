"""The article's GAN corrected: an output layer that fits the data, the non-saturating loss, Adam's usual betas for GANs.

Goodfellow et al. 2014, https://arxiv.org/abs/1406.2661: the minimax game is its equation 1, the non-saturating loss its
section 3. One-sided label smoothing: Salimans et al. 2016, https://arxiv.org/abs/1606.03498, section 3.4.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from genai_core.contracts import N_, Batch, DataInfo, ModelSpec, Preset, knob
from genai_core.models.parts import Controls, Gan, adam, averaged, follow, frozen


@dataclass(frozen=True)
class Config:
    loss: str = knob(
        "non-saturating", N_("Generator's loss"), choices=("non-saturating", "minimax"),
        help=N_("Minimax loses its gradient as soon as the discriminator is sure; the non-saturating loss keeps it."),
    )  # fmt: skip
    lr: float = knob(2e-3, N_("Learning rate"), low=1e-5, high=1e-2, log=True)
    d_steps: int = knob(1, N_("Discriminator steps for each generator step"), low=1, high=10)
    d_lr: float = knob(0.3, N_("Discriminator's learning rate, times the generator's"), low=0.01, high=20.0, log=True)
    smoothing: float = knob(
        1.0, N_("Label of a real example"), low=0.7, high=1.0, help=N_("Below 1: one-sided label smoothing.")
    )
    width: int = knob(256, N_("Width"), low=8, high=512, log=True, help=N_("Units of each hidden layer."))
    z_dim: int = knob(64, N_("Latent dimensions"), low=1, high=128, log=True)
    ema: float = knob(0.995, N_("Averaging of the generator"), low=0.0, high=0.999, advanced=True)
    beta1: float = knob(0.5, N_("Momentum (Adam's first beta)"), low=0.0, high=0.9, advanced=True)
    batch_size: int = knob(64, N_("Batch size"), low=16, high=256, advanced=True)


class Generator(nn.Sequential):
    def __init__(self, config: Config, info: DataInfo) -> None:
        h = config.width
        super().__init__(
            nn.Linear(config.z_dim, h), nn.LeakyReLU(0.2),
            nn.Linear(h, h), nn.LeakyReLU(0.2),
            nn.Linear(h, math.prod(info.shape)),
            nn.Sigmoid() if info.modality == "image" else nn.Identity(),
            nn.Unflatten(1, info.shape),
        )  # fmt: skip

    def forward(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        return super().forward(z)  # (B, z_dim) -> (B, *shape)


class Discriminator(nn.Sequential):
    def __init__(self, config: Config, info: DataInfo) -> None:
        h = config.width
        deeper = () if info.modality == "image" else (nn.Linear(h, h), nn.LeakyReLU(0.2))
        first = nn.Linear(math.prod(info.shape), h)
        super().__init__(nn.Flatten(), first, nn.LeakyReLU(0.2), *deeper, nn.Linear(h, 1), nn.Flatten(0))

    def forward(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        return super().forward(x)  # (B, *shape) -> logits (B,)


def discriminator_loss(real: Tensor, fake: Tensor, smoothing: float = 1.0) -> Tensor:
    """-s log D(x) - (1 - s) log(1 - D(x)) - log(1 - D(G(z))), from logits, with the real label s."""
    return (F.softplus(real) - smoothing * real).mean() + F.softplus(fake).mean()


def generator_loss(fake: Tensor, kind: str) -> Tensor:
    """Non-saturating: -log D(G(z)). Minimax: log(1 - D(G(z))), whose gradient is D(G(z)) times smaller where D is sure."""
    return F.softplus(-fake).mean() if kind == "non-saturating" else -F.softplus(fake).mean()


class MlpGan(Gan):
    def __init__(self, config: Config, info: DataInfo) -> None:
        super().__init__(info, config.z_dim)
        self.config = config
        self.generator, self.discriminator = Generator(config, info), Discriminator(config, info)
        self.average = averaged(self.generator)

    def optimizers(self) -> dict[str, torch.optim.Optimizer]:
        lr, betas = self.config.lr, (self.config.beta1, 0.999)
        return {"d": adam(self.discriminator, lr * self.config.d_lr, betas), "g": adam(self.generator, lr, betas)}

    def train_step(
        self, batch: Batch, optimizers: dict[str, torch.optim.Optimizer], step: int, total: int, rng: torch.Generator
    ) -> dict[str, Tensor]:
        n = len(batch.x)
        for _ in range(self.config.d_steps):
            fake = self.generator(torch.randn(n, self.z_dim, generator=rng))
            real_scores, fake_scores = self.discriminator(torch.cat([batch.x, fake.detach()])).chunk(2)
            loss_d = discriminator_loss(real_scores, fake_scores, self.config.smoothing)
            loss_d.backward()
            optimizers["d"].step()
            optimizers["d"].zero_grad()

        with frozen(self.discriminator):
            loss_g = generator_loss(self.discriminator(fake), self.config.loss)
            loss_g.backward()
        optimizers["g"].step()
        optimizers["g"].zero_grad()
        follow(self.average, self.generator, self.config.ema, step)
        seen = self.watch(real_scores, fake_scores, fake)
        return {"loss_d": loss_d.detach(), "loss_g": loss_g.detach()} | seen


SPEC = ModelSpec(
    key="gan-mlp",
    title=N_("GAN, corrected"),
    summary=N_(
        "Plain layers with the article's mistakes put right: sigmoid output, non-saturating loss, averaged weights."
    ),
    family="gan",
    modalities=("image", "points"),
    config=Config,
    build=MlpGan,
    paper="Goodfellow et al. 2014, Generative Adversarial Nets, arXiv:1406.2661",
    controls=Controls,
    formulas=(
        (
            N_("Discriminator, with real label s (s = 1: no smoothing)"),
            r"L_D = -\,\mathbb{E}_x\left[s \log D(x) + (1-s) \log(1 - D(x))\right] - \mathbb{E}_z \log(1 - D(G(z)))",
        ),
        (N_("Generator, non-saturating (Goodfellow et al. 2014, section 3)"), r"L_G = -\,\mathbb{E}_z \log D(G(z))"),
        (N_("Generator, minimax (their equation 1)"), r"L_G = \mathbb{E}_z \log\left(1 - D(G(z))\right)"),
        (
            N_("Why it matters: the slopes in D's logit a. Where D is sure, D goes to 0 and minimax has no slope left"),
            r"\frac{\partial}{\partial a}\log(1 - D) = -D, \qquad \frac{\partial}{\partial a}\left(-\log D\right) = -(1 - D)",
        ),
        (
            N_("The best D for a fixed G: 1/2 at the optimum, s/2 with smoothing"),
            r"D^*(x) = \frac{s\,p(x)}{p(x) + p_G(x)}",
        ),
    ),
    presets=(
        Preset(
            key="gan-mlp-digits",
            title=N_("The article's GAN, corrected"),
            dataset="mnist5k",
            steps=6000,
            order=50,
            note=N_("The same plain layers with a sigmoid at the end, better momentum and averaged weights."),
        ),
        Preset(
            key="gan-mlp-gaussians",
            title=N_("Eight Gaussians"),
            dataset="points-gaussians",
            steps=10000,
            order=40,
            config={"width": 128, "z_dim": 16, "lr": 5e-4, "d_lr": 2.0},
            note=N_("Two dimensions, nothing hidden: watch the generator find all eight islands."),
        ),
        Preset(
            key="gan-mlp-rings",
            title=N_("Rings"),
            dataset="points-rings",
            steps=10000,
            order=41,
            config={"width": 128, "z_dim": 16, "lr": 5e-4, "d_lr": 2.0},
            note=N_("Three rings around each other: holes that a continuous generator has to keep open."),
        ),
        Preset(
            key="gan-collapse-points",
            title=N_("Mode collapse"),
            dataset="points-gaussians",
            steps=4000,
            order=110,
            config={"width": 128, "z_dim": 16, "d_lr": 0.2, "lr": 1e-3, "ema": 0.0},
            role="failure",
            detector="mode-collapse",
            cure="gan-mlp-gaussians",
            home="break",
            stake=N_(
                "Most groups in the data are never drawn again, and no loss curve says so: who is rare disappears first."
            ),
            note=N_("The generator sits on one or two of the eight islands and jumps between them."),
            explain=N_(
                "The discriminator learns five times slower than the generator. Before it notices that everything falls on one "
                "island, the generator has moved to the next: it is rewarded for a sample that passes, never for variety. "
                "Cure: let the discriminator keep up, and average the generator's weights."
            ),
        ),
        Preset(
            key="gan-collapse-digits",
            home="break",
            stake=N_(
                "Every sample is sharp and the classifier is sure of it, and it is always the same one: confidence is not variety."
            ),
            title=N_("Mode collapse on digits"),
            dataset="mnist5k",
            steps=2000,
            order=111,
            config={"lr": 3e-3, "d_lr": 0.02, "ema": 0.0},
            role="failure",
            detector="mode-collapse",
            cure="gan-mlp-digits",
            note=N_("Every latent gives nearly the same picture, and a while later another one."),
            explain=N_(
                "The discriminator learns fifty times slower than the generator, which finds one picture that passes and "
                "draws nothing else. Confidence stays high while recall falls to zero: always look at both. "
                "Cure: a discriminator that keeps up, and averaged weights."
            ),
        ),
        Preset(
            key="gan-d-too-strong",
            title=N_("Discriminator too strong"),
            dataset="mnist5k",
            steps=2000,
            order=120,
            config={"loss": "minimax", "lr": 5e-4, "d_steps": 5, "d_lr": 4.0},
            role="failure",
            detector="discriminator-too-strong",
            cure="gan-mlp-digits",
            note=N_(
                "The discriminator is sure of every image, and the minimax loss leaves the generator nothing to follow."
            ),
            explain=N_(
                "Five discriminator steps for each generator step, four times as fast, and the minimax loss: D(real) goes to 1, "
                "D(fake) to 0, and the slope of log(1 - D) in D's logit is -D, which is 0. The generator stops learning. "
                "Cure: the non-saturating loss, whose slope is -(1 - D), and a discriminator that does not run ahead."
            ),
        ),
    ),  # fmt: skip
    order=50,
)
