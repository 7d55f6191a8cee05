"""From logits to the next symbol: temperature, top-k and top-p, in this order. numpy alone, so that a page can do it too.

The models sample with these functions and no others: what a page makes of stored logits is what the model would have made.
"""

from __future__ import annotations

import numpy as np


def probabilities(logits: np.ndarray, temperature: float = 1.0, top_k: int = 0, top_p: float = 1.0) -> np.ndarray:
    """What is drawn from: logits (..., V) as probabilities, float64 (..., V).

    The logits are divided by the temperature; at 0 the largest takes all. ``top_k`` keeps that many of the largest (0: all).
    ``top_p`` then keeps the smallest set of the likeliest that holds at least this share of what is left (nucleus sampling,
    Holtzman et al. 2020, arXiv:1904.09751, equations 2 and 3). Equal logits rank by their place. What is kept sums to one.
    """
    w = _weights(logits, temperature, top_k, top_p)
    return w / w.sum(-1, keepdims=True)


def choose(
    logits: np.ndarray, u: np.ndarray | float, temperature: float = 1.0, top_k: int = 0, top_p: float = 1.0
) -> np.ndarray:
    """The places (...,) that the numbers ``u`` (...,) in [0, 1) pick from logits (..., V): the inverse of the distribution
    function over the symbols in their order. Symbols that cannot be drawn may be left out without a change."""
    reach = np.cumsum(_weights(logits, temperature, top_k, top_p), -1)
    at = np.asarray(u)[..., None] * reach[..., -1:]
    if reach.ndim == 2 and len(reach) == 1:  # one stream: half of the time of comparing with all
        return np.searchsorted(reach[0], at[0], "right")
    return (reach <= at).sum(-1)


def _weights(logits: np.ndarray, temperature: float, top_k: int, top_p: float) -> np.ndarray:
    """The probabilities up to a factor, the largest before any cut being 1."""
    z = np.asarray(logits, np.float64)
    if temperature <= 0:
        top_k, temperature = 1, 1.0
    p = np.exp((z - z.max(-1, keepdims=True)) / temperature)
    if 0 < top_k < z.shape[-1] or top_p < 1:
        order = np.argsort(-z, -1, kind="stable")
        ranked = np.take_along_axis(p, order, -1)
        if 0 < top_k < z.shape[-1]:
            ranked[..., top_k:] = 0
        if top_p < 1:
            before = np.cumsum(ranked, -1) - ranked
            ranked[before >= top_p * ranked.sum(-1, keepdims=True)] = 0
        np.put_along_axis(p, order, ranked, -1)
    return p
