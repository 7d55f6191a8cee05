"""The report: what was shown, the evidence, the register, the votes and the laws, as a PDF and as a page."""

from pages.shared import chrome, report_page, text

t = text.translator()
chrome.title(t("Report"), t("What you looked at and what you decided, with its evidence, to take away: one click, a PDF and a page."))
report_page.show()
