"""A conditional GAN over rows of a table: both networks are told the class.

Mirza and Osindero 2014, https://arxiv.org/abs/1411.1784, equation 2, with the non-saturating loss (Goodfellow et al. 2014,
section 3) and a penalty on the discriminator's slope at real rows (R1; Mescheder, Geiger and Nowozin 2018,
https://arxiv.org/abs/1801.04406, equation 9).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from genai_core.contracts import N_, Batch, Data, DataInfo, ModelSpec, Preset, knob
from genai_core.models.parts import ClassControls, Gan, adam, averaged, follow, frozen, slope


@dataclass(frozen=True)
class Config:
    gamma: float = knob(1.0, N_("Penalty on the discriminator's slope (R1 gamma)"), low=0.0, high=20.0)
    lr: float = knob(1e-3, N_("Learning rate"), low=1e-5, high=1e-2, log=True)
    width: int = knob(128, N_("Width"), low=8, high=512, log=True, help=N_("Units of each hidden layer."))
    z_dim: int = knob(16, N_("Latent dimensions"), low=1, high=128, log=True)
    ema: float = knob(0.995, N_("Averaging of the generator"), low=0.0, high=0.999, advanced=True)
    batch_size: int = knob(64, N_("Batch size"), low=16, high=200, advanced=True)


class Network(nn.Sequential):
    """(B, inputs) beside the one-hot class -> (B, outputs)."""

    def __init__(self, inputs: int, classes: int, width: int, outputs: int) -> None:
        self.classes = classes
        super().__init__(
            nn.Linear(inputs + classes, width), nn.LeakyReLU(0.2),
            nn.Linear(width, width), nn.LeakyReLU(0.2),
            nn.Linear(width, outputs),
        )  # fmt: skip

    def forward(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        return super().forward(x if y is None else torch.cat([x, F.one_hot(y, self.classes).to(x.dtype)], 1))


class TableGan(Gan):
    metered = False
    report_samples = 0

    def __init__(self, config: Config, info: DataInfo) -> None:
        super().__init__(info, config.z_dim, conditional=bool(info.classes))
        self.config, columns = config, math.prod(info.shape)
        self.generator = Network(config.z_dim, self.classes, config.width, columns)
        self.discriminator = Network(columns, self.classes, config.width, 1)
        self.average = averaged(self.generator)

    def optimizers(self) -> dict[str, torch.optim.Optimizer]:
        return {
            name: adam(part, self.config.lr, (0.0, 0.99))
            for name, part in (("d", self.discriminator), ("g", self.generator))
        }

    def train_step(
        self, batch: Batch, optimizers: dict[str, torch.optim.Optimizer], step: int, total: int, rng: torch.Generator
    ) -> dict[str, Tensor]:
        y = batch.y if self.classes else None
        fake = self.generator(torch.randn(len(batch.x), self.z_dim, generator=rng), y)
        x = batch.x.detach().requires_grad_(True)
        real_scores, fake_scores = self.discriminator(x, y)[:, 0], self.discriminator(fake.detach(), y)[:, 0]
        penalty = slope(real_scores, x).mean()
        loss_d = F.softplus(-real_scores).mean() + F.softplus(fake_scores).mean()
        (loss_d + self.config.gamma / 2 * penalty).backward()
        optimizers["d"].step()
        optimizers["d"].zero_grad()
        with frozen(self.discriminator):
            loss_g = F.softplus(-self.discriminator(fake, y)).mean()
            loss_g.backward()
        optimizers["g"].step()
        optimizers["g"].zero_grad()
        follow(self.average, self.generator, self.config.ema, step)
        seen = self.watch(real_scores, fake_scores, fake)
        return {"loss_d": loss_d.detach(), "loss_g": loss_g.detach(), "slope": penalty.detach()} | seen

    def measures(self, data: Data, rng: torch.Generator) -> dict[str, float]:
        """How far the two distribution functions of a column lie apart, a mean over columns, against the held-out rows."""
        from genai_core.metrics.tables import apart

        labels = None if data.heldout_labels is None else torch.from_numpy(data.heldout_labels)
        made = self.decode(self.latents(len(data.heldout), rng), labels if self.classes else None)
        return {"apart": float(apart(made.numpy(), data.heldout).mean())}


SPEC = ModelSpec(
    key="table-gan",
    title=N_("Conditional GAN for tables"),
    summary=N_("A generator of rows and a discriminator that are both told the class."),
    family="table",
    modalities=("table",),
    config=Config,
    build=TableGan,
    paper="Mirza and Osindero 2014, Conditional Generative Adversarial Nets, arXiv:1411.1784",
    controls=ClassControls,
    formulas=(
        (
            N_(
                "Discriminator, told the class, with a penalty on its slope at real rows (Mescheder et al. 2018, equation 9)"
            ),
            r"L_D = -\,\mathbb{E} \log D(x|y) - \mathbb{E} \log(1 - D(G(z|y)|y)) "
            r"+ \tfrac{\gamma}{2}\,\mathbb{E}\,\|\nabla_x \operatorname{logit} D(x|y)\|^2",
        ),
        (N_("Generator, non-saturating"), r"L_G = -\,\mathbb{E} \log D(G(z|y)|y)"),
    ),
    presets=(
        Preset(
            key="patients-gan",
            title=N_("Patients by a GAN"),
            dataset="patients",
            steps=2000,
            note=N_("A forger of records, and an inspector who knows the diagnosis too."),
        ),
    ),
    order=610,
)
