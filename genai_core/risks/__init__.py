"""Risk experiments, one a file."""
