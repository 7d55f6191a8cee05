"""The result of a workshop, as the large screen and the phones show it: bands before and with controls, votes, dissent, actions."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from genai_core.governance import rating, workshop_record
from genai_core.governance.spread import Spread, cautious
from genai_core.governance.workshop_watch import Snapshot
from pages.shared import text


def show(room: Snapshot) -> None:
    t = text.translator()
    for place, item in enumerate(room.items):
        before, after = workshop_record.final(item)
        with st.container(border=True, key=f"result-{item.id}"):
            words, first, second = st.columns([1.8, 1, 1])
            with words:
                st.subheader(f"{place + 1} · {text.plain(item.title)}", anchor=False)
                for dissent in item.dissents:
                    st.markdown(f"**{t('Dissent')}** · {text.plain(dissent)}")
            for column, name, found in ((first, t("Before controls"), before), (second, t("With controls"), after)):
                with column:
                    _band(name, found)
    st.caption(
        t("In brackets the middle half of the votes. A band is looked up from two medians, never computed: no mean is taken, nothing is multiplied.")
    )
    if room.actions:
        st.subheader(t("Actions"), anchor=False)
        for action in room.actions:
            with st.container(border=True):
                dots = action.dots or 0
                st.markdown(f"**{text.plain(action.text)}** · {owned(action)}")
                st.markdown(f"{'●' * min(dots, 60)} **{t.n('{n} dot', '{n} dots', dots)}**")


def _band(name: str, found: Mapping[str, Spread]) -> None:
    t = text.translator()
    st.caption(name)
    points = [cautious(found[key]) if key in found else None for key in rating.SCALES]
    band = rating.band(*points)
    if band is None:
        st.markdown(t("not scored"))
        return
    st.subheader(t(rating.BANDS[band]), anchor=False)
    st.markdown(f"{t('Likelihood')} {short(found['likelihood'])}  \n{t('Impact')} {short(found['impact'])}")
    st.caption(t.n("{n} vote", "{n} votes", min(one.n for one in found.values())))


def short(found: Spread) -> str:
    """The median, and in brackets the middle half."""
    t = text.translator()
    if found.median is None or found.low is None or found.high is None:
        return "–"
    return t("{median} ({low} to {high})", median=t.number(found.median), low=t.number(found.low), high=t.number(found.high))


def owned(action: Any) -> str:
    """Who answers for an action, and by when."""
    t = text.translator()
    owner = text.plain(action.owner)
    return t("{owner}, by {day}", owner=owner, day=t.date(action.due)) if action.due else t("{owner}, no date", owner=owner)
