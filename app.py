"""Entry point: page config, language, navigation over pages/<section>/, one place that shows an error a user can meet."""

import streamlit as st

from pages.shared import chrome, decide, families, fields, lab, presenter, reading, text

st.set_page_config(
    page_title="权衡 · GenAI in the Balance",
    page_icon=chrome.icon(),
    layout="wide",
    initial_sidebar_state="collapsed",
)
chrome.header()
t = text.translator()
sections = {
    "": [
        st.Page(
            "pages/start/home.py",
            title=t("In the balance"),
            icon=":material/balance:",
            url_path="home",
            default=True,
        ),
        st.Page("pages/start/tour.py", title=t("Present it"), icon=":material/co_present:", url_path="tour"),
    ],
    t("Models"): [
        st.Page(family.page, title=t(family.title), icon=family.icon, url_path=family.url_path)
        for family in families.shown()
    ],
    t("Applications"): [
        st.Page(field.page, title=t(field.title), icon=field.icon, url_path=field.key) for field in fields.shown()
    ],
    t("Risk lab"): [
        st.Page(lab.BOARD, title=t("The board"), icon=":material/dashboard:", url_path="risks"),
        *(
            st.Page(experiment.page, title=t(experiment.title), icon=experiment.icon, url_path=experiment.key)
            for experiment in lab.shown()
        ),
    ],
    t("The article"): [
        st.Page(part.page, title=t(part.title), icon=part.icon, url_path=part.key) for part in reading.shown()
    ],
    t("Decide"): [
        st.Page(place.page, title=t(place.title), icon=place.icon, url_path=place.key) for place in decide.shown()
    ],
}
page = st.navigation(sections, position="top")
chrome.visitor(page.url_path)
addresses = {one.url_path: one for pages in sections.values() for one in pages}
presenter.attend(page.url_path, addresses)
with chrome.errors():
    page.run()
chrome.footer()
