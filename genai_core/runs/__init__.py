"""Runs: what was asked, what happened, what remains."""
