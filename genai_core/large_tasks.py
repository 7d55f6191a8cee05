"""What a large model is asked for on three pages, and the checks that its answers must pass: a tune, names, problems. Torch-free.

An answer is somebody else's: its form is checked here, and its content by what the page uses for its own models.
"""

from __future__ import annotations

import operator
import re
from dataclasses import dataclass

from genai_core.contracts import N_
from genai_core.errors import EndpointError
from genai_core.large_model import listed

LOW, HIGH, LENGTHS = 60, 79, (1, 2, 3, 4, 6, 8)  # MIDI pitches and eighths of a soprano
NOTES = (8, 48)
NAMES, LONGEST_NAME = 10, 14
PROBLEMS, LONGEST_PROBLEM = 8, 240

TUNE = (
    "You write melodies for a soprano, in the manner of a chorale. Answer with nothing but a JSON list of pairs [MIDI pitch, length in "
    f"eighths]. Use 16 to 32 pairs, pitches from {LOW} to {HIGH}, lengths 1, 2, 3, 4, 6 or 8."
)
BRANDS = (
    f"You invent brand names. Answer with nothing but a JSON list of {NAMES} strings, each one word of at most {LONGEST_NAME} letters from a to z. "
    "Do not use names of companies that exist."
)
SUMS = (
    "You write word problems for children, each solved by a single addition, subtraction or multiplication of whole numbers below 100. Answer "
    f"with nothing but a JSON list of {PROBLEMS} objects with the keys question (in the language named LANGUAGE), expression (such as 12 + 7) and "
    "answer (a whole number)."
)
FORM = N_("The large model did not answer in the form that it was asked for. Try again.")
OPERATIONS = {"+": operator.add, "-": operator.sub, "−": operator.sub, "*": operator.mul, "×": operator.mul, "x": operator.mul}
EXPRESSION = re.compile(r"\s*(\d{1,3})\s*([-+*×x−])\s*(\d{1,3})\s*(?:=\s*\d{1,6}\s*)?")


def tune(answer: str) -> list[list[int]]:
    """A melody as pairs of MIDI pitch and length in eighths. EndpointError where a pair is none, or lies outside a soprano's."""
    pairs = listed(answer, NOTES[1])
    whole = all(isinstance(pair, list) and len(pair) == 2 and all(type(value) is int for value in pair) for pair in pairs)
    if not whole or len(pairs) < NOTES[0] or any(not LOW <= pitch <= HIGH or length not in LENGTHS for pitch, length in pairs):
        raise EndpointError(FORM)
    return pairs


def names(answer: str) -> list[str]:
    """Different names in order, as they were written. EndpointError where none of them is one word of a few letters."""
    found = (str(name).strip() for name in listed(answer, 2 * NAMES) if isinstance(name, str))
    kept = list(dict.fromkeys(name for name in found if re.fullmatch(rf"[A-Za-zÀ-ÿ'-]{{2,{LONGEST_NAME}}}", name)))[:NAMES]
    if not kept:
        raise EndpointError(FORM)
    return kept


def left_out(answer: str, kept: int, most: int) -> int:
    """How many of the first ``most`` items in an answer were not kept: not of the form, or there already."""
    return max(0, len(listed(answer, most)) - kept)


@dataclass(frozen=True)
class Sum:
    """A word problem with what the model says it comes to, and what its own expression comes to."""

    question: str
    expression: str
    said: int
    true: int

    @property
    def right(self) -> bool:
        return self.said == self.true


def sums(answer: str) -> list[Sum]:
    """Word problems whose expression can be worked out. EndpointError where there is none. The expression is matched, never evaluated."""
    kept = []
    for item in listed(answer, PROBLEMS):
        if not isinstance(item, dict):
            continue
        question, expression, said = item.get("question"), item.get("expression"), item.get("answer")
        match = EXPRESSION.fullmatch(expression) if isinstance(expression, str) else None
        if match and isinstance(question, str) and 0 < len(question) <= LONGEST_PROBLEM and type(said) is int:
            true = OPERATIONS[match[2]](int(match[1]), int(match[3]))
            kept.append(Sum(question, f"{int(match[1])} {match[2]} {int(match[3])}", said, true))
    if not kept:
        raise EndpointError(FORM)
    return kept
