"""What every light is made of: a history of metrics, a verdict, and how to say since when something is bad. Plain Python.

Detectors read the histories of metrics and their floors, and nothing else: no preset's name, no knob.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from genai_core.contracts import Scalar

History = Mapping[str, tuple[list[int], list[float]]]  # metric -> (steps, values), oldest first
Floors = Mapping[str, float]


@dataclass(frozen=True)
class Verdict:
    """Whether the light is on; if so, since which step, and the evidence as a message id with its parameters."""

    lit: bool
    evidence: str = ""
    params: Mapping[str, Scalar] = field(default_factory=dict)
    step: int | None = None


@dataclass(frozen=True)
class Detector:
    """A light. ``families`` are those whose runs it watches; ``needs`` the metrics of which it must see at least one."""

    key: str
    title: str
    explain: str
    detect: Callable[[History, Floors], Verdict]
    families: tuple[str, ...]
    needs: tuple[str, ...]

    def watches(self, family: str, history: History) -> bool:
        """Whether this light says anything about such a run yet."""
        return family in self.families and any(history.get(name, ((), ()))[0] for name in self.needs)


OFF = Verdict(False)
SPAN = 300  # steps a fault must last


def since(history: History, name: str, bad: Callable[[float], bool], least: int, span: int = SPAN) -> int | None:
    """The step since which nine in ten values of a metric are bad, if that lasts ``least`` values and ``span`` steps."""
    steps, values = history.get(name, ((), ()))
    count, first = 0, None
    for back, (step, value) in enumerate(zip(reversed(steps), reversed(values), strict=True), 1):
        count += bad(value)
        if bad(value) and count >= 0.9 * back:
            first = (step, back)
    if first is None or first[1] < least or steps[-1] - first[0] < span:
        return None
    return first[0]


def latest(history: History, name: str) -> float | None:
    """The last value of a metric, None where it has none."""
    values = history.get(name, ((), ()))[1]
    return values[-1] if values else None
