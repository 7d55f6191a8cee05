"""Planted secrets in a language model: how many bits of them it gives away."""

from pages.shared import risk, risk_exhibits

risk.page("verbatim", risk_exhibits.secrets)
