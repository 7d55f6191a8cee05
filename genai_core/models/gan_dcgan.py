"""A convolutional GAN of DCGAN's kind, small enough to learn digits in half a minute; class-conditional if wanted.

DCGAN: Radford et al. 2015, https://arxiv.org/abs/1511.06434. Classes enter D by projection: Miyato and Koyama 2018,
https://arxiv.org/abs/1802.05637, equation 3. A lazy R1 penalty steadies D: Mescheder et al. 2018,
https://arxiv.org/abs/1801.04406, equation 9; every sixteenth step: Karras et al. 2020, https://arxiv.org/abs/1912.04958.
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

EVERY = 16  # steps between two R1 penalties


@dataclass(frozen=True)
class Config:
    conditional: bool = knob(
        True, N_("Show the labels"), help=N_("Both networks are told which class to draw or judge.")
    )
    lr: float = knob(3e-3, N_("Learning rate"), low=1e-5, high=1e-2, log=True)
    d_lr: float = knob(1.0, N_("Discriminator's learning rate, times the generator's"), low=0.01, high=20.0, log=True)
    r1: float = knob(
        0.5, N_("R1 penalty"), low=0.0, high=10.0,
        help=N_("How strongly the discriminator's slope at real examples is held down."),
    )  # fmt: skip
    width: int = knob(32, N_("Width"), low=8, high=64, log=True, help=N_("Channels of the finest layer."))
    z_dim: int = knob(64, N_("Latent dimensions"), low=1, high=128, log=True)
    ema: float = knob(0.995, N_("Averaging of the generator"), low=0.0, high=0.999, advanced=True)
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


class Discriminator(nn.Module):
    def __init__(self, config: Config, classes: int) -> None:
        super().__init__()
        w = config.width
        self.net = nn.Sequential(
            nn.Unflatten(1, (1, 28)),
            nn.Conv2d(1, w, 4, 2, 1), nn.LeakyReLU(0.2),  # (B, w, 14, 14)
            nn.Conv2d(w, 2 * w, 4, 2, 1), nn.LeakyReLU(0.2), nn.Flatten(),  # (B, 98 w)
        )  # fmt: skip
        self.score = nn.Linear(98 * w, 1)
        self.embed = nn.Embedding(classes, 98 * w) if classes else None
        if self.embed is not None:
            nn.init.normal_(self.embed.weight, std=0.02)

    def forward(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        h = self.net(x).float()
        score = self.score(h).squeeze(1).float()
        return score if self.embed is None else score + (self.embed(y) * h).sum(1)  # logits (B,)


class Dcgan(Gan):
    def __init__(self, config: Config, info: DataInfo) -> None:
        super().__init__(info, config.z_dim, config.conditional, config.precision)
        self.config = config
        self.generator = Generator(config, self.classes).to(memory_format=torch.channels_last)
        self.discriminator = Discriminator(config, self.classes).to(memory_format=torch.channels_last)
        self.average = averaged(self.generator)
        self.register_buffer("penalty", torch.zeros(()))  # the last one taken

    def optimizers(self) -> dict[str, torch.optim.Optimizer]:
        lr, betas = self.config.lr, (0.5, 0.999)
        return {"d": adam(self.discriminator, lr * self.config.d_lr, betas), "g": adam(self.generator, lr, betas)}

    def train_step(
        self, batch: Batch, optimizers: dict[str, torch.optim.Optimizer], step: int, total: int, rng: torch.Generator
    ) -> dict[str, Tensor]:
        x, y = batch.x, batch.y if self.classes else None
        with self.autocast():  # D has no BatchNorm: real and fake go through it together
            fake = self.generator(torch.randn(len(x), self.z_dim, generator=rng), y)
            both = None if y is None else torch.cat([y, y])
            real_scores, fake_scores = self.discriminator(torch.cat([x, fake.detach()]), both).chunk(2)
        loss_d = F.softplus(-real_scores).mean() + F.softplus(fake_scores).mean()
        total_d = loss_d
        if self.config.r1 and step % EVERY == 0:
            total_d = total_d + EVERY * self._r1(x, y)
        total_d.backward()
        optimizers["d"].step()
        optimizers["d"].zero_grad()

        with frozen(self.discriminator):
            with self.autocast():
                loss_g = F.softplus(-self.discriminator(fake, y)).mean()
            loss_g.backward()
        optimizers["g"].step()
        optimizers["g"].zero_grad()
        follow(self.average, self.generator, self.config.ema, step)
        losses = {"loss_d": loss_d.detach(), "loss_g": loss_g.detach(), "r1": self.penalty.clone()}
        return losses | self.watch(real_scores, fake_scores, fake)

    def _r1(self, x: Tensor, y: Tensor | None) -> Tensor:
        x = x.detach().requires_grad_()
        penalty = self.config.r1 / 2 * slope(self.discriminator(x, y), x).mean()
        self.penalty.copy_(penalty.detach())
        return penalty


SPEC = ModelSpec(
    key="gan-dcgan",
    title=N_("Convolutional GAN"),
    summary=N_("Convolutions, classes, a light penalty and averaged weights: readable digits in half a minute."),
    family="gan",
    modalities=("image",),
    config=Config,
    build=Dcgan,
    paper="Radford et al. 2015, DCGAN, arXiv:1511.06434",
    controls=ClassControls,
    formulas=(
        (N_("Discriminator"), r"L_D = -\,\mathbb{E}_x \log D(x) - \mathbb{E}_z \log(1 - D(G(z)))"),
        (N_("Generator, non-saturating (Goodfellow et al. 2014, section 3)"), r"L_G = -\,\mathbb{E}_z \log D(G(z))"),
        (
            N_("R1 penalty on D, every sixteenth step (Mescheder et al. 2018, equation 9)"),
            r"R_1 = \frac{\gamma}{2}\,\mathbb{E}_x \left\|\nabla_x a(x)\right\|^2, \quad D = \sigma(a)",
        ),
        (N_("D's logit with class y (Miyato and Koyama 2018, equation 3)"), r"a(x, y) = w^\top h(x) + e_y^\top h(x)"),
        (N_("Averaged generator"), r"\bar\theta \leftarrow \beta\,\bar\theta + (1 - \beta)\,\theta"),
    ),
    presets=(
        Preset(
            key="gan-digits",
            title=N_("Digits, told the class"),
            dataset="mnist5k",
            steps=4000,
            order=10,
            home="can",
            note=N_("Both networks see the labels: the quickest way to readable digits."),
            stake=N_("Digits that nobody ever wrote, learned from 4,000 examples while you watch."),
        ),
        Preset(
            key="gan-clothes",
            title=N_("Clothes, told the class"),
            dataset="fashion5k",
            steps=4000,
            order=20,
            home="can",
            stake=N_("The same few lines design clothes: one idea, any kind of picture."),
            note=N_("The same recipe on ten kinds of clothes."),
        ),
        Preset(
            key="gan-digits-unlabelled",
            title=N_("Digits, without labels"),
            dataset="mnist5k",
            steps=4000,
            order=30,
            config={"conditional": False},
            note=N_("The same network left to find the ten digits by itself: slower, and less of the variety."),
        ),
    ),  # fmt: skip
    threads=2,
    order=10,
)
