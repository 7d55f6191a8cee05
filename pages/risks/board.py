"""All risk experiments on one board, and what no experiment shows."""

from pages.shared import board

board.show()
