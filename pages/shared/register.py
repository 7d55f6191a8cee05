"""The risk register: a room's table, its heat map, and the risk that is open beside them."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from genai_core import plots_register
from genai_core.governance import drafts, fields, rating, selection, starter, values
from genai_core.governance import register as core
from genai_core.governance.places import Room, now
from genai_core.governance.register import Risk
from genai_core.governance.selection import Filter
from pages.shared import (
    bench,
    chrome,
    register_cards,
    register_files,
    register_form,
    register_table,
    room,
    services,
    text,
    url,
)


def show() -> None:
    t = text.translator()
    chrome.title(t("Risk register"), t("What could go wrong, how sure we are, and what we do about it: kept by the room that decides."))
    here = room.current()
    room.forgetful()
    if here is None:
        room.entrance()
        _example()
        return
    _room(here)


def _room(here: Room) -> None:
    t = text.translator()
    found = room.risks(here.code)
    last = max((risk.changed for risk in found), default=None)
    note = t.n("{n} risk", "{n} risks", len(found))
    room.bar(here, note + (" · " + t("last change {when}", when=t.datetime(last, st.context.timezone)) if last else ""))
    with st.container(horizontal=True, key="register-tools"):
        st.button(t("Add a risk"), icon=":material/add:", type="primary", key="add-risk", on_click=register_form.open_risk, args=(drafts.NEW,))
        _starters(here, found)
        register_files.show(here, found)
    with chrome.errors():
        _whole(here, found)


def _whole(here: Room, found: Sequence[Risk]) -> None:
    opened = register_form.opened()
    mine = drafts.mine(services.database(), here.code, bench.owner()) if bench.owner() else []
    listed = _filtered(found)
    left, right = st.columns([1.25, 1] if opened is not None else [1.6, 1], gap="medium")
    with left:
        picked = register_table.show(listed, opened, mine, key=f"register-{here.code}", total=len(found))
        if picked is not None:
            register_form.open_risk(picked)
            st.rerun()
        if opened is not None:
            with st.container(key="heat-beside"):
                _heat(listed)
    with right:
        if opened is None:
            _heat(listed)
        else:
            register_form.show(here, found, opened)
    _scales()


def _example() -> None:
    """A register to look at, made of the sets to begin with: the page never opens empty."""
    t = text.translator()
    sector = url.choice("sector", starter.sectors(), "medicine")
    st.subheader(t("An example to look at"), anchor=False)
    st.caption(t("Proposals for one sector, with what the lab has measured as evidence. Make a room to argue with them; nothing here is kept."))
    found = example(sector, text.language(), register_cards.shipped(starter.experiments(sector)))
    opened = register_form.opened()
    listed = _filtered(found, default=sector)
    left, right = st.columns([1.6, 1] if opened is None else [1.25, 1], gap="medium")
    with left:
        picked = register_table.show(listed, opened, (), key=f"example-{sector}", total=len(found))
        if picked is not None:
            register_form.open_risk(picked)
            st.rerun()
    with right:
        shown = next((risk for risk in found if risk.number == opened), None)
        if shown is None:
            _heat(listed)
        else:
            register_form.read(shown)
    _scales()


def example(sector: str, language: str, cards: Any) -> list[Risk]:
    rows = starter.drafts(sector, language, cards)
    return [Risk(number, 1, values.checked(draft), now(), now(), "") for number, (_, draft) in enumerate(rows, 1)]


def _filtered(found: Sequence[Risk], default: str = "") -> list[Risk]:
    """The filter's row; what is chosen is in the link, what is typed is not."""
    t = text.translator()
    sectors = list(starter.sectors()) if default else ["", *fields.SECTORS]
    bands = {band: t(name) for band, name in reversed(rating.BANDS.items())}
    bands |= {"beyond": t("Above what is tolerated"), "none": t("Not rated")}
    with st.container(horizontal=True, key="register-filter"):
        words = st.text_input(
            t("Search"), key="register-search", max_chars=80, placeholder=t("Search"), label_visibility="collapsed",
            icon=":material/search:", width=220,
        )  # fmt: skip
        sector = _select("sector", t("Every sector"), sectors, {k: t(v) for k, v in fields.SECTORS.items()}, default)
        status = _select("status", t("Every status"), ["", *fields.STATUS], {k: t(v) for k, v in fields.STATUS.items()})
        band = _select("band", t("Every band"), ["", *bands], bands)
    if default and sector != url.choice("sector", sectors, default):
        st.rerun()
    return selection.chosen(found, Filter(sector, status, band, words), t)


def _select(name: str, every: str, options: list[str], names: dict[str, str], default: str = "") -> str:
    asked = url.choice(name, options, default)
    chosen = st.selectbox(
        every, options, index=options.index(asked), format_func=lambda key: names.get(key, every), key=f"filter-{name}:{default}:{text.language()}",
        label_visibility="collapsed", width=210,
    )  # fmt: skip
    url.keep(name, chosen, default)
    return chosen


def _heat(listed: Sequence[Risk]) -> None:
    t = text.translator()
    names = {"inherent": t("Inherent"), "residual": t("Residual")}
    asked = url.choice("rating", list(names), "inherent")
    when = st.segmented_control(
        t("Rating"), list(names), default=asked, format_func=names.get, key="heat-when", required=True, label_visibility="collapsed"
    )  # fmt: skip
    url.keep("rating", when or asked, "inherent")
    found = plots_register.cells(listed, when or asked)
    figure = plots_register.heat(found, t, dark=st.context.theme.type == "dark")
    alt = plots_register.alt(found, len(listed), t)
    st.plotly_chart(figure, key="heat", config={"displayModeBar": False}, alt=alt)
    st.caption(t(rating.CAVEAT) + " " + t("[The paper]({url})", url=rating.COX))


def _scales() -> None:
    """What each point means, so that two people mean the same by it."""
    t = text.translator()
    with st.expander(t("What the points mean"), icon=":material/straighten:", key="scales", on_change="rerun") as box:
        if not box.open:
            return
        for column, (name, scale) in zip(
            st.columns(2, gap="large"), ((t("Likelihood"), rating.LIKELIHOOD), (t("Impact"), rating.IMPACT)), strict=True
        ):
            column.markdown(f"**{name}**  \n" + "  \n".join(f"**{n} · {t(anchor.name)}** — {t(anchor.text)}" for n, anchor in scale.items()))


def _starters(here: Room, found: Sequence[Risk]) -> None:
    """One click adds a sector's set; a second one adds nothing."""
    t = text.translator()
    with st.popover(t("Start with a sector"), icon=":material/library_add:", key="starters", on_change="rerun") as box:
        if not box.open:
            return
        st.caption(t("Five proposals each, to argue with. What is there already is not added again."))
        there = {risk.key for risk in found}
        for sector in starter.sectors():
            keys = [key for key, _ in starter.drafts(sector, text.language(), {})]
            left = sum(key not in there for key in keys)
            label = t(fields.SECTORS[sector]) + (f" ({left})" if left else " ✓")
            if st.button(label, key=f"starter-{sector}", width="stretch", type="secondary" if left else "tertiary") and left:
                with chrome.errors():
                    cards = register_cards.shipped(starter.experiments(sector))
                    core.add_all(services.database(), here.code, starter.drafts(sector, text.language(), cards), room.editor())
                    st.rerun()
