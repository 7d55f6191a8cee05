"""A risk to read: what is filled in, and who changed what and when."""

from typing import Any

import streamlit as st

from genai_core.contracts import N_
from genai_core.governance import fields, rating, values
from genai_core.governance import register as core
from genai_core.governance.fields import Field
from genai_core.governance.places import Room
from genai_core.governance.register import Risk
from genai_core.governance.workshop_record import WHO
from pages.shared import register_cards, register_fields, services, text

KINDS = {
    "added": N_("added"),
    "changed": N_("changed"),
    "removed": N_("removed"),
    "decided": N_("decided by the room"),
    "replaced": N_("replaced by an import"),
}


def said(field: Field, value: Any) -> str:
    """A value in the reader's language, safe in Markdown."""
    t = text.translator()
    if value in (None, "", (), []):
        return "–"
    if field.kind == "choice":
        return text.plain(register_fields.choice(field, value)) if value in field.choices else text.plain(str(value))
    if field.kind == "many":
        return text.plain(t("; ").join(register_fields.choice(field, one) for one in value if one in field.choices))
    if field.kind == "scale":
        return f"{value} · {t(rating.SCALES[field.scale][value].name)}"
    if field.kind == "half":
        return str(t.number(value, 2))
    if field.kind == "evidence":
        names = [part["title"] if isinstance(part, dict) else part.title for part in value]
        return text.plain(t("; ").join(names))
    return text.plain(str(value)).replace("\n", "  \n")


def show(risk: Risk) -> None:
    """Everything that is filled in, in the order of the form; evidence as cards."""
    t = text.translator()
    lines = []
    for when, name in (("inherent", t("Inherent")), ("residual", t("Residual"))):
        band = risk.band(when)
        pair = [said(fields.fields()[f"{when}_{what}"], risk.values[f"{when}_{what}"]) for what in ("likelihood", "impact")]
        lines.append(f"{name}: **{t(rating.BANDS[band])}** ({pair[0]} × {pair[1]})" if band else f"{name}: {t('not rated')}")
    st.markdown("  \n".join(lines))
    if risk.beyond:
        st.markdown(f":material/priority_high: {t('Above what is tolerated: the highest tolerated band is {band}.', band=_tolerated(risk))}")
    for group, title in fields.GROUPS.items():
        here = [field for field in fields.fields().values() if field.group == group and field.kind != "scale" and field.name != "title"]
        filled = [field for field in here if risk.values[field.name] != field.empty]
        if not filled:
            continue
        if group == "evidence":
            for place, card in enumerate(risk.values["evidence"]):
                register_cards.show(card, f"view-{place}")
            continue
        st.markdown(f"###### {t(title)}")
        st.markdown("  \n".join(f"**{t(field.label)}** · {said(field, risk.values[field.name])}" for field in filled))


def _tolerated(risk: Risk) -> str:
    return text.translator()(rating.BANDS[risk.values["tolerance"]])


def by(who: str) -> str:
    """Who changed it, as Markdown; what a workshop has written is said in the reader's language."""
    t = text.translator()
    return t("Workshop") if who == WHO else text.plain(who) if who else t("somebody")


def history(here: Room, number: int) -> None:
    """Newest first: who, when, and each field before and after."""
    t = text.translator()
    changes = core.history(services.database(), here.code, number)
    every = fields.fields()
    for change in changes:
        st.markdown(f"**{t.datetime(change.at, st.context.timezone)}** · {by(change.who)} · {t(KINDS[change.kind])}")
        before, after = values.plain(change.before), values.plain(change.after)
        names = [name for name in every if name in before or name in after]
        if change.kind == "added":
            st.caption(t("Filled in: {fields}", fields=text.plain(t(", ").join(t(every[name].label) for name in names))))
            continue
        st.markdown(
            "\n".join(
                f"- {t(every[name].label)}: {said(every[name], before.get(name))} → {said(every[name], after.get(name))}" for name in names
            )
        )
    if not changes:
        st.caption(t("Nothing is written down of it."))
