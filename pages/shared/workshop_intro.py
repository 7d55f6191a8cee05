"""The workshop's page without a room: what it is in a minute, two ways in, and what comes out, with simulated people."""

import streamlit as st

from genai_core.contracts import N_
from genai_core.governance import agenda, places, simulated, workshop
from pages.shared import text, workshop_parts, workshop_room

STEPS = (
    (
        ":material/visibility_off:", N_("Score in silence"),
        N_("Each on a phone, on scales whose points are spelled out. Nobody sees a score, the facilitator neither."),
    ),
    (
        ":material/equalizer:", N_("See the spread"),
        N_("The large screen shows how the votes lie: the median, the middle half, and how many lie far out. No mean."),
    ),
    (
        ":material/forum:", N_("Talk, then again"),
        N_("Whoever lies far out speaks first, if they like. Then everybody scores once more, and may attach a dissent."),
    ),
    (
        ":material/task_alt:", N_("Act"),
        N_("Controls, what is left of the risk, a dot vote on actions with owner and date. The register takes the result."),
    ),
)  # fmt: skip


def show() -> None:
    t = text.translator()
    workshop_room.complain()
    with st.container(key="workshop-intro"):
        for place, (icon, title, words) in zip(st.columns(4, gap="medium"), STEPS, strict=True):
            with place:
                st.markdown(f"### {icon} {t(title)}")
                st.markdown(t(words))
    join, lead = st.columns([1, 1.6], gap="large")
    with join, st.container(border=True, height="stretch"):
        _join(t)
    with lead, st.container(border=True, height="stretch"):
        _open(t)
    _sample(t)


def _join(t) -> None:
    st.subheader(t("Join with a code"), anchor=False)
    with st.form("code", border=False):
        st.text_input(t("Code of the room"), max_chars=12, key="workshop-join-code")
        st.form_submit_button(t("Join"), width="stretch", on_click=_enter, key="workshop-enter")
    st.caption(t("Eight letters and digits, on the large screen. Or scan the QR code there."))


def _enter() -> None:
    if code := places.tidy(st.session_state["workshop-join-code"]):
        st.query_params["room"] = code[: places.LENGTH + 1]


def _open(t) -> None:
    st.subheader(t("Open a room"), anchor=False)
    with st.form("open", border=False):
        st.text_input(
            t("What is decided today?"), max_chars=600, key="workshop-open-question",
            placeholder=t("May the help desk answer with a language model?"),
        )  # fmt: skip
        name, pin, minutes = st.columns([2, 1, 1])
        with name:
            st.text_input(t("Name of the room"), max_chars=places.TITLE, key="workshop-open-name")
        with pin:
            st.text_input(t("PIN, four to eight digits"), type="password", max_chars=8, key="workshop-open-pin")
        with minutes:
            st.selectbox(t("Minutes"), agenda.LENGTHS, index=agenda.LENGTHS.index(agenda.WHOLE), key="workshop-open-minutes")
        st.form_submit_button(t("Open the room"), type="primary", on_click=_make, key="workshop-open")
    st.caption(t("You lead it on this device. The PIN, which cannot be read back, leads it on another. The register has the same code."))


def _make() -> None:
    """A room, led by this browser, with its workshop begun. A second click finds the link set, and does nothing."""
    if "room" in st.query_params:
        return
    name, pin, question, minutes = (st.session_state[f"workshop-open-{part}"] for part in ("name", "pin", "question", "minutes"))
    made: list[str] = []

    def make(database, _, token) -> None:
        workshop.bounded(question, 600)
        made.append(places.make(database, name, pin).code)
        workshop.lead(database, made[0], pin, token)
        workshop.begin(database, made[0], token, question, minutes)

    if workshop_room.act("", make):
        st.query_params["room"] = made[0]


def _sample(t) -> None:
    st.subheader(t("What comes out, with simulated people"), anchor=False)
    before, after = simulated.rounds()
    st.caption(
        t(
            "**Simulated:** {n} invented participants drawn by a fixed rule, no finding about anybody. A third of them has seen it happen, and "
            "speaks in between. Dashed: before the discussion.",
            n=simulated.PEOPLE,
        )
    )
    st.markdown(f"**{t('A customer is told something false, and acts on it')}**")
    workshop_parts.spread(after, before, "sample-spread", "12rem")
    with st.expander(t("The ninety minutes")):
        for phase in agenda.PHASES:
            st.markdown(f"**{t(phase.title)}** · {t('{n} min', n=phase.minutes)} · {t(phase.lead)}")
        st.caption(
            t(
                "Pre-mortem: Klein, Harvard Business Review, September 2007. Likelihood and impact are bands, not factors: "
                "Cox 2008, Risk Analysis 28:497. Both read about on 23 November 2026."
            )
        )
