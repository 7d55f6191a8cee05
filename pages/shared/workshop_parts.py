"""Parts of the workshop that a facilitator and a participant share: where it stands, the ballot, the spread of votes, the result."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from genai_core.contracts import N_
from genai_core.design import colour
from genai_core.governance import agenda, rating
from genai_core.governance.ballots import Mine
from genai_core.governance.spread import Spread
from genai_core.governance.workshop import KINDS
from genai_core.governance.workshop_watch import FEW, Item, Snapshot
from pages.shared import text

STATIC = Path(__file__).parent / "static"
SCALES = {"likelihood": N_("How likely?"), "impact": N_("How bad?")}
MOST_VOTES = 40  # that one message of a browser may hold


def _read(name: str) -> str:
    return (STATIC / name).read_text(encoding="utf-8")


_stage = st.components.v2.component(
    "genai_stage",
    html='<div id="stage"><ol></ol><div class="time"><div class="clock"></div><div class="box"></div></div></div>',
    css=_read("stage.css"),
    js=_read("stage.js"),
)
_ballot = st.components.v2.component(
    "genai_ballot", html='<div id="ballot"></div>', css=_read("ballot.css"), js=_read("ballot.js")
)
_spread = st.components.v2.component(
    "genai_spread", html='<div id="spread"></div>', css=_read("spread.css"), js=_read("spread.js")
)


def stage(seen: Snapshot, elapsed: float) -> None:
    """The phases, the one that is on, and its time box. ``elapsed``: seconds since it began."""
    t = text.translator()
    name = f"{seen.id}:{seen.phase}:{seen.since}"
    started = st.session_state.get("workshop clock", ("", 0.0))
    if started[0] != name:  # the browser counts on from here, so that the same bytes are sent until the phase changes
        started = st.session_state["workshop clock"] = (name, elapsed)
    data = {
        "id": name,
        "steps": [t(phase.title) for phase in agenda.PHASES],
        "at": agenda.ORDER.index(seen.phase),
        "label": t("The phases of the workshop"),
        "box": 0 if seen.phase == "close" else agenda.seconds(seen.phase, seen.minutes),
        "elapsed": round(started[1]),
        "words": {"left": t("left for this phase"), "over": t("over its time; nothing is forced")},
    }
    _stage(data=json.dumps(data).encode(), key="workshop-stage")


def ballot(seen: Snapshot, mine: Mine, turn: int, cast: Callable[[], None], key: str) -> None:
    """One risk at a time on two anchored scales. ``cast`` is called when the browser has sent votes (see ``votes``)."""
    t = text.translator()
    saved: dict[str, dict[str, int]] = {str(item.id): {} for item in seen.items}
    for (scored, item, name), value in mine.scores.items():
        if scored == turn and str(item) in saved:
            saved[str(item)][name] = value or 0
    data = {
        "turn": turn,
        "name": key,
        "open": seen.turn == turn,
        "items": [{"id": item.id, "title": item.title, "detail": _detail(item, turn)} for item in seen.items],
        "scales": [
            {"key": name, "title": t(SCALES[name]), "anchors": [[t(anchor.name), t(anchor.text)] for anchor in anchors.values()]}
            for name, anchors in rating.SCALES.items()
        ],
        "saved": saved,
        "words": {
            "of": t("Risk {n} of {total}", n="%1", total="%2"),
            "next": t("Next risk"),
            "back": t("Back"),
            "abstain": t("I cannot say"),
            "saving": t("Saving …"),
            "saved": t("Saved. Nobody sees it before the reveal."),
            "all": t("All scored and saved. You can change your mind until the reveal."),
            "closed": t("This round has been shown: scores stay as they are."),
        },
    }
    _ballot(data=json.dumps(data).encode(), key=key, on_votes_change=cast)


def _detail(item: Item, turn: int) -> str:
    """What is said below a risk: in the last round its controls."""
    t = text.translator()
    said = [t("{kind}: {text}", kind=t(KINDS[kind]), text=words) for _, kind, words in item.controls] if turn == 3 else []
    return " · ".join([*([item.detail] if item.detail else []), *said])


def few(seen: Snapshot) -> str:
    """Said to a participant where the spread will show who said what although no name is on it; "" where it will not."""
    t = text.translator()
    if seen.few == "people":
        return t("Fewer than {n} people are in this room: once the spread is shown, the others may tell which score is yours.", n=FEW)
    if seen.few == "votes":
        return t("So far fewer than {n} have scored: were the spread shown now, the others might tell which score is yours.", n=FEW)
    return ""


def votes(sent: Any) -> tuple[int, dict[int, dict[str, int | None]]]:
    """Round and votes as a ballot hands them over; (0, {}) for whatever else a browser may send."""
    turn, values = (sent.get("turn"), sent.get("values")) if isinstance(sent, dict) else (None, None)
    if type(turn) is not int or turn not in agenda.ROUNDS or not isinstance(values, dict) or len(values) > MOST_VOTES:
        return 0, {}
    found: dict[int, dict[str, int | None]] = {}
    for item, row in values.items():
        fits = isinstance(item, str) and item.isascii() and item.isdecimal() and len(item) < 10 and isinstance(row, dict)
        if not fits or not all(name in rating.SCALES and type(value) is int and 0 <= value <= 5 for name, value in row.items()):
            return 0, {}
        found[int(item)] = {name: value or None for name, value in row.items()}
    return turn, found


def says(found: Spread) -> str:
    """The spread in a sentence."""
    t = text.translator()
    if found.median is None or found.low is None or found.high is None:
        return t("Nobody scored this.")
    words = t(
        "Median {median}; the middle half from {low} to {high}; {n} votes.",
        median=t.number(found.median), low=t.number(found.low), high=t.number(found.high), n=found.n,
    )  # fmt: skip
    return f"{words} {t('{n} could not say.', n=found.abstained)}" if found.abstained else words


def invites(found: Spread) -> str:
    """Who is asked to speak first, "" where nobody lies far out."""
    t = text.translator()
    if found.above and found.below:
        return t("{above} far above and {below} far below: speak first, if you like.", above=found.above, below=found.below)
    if found.above:
        return t("{n} far above: speak first, if you like.", n=found.above)
    return t("{n} far below: speak first, if you like.", n=found.below) if found.below else ""


def spread(now: Mapping[str, Spread], earlier: Mapping[str, Spread] | None, key: str, tall: str = "15rem") -> None:
    """Both dimensions side by side; ``earlier``: the round before, as a dashed outline."""
    t = text.translator()
    data = {
        "panels": [
            {
                "title": t(SCALES[name]),
                "counts": found.counts,
                "earlier": earlier[name].counts if earlier else None,
                "median": found.median,
                "low": found.low,
                "high": found.high,
                "says": says(found),
                "note": " ".join(filter(None, (invites(found), t("Dashed: the round before.") if earlier else ""))),
                "anchors": [t(anchor.name) for anchor in rating.SCALES[name].values()],
            }
            for name, found in now.items()
        ],
        "tall": tall,
        "hue": colour("training", st.context.theme.type == "dark"),
    }
    _spread(data=json.dumps(data).encode(), key=key)


def scales() -> None:
    """What the points of both scales mean."""
    t = text.translator()
    for column, (name, anchors) in zip(st.columns(2, gap="large"), rating.SCALES.items(), strict=True):
        with column:
            st.markdown(f"**{t(SCALES[name])}**")
            st.markdown("\n".join(f"{point}. **{t(anchor.name)}**: {t(anchor.text)}" for point, anchor in anchors.items()))


def of_round(item: Item, turn: int) -> dict[str, Spread]:
    """Both spreads of a revealed round, {} where nobody voted in it."""
    found = {name: item.spreads[turn, name] for name in rating.SCALES if (turn, name) in item.spreads}
    return found if any(one.n for one in found.values()) else {}


def latest(item: Item, upto: int) -> tuple[int, dict[str, Spread]]:
    """The last revealed round up to ``upto`` in which anybody voted, and its spreads; (0, {}) where there is none."""
    return next(((turn, found) for turn in range(upto, 0, -1) if (found := of_round(item, turn))), (0, {}))
