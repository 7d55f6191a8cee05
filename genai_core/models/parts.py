"""What every GAN here shares: how it is sampled, averaged, and on which arithmetic it runs. Not a plug-in.

Networks, losses and steps are written out in each model's own file.
"""

from __future__ import annotations

import copy
import functools
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from genai_core.contracts import N_, DataInfo, knob
from genai_core.errors import ConfigError

BLOCK = 500  # latents decoded at a time: 6,000 at once take half a gigabyte and twice as long
CLASSES = ("any", *(str(k) for k in range(10)))
GOLDEN = (math.sqrt(5) - 1) / 2


@dataclass(frozen=True)
class Controls:
    """How to sample a GAN."""

    truncation: float = knob(
        4.0, N_("Truncation"), low=0.2, high=4.0,
        help=N_("Draws the latent from a normal cut at this many standard deviations: lower is safer and less varied."),
    )  # fmt: skip
    average: bool = knob(
        True,
        N_("Averaged weights"),
        help=N_("Samples from the moving average of the generator instead of its last step."),
    )


@dataclass(frozen=True)
class ClassControls(Controls):
    """How to sample a class-conditional GAN."""

    label: str = knob("any", N_("Class"), choices=CLASSES, help=N_("The class to draw; any goes through all of them."))


def classes_told(config: Any, info: DataInfo) -> int:
    """How many classes a model is told: of points where ``told`` is on, of anything else where ``conditional`` is."""
    return len(info.classes) if (config.told if info.modality == "points" else config.conditional) else 0


class Shares(nn.Module):
    """How often each class was learned from, so that samples of all of them come in the same shares."""

    seen: Tensor

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.register_buffer("seen", torch.zeros(classes, dtype=torch.int64))

    def count(self, y: Tensor) -> None:
        self.seen += torch.bincount(y, minlength=len(self.seen))

    def chances(self) -> Tensor:
        """(classes,) in double precision, equal before anything was learned."""
        seen = self.seen.double() if self.seen.any() else torch.ones_like(self.seen, dtype=torch.float64)
        return seen / seen.sum()

    def labels(self, n: int) -> Tensor:
        """``n`` classes, any number of the first of them in nearly the right shares: multiples of the golden ratio, which
        fill the unit interval evenly, fall into it as the classes divide it."""
        at = torch.arange(1, n + 1, dtype=torch.float64) * GOLDEN % 1
        return torch.searchsorted(self.chances().cumsum(0), at, right=True).clamp(max=len(self.seen) - 1)


class Gan(nn.Module):
    """The verbs of every GAN. A model sets ``generator(z, y) -> x``, ``discriminator(x, y) -> scores (n,)``, and may set ``average``.

    ``classes`` is 0 where the model ignores labels.
    """

    generator: nn.Module
    discriminator: nn.Module
    average: nn.Module | None

    def __init__(self, info: DataInfo, z_dim: int, conditional: bool = False, precision: str = "float32") -> None:
        super().__init__()
        if conditional and not info.classes:
            raise ConfigError(N_("This data set has no classes: switch the class condition off."))
        self.info, self.z_dim, self.average = info, z_dim, None
        self.classes = len(info.classes) if conditional else 0
        self.compute_dtype = resolve(precision)  # the arithmetic of training, for the run's record

    def autocast(self) -> torch.autocast:
        return torch.autocast("cpu", torch.bfloat16, enabled=self.compute_dtype == "bfloat16")

    def train(self, mode: bool = True) -> Gan:
        super().train(mode)
        if self.average is not None:
            self.average.eval()
        return self

    def latents(self, n: int, rng: torch.Generator, truncation: float = 4.0) -> Tensor:
        """(n, z_dim) draws of a standard normal cut at ``truncation``: the law of redrawing every coordinate beyond it,
        by the inverse distribution function, so that the same stream moves smoothly with the cut. At 4 a coordinate in
        16,000 is touched."""
        u = torch.rand(n, self.z_dim, generator=rng) * 2 - 1
        return math.sqrt(2) * torch.erfinv(u * math.erf(truncation / math.sqrt(2)))

    @torch.no_grad()
    def decode(self, z: Tensor, labels: Tensor | None = None, average: bool = True) -> Tensor:
        """Samples (n, *shape) of the latents (n, z_dim); without labels a conditional model goes through its classes."""
        network = self.average if average and self.average is not None else self.generator
        labels = self._labels(len(z), labels)
        parts = z.split(BLOCK)
        classes = [None] * len(parts) if labels is None else labels.split(BLOCK)
        with evaluating(network):
            return torch.cat([network(*part) for part in zip(parts, classes, strict=True)])

    @torch.no_grad()
    def discriminate(self, x: Tensor, labels: Tensor | None = None) -> Tensor:
        """The discriminator's probability (n,) that each x (n, *shape) is real."""
        with evaluating(self.discriminator):
            return self.probability(self.discriminator(x, self._labels(len(x), labels)))

    def probability(self, scores: Tensor) -> Tensor:
        return torch.sigmoid(scores.detach().float())

    def sample(
        self, n: int, rng: torch.Generator, truncation: float = 4.0, average: bool = True, label: str = "any"
    ) -> Tensor:
        """``n`` samples (n, *shape). Leaves training mode, buffers and every other random stream untouched."""
        labels = None
        if label != "any":
            if not self.classes:
                raise ConfigError(N_("This model was trained without classes: leave the class at any."))
            if not label.isdecimal() or int(label) >= self.classes:
                raise ConfigError(
                    N_("There is no class {label}: the model knows {count}."), label=label, count=self.classes
                )
            labels = torch.full((n,), int(label))
        return self.decode(self.latents(n, rng, truncation), labels, average)

    def _labels(self, n: int, labels: Tensor | None) -> Tensor | None:
        if not self.classes:
            return None
        return torch.arange(n) % self.classes if labels is None else labels

    def watch(self, real: Tensor, fake: Tensor, x: Tensor) -> dict[str, Tensor]:
        """What the page follows: D(real), D(fake) from the scores, and the share of pixels of ``x`` outside [0, 1]."""
        seen = {"d_real": self.probability(real).mean(), "d_fake": self.probability(fake).mean()}
        if self.info.modality == "image":
            x = x.detach()
            seen["outside"] = torch.count_nonzero(x.clamp(0, 1) != x) / x.numel()
        return seen


def averaged(network: nn.Module) -> nn.Module:
    """A copy of ``network`` that will follow it."""
    return copy.deepcopy(network).requires_grad_(False).eval()


@torch.no_grad()
def follow(average: nn.Module, network: nn.Module, decay: float, step: int) -> None:
    """One step of the exponential moving average. Early steps forget faster, so that the first pictures are not noise."""
    decay = min(decay, step / (step + 10))
    torch._foreach_lerp_(list(average.parameters()), list(network.parameters()), 1 - decay)
    for mean, value in zip(average.buffers(), network.buffers(), strict=True):
        mean.lerp_(value, 1 - decay) if mean.is_floating_point() else mean.copy_(value)


@contextmanager
def evaluating(network: nn.Module) -> Iterator[None]:
    was = network.training
    network.eval()
    try:
        yield
    finally:
        network.train(was)


@contextmanager
def frozen(network: nn.Module) -> Iterator[None]:
    """Gradients pass through ``network`` but none are kept for it: a third of its backward is saved."""
    network.requires_grad_(False)
    try:
        yield
    finally:
        network.requires_grad_(True)


def adam(network: nn.Module, lr: float, betas: tuple[float, float]) -> torch.optim.Adam:
    return torch.optim.Adam(network.parameters(), lr=lr, betas=betas, fused=True)


def slope(scores: Tensor, x: Tensor) -> Tensor:
    """The squared length (n,) of each score's gradient at its own x (n, ...), itself differentiable."""
    (gradient,) = torch.autograd.grad(scores.sum(), x, create_graph=True)
    return gradient.flatten(1).square().sum(1)


def resolve(precision: str) -> str:
    """ "auto" is bfloat16 where the processor multiplies it natively, else float32."""
    return ("bfloat16" if native_bfloat16() else "float32") if precision == "auto" else precision


@functools.cache
def native_bfloat16() -> bool:
    cpuinfo = Path("/proc/cpuinfo")
    flags: set[Any] = set(cpuinfo.read_text().split()) if cpuinfo.exists() else set()
    return not flags.isdisjoint({"avx512_bf16", "amx_bf16"})
