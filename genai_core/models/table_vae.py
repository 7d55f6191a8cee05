"""A VAE over rows of a table, told the class, with differential privacy as a switch.

Kingma and Welling 2014, https://arxiv.org/abs/1312.6114, equation 10, with a normal likelihood whose mean and variance the
decoder gives, column by column; private by Abadi et al. 2016, see ``private_parts``. Batches are drawn alike with and without
(Poisson), so that at no noise and no clipping the switch changes nothing. The promise is of the weights: the losses that a
private run logs are outside it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from genai_core.contracts import N_, Batch, Data, DataInfo, Metric, ModelSpec, Preset, knob
from genai_core.errors import ConfigError
from genai_core.metrics.likelihood import kl_normal
from genai_core.models.private_parts import FORMULA, epsilon, private
from genai_core.models.table_parts import Controls, labels_of, network
from genai_core.models.vae_parts import beside

DELTA = 0.1  # of 1 / N: the chance that the promise of epsilon is broken


@dataclass(frozen=True)
class Config:
    private: bool = knob(False, N_("Differential privacy"), help=N_("Clips each person's gradient and adds noise."))
    noise: float = knob(1.5, N_("Noise, times the clipping length"), low=0.0, high=8.0)
    clip: float = knob(1.0, N_("Clipping length, 0 for none"), low=0.0, high=100.0)
    beta: float = knob(1.0, N_("Weight of the KL (beta)"), low=0.05, high=20.0, log=True)
    latent: int = knob(8, N_("Latent dimensions"), low=1, high=32, log=True)
    width: int = knob(64, N_("Width"), low=8, high=256, log=True, help=N_("Units of each hidden layer."))
    lr: float = knob(2e-3, N_("Learning rate"), low=1e-5, high=3e-2, log=True)
    batch_size: int = knob(40, N_("Batch size, on average"), low=8, high=200, advanced=True)


class TableVae(nn.Module):
    metered, report_samples = False, 0
    steps: Tensor

    def __init__(self, config: Config, info: DataInfo) -> None:
        super().__init__()
        if config.private and config.noise and not config.clip:
            raise ConfigError(N_("Noise is measured in clipping lengths: choose one above 0, or no noise."))
        self.config, self.info, self.classes = config, info, len(info.classes)
        self.columns = math.prod(info.shape)
        self.encoder = network(self.columns + self.classes, config.width, 2 * config.latent)
        self.decoder = network(config.latent + self.classes, config.width, 2 * self.columns)
        self.register_buffer("steps", torch.zeros((), dtype=torch.int64))

    def optimizers(self) -> dict[str, torch.optim.Optimizer]:
        c, adam = self.config, torch.optim.Adam(self.parameters(), lr=self.config.lr, fused=True)
        parts = (self.encoder, self.decoder)
        return {"vae": private(adam, parts, c.noise, c.clip, c.batch_size) if c.private else adam}

    def bound(self, batch: Batch, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        """-log p(x | z) and KL in nats, (B,) each."""
        mean, log_var = self.encoder(beside(batch.x, batch.y, self.classes)).chunk(2, 1)
        log_var = log_var.clamp(-10, 5)
        z = mean + (log_var / 2).exp() * torch.randn(mean.shape, generator=rng)
        centre, spread = self.decoder(beside(z, batch.y, self.classes)).chunk(2, 1)  # (B, columns)
        spread = spread.clamp(-6, 3)  # log variance
        nats = 0.5 * ((batch.x - centre) ** 2 / spread.exp() + spread + math.log(2 * math.pi)).sum(1)
        return nats, kl_normal(mean, log_var).sum(1)

    def train_step(
        self, batch: Batch, optimizers: dict[str, Any], step: int, total: int, rng: torch.Generator
    ) -> dict[str, Tensor]:
        c = self.config
        x = batch.x.detach().requires_grad_(c.private)  # the hooks of the first layer ask for a slope of its input too
        nats, kl = self.bound(batch._replace(x=x), rng)
        each = nats + c.beta * kl
        (each.sum() / (1 if c.private else c.batch_size)).backward()  # the private optimiser divides by itself
        optimizers["vae"].generator = rng  # of its noise
        optimizers["vae"].step()
        optimizers["vae"].zero_grad()
        self.steps += 1
        n = max(1, len(batch.x))
        return {"loss": each.detach().sum() / n, "reconstruction": nats.detach().sum() / n, "kl": kl.detach().sum() / n}

    def latents(self, n: int, rng: torch.Generator) -> Tensor:
        """(n, latent + columns): the code, and the noise of each column."""
        return torch.randn(n, self.config.latent + self.columns, generator=rng)

    @torch.no_grad()
    def decode(self, z: Tensor, labels: Tensor | None = None, average: bool = True) -> Tensor:
        """Records (n, columns) of latents; without labels the classes take turns."""
        labels = labels_of(len(z), "any", self.classes) if labels is None else labels
        code, noise = z.split([self.config.latent, self.columns], 1)
        centre, spread = self.decoder(beside(code, labels, self.classes)).chunk(2, 1)
        return (centre + (spread.clamp(-6, 3) / 2).exp() * noise).view(len(z), *self.info.shape)

    def sample(self, n: int, rng: torch.Generator, label: str = "any") -> Tensor:
        return self.decode(self.latents(n, rng), labels_of(n, label, self.classes))

    def measures(self, data: Data, rng: torch.Generator) -> dict[str, float]:
        y = None if data.heldout_labels is None else torch.from_numpy(data.heldout_labels)
        nats, kl = self.bound(Batch(torch.from_numpy(data.heldout), y), rng)
        return {"heldout_loss": float((nats + kl).mean())}

    def final(self, data: Data, rng: torch.Generator) -> dict[str, Metric]:
        found = {"heldout_loss": Metric(self.measures(data, rng)["heldout_loss"], unit=N_("nats"), better="low")}
        if self.config.private and math.isfinite(spent := self.epsilon(len(data.train))):
            found["epsilon"] = Metric(spent, better="low")
        return found

    def epsilon(self, people: int) -> float:
        """What the training so far has spent, at delta = .1 / people."""
        rate = self.config.batch_size / people
        return epsilon(self.config.noise, self.config.clip, rate, int(self.steps), DELTA / people)


SPEC = ModelSpec(
    key="table-vae",
    title=N_("VAE for tables"),
    summary=N_("Rows of a table through a code of a few numbers, told the class; differential privacy is a switch."),
    family="table",
    modalities=("table",),
    config=Config,
    build=TableVae,
    paper="Kingma and Welling 2014, arXiv:1312.6114; Abadi et al. 2016, Deep Learning with Differential Privacy, arXiv:1607.00133",
    controls=Controls,
    formulas=(
        (
            N_("Loss: a normal likelihood of each column, and KL (Kingma and Welling 2014, equation 10)"),
            r"L = \tfrac12\sum_j \left(\frac{(x_j - \mu_j)^2}{\sigma_j^2} + \log 2\pi\sigma_j^2\right) + \beta\,\mathrm{KL}(q(z|x)\,\|\,p(z))",
        ),
        FORMULA,
    ),
    presets=(
        Preset(
            "patients-vae",
            N_("Patients"),
            dataset="patients",
            steps=4000,
            config={"beta": 0.5, "width": 128, "lr": 4e-3},
            note=N_("Thirty measures of a breast mass through eight numbers, and back to patients who never were."),
        ),
        Preset(
            "patients-private",
            N_("Patients, with differential privacy"),
            dataset="patients",
            steps=300,
            config={"private": True, "noise": 2.5, "beta": 0.5, "lr": 1e-2},
            note=N_("Each patient's pull on the weights is cut off and drowned in noise: blurred records."),
        ),
    ),  # fmt: skip
    poisson=True,
    order=600,
)
