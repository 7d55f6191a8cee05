"""The register on the screen: risks as a dense table that sorts, or as cards where there is little room."""

import datetime as dt
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from genai_core.design import colour
from genai_core.governance import fields, selection
from genai_core.governance.rating import BANDS
from genai_core.governance.register import Risk
from genai_core.plots_register import TINTS
from pages.shared import text

STATIC = Path(__file__).parent / "static"
_table = st.components.v2.component(
    "genai_register",
    html='<div id="register" role="region" tabindex="0"></div>',
    css=(STATIC / "register.css").read_text(encoding="utf-8"),
    js=(STATIC / "register.js").read_text(encoding="utf-8"),
)


def show(risks: Sequence[Risk], opened: int | None, drafts: Sequence[int], *, key: str, total: int) -> int | None:
    """``total``: of the register, of which a filter may show fewer. Returns the number of the risk whose title was just clicked, else None."""
    t = text.translator()
    heads = (
        ("number", t("No."), False),
        ("title", t("Risk"), False),
        ("sector", t("Sector"), False),
        ("inherent", t("Inherent"), True),
        ("residual", t("Residual"), True),
        ("status", t("Status"), False),
        ("owner", t("Owner"), False),
        ("due", t("Due"), False),
        ("evidence", t("Evidence"), True),
        ("votes", t("Votes"), True),
    )
    dark = st.context.theme.type == "dark"
    data = {
        "name": key,
        "hues": {band: pair[dark] for band, pair in TINTS.items()},
        "late": colour("risk", dark),
        "label": t("Risks of the register: {n}", n=len(risks)),
        "none": t("No risk matches. Change the filter, or add one.")
        if total
        else t("Nothing here yet. Add a risk, start with a sector, or import a file."),
        "columns": [{"key": name, "title": title, "down": down} for name, title, down in heads],
        "rows": [_row(risk, risk.number == opened, risk.number in drafts, t) for risk in risks],
    }
    picked = _table(data=json.dumps(data).encode(), key=key, on_picked_change=lambda: None).picked
    return picked if type(picked) is int and any(risk.number == picked for risk in risks) else None


def _row(risk: Risk, opened: bool, draft: bool, t: Any) -> dict[str, Any]:
    values = risk.values
    late = selection.overdue(risk, dt.datetime.now(dt.UTC).date())
    notes = [
        t("not saved yet") if draft else "",
        t("above what is tolerated") if risk.beyond else "",
        t("overdue") if late else "",
    ]
    days = values["due"] or values["review"]
    return {
        "key": risk.number,
        "open": opened,
        "number": {"text": str(risk.number), "sort": risk.number},
        "title": {"text": risk.title, "note": " · ".join(filter(None, notes))},
        "sector": {"text": _choice("sector", values["sector"], t)},
        **{when: _band(risk, when, t) for when in ("inherent", "residual")},
        "status": {"text": _choice("status", values["status"], t), "sort": list(fields.STATUS).index(values["status"] or "open")},
        "owner": {"text": values["owner"]},
        "due": {"text": days, "mark": late},
        "evidence": {"text": str(len(values["evidence"]) or ""), "sort": len(values["evidence"])},
        "votes": {"text": str(values["votes_n"] or ""), "sort": values["votes_n"] or 0},
    }


def _band(risk: Risk, when: str, t: Any) -> dict[str, Any]:
    found = risk.band(when)
    if found is None:
        return {"text": "", "sort": -1}
    points = f"{risk.values[f'{when}_likelihood']}·{risk.values[f'{when}_impact']}"
    return {"text": f"{t(BANDS[found])} {points}", "band": found, "sort": list(BANDS).index(found)}


def _choice(name: str, value: str, t: Any) -> str:
    return t(fields.fields()[name].choices[value]) if value else ""
