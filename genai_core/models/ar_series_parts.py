"""What every recurrent forecaster of a series here shares: scale, one step, free runs, measures. Not a plug-in.

Networks, losses and steps are written out in each model's own file.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from genai_core.contracts import Data, DataInfo, Metric
from genai_core.design import colour
from genai_core.linechart import Line, chart
from genai_core.metrics import series

State = Any  # what the recurrent layer hands on: (1, B, H), for an LSTM two of them
SAMPLED = 88  # values of a generated series
SETTLE = 33  # and those before it, left out, in which it forgets how it began
RUNS = 200  # futures simulated for an interval


class Recurrent(nn.Module):
    """The verbs of a forecaster. A model sets ``recur`` (batch first, one number in) and ``out`` (width to one number).

    ``level`` and ``scale`` are the mean and deviation of the first batch; ``sigma`` follows the one-step error in training.
    """

    recur: nn.RNNBase
    out: nn.Linear

    def __init__(self, info: DataInfo) -> None:
        super().__init__()
        self.info = info
        for name in ("level", "scale", "sigma"):  # a scale of 0: nothing seen yet
            self.register_buffer(name, torch.zeros(()))

    def look_at(self, x: Tensor) -> None:
        """Take the scale from the first batch ever seen."""
        if not self.scale > 0:
            self.level.copy_(x.mean())
            self.scale.copy_(x.std().clamp(min=1e-6))
            self.sigma.copy_(self.scale)

    def normal(self, x: Tensor) -> Tensor:
        return (x - self.level) / (self.scale if self.scale > 0 else 1.0)

    def natural(self, z: Tensor) -> Tensor:
        return z * (self.scale if self.scale > 0 else 1.0) + self.level

    def forecast(self, z: Tensor, state: State = None) -> tuple[Tensor, State]:
        """The next value after each of the normalised values (B, T), (B, T), and the state after the last."""
        hidden, state = self.recur(z.unsqueeze(-1), state)  # (B, T, H)
        return self.out(hidden).squeeze(-1), state

    def follow_error(self, errors: Tensor) -> None:
        """``sigma`` in natural units from normalised one-step errors."""
        self.sigma.lerp_(errors.detach().square().mean().sqrt() * self.scale, 0.02)

    # -- a forecaster, as metrics.series asks for one

    @torch.no_grad()
    def one_step(self, x: np.ndarray, start: int) -> np.ndarray:
        """Each x[t], t >= start > 0, from the true values before it: (N - start,)."""
        z = self.normal(torch.from_numpy(np.array(x, np.float32)))[None, :-1]
        return self.natural(self.forecast(z)[0][0, start - 1 :]).double().numpy()

    @torch.no_grad()
    def free(self, x: np.ndarray, origins: Sequence[int], horizon: int, shocks: np.ndarray | None = None) -> np.ndarray:
        """From each origin on, fed with its own forecasts (and shocks (n, horizon)): (n, horizon)."""
        z = self.normal(torch.from_numpy(np.array(x[: max(origins)], np.float32)))
        first, states, state, read = {}, {}, None, 0
        for origin in sorted(set(origins)):
            guess, state = self.forecast(z[None, read:origin], state)
            first[origin], states[origin], read = guess[0, -1], state, origin
        value = torch.stack([first[o] for o in origins])  # (n,), normalised
        state = joined([states[o] for o in origins])
        out = []
        for t in range(horizon):
            natural = self.natural(value)
            if shocks is not None:
                natural = natural + torch.from_numpy(shocks[:, t]).float()
            out.append(natural)
            if t + 1 < horizon:
                guess, state = self.forecast(self.normal(natural)[:, None], state)
                value = guess[:, 0]
        return torch.stack(out, 1).double().numpy()

    @torch.no_grad()
    def sample(self, n: int, rng: torch.Generator) -> Tensor:
        """``n`` series from nothing, (n, 88): its own forecast and a normal error of the training's size, fed back."""
        value, state, out = torch.zeros(n), None, []
        noise = float(self.sigma / self.scale) if self.scale > 0 else 1.0
        for _ in range(SETTLE + SAMPLED):
            value = value + noise * torch.randn(n, generator=rng)
            out.append(self.natural(value))
            guess, state = self.forecast(value[:, None], state)
            value = guess[:, 0]
        return torch.stack(out[SETTLE:], 1)

    # -- what the loop asks

    def measures(self, data: Data, rng: torch.Generator) -> dict[str, float]:
        """Held-out errors in the series' own units: one step ahead, and free runs of one cycle from every year."""
        x, start = whole(data)
        return {
            "rmse": series.rmse(series.one_step_errors(self, x, start)),
            "rmse_free": series.rmse(series.free_errors(self, x, start)),
        }

    def references(self, data: Data) -> dict[str, float]:
        """The same errors of the linear AR(p) fitted to the same years; beside them the last value and the mean."""
        x, start = whole(data)
        found = {}
        for name, model in series.baselines(data.train).items():
            end = "" if name == "ar" else f"_{name}"
            found[f"rmse{end}"] = series.rmse(series.one_step_errors(model, x, start))
            found[f"rmse_free{end}"] = series.rmse(series.free_errors(model, x, start))
        return found

    def final(self, data: Data, rng: torch.Generator) -> dict[str, Metric]:
        """Model, AR(p), last value and mean on the held-out tail, with circular block bootstrap intervals; the
        differences are of the same years. ``covered``: the tail's share inside the 90 % interval of training residuals."""
        x, start = whole(data)
        draws = np.random.default_rng(int(torch.randint(2**31, (), generator=rng)))
        lines: dict[str, series.Forecaster] = {"": self} | {
            f"_{name}": model for name, model in series.baselines(data.train).items()
        }
        found: dict[str, Metric] = {}
        for kind, errors_of in (("rmse", series.one_step_errors), ("rmse_free", series.free_errors)):
            errors = {name: errors_of(model, x, start) for name, model in lines.items()}
            for name, e in errors.items():
                found[kind + name] = Metric(
                    series.rmse(e), *series.block_bootstrap(e, series.rmse, draws), better="low"
                )
            both = np.stack([errors[""], errors["_ar"]], 1)
            low, high = series.block_bootstrap(both, gap, draws)
            found[kind + "_gap"] = Metric(gap(both), low, high, better="low")
        for name, model in lines.items():
            if name in ("", "_ar"):
                low, high = series.margins(residuals(model, data.train))
                centre = model.one_step(x, start)
                hits = ((x[start:] >= centre + low) & (x[start:] <= centre + high)).astype(float)
                found["covered" + name] = Metric(
                    float(hits.mean()), *series.block_bootstrap(hits, lambda v: float(v.mean()), draws)
                )
        found["order"] = Metric(float(lines["_ar"].order))  # type: ignore[attr-defined]
        return found

    def frame(self, data: Data, rng: torch.Generator) -> np.ndarray:
        """Above: the held-out years, each forecast from the true past. Below: the same years in one free run, its cloud of
        futures behind it."""
        x, start = whole(data)
        shown = x[start - 1 :]
        one = np.concatenate([x[start - 1 : start], self.one_step(x, start)])
        horizon = len(x) - start
        run = np.concatenate([x[start - 1 : start], self.free(x, [start], horizon)[0]])
        shocks = float(self.sigma) * torch.randn(RUNS, horizon, generator=rng).double().numpy()
        cloud = self.free(x, [start] * RUNS, horizon, shocks)
        low, high = np.quantile(cloud, [0.05, 0.95], axis=0)
        real, made = colour("real", dark=True), colour("generated", dark=True)
        top = float(x.max()) * 1.1
        return chart(
            [
                [Line(shown, real, width=1.6), Line(one, made, width=2.4)],
                [Line(low, "#4A2A14", 1, high=high), Line(shown, real, width=1.6), Line(run, made, width=2.4)],
            ],
            low=min(0.0, float(x.min())),
            high=top,
        )


def whole(data: Data) -> tuple[np.ndarray, int]:
    """The series in one piece, and the place of the first held-out value."""
    return np.concatenate([data.train, data.heldout]), len(data.train)


def residuals(model: series.Forecaster, train: np.ndarray, start: int = series.ORDERS) -> np.ndarray:
    """Truth less one-step forecast over the training part, its first values left out: a network needs a few to get going."""
    return train[start:] - model.one_step(train, start)


def gap(errors: np.ndarray) -> float:
    """How much greater the first root mean squared error is than the second, of errors (N, 2, …)."""
    return series.rmse(errors[:, 0]) - series.rmse(errors[:, 1])


def joined(states: Sequence[State]) -> State:
    """The states of single series as one of a batch."""
    if isinstance(states[0], tuple):
        return tuple(torch.cat(parts, 1) for parts in zip(*states, strict=True))
    return torch.cat(list(states), 1)


def squared_error(forecast: Tensor, truth: Tensor) -> Tensor:
    """The article's formulas 5 and 6, L = sum over t of (y_t - yhat_t)^2, of windows (B, T): the mean over the batch."""
    return (truth - forecast).square().sum(1).mean()


def anneal(optimizer: torch.optim.Optimizer, lr: float, step: int, total: int) -> None:
    """Fifty steps of warm-up, then half a cosine down to a twentieth of ``lr``."""
    share = min(1.0, step / 50) * (0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * min(1.0, step / total))))
    for group in optimizer.param_groups:
        group["lr"] = lr * share
