"""The room where people decide: score in silence, see the spread, talk, score again, set dots."""

from pages.shared import workshop

workshop.show()
