"""What every VAE here shares: the bound and its parts, how it is sampled and measured. Not a plug-in.

Networks and steps are written out in each model's own file.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from genai_core.contracts import N_, Batch, Data, DataInfo, Metric, knob
from genai_core.errors import ConfigError
from genai_core.metrics import likelihood
from genai_core.models.parts import CLASSES, evaluating, resolve

LIKELIHOODS = ("bernoulli", "continuous bernoulli")
MEASURED = 1000  # held-out images of the measures
TIGHT, LOOSE = 5000, 50  # draws of the report's bound, and of the one it corrects
SHOWN = 16  # dimensions whose KL is logged
PHASE = 20  # images of the loose bound for each of the tight one
ROWS = 500  # latents decoded at a time: their logits stay in the processor's cache


@dataclass(frozen=True)
class Controls:
    """How to sample a VAE."""

    truncation: float = knob(
        4.0, N_("Truncation"), low=0.2, high=4.0,
        help=N_("Draws the latent from a normal cut at this many standard deviations: lower is safer and less varied."),
    )  # fmt: skip
    label: str = knob("any", N_("Class"), choices=CLASSES, help=N_("The class to draw; any goes through all of them."))


class Vae(nn.Module):
    """The verbs of every VAE. A model sets ``encoder(x, y) -> mean, log variance`` and ``decoder(z, y) -> logits``.

    ``classes`` is 0 where the model ignores labels. Images go through flat: x (B, D), logits (B, D).
    """

    encoder: nn.Module
    decoder: nn.Module

    def __init__(self, config: Any, info: DataInfo) -> None:
        super().__init__()
        if config.conditional and not info.classes:
            raise ConfigError(N_("This data set has no classes: switch the class condition off."))
        self.config, self.info, self.z_dim = config, info, config.latent
        self.classes = len(info.classes) if config.conditional else 0
        self.binary = config.likelihood == "bernoulli"
        self.compute_dtype = resolve(config.precision)  # the arithmetic of training, for the run's record

    def autocast(self) -> torch.autocast:
        return torch.autocast("cpu", torch.bfloat16, enabled=self.compute_dtype == "bfloat16")

    def kind(self, name: str) -> str:
        """The name of a likelihood's measure: what is measured on grey pixels never goes by the binary one's name."""
        return name if self.binary else f"{name}_grey"

    # -- the bound

    def observe(self, x: Tensor, rng: torch.Generator) -> Tensor:
        """What the likelihood is of: images (B, H, W) flat, (B, D), binarised for the Bernoulli."""
        x = x.flatten(1)
        return likelihood.binarise(x, rng) if self.binary else x

    def log_prob(self, x: Tensor, logits: Tensor) -> Tensor:
        """log p(x | z) in nats, (...) of x and logits (..., D)."""
        return (likelihood.bernoulli if self.binary else likelihood.continuous_bernoulli)(x, logits)

    def log_ratio(self, z: Tensor, mean: Tensor, log_var: Tensor) -> Tensor:
        """log q(z | x) - log p(z), (...) of z (..., B, d)."""
        return likelihood.log_normal(z, mean, log_var) - likelihood.log_normal(z)

    def log_weights(self, x: Tensor, y: Tensor | None, k: int, rng: torch.Generator) -> Tensor:
        """log p(x, z) - log q(z | x) for k draws of z, (k, B) of observed x (B, D): the stuff of ELBO and IWAE-k."""
        mean, log_var = self.encoder(x, y)
        z = mean + (log_var / 2).exp() * torch.randn(k, *mean.shape, generator=rng, dtype=mean.dtype)  # (k, B, d)
        logits = self.decoder(z.flatten(0, 1), None if y is None else y.repeat(k)).view(k, *x.shape)
        return self.log_prob(x, logits) - self.log_ratio(z, mean, log_var)

    @torch.no_grad()
    def bound(self, x: Tensor, y: Tensor | None, k: int, rng: torch.Generator) -> Tensor:
        """A lower bound (B,) on log p(x) of observed x (B, D), in nats: the ELBO for k = 1, else IWAE-k."""
        found = []
        with evaluating(self):
            for start in range(0, len(x), max(1, ROWS // k)):
                part = slice(start, start + max(1, ROWS // k))
                labels = None if y is None else y[part]
                pieces = [min(ROWS, k - done) for done in range(0, k, ROWS)]
                weights = torch.cat([self.log_weights(x[part], labels, piece, rng) for piece in pieces])
                found.append(likelihood.importance_bound(weights))
        return torch.cat(found)

    def log_likelihood(self, batch: Batch, rng: torch.Generator, k: int = 1) -> tuple[Tensor, str]:
        """Nats (B,) of each image of the batch, and what they are: "ELBO" or "IWAE-k", lower bounds both."""
        x = self.observe(batch.x, rng)
        return self.bound(x, self.labels(batch), k, rng), "ELBO" if k == 1 else f"IWAE-{k}"

    # -- sampling

    def latents(self, n: int, rng: torch.Generator, truncation: float = 4.0) -> Tensor:
        """(n, z_dim) draws of a standard normal cut at ``truncation``, by the inverse distribution function."""
        u = torch.rand(n, self.z_dim, generator=rng) * 2 - 1
        return math.sqrt(2) * torch.erfinv(u * math.erf(truncation / math.sqrt(2)))

    @torch.no_grad()
    def encode(self, x: Tensor, labels: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Mean and standard deviation (B, d) of q(z | x) for images (B, H, W), shown as they are."""
        with evaluating(self.encoder):
            mean, log_var = self.encoder(x.flatten(1), labels if self.classes else None)
        return mean, (log_var / 2).exp()

    @torch.no_grad()
    def decode(self, z: Tensor, labels: Tensor | None = None, average: bool = True) -> Tensor:
        """The mean image (n, *shape) of each latent (n, z_dim); a conditional model goes through its classes by default."""
        if self.classes and labels is None:
            labels = torch.arange(len(z)) % self.classes
        with evaluating(self.decoder):
            logits = self.decoder(z, labels if self.classes else None)
        mean = torch.sigmoid(logits) if self.binary else likelihood.continuous_bernoulli_mean(logits)
        return mean.view(len(z), *self.info.shape)

    def sample(self, n: int, rng: torch.Generator, truncation: float = 4.0, label: str = "any") -> Tensor:
        """``n`` samples (n, *shape): the mean images of draws from the prior."""
        labels = None
        if label != "any":
            if not self.classes:
                raise ConfigError(N_("This model was trained without classes: leave the class at any."))
            if not label.isdecimal() or int(label) >= self.classes:
                raise ConfigError(
                    N_("There is no class {label}: the model knows {count}."), label=label, count=self.classes
                )
            labels = torch.full((n,), int(label))
        return self.decode(self.latents(n, rng, truncation), labels)

    # -- measures

    def labels(self, batch: Batch) -> Tensor | None:
        return batch.y if self.classes else None

    def heldout(self, data: Data, most: int) -> tuple[Tensor, Tensor, Tensor | None]:
        """Of ``most`` held-out images, evenly spread: grey (n, H, W), observed (n, D), labels (n,) or None.

        The binarisation is the same for every run, model and machine: one draw over all held-out images, by a fixed seed.
        """
        at = spread(len(data.heldout), most)
        grey = torch.from_numpy(data.heldout.astype(np.float32) / 255)
        x = self.observe(grey, torch.Generator().manual_seed(likelihood.BINARISATION))
        y = torch.from_numpy(data.heldout_labels)[at] if self.classes and data.heldout_labels is not None else None
        return grey[at], x[at], y

    @torch.no_grad()
    def measures(self, data: Data, rng: torch.Generator) -> dict[str, float]:
        """On held-out images: the ELBO in nats, active units, the largest KLs by dimension, and how sharp samples are."""
        _, x, y = self.heldout(data, MEASURED)
        with evaluating(self):
            mean, log_var = self.encoder(x, y)
        kl = likelihood.kl_normal(mean, log_var).mean(0).sort(descending=True).values
        found = {
            self.kind("elbo"): float(self.bound(x, y, 1, rng).mean()),
            "active": float((mean.var(0) > likelihood.ACTIVE).sum()),
            "sharpness": likelihood.sharpness(self.sample(500, rng)),
        }
        return found | {f"kl_{i:02d}": float(value) for i, value in enumerate(kl[:SHOWN], 1)}

    def references(self, data: Data) -> dict[str, float]:
        """How sharp real images are, how many units there are, and for binary pixels what no latent at all would reach.

        Grey pixels have no such baseline: where a pixel is black in every image, the density of independent ones has no bound.
        """
        grey, x, _ = self.heldout(data, MEASURED)
        found = {"sharpness": likelihood.sharpness(grey), "active": float(self.z_dim)}
        if self.binary:
            mean = torch.from_numpy(data.train.mean(0, dtype=np.float64) / 255).float().flatten()
            found["elbo"] = float(likelihood.bernoulli(x, mean.clamp(1e-3, 1 - 1e-3).logit()).mean())
        return found

    def final(self, data: Data, rng: torch.Generator) -> dict[str, Metric]:
        """Held-out ELBO and IWAE-5000 in nats with 95 % intervals over images, under the fixed binarisation.

        IWAE-5000 of every image would take minutes. So IWAE-50 of many is corrected by the mean step from there to IWAE-5000
        on ``images`` of them, a twentieth (two-phase sampling, Cochran 1977, section 12.7); the scatter of both is in the
        interval.
        """
        _, x, y = self.heldout(data, PHASE * self.config.images)
        elbo, loose = self.bound(x, y, 1, rng), self.bound(x, y, LOOSE, rng)
        at = spread(len(x), self.config.images)
        step = self.bound(x[at], None if y is None else y[at], TIGHT, rng) - loose[at]
        tight = loose.mean() + step.mean()
        error = math.sqrt(loose.var() / len(x) + step.var() / len(step))
        return {
            self.kind("elbo"): nats(float(elbo.mean()), float(elbo.std()) / math.sqrt(len(x))),
            self.kind(f"iwae_{TIGHT}"): nats(float(tight), error),
            "bound_images": Metric(len(x)),
            "bound_corrected_on": Metric(len(step)),
        }


def nats(value: float, error: float) -> Metric:
    """A bound with the interval of 1.96 standard errors."""
    return Metric(value, value - 1.96 * error, value + 1.96 * error, unit=N_("nats"), better="high")


def spread(n: int, most: int) -> Tensor:
    """At most ``most`` places among ``n``, evenly spread."""
    return torch.arange(min(n, most)) * n // min(n, most)


def cosine(optimizer: torch.optim.Optimizer, lr: float, step: int, total: int) -> None:
    """The learning rate falls along a half cosine to a hundredth of ``lr``."""
    share = 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(1.0, step / total)))
    for group in optimizer.param_groups:
        group["lr"] = lr * share


def warm(step: int, steps: float) -> float:
    """The KL's share of its weight while it is faded in (Bowman et al. 2016, https://arxiv.org/abs/1511.06349, section 3.1)."""
    return min(1.0, step / steps) if steps else 1.0


def beside(x: Tensor, y: Tensor | None, classes: int) -> Tensor:
    """x (B, n) with the one-hot label behind it, (B, n + classes)."""
    return x if not classes else torch.cat([x, F.one_hot(y, classes).to(x.dtype)], -1)


def distort(x: Tensor, strength: float, rng: torch.Generator) -> Tensor:
    """Images (B, H, W), each turned, slanted, and stretched a little by chance; ``strength`` 1: by some 10 degrees, 10 %."""
    if not strength:
        return x
    draw = torch.randn(4, len(x), generator=rng) * strength
    angle, slant = 0.17 * draw[0], 0.2 * draw[1]
    wide, high = (1 + 0.1 * draw[2]).clamp(0.6, 1.6), (1 + 0.1 * draw[3]).clamp(0.6, 1.6)
    cos, sin, zero = angle.cos(), angle.sin(), torch.zeros_like(angle)
    rows = [wide * cos, slant * cos - sin, zero, wide * sin, high * (slant * sin + cos), zero]
    grid = F.affine_grid(torch.stack(rows, 1).view(-1, 2, 3), [len(x), 1, *x.shape[1:]], align_corners=False)
    return F.grid_sample(x[:, None], grid, align_corners=False)[:, 0].clamp(0, 1)
