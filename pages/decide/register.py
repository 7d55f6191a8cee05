"""The risk register of a room."""

from pages.shared import register

register.show()
