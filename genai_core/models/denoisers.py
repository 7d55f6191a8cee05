"""What a network predicts and what follows from it: the Denoiser, and the two networks it wraps. Not a plug-in."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from genai_core.contracts import DataInfo
from genai_core.models.schedules import Schedule

CHUNK = 64  # rows a network sees at a time while sampling: what it computes stays in the processor's cache

# A prediction is a eps - b x_0, by these a and b. v: Salimans and Ho 2022, arXiv:2202.00512, section 4.
PREDICTIONS = {
    "epsilon": lambda alpha, sigma: (torch.ones_like(alpha), torch.zeros_like(alpha)),
    "x0": lambda alpha, sigma: (torch.zeros_like(alpha), -torch.ones_like(alpha)),
    "v": lambda alpha, sigma: (alpha, sigma),
    "velocity": lambda alpha, sigma: (torch.ones_like(alpha), torch.ones_like(alpha)),
}


class Denoiser(nn.Module):
    """A network that predicts one mixture of x_0 and eps; with x_t that fixes both."""

    def __init__(self, network: nn.Module, schedule: Schedule, prediction: str) -> None:
        super().__init__()
        self.network, self.schedule, self.prediction = network, schedule, prediction

    def mix(self, x0: Tensor, eps: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
        """x_t (B, ...) at times (B,), and what the network is to predict there."""
        alpha, sigma = (_like(v, x0) for v in (self.schedule.alpha(t), self.schedule.sigma(t)))
        a, b = PREDICTIONS[self.prediction](alpha, sigma)
        return alpha * x0 + sigma * eps, a * eps - b * x0

    def split(self, x: Tensor, prediction: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
        """x_0 and eps from x_t and a prediction: the inverse of :meth:`mix`."""
        alpha, sigma = (_like(v, x) for v in (self.schedule.alpha(t), self.schedule.sigma(t)))
        a, b = PREDICTIONS[self.prediction](alpha, sigma)
        whole = a * alpha + b * sigma
        return (a * x - sigma * prediction) / whole, (b * x + alpha * prediction) / whole

    def forward(self, x: Tensor, t: Tensor, y: Tensor | None = None) -> Tensor:
        return self.network(x, t, y)

    def guess(self, x: Tensor, t: float, y: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """The guesses of x_0 and eps for states that are all at time t."""
        labels = [None] * -(-len(x) // CHUNK) if y is None else y.split(CHUNK)
        found = [
            self.network(part, torch.full((len(part),), t, dtype=x.dtype), label)
            for part, label in zip(x.split(CHUNK), labels, strict=True)
        ]
        return self.split(x, torch.cat(found).to(x.dtype), torch.full((len(x),), t, dtype=x.dtype))


def _like(value: Tensor, x: Tensor) -> Tensor:
    return value.view(-1, *[1] * (x.dim() - 1))


class Moment(nn.Module):
    """Time and class as one vector (B, width). The label after the last class stands for "not told"."""

    def __init__(self, width: int, classes: int) -> None:
        super().__init__()
        self.register_buffer("frequencies", torch.exp(torch.linspace(0, 5, 16)), persistent=False)
        self.net = nn.Sequential(nn.Linear(32, width), nn.SiLU(), nn.Linear(width, width))
        self.embed = nn.Embedding(classes + 1, width) if classes else None

    def forward(self, t: Tensor, y: Tensor | None) -> Tensor:
        waves = t[:, None] * self.frequencies
        moment = self.net(torch.cat([waves.sin(), waves.cos()], 1))
        return F.silu(moment if self.embed is None else moment + self.embed(y))


class Block(nn.Module):
    """Two convolutions around a residual; the moment scales and shifts between them."""

    def __init__(self, inside: int, outside: int, moment: int) -> None:
        super().__init__()
        self.first = nn.Sequential(nn.GroupNorm(4, inside), nn.SiLU(), nn.Conv2d(inside, outside, 3, padding=1))
        self.moment = nn.Linear(moment, 2 * outside)
        self.norm = nn.GroupNorm(4, outside, affine=False)
        self.second = nn.Conv2d(outside, outside, 3, padding=1)
        self.skip = nn.Conv2d(inside, outside, 1) if inside != outside else nn.Identity()

    def forward(self, x: Tensor, moment: Tensor) -> Tensor:
        scale, shift = self.moment(moment)[:, :, None, None].chunk(2, 1)
        h = self.norm(self.first(x)) * (1 + scale) + shift
        return self.skip(x) + self.second(F.silu(h))


class UNet(nn.Module):
    """Images (B, 28, 28) as four channels of 14 x 14, down to 7 x 7 and up again (after Ronneberger et al. 2015)."""

    def __init__(self, width: int, classes: int) -> None:
        super().__init__()
        w, moment = width, 4 * width
        self.moment = Moment(moment, classes)
        self.stem = nn.Conv2d(4, w, 3, padding=1)
        self.fine = Block(w, w, moment)  # (B, w, 14, 14)
        self.down = nn.Conv2d(w, 2 * w, 3, 2, 1)
        self.coarse = nn.ModuleList([Block(2 * w, 2 * w, moment) for _ in range(2)])  # (B, 2 w, 7, 7)
        self.up = nn.Conv2d(2 * w, 4 * w, 1)
        self.merge = Block(2 * w, w, moment)
        self.head = nn.Sequential(nn.GroupNorm(4, w), nn.SiLU(), nn.Conv2d(w, 4, 3, padding=1))

    def forward(self, x: Tensor, t: Tensor, y: Tensor | None = None) -> Tensor:
        moment = self.moment(t, y)
        fine = self.fine(self.stem(F.pixel_unshuffle(x.unsqueeze(1), 2)), moment)
        h = self.down(fine)
        for block in self.coarse:
            h = block(h, moment)
        h = self.merge(torch.cat([F.pixel_shuffle(self.up(h), 2), fine], 1), moment)
        return F.pixel_shuffle(self.head(h), 2).squeeze(1)


class PointNet(nn.Module):
    """Points (B, 2), and waves of their coordinates, so that fine structure can be told apart (Tancik et al. 2020,
    arXiv:2006.10739): residual layers of 8 x width units, scaled and shifted by the moment."""

    WAVES = 4  # octaves from 1 on

    def __init__(self, width: int, classes: int, size: int = 2) -> None:
        super().__init__()
        h = 8 * width
        self.moment = Moment(h, classes)
        self.stem = nn.Linear(size * (1 + 2 * self.WAVES), h)
        self.layers = nn.ModuleList([nn.Linear(h, h) for _ in range(3)])
        self.moments = nn.ModuleList([nn.Linear(h, 2 * h) for _ in range(3)])
        self.head = nn.Linear(h, size)

    def forward(self, x: Tensor, t: Tensor, y: Tensor | None = None) -> Tensor:
        moment = self.moment(t, y)
        waves = torch.cat([x * 2**octave for octave in range(self.WAVES)], 1)
        h = self.stem(torch.cat([x, waves.sin(), waves.cos()], 1))
        for layer, told in zip(self.layers, self.moments, strict=True):
            scale, shift = told(moment).chunk(2, 1)
            h = h + layer(F.silu(h * (1 + scale) + shift)) / math.sqrt(2)
        return self.head(F.silu(h))


def network(width: int, info: DataInfo, classes: int) -> nn.Module:
    return (UNet if info.modality == "image" else PointNet)(width, classes)
