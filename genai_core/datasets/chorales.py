"""Bach's four-part chorales as notes, and as the symbols that a model of sequences reads.

A line is one voice: (pitch, length) after another, MIDI numbers, 0 for a rest. The shipped table counts lengths in sixteenths. Models
read a grid of eighths: what sounds on it, in the key of no sharps and flats, one beat after another as

    beat  S A T B  S A T B          beat: its number in the bar, primed in the last eight beats; S ... B: a pitch that begins,
                                    a rest that begins, or "-", which holds what was there

so that soprano comes first and to harmonise is to continue with the soprano given. Every piece begins with "^".
"""

from __future__ import annotations

import functools
import lzma
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from genai_core.contracts import N_, Data, DataInfo, DatasetSpec
from genai_core.datasets.files import ASSETS, UNREADABLE, check_sha256, provenance
from genai_core.design import CLASSES
from genai_core.errors import DataError

NAME = "chorales.txt.xz"
MOST = 4_000_000  # bytes that the table may expand to
FEW = 12  # pieces of the small data set
Line = tuple[tuple[int, int], ...]  # (MIDI pitch or 0, length) after another
VOICES = "SATB"
RANGES = ((55, 84), (49, 79), (45, 74), (31, 67))  # of the chorales in the key of no sharps and flats
BEATS = tuple("1234")
LAST = 8  # beats, marked as the end
START = 0
VOCABULARY = (
    "^", *BEATS, *(beat + "'" for beat in BEATS),
    *(voice + str(sign) for voice, (low, high) in zip(VOICES, RANGES, strict=True) for sign in ("-", 0, *range(low, high + 1))),
)  # fmt: skip
FIRST = tuple(
    VOCABULARY.index(voice + "-") for voice in VOICES
)  # a voice's own symbols begin there: hold, rest, its pitches
SIZES = tuple(high - low + 3 for low, high in RANGES)
BEAT = 9  # symbols of a beat


class Chorale(NamedTuple):
    """``part``: "train" or "heldout". ``fifths``: sharps, or flats as negative. ``beats`` of a bar, ``pickup`` beats before
    the first. ``voices``: soprano to bass, lengths in sixteenths."""

    name: str
    part: str
    fifths: int
    beats: int
    pickup: int
    voices: tuple[Line, ...]

    @property
    def shift(self) -> int:
        """Semitones to the key of no sharps and flats, -6 to 5."""
        return (-7 * self.fifths + 6) % 12 - 6


# --- the table -------------------------------------------------------------------------------------------------------


def write(pieces: Sequence[Chorale]) -> str:
    """A line a piece: name, part, sharps, beats, pickup; then its voices, a line each."""
    lines = []
    for piece in pieces:
        lines.append(f"{piece.name} {piece.part} {piece.fifths} {piece.beats} {piece.pickup}")
        lines += [" ".join(f"{pitch}:{length}" for pitch, length in line) for line in piece.voices]
    return "\n".join(lines) + "\n"


def read(path: Path) -> tuple[Chorale, ...]:
    """What :func:`write` wrote, compressed. DataError on anything else."""
    try:
        decoder = lzma.LZMADecompressor(lzma.FORMAT_XZ)
        rows = decoder.decompress(path.read_bytes(), max_length=MOST).decode("ascii").splitlines()
        if not decoder.eof or len(rows) % 5:
            raise ValueError
        return tuple(_piece(rows[i : i + 5]) for i in range(0, len(rows), 5))
    except (OSError, EOFError, ValueError, lzma.LZMAError) as error:
        raise DataError(UNREADABLE, file=path.name, kind="xz") from error


def _piece(rows: list[str]) -> Chorale:
    name, part, fifths, beats, pickup = rows[0].split()
    voices = tuple(
        tuple((int(pitch), int(length)) for pitch, length in (note.split(":") for note in row.split()))
        for row in rows[1:]
    )
    lengths = {sum(length for _, length in line) for line in voices}
    if part not in ("train", "heldout") or len(lengths) != 1 or lengths.pop() % 4 or beats not in "34":
        raise ValueError(name)
    return Chorale(name, part, int(fifths), int(beats), int(pickup), voices)


def table() -> tuple[Chorale, ...]:
    """Every chorale that ships, after the file's SHA-256 has been found to be the recorded one."""
    path, digest = ASSETS / NAME, provenance().get(NAME, {}).get("sha256", "")
    check_sha256(path, digest)
    return _table(path, digest)


@functools.lru_cache(maxsize=2)
def _table(path: Path, digest: str) -> tuple[Chorale, ...]:
    return read(path)


# --- the grid and its symbols ----------------------------------------------------------------------------------------


def on_grid(line: Line) -> Line:
    """A line in sixteenths as what sounds on every eighth: lengths in eighths. A shorter note between two eighths is dropped."""
    onsets, at = [], 0
    for pitch, length in line:
        onsets.append(((at + 1) // 2, pitch))
        at += length
    kept = dict(onsets)  # of notes that fall on one eighth the last stays
    places = [*sorted(kept), at // 2]
    return tuple((kept[a], b - a) for a, b in zip(places, places[1:], strict=False) if b > a)


def normal(piece: Chorale) -> tuple[Line, ...]:
    """The voices on the grid of eighths, in the key of no sharps and flats."""
    return tuple(moved(on_grid(line), piece.shift) for line in piece.voices)


def moved(line: Line, semitones: int) -> Line:
    return tuple((pitch + semitones if pitch else 0, length) for pitch, length in line)


def symbols(line: Line, voice: int) -> list[int]:
    """The symbols of a line in eighths, one an eighth. ValueError where a pitch lies outside the voice's range."""
    low, high = RANGES[voice]
    if any(pitch and not low <= pitch <= high for pitch, _ in line):
        raise ValueError("a pitch outside the voice's range")
    found = []
    for pitch, length in line:
        found += [FIRST[voice] + (pitch - low + 2 if pitch else 1), *[FIRST[voice]] * (length - 1)]
    return found


def line_of(found: Sequence[int], voice: int) -> Line:
    """The line that symbols of one voice spell; a hold before anything else is a rest."""
    notes: list[list[int]] = []
    for symbol in found:
        sign = int(symbol) - FIRST[voice]
        if sign == 0 and notes:
            notes[-1][1] += 1
        else:
            notes.append([0 if sign < 2 else sign - 2 + RANGES[voice][0], 1])
    return tuple((pitch, length) for pitch, length in notes)


def plan(beats: int, metre: int = 4, pickup: int = 0) -> np.ndarray:
    """The symbols (1 + 9 beats,) of a piece with -1 where a voice's stands."""
    tokens = np.full((beats, BEAT), -1, np.int64)
    number = (np.arange(beats) - pickup) % metre
    tokens[:, 0] = 1 + number + len(BEATS) * (np.arange(beats) >= beats - LAST)
    return np.concatenate([[START], tokens.ravel()])


def encode(voices: Sequence[Line], metre: int = 4, pickup: int = 0) -> np.ndarray:
    """int64 (1 + 9 beats,): a piece in whole beats, voices in eighths."""
    beats, rest = divmod(sum(length for _, length in voices[0]), 2)
    if rest:
        raise ValueError("a piece must end with a beat")
    tokens = plan(beats, metre, pickup)
    tokens[1:].reshape(beats, BEAT)[:, 1:] = np.array([symbols(line, v) for v, line in enumerate(voices)]).T.reshape(
        beats, BEAT - 1
    )
    return tokens


def decode(tokens: Any) -> tuple[Line, ...]:
    """The four voices of one piece, lengths in eighths: symbols up to the next "^"; half a beat at the end is left out."""
    tokens = np.asarray(tokens)
    tokens = tokens[1:] if len(tokens) and tokens[0] == START else tokens
    ends = np.flatnonzero(tokens == START)
    tokens = tokens[: ends[0]] if len(ends) else tokens
    beats = len(tokens) // BEAT
    grid = tokens[: beats * BEAT].reshape(beats, BEAT)[:, 1:].reshape(-1, 4)
    return tuple(line_of(grid[:, voice], voice) for voice in range(4))


def voice_of(tokens: np.ndarray) -> np.ndarray:
    """Which voice each symbol belongs to, -1 for none; int64, as the tokens' shape."""
    return np.searchsorted(np.array(FIRST), tokens, side="right") - 1


def is_note(tokens: np.ndarray) -> np.ndarray:
    """Where a pitch begins."""
    voice = voice_of(tokens)
    return (voice >= 0) & (tokens - np.array(FIRST)[voice] >= 2)


# --- the data set ----------------------------------------------------------------------------------------------------


def load() -> Data:
    """Token ids int32 of :data:`VOCABULARY`, piece after piece, most to train on and of every ninth tune all settings held out.
    Raises DataError."""
    return _data(table())


def load_few() -> Data:
    """As :func:`load`, but twelve pieces to train on."""
    pieces = table()
    few = [piece for piece in pieces if piece.part == "train" and piece.beats == 4][:: len(pieces) // (FEW + 2)][:FEW]
    return _data((*few, *(piece for piece in pieces if piece.part == "heldout")))


@functools.lru_cache(maxsize=4)
def _data(pieces: tuple[Chorale, ...]) -> Data:
    parts = {}
    for part in ("train", "heldout"):
        found = [encode(normal(p), p.beats, p.pickup) for p in pieces if p.part == part]
        parts[part] = np.concatenate(found).astype(np.int32)
        parts[part].setflags(write=False)
    return Data(DataInfo("melody", (), vocabulary=VOCABULARY), parts["train"], parts["heldout"])


def pieces_of(tokens: np.ndarray) -> list[np.ndarray]:
    """A stream of tokens cut into its pieces, each from its "^" on."""
    starts = np.flatnonzero(tokens == START)
    return [np.asarray(piece) for piece in np.split(tokens, starts)[1:]]


def show(samples: Any, columns: int = 1) -> np.ndarray:
    """The first piece as a piano roll, uint8 (208, 448, 3), one colour a voice."""
    picture = np.full((208, 448, 3), 19, np.uint8)
    for voice, line in enumerate(decode(np.asarray(samples)[0])):
        hue = [int(CLASSES[voice][1][i : i + 2], 16) for i in (1, 3, 5)]
        at = 0
        for pitch, length in line:
            if pitch and at < 64:
                top = 4 * (86 - pitch)
                picture[max(0, top) : top + 4, 7 * at : 7 * (at + length) - 1] = hue
            at += length
    return picture


_COMMON = {
    "modality": "melody",
    "show": show,
    "source": "J. S. Bach; read from the MusicXML files that music21 10.5.0 carries",
    "licence": "public domain (pitches and durations)",
}
SPEC = (
    DatasetSpec(
        key="chorales",
        title=N_("Bach's chorales"),
        summary=N_("Some three hundred chorales in four voices: pitch and duration of every note."),
        load=load,
        order=80,
        **_COMMON,
    ),
    DatasetSpec(
        key="chorales-few",
        title=N_("Twelve of Bach's chorales"),
        summary=N_("So few that a model can learn them by heart."),
        load=load_few,
        order=81,
        **_COMMON,
    ),
)
