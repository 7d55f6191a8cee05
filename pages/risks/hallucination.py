"""False statements of a model that has read nothing but true ones."""

from pages.shared import risk, risk_exhibits

risk.page("hallucination", risk_exhibits.statements)
