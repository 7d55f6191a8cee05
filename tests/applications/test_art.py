"""Chorales composed and harmonised: the effect and its absence, what a visitor brings, looks of the shipped models."""

import numpy as np
import pytest

from genai_core.applications import art
from genai_core.datasets import chorales
from genai_core.errors import ConfigError
from genai_core.execution.gallery import GALLERY
from genai_core.metrics.melody import Counts, a_note
from genai_core.runs.store import Store

JOY = [[64, 2], [64, 2], [65, 2], [67, 2], [67, 2], [65, 2], [64, 2], [62, 2]]


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return Store(tmp_path_factory.mktemp("store"), gallery=GALLERY)


def look(name, store, **params):
    plain, arrays = art.SPEC.looks[name](store, dict(params), {})
    assert arrays == {}
    return plain


def test_shuffled_notes_are_the_same_notes_in_another_order():
    data = chorales.load()
    other = art.shuffled(data.train, np.random.default_rng(0))
    assert np.array_equal(np.bincount(other, minlength=145), np.bincount(data.train, minlength=145))
    assert np.array_equal(chorales.voice_of(other), chorales.voice_of(data.train))
    beats = chorales.voice_of(data.train) < 0
    assert np.array_equal(other[beats], data.train[beats]) and (other != data.train).mean() > 0.4
    one = [a_note(Counts(part, 0).bits(data.heldout), data.heldout) for part in (data.train, other)]
    two = [a_note(Counts(part, 2).bits(data.heldout), data.heldout) for part in (data.train, other)]
    assert one[0] == pytest.approx(one[1])  # how often is all that is left
    assert two[0] < one[0] - 1 and two[1] > one[1] - 0.1


def test_order_is_learned_where_there_is_one_and_nothing_where_there_is_none(monkeypatch):
    monkeypatch.setattr(art, "PIECES", 4)
    *events, outcome = art.replicate(art.Config(steps=100), 11)
    values = outcome.values
    assert values["effect"] > 0.5 and abs(values["control"]) < 0.4
    assert values["chords_lstm"] > values["chords_shuffled"] and 0.85 < values["chords_bach"] < 0.95
    assert 1 < values["counting_2"] < 2.5 and values["counting_1"] < values["counting_2"]
    assert events[-1].step == events[-1].total and {len(v) for v in outcome.shown["runs"].values()} == {4, 28}
    assert values["run_bach"] == np.mean(outcome.shown["runs"]["bach"])


def test_a_piece_by_the_copyist_is_told_from_one_by_the_others(store):
    few = look("compose", store, model="few", seed=1, bars=8)
    assert few["run"]["notes"] > max(few["control"]) and few["read"] == 12
    lstm = [look("compose", store, model="lstm", seed=seed, bars=8) for seed in (1, 2, 3)]
    assert np.median([piece["run"]["notes"] for piece in lstm]) <= max(few["control"])
    assert all(piece["read"] == 301 and len(piece["control"]) == 28 for piece in lstm)


@pytest.mark.parametrize("model", art.SHIPPED)
def test_what_is_composed_is_four_voices_and_its_passage_is_in_both_pieces(store, model):
    piece = look("compose", store, model=model, seed=4, temperature=1.0, bars=4)
    assert [sum(n for _, n in line) for line in piece["voices"]] == [32] * 4 and piece["beats"] == 16
    run, passage = piece["run"], piece["passage"]
    source = next(p for p in chorales.table() if p.name == run["name"])
    line = chorales.on_grid(source.voices[run["source_voice"]])
    there = line[run["there"] : run["there"] + run["notes"]]
    assert [pitch + passage["semitones"] * -1 for pitch, _ in there] == [pitch for pitch, _ in passage["own"]]
    assert [n for _, n in there[:-1]] == [n for _, n in passage["own"][:-1]]
    assert passage["own"] == piece["voices"][run["voice"]][run["start"] : run["start"] + run["notes"]]
    assert [p for p, _ in passage["source"]] == [p for p, _ in passage["own"]]
    assert piece == look("compose", store, model=model, seed=4, temperature=1.0, bars=4)


def test_a_tune_of_bachs_stays_and_only_the_lower_voices_are_searched(store):
    names = [piece["name"] for piece in look("sopranos", store)["pieces"]]
    assert len(names) == 28
    piece = look("harmonise", store, model="lstm", piece=names[0])
    known = next(p for p in chorales.table() if p.name == names[0])
    assert [tuple(note) for note in piece["voices"][0]] == list(chorales.on_grid(known.voices[0]))
    assert piece["bach"][0] == piece["voices"][0] and piece["bach"][3] != piece["voices"][3]
    assert piece["run"]["voice"] in (1, 2, 3)


@pytest.mark.parametrize("by", [0, 2, -1])
def test_a_visitors_melody_stays_at_its_own_pitch(store, by):
    tune = [[pitch + by, n] for pitch, n in JOY]
    piece = look("harmonise", store, model="lstm", melody=tune, seed=2)
    assert piece["voices"][0] == tune
    soprano, shift = art.placed(art.given(tune))
    assert all(pitch % 12 in art.SCALE for pitch, _ in soprano) and abs(shift) <= 6


def test_a_melody_is_filled_up_to_whole_beats():
    assert art.given([[60, 3]]) == ((60, 4),)
    assert art.given([[60, 1], [0, 2]]) == ((60, 1), (0, 3))


@pytest.mark.parametrize(
    "melody",
    [[], [[0, 2]], [[60, 5]], [[20, 2]], [[60.5, 2]], [[True, 2]], "la la", [[60, 2]] * 65, [[60]], {"a": 1}],
)
def test_what_is_no_melody_is_refused(melody):
    with pytest.raises(ConfigError, match="melody"):
        art.given(melody)


def test_other_questions_are_refused(store):
    with pytest.raises(ConfigError, match="two octaves"):
        look("harmonise", store, melody=[[48, 2], [84, 2]])
    with pytest.raises(ConfigError, match="no held-out chorale"):
        look("harmonise", store, piece="bwv999")
    with pytest.raises(ConfigError, match="Available: lstm, transformer, few"):
        look("compose", store, model="gpt")
    with pytest.raises(ConfigError, match="temperature"):
        look("compose", store, temperature=9)
    with pytest.raises(ConfigError, match="bars"):
        look("compose", store, bars=400)


def test_the_control_is_bach_against_bach_at_the_same_length():
    short, long = art._bach_runs(16), art._bach_runs(64)
    assert all(a <= b for a, b in zip(short, long, strict=True)) and sum(short) < sum(long)
    read = art.library()[0]
    piece = art.heldout()[5]
    cut = art._cut(chorales.normal(piece), 64)
    assert read.longest(cut).notes == art._bach_runs(32)[5]
    assert read.longest(cut[1:]).notes == art._bach_runs(32, lower=True)[5]
