"""The fields of a risk, each declared once: form, checks, import and export come from here (``values.py`` checks). Torch-free.

The core is NIST IR 8286's register; the additions are those of this project's facts. A value is text (""), a whole number or None,
a tuple of choices, or a tuple of :class:`Evidence`.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from genai_core.contracts import N_
from genai_core.governance import frameworks, rating

Kind = Literal["line", "text", "choice", "many", "scale", "number", "half", "date", "evidence"]
Value = Any  # str | int | float | None | tuple[str, ...] | tuple[Evidence, ...]
MOST_EVIDENCE = 8
ANNEX = r"A\.(10|[2-9])(\.[0-9]{1,2}){0,2}"


@dataclass(frozen=True)
class Evidence:
    """What an experiment of the lab measured, as it goes into a register. ``run``: the spec's hash; ``seeds``: of trained models."""

    experiment: str
    title: str
    run: str
    seed: int
    seeds: int
    model: str
    metric: str
    value: float
    low: float | None
    high: float | None
    control: str
    control_value: float
    control_low: float | None
    control_high: float | None
    shown: bool
    passed: bool
    live: bool = False


@dataclass(frozen=True)
class Field:
    """``limit``: characters of a text, the highest of a number. ``choices``: key -> name, in English, for "choice" and "many"."""

    name: str
    group: str
    label: str
    kind: Kind = "line"
    limit: int = 120
    help: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)
    required: bool = False
    pattern: str = ""
    scale: str = ""

    @property
    def empty(self) -> Value:
        return {"many": (), "evidence": ()}.get(self.kind, None if self.kind in ("scale", "number", "half") else "")


GROUPS = {
    "describe": N_("Describe"),
    "classify": N_("Classify"),
    "rate": N_("Rate"),
    "respond": N_("Respond"),
    "evidence": N_("Evidence"),
    "decide": N_("Decide"),
}
SECTORS = {
    "art": N_("Art and entertainment"),
    "marketing": N_("Marketing and advertising"),
    "medicine": N_("Medicine and health"),
    "games": N_("Games and virtual worlds"),
    "education": N_("Education"),
    "other": N_("Another sector"),
}
STATUS = {"open": N_("Still open"), "treating": N_("Being treated"), "watching": N_("Watched"), "closed": N_("Closed")}
RESPONSES = {"accept": N_("Accept"), "avoid": N_("Avoid"), "transfer": N_("Transfer"), "mitigate": N_("Mitigate")}
CATEGORIES = {
    "copyright": N_("Copyright"),
    "privacy": N_("Privacy"),
    "misinformation": N_("Misinformation"),
    "ethics": N_("Ethics and society"),
    "security": N_("Security"),
    "safety": N_("Safety and health"),
    "quality": N_("Quality and reliability"),
    "environment": N_("Environment"),
    "organisation": N_("Organisation and literacy"),
}
STAGES = {
    "plan": N_("Plan and design"),
    "data": N_("Collect and process data"),
    "build": N_("Build and train the model"),
    "verify": N_("Verify and validate"),
    "deploy": N_("Deploy and use"),
    "operate": N_("Operate and monitor"),
    "retire": N_("Retire"),
}
CONTROL_KINDS = {"preventive": N_("Preventive"), "detective": N_("Detective"), "corrective": N_("Corrective")}
EFFECTS = {
    "untested": N_("Not tested"),
    "none": N_("No effect found"),
    "partly": N_("Partly effective"),
    "largely": N_("Largely effective"),
    "fully": N_("Effective, with evidence"),
}
ENTITIES = {"human": N_("A human"), "ai": N_("An AI system"), "other": N_("Other or unclear")}
INTENTS = {"intended": N_("Intended"), "unintended": N_("Unintended"), "other": N_("Not specified")}
TIMINGS = {"before": N_("Before deployment"), "after": N_("After deployment"), "other": N_("At any time")}
DECISIONS = {
    "pending": N_("Not decided"),
    "go": N_("Go ahead"),
    "conditions": N_("Go ahead with conditions"),
    "stop": N_("Stop"),
    "escalate": N_("Escalate"),
}


def _of(*keys: str) -> Mapping[str, str]:
    """Entries of frameworks as choices, ``key:entry`` where there are several."""
    books = frameworks()
    if len(keys) == 1:
        return books[keys[0]].entries
    return {f"{key}:{entry}": f"{books[key].title}: {name}" for key in keys for entry, name in books[key].entries.items()}


@functools.cache
def fields() -> Mapping[str, Field]:
    """Every field by name, in the order of the form and of a file."""
    rate = {
        f"{when}_{what}": Field(f"{when}_{what}", "rate", label, "scale", 5, scale=what)
        for when, what, label in (
            ("inherent", "likelihood", N_("Inherent likelihood")),
            ("inherent", "impact", N_("Inherent impact")),
            ("residual", "likelihood", N_("Residual likelihood")),
            ("residual", "impact", N_("Residual impact")),
        )
    }
    every = (
        Field("title", "describe", N_("Title"), "line", 120, N_("A few words by which the room knows it."), required=True),
        Field("priority", "describe", N_("Priority"), "number", 999, N_("1 comes first.")),
        Field("description", "describe", N_("Description"), "text", 2000),
        Field("cause", "describe", N_("Cause"), "text", 800, N_("What makes it possible.")),
        Field("event", "describe", N_("Event"), "text", 800, N_("What would happen.")),
        Field("consequence", "describe", N_("Consequence"), "text", 800, N_("What follows, and for whom.")),
        Field("affected", "describe", N_("Affected groups"), "text", 400, N_("Who bears the consequence, users or not.")),
        Field("sector", "classify", N_("Application sector"), "choice", choices=SECTORS),
        Field("category", "classify", N_("Category"), "choice", choices=CATEGORIES),
        Field("stage", "classify", N_("Stage of the lifecycle"), "choice", choices=STAGES),
        Field("nist", "classify", N_("Risks of NIST AI 600-1"), "many", choices=_of("nist")),
        Field("mit", "classify", N_("Subdomain of the MIT AI Risk Repository"), "choice", choices=_of("mit")),
        Field("entity", "classify", N_("Caused by"), "choice", choices=ENTITIES, help=N_("With the next two: the causal triple of MIT.")),
        Field("intent", "classify", N_("Intent"), "choice", choices=INTENTS),
        Field("timing", "classify", N_("Timing"), "choice", choices=TIMINGS),
        Field("legal", "classify", N_("Legal references"), "many", choices=_of("eu", "cn"), help=N_("Pointers for a lawyer, no legal advice.")),
        Field("legal_other", "classify", N_("Other legal references"), "line", 300),
        Field("legal_as_of", "classify", N_("Legal references as of"), "date", help=N_("Left empty: the day of this app's facts.")),
        *rate.values(),
        Field("tolerance", "rate", N_("Highest band tolerated"), "choice", choices=rating.BANDS),
        Field("trigger", "rate", N_("Trigger"), "text", 400, N_("What would make the room look at this risk again at once.")),
        Field("response", "respond", N_("Response"), "choice", choices=RESPONSES),
        Field("response_text", "respond", N_("Description of the response"), "text", 1200),
        Field("cost", "respond", N_("Cost of the response"), "line", 80, N_("With its currency or unit.")),
        Field("owner", "respond", N_("Owner"), "line", 80, N_("Who answers for it. A role is enough.")),
        Field("status", "respond", N_("Status"), "choice", choices=STATUS),
        Field("control", "respond", N_("Control measure"), "text", 1200),
        Field("control_kind", "respond", N_("Kind of control measure"), "many", choices=CONTROL_KINDS),
        Field("iso42001", "respond", N_("ISO/IEC 42001 Annex A reference"), "line", 12, N_("A.2 to A.10, such as A.7.4."), pattern=ANNEX),
        Field("effectiveness", "respond", N_("Effectiveness of the measure"), "choice", choices=EFFECTS),
        Field("evidence", "evidence", N_("Evidence"), "evidence", MOST_EVIDENCE),
        Field("votes_n", "decide", N_("Number of votes"), "number", 1000),
        Field("votes_likelihood", "decide", N_("Median vote on likelihood"), "half", 5),
        Field("votes_likelihood_spread", "decide", N_("Spread of votes on likelihood"), "half", 4, N_("Interquartile range, in points.")),
        Field("votes_impact", "decide", N_("Median vote on impact"), "half", 5),
        Field("votes_impact_spread", "decide", N_("Spread of votes on impact"), "half", 4, N_("Interquartile range, in points.")),
        Field("decision", "decide", N_("Decision"), "choice", choices=DECISIONS),
        Field("approver", "decide", N_("Approver"), "line", 80),
        Field("dissent", "decide", N_("Dissent"), "text", 1200, N_("Who saw it otherwise, and why: in their words.")),
        Field("due", "decide", N_("Due"), "date"),
        Field("review", "decide", N_("Next review"), "date"),
    )  # fmt: skip
    return MappingProxyType({one.name: one for one in every})
