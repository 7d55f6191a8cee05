"""Sums in a generated handwriting: to answer here, at the learner's own level, and to print."""

from pages.shared import application, education_exhibit, education_studio, large_education

application.page("education", education_studio.show, education_exhibit.readers, large_education.task)
