"""Medicine and health: synthetic patients, and pictures in place of scans."""

from pages.shared import application, medicine_exhibit, medicine_studio

application.page("medicine", medicine_studio.show, medicine_exhibit.show)
