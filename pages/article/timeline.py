"""Generative models in the order in which they came."""

from pages.shared import timeline

timeline.show()
