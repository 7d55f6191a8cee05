"""Small computations that show what is wrong with statements about the models. numpy alone; nothing here is written by hand."""

from __future__ import annotations

import lzma
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from genai_core.metrics.densities import best_discriminator

AUSTEN = Path(__file__).parents[1] / "datasets" / "assets" / "austen.txt.xz"
LETTERS = "abcdefghijklmnopqrstuvwxyz"
CONTEXTS = ("q", "th", "wh", "an", "ou", "ing")  # what may stand before the letter
NUMBERINGS = ("alphabet", "frequency")


@dataclass(frozen=True)
class Next:
    """What follows a context in a text, and what each loss makes of it.

    ``letters`` in the order of their numbers, ``shares`` (26,) as they follow. ``mean`` is the number that squared error likes
    best, ``guess`` the letter nearest to it, ``chance`` how often that letter follows. ``bits`` is the cross-entropy of the shares
    themselves, the least that any prediction reaches.
    """

    letters: str
    shares: np.ndarray
    mean: float
    guess: str
    chance: float
    best: str
    bits: float


@cache
def _text() -> str:
    return lzma.decompress(AUSTEN.read_bytes()).decode("utf-8").lower()


@cache
def counts(context: str) -> tuple[int, ...]:
    """How often each letter a to z follows the context within a word of the Austen text that ships."""
    text, size, found, at = _text(), len(context), Counter(), -1
    for _ in range(len(text)):
        at = text.find(context, at + 1)
        if at < 0:
            break
        found[text[at + size : at + size + 1]] += 1
    return tuple(found[letter] for letter in LETTERS)


@cache
def numbering(kind: str) -> str:
    """The letters in the order of their numbers: of the alphabet, or the commonest first."""
    if kind == "alphabet":
        return LETTERS
    common = Counter(letter for letter in _text() if letter in LETTERS)
    return "".join(sorted(LETTERS, key=lambda letter: -common[letter]))


def follows(context: str, kind: str = "alphabet") -> Next:
    """What follows ``context``, with the letters numbered as ``kind`` says."""
    order = numbering(kind)
    by_letter = dict(zip(LETTERS, counts(context), strict=True))
    return squared_error(np.array([by_letter[letter] for letter in order], float), order)


def squared_error(found: np.ndarray, letters: str) -> Next:
    """The best predictions for symbols that came ``found`` (V,) times each: by squared error on their numbers, by cross-entropy."""
    shares = found / found.sum()
    mean = float(shares @ np.arange(len(shares)))  # sum p (i - m)^2 is least at the mean
    at = round(mean)
    seen = shares[shares > 0]
    return Next(
        letters, shares, mean, letters[at], float(shares[at]), letters[int(shares.argmax())], abs(float(-(seen * np.log2(seen)).sum()))
    )


@dataclass(frozen=True)
class Bound:
    """The parts of a VAE's loss at one picture, in nats, and what the article's formula 3 makes of them, read kindly.

    ``kl`` in closed form; ``kl_drawn`` its mean over draws, with its standard error; ``cross_entropy`` of the pixels; ``pixel_kl``
    the article's KL(x || mu(x)) with each pixel taken for a Bernoulli; ``beta``: the weight of the KL in its sum, per unit of
    reconstruction.
    """

    kl: float
    kl_drawn: float
    error: float
    cross_entropy: float
    pixel_kl: float
    loss: float
    article: float
    beta: float


def bound(mean: Sequence[float], deviation: Sequence[float], x: np.ndarray, mu: np.ndarray, draws: int = 20_000, seed: int = 0) -> Bound:
    """Of a latent N(mean, deviation^2) (d,), black and white pixels ``x`` (D,) and the decoder's probabilities ``mu`` (D,)."""
    m, s = np.asarray(mean, float), np.asarray(deviation, float)
    kl = float(-0.5 * (1 + np.log(s**2) - m**2 - s**2).sum())
    noise = np.random.default_rng(seed).standard_normal((draws, len(m)))
    z = m + s * noise
    ratio = (-0.5 * noise**2 - np.log(s) + 0.5 * z**2).sum(1)  # log q(z|x) - log p(z)
    entropy = float(-(x * np.log(mu) + (1 - x) * np.log(1 - mu)).sum())
    pixel = float((_xlogy(x, x / mu) + _xlogy(1 - x, (1 - x) / (1 - mu))).sum())  # KL(Bernoulli(x) || Bernoulli(mu))
    return Bound(
        kl, float(ratio.mean()), float(ratio.std() / np.sqrt(draws)), entropy, pixel,
        entropy + kl, kl + pixel / 2, entropy / (pixel / 2),
    )  # fmt: skip


@dataclass(frozen=True)
class Belief:
    """What the best discriminator says along a line: ``x``, densities ``real`` and ``generated``, ``best`` and ``weak``, all (N,).

    ``weak``: one that says the mean of the labels, whatever it sees. ``right``: the share of pictures, half of them real, that the
    best one tells apart; .5 is a guess.
    """

    x: np.ndarray
    real: np.ndarray
    generated: np.ndarray
    best: np.ndarray
    weak: np.ndarray
    right: float


def belief(shift: float, label: float = 1.0, points: int = 401) -> Belief:
    """Where the data is a standard normal and the generator's normal lies ``shift`` to the right of it; real label ``label``."""
    x = np.linspace(-4, 4 + max(shift, 0), points)
    real, generated = (np.exp(-((x - at) ** 2) / 2) / np.sqrt(2 * np.pi) for at in (0, shift))
    best = best_discriminator(real, generated, label)
    right = float(np.maximum(real, generated).sum() / (real + generated).sum())
    return Belief(x, real, generated, best, np.full(points, label / 2), right)


def _xlogy(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.where(x > 0, x * np.log(np.where(x > 0, y, 1.0)), 0.0)
