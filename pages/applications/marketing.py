"""Marketing: a brand name in a style, a product that does not exist, a poster, and what a test of it could tell."""

from pages.shared import application, large_marketing, marketing_exhibit, marketing_studio

application.page("marketing", marketing_studio.show, marketing_exhibit.show, large_marketing.task)
