"""The energy of a sample, of training, and of the gallery: estimates, with what they assume."""

from pages.shared import risk, risk_energy

risk.page("energy", risk_energy.ways, wide=risk_energy.bills)
