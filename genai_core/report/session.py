"""A session's report from what the web process names: runs and cards by id, what a room decided and the laws as JSON.

Answered by the look worker, as ``look("report", …)``: a PDF takes a second and some memory, which the pages are to keep.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from genai_core import evidence, i18n
from genai_core.contracts import N_
from genai_core.errors import ConfigError, UserError
from genai_core.report import Block, Document, Heading, Text, html, pdf, sections
from genai_core.runs.store import Store

MOST_RUNS, MOST_CARDS, MOST_LAWS = 24, 24, 80
KINDS = {"pdf": pdf.render, "html": html.render}
Catalogue = Mapping[str, Mapping[str, Any]]


def document(
    store: Store, catalogue: Catalogue, language: str, title: str, made: str, runs: Sequence[str], cards: Sequence[str], room: Mapping[str, Any]
) -> Document:
    """The report. ``room`` may hold ``register``, ``workshop`` and ``laws``, as :mod:`sections` takes them. A run that has gone, or is
    private, is named as left out; the report is made without it."""
    t = i18n.translator(language)
    blocks: list[Block] = []
    left_out: list[str] = []
    shown = [part for run_id in list(runs)[:MOST_RUNS] for part in _run(store, catalogue, run_id, t, left_out)]
    if shown:
        blocks += [Heading(t("What was shown")), *shown]
    found = [part for run_id in list(cards)[:MOST_CARDS] for part in _card(store, catalogue, run_id, t, language, left_out)]
    if found:
        blocks += [Heading(t("Evidence")), *found]
    if room.get("register"):
        blocks += [Heading(t("Risk register")), *sections.register(room["register"], t)]
    if room.get("workshop"):
        blocks += [Heading(t("How the room scored")), *sections.workshop(room["workshop"], t)]
    if room.get("laws"):
        blocks += [Heading(t("Laws and frameworks")), *sections.laws(room["laws"][:MOST_LAWS], t)]
    if left_out:
        blocks += [Heading(t("Left out")), *(Text(words) for words in left_out)]
    if not blocks:
        raise ConfigError(N_("There is nothing to report yet. Look at a run or an experiment, or name a room, then try again."))
    lead = t("Every number comes from a run with a seed and a spec, or carries its source. Small models on small data; no compliance finding.")
    foot = t("GenAI in the Balance · {title}", title=title) if title else t("GenAI in the Balance")
    return Document(title or t("What we looked at, and what we decided"), made, language, (Text(lead, "lead"), *blocks), foot)


def _run(store: Store, catalogue: Catalogue, run_id: str, t: Any, left_out: list[str]) -> list[Block]:
    try:
        run = store.open(run_id)
        if not run.record().private:
            return sections.run(run, catalogue["models"], catalogue["datasets"], t)
        left_out.append(t("Run {run} is private.", run=run_id))
    except UserError as error:
        left_out.append(t(error.message, **error.params))
    return []


def _card(store: Store, catalogue: Catalogue, run_id: str, t: Any, language: str, left_out: list[str]) -> list[Block]:
    try:
        run = store.open(run_id)
        record, report = run.record(), run.report() or {}
        entry = catalogue["risks"].get(record.spec.plugin) or catalogue["applications"].get(record.spec.plugin)
        if entry is not None and not record.private:
            return sections.card(evidence.card(record, report, entry), report, t, language)
        left_out.append(t("Run {run} is private.", run=run_id) if entry else t("Run {run} is of no experiment of this version.", run=run_id))
    except UserError as error:
        left_out.append(t(error.message, **error.params))
    return []


def look(store: Store, params: Mapping[str, Any], files: Mapping[str, np.ndarray]) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """``params``: kind (pdf or html), language, title, made, runs, cards. ``files``: ``room``, UTF-8 JSON. Answers with the bytes as
    ``report``."""
    from genai_core import registry

    kind, language = str(params.get("kind", "pdf")), str(params.get("language", i18n.DEFAULT))
    if kind not in KINDS or language not in i18n.languages():
        raise ConfigError(N_("A report is a PDF or a page (HTML), in a language of this app."))
    try:
        room = json.loads(files["room"].tobytes()) if "room" in files else {}
    except ValueError as error:
        raise ConfigError(N_("What the room decided could not be read.")) from error
    names = [[str(run_id)[:40] for run_id in params.get(name, [])] for name in ("runs", "cards")]
    made = str(params.get("made") or dt.datetime.now(dt.UTC).date().isoformat())[:80]
    found = document(store, registry.catalogue(), language, str(params.get("title", ""))[:120], made, *names, room)
    return {"kind": kind}, {"report": np.frombuffer(KINDS[kind](found), np.uint8)}
