"""One run's folder, to read: record, events, frames, report, weights. Torch-free."""

from __future__ import annotations

import json
import re
from typing import Any

from genai_core.contracts import N_
from genai_core.errors import RunError
from genai_core.runs import weights
from genai_core.runs.files import LocalFiles, RemoteFiles
from genai_core.runs.record import RunRecord, is_natural, is_real, or_none, parse_record

NO_FRAME = N_("Run {id} has no frame at step {step}.")
_SEGMENT = re.compile(r"([0-9]{6,9})\.jsonl")
_FRAME = re.compile(r"([0-9]{6}|[1-9][0-9]{6,8})\.(webp|txt)")


class Run:
    """A run folder, to read. Whatever is missing or unreadable in it is left out; only a missing record is an error."""

    def __init__(self, files: LocalFiles | RemoteFiles, folder: str, shipped: bool = False) -> None:
        self.files = files
        self.folder = folder
        self.shipped = shipped

    def path(self, name: str) -> str:
        return f"{self.folder}/{name}" if self.folder else name

    def raw_record(self) -> bytes:
        """run.json as it stands. RunError where it is not there."""
        try:
            return self.files.read(self.path("run.json"))
        except FileNotFoundError as error:
            raise RunError(
                N_("There is no run {id} here. It may have been deleted to make room."), id=self.folder or "-"
            ) from error

    def record(self) -> RunRecord:
        return parse_record(self.raw_record())

    def segments(self, after: int = 0) -> list[tuple[int, list[dict[str, Any]]]]:
        """Event segments with a number above ``after``, as (number, lines), lines as they were written."""
        found = []
        for name in self.files.names(self.path("events")):
            if (match := _SEGMENT.fullmatch(name)) and int(match[1]) > after:
                try:
                    found.append((int(match[1]), parse_events(self.files.read(self.path(f"events/{name}")))))
                except FileNotFoundError:
                    continue
        return sorted(found, key=lambda item: item[0])

    def events(self, after: int = 0) -> list[dict[str, Any]]:
        """The history, {"step", "total", "values"} each, without what a resume took back. None stands for a value that
        was not a finite number."""
        return resolve([line for _, lines in self.segments(after) for line in lines])

    def frames(self) -> list[int]:
        """The steps that have a frame, a picture or a text, in order."""
        return sorted({int(m[1]) for name in self.files.names(self.path("frames")) if (m := _FRAME.fullmatch(name))})

    def frame(self, step: int) -> bytes:
        """The picture of a step as WebP. RunError where there is none."""
        return self._read(f"frames/{int(step):06d}.webp", NO_FRAME, step=step)

    def text(self, step: int) -> str:
        """The text of a step, for a run whose frames are texts. RunError where there is none."""
        return self._read(f"frames/{int(step):06d}.txt", NO_FRAME, step=step).decode("utf-8", "replace")

    def drop_frame(self, step: int) -> None:
        """Remove what was shown at a step, of either kind."""
        for kind in ("webp", "txt"):
            self.files.remove(self.path(f"frames/{int(step):06d}.{kind}"))

    def report(self) -> dict[str, Any] | None:
        """report.json, None before the end."""
        try:
            found = json.loads(self.files.read(self.path("report.json")))
        except (FileNotFoundError, ValueError):
            return None
        return found if isinstance(found, dict) else None

    def weights(self) -> bytes:
        """The latest checkpoint, safetensors. RunError where there is none."""
        return self._read("weights.safetensors", N_("Run {id} has no weights yet."))

    def checkpoint(self) -> dict[str, Any] | None:
        """What the latest checkpoint says of itself (step, kind, ...), None where there is none. Reads its header alone."""
        path = self.path("weights.safetensors")
        try:
            length = weights.header_length(self.files.read(path, 0, 8))
            raw = self.files.read(path, 8, 8 + length)
        except FileNotFoundError:
            return None
        return weights.read_meta(weights.check_header(raw)[1])

    def size(self) -> int:
        """Bytes on disk."""
        return self.files.size(self.folder)

    def _read(self, name: str, message: str, **params: Any) -> bytes:
        try:
            return self.files.read(self.path(name))
        except FileNotFoundError as error:
            raise RunError(message, id=self.folder or self.record().id, **params) from error


def parse_events(raw: bytes) -> list[dict[str, Any]]:
    """The well-formed lines of a segment: {"resume": step} or {"step", "total", "values"}."""
    lines = []
    for text in raw.decode("utf-8", "replace").splitlines():
        try:
            line = json.loads(text)
        except (ValueError, RecursionError):
            continue
        if isinstance(line, dict) and (is_natural(line.get("resume")) if "resume" in line else _is_event(line)):
            lines.append(line)
    return lines


def _is_event(line: dict[str, Any]) -> bool:
    values = line.get("values")
    if not is_natural(line.get("step")) or not or_none(is_natural)(line.get("total")) or not isinstance(values, dict):
        return False
    return len(values) <= 100 and all(len(k) <= 100 and (v is None or is_real(v)) for k, v in values.items())


def resolve(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Events as they count: a resume takes back what came after its step."""
    events: list[dict[str, Any]] = []
    for line in lines:
        if "resume" in line:
            while events and events[-1]["step"] > line["resume"]:
                events.pop()
        else:
            events.append(line)
    return events
