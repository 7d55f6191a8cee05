"""The risk that is open: to read, to edit part by part, with its history.

What is typed is kept at once as a draft, in the database, for this browser and this room: a refresh or a crash of the server loses none
of it. The register itself changes when Save is pressed.
"""

from collections.abc import Sequence

import streamlit as st

from genai_core.contracts import N_
from genai_core.errors import RoomError
from genai_core.governance import drafts, fields, places, values
from genai_core.governance import register as core
from genai_core.governance.drafts import NEW, Draft
from genai_core.governance.places import Room
from genai_core.governance.register import Risk
from pages.shared import bench, chrome, register_fields, register_read, room, services, text, url


def opened() -> int | None:
    """The risk that the link names, 0 for a new one, None for none."""
    return NEW if st.query_params.get("risk") == "new" else url.whole("risk", 999_999, 0) or None


def open_risk(number: int) -> None:
    st.query_params["risk"] = str(number or "new")
    if number == NEW:
        st.query_params["part"] = "describe"


def close() -> None:
    for name in ("risk", "part"):
        if name in st.query_params:
            del st.query_params[name]


def read(risk: Risk) -> None:
    """A risk of the example, to read."""
    with st.container(border=True, key="risk-panel"):
        _head(f"{risk.number} · {text.plain(risk.title)}")
        register_read.show(risk)


def show(here: Room, found: Sequence[Risk], number: int) -> None:
    t = text.translator()
    risk = next((one for one in found if one.number == number), None)
    if not bench.owner():
        st.caption(t("One moment …"))
        return
    draft = drafts.read(services.database(), here.code, bench.owner(), number)
    if draft and number == NEW and (added := next((one for one in found if one.key == draft.key), None)):
        drafts.drop(services.database(), here.code, bench.owner(), NEW)  # it was added, and the server ended before it forgot the draft
        open_risk(added.number)
        st.rerun()
    with st.container(border=True, key="risk-panel"):
        _head(f"{risk.number} · {text.plain(risk.title)}" if risk else t("A new risk") if number == NEW else str(number))
        if risk is None and number != NEW and draft is None:
            st.info(t("There is no risk of this number in the register. Its history stays below."), icon=":material/info:")
            register_read.history(here, number)
            return
        _panel(here, risk, draft, number)


def _head(title: str) -> None:
    t = text.translator()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"##### {title}", width="stretch")
        st.button(t("Close"), icon=":material/close:", type="tertiary", key="close-risk", on_click=close)


def _panel(here: Room, risk: Risk | None, draft: Draft | None, number: int) -> None:
    t = text.translator()
    complaint = st.session_state.pop(register_fields.COMPLAINT, None)
    if complaint:
        st.error(text.say(complaint), icon=":material/info:")
    names = {**({"view": N_("Overview")} if risk else {}), **fields.GROUPS, **({"history": N_("History")} if risk else {})}
    asked = url.choice("part", list(names), next(iter(names)))
    part = st.pills(
        t("Part"), list(names), default=asked, format_func=lambda key: t(names[key]), key=f"part:{number}:{bool(risk)}", required=True,
        label_visibility="collapsed",
    ) or asked  # fmt: skip
    url.keep("part", part, next(iter(names)))
    stale = bool(risk and draft and draft.version != risk.version)
    if stale or (draft and risk is None and number != NEW):
        _conflict(here, risk, draft, number)
    _actions(here, risk, draft, number, stale, reads=part in ("view", "history"))
    if part == "view" and risk:
        register_read.show(risk)
    elif part == "history":
        register_read.history(here, number)
    else:
        base = dict(risk.values) if risk else values.blank()
        register_fields.show(here, number, risk.version if risk else 0, part, {**values.plain(base), **(draft.values if draft else {})})


def _conflict(here: Room, risk: Risk | None, draft: Draft, number: int) -> None:
    """Somebody else was first: both stand side by side, and the writer chooses."""
    t = text.translator()
    st.warning(text.say(core.Conflict(risk)), icon=":material/merge:")
    if risk is None:
        return
    theirs, every = values.plain(risk.values), fields.fields()
    lines = [
        f"**{t(every[name].label)}**  \n{t('in the register')}: {register_read.said(every[name], theirs[name])}  \n"
        f"{t('yours')}: {register_read.said(every[name], value)}"
        for name, value in draft.values.items()
        if theirs[name] != value
    ]
    st.markdown("\n\n".join(lines))
    with st.container(horizontal=True):
        args = (services.database(), here.code, bench.owner(), number)
        st.button(t("Put mine on top"), key="keep-mine", icon=":material/vertical_align_top:", on_click=drafts.rebase, args=(*args, risk.version))
        st.button(t("Keep theirs"), key="keep-theirs", icon=":material/undo:", on_click=_discard, args=(here.code, number))


def _discard(code: str, number: int) -> None:
    drafts.drop(services.database(), code, bench.owner(), number)
    register_fields.anew(code, number)


def _actions(here: Room, risk: Risk | None, draft: Draft | None, number: int, stale: bool, reads: bool) -> None:
    """Save is there to be pressed before anything is kept: the press itself takes the cursor out of the field."""
    t = text.translator()
    with st.container(horizontal=True, vertical_alignment="center", key="risk-actions"):
        if (draft or not reads) and st.button(t("Save"), type="primary", icon=":material/save:", key="save-risk", disabled=stale):
            with chrome.errors():
                _save(here, risk, draft, number)
        if draft:
            st.button(t("Discard"), icon=":material/undo:", key="discard-risk", on_click=_discard, args=(here.code, number))
            st.caption(t("Not saved yet; kept for you, also after a refresh."), width="content")
        if risk:
            _remove(here, risk)


def _save(here: Room, risk: Risk | None, draft: Draft | None, number: int) -> None:
    """Nothing to save is nothing done: a second click finds no draft."""
    database, code = services.database(), here.code
    if draft is None and number != NEW:
        return
    if risk is None:
        made = core.add(database, code, draft.values if draft else {}, draft.key if draft else "", room.editor())
        st.query_params["risk"], st.query_params["part"] = str(made.number), "rate"
    elif draft:
        core.change(database, code, number, draft.values, draft.version, room.editor())
    drafts.drop(database, code, bench.owner(), number)
    register_fields.anew(code, number)
    st.rerun()


def _remove(here: Room, risk: Risk) -> None:
    """Taking a risk out asks for the room's PIN; its history stays."""
    t = text.translator()
    with st.popover(t("Remove"), icon=":material/delete:", type="tertiary", key="remove-risk", on_change="rerun") as box:
        if not box.open:
            return
        with st.form("remove-form", border=False):
            st.caption(t("Whoever has the room's PIN can take a risk out. Its history stays."))
            pin = st.text_input(t("PIN of the room"), type="password", max_chars=8, key="remove-pin", autocomplete="off")
            if st.form_submit_button(t("Remove it"), key="remove-now"):
                try:
                    places.check(services.database(), here.code, pin, token=st.session_state.get("owner", ""))
                    core.remove(services.database(), here.code, risk.number, risk.version, room.editor())
                except RoomError as error:
                    st.error(text.say(error), icon=":material/info:")
                    return
                drafts.drop(services.database(), here.code, bench.owner(), risk.number)
                close()
                st.rerun()

