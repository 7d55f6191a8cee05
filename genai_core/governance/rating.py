"""Likelihood and impact on anchored scales of five points, and the band that a pair of them falls into. Torch-free.

A band is looked up in a table, never computed: the points are ordinal, and a product of two of them means nothing (Cox 2008).
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from genai_core.contracts import N_

Band = Literal["low", "moderate", "high", "extreme"]
BANDS: dict[Band, str] = {"low": N_("Low"), "moderate": N_("Moderate"), "high": N_("High"), "extreme": N_("Extreme")}
POINTS = (1, 2, 3, 4, 5)
CAVEAT = N_(
    "Bands, not arithmetic: the cells are an agreement, and two risks in one cell need not be equal. A matrix of this kind tells "
    "few pairs of hazards apart without ambiguity (Cox 2008, Risk Analysis 28:497, read about on 23 November 2026)."
)
COX = "https://doi.org/10.1111/j.1539-6924.2008.01030.x"


class Anchor(NamedTuple):
    """What a point means: its name and the description that makes two people mean the same by it."""

    name: str
    text: str


LIKELIHOOD: dict[int, Anchor] = {
    1: Anchor(N_("Rare"), N_("No case known here or in the field; several safeguards would have to fail at once.")),
    2: Anchor(N_("Unlikely"), N_("Known from elsewhere; not expected within three years of use.")),
    3: Anchor(N_("Possible"), N_("Would surprise nobody within a year of use.")),
    4: Anchor(N_("Likely"), N_("Expected several times a year, or in every larger batch of output.")),
    5: Anchor(N_("Almost certain"), N_("Seen already, or expected every month of use.")),
}
IMPACT: dict[int, Anchor] = {
    1: Anchor(N_("Negligible"), N_("An annoyance, put right within a day; nobody outside notices.")),
    2: Anchor(N_("Minor"), N_("A few people are affected; put right within a week, no lasting harm.")),
    3: Anchor(N_("Serious"), N_("A group is affected; complaints, rework or a report to an authority.")),
    4: Anchor(N_("Severe"), N_("Lasting harm to people, a breach of law, or the service has to stop.")),
    5: Anchor(N_("Critical"), N_("Danger to life, harm that cannot be undone, or to very many people.")),
}
SCALES = {"likelihood": LIKELIHOOD, "impact": IMPACT}

# MATRIX[likelihood - 1][impact - 1]. Impact weighs more: nothing of impact 5 is low, nothing of impact 1 is high.
_L, _M, _H, _X = BANDS
MATRIX: tuple[tuple[Band, ...], ...] = (
    (_L, _L, _L, _M, _H),
    (_L, _L, _M, _M, _H),
    (_L, _M, _M, _H, _X),
    (_L, _M, _H, _H, _X),
    (_M, _M, _H, _X, _X),
)


def band(likelihood: int | None, impact: int | None) -> Band | None:
    """The band of a pair of points, None where either is missing."""
    return MATRIX[likelihood - 1][impact - 1] if likelihood and impact else None


def beyond(found: Band | None, tolerance: str) -> bool:
    """Whether a band lies above the highest that is tolerated; False where either is not stated."""
    order = list(BANDS)
    return bool(found and tolerance in order and order.index(found) > order.index(tolerance))
