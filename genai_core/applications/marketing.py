"""Marketing: names in the style that was asked for, held against what exists already.

All names are parted in two halves, style by style. An LSTM learns from one half and is asked for names in each style; a judge of three
letters, which has learned from the other half and shares nothing with the LSTM but the alphabet, says which style each name is of. The
effect is the share in which it names the style that was asked for. Guessing gives a fifth.

The control is the same LSTM, training and judge after the styles of the training names were shuffled: the names are the same, and what is
asked for means nothing, so it must come out at a fifth. A judge who favours a style, or a leak from the order of asking, would show.

How much is copied is told beside it: the share of names at most one letter from a name of the half that was read, and from one of the half
that was not, which is as large and drawn alike. What the first exceeds the second by was learned by heart. Then the filter: names within
a letter of the half that was read or of an existing brand are thrown away. It knows its lists and nothing else: among what it lets through
are names a letter away from the other half.

Claim and margin were fixed after a pilot on the seeds 101 and 102; the shipped result has seeds of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from genai_core import learning, replication
from genai_core.applications.marketing_looks import LOOKS
from genai_core.contracts import N_, Data, Event, Outcome, knob
from genai_core.datasets import names
from genai_core.metrics.names import Judge, Listing
from genai_core.training import stream

LSTM = {"dropout": 0.2}
DRAWN, SHOWN = 1000, 6  # names measured, names of each style that the page shows
TEMPERATURE, DIAL = 0.8, (0.3, 0.5, 0.8, 1.1, 1.4)


@dataclass(frozen=True)
class Config:
    steps: int = knob(1000, N_("Training steps of the LSTM"), low=20, high=4000, log=True)
    seeds: int = knob(1, N_("Trained models"), low=1, high=16)


@dataclass(frozen=True)
class Half:
    """Half of all names: rows (N, 12), styles (N,), and as words."""

    x: np.ndarray
    y: np.ndarray

    @property
    def words(self) -> list[str]:
        return names.decode(self.x)

    def of_each(self) -> list[list[str]]:
        return [names.decode(self.x[self.y == k]) for k in range(len(names.STYLES))]


def halves(rng: np.random.Generator) -> tuple[Half, Half]:
    """All names that ship, in two halves with as many of each style."""
    data = names.load()
    assert data.train_labels is not None and data.heldout_labels is not None
    x, y = np.concatenate([data.train, data.heldout]), np.concatenate([data.train_labels, data.heldout_labels])
    first = np.zeros(len(y), bool)
    for k in range(len(names.STYLES)):
        places = np.flatnonzero(y == k)
        first[rng.permutation(places)[: len(places) // 2]] = True
    return Half(x[first], y[first]), Half(x[~first], y[~first])


def replicate(config: Config, seed: int) -> Iterator[Event | Outcome]:
    rng = np.random.default_rng(seed)
    read, other = halves(rng)
    judge = Judge(other.of_each())
    info, drawn = names.load().info, {}
    total = 2 * config.steps
    for i, (kind, styles) in enumerate({"told": read.y, "shuffled": rng.permutation(read.y)}.items()):
        data = Data(info, read.x, other.x, styles, other.y)
        fitting = learning.fit("names-lstm", data, LSTM, config.steps, seed)
        model = yield from learning.watched(fitting, i * config.steps, total, "bits")
        for temperature in DIAL if kind == "told" else (TEMPERATURE,):
            made = model.sample(DRAWN, stream(seed, f"{kind} {temperature}"), temperature=temperature).numpy()
            drawn[kind, temperature] = names.decode(made)
    yield measure(drawn, judge, read, other)


def measure(drawn: dict[tuple[str, float], list[str]], judge: Judge, read: Half, other: Half) -> Outcome:
    """What names of one model come to; those asked for in turn: style k at every k-th place."""
    own, blind = drawn["told", TEMPERATURE], drawn["shuffled", TEMPERATURE]
    seen, unseen, brands = Listing(read.words), Listing(other.words), Listing(names.brands())
    near, new, branded = seen.beside(own), unseen.beside(own), brands.beside(own)
    kept = ~(near | branded)
    values = {
        "effect": followed(judge, own),
        "control": followed(judge, blind),
        "real": float((judge.styles(read.words) == read.y).mean()),
        "copied_seen": float(np.mean([name in seen for name in own])),
        "copied_unseen": float(np.mean([name in unseen for name in own])),
        "near_seen": float(near.mean()),
        "near_unseen": float(new.mean()),
        "near_brand": float(branded.mean()),
        "real_brand": float(brands.beside(other.words).mean()),
        "rejected": float(1 - kept.mean()),
        "kept_unseen": float(new[kept].mean()) if kept.any() else 0.0,
        "kept_style": followed(judge, own, kept),
    }
    dial = []
    for temperature in DIAL:
        found, tag = drawn["told", temperature], f"{round(100 * temperature):03d}"
        values[f"style_{tag}"], values[f"seen_{tag}"] = followed(judge, found), float(seen.beside(found).mean())
        values[f"unseen_{tag}"] = float(unseen.beside(found).mean())
        dial.append((temperature, values[f"style_{tag}"]))
    shown = {kind: [found[k :: len(names.STYLES)][:SHOWN] for k in range(len(names.STYLES))]
             for kind, found in (("told", own), ("shuffled", blind))}  # fmt: skip
    return Outcome(values, tuple(dial), shown | {"temperatures": list(DIAL)})


def followed(judge: Judge, found: Sequence[str], kept: np.ndarray | None = None) -> float:
    """The share of names that the judge takes for the style asked for, of those ``kept``; the styles were asked for by turns."""
    asked = np.arange(len(found)) % len(names.STYLES)
    right = judge.styles(found) == asked
    right = right if kept is None else right[kept]
    return float(right.mean()) if len(right) else 0.0


SPEC = replication.application(
    replicate,
    key="marketing",
    title=N_("Marketing: a name and a poster"),
    summary=N_("A brand name in a style, a product that does not exist, and a poster that says what it is."),
    topic="marketing",
    config=Config,
    order=20,
    looks=LOOKS,
    claim=N_(
        "A small network that is told a style spells names in it: a judge who learned from other names recognises the style asked for."
    ),
    finding=N_(
        "A share of {effect} of the names is of the style that was asked for; where styles were shuffled "
        "before training, {control}: a fifth is chance."
    ),
    method=N_(
        "3,350 names in five styles are parted in two halves. An LSTM learns from one half and is asked for 200 names in each style; a judge "
        "that counts three letters together has learned from the other half and says which style each name is of. The control is the "
        "same training and the same judge after the styles of the training names were shuffled. Eight draws "
        "of the halves, each with models of its own."
    ),
    measure=N_("Share in the style asked for"),
    effect_label=N_("LSTM that was told the styles"),
    control_label=N_("LSTM whose styles were shuffled"),
    shows=N_(
        "That a style can be learned from some hundred names, and that being new can be counted: names within a letter of what was read, "
        "beside the same figure for names that were not read. A filter removes what stands in its lists, and nothing else."
    ),
    hides=N_(
        "Nobody was asked whether a name is liked, can be said aloud, or means something rude elsewhere. The styles are lists of personal names and "
        "of words, not of cultures. The list of brands holds some three thousand names, most of them of technology: it is no trademark "
        "search, which looks at classes of goods, at sound and at meaning. The pictures come from 4,000 photographs of 28 by 28 pixels."
    ),
    null=0.2,
    claimed=0.7,
    margin=0.1,
    span=(0.0, 1.0),
    seconds=15,
    travels=N_(
        "A poster costs nothing now, and so does one that lies. The label in its corner can be cut off, and the label in the file is gone once "
        "somebody saves it again: the experiment measures how often."
    ),
    risk="provenance",
    mapping={
        "nist": ("integrity", "property"),
        "mit": ("3.2", "6.3"),
        "eu": ("50",),
        "cn": ("label-4", "label-5", "label-10"),
    },
)
