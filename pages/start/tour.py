"""Tours: three ways through the app, each with what to say, what to expect and what to do if it does not work."""


from pages.shared import chrome, text, tour_list

t = text.translator()
chrome.title(t("Present it"), t("A tour is a row of scenes with a clock and notes. Pick one; next and back do the rest."))
tour_list.show()
