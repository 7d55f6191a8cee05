"""How generative models came about: a drawing, and the same as a list with identifiers and ways into the app."""

import streamlit as st

from genai_core import plots_article
from genai_core.article import timeline
from genai_core.article.timeline import Moment
from genai_core.contracts import N_
from genai_core.rows import say
from pages.shared import chrome, reading, text

LANES = {
    "autoregressive": N_("Autoregressive"),
    "gan": N_("GAN"),
    "vae": N_("VAE"),
    "diffusion": N_("Diffusion"),
    "flow": N_("Flows"),
    "energy": N_("Energy"),
}


def show() -> None:
    t = text.translator()
    found = timeline.moments()
    chrome.title(
        t("Timeline of generative models"),
        t("{n} works in the order in which they came, each with an identifier; those with an arrow can be seen here.", n=len(found)),
    )
    names = {lane: t(name) for lane, name in LANES.items()}
    alt = t("; ").join(f"{names[lane]}: " + t(", ").join(f"{m.name} {m.year}" for m in found if m.lane == lane) for lane in names)
    with st.container(key="timeline-wide"):
        figure = plots_article.timeline(found, names, dark=st.context.theme.type == "dark")
        st.plotly_chart(figure, key="timeline", config={"displayModeBar": False}, alt=alt)
        st.caption(t("Even steps from work to work, not from year to year. Years are those of the first public version."))
    sides = st.columns(2, gap="large")
    half = (len(found) + 1) // 2
    for side, part in zip(sides, (found[:half], found[half:]), strict=True):
        with side:
            for moment in part:
                _row(moment, names[moment.lane])


def _row(moment: Moment, lane: str) -> None:
    t, language = text.translator(), text.language()
    with st.container(border=True, key=f"moment-{moment.key}"):
        st.markdown(
            f"**{moment.year}** · [**{text.plain(moment.name)}**, {text.plain(moment.who)}]({moment.url}) :gray-badge[{lane}]  \n"
            f"{say(moment.what, language)}"
        )
        st.caption(t("Source: {source}", source=moment.cited))
        if moment.live:
            reading.link(moment.live, t("See it here"))
