"""What a facilitator writes down for the room: risks to score, controls, actions, and at the end the result in the register."""

import datetime as dt

import streamlit as st

from genai_core.governance import workshop, workshop_record
from genai_core.governance.workshop_watch import Item, Snapshot
from pages.shared import room as door
from pages.shared import text, workshop_result, workshop_room


def risks(room: Snapshot) -> None:
    """The risks to score, with a form for another; none comes or goes once scores have been shown."""
    t = text.translator()
    st.subheader(t("Risks to score"), anchor=False)
    for place, item in enumerate(room.items):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{place + 1} · {text.plain(item.title)}**  \n{text.plain(item.detail)}")
            if not room.revealed:
                st.button(
                    t("Remove"), key=f"workshop-drop-{item.id}", type="tertiary", on_click=workshop_room.act,
                    args=(room.code, workshop.remove_item, item.id),
                )  # fmt: skip
    if room.revealed:
        return
    typed, known = st.columns(2, gap="medium") if (numbers := _waiting(room)) else (st.container(), None)
    if known:
        with known, st.form("known", clear_on_submit=True):
            st.multiselect(t("From this room's register"), list(numbers), format_func=numbers.get, key="workshop-known")
            st.form_submit_button(t("Take these"), key="workshop-known-take", on_click=_take, args=(room.code,))
    with typed, st.form("risk", clear_on_submit=True):
        st.text_input(t("Risk, in one line"), max_chars=120, key="workshop-risk", placeholder=t("Cause, event, consequence"))
        st.text_input(t("One sentence more, if it helps"), max_chars=600, key="workshop-risk-detail")
        st.form_submit_button(t("Add the risk"), key="workshop-risk-add", on_click=_add_risk, args=(room.code,))


def _waiting(room: Snapshot) -> dict[int, str]:
    """The risks of the room's register that are not on the list: number -> title."""
    taken = {item.risk for item in room.items}
    return {risk.number: risk.title for risk in door.risks(room.code) if risk.number not in taken}


def _take(code: str) -> None:
    workshop_room.act(code, workshop_record.take, st.session_state["workshop-known"])


def _add_risk(code: str) -> None:
    workshop_room.act(code, workshop.add_item, st.session_state["workshop-risk"], st.session_state["workshop-risk-detail"])


def controls(room: Snapshot, item: Item) -> None:
    """The controls of the risk before the room."""
    t = text.translator()
    for key, kind, words in item.controls:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{t(workshop.KINDS[kind])}** · {text.plain(words)}")
            st.button(
                t("Remove"), key=f"workshop-control-drop-{key}", type="tertiary", on_click=workshop_room.act,
                args=(room.code, workshop.remove, "control", key),
            )  # fmt: skip
    with st.form("control", clear_on_submit=True):
        kind, words = st.columns([1, 3])
        with kind:
            st.selectbox(t("Kind"), list(workshop.KINDS), format_func=lambda key: t(workshop.KINDS[key]), key="workshop-control-kind")
        with words:
            st.text_input(t("Control"), max_chars=200, key="workshop-control")
        st.form_submit_button(t("Add the control"), key="workshop-control-add", on_click=_add_control, args=(room.code, item.id))


def _add_control(code: str, item: int) -> None:
    workshop_room.act(code, workshop.add_control, item, st.session_state["workshop-control-kind"], st.session_state["workshop-control"])


def actions(room: Snapshot) -> None:
    """The actions to vote on, with a form for another."""
    t = text.translator()
    for action in room.actions:
        with st.container(horizontal=True, vertical_alignment="center", key=f"workshop-act-{action.id}"):
            about = next((f" · {text.plain(item.title)}" for item in room.items if item.id == action.item), "")
            st.markdown(f"**{text.plain(action.text)}**  \n{workshop_result.owned(action)}{about}")
            st.button(
                t("Remove"), key=f"workshop-action-drop-{action.id}", type="tertiary", on_click=workshop_room.act,
                args=(room.code, workshop.remove, "action", action.id),
            )  # fmt: skip
    with st.form("action", clear_on_submit=True):
        st.text_input(t("Action"), max_chars=200, key="workshop-action")
        owner, about, due = st.columns([2, 2, 1.2])
        with owner:
            st.text_input(t("Who answers for it"), max_chars=80, key="workshop-action-owner")
        with about:
            titles = {0: t("no single risk")} | {item.id: item.title for item in room.items}
            st.selectbox(t("About"), list(titles), format_func=titles.get, key="workshop-action-item")
        with due:
            st.date_input(t("By when"), value=None, min_value=dt.date.today(), key="workshop-action-due")
        st.form_submit_button(t("Add the action"), key="workshop-action-add", on_click=_add_action, args=(room.code,))


def _add_action(code: str) -> None:
    words, owner, due, item = (st.session_state[f"workshop-action{name}"] for name in ("", "-owner", "-due", "-item"))
    workshop_room.act(code, workshop.add_action, words, owner, due, item or None)


def record(room: Snapshot) -> None:
    """The result into the register."""
    t = text.translator()
    if room.recorded:
        st.success(t("The register holds this result: {when}.", when=t.datetime(room.recorded, st.context.timezone)), icon=":material/task_alt:")
        st.link_button(t("Open the register"), workshop_room.elsewhere("register", room=room.code), icon=":material/open_in_new:")
    else:
        st.button(
            t("Write it into the register"), type="primary", icon=":material/save:", key="workshop-record",
            on_click=workshop_room.act, args=(room.code, workshop_record.record),
        )  # fmt: skip


def another(room: Snapshot) -> None:
    """The way on: a second workshop in the same room."""
    t = text.translator()
    with st.expander(t("Another workshop in this room"), icon=":material/restart_alt:"), st.form("again", border=False):
        st.text_area(t("What is decided today?"), max_chars=600, key="workshop-again-question")
        st.form_submit_button(t("Begin another"), key="workshop-again", on_click=_again, args=(room.code,))
        st.caption(t("Everybody joins anew; what this one has written into the register stays."))


def _again(code: str) -> None:
    workshop_room.act(code, workshop.begin, st.session_state["workshop-again-question"])
