"""The figures in the README, reproducible."""
