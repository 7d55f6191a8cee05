"""The workshop's page: without a room it explains itself; in one it is the facilitator's screen, or a participant's phone."""

import streamlit as st

from genai_core.governance import places, workshop
from pages.shared import chrome, services, text, url, workshop_intro, workshop_lead, workshop_phone, workshop_room
from pages.shared import room as door

LOOK = 2.0  # seconds between two looks of a phone at its room


def show() -> None:
    """The room that the link names, else the one whose register was open before in this session."""
    t, code = text.translator(), places.tidy(st.query_params.get(door.PARAM, "") or st.session_state.get(door.NAMED, ""))
    room, problem = workshop_room.seen(code[: places.LENGTH + 1]) if code else (None, None)
    if room is None:
        st.session_state.pop(door.NAMED, None)
        chrome.title(
            t("Workshop"),
            t("Ninety minutes in which a room weighs the risks of one use of generative AI, and says where it disagrees."),
        )
        if problem:
            st.error(text.say(problem), icon=":material/info:")
        workshop_intro.show()
        return
    st.session_state[door.NAMED] = room.code
    url.keep(door.PARAM, room.code)
    chrome.title(text.plain(room.title), t("Workshop · room {code}", code=f"**{workshop_room.grouped(room.code)}**"))
    if not workshop_room.token():
        st.caption(t("One moment …"))  # the browser has not said yet who it is
    elif url.choice("as", ("lead", "phone"), "lead") == "lead" and workshop.leads(services.database(), room.code, workshop_room.token()):
        workshop_lead.show(room)
    else:
        st.fragment(_phone, key="workshop-phone")(room.code)
        st.button(t("Leave"), icon=":material/logout:", type="tertiary", key="workshop-leave", on_click=door.leave)
        if st.session_state["workshop drawn"][1] != "close":
            st.fragment(_look, key="workshop-pulse", run_every=LOOK)(room.code)


def _phone(code: str) -> None:
    with chrome.errors():
        room = services.workshops().snapshot(code)
        st.session_state["workshop drawn"] = workshop_room.sign(room)
        workshop_phone.show(room)


def _look(code: str) -> None:
    """Whether the room has moved on; one reading a second serves every phone in it."""
    room, _ = workshop_room.seen(code, st.session_state.get("workshop me", 0))
    if room is not None and workshop_room.sign(room) != st.session_state["workshop drawn"]:
        st.rerun()
