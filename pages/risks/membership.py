"""Membership inference on four families of models."""

from pages.shared import risk, risk_exhibits

risk.page("membership", risk_exhibits.members)
