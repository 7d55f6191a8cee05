"""Pure functions that score samples, and the detectors that read their history."""
