"""From the register to the workshop and back: its risks to be scored, and the result with median, spread and dissent. Torch-free."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from genai_core.contracts import N_
from genai_core.errors import RoomError
from genai_core.governance import places, register, workshop_watch
from genai_core.governance.database import Database
from genai_core.governance.places import Clock, now
from genai_core.governance.rating import SCALES
from genai_core.governance.register import Risk, Votes
from genai_core.governance.spread import Spread
from genai_core.governance.tables import workshop_items, workshops
from genai_core.governance.workshop import KINDS, add_item, led
from genai_core.governance.workshop_watch import Action, Item

WHO = "workshop"
MOST_DISSENT, MOST_TEXT = 1200, 1200  # characters, as the register's fields


def take(database: Database, code: str, token: str, numbers: Sequence[int], clock: Clock = now) -> None:
    """Risks of the room's register, by number, onto the list to be scored."""
    known = {risk.number: risk for risk in register.risks(database, code)}
    for number in numbers:
        if number in known:
            add_item(database, code, token, known[number].title, detail(known[number]), number, clock)


def detail(risk: Risk) -> str:
    """What a phone says below the title of a risk: cause, event and consequence, else its description."""
    parts = [str(risk.values[name]).strip() for name in ("cause", "event", "consequence")]
    return " ".join(filter(None, parts)) or str(risk.values["description"])


def record(database: Database, code: str, token: str, clock: Clock = now) -> int:
    """Write the result into the room's register; how many risks it took. A risk that was typed in becomes one of the register.

    Done again it changes nothing. A risk on which nobody scored a dimension is left out. The rating before controls is written last,
    so that the register's median and spread are those of the round that had the discussion.
    """
    room = places.tidy(code)
    with database.write() as c:
        workshop = led(c, room, token, clock)
        if workshop.phase != "close":
            raise RoomError(N_("The result is written once the workshop has come to its close."))
    seen = workshop_watch.read(database, room)
    known = {risk.number for risk in register.risks(database, room)}
    written = 0
    for item in seen.items:
        before, after = final(item)
        if not (_whole(before) or _whole(after)):
            continue
        key = f"{WHO}:{seen.id}:{item.id}"
        number = item.risk if item.risk in known else _added(database, room, item, key)
        if _whole(after):
            register.decide(database, room, number, _votes(after, "residual", controls(item)), f"{key}:residual", WHO, clock)
        if _whole(before):
            more = responses([action for action in seen.actions if action.item == item.id])
            votes = _votes(before, "inherent", more, dissent(item))
            register.decide(database, room, number, votes, f"{key}:inherent", WHO, clock)
        written += 1
    with database.write() as c:
        c.execute(sa.update(workshops).where(workshops.c.id == seen.id).values(recorded=clock()))
    return written


def final(item: Item) -> tuple[Mapping[str, Spread], Mapping[str, Spread]]:
    """The spreads before controls (of the second round, else of the first) and with them; {} where nobody voted."""
    rounds = {turn: {name: item.spreads[turn, name] for name in SCALES if (turn, name) in item.spreads} for turn in (1, 2, 3)}
    voted = {turn: found for turn, found in rounds.items() if any(one.n for one in found.values())}
    return voted.get(2) or voted.get(1) or {}, voted.get(3, {})


def _whole(found: Mapping[str, Spread]) -> bool:
    return bool(found) and all(one.n for one in found.values())


def _votes(found: Mapping[str, Spread], rating: str, more: Mapping[str, Any], words: str = "") -> Votes:
    """``n`` is that of the dimension with fewer votes: some abstain on one alone."""
    likelihood, impact = found["likelihood"], found["impact"]
    numbers = (likelihood.median, likelihood.width, impact.median, impact.width)
    return Votes(min(likelihood.n, impact.n), *(float(x or 0) for x in numbers), dissent=words, rating=rating, more=more)


def _added(database: Database, room: str, item: Item, key: str) -> int:
    number = register.add(database, room, {"title": item.title, "description": item.detail}, key, WHO).number
    with database.write() as c:
        c.execute(sa.update(workshop_items).where(workshop_items.c.id == item.id).values(risk=number))
    return number


def dissent(item: Item) -> str:
    """Every dissent on a line of its own, as many as the register's field holds."""
    return _fitting([f"– {words}" for words in item.dissents], MOST_DISSENT)


def controls(item: Item) -> dict[str, Any]:
    """The controls as fields of the register; nothing where there are none."""
    if not item.controls:
        return {}
    kinds = [kind for kind in KINDS if any(kind == has for _, has, _ in item.controls)]
    return {"control": _fitting([f"– {words}" for _, _, words in item.controls], MOST_TEXT), "control_kind": kinds}


def responses(actions: Sequence[Action]) -> dict[str, Any]:
    """The actions of a risk as fields of the register: who answers and by when is that of the action with most dots."""
    if not actions:
        return {}
    lines = [f"– {a.text} ({a.owner}{f', {a.due.isoformat()}' if a.due else ''}; {'●' * min(a.dots or 0, 20)}{a.dots or 0})" for a in actions]
    first = actions[0]
    found = {"response_text": _fitting(lines, MOST_TEXT), "owner": first.owner, "due": first.due.isoformat() if first.due else None}
    return {name: value for name, value in found.items() if value}


def _fitting(lines: Sequence[str], most: int) -> str:
    kept = ""
    for place, line in enumerate(lines):
        rest = f"\n(+{len(lines) - place})"
        if len(kept) + len(line) + 1 + len(rest) > most:
            return kept + rest
        kept += f"\n{line}" if kept else line
    return kept

