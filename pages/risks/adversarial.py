"""Small changes to an input that move what a model makes of it, and other inputs that are aimed."""

from pages.shared import risk, risk_adversarial

risk.page("adversarial", risk_adversarial.exhibit, wide=risk_adversarial.below)
