"""A minority of the training data, and how much of it is left among the samples."""

from pages.shared import risk, risk_bias

risk.page("bias", risk_bias.gaussians, wide=risk_bias.sheets)
