"""What the pages read of runs: immutable snapshots, each run read at most once a second however many watch. Torch-free."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from genai_core.runs.store import Run, RunRecord, Store, parse_record, resolve
from genai_core.watching import Entry, Watching

MAX_POINTS = 2000
MOST_LINES = 2 * MAX_POINTS  # of a run's history that are held; a run that lasts an hour writes several times as many


@dataclass(frozen=True)
class Snapshot:
    """A run as it stood when it was read. ``columns``: name -> (steps, values), at most 2,000 points each, NaN where a value
    was not finite. ``frames``: the steps that have one. Shared between viewers: not to be changed."""

    record: RunRecord
    columns: Mapping[str, tuple[list[int], list[float]]]
    frames: tuple[int, ...]
    report: Mapping[str, Any] | None


@dataclass
class _Entry(Entry):
    raw: bytes = b""
    run: Run | None = None
    segment: int = 0
    lines: list[dict[str, Any]] = field(default_factory=list)


class Watcher(Watching[_Entry]):
    """Snapshots of a store's runs, read incrementally: only segments that are new, and nothing where run.json stands still."""

    def __init__(self, store: Store, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(_Entry, clock)
        self.store = store

    def snapshot(self, run_id: str) -> Snapshot:
        """The run as it stood at most a second ago. RunError where there is none, or its record cannot be read."""
        return self._look(run_id)

    def _read(self, run_id: str, entry: _Entry, at: float) -> None:
        run = entry.run or self.store.open(run_id)
        raw = run.raw_record()
        entry.run = run
        if entry.snapshot is not None and raw == entry.raw:
            return
        record = parse_record(raw)
        new = run.segments(after=entry.segment)
        if new:
            entry.segment = new[-1][0]
            entry.lines = resolve(entry.lines + [_slim(line) for _, lines in new for line in lines])
            if len(entry.lines) > MOST_LINES:
                entry.lines = sparse(entry.lines, MAX_POINTS)
        report = run.report()
        entry.snapshot = Snapshot(
            record, columns(entry.lines), tuple(run.frames()), None if report is None else MappingProxyType(report)
        )
        entry.raw = raw


def _slim(line: dict[str, Any]) -> dict[str, Any]:
    """A line with the names that all lines share as one string each: parsed, every line has its own, most of its memory."""
    return {
        sys.intern(name): {sys.intern(n): v for n, v in value.items()} if name == "values" else value
        for name, value in line.items()
        if name != "total"
    }


def columns(events: list[dict[str, Any]], most: int = MAX_POINTS) -> Mapping[str, tuple[list[int], list[float]]]:
    """Events as one curve a name, thinned to at most ``most`` points, the first and the last among them."""
    found: dict[str, tuple[list[int], list[float]]] = {}
    for event in events:
        for name, value in event["values"].items():
            steps, values = found.setdefault(name, ([], []))
            steps.append(event["step"])
            values.append(math.nan if value is None else value)
    return MappingProxyType({name: (thin(steps, most), thin(values, most)) for name, (steps, values) in found.items()})


def sparse(events: list[dict[str, Any]], most: int) -> list[dict[str, Any]]:
    """About ``most`` events, the first of each of so many stretches of steps, and the last; and every evaluation, which tells
    more than the losses do. Done again as a history grows, it keeps the beginning as well as the end."""
    if len(events) <= most:
        return events
    losses = min((len(event["values"]) for event in events if event["values"]), default=0)  # some events bring none
    first, last = events[0]["step"], events[-1]["step"]
    kept, stretch = [], -1
    for event in events:
        place = (event["step"] - first) * most // max(1, last - first)
        if place != stretch or len(event["values"]) > losses or event is events[-1]:
            kept.append(event)
        stretch = place
    return kept


def thin(items: list[Any], most: int) -> list[Any]:
    """At most ``most`` items, evenly spaced, the first and the last among them."""
    if len(items) <= most:
        return items
    return [items[round(i * (len(items) - 1) / (most - 1))] for i in range(most)]
