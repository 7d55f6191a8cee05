"""The ninety minutes of a workshop: its phases in order, what each is for, and which scores each takes and shows. Torch-free.

Pre-mortem after Klein (Harvard Business Review, September 2007); estimate, talk, estimate again as in Delphi methods.
"""

from __future__ import annotations

from dataclasses import dataclass

from genai_core.contracts import N_

WHOLE = 90  # minutes, over which the shares below are meant
LENGTHS = (45, 60, 90, 120)
ROUNDS = {1: N_("First round"), 2: N_("Second round"), 3: N_("With controls")}


@dataclass(frozen=True)
class Phase:
    """``lead`` is said to the facilitator, ``phone`` to a participant. ``takes``: the round whose scores it takes, 0 for none;
    ``shows``: the highest round that has been revealed once it begins."""

    key: str
    title: str
    minutes: int
    lead: str
    phone: str
    takes: int = 0
    shows: int = 0


PHASES = (
    Phase(
        "scope", N_("Scope"), 10,
        N_("Say what is decided today, who decides, and what is out of scope. Agree on the risks to be scored."),
        N_("Listen: what is decided today, and what is not?"),
    ),
    Phase(
        "premortem", N_("Pre-mortem"), 7,
        N_("“A year from now this has failed badly. Why?” Everybody writes, in silence. Nobody sees a note yet, and no note has a name."),
        N_("A year from now this has failed badly. Why? Write alone, one reason a note. No note carries your name."),
    ),
    Phase(
        "robin", N_("Round robin"), 12,
        N_("One note at a time, around the room, without debate. Add what is missing to the risks."),
        N_("The notes are on the large screen. One at a time, without debate."),
    ),
    Phase(
        "experiment", N_("Experiment"), 10,
        N_("Show one experiment of the lab with its control: what the risk looks like, and what it looks like when it is absent."),
        N_("Watch one experiment, and its control. What would change your mind?"),
    ),
    Phase(
        "score1", N_("Score in silence"), 6,
        N_("Everybody scores alone, in silence. Nobody sees a score before the reveal, you neither."),
        N_("Score alone, in silence. Nobody sees a score before the reveal, and none is shown with a name."), takes=1,
    ),
    Phase(
        "discuss", N_("Reveal and discuss"), 15,
        N_("One risk at a time. Whoever lies far from the middle speaks first: what do you see that others do not?"),
        N_("Look at the spread. Far from the middle? Say what you see that others do not."), shows=1,
    ),
    Phase(
        "score2", N_("Score again"), 5,
        N_("Once more, alone and in silence, after what was said. Whoever disagrees with the room can attach a dissent."),
        N_("Score once more, alone, after what you heard."), takes=2, shows=1,
    ),
    Phase(
        "controls", N_("Map controls"), 10,
        N_("For each risk: what prevents it, what detects it, what corrects it?"),
        N_("What prevents it, what detects it, what corrects it? Speak; the facilitator writes."), shows=2,
    ),
    Phase(
        "residual", N_("Score with controls"), 5,
        N_("Score what is left of each risk once the controls are in place."),
        N_("With these controls in place: how likely, how bad?"), takes=3, shows=2,
    ),
    Phase(
        "dots", N_("Dot vote"), 7,
        N_("Write the actions, each with an owner and a date. Then everybody sets dots; counts show when you close."),
        N_("Set your dots on the actions that matter most."), shows=3,
    ),
    Phase(
        "close", N_("Wrap up"), 3,
        N_("Read the result aloud: median, spread, dissent, actions. The register takes it."),
        N_("Thank you. This is the result; the register keeps it."), shows=3,
    ),
)  # fmt: skip
BY_KEY = {phase.key: phase for phase in PHASES}
ORDER = tuple(BY_KEY)


def seconds(phase: str, minutes: int) -> int:
    """The time box of a phase in a workshop of so many minutes: shown, never forced."""
    return round(BY_KEY[phase].minutes * 60 * minutes / WHOLE)


def neighbour(phase: str, step: int) -> str:
    """The phase ``step`` further on, held within the agenda."""
    return ORDER[min(max(ORDER.index(phase) + step, 0), len(ORDER) - 1)]
