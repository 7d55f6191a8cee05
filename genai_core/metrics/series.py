"""What a forecast of a series is held against: a linear autoregression, the last value, the mean; and how all are scored.

A forecaster answers two questions of a series x (N,):

    one_step(x, start) -> (N - start,)                 each x[t], t >= start, from the true values before it
    free(x, origins, horizon, shocks) -> (n, horizon)  from each origin on, fed with its own forecasts; ``shocks``
                                                       (n, horizon) are added to each forecast before it is fed back

Plain numpy. Yule 1927, Phil. Trans. R. Soc. A 226:267, fitted an AR(2) to sunspots.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

HORIZON = 11  # years of a free run that is scored: one solar cycle
BLOCK = 11  # neighbouring errors drawn together by the bootstrap
LEVEL = 0.9  # of prediction intervals
ORDERS = 15  # the greatest order that AIC may choose


class Forecaster(Protocol):
    def one_step(self, x: np.ndarray, start: int) -> np.ndarray: ...

    def free(
        self, x: np.ndarray, origins: Sequence[int], horizon: int, shocks: np.ndarray | None = None
    ) -> np.ndarray: ...


# --- the baselines ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Linear:
    """x_t = constant + sum_k weights[k] x_(t-1-k): an AR(p)."""

    constant: float
    weights: np.ndarray  # (p,), of the last value first

    @property
    def order(self) -> int:
        return len(self.weights)

    def one_step(self, x: np.ndarray, start: int) -> np.ndarray:
        return self.constant + lagged(x, self.order, start) @ self.weights

    def free(self, x: np.ndarray, origins: Sequence[int], horizon: int, shocks: np.ndarray | None = None) -> np.ndarray:
        recent = np.stack([x[o - self.order : o][::-1] for o in origins]).astype(float)  # (n, p), the last value first
        out = np.empty((len(recent), horizon))
        for t in range(horizon):
            out[:, t] = self.constant + recent @ self.weights + (0.0 if shocks is None else shocks[:, t])
            recent = np.concatenate([out[:, t : t + 1], recent[:, :-1]], 1)
        return out


def lagged(x: np.ndarray, order: int, start: int) -> np.ndarray:
    """(N - start, order): the values before each x[t], t >= start, the last first."""
    return np.stack([x[start - k : len(x) - k] for k in range(1, order + 1)], 1)


def fit_linear(x: np.ndarray, order: int) -> Linear:
    """The AR(p) of least squared one-step errors on x (N,)."""
    table = np.concatenate([np.ones((len(x) - order, 1)), lagged(x, order, order)], 1)
    found = np.linalg.lstsq(table, x[order:].astype(float), rcond=None)[0]
    return Linear(float(found[0]), found[1:])


def choose_order(x: np.ndarray, most: int = ORDERS) -> int:
    """The order of the least AIC, n log(RSS / n) + 2 (p + 1), all orders fitted to the same x[most:]."""
    scores = []
    for order in range(1, most + 1):
        start = most - order
        residuals = x[most:] - fit_linear(x[start:], order).one_step(x, most)
        scores.append(len(residuals) * np.log(np.mean(residuals**2)) + 2 * (order + 1))
    return int(np.argmin(scores)) + 1


NAIVE = Linear(0.0, np.ones(1))  # tomorrow is as today


def mean_forecast(train: np.ndarray) -> Linear:
    """The mean of the training part, whatever came before."""
    return Linear(float(np.mean(train)), np.zeros(1))


def baselines(train: np.ndarray) -> dict[str, Linear]:
    """``ar`` (least squares, order by AIC), ``naive`` (the last value), ``mean``; all from the training part alone."""
    return {"ar": fit_linear(train, choose_order(train)), "naive": NAIVE, "mean": mean_forecast(train)}


# --- scores ----------------------------------------------------------------------------------------------------------


def rmse(errors: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(errors))))


def one_step_errors(forecaster: Forecaster, x: np.ndarray, start: int) -> np.ndarray:
    """(N - start,)"""
    return forecaster.one_step(x, start) - x[start:]


def free_errors(forecaster: Forecaster, x: np.ndarray, start: int, horizon: int = HORIZON) -> np.ndarray:
    """(origins, horizon): a free run from every origin from ``start`` on that leaves ``horizon`` true values."""
    origins = range(start, len(x) - horizon + 1)
    truth = np.stack([x[o : o + horizon] for o in origins])
    return forecaster.free(x, origins, horizon) - truth


def block_bootstrap(
    values: np.ndarray,
    statistic: Callable[[np.ndarray], float],
    rng: np.random.Generator,
    block: int = BLOCK,
    draws: int = 1000,
    level: float = 0.95,
) -> tuple[float, float]:
    """The percentile interval of a statistic of neighbouring values (N, …) that depend on each other, drawn in blocks
    that run on from the end to the beginning. Politis and Romano 1992: the circular block bootstrap."""
    n = len(values)
    starts = rng.integers(0, n, (draws, -(-n // block)))
    index = (starts[:, :, None] + np.arange(block)).reshape(draws, -1)[:, :n] % n
    found = [statistic(values[i]) for i in index]
    low, high = np.quantile(found, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def margins(residuals: np.ndarray, level: float = LEVEL) -> tuple[float, float]:
    """What to add to a one-step forecast for its interval: quantiles of the training residuals (truth - forecast)."""
    low, high = np.quantile(residuals, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def simulate(
    forecaster: Forecaster, x: np.ndarray, origin: int, horizon: int, residuals: np.ndarray, n: int, seed: int
) -> np.ndarray:
    """(n, horizon) futures from one origin: free runs with a resampled training residual added to every step."""
    shocks = np.random.default_rng(seed).choice(residuals, (n, horizon))
    return forecaster.free(x, [origin] * n, horizon, shocks)


def covered(truth: np.ndarray, low: np.ndarray, high: np.ndarray) -> float:
    """The share of the truth inside its interval."""
    return float(np.mean((truth >= low) & (truth <= high)))
