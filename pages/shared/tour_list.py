"""The tours, each with its scenes, its script and a button that starts it."""

import streamlit as st

from genai_core.tour import Tour, tours
from pages.shared import presenter, text


def show() -> None:
    with st.grid("auto", min_column_width=360) as grid:
        for tour in tours().values():
            with grid.cell(), st.container(border=True, key=f"tour-{tour.key}"):
                _card(tour)
    t = text.translator()
    st.caption(
        t(
            "Keys: Page Down and Page Up go on and back, as a clicker does. Notes open over the page; the audience's link and its QR "
            "code, under Share, show the same page without the bar."
        )
    )


def _card(tour: Tour) -> None:
    t = text.translator()
    st.subheader(presenter.said(tour.title), anchor=False)
    st.markdown(presenter.said(tour.line))
    if st.button(t("Start"), type="primary", icon=":material/play_arrow:", key=f"start-{tour.key}", width="stretch"):
        st.session_state["tour start"] = tour.key
        st.rerun()
    starts = tour.starts()
    rows = [
        f"{k + 1}. {presenter.said(scene.title)} · {_clock(starts[k])}{' · ' + t('live') if scene.live else ''}"
        for k, scene in enumerate(tour.scenes)
    ]
    st.markdown("\n".join(rows))
    with st.expander(t("Script"), icon=":material/notes:", key=f"script-{tour.key}", on_change="rerun") as box:
        if box.open:
            st.markdown(script(tour))
            st.download_button(
                t("Script as a file"), script(tour), f"{tour.key}.md", "text/markdown",
                icon=":material/download:", key=f"take-{tour.key}", on_click="ignore",
            )  # fmt: skip


def script(tour: Tour) -> str:
    """What a presenter says, expects and falls back on, scene by scene, as Markdown."""
    t = text.translator()
    parts = [
        f"**{k + 1}. {presenter.said(scene.title)}** ({_clock(start)})\n\n{presenter.said(scene.say)}\n\n"
        f"*{t('Expect')}*: {presenter.said(scene.expect)}\n\n*{t('If it does not work')}*: {presenter.said(scene.fallback)}"
        for k, (scene, start) in enumerate(zip(tour.scenes, tour.starts(), strict=True))
    ]
    return "\n\n".join(parts)


def _clock(seconds: int) -> str:
    return f"{seconds // 60}:{seconds % 60:02d}"
