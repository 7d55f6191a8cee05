"""Which risks of a register somebody looks at. Torch-free."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from genai_core.governance.fields import fields
from genai_core.governance.rating import BANDS
from genai_core.governance.register import Risk


@dataclass(frozen=True)
class Filter:
    """Each empty where it asks for nothing. ``band``: of the residual rating, or of the inherent one where there is none; "none": not
    rated; "beyond": above what is tolerated. ``words``: all of them, in any text of the risk, whatever their case."""

    sector: str = ""
    status: str = ""
    band: str = ""
    words: str = ""


def now_band(risk: Risk) -> str:
    """The band that counts: residual, else inherent, else "none"."""
    return risk.band("residual") or risk.band() or "none"


def chosen(risks: Sequence[Risk], asked: Filter, t: Callable[..., str]) -> list[Risk]:
    """The risks that a filter lets through, the worst first, then by priority and number."""
    order = ["none", *BANDS]
    wanted = asked.words.casefold().split()
    found = [
        risk
        for risk in risks
        if (not asked.sector or risk.values["sector"] == asked.sector)
        and (not asked.status or risk.values["status"] == asked.status)
        and (not asked.band or (risk.beyond if asked.band == "beyond" else now_band(risk) == asked.band))
        and (not wanted or all(word in _words(risk, t) for word in wanted))
    ]
    return sorted(found, key=lambda risk: (-order.index(now_band(risk)), risk.values["priority"] or 1000, risk.number))


def overdue(risk: Risk, today: dt.date) -> bool:
    """Whether something was due, or to be looked at again, before today, and the risk is not closed."""
    days = [risk.values[name] for name in ("due", "review") if risk.values[name]]
    return risk.values["status"] != "closed" and any(day < today.isoformat() for day in days)


def _words(risk: Risk, t: Callable[..., str]) -> str:
    """Every text of a risk, choices by their names in the reader's language."""
    parts = [f"#{risk.number}"]
    for name, field in fields().items():
        value = risk.values[name]
        if field.kind in ("line", "text"):
            parts.append(value)
        elif field.kind == "choice" and value:
            parts.append(t(field.choices[value]))
        elif field.kind == "evidence":
            parts += [f"{card.title} {card.experiment} {card.run}" for card in value]
    return " ".join(parts).casefold()
