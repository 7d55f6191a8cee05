"""Training pictures that come back as samples."""

from pages.shared import risk, risk_copying

risk.page("copying", risk_copying.repeated, wide=risk_copying.samples)
