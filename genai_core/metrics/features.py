"""Small classifiers, trained by the project and shipped, whose last hidden layer is the space quality is measured in.

A classifier that scores never filters, guides or trains a generator: ``digits`` and ``fashion`` score, ``digits-judge``
(another architecture, another seed) is for everything else. Scores from different classifiers do not compare, so each
run records the hash of the one it was scored with.
"""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from genai_core.contracts import N_, DataInfo
from genai_core.datasets.files import check_sha256
from genai_core.errors import DataError

WEIGHTS = Path(__file__).parent / "weights"
SCORING = "digits"  # the default of features() and probabilities()
HIDDEN = {"relu": nn.ReLU, "tanh": nn.Tanh}


class Network(nn.Module):
    """Convolutions with batch norm and pooling, a hidden layer of ``features`` units, one logit a class.

    The hidden layer is the feature space (as the last pooling layer is Inception's in Heusel et al. 2017,
    arXiv:1706.08500). The scorers' is tanh: bounded features keep the kernel of KID, made for features of about unit
    size, in its range, and keep one loud direction from deciding the Frechet distance alone.
    """

    def __init__(self, channels: tuple[int, ...], kernel: int, features: int, classes: int, hidden: str) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        size, last = 28, 1
        for i, width in enumerate(channels):
            layers.append(nn.Conv2d(last, width, kernel, padding=kernel // 2, bias=False))
            layers += [nn.BatchNorm2d(width), nn.ReLU()]
            if i < 2:
                layers.append(nn.MaxPool2d(2))
                size //= 2
            last = width
        self.body = nn.Sequential(*layers, nn.Flatten(), nn.Linear(last * size * size, features), HIDDEN[hidden]())
        self.head = nn.Linear(features, classes)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Images (B, 28, 28) in [0, 1] -> hidden layer (B, features), logits (B, classes)."""
        hidden = self.body(x.unsqueeze(1))
        return hidden, self.head(hidden)


class Classifier:
    """A shipped classifier, ready to use on the CPU in float32. ``hash`` is the SHA-256 of its weights."""

    def __init__(self, key: str, folder: Path = WEIGHTS) -> None:
        about, weights = folder / f"{key}.json", folder / f"{key}.safetensors"
        try:
            self.about: dict[str, Any] = json.loads(about.read_text(encoding="utf-8"))
            self.hash: str = self.about["sha256"]
            network = Network(**self.about["architecture"])
        except FileNotFoundError as error:
            raise DataError(N_("{file} is missing. Put it back from the repository."), file=about.name) from error
        except (ValueError, KeyError, TypeError) as error:
            raise DataError(N_("{file} does not describe a classifier."), file=about.name) from error
        check_sha256(weights, self.hash)
        network.load_state_dict(load_file(weights))
        self.key = key
        self.network = network.eval().requires_grad_(False).to(memory_format=torch.channels_last)

    @torch.inference_mode()
    def __call__(self, images: np.ndarray | Tensor, block: int = 50) -> tuple[Tensor, Tensor]:
        """Images float (N, 28, 28), clipped to [0, 1] -> features (N, 64), logits (N, 10), both float32."""
        x = torch.as_tensor(images).detach().to("cpu", torch.float32).nan_to_num(nan=0.0).clamp(0, 1)
        x = x.unsqueeze(1).contiguous(memory_format=torch.channels_last)  # twice as fast
        hidden = torch.cat([self.network.body(part) for part in x.split(block)])
        return hidden, self.network.head(hidden)

    def features(self, images: np.ndarray | Tensor) -> Tensor:
        """The hidden layer, float32 (N, 64)."""
        return self(images)[0]

    def probabilities(self, images: np.ndarray | Tensor) -> Tensor:
        """Class probabilities, float32 (N, 10)."""
        return self(images)[1].softmax(1)


@functools.cache
def classifier(key: str = SCORING) -> Classifier:
    """The shipped classifier of that name: ``digits``, ``fashion`` or ``digits-judge``. Raises DataError."""
    return Classifier(key)


def scorer(info: DataInfo) -> str | None:
    """The key of the classifier that scores this kind of data, or None where the project has none."""
    from genai_core.datasets.fashion5k import CLASSES
    from genai_core.datasets.files import DIGITS

    if info.modality != "image" or info.shape != (28, 28):
        return None
    return {DIGITS: "digits", CLASSES: "fashion"}.get(tuple(info.classes))


def features(images: np.ndarray | Tensor) -> Tensor:
    """Digit features, float32 (N, 64), of images (N, 28, 28) in [0, 1]."""
    return classifier().features(images)


def probabilities(images: np.ndarray | Tensor) -> Tensor:
    """Digit probabilities, float32 (N, 10), of images (N, 28, 28) in [0, 1]."""
    return classifier().probabilities(images)
