"""A GAN-shaped model that can be slow, hang, die or fail on command, and a data set of tiny pictures."""

import dataclasses
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn

from genai_core import registry
from genai_core.catalogue import Catalogue
from genai_core.contracts import (
    Batch,
    Data,
    DataInfo,
    DatasetSpec,
    Event,
    ExperimentSpec,
    ModelSpec,
    Preset,
    Report,
    RunSpec,
    knob,
)
from genai_core.report import session

N = 60


@dataclass(frozen=True)
class Config:
    step_ms: float = knob(0.0, "Step", low=0, high=1000)
    die_at: int = knob(0, "Die at", low=0, high=10**6)
    mark: str = knob("", "A file made before it hangs or dies; a model that finds it does not die again")
    hang_at: int = knob(0, "Hang at", low=0, high=10**6)
    batch_size: int = knob(8, "Batch size", low=1, high=64)


@dataclass(frozen=True)
class Controls:
    truncation: float = knob(4.0, "Truncation", low=0.2, high=4.0)
    label: str = knob("any", "Class", choices=("any", "0", "1"))


class Toy(nn.Module):
    classes = 2

    def __init__(self, config: Config, info: DataInfo) -> None:
        super().__init__()
        self.config, self.info = config, info
        self.net = nn.Linear(4 + 2, int(np.prod(info.shape)))

    def optimizers(self):
        return {"g": torch.optim.Adam(self.net.parameters(), lr=1e-2)}

    def train_step(self, batch: Batch, optimizers, step, total, rng):
        c = self.config
        time.sleep(c.step_ms / 1000)
        if c.die_at == step and not os.path.exists(c.mark):
            open(c.mark, "w").close()
            os.kill(os.getpid(), signal.SIGKILL)
        if c.hang_at == step:
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
            open(c.mark, "w").close()
            time.sleep(600)
        z = torch.randn(len(batch.x), 4, generator=rng)
        loss = (self.decode(z, batch.y) - batch.x).square().mean()
        optimizers["g"].zero_grad()
        loss.backward()
        optimizers["g"].step()
        return {"loss_g": loss.detach()}

    def latents(self, n, rng, truncation=4.0):
        return torch.randn(n, 4, generator=rng).clamp(-truncation, truncation)

    def decode(self, z, labels=None, average=True):
        labels = torch.arange(len(z)) % 2 if labels is None else labels
        return torch.sigmoid(self.net(torch.cat([z, nn.functional.one_hot(labels, 2)], 1))).view(-1, *self.info.shape)

    def sample(self, n, rng, truncation=4.0, label="any"):
        labels = None if label == "any" else torch.full((n,), int(label))
        return self.decode(self.latents(n, rng, truncation), labels)


def load() -> Data:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (2 * N, 6, 6), dtype=np.uint8)
    labels = np.arange(2 * N, dtype=np.int64) % 2
    return Data(DataInfo("image", (6, 6), ("even", "odd")), images[:N], images[N:], labels[:N], labels[N:])


def show(samples, columns):
    rows = [np.concatenate(list(samples[i : i + columns]), 1) for i in range(0, len(samples), columns)]
    width = max(row.shape[1] for row in rows)
    return (np.concatenate([np.pad(r, ((0, 0), (0, width - r.shape[1]))) for r in rows]).clip(0, 1) * 255).astype(
        "uint8"
    )


def slow_look(model, params):
    while "until" in params and not Path(params["until"]).exists():
        time.sleep(0.01)
    time.sleep(params.get("seconds", 0))
    if params.get("die"):
        os.kill(os.getpid(), signal.SIGKILL)
    return {"pid": os.getpid()}, {}


MODEL = ModelSpec(
    "toy", "Toy", "A test.", "gan", ("image",), Config, Toy, "none", controls=Controls,
    presets=(
        Preset("toy-a", "A", "Note.", "squares", {}, seed=3, steps=40, seconds=2),
        Preset("toy-b", "B", "Note.", "squares", {"batch_size": 4}, seed=4, steps=20, seconds=2),
    ),
    looks={"slow": slow_look},
)  # fmt: skip
EAGER = dataclasses.replace(MODEL, key="eager", threads=2, presets=())
DATASET = DatasetSpec("squares", "Squares", "Noise.", "image", load, show)
GONE = DatasetSpec("gone", "Gone", "Not here.", "image", load, show, available=lambda: False)


@dataclass(frozen=True)
class Asked:
    fail: bool = knob(False, "Break off")


def listen(config, rng, typed=""):
    yield Event(1, 2, {"letters": float(len(typed))})
    if config.fail:
        raise KeyError("broken off")
    yield Event(2, 2, report=Report("Heard.", {"letters": len(typed)}))


LISTENER = ExperimentSpec("listener", "Listener", "A test.", "privacy", Asked, listen, typed="[a-z]{5,9}")
MODELS, DATASETS = {"toy": MODEL, "eager": EAGER}, {"squares": DATASET, "gone": GONE}
FOLDERS = {"models": MODELS, "datasets": DATASETS, "applications": {}, "risks": {"listener": LISTENER}}


def install(setattr_=setattr) -> None:
    setattr_(registry, "_found", lambda folder: FOLDERS[folder])
    setattr_(session, "look", lambda store, params, files: slow_look(None, params))


def catalogue() -> Catalogue:
    found, registry._found = registry._found, lambda folder: FOLDERS[folder]
    try:
        return Catalogue(registry.catalogue())
    finally:
        registry._found = found


def spec(steps: int = 30, dataset: str = "squares", seed: int = 0, plugin: str = "toy", **config) -> RunSpec:
    return catalogue().spec(plugin, config, dataset, seed, {"steps": steps})
