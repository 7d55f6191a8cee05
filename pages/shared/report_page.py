"""Choose what goes into the report, and make it: one click, a PDF and a page that stands alone."""

import datetime as dt
import json
from typing import Any

import streamlit as st

from genai_core import i18n
from genai_core.errors import UserError
from pages.shared import pictures, report_room, services, shown, text

MIME = {"pdf": "application/pdf", "html": "text/html"}
EXAMPLE = (("gan-digits", "ar-lstm-austen"), ("verbatim", "bias"))  # shipped runs and experiments, before anything was looked at
WAIT = 30.0  # seconds that a report may take


def show() -> None:
    t = text.translator()
    left, right = st.columns([1.6, 1], gap="large")
    with left:
        seen_runs, seen_cards = shown.seen("run"), shown.seen("card")
        if not seen_runs and not seen_cards:
            st.caption(t("An example: what you look at on the pages of models, applications and the risk lab takes its place here."))
            seen_runs, seen_cards = ([services.shipped(key) for key in keys] for keys in EXAMPLE)
        runs = _choose("run", seen_runs, t("Runs you looked at") if shown.seen("run") else t("Runs"))
        cards = _choose("card", seen_cards, t("Evidence you looked at") if shown.seen("card") else t("Evidence"))
    with right, st.container(border=True, key="report-make"):
        room = report_room.choose()
        title = st.text_input(t("Title"), max_chars=120, key="report-title", placeholder=t("What we looked at, and what we decided"))
        names = i18n.languages()
        language = st.segmented_control(
            t("Language of the report"), list(names), default=text.language(), format_func=names.get, key="report-language", required=True
        )
        if st.button(t("Make the report"), type="primary", icon=":material/picture_as_pdf:", key="report-go", width="stretch"):
            _make(title.strip(), language, runs, cards, room)
        _offer()
        st.caption(
            t(
                "Runs with their specs and figures, evidence with its control, register, votes, and laws with the day they were read. "
                "Private runs stay out."
            )
        )


def _choose(kind: shown.Kind, seen: list[str], heading: str) -> list[str]:
    """The ids that stay ticked, in order."""
    t = text.translator()
    if not seen:
        return []
    st.subheader(heading, anchor=False)
    kept = []
    with st.grid("auto", min_column_width=300) as grid:
        for run_id in seen:
            told = _told(run_id)
            if told is None:
                continue
            with grid.cell(), st.container(border=True, horizontal=True, vertical_alignment="center", key=f"item-{kind}-{run_id}"):
                image = pictures.thumbnail(run_id) if run_id in services.gallery_ids() else ""
                if image:
                    st.image(image, width=64, alt=t("Samples of this run"))
                if st.checkbox(told, value=True, key=f"report:{kind}:{run_id}"):
                    kept.append(run_id)
    return kept


def _told(run_id: str) -> str | None:
    """One line on a run; None where it has gone meanwhile."""
    t = text.translator()
    try:
        record = services.store().open(run_id).record()
    except UserError:
        return None
    catalogue = services.catalogue()
    known: dict[str, Any] = catalogue.models | catalogue.risks | catalogue.applications
    title = t(known[record.spec.plugin]["title"]) if record.spec.plugin in known else record.spec.plugin
    data = catalogue.datasets.get(record.spec.dataset or "")
    kind = t("shipped run, seed {seed}", seed=record.spec.seed) if record.origin == "gallery" else t("live, seed {seed}", seed=record.spec.seed)
    return " · ".join(filter(None, (text.plain(title), t(data["title"]) if data else "", kind)))


def _make(title: str, language: str, runs: list[str], cards: list[str], room: dict[str, Any]) -> None:
    t = i18n.translator(language)
    made = t.datetime(dt.datetime.now(dt.UTC), st.context.timezone)
    params = {"language": language, "title": title, "made": made, "runs": runs, "cards": cards}
    files = {"room": json.dumps(report_room.worded(room, t)).encode()}
    try:
        with st.spinner(text.translator()("Making the report …")):
            ask = services.engine().look
            done = {kind: ask("report", params | {"kind": kind}, WAIT, files)[1]["report"].tobytes() for kind in MIME}
    except UserError as error:
        st.session_state.pop("report", None)
        st.error(text.say(error), icon=":material/info:")
        return
    st.session_state["report"] = done | {"said": f"{made} · {i18n.languages()[language]}"}


def _offer() -> None:
    t = text.translator()
    done = st.session_state.get("report")
    if not done:
        return
    st.caption(t("Made: {when}", when=done["said"]))
    day = dt.datetime.now(dt.UTC).date().isoformat()
    with st.container(horizontal=True, key="report-take"):
        for kind, label in (("pdf", t("Take the PDF")), ("html", t("Take the page (HTML)"))):
            st.download_button(
                label, done[kind], f"genai-report-{day}.{kind}", MIME[kind], icon=":material/download:", key=f"report-{kind}", on_click="ignore"
            )


