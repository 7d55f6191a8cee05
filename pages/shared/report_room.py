"""What a room adds to the report: its register, how it scored, and the laws, in the words of the report's language."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import streamlit as st

from genai_core.governance import fields, frameworks, laws, places, rating, register, starter, workshop_watch
from genai_core.governance.fields import Evidence, Field
from genai_core.governance.register import Risk
from genai_core.governance.workshop_watch import Item
from pages.shared import chrome, services, text
from pages.shared import laws as law_page
from pages.shared import room as rooms

PARTS = ("register", "workshop", "laws")


def choose() -> dict[str, Any]:
    """Which room, and which of its parts: the code, and the names of what is ticked."""
    t = text.translator()
    here = rooms.current()
    if here is None:
        _door()
    else:
        st.markdown(f"**{t('Room: {room}', room=text.plain(here.title))}** · `{here.code}`")
    names = {"register": t("Risk register"), "workshop": t("How the room scored"), "laws": t("Laws and frameworks")}
    offered = [part for part in PARTS if here is not None or part == "laws"]
    kept = [part for part in offered if st.checkbox(names[part], value=True, key=f"report-part-{part}")]
    return {"code": here.code if here else "", "parts": kept}


def _door() -> None:
    t = text.translator()
    with st.form("report-door", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        label = t("Code of a room, where there is one")
        code = st.text_input(label, max_chars=12, key="report-code", autocomplete="off", width=230)
        if st.form_submit_button(t("Enter"), icon=":material/login:", key="report-enter") and code:
            with chrome.errors():
                rooms.open_room(places.enter(services.database(), code).code)
                st.rerun()


def worded(room: Mapping[str, Any], t: Any) -> dict[str, Any]:
    """What was chosen, as ``report.sections`` takes it. ``t``: the translator of the report."""
    parts, made = room.get("parts", ()), {}
    if room.get("code") and "register" in parts:
        made["register"] = _register(room["code"], t)
    if room.get("code") and "workshop" in parts:
        made["workshop"] = _workshop(room["code"], t)
    if "laws" in parts:
        made["laws"] = _laws(dt.datetime.now(dt.UTC).date(), t)
    return made


# --- the register ----------------------------------------------------------------------------------------------------


def _register(code: str, t: Any) -> dict[str, Any]:
    found = [starter.told(risk, t.language) for risk in register.risks(services.database(), code)]
    order = list(rating.BANDS)
    return {
        "room": workshop_watch.read(services.database(), code).title,
        "risks": [_risk(risk, t) for risk in found],
        "bands": [[order.index(band) for band in row] for row in rating.MATRIX],
        "axes": [t("Likelihood"), t("Impact")],
    }


def _risk(risk: Risk, t: Any) -> dict[str, Any]:
    values = risk.values
    when = "residual" if risk.band("residual") else "inherent"
    pair = [values[f"{when}_likelihood"], values[f"{when}_impact"]]
    told = [field for field in fields.fields().values() if field.name != "title" and values[field.name] != field.empty]
    return {
        "number": risk.number,
        "title": risk.title,
        "inherent": _band(risk, "inherent", t),
        "residual": _band(risk, "residual", t),
        "owner": values["owner"],
        "due": values["due"],
        "at": pair if all(pair) else None,
        "facts": [[t(field.label), _value(field, values[field.name], t)] for field in told],
    }


def _band(risk: Risk, when: str, t: Any) -> str:
    found = risk.band(when)
    return t(rating.BANDS[found]) if found else "–"


def _value(field: Field, value: Any, t: Any) -> str:
    if field.kind == "scale":
        return f"{value} · {t(rating.SCALES[field.scale][value].name)}"
    if field.kind == "choice":
        return _choice(field, value, t)
    if field.kind == "many":
        return t("; ").join(_choice(field, one, t) for one in value)
    if field.kind == "evidence":
        return "\n".join(_evidence(one, t) for one in value)
    return t.number(value, 2) if field.kind == "half" else str(value)


def _choice(field: Field, one: str, t: Any) -> str:
    """A choice by its name in the report's language; entries of frameworks have their own."""
    book = {"nist": "nist", "mit": "mit"}.get(field.name) or (one.partition(":")[0] if field.name == "legal" else "")
    if book in frameworks():
        found = frameworks()[book]
        name = found.name(one.rpartition(":")[2], t.language)
        return f"{found.heading(t.language)}: {name}"
    return t(field.choices[one]) if one in field.choices else one


def _evidence(one: Evidence, t: Any) -> str:
    def figure(value: float, low: float | None, high: float | None) -> str:
        return t.number(value, 2) if low is None or high is None else f"{t.number(value, 2)} ({t.number(low, 2)} – {t.number(high, 2)})"

    effect = figure(one.value, one.low, one.high)
    control = figure(one.control_value, one.control_low, one.control_high)
    return t("{title}, run {run}: {metric} {effect}; {control} {figure}", title=t(one.title), run=one.run, metric=t(one.metric), effect=effect,
             control=t(one.control), figure=control)  # fmt: skip


# --- the workshop ----------------------------------------------------------------------------------------------------


def _workshop(code: str, t: Any) -> dict[str, Any] | None:
    """The last workshop of the room as far as it has been shown; None where none has shown anything."""
    seen = workshop_watch.read(services.database(), code)
    items = [_item(item, t) for item in seen.items]
    if not seen.id or not any(item["scales"] for item in items):
        return None
    actions = [[a.text, a.owner, a.due.isoformat() if a.due else "", "–" if a.dots is None else a.dots] for a in seen.actions]
    people = max(n for item in seen.items for n in (0, *item.voted.values()))  # who scored, not who joined
    return {"question": seen.question, "people": people, "items": items, "actions": actions}


def _item(item: Item, t: Any) -> dict[str, Any]:
    names = {"likelihood": t("Likelihood"), "impact": t("Impact")}
    scales = []
    for (turn, dimension), spread in sorted(item.spreads.items()):
        if spread.median is not None:
            name = t("{name}, round {n}", name=names[dimension], n=turn)
            scales.append({"name": name, "counts": list(spread.counts), "median": spread.median, "spread": spread.width})
    return {"title": item.title, "scales": scales, "dissent": list(item.dissents)}


# --- the laws --------------------------------------------------------------------------------------------------------


def _laws(today: dt.date, t: Any) -> list[dict[str, str]]:
    def words(found: Mapping[str, str]) -> str:
        return found.get(t.language, found["en"])

    rows = []
    for dated in laws.laws(today):
        for item in dated.items:
            since = item.provision.since
            rows.append(
                {
                    "instrument": words(dated.law.title),
                    "article": words(item.provision.article),
                    "text": words(item.provision.says),
                    "state": law_page.named(dated.law, item, t),
                    "since": since.isoformat() if since else "",
                    "as_of": dated.law.as_of.isoformat() + (f"\n{t('read long ago: check again')}" if dated.stale else ""),
                    "source": words(dated.law.source),
                }
            )
    return rows
