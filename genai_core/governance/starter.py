"""Risks to begin with, for each application sector, in both languages; TOML in ``starter/``. A proposal to argue with, no assessment."""

from __future__ import annotations

import dataclasses
import functools
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from genai_core.governance.fields import SECTORS, Evidence
from genai_core.governance.register import Risk
from genai_core.i18n import DEFAULT

FOLDER = Path(__file__).parent / "starter"


@functools.cache
def sectors() -> tuple[str, ...]:
    """The sectors that have a set, in the order of the field."""
    return tuple(sector for sector in SECTORS if (FOLDER / f"{sector}.toml").is_file())


def experiments(sector: str) -> tuple[str, ...]:
    """The experiments whose cards are evidence in a sector's set, each once."""
    return tuple(dict.fromkeys(key for row in _rows(sector) for key in row["evidence"]))


def drafts(sector: str, language: str, cards: Mapping[str, Evidence]) -> list[tuple[str, dict[str, Any]]]:
    """(key, draft) of each risk of a set, as ``register.add_all`` takes them; the key makes a second click add nothing.

    ``cards``: what the lab has measured, by experiment; a risk whose experiment has no card comes without.
    """
    return [(f"starter:{sector}:{row['key']}", _draft(row, sector, language, cards)) for row in _rows(sector)]


def told(risk: Risk, language: str) -> Risk:
    """A risk as a reader of a language sees it: a text of a set that nobody has edited, in that language, whoever added it; what somebody
    wrote, as it was written."""
    begin, _, rest = risk.key.partition(":")
    sector, _, key = rest.partition(":")
    row = next((row for row in _rows(sector) if row["key"] == key), None) if begin == "starter" and sector in sectors() else None
    if row is None or language not in row:
        return risk
    texts = [words for words in row.values() if isinstance(words, dict)]
    ours = {name: words for name, words in row[language].items() if any(risk.values[name] == other.get(name) for other in texts)}
    return dataclasses.replace(risk, values={**risk.values, **ours})


@functools.cache
def _rows(sector: str) -> tuple[Mapping[str, Any], ...]:
    return tuple(tomllib.loads((FOLDER / f"{sector}.toml").read_text("utf-8"))["risk"])


def _draft(row: Mapping[str, Any], sector: str, language: str, cards: Mapping[str, Evidence]) -> dict[str, Any]:
    plain = {name: value for name, value in row.items() if not isinstance(value, dict)}
    del plain["key"]
    for when in ("inherent", "residual"):
        plain[f"{when}_likelihood"], plain[f"{when}_impact"] = plain.pop(when)
    fixed = {"sector": sector, "status": "open", "effectiveness": "untested"}
    evidence = [cards[key] for key in plain.pop("evidence") if key in cards]
    return {**fixed, **plain, **row.get(language, row[DEFAULT]), "evidence": evidence}
