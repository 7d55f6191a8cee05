"""Art: chorales in four voices, and what a model has learned of them that counting notes has not.

The measure is bits a note on chorales whose tunes no model has read: all that it takes to say which notes begin and when, shared
among the notes. The yardstick counts how often each voice has each symbol (a unigram of each voice): it knows the notes, and
nothing of what goes before or along with them. The effect is how many bits fewer the LSTM needs.

The control is the same LSTM, the same training and the same test after each voice's symbols have been shuffled over time, in what is
read and in what is held out: the notes are Bach's, as often as his, and no order is left to be learned, so nothing can be saved. A
fault of the measure, or held-out notes that are known, would show. It did: in a first pilot (seed 101) the control lost 0.67 bits a note.
All of that were bits for the beats between the notes, which are given in use and which counting was not asked for; since then they
are neither learned nor counted.

Claim and margin were fixed after a pilot on the seeds 101 and 102; the shipped result has seeds of its own.
"""

from __future__ import annotations

import functools
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from genai_core import learning, replication
from genai_core.contracts import N_, Data, Event, Outcome, knob
from genai_core.datasets import chorales
from genai_core.datasets.chorales import Chorale, Line
from genai_core.errors import ConfigError
from genai_core.looks import Answer, bounded, learned
from genai_core.metrics.melody import Counts, Library, Run, a_note, chords, sounding
from genai_core.runs.spec import check_seed, number
from genai_core.training import stream

LSTM = {"lr": 1.2e-2, "precision": "float32"}
TRANSFORMER = {"network": "transformer", "width": 48, "layers": 2, "lr": 8e-3, "context": 108, "precision": "float32"}
PIECES, BEATS, TEMPERATURE = 12, 32, 0.8  # composed to be compared with what was read
SHIPPED = {"lstm": "chorale-lstm", "transformer": "chorale-transformer", "few": "chorale-copyist"}
MELODY, LONGEST = 64, 96  # notes that a visitor may play, beats of a piece
LENGTHS = (1, 2, 3, 4, 6, 8)  # of a visitor's note, in eighths
SCALE = frozenset((0, 2, 4, 5, 7, 9, 11))


@dataclass(frozen=True)
class Config:
    steps: int = knob(500, N_("Training steps of the LSTM"), low=20, high=4000, log=True)
    seeds: int = knob(1, N_("Trained models"), low=1, high=16)


# --- the experiment --------------------------------------------------------------------------------------------------


def shuffled(tokens: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The same stream with each voice's symbols in another order, over all pieces; beats and beginnings stay."""
    out, voice = np.array(tokens), chorales.voice_of(tokens)
    for v in range(4):
        places = np.flatnonzero(voice == v)
        out[places] = tokens[rng.permutation(places)]
    return out


def replicate(config: Config, seed: int) -> Iterator[Event | Outcome]:
    whole, few, rng = chorales.load(), chorales.load_few(), np.random.default_rng(seed)
    control = Data(whole.info, shuffled(whole.train, rng), shuffled(whole.heldout, rng))
    plan: dict[str, tuple[Data, dict[str, Any], int]] = {
        "lstm": (whole, LSTM, config.steps),
        "shuffled": (control, LSTM, config.steps),
        "transformer": (whole, TRANSFORMER, max(20, config.steps // 3)),
        "few": (few, LSTM, 3 * config.steps // 2),
    }
    total, done = sum(steps for *_, steps in plan.values()), 0
    counted = [a_note(Counts(whole.train, back).bits(whole.heldout), whole.heldout) for back in (0, 1, 2)]
    blind = a_note(Counts(control.train, 0).bits(control.heldout), control.heldout)
    bits, sound, runs = {}, {"bach": _bach_chords()}, {"bach": [float(n) for n in _bach_runs(BEATS)]}
    for name, (data, settings, steps) in plan.items():
        model = yield from _fitted(data, settings, steps, seed, done, total)
        done += steps
        bits[name] = a_note(model.symbol_bits(data.heldout), data.heldout)
        own = model.sample(PIECES, stream(seed, f"pieces {name}"), temperature=TEMPERATURE, beats=BEATS).numpy()
        pieces = [chorales.decode(piece) for piece in own]
        sound[name] = float(np.mean([chords(piece) for piece in pieces]))
        if name != "shuffled":
            read = library(few=name == "few")[0]
            runs[name] = [float(read.longest(piece).notes) for piece in pieces]
    yield Outcome(
        {
            "effect": counted[0] - bits["lstm"],
            "control": blind - bits["shuffled"],
            "transformer": counted[0] - bits["transformer"],
            "counting_1": counted[0] - counted[1],
            "counting_2": counted[0] - counted[2],
            "bits": bits["lstm"],
            "yardstick": counted[0],
        }
        | {f"chords_{name}": value for name, value in sound.items()}
        | {f"run_{name}": float(np.mean(found)) for name, found in runs.items()},
        shown={"runs": runs},
    )


def _fitted(
    data: Data, settings: dict[str, Any], steps: int, seed: int, done: int, total: int
) -> Generator[Event, None, Any]:
    fitting = learning.fit("ar-melody", data, settings, steps, seed)
    return (yield from learning.watched(fitting, done, total, "bits"))


# --- what has been read ----------------------------------------------------------------------------------------------


@functools.lru_cache(maxsize=2)
def library(few: bool = False) -> tuple[Library, tuple[Chorale, ...]]:
    """The training pieces of the whole or of the small set, in one key on the grid of eighths, to be looked for."""
    read = {tuple(piece.tolist()) for piece in chorales.pieces_of(chorales.load_few().train)} if few else None
    pieces = tuple(
        piece
        for piece in chorales.table()
        if piece.part == "train"
        and (read is None or tuple(chorales.encode(chorales.normal(piece), piece.beats, piece.pickup).tolist()) in read)
    )
    lines = [(i, voice, line) for i, piece in enumerate(pieces) for voice, line in enumerate(chorales.normal(piece))]
    return Library(lines), pieces


@functools.lru_cache(maxsize=1)
def heldout() -> tuple[Chorale, ...]:
    return tuple(piece for piece in chorales.table() if piece.part == "heldout")


@functools.lru_cache(maxsize=1)
def _bach_shared() -> list[list[tuple[np.ndarray, np.ndarray]]]:
    """For every held-out piece and voice: when each note begins, in eighths, and how long a run it ends."""
    read = library()[0]
    found = []
    for piece in heldout():
        voices = []
        for line in chorales.normal(piece):
            onsets = np.cumsum([0, *(length for _, length in line)])[:-1]
            voices.append((onsets, read.shared(line)[:, 0]))
        found.append(voices)
    return found


def _bach_runs(beats: int, lower: bool = False) -> list[int]:
    """The longest run that each held-out chorale, cut to so many beats, shares with the training set: Bach against Bach."""
    found = []
    for voices in _bach_shared():
        kept = [runs[onsets < 2 * beats] for onsets, runs in voices[1 if lower else 0 :]]
        found.append(int(max(runs.max() for runs in kept)))
    return found


@functools.lru_cache(maxsize=1)
def _bach_chords() -> float:
    return float(np.mean([chords(chorales.normal(piece)) for piece in heldout()]))


# --- looks -----------------------------------------------------------------------------------------------------------


def compose(store: Any, params: dict[str, Any], files: Mapping[str, Any]) -> Answer:
    """``model`` lstm, transformer or few; ``seed``; ``temperature``; ``bars`` 2 to 16. See :func:`_told` for what comes back."""
    name, model = _model(store, params)
    seed, temperature, bars = check_seed(params.pop("seed", 1)), _warmth(params), bounded(params, "bars", 8, 2, 16)
    tokens = model.sample(1, stream(seed, "compose"), temperature=temperature, beats=4 * bars).numpy()[0]
    return _told(name, model, tokens, 0, lower=False), {}


def harmonise(store: Any, params: dict[str, Any], files: Mapping[str, Any]) -> Answer:
    """``model``, ``seed``, ``temperature`` and either ``piece``, the name of a held-out chorale whose soprano is given, or ``melody``,
    [[pitch or 0, eighths], ...]. Also ``bach``: what he wrote under it himself, where he did."""
    name, model = _model(store, params)
    seed, temperature = check_seed(params.pop("seed", 1)), _warmth(params)
    melody, wish = params.pop("melody", None), params.pop("piece", "")
    metre, pickup, bach = 4, 0, None
    if melody is not None:
        soprano, shift = placed(given(melody))
    else:
        piece = next((p for p in heldout() if p.name == wish), None)
        if piece is None:
            raise ConfigError(N_("There is no held-out chorale called {name}."), name=str(wish)[:40])
        shift, metre, pickup = piece.shift, piece.beats, piece.pickup
        bach = _cut(chorales.normal(piece), 2 * LONGEST)
        soprano = bach[0]
    tokens = model.harmonise(soprano, seed, temperature, metre, pickup)
    plain = _told(name, model, tokens, -shift, lower=True) | {"metre": metre, "pickup": pickup}
    if bach is not None:
        plain["bach"] = [_listed(chorales.moved(line, -shift)) for line in bach]
        plain["bach_chords"] = chords(bach)
    return plain, {}


def sopranos(store: Any, params: dict[str, Any], files: Mapping[str, Any]) -> Answer:
    """The held-out chorales whose sopranos can be harmonised: name, beats, and the first notes."""
    found = [
        {"name": piece.name, "beats": sum(n for _, n in piece.voices[0]) // 4, "starts": [p for p, _ in piece.voices[0] if p][:6]}
        for piece in heldout()
    ]  # fmt: skip
    return {"pieces": found}, {}


def given(melody: Any) -> Line:
    """A visitor's melody, checked, filled up to whole beats. ConfigError where it is none."""
    message = N_("A melody has 1 to {most} notes between C3 and C6, each an eighth to a whole note long.")
    fits = isinstance(melody, (list, tuple)) and 1 <= len(melody) <= MELODY
    fits = fits and all(
        isinstance(note, (list, tuple)) and len(note) == 2 and all(type(x) is int for x in note) for note in melody
    )
    fits = fits and all((pitch == 0 or 48 <= pitch <= 84) and length in LENGTHS for pitch, length in melody)
    if not fits or not any(pitch for pitch, _ in melody) or sum(length for _, length in melody) > 2 * LONGEST:
        raise ConfigError(message, most=MELODY)
    line = [(pitch, length) for pitch, length in melody]
    if sum(length for _, length in line) % 2:
        line[-1] = (line[-1][0], line[-1][1] + 1)
    return tuple(line)


def placed(line: Line) -> tuple[Line, int]:
    """The melody moved to the key of no sharps and flats, and by how many semitones: of the ways that fit a soprano the one with the
    most time on that key's notes, of equals the smallest."""
    low, high = chorales.RANGES[0]
    best = None
    for shift in sorted(range(-12, 13), key=lambda s: (abs(s), s)):
        moved = chorales.moved(line, shift)
        if all(not pitch or low <= pitch <= high for pitch, _ in moved):
            inside = sum(length for pitch, length in moved if pitch and pitch % 12 in SCALE)
            if best is None or inside > best[0]:
                best = inside, moved, shift
    if best is None:
        raise ConfigError(N_("This melody spans more than a soprano sings: keep it within two octaves."))
    return best[1], best[2]


def _model(store: Any, params: dict[str, Any]) -> tuple[str, Any]:
    name = str(params.pop("model", "lstm"))
    if name not in SHIPPED:
        raise ConfigError(
            N_("There is no plug-in called {name}. Available: {allowed}."), name=name[:40], allowed=", ".join(SHIPPED)
        )
    return name, learned(store.open(store.gallery_index()[SHIPPED[name]])).model


def _warmth(params: dict[str, Any]) -> float:
    value = number("temperature", params.pop("temperature", TEMPERATURE))
    if not 0 <= value <= 2:
        raise ConfigError(N_("{name} must lie between {low} and {high}."), name="temperature", low=0, high=2)
    return value


def _told(name: str, model: Any, tokens: np.ndarray, shift: int, lower: bool) -> dict[str, Any]:
    """A piece as plain JSON: ``voices`` [[[pitch, eighths], ...], ...] moved by ``shift``, ``bits`` a note, ``chords``; ``run``, the longest
    that it shares with what its model read (of the lower voices alone where the soprano was given), with ``passage``, the source's
    voice around it, moved to match; ``control``: the same figure of held-out chorales by Bach, cut to this length."""
    voices = chorales.decode(tokens)
    read, pieces = library(few=name == "few")
    searched: Sequence[Line] = voices[1:] if lower else voices
    run = read.longest(searched)
    if lower:
        run = run._replace(voice=run.voice + 1)
    beats = len(sounding(voices[0])) // 2
    plain: dict[str, Any] = {
        "voices": [_listed(chorales.moved(line, shift)) for line in voices],
        "bits": a_note(model.symbol_bits(tokens), tokens),
        "chords": chords(voices),
        "bach_all": _bach_chords(),
        "run": run._asdict() | {"name": pieces[run.source].name if run.source >= 0 else ""},
        "control": _bach_runs(beats, lower),
        "read": len(pieces),
        "beats": beats,
        "metre": 4,
        "pickup": 0 if lower else 1,
    }
    if run.source >= 0:
        plain["passage"] = _passage(voices, run, pieces[run.source], shift)
    return plain


def _passage(voices: Sequence[Line], run: Run, piece: Chorale, shift: int) -> dict[str, Any]:
    """The notes of the run in the piece and in its source, each with the eighth at which it begins in its own piece."""
    own, source = voices[run.voice], chorales.normal(piece)[run.source_voice]
    here = sum(length for _, length in own[: run.start])
    there = sum(length for _, length in source[: run.there])
    by = own[run.start][0] - source[run.there][0]
    return {
        "here": here,
        "there": there,
        "own": _listed(chorales.moved(own[run.start : run.start + run.notes], shift)),
        "source": _listed(chorales.moved(source[run.there : run.there + run.notes], by + shift)),
        "semitones": -by - piece.shift,
    }


def _cut(voices: Sequence[Line], most: int) -> tuple[Line, ...]:
    """The first ``most`` eighths."""
    found = []
    for line in voices:
        kept, at = [], 0
        for pitch, length in line:
            if at < most:
                kept.append((pitch, min(length, most - at)))
            at += length
        found.append(tuple(kept))
    return tuple(found)


def _listed(line: Line) -> list[list[int]]:
    return [[pitch, length] for pitch, length in line]


SPEC = replication.application(
    replicate,
    key="art",
    title=N_("Art: a chorale in four voices"),
    summary=N_(
        "Play a tune and have it harmonised, or have a chorale composed; hear it, take it away, and see what was copied."
    ),
    topic="art",
    config=Config,
    order=10,
    looks={"compose": compose, "harmonise": harmonise, "sopranos": sopranos},
    claim=N_(
        "A small network that reads three hundred chorales learns how their notes follow one another, not only which notes there are."
    ),
    finding=N_(
        "On chorales it has never read, the LSTM needs {effect} bits a note fewer than counting notes; where notes are shuffled, {control} fewer."
    ),
    method=N_(
        "An LSTM reads Bach's chorales symbol by symbol, soprano first, and foretells 28 others whose tunes it has not read. Bits a note are "
        "all that it takes to say which notes begin and when, shared among the notes. The yardstick counts how often each voice has "
        "each symbol. The control is the same training and the same test after the notes of each voice were shuffled over time."
    ),
    measure=N_("Bits a note saved against counting"),
    effect_label=N_("LSTM, trained on chorales"),
    control_label=N_("LSTM, trained and tested on shuffled notes"),
    shows=N_(
        "That chords, cadences and voice leading can be learned from examples alone, by models of sixty thousand numbers; and that "
        "whether it is original can be counted: the longest run of notes that a piece shares with what was read, beside the same figure for "
        "chorales by Bach himself."
    ),
    hides=N_(
        "Bits a note say nothing of beauty: no listener was asked. The model knows no words, no phrases and no plan longer than some bars; "
        "it writes eighths and longer notes, in one style, by a composer whose works are free. A run of notes is a narrow idea of copying: "
        "it misses a paraphrase, and short runs are everybody's."
    ),
    null=0.0,
    claimed=2.5,
    margin=0.25,
    span=(-0.5, 4.0),
    unit=N_("bits"),
    seconds=40,
    travels=N_(
        "Whoever learns from few pieces gives them back: on this page the model that read only twelve chorales does. In text it is the same, "
        "and there the passage may be a secret, or somebody's song."
    ),
    risk="verbatim",
    mapping={"nist": ("property",), "mit": ("6.3",), "eu": ("53-1-c", "50"), "cn": ("4", "7")},
)
