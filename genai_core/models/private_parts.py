"""Differential privacy for a model's step: an optimiser that clips and adds noise, and what it has spent. Not a plug-in.

Abadi et al. 2016, https://arxiv.org/abs/1607.00133, algorithm 1, by Opacus, which is imported when a private model trains.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

from genai_core.contracts import N_

UNCLIPPED = 1e12  # longer than any gradient
FORMULA = (
    N_("Private: each person's gradient cut to length C, then noise (Abadi et al. 2016, algorithm 1)"),
    r"\tilde g = \frac1B\left(\sum_i g_i \min\left(1, \tfrac{C}{\|g_i\|}\right) + \mathcal{N}(0, \sigma^2 C^2 I)\right)",
)


def private(
    optimizer: torch.optim.Optimizer, parts: Sequence[nn.Module], noise: float, clip: float, batch_size: int
) -> Any:
    """``optimizer``, fed with the mean over an expected ``batch_size`` of gradients each cut to length ``clip`` (0: not cut),
    plus noise of ``noise`` times that length on their sum. The loss is a sum over items; the noise comes from the
    attribute ``generator``, to be set before a step.

    Per-item gradients come from hooks on the layers of ``parts``, whose weights keep their names: Opacus' wrapper, which
    would put ``_module.`` before them, is made for its hooks and let go.
    """
    from opacus import GradSampleModule
    from opacus.optimizers import DPOptimizer

    for part in parts:
        if not hasattr(part, "autograd_grad_sample_hooks"):
            GradSampleModule(part, loss_reduction="sum")
    return DPOptimizer(
        optimizer, noise_multiplier=noise, max_grad_norm=clip or UNCLIPPED, expected_batch_size=batch_size
    )


def epsilon(noise: float, clip: float, rate: float, steps: int, delta: float) -> float:
    """What ``steps`` have spent at ``delta`` where each item is in a batch with chance ``rate``, by Opacus' Rényi accountant;
    inf where nothing is clipped or no noise added."""
    from opacus.accountants import RDPAccountant

    if not noise or not clip:
        return math.inf
    accountant = RDPAccountant()
    accountant.history = [(noise, min(1.0, rate), steps)] if steps else []
    return float(accountant.get_epsilon(delta)) if steps else 0.0
