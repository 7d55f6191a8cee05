"""Training with differential privacy: both attacks again, and what it costs."""

from pages.shared import risk, risk_private

risk.page("private", risk_private.exhibit, wide=risk_private.below)
