"""Art: chorales composed and harmonised, heard, taken away, and searched for what was copied."""

from pages.shared import application, art_studio, large_art

application.page("art", art_studio.show, art_studio.exhibit, large_art.task)
