"""The workshop on the large screen: the facilitator's. What the room does now, large; who is here; on and back."""

import datetime as dt
from typing import Any

import streamlit as st

from genai_core.governance import agenda, ballots, workshop
from genai_core.governance.workshop_watch import FEW, Item, Snapshot
from pages.shared import (
    board,
    chrome,
    lab,
    risk_card,
    services,
    text,
    workshop_parts,
    workshop_result,
    workshop_room,
    workshop_writing,
)
from pages.shared import room as door

LOOK = 1.5  # seconds


def show(room: Snapshot) -> None:
    if not room.id:
        _first(room)
        return
    t, phase = text.translator(), agenda.BY_KEY[room.phase]
    workshop_parts.stage(room, (dt.datetime.now(dt.UTC) - (room.since or dt.datetime.now(dt.UTC))).total_seconds())
    workshop_room.complain()
    left, right = st.columns([2.6, 1], gap="large")
    with left, st.container(key="hall"):
        st.header(t(phase.title), anchor=False)
        st.markdown(t(phase.lead))
        _VIEWS[room.phase](room)
    with right:
        st.session_state["workshop drawn"] = workshop_room.sign(room)
        st.fragment(_here, key="workshop-here", run_every=None if room.phase == "close" else LOOK)(room.code)
        _steps(room)
        _join(room, small=bool(agenda.BY_KEY[room.phase].shows))


def _first(room: Snapshot) -> None:
    """Leading a room in which no workshop has begun, as that of a register."""
    t = text.translator()
    workshop_room.complain()
    with st.form("begin", border=False):
        st.text_area(t("What is decided today?"), max_chars=600, key="workshop-question")
        st.selectbox(t("Minutes"), agenda.LENGTHS, index=agenda.LENGTHS.index(agenda.WHOLE), key="workshop-minutes")
        st.form_submit_button(t("Begin"), type="primary", on_click=_begin, args=(room.code,), key="workshop-begin")


def _begin(code: str) -> None:
    workshop_room.act(code, workshop.begin, st.session_state["workshop-question"], st.session_state["workshop-minutes"])


# --- beside it: who is here, how to join, on and back ------------------------------------------------------------------


def _here(code: str) -> None:
    """How many are here and how many are done; the only part that is drawn at every tick."""
    with chrome.errors():
        room = services.workshops().snapshot(code)
        if workshop_room.sign(room) != st.session_state["workshop drawn"]:
            st.rerun()
        t = text.translator()
        with st.container(key="workshop-count"):
            st.title(str(room.here), anchor=False)
            st.markdown(t("here now, of {n} who have joined", n=room.people))
            if room.closed:
                st.markdown(t(":material/lock: The door is closed: nobody new comes in."))
            elif room.people >= ballots.MOST_PEOPLE:
                st.warning(t("The room is full: nobody else can join. Remove those who have left, under Door."), icon=":material/group_off:")
            if room.phase == "premortem":
                st.header(t.n("{n} note", "{n} notes", room.written), anchor=False)
            elif room.phase == "dots":
                st.progress(min(1.0, room.done / max(1, room.people)), t("{done} of {n} have set every dot", done=room.done, n=room.people))
        _door(room)


def _door(room: Snapshot) -> None:
    """Who may come in, and who is sent out again: a way out where a room is filled with browsers that nobody sits before."""
    t = text.translator()
    with st.popover(t("Door"), icon=":material/lock:" if room.closed else ":material/door_open:", width="stretch", key="workshop-door"):
        workshop_room.complain()
        st.button(
            t("Open the door") if room.closed else t("Close the door"), key=f"workshop-door-{'open' if room.closed else 'close'}",
            width="stretch", on_click=workshop_room.act, args=(room.code, workshop.door, not room.closed),
        )  # fmt: skip
        st.caption(t("Closed, nobody new comes in. Who is in stays in, and comes back after a lost connection."))
        st.markdown(
            t(
                "**{people}** have joined, **{here}** are here now; **{idle}** have done nothing yet, **{left}** of these are not here any more.",
                people=room.people, here=room.here, idle=room.idle, left=room.left,
            )
        )  # fmt: skip
        for words, key, here, count in (
            (t("Remove who has done nothing and is not here"), "left", False, room.left),
            (t("Remove everybody who has done nothing"), "idle", True, room.idle),
        ):
            st.button(
                words, key=f"workshop-clear-{key}", width="stretch", disabled=not count, on_click=workshop_room.act,
                args=(room.code, workshop.clear, here),
            )  # fmt: skip
        st.caption(t("No score, note, dissent or dot goes with them. Who was removed by mistake joins again while the door is open."))


def _join(room: Snapshot, small: bool) -> None:
    t, link = text.translator(), workshop_room.address(room.code)
    with st.container(border=True, key="workshop-code"):
        if not small:
            st.image(workshop_room.picture(link), width="stretch", alt=t("QR code that opens this room on a phone"))
        st.header(workshop_room.grouped(room.code), anchor=False)
        st.caption(t("Join from a phone: scan, or open this page and give the code."))
        if small:
            with st.popover(t("QR code"), icon=":material/qr_code_2:", width="stretch"):
                st.image(workshop_room.picture(link), width=420, alt=t("QR code that opens this room on a phone"))
                st.code(link, language=None, wrap_lines=True)


def _steps(room: Snapshot) -> None:
    t, at = text.translator(), agenda.ORDER.index(room.phase)
    following = agenda.PHASES[at + 1] if at + 1 < len(agenda.PHASES) else None
    with st.container(key="workshop-steps"):
        if following:
            st.button(
                t("Next: {phase}", phase=t(following.title)), type="primary", width="stretch", icon=":material/arrow_forward:",
                key=f"workshop-on-{room.phase}", on_click=workshop_room.act, args=(room.code, workshop.move, room.phase, following.key),
            )  # fmt: skip
        if at:
            st.button(
                t("Back: {phase}", phase=t(agenda.PHASES[at - 1].title)), width="stretch", icon=":material/arrow_back:",
                key=f"workshop-back-{room.phase}", on_click=workshop_room.act,
                args=(room.code, workshop.move, room.phase, agenda.PHASES[at - 1].key),
            )  # fmt: skip
    with st.popover(t("Facilitator"), icon=":material/settings:", width="stretch"):
        st.link_button(t("Take part yourself, in a second window"), workshop_room.address(room.code, **{"as": "phone"}), width="stretch")
        st.button(
            t("Lead no longer on this device"), key="workshop-resign", width="stretch", on_click=workshop_room.act,
            args=(room.code, workshop.resign),
        )  # fmt: skip
        st.button(t("Leave"), icon=":material/logout:", key="workshop-leave", width="stretch", on_click=door.leave)
        st.caption(t("Back never opens scores again: a round that has been shown stays as it is."))


# --- phase by phase --------------------------------------------------------------------------------------------------


def _scope(room: Snapshot) -> None:
    t = text.translator()
    door.forgetful()
    st.title(text.plain(room.question), anchor=False)
    with st.popover(t("Reword"), icon=":material/edit:"), st.form("question", border=False):
        st.text_area(t("What is decided today?"), value=room.question, max_chars=600, key="workshop-reword")
        st.form_submit_button(
            t("Save"), key="workshop-reword-save",
            on_click=lambda: workshop_room.act(room.code, workshop.ask, st.session_state["workshop-reword"]),
        )  # fmt: skip
    workshop_writing.risks(room)


def _premortem(room: Snapshot) -> None:
    t = text.translator()
    with st.container(key="workshop-said"):
        st.title(t("A year from now this has failed badly. Why?"), anchor=False)
        st.markdown(text.plain(room.question))


def _robin(room: Snapshot) -> None:
    t = text.translator()
    places = st.columns(3)
    for i, (key, words) in enumerate(room.notes):
        with places[i % 3], st.container(border=True, key=f"note-{key}"):
            st.markdown(text.plain(words))
            st.button(
                t("Set aside"), key=f"workshop-aside-{key}", type="tertiary", on_click=workshop_room.act,
                args=(room.code, workshop.remove, "note", key),
            )  # fmt: skip
    if not room.notes:
        st.caption(t("Nobody has written a note."))
    workshop_writing.risks(room)


def _experiment(room: Snapshot) -> None:
    t, shown = text.translator(), {one.key: one for one in lab.shown()}
    options = ["", *shown]
    st.selectbox(
        t("Experiment of the lab"), options, index=options.index(room.experiment) if room.experiment in options else 0,
        format_func=lambda key: t(shown[key].title) if key else t("None yet"), key="workshop-experiment",
        on_change=lambda: workshop_room.act(room.code, workshop.choose, st.session_state["workshop-experiment"]),
    )  # fmt: skip
    if room.experiment in shown:
        _evidence(shown[room.experiment])


def _evidence(chosen: lab.Experiment) -> None:
    """The shipped result of an experiment beside its control, and the way to it in a window of its own."""
    t = text.translator()
    st.header(t(chosen.title), anchor=False)
    entry, run_id = services.catalogue().risks.get(chosen.key), services.shipped(chosen.key)
    if entry and run_id:
        card = risk_card.of(services.store().open(run_id).record(), services.shipped_report(run_id), entry)
        st.markdown(t(entry["summary"]))
        board.strip(chosen.key, entry)
        for sign, name, found in ((":red[◆]", card.effect_label, card.effect), (":gray[◆]", card.control_label, card.control)):
            st.markdown(f"{sign} {t(name)} · **{risk_card.number(found)}**")
        st.caption(t("{measure}; {n} trained models, 95 % intervals", measure=t(card.measure), n=card.seeds))
    st.link_button(t("Open the experiment"), workshop_room.elsewhere(chosen.key), icon=":material/open_in_new:")


def _score(room: Snapshot) -> None:
    t = text.translator()
    if not room.turn:
        st.info(t("This round has been shown: scores stay as they are."), icon=":material/lock:")
    else:
        st.fragment(_silence, key="workshop-silence", run_every=LOOK)(room.code)
    for place, item in enumerate(room.items):
        st.subheader(f"{place + 1} · {text.plain(item.title)}", anchor=False)
        if room.turn == 3:
            for _, kind, words in item.controls:
                st.markdown(f"- **{t(workshop.KINDS[kind])}** · {text.plain(words)}")
        elif item.detail:
            st.markdown(text.plain(item.detail))
    workshop_parts.scales()


def _silence(code: str) -> None:
    """How many have scored everything, large: a mark for each person, and nobody's name."""
    with chrome.errors():
        room, t = services.workshops().snapshot(code), text.translator()
        with st.container(key="workshop-silence-count"):
            st.header(t("{done} of {n} have scored everything", done=room.done, n=room.people), anchor=False)
            st.markdown("●" * room.done + "○" * max(0, room.people - room.done))
        if room.few == "people":
            words = t("Fewer than {n} take part: the spread will show who said what. Ask the room whether that is all right before you go on.", n=FEW)
            st.warning(words, icon=":material/group:")
        elif room.few:
            words = t("Fewer than {n} have scored so far: shown now, the spread tells who said what. Wait for more, or ask the room first.", n=FEW)
            st.warning(words, icon=":material/group:")


def _item(room: Snapshot) -> Item | None:
    """The risk that the room looks at, with the way to another."""
    t = text.translator()
    if not room.items:
        st.caption(t("No risk is on the list yet."))
        return None
    at = next((i for i, item in enumerate(room.items) if item.id == room.shown), 0)
    with st.container(horizontal=True, vertical_alignment="center", key="workshop-which"):
        for i, item in enumerate(room.items):
            st.button(
                str(i + 1), key=f"workshop-item-{item.id}", type="primary" if i == at else "secondary", help=text.plain(item.title),
                on_click=workshop_room.act, args=(room.code, workshop.show, item.id),
            )  # fmt: skip
    st.header(text.plain(room.items[at].title), anchor=False)
    return room.items[at]


def _discuss(room: Snapshot) -> None:
    if item := _item(room):
        turn, found = workshop_parts.latest(item, room.revealed)
        _spread(item, turn, found)


def _spread(item: Item, turn: int, found: Any, tall: str = "17rem") -> None:
    t = text.translator()
    if not found:
        st.info(t("Nobody scored this risk."), icon=":material/info:")
        return
    st.caption(t(agenda.ROUNDS[turn]))
    workshop_parts.spread(found, workshop_parts.of_round(item, turn - 1) or None, "hall-spread", tall)
    for words in item.dissents:
        st.markdown(f"**{t('Dissent')}** · {text.plain(words)}")


def _controls(room: Snapshot) -> None:
    if item := _item(room):
        _spread(item, *workshop_parts.latest(item, room.revealed), tall="11rem")
        workshop_writing.controls(room, item)


def _dots(room: Snapshot) -> None:
    workshop_writing.actions(room)


def _close(room: Snapshot) -> None:
    workshop_writing.record(room)
    door.forgetful()
    workshop_result.show(room)
    workshop_writing.another(room)


_VIEWS = {
    "scope": _scope,
    "premortem": _premortem,
    "robin": _robin,
    "experiment": _experiment,
    "score1": _score,
    "discuss": _discuss,
    "score2": _score,
    "controls": _controls,
    "residual": _score,
    "dots": _dots,
    "close": _close,
}
