"""Trains the shipped classifiers: the scoring ones and the judge.

    GENAI_MNIST=mnist.npz python -m genai_core.metrics.build.classifiers [digits] [digits-judge] [fashion]

No image of mnist5k or fashion5k, neither the part to train on nor the part held out, is among the training images
(removed by content), so that real-against-real is as fair for one as for the other. Accuracy is on the standard test
set, and on the 1,000 held out.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
import torch
from safetensors.torch import save
from torch import Tensor
from torch.nn import functional as F

from genai_core.contracts import Data
from genai_core.datasets import fashion, fashion5k, mnist, mnist5k
from genai_core.datasets.files import sha256
from genai_core.metrics.features import WEIGHTS, Classifier, Network
from genai_core.metrics.statistics import wilson

SCRIPT = "python -m genai_core.metrics.build.classifiers"
SCORER = {"channels": (16, 32, 64), "kernel": 3, "features": 64, "classes": 10, "hidden": "tanh"}
JUDGE = {"channels": (12, 24), "kernel": 5, "features": 64, "classes": 10, "hidden": "relu"}


@dataclass(frozen=True)
class Recipe:
    full: ModuleType  # the data set it learns from
    small: ModuleType  # the shipped one, whose images it must not see
    architecture: dict[str, Any]
    seed: int
    epochs: int
    shift: int = 0  # pixels by which training images are moved about; scorers see them as they are


RECIPES = {
    "digits": Recipe(mnist, mnist5k, SCORER, seed=1, epochs=4),
    "fashion": Recipe(fashion, fashion5k, SCORER, seed=2, epochs=4),
    "digits-judge": Recipe(mnist, mnist5k, JUDGE, seed=3, epochs=4, shift=2),
}


def unseen(full: Data, small: Data) -> np.ndarray:
    """Indices of the full training set whose pixels occur nowhere in the small data set."""
    shipped = {image.tobytes() for image in np.concatenate([small.train, small.heldout])}
    return np.array([i for i, image in enumerate(full.train) if image.tobytes() not in shipped])


def shifted(x: Tensor, rng: torch.Generator, reach: int) -> Tensor:
    """Images (B, 28, 28), each moved by up to ``reach`` pixels in both directions, black beyond the edge."""
    padded = F.pad(x, (reach,) * 4)
    rows, columns = torch.randint(0, 2 * reach + 1, (2, len(x), 1), generator=rng)
    rows, columns = rows + torch.arange(28), columns + torch.arange(28)
    return padded[torch.arange(len(x))[:, None, None], rows[:, :, None], columns[:, None, :]]


def train(data: Data, keep: np.ndarray, network: Network, recipe: Recipe, batch: int = 128) -> None:
    """Adam, one cycle of the learning rate, plain cross-entropy.

    No label smoothing, no weight decay and few epochs: each pulls a class together to a point in feature space (Müller
    et al. 2019, arXiv:1906.02629), and what varies within a class is what recall and coverage are to see.
    """
    rng = torch.Generator().manual_seed(recipe.seed)
    x, y = torch.from_numpy(data.train[keep]).float() / 255, torch.from_numpy(data.train_labels[keep])
    steps = len(x) // batch
    optimizer = torch.optim.Adam(network.parameters(), lr=2e-3, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, total_steps=steps * recipe.epochs)
    network.train()
    for epoch in range(recipe.epochs):
        started, total = time.monotonic(), 0.0
        for index in torch.randperm(len(x), generator=rng)[: steps * batch].view(steps, batch):
            loss = F.cross_entropy(network(shifted(x[index], rng, recipe.shift))[1], y[index])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item()
        print(f"epoch {epoch + 1}: loss {total / steps:.4f}, {time.monotonic() - started:.0f} s", flush=True)


def accuracy(trained: Classifier, images: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """The share of labels it gets right, with its 95 % Wilson interval."""
    right = int((trained(images / np.float32(255))[1].argmax(1).numpy() == labels).sum())
    low, high = wilson(right, len(labels))
    return {"value": right / len(labels), "low": round(low, 5), "high": round(high, 5), "n": len(labels)}


def build(key: str) -> None:
    recipe = RECIPES[key]
    full, small = recipe.full.load(), recipe.small.load()
    names = recipe.full.SPEC.key, recipe.small.SPEC.key
    keep = unseen(full, small)
    torch.manual_seed(recipe.seed)
    network = Network(**recipe.architecture)
    train(full, keep, network, recipe)
    weights, sidecar = WEIGHTS / f"{key}.safetensors", WEIGHTS / f"{key}.json"
    weights.write_bytes(save({name: value.contiguous() for name, value in network.state_dict().items()}))
    about = {
        "sha256": sha256(weights),
        "architecture": recipe.architecture,
        "trained_on": f"{names[0]}, training set, {len(keep)} images: "
        f"without the {len(full.train) - len(keep)} whose pixels occur in {names[1]}",
        "seed": recipe.seed,
        "epochs": recipe.epochs,
        "torch": torch.__version__,
        "script": f"{SCRIPT} {key}",
        "licence": f"as the data: {recipe.full.SPEC.licence}",
    }
    sidecar.write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
    trained = Classifier(key)
    about["accuracy"] = {
        f"{names[0]}, test set": accuracy(trained, full.heldout, full.heldout_labels),
        f"{names[1]}, held out": accuracy(trained, small.heldout, small.heldout_labels),
        f"{names[1]}, to train generators on": accuracy(trained, small.train, small.train_labels),
    }
    sidecar.write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
    print(key, about["accuracy"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("keys", nargs="*", default=list(RECIPES))
    torch.set_num_threads(1)
    for key in parser.parse_args().keys:
        build(key)


if __name__ == "__main__":
    main()
