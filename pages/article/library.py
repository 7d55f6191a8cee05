"""Books, courses, papers and tools."""

from pages.shared import library_cards

library_cards.show()
