"""One colour for each concept, everywhere: text, legends, curves, frames. The theme in .streamlit/config.toml uses the same hues.

Pairs are (light theme, dark theme). The hues stay apart for the common colour-vision deficiencies (after Okabe and Ito).
"""

CONCEPTS: dict[str, tuple[str, str]] = {
    "real": ("#0B6E4F", "#4CC9A0"),
    "generated": ("#C2410C", "#FB923C"),
    "training": ("#1D4ED8", "#7DB3FF"),
    "heldout": ("#6B7280", "#9CA3AF"),
    "discriminator": ("#7C3AED", "#C4A7FF"),
    "floor": ("#9CA3AF", "#6B7280"),
    "risk": ("#B91C1C", "#F87171"),
}


def colour(concept: str, dark: bool = False) -> str:
    """The hex colour of a concept in the light or the dark theme."""
    return CONCEPTS[concept][dark]


# Ten hues for ten classes: more than anybody tells apart by hue alone, so a class always has its sign beside its colour.
CLASSES: tuple[tuple[str, str], ...] = (
    ("#1D4ED8", "#7DB3FF"),
    ("#B91C1C", "#F87171"),
    ("#0B6E4F", "#4CC9A0"),
    ("#7C3AED", "#C4A7FF"),
    ("#8A5200", "#F5B947"),
    ("#0E6E85", "#4DD0E1"),
    ("#BE185D", "#F9A8D4"),
    ("#4B5563", "#C9CDD4"),
    ("#5B3A1E", "#D6A77A"),
    ("#456F0A", "#B6E36A"),
)


def classes(dark: bool = False) -> list[str]:
    """The hex colours of a data set's classes in the light or the dark theme."""
    return [pair[dark] for pair in CLASSES]
