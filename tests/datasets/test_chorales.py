"""Chorales: the table is whole and parted by tune; symbols spell the notes they were made of."""

import numpy as np
import pytest

from genai_core.datasets import chorales
from genai_core.datasets.build import chorales as build
from genai_core.errors import DataError
from genai_core.metrics.melody import Library


@pytest.fixture(scope="module")
def pieces():
    return chorales.table()


def test_sizes_ranges_and_what_is_held_out(pieces):
    assert len(pieces) == 329 and sum(piece.part == "heldout" for piece in pieces) == 28
    assert len({piece.name for piece in pieces}) == 329
    for piece in pieces:
        assert {sum(n for _, n in line) % 4 for line in piece.voices} == {0}
        for line, (low, high) in zip(chorales.normal(piece), chorales.RANGES, strict=True):
            assert all(low <= pitch <= high for pitch, _ in line if pitch)


def test_a_known_chorale_has_its_notes(pieces):
    """BWV 269, the first of Riemenschneider's edition, in G: G | G D' B A G ... in the soprano."""
    piece = next(p for p in pieces if p.name == "bwv269")
    assert (piece.fifths, piece.beats, piece.pickup) == (1, 3, 1)
    assert [pitch for pitch, _ in piece.voices[0]][:4] == [67, 67, 74, 71]
    assert piece.voices[0][:2] == ((67, 4), (67, 8))


def test_no_tune_stands_on_both_sides(pieces):
    read = Library([(i, 0, p.voices[0]) for i, p in enumerate(pieces) if p.part == "train"])
    assert all(not read.sharing(p.voices[0], build.TUNE) for p in pieces if p.part == "heldout")


def test_symbols_spell_the_same_notes_on_the_grid(pieces):
    for piece in pieces:
        voices = chorales.normal(piece)
        tokens = chorales.encode(voices, piece.beats, piece.pickup)
        assert tokens[0] == chorales.START and len(tokens) == 1 + 9 * (sum(n for _, n in voices[0]) // 2)
        back = chorales.decode(tokens)
        assert back == tuple(voices)
        assert chorales.is_note(tokens).sum() == sum(bool(pitch) for line in voices for pitch, _ in line)


def test_a_piece_without_sixteenths_comes_back_exactly(pieces):
    plain = [p for p in pieces if not any(n % 2 for line in p.voices for _, n in line)]
    assert len(plain) > 100
    for piece in plain:
        back = chorales.decode(chorales.encode(chorales.normal(piece), piece.beats, piece.pickup))
        whole = tuple(chorales.moved(tuple((p, 2 * n) for p, n in line), -piece.shift) for line in back)
        assert whole == piece.voices


def test_short_notes_between_two_eighths_are_dropped():
    assert chorales.on_grid(((60, 1), (62, 1), (64, 2))) == ((60, 1), (64, 1))
    assert chorales.on_grid(((60, 3), (62, 1), (64, 4))) == ((60, 2), (64, 2))
    assert chorales.on_grid(((60, 1), (62, 3))) == ((60, 1), (62, 1))


def test_beats_are_numbered_and_the_end_is_marked():
    names = [chorales.VOCABULARY[i] for i in chorales.plan(12, 4, 1)[1::9]]
    assert names == ["4", "1", "2", "3", "4'", "1'", "2'", "3'", "4'", "1'", "2'", "3'"]


def test_the_stream_is_the_pieces_one_after_another(pieces):
    data = chorales.load()
    found = chorales.pieces_of(data.heldout)
    held = [p for p in pieces if p.part == "heldout"]
    assert len(found) == 28 and np.array_equal(np.concatenate(found), data.heldout)
    assert all(chorales.decode(tokens) == tuple(chorales.normal(p)) for tokens, p in zip(found, held, strict=True))
    few = chorales.load_few()
    assert len(chorales.pieces_of(few.train)) == 12 and np.array_equal(few.heldout, data.heldout)
    read = {tuple(piece.tolist()) for piece in chorales.pieces_of(data.train)}
    assert all(tuple(piece.tolist()) in read for piece in chorales.pieces_of(few.train))


def test_a_pitch_out_of_range_and_half_a_beat_are_refused():
    with pytest.raises(ValueError, match="range"):
        chorales.symbols(((90, 2),), 0)
    with pytest.raises(ValueError, match="beat"):
        chorales.encode([((60, 3),)] * 4)


def test_a_damaged_table_is_refused(tmp_path):
    path = tmp_path / "chorales.txt.xz"
    path.write_bytes(b"\xfd7zXZ\x00 nothing")
    with pytest.raises(DataError, match="chorales.txt.xz"):
        chorales.read(path)


def test_a_roll_shows_something_of_every_voice():
    picture = chorales.show(chorales.load().heldout[None, :400])
    assert picture.dtype == np.uint8 and picture.shape == (208, 448, 3)
    assert len(np.unique(picture.reshape(-1, 3), axis=0)) == 5


# --- what the files say ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("", "none"),
        ("<credit-words>PDF © 2004 Margaret Greentree</credit-words>", "credit"),
        (
            "<credit-words>PDF © 2004 Margaret Greentree</credit-words><credit-words>used by permission</credit-words>",
            "credit, used by permission",
        ),
        (
            "<credit-words>PDF © 2004 Margaret Greentree - used by permission</credit-words>",
            "credit, used by permission",
        ),
        ("<rights>all mine</rights>", "other"),
        ("<credit-words>© 1999 Somebody. All rights reserved</credit-words>", "other"),
        ("<credit-words>For non-commercial use</credit-words>", "other"),
    ],
)
def test_a_file_that_says_more_on_rights_than_the_known_credit_is_told_apart(said, kind):
    assert build.notice(f"<score><part>{said}</part></score>".encode()) == kind


def score(notes: str, metre: str = "<beats>4</beats><beat-type>4</beat-type>") -> bytes:
    head = f"<attributes><divisions>2</divisions><key><fifths>-1</fifths></key><time>{metre}</time></attributes>"
    part = f"<part><measure>{head}{notes}</measure></part>"
    return f"<score-partwise>{part * 4}</score-partwise>".encode()


def note(step: str, octave: int, duration: int, more: str = "", alter: int = 0) -> str:
    return (
        f"<note>{more}<pitch><step>{step}</step><alter>{alter}</alter><octave>{octave}</octave></pitch>"
        f"<duration>{duration}</duration></note>"
    )


def test_musicxml_is_read_with_ties_joined_and_a_pickup():
    tied = note("B", 4, 2, '<tie type="start"/>', -1) + note("B", 4, 2, '<tie type="stop"/>', -1)
    piece = build.chorale("x", score(tied + note("C", 4, 2)))
    assert piece.voices[0] == ((70, 8), (60, 4)) and (piece.fifths, piece.beats, piece.pickup) == (-1, 4, 3)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (score("<backup><duration>2</duration></backup>"), "more than one voice"),
        (score(note("C", 4, 2, "<chord/>")), "chords"),
        (score(note("C", 4, 2), "<beats>3</beats><beat-type>2</beat-type>"), "metre"),
        (b"<score-partwise><part/></score-partwise>", "four parts"),
    ],
)
def test_what_is_no_plain_chorale_is_left_out(raw, reason):
    with pytest.raises(build.Unfit, match=reason):
        build.chorale("x", raw)
