"""A model and a data set small enough to train in milliseconds, with everything a checkpoint must not forget: batch norm,
dropout, an average of the weights, draws from the loop's generator, two optimisers, channels-last weights."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from genai_core import registry
from genai_core.catalogue import Catalogue
from genai_core.contracts import (
    Data,
    DataInfo,
    DatasetSpec,
    Event,
    ExperimentSpec,
    Metric,
    ModelSpec,
    Preset,
    Report,
    knob,
)

N = 40


@dataclass(frozen=True)
class TinyConfig:
    width: int = knob(4, "Width", low=1, high=64)
    rate: float = knob(0.01, "Rate", low=1e-6, high=1.0, log=True)
    noisy: bool = knob(True, "Noisy")
    kind: str = knob("a", "Kind", choices=("a", "b"))
    batch_size: int = knob(16, "Batch size", low=1, high=256)
    fail_at: int = knob(0, "Fail at", low=0, high=10**6)
    nan_at: int = knob(0, "NaN at", low=0, high=10**6)


class Tiny(nn.Module):
    def __init__(self, config, info):
        super().__init__()
        self.config, self.info = config, info
        self.net = nn.Sequential(
            nn.Conv2d(1, config.width, 3, padding=1),
            nn.BatchNorm2d(config.width),
            nn.Dropout(0.2),
            nn.Conv2d(config.width, 2, 3, padding=1),
            nn.Conv2d(2, 1, 1),
        ).to(memory_format=torch.channels_last)
        self.scale = nn.Parameter(torch.zeros(()))
        self.register_buffer("average", torch.cat([p.detach().reshape(-1) for p in self.net.parameters()]))
        self.seen_totals = []

    def optimizers(self):
        return {
            "net": torch.optim.Adam(self.net.parameters(), lr=self.config.rate, betas=(0.5, 0.99), fused=True),
            "scale": torch.optim.SGD([self.scale], lr=self.config.rate, momentum=0.9),
        }

    def train_step(self, batch, optimizers, step, total, rng):
        self.seen_totals.append(total)
        if step == self.config.fail_at:
            raise ZeroDivisionError("secret detail")
        for optimizer in optimizers.values():
            optimizer.zero_grad()
        noise = torch.randn(batch.x.shape, generator=rng) * self.config.noisy
        out = self.net((batch.x + noise)[:, None]).squeeze(1) * self.scale.exp()
        loss = (out - batch.x).square().mean() * (1 - min(step / total, 1) / 2)
        if step == self.config.nan_at:
            loss = loss * float("nan")
        loss.backward()
        for optimizer in optimizers.values():
            optimizer.step()
        with torch.no_grad():
            self.average.lerp_(torch.cat([p.reshape(-1) for p in self.net.parameters()]), 0.1)
        return {"loss": loss.detach(), "scale": self.scale.detach().clone()}

    def sample(self, n, rng, **controls):
        mode = self.training
        self.eval()
        out = self.net(torch.rand(n, 1, *self.info.shape, generator=rng)).squeeze(1)
        torch.rand(3)  # a careless model: the loop must not let this reach the training
        self.train(mode)
        return out.clamp(0, 1)


def load():
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (2 * N, 6, 6), dtype=np.uint8)
    labels = np.arange(2 * N) % 2
    return Data(DataInfo("image", (6, 6), ("even", "odd")), images[:N], images[N:], labels[:N], labels[N:])


def show(samples, columns):
    return (np.concatenate(list(samples[:columns]), 1).clip(0, 1) * 255).astype(np.uint8)


@dataclass(frozen=True)
class RiskConfig:
    n: int = knob(3, "N", low=1, high=9)


def risk(config, rng):
    for step in range(1, config.n + 1):
        yield Event(step, config.n, {"x": float(torch.rand((), generator=rng))})
    yield Event(config.n, config.n, report=Report("Found {n}.", {"n": config.n}, {"rate": Metric(0.5, 0.4, 0.6)}))


MODEL = ModelSpec(
    "tiny",
    "Tiny",
    "A test.",
    "gan",
    ("image",),
    TinyConfig,
    Tiny,
    "none",
    presets=(Preset("tiny-good", "Good", "Works.", "squares", {"width": 2}, seed=7, steps=30, seconds=2),),
)
DATASET = DatasetSpec("squares", "Squares", "Noise.", "image", load, show)
POINTS = DatasetSpec("dots", "Dots", "Points.", "points", load, show)
RISK = ExperimentSpec("tiny-risk", "Risk", "A test.", "none", RiskConfig, risk)
FOLDERS = {
    "models": {"tiny": MODEL},
    "datasets": {"squares": DATASET, "dots": POINTS},
    "applications": {},
    "risks": {"tiny-risk": RISK},
}


def install(setattr_) -> None:
    """Make these the only plug-ins; ``setattr_`` is monkeypatch.setattr, or setattr in a process of its own."""
    setattr_(registry, "_found", lambda folder: FOLDERS[folder])


def catalogue() -> Catalogue:
    found, registry._found = registry._found, lambda folder: FOLDERS[folder]
    try:
        return Catalogue(registry.catalogue())
    finally:
        registry._found = found


def spec(steps=None, seconds=None, schedule=None, seed=0, **config):
    budget = {"steps": steps} | ({"schedule": schedule} if schedule else {}) if steps else {"seconds": seconds}
    return catalogue().spec("tiny", config, "squares", seed, budget)
