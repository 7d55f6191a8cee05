"""Entry point: page config, language, navigation over pages/<section>/, one place that shows an error a user can meet."""

import streamlit as st

from pages.shared import chrome, text

st.set_page_config(
    page_title="权衡 · GenAI in the Balance",
    page_icon=chrome.icon(),
    layout="wide",
    initial_sidebar_state="collapsed",
)
chrome.header()
t = text.translator()
page = st.navigation(
    {
        "": [
            st.Page(
                "pages/start/home.py",
                title=t("In the balance"),
                icon=":material/balance:",
                url_path="home",
                default=True,
            ),
        ],
        t("Models"): [
            st.Page(
                "pages/models/gan.py", title=t("GAN: two networks at play"), icon=":material/swords:", url_path="gan"
            ),
        ],
    },
    position="top",
)
chrome.visitor(page.url_path)
with chrome.errors():
    page.run()
chrome.footer()
