"""The terms of the field."""

from pages.shared import glossary

glossary.show()
