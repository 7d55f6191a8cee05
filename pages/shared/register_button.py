"""The way from a page of the lab into a register: one click puts its evidence card into the room that this browser has open."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from genai_core.errors import RoomError
from genai_core.evidence import EvidenceCard
from genai_core.governance import places
from genai_core.governance import register as core
from genai_core.governance.fields import CATEGORIES, Evidence, fields
from genai_core.governance.places import Room
from pages.shared import chrome, decide, register_cards, room, services, text

LIMIT = fields()["title"].limit


def show(card: EvidenceCard, entry: Mapping[str, Any], live: EvidenceCard | None) -> None:
    """``live``: the card of the live run on the page, where there is a finished one that everybody may see."""
    t = text.translator()
    here = room.opened()
    if here is None:
        _ask()
        return
    with st.container(horizontal=True, vertical_alignment="center", key="to-register"):
        chosen = register_cards.taken(card)
        if live is not None and st.toggle(t("The live run instead"), key="register-live"):
            chosen = register_cards.taken(live, live=True)
        _buttons(here, card, entry, chosen)


def _buttons(here: Room, card: EvidenceCard, entry: Mapping[str, Any], chosen: Evidence) -> None:
    t = text.translator()
    with chrome.errors():
        found = room.risks(here.code)
        if st.button(t("Add to register"), type="primary", icon=":material/playlist_add:", key="register-add"):
            made = core.add(services.database(), here.code, draft(card, entry, chosen), f"card:{card.experiment}", room.editor())
            core.attach(services.database(), here.code, made.number, chosen, room.editor())
            found = room.risks(here.code)
            st.toast(t("In the register, with this card as evidence."), icon=":material/check:")
        if found:
            found = _attach(here, found, chosen)
        for risk in found:
            if any(has.run == chosen.run and has.experiment == chosen.experiment for has in risk.values["evidence"]):
                st.page_link(
                    decide.PLACES[0].page, label=t("Risk {n} of the room “{room}”", n=risk.number, room=text.plain(here.title)),
                    icon=":material/check:", query_params={"room": here.code, "risk": str(risk.number)},
                )  # fmt: skip


def _attach(here: Room, found: list[core.Risk], chosen: Evidence) -> list[core.Risk]:
    """To a risk that is there already."""
    t = text.translator()
    with st.popover(t("To a risk that is there"), icon=":material/add_link:", key="register-to", on_change="rerun") as box:
        if not box.open:
            return found
        titles = {risk.number: f"{risk.number} · {risk.title}" for risk in found}
        number = st.selectbox(t("Risk"), list(titles), format_func=titles.get, key="register-which")
        if st.button(t("Attach"), key="register-attach") and number is not None:
            core.attach(services.database(), here.code, number, chosen, room.editor())
            return room.risks(here.code)
    return found


def draft(card: EvidenceCard, entry: Mapping[str, Any], chosen: Evidence) -> dict[str, Any]:
    """A risk made of a card, in the reader's language: to be filled in by the room."""
    t = text.translator()
    every = fields()
    legal = [f"{book}:{one}" for book in ("eu", "cn") for one in card.mapping.get(book, ())]
    mit = [one for one in card.mapping.get("mit", ()) if one in every["mit"].choices]
    return {
        "title": t(card.title)[:LIMIT],
        "description": t(card.claim),
        "category": entry.get("topic", "") if entry.get("topic", "") in CATEGORIES else "",
        "nist": [one for one in card.mapping.get("nist", ()) if one in every["nist"].choices],
        "mit": mit[0] if mit else "",
        "legal": [one for one in legal if one in every["legal"].choices],
        "control": t(card.mitigation) if card.mitigation else "",
        "status": "open",
        "evidence": [chosen],
    }


def _ask() -> None:
    """No room is open in this browser: its code, or the page where one is made."""
    t = text.translator()
    with st.popover(t("Add to register"), icon=":material/playlist_add:", key="register-ask", on_change="rerun") as box:
        if not box.open:
            return
        with st.form("register-code-form", border=False):
            code = st.text_input(t("Code of the room"), max_chars=12, key="register-code", placeholder=room.EXAMPLE, autocomplete="off")
            if st.form_submit_button(t("Enter"), icon=":material/login:", key="register-enter") and code:
                try:
                    st.session_state[room.NAMED] = places.enter(services.database(), code).code
                    st.rerun()
                except RoomError as error:
                    st.error(text.say(error), icon=":material/info:")
        st.page_link(decide.PLACES[0].page, label=t("No room yet? Make one."), icon=":material/add_home:")
