"""A mark in the words that a model writes: how it is found, and how it is washed out."""

from pages.shared import risk, risk_watermark

risk.page("watermark", first=risk_watermark.bench, wide=risk_watermark.table_of_errors)
