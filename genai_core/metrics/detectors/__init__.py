"""Lights that come on when a run goes wrong, by family. They read the histories of metrics and nothing else. Torch-free."""

from genai_core.metrics.detectors import autoregressive, diffusion, forecasts, gan, vae
from genai_core.metrics.detectors.history import Detector, Verdict

__all__ = ["DETECTORS", "Detector", "Verdict"]

DETECTORS: dict[str, Detector] = {
    detector.key: detector
    for module in (gan, vae, autoregressive, forecasts, diffusion)
    for detector in module.DETECTORS
}
