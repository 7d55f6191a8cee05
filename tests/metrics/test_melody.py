"""Runs of shared notes, chords and counts against cases that can be worked out by hand."""

import numpy as np
import pytest

from genai_core.datasets import chorales
from genai_core.metrics import melody

TUNE = ((60, 2), (62, 2), (64, 1), (65, 1), (67, 4), (0, 2), (72, 2), (71, 2))


def library(*lines):
    return melody.Library((i, 0, line) for i, line in enumerate(lines))


@pytest.mark.parametrize("by", [0, 5, -7])
def test_a_copy_is_found_at_full_length_at_any_pitch(by):
    other = ((55, 2), (55, 2), (55, 2))
    found = library(other, TUNE).longest([chorales.moved(TUNE, by)])
    assert found == melody.Run(5, 0, 0, 1, 0, 0)  # up to the rest


def test_a_copied_chorale_is_found_at_its_full_length():
    pieces = [p for p in chorales.table() if p.part == "train"]
    read = melody.Library((i, v, line) for i, p in enumerate(pieces) for v, line in enumerate(p.voices))
    sung = [p for p in pieces if all(pitch for line in p.voices for pitch, _ in line)]  # without a rest
    for piece in (sung[3], sung[-3]):
        whole = max(len(line) for line in piece.voices)
        for by in (0, 4):
            found = read.longest([chorales.moved(line, by) for line in piece.voices])
            assert found.notes >= whole and pieces[found.source].voices[found.source_voice] == piece.voices[found.voice]


def test_another_length_ends_a_run_but_for_its_last_note():
    long = ((60, 2), (62, 2), (64, 1), (65, 3), (67, 4))  # the fourth note is longer
    found = library(TUNE).longest([long])
    assert (found.notes, found.start, found.there) == (4, 0, 0)
    assert library(TUNE).longest([long[2:]]).notes == 2


def test_a_run_is_placed_in_both_pieces():
    own = ((50, 1), (53, 2), (64, 2), (66, 1), (67, 1), (69, 4), (61, 1))
    found = library(((40, 4),), TUNE).longest([((0, 8),), own])
    assert found == melody.Run(4, 1, 2, 1, 0, 1)
    assert [p - 2 for p, _ in own[2:6]] == [p for p, _ in TUNE[1:5]]


def test_rests_and_the_joints_of_the_library_break_runs():
    one, two = ((60, 2), (62, 2)), ((64, 2), (65, 2))
    assert library(one, two).longest([((60, 2), (62, 2), (64, 2), (65, 2))]).notes == 2
    assert library(TUNE).longest([((67, 4), (0, 2), (72, 2), (71, 2))]).notes == 2
    assert library(TUNE).longest([((0, 4),)]).notes == 0
    assert library(TUNE).longest([((50, 4),)]).notes == 1


def test_every_run_ends_where_it_is_said_to():
    rng = np.random.default_rng(0)
    lines = [
        tuple((int(p), int(n)) for p, n in zip(rng.integers(60, 63, 40), rng.integers(1, 3, 40), strict=True))
        for _ in range(3)
    ]
    read = melody.Library((i, 0, line) for i, line in enumerate(lines[:2]))
    best = read.shared(lines[2])[:, 0]
    codes = [melody.steps(line) for line in lines]

    def slow(end: int) -> int:
        here = codes[2]
        return 1 + max(
            next((k for k in range(min(end, at), 0, -1) if here[end - k : end] == code[at - k : at]), 0)
            for code in codes[:2] for at in range(1, len(code) + 1)
        )  # fmt: skip

    assert best.tolist() == [1, *(slow(end) for end in range(1, 40))]


def test_sharing_names_the_pieces():
    assert library(TUNE, TUNE[:3], ((1, 1), (2, 1))).sharing(chorales.moved(TUNE, 3), 4) == {0}
    assert library(TUNE, TUNE[:3], ((1, 1), (2, 1))).sharing(TUNE, 3) == {0, 1}


def test_chords_are_triads_sevenths_and_their_parts():
    def share(*columns):
        return melody.chords([tuple((pitch, 2) for pitch in voice) for voice in zip(*columns, strict=True)])

    assert share((72, 67, 64, 48)) == 1  # C major
    assert share((65, 62, 59, 55)) == 1  # G seventh
    assert share((72, 67, 60, 48)) == 1  # an empty fifth
    assert share((72, 71, 69, 67), (72, 67, 64, 48)) == 0.5  # C B A G is no chord
    assert melody.chords([((72, 1), (73, 1)), ((67, 2),), ((64, 2),), ((48, 2),)]) == 1  # off the beat is not asked


def test_counts_are_entropies_of_what_was_counted():
    first = chorales.FIRST[0]
    tokens = np.array([first + s for s in (2, 3, 2, 3, 2, 3, 2, 3)])
    one = melody.Counts(tokens, 0, prior=1e-9)
    assert one.bits(tokens).sum() == pytest.approx(8)
    two = melody.Counts(tokens, 1, prior=1e-9)
    assert two.bits(tokens)[1:].sum() == pytest.approx(0, abs=1e-6)
    assert melody.a_note(one.bits(tokens), tokens) == pytest.approx(1)
    assert (
        melody.a_note(np.array([0.0, 4.0, 2.0]), np.array([1, first + 2, first])) == 6
    )  # a hold costs, and is no note
    unseen = melody.Counts(tokens, 1).bits(np.array([first + 9]))
    assert np.isfinite(unseen).all() and unseen[0] > 5
    assert melody.Counts(tokens, 1).bits(np.array([1, 2, 3])).tolist() == [0, 0, 0]


def test_counts_sum_to_one_over_a_voice():
    rng = np.random.default_rng(1)
    tokens = chorales.FIRST[2] + rng.integers(0, chorales.SIZES[2], 60)
    counts = melody.Counts(tokens, 2)
    history = tokens[:7]
    p = [2 ** -counts.bits(np.append(history, chorales.FIRST[2] + s))[-1] for s in range(chorales.SIZES[2])]
    assert sum(p) == pytest.approx(1)
