"""A mark in the words that a model writes: how it is found, and how it is washed out."""

from pages.shared import risk, risk_watermark

risk.page("watermark", risk_watermark.table_of_errors, first=risk_watermark.bench, wide=True)
