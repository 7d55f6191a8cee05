"""Chorales: grammar, a soprano that stays, likelihoods that agree, transposition."""

import numpy as np
import pytest
import torch

from genai_core import learning, registry
from genai_core.catalogue import Catalogue
from genai_core.contracts import Data, DataInfo
from genai_core.datasets import chorales
from genai_core.models import ar_melody
from genai_core.runs import archive

CONFIGS = {"lstm": {"width": 32}, "transformer": {"network": "transformer", "width": 16, "layers": 2, "context": 63}}


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def trained(name: str, steps: int = 12):
    config = CONFIGS[name] | {"precision": "float32", "batch_size": 8}
    fitting = learning.fit("ar-melody", chorales.load(), config, steps, 3)
    while True:
        try:
            next(fitting)
        except StopIteration as end:
            return end.value


@pytest.fixture(scope="module", params=CONFIGS)
def model(request):
    return trained(request.param)


@pytest.mark.parametrize("temperature", [0.0, 2.0])
def test_what_is_drawn_keeps_to_the_grammar(model, temperature):
    tokens = model.sample(3, torch.Generator().manual_seed(0), temperature=temperature, beats=12).numpy()
    plan = chorales.plan(12, 4, 1)
    assert tokens.shape == (3, 109) and (tokens[:, plan >= 0] == plan[plan >= 0]).all()
    assert (chorales.voice_of(tokens[:, 1:].reshape(3, 12, 9)[:, :, 1:]) == np.tile(range(4), 2)).all()
    for piece in tokens:
        assert (chorales.encode(chorales.decode(piece)) == piece)[chorales.is_note(piece)].all()


def test_harmonising_leaves_the_soprano_as_it_was(model):
    piece = next(p for p in chorales.table() if p.part == "heldout" and p.beats == 3)
    soprano = chorales.normal(piece)[0]
    for seed in (1, 2):
        tokens = model.harmonise(soprano, seed, 1.5, piece.beats, piece.pickup)
        voices = chorales.decode(tokens)
        assert voices[0] == tuple(soprano)
        assert {sum(n for _, n in line) for line in voices} == {sum(n for _, n in soprano)}
    again = model.harmonise(soprano, 2, 1.5, piece.beats, piece.pickup)
    assert np.array_equal(again, tokens)
    assert not np.array_equal(tokens, model.harmonise(soprano, 3, 1.5, piece.beats, piece.pickup))


def test_bits_while_drawing_are_those_of_the_network(model):
    """Given symbol by symbol in numpy, and at once in torch: the same bits where all symbols of the voice are weighed."""
    plan = chorales.plan(8)
    tokens, bits = model.follow(plan, np.random.default_rng(0).random((len(plan), 2)), 1.0)
    with torch.no_grad():
        logits = model(torch.from_numpy(tokens[:, :-1])).double()
    for t in range(1, len(plan)):
        if plan[t] < 0:
            voice = ((t - 1) % 9 - 1) % 4
            own = logits[:, t - 1, chorales.FIRST[voice] : chorales.FIRST[voice] + chorales.SIZES[voice]].log_softmax(1)
            place = torch.from_numpy(tokens[:, t] - chorales.FIRST[voice])
            expected = -own.gather(1, place[:, None])[:, 0] / np.log(2)
            assert np.allclose(bits[:, t], expected.numpy(), atol=2e-3)


def test_particles_prefer_harmonies_that_foretell_the_tune():
    """A toy network: the soprano of a beat repeats what the alto sang on the beat before. Particles whose alto foretold it are kept."""

    class Stream:
        def __init__(self, n):
            self.h, self.c = [np.zeros((n, 1))], [np.zeros((n, 1))]

        def step(self, tokens):
            voice = chorales.voice_of(tokens)
            alto = np.where(voice == 1, tokens - chorales.FIRST[1], self.h[0][:, 0])
            self.h[0] = alto[:, None]
            logits = np.zeros((len(tokens), len(chorales.VOCABULARY)))
            logits[:, chorales.FIRST[1] + 2 : chorales.FIRST[1] + 4] = 9  # the alto sings one of two notes
            for i, sign in enumerate(alto.astype(int)):
                logits[i, chorales.FIRST[0] + sign] += 7
            return logits

    class Toy:
        stream = staticmethod(Stream)
        _resample = staticmethod(ar_melody.Chorales._resample)

    plan = chorales.plan(8)
    grid = plan[1:].reshape(8, 9)
    grid[:, 1] = chorales.FIRST[0] + np.array([2, 3, 2, 2, 3, 3, 2, 3])
    grid[:, 5] = chorales.FIRST[0]
    rng = np.random.default_rng(0)
    u = rng.random((len(plan), 64))
    with_them = ar_melody.Chorales.follow(Toy, plan, u, 1.0, rng)[0]
    without = ar_melody.Chorales.follow(Toy, plan, u, 1.0)[0]

    def kept(
        tokens,
    ):  # the alto on the last half of a beat against the soprano of the next one, but for the last, not yet weighed
        alto = tokens[:, 1:].reshape(-1, 8, 9)[:, :6, 6] - chorales.FIRST[1]
        return (alto == grid[1:7, 1] - chorales.FIRST[0]).mean()

    assert kept(without) < 0.6 and kept(with_them) > 0.85


def test_transposed_windows_keep_intervals_and_stay_in_range():
    x = torch.from_numpy(chorales.load().train[:1440].astype(np.int64)).reshape(10, 144)
    by = torch.tensor([0, 1, -1, 2, -2, 3, -3, 30, 5, -5])
    moved = ar_melody.transposed(x, by)
    notes = torch.from_numpy(chorales.is_note(x.numpy()))
    assert torch.equal(moved[~notes], x[~notes]) and torch.equal(moved[7], x[7])  # nothing fits thirty semitones higher
    changed = 0
    for row, old, shift, here in zip(moved, x, by, notes, strict=True):
        assert set((row - old)[here].tolist()) in ({0}, {int(shift)})
        changed += bool((row != old).any())
    assert changed >= 4
    assert torch.equal(
        torch.from_numpy(chorales.voice_of(moved.numpy())), torch.from_numpy(chorales.voice_of(x.numpy()))
    )


def test_measures_and_report_name_bits_a_note_with_their_baseline(model):
    data = chorales.load()
    small = Data(data.info, data.train[:4000], np.concatenate(chorales.pieces_of(data.heldout)[:2]))
    measured = model.measures(small, torch.Generator().manual_seed(0))
    assert set(measured) == set(model.references(small)) == {"note_bits", "chords"}
    final = model.final(small, torch.Generator().manual_seed(0))
    assert final["note_bits"].low <= final["note_bits"].value <= final["note_bits"].high
    frame = model.frame(small, torch.Generator().manual_seed(0))
    assert frame.dtype == np.uint8 and frame.shape == (208, 448, 3)


def test_another_vocabulary_is_refused():
    with pytest.raises(ValueError, match="symbols"):
        ar_melody.build(ar_melody.Config(), DataInfo("melody", (), vocabulary=("a", "b")))


def test_a_run_that_comes_back_in_an_archive_is_known_by_its_symbols():
    info = DataInfo("melody", (), vocabulary=chorales.VOCABULARY)
    assert archive._info(info, "chorales", Catalogue(registry.catalogue())) == info
