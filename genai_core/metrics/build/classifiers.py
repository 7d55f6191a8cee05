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
RECIPES = {
    "digits": {"full": mnist, "small": mnist5k, "channels": (16, 32, 64), "kernel": 3, "seed": 1, "epochs": 8},
    "digits-judge": {"full": mnist, "small": mnist5k, "channels": (12, 24), "kernel": 5, "seed": 2, "epochs": 6},
    "fashion": {"full": fashion, "small": fashion5k, "channels": (16, 32, 64), "kernel": 3, "seed": 3, "epochs": 10},
}


def unseen(full: Data, small: Data) -> np.ndarray:
    """Indices of the full training set whose pixels occur nowhere in the small data set."""
    shipped = {image.tobytes() for image in np.concatenate([small.train, small.heldout])}
    return np.array([i for i, image in enumerate(full.train) if image.tobytes() not in shipped])


def shifted(x: Tensor, rng: torch.Generator, reach: int = 2) -> Tensor:
    """Images (B, 28, 28), each moved by up to ``reach`` pixels in both directions, black beyond the edge."""
    padded = F.pad(x, (reach,) * 4)
    rows, columns = torch.randint(0, 2 * reach + 1, (2, len(x), 1), generator=rng)
    rows, columns = rows + torch.arange(28), columns + torch.arange(28)
    return padded[torch.arange(len(x))[:, None, None], rows[:, :, None], columns[:, None, :]]


def train(data: Data, keep: np.ndarray, network: Network, seed: int, epochs: int, batch: int = 128) -> None:
    """Adam with decoupled decay, one cycle of the learning rate, cross-entropy with label smoothing .05."""
    rng = torch.Generator().manual_seed(seed)
    x, y = torch.from_numpy(data.train[keep]).float() / 255, torch.from_numpy(data.train_labels[keep])
    steps = len(x) // batch
    optimizer = torch.optim.AdamW(network.parameters(), lr=2e-3, weight_decay=1e-2, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, total_steps=steps * epochs)
    network.train()
    for epoch in range(epochs):
        started, total = time.monotonic(), 0.0
        for index in torch.randperm(len(x), generator=rng)[: steps * batch].view(steps, batch):
            loss = F.cross_entropy(network(shifted(x[index], rng))[1], y[index], label_smoothing=0.05)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item()
        print(f"epoch {epoch + 1}: loss {total / steps:.4f}, {time.monotonic() - started:.0f} s", flush=True)


def accuracy(judge: Classifier, images: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    right = int((judge(images / np.float32(255))[1].argmax(1).numpy() == labels).sum())
    low, high = wilson(right, len(labels))
    return {"value": right / len(labels), "low": round(low, 5), "high": round(high, 5), "n": len(labels)}


def build(key: str) -> None:
    recipe = RECIPES[key]
    full, small = recipe["full"].load(), recipe["small"].load()
    keep = unseen(full, small)
    torch.manual_seed(recipe["seed"])
    architecture = {"channels": recipe["channels"], "kernel": recipe["kernel"], "features": 64, "classes": 10}
    network = Network(**architecture)
    train(full, keep, network, recipe["seed"], recipe["epochs"])
    weights = WEIGHTS / f"{key}.safetensors"
    weights.write_bytes(save({name: value.contiguous() for name, value in network.state_dict().items()}))
    about = {
        "sha256": sha256(weights),
        "architecture": architecture,
        "trained_on": f"{recipe['full'].SPEC.key}, training set, {len(keep)} images: "
        f"without the {len(full.train) - len(keep)} whose pixels occur in {recipe['small'].SPEC.key}",
        "seed": recipe["seed"],
        "epochs": recipe["epochs"],
        "torch": torch.__version__,
        "script": SCRIPT,
        "licence": f"as the data: {recipe['full'].SPEC.licence}",
    }
    (WEIGHTS / f"{key}.json").write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
    judge = Classifier(key)
    about["accuracy"] = {
        "test set, 95 % Wilson interval": accuracy(judge, full.heldout, full.heldout_labels),
        f"{recipe['small'].SPEC.key}, held out": accuracy(judge, small.heldout, small.heldout_labels),
        f"{recipe['small'].SPEC.key}, to train generators on": accuracy(judge, small.train, small.train_labels),
    }
    (WEIGHTS / f"{key}.json").write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
    print(key, about["accuracy"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("keys", nargs="*", default=list(RECIPES))
    torch.set_num_threads(1)
    for key in parser.parse_args().keys:
        build(key)


if __name__ == "__main__":
    main()
