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
