"""The GAN of the article, to the letter of its architecture and of its training. It falls short, and the page shows it.

Goodfellow et al. 2014, https://arxiv.org/abs/1406.2661, as listed in the article's section 5.2. The generator ends in a
LeakyReLU, so that its pixels leave [0, 1]. What the listing needs to run at all: the generator's step leaves D alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from genai_core.contracts import N_, Batch, DataInfo, ModelSpec, Preset, knob
from genai_core.models.parts import Controls, Gan, adam, frozen

Z = 100


@dataclass(frozen=True)
class Config:
    lr: float = knob(2e-4, N_("Learning rate"), low=1e-5, high=1e-2, log=True, help=N_("The article uses 0.0002."))
    batch_size: int = knob(128, N_("Batch size"), low=16, high=256, help=N_("The article uses 128."), advanced=True)


class Generator(nn.Sequential):
    def __init__(self) -> None:
        super().__init__(
            nn.Linear(Z, 128), nn.LeakyReLU(0.01),
            nn.Linear(128, 128), nn.LeakyReLU(0.01),
            nn.Linear(128, 784), nn.LeakyReLU(0.01),  # the article's output layer
            nn.Unflatten(1, (28, 28)),
        )  # fmt: skip

    def forward(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        return super().forward(z)  # (B, 100) -> (B, 28, 28)


class Discriminator(nn.Sequential):
    def __init__(self) -> None:
        super().__init__(nn.Flatten(), nn.Linear(784, 128), nn.LeakyReLU(0.01), nn.Linear(128, 1), nn.Flatten(0))

    def forward(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        return super().forward(x)  # (B, 28, 28) -> logits (B,)


class ArticleGan(Gan):
    def __init__(self, config: Config, info: DataInfo) -> None:
        super().__init__(info, Z)
        self.config = config
        self.generator, self.discriminator = Generator(), Discriminator()
        for layer in self.modules():
            if isinstance(layer, nn.Linear):  # as Keras begins
                nn.init.xavier_uniform_(layer.weight)
                nn.init.zeros_(layer.bias)

    def optimizers(self) -> dict[str, torch.optim.Optimizer]:
        networks = {"d": self.discriminator, "g": self.generator}
        return {name: adam(network, self.config.lr, (0.9, 0.999)) for name, network in networks.items()}

    def train_step(
        self, batch: Batch, optimizers: dict[str, torch.optim.Optimizer], step: int, total: int, rng: torch.Generator
    ) -> dict[str, Tensor]:
        n = len(batch.x)
        with torch.no_grad():
            fake = self.generator(torch.randn(n, Z, generator=rng))

        real_scores = self.discriminator(batch.x)
        loss_real = F.softplus(-real_scores).mean()  # -log D(x), from the logit
        self._update(loss_real, optimizers["d"])
        fake_scores = self.discriminator(fake)
        loss_fake = F.softplus(fake_scores).mean()  # -log(1 - D(G(z)))
        self._update(loss_fake, optimizers["d"])

        with frozen(self.discriminator):
            loss_g = F.softplus(-self.discriminator(self.generator(torch.randn(n, Z, generator=rng)))).mean()
            self._update(loss_g, optimizers["g"])
        loss_d = (loss_real + loss_fake).detach() / 2
        return {"loss_d": loss_d, "loss_g": loss_g.detach()} | self.watch(real_scores, fake_scores, fake)

    @staticmethod
    def _update(loss: Tensor, optimizer: torch.optim.Optimizer) -> None:
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()


SPEC = ModelSpec(
    key="gan-article",
    title=N_("GAN, as in the article"),
    summary=N_("The article's network and training, to the letter: a starting point that falls short."),
    family="gan",
    modalities=("image",),
    config=Config,
    build=ArticleGan,
    paper="Goodfellow et al. 2014, Generative Adversarial Nets, arXiv:1406.2661; the article, section 5.2",
    controls=Controls,
    formulas=(
        (N_("Discriminator, the article's formula 2"), r"L_D = -\left[\log D(x) + \log\left(1 - D(G(z))\right)\right]"),
        (N_("Generator, the article's formula 1: the non-saturating loss"), r"L_G = -\log D(G(z))"),
        (N_("The article's output layer"), r"x = \max(a,\ 0.01\,a),\quad a \in \mathbb{R}"),
    ),
    presets=(
        Preset(
            key="gan-article",
            title=N_("As in the article"),
            dataset="mnist5k",
            steps=6000,
            order=60,
            note=N_(
                "The article's own recipe, honestly run: after the same half minute it is far from the corrected ones."
            ),
        ),
        Preset(
            key="gan-article-output",
            title=N_("The article's output layer"),
            dataset="mnist5k",
            seed=1,
            steps=3000,
            role="failure",
            detector="output-range",
            cure="gan-mlp-digits",
            order=130,
            note=N_("A LeakyReLU as the last layer: pixels leave the range of ink and paper."),
            explain=N_(
                "The images hold values from 0 to 1, but a LeakyReLU lets the generator answer anything. The discriminator "
                "tells such images at a glance, so that the generator spends its training on the range instead of the shapes. "
                "Cure: end in a sigmoid, which cannot leave the range."
            ),
        ),
    ),  # fmt: skip
    order=60,
)
