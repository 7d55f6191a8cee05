"""Optimisers without the compiler.

The first step of any ``torch.optim`` optimiser imports ``torch._dynamo``, only to tell a compiler that is never used here to keep
away: a second, and 70 MB that every process of the app then carries (measured, torch 2.13). What is done is the same without.
"""

from __future__ import annotations

import functools
from typing import Any

import torch
from torch.optim import Optimizer


def forgo_compiler() -> None:
    """Take the compiler's wrappers off the optimisers of this process; where torch has none, nothing happens."""
    for name in ("state_dict", "load_state_dict", "zero_grad", "add_param_group"):
        inner = getattr(getattr(Optimizer, name, None), "__wrapped__", None)
        if inner is not None:
            vars(inner).setdefault("__dynamo_disable", inner)  # torch/_compile.py asks for it before it imports
    for kind in vars(torch.optim).values():
        if isinstance(kind, type) and issubclass(kind, Optimizer):
            step = vars(kind).get("step")
            if getattr(getattr(step, "__code__", None), "co_name", "") == "_use_grad":
                kind.step = _with_right_grad(step.__wrapped__)  # type: ignore[method-assign]


def _with_right_grad(step: Any) -> Any:
    """The step as torch/optim/optimizer.py wraps it, less the breaks in a graph that nobody records."""

    @functools.wraps(step)
    def done(self: Optimizer, *args: Any, **kwargs: Any) -> Any:
        with torch.set_grad_enabled(self.defaults["differentiable"]):
            return step(self, *args, **kwargs)

    return done
