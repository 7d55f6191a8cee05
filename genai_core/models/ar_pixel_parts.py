"""What the autoregressive models of binary images share: exact likelihoods, drawing, completing. Not a plug-in.

Networks, losses and steps are written out in each model's own file. Pixels are in raster order: row by row, left to right.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from genai_core.contracts import N_, Data, DataInfo, Metric, knob
from genai_core.errors import ConfigError
from genai_core.metrics.likelihood import BINARISATION, bernoulli, binarise
from genai_core.metrics.statistics import wilson
from genai_core.models.parts import CLASSES, evaluating, resolve

MEASURED = 50  # held-out images of the measure during training
QUANTILES = 41  # of the held-out log-likelihoods, kept with the model: what is a rare picture
CHUNK = 250  # images through the network at a time


@dataclass(frozen=True)
class ClassControls:
    """How to draw with a model that may know classes."""

    label: str = knob("any", N_("Class"), choices=CLASSES, help=N_("The class to draw; any goes through all of them."))


class Pixels(nn.Module):
    """The verbs of an autoregressive model of binary images. A model gives

        logits(x (B, H, W), y) -> (B, H, W)                       each pixel given those before it, all at once
        draw(u (n, H, W), y, given, rows) -> pixels, probabilities   one pixel after another

    ``classes`` is 0 where the model ignores labels.
    """

    # No distances to real pictures: those are grey, and their floor is of grey against grey.
    metered = False
    report_samples = 0

    def __init__(self, info: DataInfo, conditional: bool, precision: str) -> None:
        super().__init__()
        if conditional and not info.classes:
            raise ConfigError(N_("This data set has no classes: switch the class condition off."))
        self.info = info
        self.classes = len(info.classes) if conditional else 0
        self.register_buffer("quantiles", torch.zeros(QUANTILES))  # of held-out log-likelihoods; 0: not known
        self.compute_dtype = resolve(precision)  # the arithmetic of training, for the run's record

    def autocast(self) -> torch.autocast:
        return torch.autocast("cpu", torch.bfloat16, enabled=self.compute_dtype == "bfloat16")

    # -- likelihoods, always in float32

    @torch.no_grad()
    def conditionals(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        """log p(x_i | x_<i) of every pixel, (B, H, W), of binary images (B, H, W); their sum is log p(x), or log p(x | y)."""
        with evaluating(self):
            parts = [
                bernoulli(one.unsqueeze(-1), self.logits(one, label).unsqueeze(-1))
                for one, label in zip(x.split(CHUNK), split(y, len(x)), strict=True)
            ]
        return torch.cat(parts)

    def every_class(self, x: Tensor) -> Tensor:
        """log p(x_i | x_<i, y) for every class y, (B, classes, H, W); (B, 1, H, W) for a model without classes."""
        if not self.classes:
            return self.conditionals(x)[:, None]
        return torch.stack([self.conditionals(x, torch.full((len(x),), y)) for y in range(self.classes)], 1)

    def by_class(self, x: Tensor) -> Tensor:
        """log p(x, y) with all classes as likely, (B, classes); (B, 1) and log p(x) for a model without classes."""
        return torch.cat([self.every_class(part).sum((2, 3)) for part in x.split(CHUNK)]) - self.log_classes

    @property
    def log_classes(self) -> float:
        return math.log(max(1, self.classes))

    def told(self, x: Tensor) -> Tensor:
        """log p(x_i | x_<i) (B, H, W) with the classes summed over, weighted by how likely the pixels before made them."""
        so_far = (self.every_class(x).double().flatten(2).cumsum(2) - self.log_classes).logsumexp(1)  # log p(x_<=i)
        return so_far.diff(dim=1, prepend=torch.zeros(len(x), 1, dtype=torch.float64)).view(x.shape)

    def posterior(self, x: Tensor, rows: int) -> Tensor:
        """p(class | the first rows of x), (B, classes), all classes as likely before."""
        return self.every_class(x)[:, :, :rows].sum((2, 3)).softmax(1)

    def rank(self, nats: float) -> float | None:
        """The share of held-out images less likely than this, from the quantiles that :meth:`final` left."""
        if not bool((self.quantiles < 0).all()):
            return None
        return float(np.interp(nats, self.quantiles.float().numpy(), np.linspace(0, 1, QUANTILES)))

    def log_likelihood(self, x: Tensor, rng: torch.Generator | None = None) -> tuple[Tensor, str]:
        """log p(x) (B,) in nats, exactly: nothing is drawn. The classes are summed over."""
        return self.by_class(x).logsumexp(1), "exact"

    # -- samples

    @torch.no_grad()
    def sample(self, n: int, rng: torch.Generator, label: str = "any") -> Tensor:
        """``n`` binary images (n, H, W)."""
        u = torch.rand(n, *self.info.shape, generator=rng)
        with evaluating(self):
            return self.draw(u, self.labels(n, label))[0]

    def labels(self, n: int, label: str = "any") -> Tensor | None:
        """The class of each of ``n`` images: the one asked for, or one after the other; None without classes."""
        if label != "any" and not self.classes:
            raise ConfigError(N_("This model was trained without classes: leave the class at any."))
        if not self.classes:
            return None
        if label == "any":
            return torch.arange(n) % self.classes
        if not label.isdecimal() or int(label) >= self.classes:
            message = N_("There is no class {label}: the model knows {count}.")
            raise ConfigError(message, label=label[:40], count=self.classes)
        return torch.full((n,), int(label))

    # -- what the loop asks

    def measures(self, data: Data, rng: torch.Generator) -> dict[str, float]:
        """The exact log-likelihood of a few held-out images, in nats an image."""
        x, _ = binary(data.heldout, data.heldout_labels)
        return {"log_likelihood": float(self.log_likelihood(x[spread(len(x), MEASURED)])[0].mean())}

    def references(self, data: Data) -> dict[str, float]:
        """The same of pixels that know nothing of each other: each on as often as in the training images."""
        x, _ = binary(data.heldout, data.heldout_labels)
        x = x[spread(len(x), MEASURED)]
        mean = torch.from_numpy(data.train.mean(0, dtype=np.float64) / 255).float().clamp(1e-3, 1 - 1e-3)
        return {"log_likelihood": float(bernoulli(x.flatten(1), mean.logit().flatten()).mean())}

    def final(self, data: Data, rng: torch.Generator) -> dict[str, Metric]:
        """Exact log-likelihood of 1,000 held-out images (or all there are), with a 95 % interval over images. Leaves its
        quantiles with the model, for :meth:`rank`."""
        x, y = binary(data.heldout, data.heldout_labels)
        at = spread(len(x), 1000)
        joint = self.by_class(x[at])  # (N, classes)
        value = joint.logsumexp(1)
        error = float(value.std()) / math.sqrt(len(value))
        mean = float(value.mean())
        found = {
            "log_likelihood": Metric(mean, mean - 1.96 * error, mean + 1.96 * error, unit=N_("nats"), better="high"),
            "likelihood_images": Metric(float(len(value))),
        }
        self.quantiles.copy_(value.quantile(torch.linspace(0, 1, QUANTILES)))
        if self.classes and y is not None:
            right = int((joint.argmax(1) == y[at]).sum())
            found["recognised"] = Metric(right / len(value), *wilson(right, len(value)), better="high")
        return found


def binary(images: np.ndarray, labels: np.ndarray | None = None) -> tuple[Tensor, Tensor | None]:
    """Images (N, H, W) binarised as everywhere in this house, float 0 and 1, and their labels."""
    grey = torch.from_numpy(images.astype(np.float32) / 255)
    x = binarise(grey, torch.Generator().manual_seed(BINARISATION))
    return x, None if labels is None else torch.from_numpy(np.array(labels, np.int64))


def spread(n: int, most: int) -> Tensor:
    """At most ``most`` places among ``n``, evenly spread."""
    return torch.arange(min(n, most)) * n // min(n, most)


def split(y: Tensor | None, n: int) -> Iterator[Tensor | None]:
    return iter(y.split(CHUNK)) if y is not None else iter([None] * -(-n // CHUNK))


def anneal(optimizer: torch.optim.Optimizer, lr: float, step: int, total: int) -> None:
    """Fifty steps of warm-up, then half a cosine down to a fiftieth of ``lr``."""
    share = min(1.0, step / 50) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(1.0, step / total))))
    for group in optimizer.param_groups:
        group["lr"] = lr * share


FORMULAS = (
    (
        N_("One pixel after another: the chain rule, exact"),
        r"\log p(x) = \sum_{i=1}^{H W} \log p(x_i \mid x_1, \dots, x_{i-1})",
    ),
    (
        N_("Cross-entropy on binarised pixels"),
        r"L = -\sum_i \big[ x_i \log p_i + (1 - x_i) \log(1 - p_i) \big], \qquad x_i \sim \mathrm{Bernoulli}(\text{grey}_i)",
    ),
)
