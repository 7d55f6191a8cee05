"""Applications: their figures, their looks."""
