"""The room that this browser has open: made, entered by its code, left. The code stands in the link, so that a refresh finds it again."""

import streamlit as st

from genai_core.errors import RoomError
from genai_core.governance import places, register, starter
from genai_core.governance.places import Room
from genai_core.governance.register import Risk
from pages.shared import chrome, services, text, url

PARAM = "room"
NAMED = "room open"  # in the session: it goes along to pages whose links do not name a room
EDITOR = "editor"
EXAMPLE = "ABCD2345"


def current() -> Room | None:
    """The room that the link names, else the one that was open before in this session; None where there is none. A wrong code is said."""
    code = places.tidy(st.query_params.get(PARAM, "")) or st.session_state.get(NAMED, "")
    if not code:
        return None
    try:
        room = places.enter(services.database(), code)
    except RoomError as error:
        st.session_state.pop(NAMED, None)
        st.error(text.say(error), icon=":material/info:")
        return None
    st.session_state[NAMED] = room.code
    url.keep(PARAM, room.code)
    return room


def opened() -> Room | None:
    """The room that is open in this session, for pages whose links do not name one."""
    code = st.session_state.get(NAMED, "")
    try:
        return places.enter(services.database(), code) if code else None
    except RoomError:
        st.session_state.pop(NAMED, None)
        return None


def risks(code: str) -> list[Risk]:
    """The register of a room; a text of a set to begin with that nobody has edited is in the reader's language."""
    return [starter.told(risk, text.language()) for risk in register.risks(services.database(), code)]


def open_room(code: str) -> None:
    st.session_state[NAMED] = code
    st.query_params[PARAM] = code


def leave() -> None:
    st.session_state.pop(NAMED, None)
    for name in (PARAM, "risk", "part", "sector", "status", "band"):
        if name in st.query_params:
            del st.query_params[name]


def editor() -> str:
    """Who writes, as they call themselves; "" for nobody in particular."""
    return str(st.session_state.get(EDITOR, ""))


def entrance() -> None:
    """Two doors side by side: open a room by its code, or make one."""
    t = text.translator()
    left, right = st.columns(2, gap="medium")
    with left, st.form("room-enter", border=True):
        st.markdown(f"**{t('Enter a room by its code')}**")
        with st.container(horizontal=True, vertical_alignment="bottom"):
            code = st.text_input(t("Code of the room"), max_chars=12, key="room-code", placeholder=EXAMPLE, autocomplete="off", width=200)
            entered = st.form_submit_button(t("Enter"), icon=":material/login:", key="room-open")
        if entered and code:
            with chrome.errors():
                open_room(places.enter(services.database(), code).code)
                st.rerun()
    with right, st.form("room-make", border=True):
        st.markdown(f"**{t('Make a room')}**")
        with st.container(horizontal=True, vertical_alignment="bottom"):
            name = st.text_input(t("Name of the room"), max_chars=places.TITLE, key="room-name", width=200)
            pin = st.text_input(t("PIN, four to eight digits"), type="password", max_chars=8, key="room-pin", autocomplete="new-password", width=190)
            made = st.form_submit_button(t("Make it"), icon=":material/add_home:", type="primary", key="room-make-now")
        if made:
            with chrome.errors():
                open_room(places.make(services.database(), name, pin).code)
                st.rerun()


def bar(room: Room, note: str) -> None:
    """The room's name and code, who writes, and the way out."""
    t = text.translator()
    with st.container(horizontal=True, vertical_alignment="center", key="room-bar"):
        st.markdown(f"**{text.plain(room.title)}**  \n{note}", width="stretch")
        st.code(room.code, language=None, width=150)
        st.text_input(
            t("Your name, for the history"), max_chars=80, key=EDITOR, persist_state="session", label_visibility="collapsed",
            placeholder=t("Your name, for the history"), width=210,
        )  # fmt: skip
        st.button(t("Leave"), icon=":material/logout:", type="tertiary", key="room-leave", on_click=leave)


def forgetful() -> None:
    """Said where what a room decides does not outlive the host's next restart."""
    t = text.translator()
    if not services.disk_kept():
        st.warning(
            t("This host forgets its disk when it restarts, and what is in this room with it. Export the register before you leave."),
            icon=":material/warning:",
        )
