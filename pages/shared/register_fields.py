"""The fields of one part of a risk as widgets, built from their declarations. Each keeps what it was given at once."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import streamlit as st

from genai_core.errors import RoomError
from genai_core.governance import drafts, fields, rating, values
from genai_core.governance.fields import Evidence, Field
from genai_core.governance.places import Room
from pages.shared import bench, lab, register_cards, services, text
from pages.shared import fields as applications

LONG = ("text", "many", "evidence")
COMPLAINT = "register complaint"
FAR = dt.date(2100, 1, 1)


def anew(code: str, number: int) -> None:
    """Forget what the widgets of a risk hold: they begin again at what is saved."""
    st.session_state[_round(code, number)] = st.session_state.get(_round(code, number), 0) + 1


def _round(code: str, number: int) -> str:
    return f"round:{code}:{number}"


def show(here: Room, number: int, version: int, part: str, held: Mapping[str, Any]) -> None:
    """``held``: every field, as JSON has it, with what is not saved yet on top."""
    base = f"{here.code}:{number}:{version}:{st.session_state.get(_round(here.code, number), 0)}:{text.language()}"
    pair: list[Any] = []
    for field in fields.fields().values():
        if field.group != part:
            continue
        if field.kind in LONG or field.name == "title":
            pair = []
            place = st.container()
        else:
            pair = pair or list(st.columns(2, gap="small"))
            place = pair.pop(0)
        with place:
            _field(here, number, version, field, held[field.name], f"{field.name}:{base}")
    if part == "rate":
        _bands(held)


def _field(here: Room, number: int, version: int, field: Field, value: Any, key: str) -> None:
    t = text.translator()
    label, tip = t(field.label), t(field.help) if field.help else None
    to: dict[str, Any] = {"key": key, "help": tip, "on_change": _touched, "args": (here.code, number, version, field.name, key)}
    if field.kind == "evidence":
        _evidence(here, number, version, value)
    elif field.kind == "line":
        st.text_input(label, value, max_chars=field.limit, autocomplete="off", **to)
    elif field.kind == "text":
        st.text_area(label, value, max_chars=field.limit, height=76, **to)
    elif field.kind == "choice":
        options = ["", *field.choices]
        at = options.index(value) if value in options else 0
        st.selectbox(label, options, index=at, format_func=lambda one: _name(field, one), **to)
    elif field.kind == "many":
        held = [one for one in value if one in field.choices]
        st.multiselect(label, list(field.choices), held, format_func=lambda one: _name(field, one), placeholder=t("Choose"), **to)
    elif field.kind == "scale":
        scale = rating.SCALES[field.scale]
        options = [None, *rating.POINTS]
        st.selectbox(
            label, options, index=options.index(value), format_func=lambda n: f"{n} · {t(scale[n].name)}" if n else "–", **to
        )  # fmt: skip
        if value:
            st.caption(t(scale[value].text))
    elif field.kind == "date":
        st.date_input(label, _day(value), min_value=dt.date(2000, 1, 1), max_value=FAR, format="YYYY-MM-DD", **to)
    elif field.kind == "half":
        st.number_input(label, 0.0, float(field.limit), value, step=0.25, **to)
    else:
        st.number_input(label, 1, field.limit, value, step=1, **to)


def _name(field: Field, one: str) -> str:
    return choice(field, one) if one else "–"


def choice(field: Field, one: str) -> str:
    """A choice in the reader's language: an entry of a framework by its own name there."""
    t = text.translator()
    book = {"nist": "nist", "mit": "mit"}.get(field.name) or (one.partition(":")[0] if field.name == "legal" else "")
    if not book:
        return t(field.choices[one])
    found, language = fields.frameworks()[book], text.language()
    if field.name == "legal":
        name = found.name(one.partition(":")[2], language)
        return name if book == "cn" else f"{found.heading(language)} {name}"
    return found.name(one, language)


def _day(value: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(value) if value else None
    except ValueError:
        return None


def _touched(code: str, number: int, version: int, name: str, key: str) -> None:
    value = st.session_state[key]
    value = value.isoformat() if isinstance(value, dt.date) else value
    keep(code, number, version, name, fields.fields()[name].empty if value is None else value)


def keep(code: str, number: int, version: int, name: str, value: Any) -> None:
    """Into the draft; what it cannot take is said on the next run."""
    try:
        drafts.keep(services.database(), code, bench.owner(), number, version, {name: value})
    except RoomError as error:
        st.session_state[COMPLAINT] = error


def _bands(held: Mapping[str, Any]) -> None:
    """What the pairs come to, at once."""
    t = text.translator()
    names = {"inherent": t("Inherent"), "residual": t("Residual")}
    found = {name: rating.band(held[f"{when}_likelihood"], held[f"{when}_impact"]) for when, name in names.items()}
    st.markdown(" · ".join(f"{name}: **{t(rating.BANDS[band]) if band else t('not rated')}**" for name, band in found.items()))
    st.caption(t(rating.CAVEAT))


# --- evidence --------------------------------------------------------------------------------------------------------


def _evidence(here: Room, number: int, version: int, held: Any) -> None:
    """The cards that are attached, and those that the lab could give."""
    t = text.translator()
    cards = [card if isinstance(card, Evidence) else Evidence(**card) for card in held]
    if not cards:
        st.caption(t("No evidence yet. Every page of the risk lab has a button that sends its card here; or choose one below."))
    for place, card in enumerate(cards):
        register_cards.show(card, f"{number}-{place}")
        rest = values.plain({"evidence": tuple(cards[:place] + cards[place + 1 :])})["evidence"]
        st.button(
            t("Take off"), key=f"evidence-off-{place}", icon=":material/link_off:", type="tertiary", on_click=keep,
            args=(here.code, number, version, "evidence", rest),
        )  # fmt: skip
    has = {card.experiment for card in cards}
    free = {place.key: place for place in (*lab.shown(), *applications.shown()) if place.key not in has and services.shipped(place.key)}
    if free and len(cards) < fields.MOST_EVIDENCE:
        with st.container(horizontal=True, vertical_alignment="bottom"):
            key = st.selectbox(t("A card of the lab"), list(free), format_func=lambda one: t(free[one].title), key="evidence-free", width=280)
            st.button(t("Attach"), key="evidence-on", icon=":material/add_link:", on_click=_attach, args=(here.code, number, version, cards, key))


def _attach(code: str, number: int, version: int, cards: list[Evidence], key: str) -> None:
    more = tuple(register_cards.shipped([key]).values())
    keep(code, number, version, "evidence", values.plain({"evidence": (*cards, *more)})["evidence"])
