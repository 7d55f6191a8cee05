"""What the article gets wrong, beside what is right."""

from pages.shared import wrong

wrong.show()
