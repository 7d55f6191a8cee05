"""Lights that come on when a VAE goes wrong.

Thresholds were set on seeds 0 to 2 of each failure and of the healthy recipes, and checked on ten others:
``benchmarks/detectors.py`` repeats that.
"""

from __future__ import annotations

from genai_core.contracts import N_
from genai_core.metrics.detectors.history import OFF, Detector, Floors, History, Verdict, latest, since

COLLAPSED = 0.5  # nats of KL for a whole picture; one bit, if that. A map of a single dimension already carries three
# Healthy recipes hold a third of real pictures' sharpness from their first thousand steps on, two latents included.
BLURRED = 0.29
SPAN = 1000  # steps: every VAE begins with the mean picture, and is only early


def posterior_collapse(history: History, floors: Floors) -> Verdict:
    """The encoder says the same of every picture, and the decoder has learned to do without it."""
    step = since(history, "kl", lambda value: value < COLLAPSED, least=20)
    if step is None:
        return OFF
    evidence = N_("The latent space carries {value:.2f} nats for a picture: every sample is the same mean.")
    return Verdict(True, evidence, {"value": latest(history, "kl")}, step)


def blur(history: History, floors: Floors) -> Verdict:
    """Samples whose edges stay far softer than those of real pictures, for good."""
    floor = floors.get("sharpness")
    if floor is None:
        return OFF
    step = since(history, "sharpness", lambda value: value < BLURRED * floor, least=3, span=SPAN)
    if step is None:
        return OFF
    evidence = N_("The edges of the samples have a sharpness of {value:.2f}; those of real pictures {floor:.2f}.")
    return Verdict(True, evidence, {"value": latest(history, "sharpness"), "floor": floor}, step)


DETECTORS: tuple[Detector, ...] = (
    Detector(
        "posterior-collapse",
        N_("Posterior collapse"),
        N_("The latent space carries nothing, so every sample looks the same."),
        posterior_collapse,
        families=("vae",),
        needs=("kl",),
    ),
    Detector(
        "blur",
        N_("Blur"),
        N_("The model answers doubt with the mean of many pictures."),
        blur,
        families=("vae",),
        needs=("sharpness",),
    ),
)
