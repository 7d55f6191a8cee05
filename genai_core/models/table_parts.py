"""What the models of tables share: a small network, and how a class is asked for. Not a plug-in."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from genai_core.contracts import N_, knob
from genai_core.errors import ConfigError
from genai_core.models.parts import CLASSES


@dataclass(frozen=True)
class Controls:
    label: str = knob("any", N_("Class"), choices=CLASSES, help=N_("The class to draw; any goes through all of them."))


def network(inputs: int, width: int, outputs: int) -> nn.Sequential:
    """Two hidden layers, without normalisation over the batch: differential privacy allows none."""
    return nn.Sequential(
        nn.Linear(inputs, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU(), nn.Linear(width, outputs)
    )


def labels_of(n: int, label: str, classes: int) -> Tensor | None:
    """``n`` times the class asked for; of "any" all classes by turns, None where there are none. ConfigError."""
    if label == "any":
        return torch.arange(n) % classes if classes else None
    if not label.isdecimal() or int(label) >= classes:
        raise ConfigError(N_("There is no class {label}: the model knows {count}."), label=label, count=classes)
    return torch.full((n,), int(label))
