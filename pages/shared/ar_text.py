"""The ways to explore a model of text."""

from typing import Any

from genai_core.contracts import N_
from pages.shared import ar_text_next, ar_text_views, explore
from pages.shared import ar_text_parts as parts


def attentive(record: Any) -> bool:
    return parts.texts(record) and "transformer" in record.spec.plugin


def recurrent(record: Any) -> bool:
    return parts.texts(record) and "transformer" not in record.spec.plugin


VIEWS = (
    explore.View("next", N_("One token at a time"), ar_text_next.show, parts.texts),
    explore.View("surprise", N_("Surprise"), ar_text_views.surprise, parts.texts),
    explore.View("attention", N_("Attention"), ar_text_views.attention, attentive),
    explore.View("units", N_("Hidden units"), ar_text_views.activations, recurrent),
    explore.View("drift", N_("Left to itself"), ar_text_views.free_running, parts.texts),
    explore.View("copied", N_("Copied or new?"), ar_text_views.lines, parts.texts),
)
