"""The article told again, a chapter at a time."""

from pages.shared import article

article.show()
