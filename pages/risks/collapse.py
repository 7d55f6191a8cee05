"""Generations of models, each trained on what the one before it made."""

from pages.shared import risk, risk_exhibits

risk.page("collapse", risk_exhibits.generations)
