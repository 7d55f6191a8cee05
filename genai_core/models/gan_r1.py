"""A GAN held steady by a penalty on the discriminator's slope at the data, at every step, and by nothing else.

Mescheder et al. 2018, https://arxiv.org/abs/1801.04406: R1 (slope at real examples) is its equation 9, R2 (at generated ones)
its equation 10; theorem 4.1 shows local convergence with either. No normalisation layers. Convolutions for images, plain
layers for points.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
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
        False,
        N_("Show the labels"),
        help=N_("Both networks are told which class to draw or judge."),
        modalities=("image",),
    )
    penalty: str = knob("R1", N_("Where the slope is held"), choices=("R1", "R2", "both", "none"),
                        help=N_("R1: at real examples. R2: at generated ones."))  # fmt: skip
    gamma: float = knob(1.0, N_("Strength of the penalty"), low=0.01, high=20.0, log=True)
    lr: float = knob(5e-4, N_("Learning rate"), low=1e-5, high=1e-2, log=True)
    width: int = knob(
        32, N_("Width"), low=8, high=64, log=True, help=N_("Channels of the finest layer; units / 4 for points.")
    )
    z_dim: int = knob(64, N_("Latent dimensions"), low=1, high=128, log=True)
    ema: float = knob(0.995, N_("Averaging of the generator"), low=0.0, high=0.999, advanced=True)
    batch_size: int = knob(64, N_("Batch size"), low=16, high=256, advanced=True)
    precision: str = knob(
        "auto", N_("Arithmetic"), choices=("auto", "float32", "bfloat16"), advanced=True,
        help=N_("Auto takes bfloat16 where the processor multiplies it natively; the run records which it was."),
    )  # fmt: skip


class Generator(nn.Module):
    def __init__(self, config: Config, info: DataInfo, classes: int) -> None:
        super().__init__()
        w, z = config.width, config.z_dim
        self.embed = nn.Embedding(classes, z) if classes else None
        self.net = nn.Sequential(
            nn.Linear(z, 2 * w * 49), nn.Unflatten(1, (2 * w, 7, 7)), nn.LeakyReLU(0.2),
            nn.ConvTranspose2d(2 * w, w, 4, 2, 1), nn.LeakyReLU(0.2),  # (B, w, 14, 14)
            nn.ConvTranspose2d(w, 1, 4, 2, 1), nn.Flatten(1, 2), nn.Sigmoid(),  # (B, 28, 28)
        ) if info.modality == "image" else nn.Sequential(
            nn.Linear(z, 4 * w), nn.LeakyReLU(0.2), nn.Linear(4 * w, 4 * w), nn.LeakyReLU(0.2), nn.Linear(4 * w, 2)
        )  # fmt: skip

    def forward(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        if self.embed is not None:
            z = z + 0.7 * self.embed(y)
        return self.net(z).float()


class Discriminator(nn.Module):
    def __init__(self, config: Config, info: DataInfo, classes: int) -> None:
        super().__init__()
        w = config.width
        self.net = nn.Sequential(
            nn.Unflatten(1, (1, 28)),
            nn.Conv2d(1, w, 4, 2, 1), nn.LeakyReLU(0.2),  # (B, w, 14, 14)
            nn.Conv2d(w, 2 * w, 4, 2, 1), nn.LeakyReLU(0.2), nn.Flatten(),  # (B, 98 w)
        ) if info.modality == "image" else nn.Sequential(
            nn.Linear(2, 4 * w), nn.LeakyReLU(0.2), nn.Linear(4 * w, 4 * w), nn.LeakyReLU(0.2)
        )  # fmt: skip
        features = 98 * w if info.modality == "image" else 4 * w
        self.score = nn.Linear(features, 1)
        self.embed = nn.Embedding(classes, features) if classes else None
        if self.embed is not None:
            nn.init.normal_(self.embed.weight, std=0.02)

    def forward(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        h = self.net(x).float()
        score = self.score(h).squeeze(1).float()
        return score if self.embed is None else score + (self.embed(y) * h).sum(1)  # logits (B,)


class R1Gan(Gan):
    def __init__(self, config: Config, info: DataInfo) -> None:
        super().__init__(
            info, config.z_dim, config.conditional, config.precision if info.modality == "image" else "float32"
        )
        self.config = config
        self.generator, self.discriminator = (
            Generator(config, info, self.classes),
            Discriminator(config, info, self.classes),
        )
        self.average = averaged(self.generator)

    def optimizers(self) -> dict[str, torch.optim.Optimizer]:
        networks = {"d": self.discriminator, "g": self.generator}
        return {name: adam(network, self.config.lr, (0.0, 0.99)) for name, network in networks.items()}

    def train_step(
        self, batch: Batch, optimizers: dict[str, torch.optim.Optimizer], step: int, total: int, rng: torch.Generator
    ) -> dict[str, Tensor]:
        y = batch.y if self.classes else None
        kind = self.config.penalty
        with self.autocast():
            fake = self.generator(torch.randn(len(batch.x), self.z_dim, generator=rng), y)
            x = batch.x.detach().requires_grad_(kind in ("R1", "both"))
            x_fake = fake.detach().requires_grad_(kind in ("R2", "both"))
            real_scores, fake_scores = self.discriminator(x, y), self.discriminator(x_fake, y)
        held = [
            slope(scores, at).mean() for scores, at in ((real_scores, x), (fake_scores, x_fake)) if at.requires_grad
        ]
        penalty = self.config.gamma / 2 * sum(held, torch.zeros(()))
        loss_d = F.softplus(-real_scores).mean() + F.softplus(fake_scores).mean()
        (loss_d + penalty).backward()
        optimizers["d"].step()
        optimizers["d"].zero_grad()

        with frozen(self.discriminator):
            with self.autocast():
                loss_g = F.softplus(-self.discriminator(fake, y)).mean()
            loss_g.backward()
        optimizers["g"].step()
        optimizers["g"].zero_grad()
        follow(self.average, self.generator, self.config.ema, step)
        losses = {"loss_d": loss_d.detach(), "loss_g": loss_g.detach(), "r1": penalty.detach()}
        return losses | self.watch(real_scores, fake_scores, fake)


SPEC = ModelSpec(
    key="gan-r1",
    title=N_("R1-regularised GAN"),
    summary=N_("No normalisation, no tricks: a discriminator that must be flat at the data, and a game that settles."),
    family="gan",
    modalities=("image", "points"),
    config=Config,
    build=R1Gan,
    paper="Mescheder et al. 2018, Which Training Methods for GANs do actually Converge?, arXiv:1801.04406",
    controls=ClassControls,
    formulas=(
        (N_("Discriminator"), r"L_D = -\,\mathbb{E}_x \log D(x) - \mathbb{E}_z \log(1 - D(G(z)))"),
        (N_("Generator, non-saturating (Goodfellow et al. 2014, section 3)"), r"L_G = -\,\mathbb{E}_z \log D(G(z))"),
        (
            N_("R1 (Mescheder et al. 2018, equation 9)"),
            r"R_1 = \frac{\gamma}{2}\,\mathbb{E}_{x} \left\|\nabla_x a(x)\right\|^2, \quad D = \sigma(a)",
        ),
        (
            N_("R2 (their equation 10)"),
            r"R_2 = \frac{\gamma}{2}\,\mathbb{E}_{z} \left\|\nabla_x a(x)\right\|^2_{x = G(z)}",
        ),
    ),
    presets=(
        Preset(
            key="gan-r1-digits",
            title=N_("Held steady by R1"),
            dataset="mnist5k",
            steps=2500,
            order=71,
            config={"conditional": True},
            note=N_("A penalty on D's slope at the data instead of every other trick."),
        ),
        Preset(
            key="gan-r1-gaussians",
            title=N_("Eight Gaussians, held steady"),
            dataset="points-gaussians",
            steps=8000,
            order=42,
            config={"z_dim": 16},
            note=N_("With R1 the game settles: D says one half everywhere on the data."),
        ),
    ),  # fmt: skip
    threads=2,
    order=30,
)
