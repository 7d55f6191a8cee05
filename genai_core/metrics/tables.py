"""Tables of numbers: how well a synthetic one stands in for the real one, and what it gives away of whom it was learned from.

Records are float (N, d) on scales that make columns comparable; labels are 0 or 1. Plain numpy.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from genai_core.metrics.statistics import auc

COPIED = 1e-3  # root mean square over the columns, in standard deviations: below it a record is a copy
NEAR = 0.25  # standard deviations within which a guessed value counts as right


# --- use: a classifier trained on one table and tested on another ----------------------------------------------------


@dataclass(frozen=True)
class Logistic:
    """P(y = 1 | x) = sigmoid(constant + x weights)."""

    constant: float
    weights: np.ndarray  # (d,)

    def score(self, x: np.ndarray) -> np.ndarray:
        """The log-odds (N,) of records (N, d)."""
        return self.constant + np.asarray(x, np.float64) @ self.weights


def logistic(x: np.ndarray, y: np.ndarray, ridge: float = 1.0, steps: int = 50) -> Logistic:
    """Logistic regression by iteratively reweighted least squares (Newton's method), with ``ridge`` / 2 times the squared
    length of the weights added to the negative log-likelihood; the constant is free. Hastie, Tibshirani and Friedman
    2009, The Elements of Statistical Learning, section 4.4.1."""
    design = np.concatenate([np.ones((len(x), 1)), np.asarray(x, np.float64)], 1)
    penalty = np.full(design.shape[1], float(ridge))
    penalty[0] = 1e-9  # where one label is missing, the constant would run away
    beta = np.zeros(design.shape[1])
    loss = np.inf
    for _ in range(steps):
        p = 1 / (1 + np.exp(-np.clip(design @ beta, -35, 35)))
        gradient = design.T @ (p - y) + penalty * beta
        curvature = (design * (p * (1 - p) + 1e-12)[:, None]).T @ design + np.diag(penalty)
        step = np.linalg.solve(curvature, gradient)
        before, share = loss, 1.0
        while (loss := _loss(design, y, penalty, beta - share * step)) > before and share > 1e-6:
            share /= 2  # a whole step may overshoot where classes are far apart
        beta = beta - share * step
        if np.abs(share * step).max() < 1e-10:
            break
    return Logistic(float(beta[0]), beta[1:])


def _loss(design: np.ndarray, y: np.ndarray, penalty: np.ndarray, beta: np.ndarray) -> float:
    odds = design @ beta
    return float(np.logaddexp(0, odds).sum() - odds @ y + (penalty * beta * beta).sum() / 2)


def use(x: np.ndarray, y: np.ndarray, test_x: np.ndarray, test_y: np.ndarray) -> float:
    """The AUC on real records of a logistic regression learned from (x, y): train on synthetic, test on real (Esteban,
    Hyland and Rätsch 2017, arXiv:1706.02633)."""
    score = logistic(x, y).score(test_x)
    return auc(score[test_y == 1], score[test_y == 0])


# --- closeness -------------------------------------------------------------------------------------------------------


def squares(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Mean squared differences over the columns, (n, m) of records (n, d) and (m, d)."""
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    found = (a * a).sum(1)[:, None] + (b * b).sum(1) - 2 * a @ b.T
    return np.maximum(found, 0) / a.shape[1]


def closest(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each record of a: its distance (n,) to the closest record of b, as the root mean square over the columns, and
    which that is. Recomputed from differences, so that a copy is at 0 and not at what rounding leaves."""
    at = squares(a, b).argmin(1)
    return np.sqrt(((np.asarray(a, np.float64) - np.asarray(b, np.float64)[at]) ** 2).mean(1)), at


def copies(synthetic: np.ndarray, training: np.ndarray) -> float:
    """The share of synthetic records that are training records over again."""
    return float((closest(synthetic, training)[0] < COPIED).mean())


def nearer(synthetic: np.ndarray, training: np.ndarray, others: np.ndarray) -> float:
    """The share of synthetic records that lie closer to a training record than to any of as many others; ties count half.
    .5 where the two are alike to the model (Platzer and Reutterer 2021, arXiv:2104.00635)."""
    if len(training) != len(others):
        raise ValueError("the nearest of more records is nearer: both groups must be of one size")
    one, two = closest(synthetic, training)[0], closest(synthetic, others)[0]
    return float((one < two).mean() + (one == two).mean() / 2)


# --- what an attacker can fill in ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Guessed:
    """Shares of right guesses: of the diagnosis, and of a measure to within ``NEAR``, a mean over measures."""

    diagnosis: float
    measure: float
    measures: np.ndarray  # (d,)


def attack(people: np.ndarray, labels: np.ndarray, synthetic: np.ndarray, synthetic_labels: np.ndarray) -> Guessed:
    """An attacker who knows all of a person's record but one attribute takes it from the synthetic record closest in what is
    known, each attribute in turn. The diagnosis counts as a column of two standard deviations' width when it is known.
    The leak is the difference between people in the training data and people who aren't: what the latter lose is
    learned from everybody, not from them (in the spirit of Stadler, Oprisanu and Troncoso 2022, arXiv:2011.07018)."""
    x, s = np.asarray(people, np.float32), np.asarray(synthetic, np.float32)  # half the memory to walk through
    columns = (squares(x, s) * x.shape[1]).astype(np.float32)
    diagnosis = synthetic_labels[columns.argmin(1)] == labels
    whole = columns + np.float32(4) * (np.asarray(labels)[:, None] != np.asarray(synthetic_labels))
    right = []
    for j in range(x.shape[1]):
        apart = (x[:, j, None] - s[:, j]) ** 2
        taken = s[(whole - apart).argmin(1), j]
        right.append(np.abs(taken - x[:, j]) <= NEAR)
    share = np.mean(right, 1)
    return Guessed(float(diagnosis.mean()), float(share.mean()), share)


# --- likeness --------------------------------------------------------------------------------------------------------


def correlation(x: np.ndarray) -> np.ndarray:
    """(d, d); 0 beside a column that does not vary."""
    x = np.asarray(x, np.float64) - np.mean(x, 0)
    spread = np.sqrt((x * x).mean(0))
    scaled = x / np.where(spread > 0, spread, 1)
    return scaled.T @ scaled / len(x)


def unlike(x: np.ndarray, y: np.ndarray) -> float:
    """The mean absolute difference of the correlations of two tables, over all pairs of columns."""
    above = np.triu_indices(x.shape[1], 1)
    return float(np.abs(correlation(x) - correlation(y))[above].mean())


def apart(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The greatest difference between the two distribution functions of each column, (d,): Kolmogorov and Smirnov's."""
    found = []
    for a, b in zip(np.sort(np.asarray(x, np.float64), 0).T, np.sort(np.asarray(y, np.float64), 0).T, strict=True):
        at = np.concatenate([a, b])
        found.append(np.abs(np.searchsorted(a, at, "right") / len(a) - np.searchsorted(b, at, "right") / len(b)).max())
    return np.array(found)
