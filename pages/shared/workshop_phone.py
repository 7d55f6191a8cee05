"""The workshop on a participant's phone: one thing at a time, large enough for a thumb."""

import datetime as dt

import streamlit as st

from genai_core.governance import agenda, ballots, rating, workshop
from genai_core.governance.ballots import Mine
from genai_core.governance.spread import far
from genai_core.governance.workshop_watch import Snapshot
from pages.shared import lab, services, text, workshop_parts, workshop_result, workshop_room

LEADS = "workshop leads"


def show(room: Snapshot) -> None:
    if st.session_state.pop(LEADS, False):
        st.rerun()  # the whole page: this browser has become the facilitator's
    mine = ballots.mine(services.database(), room.code, workshop_room.token())
    st.session_state["workshop me"] = mine.id if mine else 0
    if mine is None:
        _welcome(room)
        return
    t, phase = text.translator(), agenda.BY_KEY[room.phase]
    workshop_parts.stage(room, (dt.datetime.now(dt.UTC) - (room.since or dt.datetime.now(dt.UTC))).total_seconds())
    workshop_room.complain()
    with st.container(key="phone"):
        st.markdown(f"**{t(phase.title)}** · {t(phase.phone)}")
        _VIEWS[room.phase](room, mine)
        st.caption(t("You are here as {name}. Lose the connection, close the page: what is saved is kept.", name=text.plain(mine.name)))


# --- coming in -------------------------------------------------------------------------------------------------------


def _welcome(room: Snapshot) -> None:
    t = text.translator()
    workshop_room.complain()
    with st.container(key="phone"):
        if not room.id:
            st.subheader(t("The workshop has not begun yet"), anchor=False)
            st.markdown(t("Leave this page open: it goes on by itself as soon as the facilitator begins."))
        elif room.closed:
            st.subheader(t("The door is closed"), anchor=False)
            st.markdown(t("The facilitator lets nobody new in at the moment. Leave this page open, and ask for the door to be opened."))
        else:
            st.subheader(t("Join the workshop"), anchor=False)
            st.markdown(text.plain(room.question))
            with st.form("join", border=False):
                st.text_input(t("A name for today"), max_chars=40, key="workshop-name")
                st.caption(t("A nickname will do. No score, note or dissent is shown with it."))
                st.form_submit_button(t("Join"), type="primary", width="stretch", on_click=_join, args=(room.code,), key="workshop-join")
        with st.popover(t("I lead this room"), icon=":material/key:"), st.form("lead", border=False):
            st.text_input(t("PIN"), type="password", max_chars=8, key="workshop-pin")
            st.form_submit_button(t("Lead"), on_click=_lead, args=(room.code,), key="workshop-lead")


def _join(code: str) -> None:
    workshop_room.say(code, ballots.join, st.session_state["workshop-name"])


def _lead(code: str) -> None:
    def give_pin(database, room, token) -> None:
        workshop.lead(database, room, st.session_state["workshop-pin"], token)

    if workshop_room.act(code, give_pin):
        st.session_state[LEADS] = True


# --- phase by phase --------------------------------------------------------------------------------------------------


def _scope(room: Snapshot, mine: Mine) -> None:
    t = text.translator()
    st.subheader(text.plain(room.question), anchor=False)
    for item in room.items:
        st.markdown(f"- {text.plain(item.title)}")
    if not room.items:
        st.caption(t("No risk is on the list yet."))


def _premortem(room: Snapshot, mine: Mine) -> None:
    t = text.translator()
    with st.form("note", clear_on_submit=True, border=False):
        st.text_area(t("It failed, because …"), max_chars=280, key="workshop-note", height=120)
        st.form_submit_button(t("Hand in"), type="primary", width="stretch", on_click=_note, args=(room.code,), key="workshop-hand-in")
    st.markdown(t("Your notes: {n} of {most}", n=mine.notes, most=ballots.MOST_NOTES))


def _note(code: str) -> None:
    workshop_room.say(code, ballots.note, st.session_state["workshop-note"])


def _robin(room: Snapshot, mine: Mine) -> None:
    for _, words in room.notes:
        with st.container(border=True):
            st.markdown(text.plain(words))


def _experiment(room: Snapshot, mine: Mine) -> None:
    t = text.translator()
    chosen = next((one for one in lab.shown() if one.key == room.experiment), None)
    if chosen:
        st.link_button(t(chosen.title), workshop_room.elsewhere(chosen.key), icon=":material/open_in_new:", width="stretch")


def _score(room: Snapshot, mine: Mine) -> None:
    turn = agenda.BY_KEY[room.phase].takes
    key = f"workshop-ballot-{room.id}-{turn}"  # one a round: a browser that reconnects sends again what it held of this one alone
    before, warning = st.container(), workshop_parts.few(room)
    workshop_parts.ballot(room, mine, turn, lambda: _cast(room.code, key), key)
    if warning:  # that few have scored so far comes and goes while people vote: below, so that nothing moves under a thumb
        (before if room.few == "people" else st.container()).info(warning, icon=":material/group:")
    if room.phase in ballots.DISSENT_IN:
        _dissent(room, mine)


def _cast(code: str, key: str) -> None:
    turn, votes = workshop_parts.votes(st.session_state[key].get("votes"))
    for item, values in votes.items():
        if not workshop_room.say(code, ballots.score, turn, item, values):
            return


def _discuss(room: Snapshot, mine: Mine) -> None:
    t = text.translator()
    item = next((item for item in room.items if item.id == room.shown), room.items[0] if room.items else None)
    if item is None:
        return
    st.subheader(text.plain(item.title), anchor=False)
    turn, found = workshop_parts.latest(item, room.revealed)
    own = {name: mine.scores.get((turn, item.id, name)) for name in rating.SCALES}
    if any(far(own[name], one) for name, one in found.items()):
        st.info(
            t("You are far from the middle here. If you like, speak first: you may know something that others do not."),
            icon=":material/campaign:",
        )
    if found:
        workshop_parts.spread(found, None, "phone-spread", "9rem")
        said = [t("{what} You: {score}.", what=t(workshop_parts.SCALES[name]), score=own[name]) for name in own if own[name]]
        st.markdown(" ".join(said))
    for _, kind, words in item.controls:
        st.markdown(f"- {t('{kind}: {text}', kind=t(workshop.KINDS[kind]), text=text.plain(words))}")
    if room.phase in ballots.DISSENT_IN:
        _dissent(room, mine)


def _dissent(room: Snapshot, mine: Mine) -> None:
    t = text.translator()
    with st.expander(t("I see it otherwise: attach a dissent"), icon=":material/flag:"):
        titles = {item.id: item.title for item in room.items}
        item = st.selectbox(t("Risk"), list(titles), format_func=titles.get, key="workshop-dissent-item")
        with st.form("dissent", border=False):
            st.text_area(
                t("Your dissent, in a sentence or two"), value=mine.dissents.get(item, ""), max_chars=280, key=f"workshop-dissent-{item}"
            )  # fmt: skip
            st.form_submit_button(t("Attach"), width="stretch", on_click=_disagree, args=(room.code, item), key="workshop-attach")
        st.caption(t("It is shown with the second spread and goes into the register, without your name. An empty one takes it back."))


def _disagree(code: str, item: int) -> None:
    workshop_room.say(code, ballots.dissent, item, st.session_state[f"workshop-dissent-{item}"])


def _dots(room: Snapshot, mine: Mine) -> None:
    t = text.translator()
    left = workshop.DOTS - sum(mine.dots.values())
    st.markdown(t("**{left}** of {dots} dots left; {most} at most on one action.", left=left, dots=workshop.DOTS, most=workshop.MOST_ON_ONE))
    for action in room.actions:
        has = mine.dots.get(action.id, 0)
        with st.container(border=True, key=f"action-{action.id}"):
            st.markdown(f"**{text.plain(action.text)}**  \n{workshop_result.owned(action)}")
            with st.container(horizontal=True, vertical_alignment="center"):
                for sign, count, can in (("−", has - 1, has > 0), ("+", has + 1, left > 0 and has < workshop.MOST_ON_ONE)):
                    words = t("Less") if sign == "−" else t("More")
                    if sign == "+":
                        st.markdown("●" * has + "○" * (workshop.MOST_ON_ONE - has), width=60)
                    st.button(
                        f"{sign} {words}", key=f"dot-{sign}-{action.id}", disabled=not can, on_click=workshop_room.say,
                        args=(room.code, ballots.dot, action.id, count),
                    )  # fmt: skip
    if not room.actions:
        st.caption(t("The facilitator is writing the actions."))


def _close(room: Snapshot, mine: Mine) -> None:
    workshop_result.show(room)


_VIEWS = {
    "scope": _scope,
    "premortem": _premortem,
    "robin": _robin,
    "experiment": _experiment,
    "score1": _score,
    "discuss": _discuss,
    "score2": _score,
    "controls": _discuss,
    "residual": _score,
    "dots": _dots,
    "close": _close,
}
