"""Signature, watermark and label of generated pictures, and what an ordinary re-save leaves of them."""

from pages.shared import risk, risk_provenance

risk.page("provenance", risk_provenance.witnesses, wide=risk_provenance.bench)
