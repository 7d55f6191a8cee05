"""Likelihoods that papers report, with what is needed to know beside which others they may stand. Torch-free.

All in nats per 28 x 28 digit of MNIST, higher is better. Rows share a plot only where ``binarisation`` and ``split`` agree.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from genai_core.contracts import N_

BURDA = "Burda, Grosse, Salakhutdinov 2015, Importance Weighted Autoencoders, arXiv:1509.00519"


@dataclass(frozen=True)
class Likelihood:
    """``preset``: the shipped run that repeats the row; where the gallery has none of that name, it is not reproduced."""

    title: str
    value: float
    kind: str  # what the number is: "IWAE-5000", "exact", "ELBO"
    source: str
    binarisation: Literal["stochastic", "fixed"]  # drawn anew at every look, or once and for all
    split: str
    preset: str = ""

    @property
    def plot(self) -> tuple[str, str]:
        """Rows with an equal one may share an axis."""
        return self.binarisation, self.split


_STANDARD = "60,000 / 10,000"
_FIXED = "50,000 / 10,000 / 10,000"


def _one_layer(title: str, value: float, preset: str = "") -> Likelihood:
    return Likelihood(title, value, "IWAE-5000", f"{BURDA}, table 1", "stochastic", _STANDARD, preset)


LIKELIHOODS: tuple[Likelihood, ...] = (
    _one_layer(N_("VAE, one stochastic layer, k = 1"), -86.76, "vae-published"),
    _one_layer(N_("VAE, one stochastic layer, k = 5"), -86.47),
    _one_layer(N_("VAE, one stochastic layer, k = 50"), -86.35),
    _one_layer(N_("IWAE, one stochastic layer, k = 5"), -85.54),
    _one_layer(N_("IWAE, one stochastic layer, k = 50"), -84.78, "vae-published-iwae50"),
    _one_layer(N_("VAE, two stochastic layers, k = 1"), -85.33),
    _one_layer(N_("VAE, two stochastic layers, k = 5"), -85.01),
    _one_layer(N_("VAE, two stochastic layers, k = 50"), -84.78),
    _one_layer(N_("IWAE, two stochastic layers, k = 5"), -83.89),
    _one_layer(N_("IWAE, two stochastic layers, k = 50"), -82.90),
    Likelihood(N_("VAE, one stochastic layer, k = 1"), -88.71, "IWAE-5000", f"{BURDA}, appendix D", "fixed", _FIXED),
    Likelihood(N_("IWAE, one stochastic layer, k = 5"), -87.63, "IWAE-5000", f"{BURDA}, appendix D", "fixed", _FIXED),
    Likelihood(N_("IWAE, one stochastic layer, k = 50"), -87.10, "IWAE-5000", f"{BURDA}, appendix D", "fixed", _FIXED),
    Likelihood("PixelRNN", -79.20, "exact", "van den Oord et al. 2016, arXiv:1601.06759", "fixed", _FIXED),
    Likelihood("PixelCNN", -81.30, "exact", "van den Oord et al. 2016, arXiv:1601.06759", "fixed", _FIXED),
    Likelihood(
        "NADE", -88.33, "exact", "Larochelle and Murray 2011, as cited by van den Oord et al. 2016", "fixed", _FIXED
    ),
)
