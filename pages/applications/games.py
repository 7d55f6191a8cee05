"""Levels drawn tile by tile: to play, to check, to mend, to walk around."""

from pages.shared import application, games_exhibit, games_studio

application.page("games", games_studio.example, games_exhibit.worlds)
