"""Home: the balance. What generative AI can do and what it can break, side by side, each from a run of our own."""

import streamlit as st

from pages.shared import balance, text

t = text.translator()
balance.hero()
balance.beam()
can, breaks = st.columns(2, gap="large")
with can, st.container(key="can"):
    st.subheader(t("What it can do"), anchor=False)
    balance.scenes("can")
with breaks, st.container(key="break"):
    st.subheader(t("What it can break"), anchor=False)
    balance.scenes("break")
    balance.risks()
balance.kinds()
