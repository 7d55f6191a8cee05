"""Language models are distributions over texts, whichever way they are computed."""

import itertools

import numpy as np
import pytest
import torch

from genai_core import sampling
from genai_core.contracts import Batch, Data, DataInfo
from genai_core.models import ar_text_recurrent, ar_text_transformer

TINY = DataInfo("text", (), vocabulary=("a", "b", "c"))
SMALL = {"width": 16, "context": 8, "precision": "float32"}


def config(kind, **more):
    if kind == "transformer":
        return ar_text_transformer.Config(**SMALL | {"layers": 2, "heads": 2} | more)
    return ar_text_recurrent.Config(**SMALL | {"cell": kind, "layers": 2, "embedding": 8} | more)


def build(kind, info=TINY, **more):
    torch.manual_seed(3)
    build = ar_text_transformer.Transformer if kind == "transformer" else ar_text_recurrent.Recurrent
    model = build(config(kind, **more), info)
    with torch.no_grad():  # far from uniform, so that a slip shows
        for p in model.parameters():
            p += 0.3 * torch.randn(p.shape)
    return model.eval()


KINDS = pytest.mark.parametrize("kind", ["rnn", "gru", "lstm", "transformer"])


@KINDS
def test_the_probabilities_of_all_texts_sum_to_one(kind):
    model, length = build(kind), 6
    texts = torch.tensor(list(itertools.product(range(3), repeat=length)))  # all 729
    inputs = torch.cat([torch.zeros(len(texts), 1, dtype=torch.int64), texts[:, :-1]], 1)
    with torch.no_grad():
        log_p = model(inputs).log_softmax(2).gather(2, texts[..., None])[..., 0].sum(1)
    assert log_p.exp().sum().item() == pytest.approx(1, abs=1e-5)
    assert log_p.exp().std() > 1e-4


@KINDS
def test_one_symbol_at_a_time_equals_the_whole(kind):
    """Also where the text has outgrown the context three times."""
    model = build(kind)
    x = torch.randint(3, (4, 27), generator=torch.Generator().manual_seed(0))
    stream = model.stream(4)
    steps = np.stack([stream.step(x[:, t].numpy()) for t in range(27)], 1)
    with torch.no_grad():
        assert np.abs(steps - model(x).numpy()).max() < 2e-4


def test_a_long_text_in_blocks_equals_the_whole(monkeypatch):
    monkeypatch.setattr(ar_text_transformer, "BLOCK", 10)
    model = build("transformer")
    for length in (9, 24, 25, 40, 61):
        x = torch.randint(3, (1, length), generator=torch.Generator().manual_seed(0))
        with torch.no_grad():
            assert model.long(x).shape == (1, length, 3) and torch.allclose(model.long(x), model(x), atol=1e-4)


@KINDS
def test_nothing_leaks_from_the_future(kind):
    model = build(kind)
    table = model.embed.weight.detach()
    x = torch.tensor([[0, 1, 2, 1, 0, 2, 1, 0]])
    seen = torch.nn.functional.one_hot(x, 3).float().requires_grad_()
    model.embed.forward = lambda _: seen @ table  # the same numbers, with a way back to each place
    for place in range(8):
        (gradient,) = torch.autograd.grad(model(x)[0, place].square().sum(), seen)
        reach = gradient[0].abs().sum(1)
        assert (reach[place + 1 :] == 0).all() and (reach[: place + 1] > 0).all()


def test_a_transformer_sees_its_window_and_no_more():
    """One layer: what lies ``context`` places back has no effect; two layers see twice as far."""
    model = build("transformer", layers=1, context=8)
    x = torch.randint(3, (1, 20), generator=torch.Generator().manual_seed(1))
    other = x.clone()
    other[0, 11] = (x[0, 11] + 1) % 3
    with torch.no_grad():
        differs = (model(x) != model(other)).any(2)[0]
    assert differs[11:19].all() and not differs[:11].any() and not differs[19]


def test_rotary_positions_know_distances_alone():
    """Attention between places moved along together stays as it was, for a window without an end in sight."""
    model = build("transformer", layers=1, context=64)
    x = torch.randint(3, (1, 12), generator=torch.Generator().manual_seed(1))
    x[:, 4:8] = x[:, 8:12]
    turn = lambda start: tuple(f((start + torch.arange(4))[:, None] * model.pace) for f in (torch.cos, torch.sin))  # noqa: E731
    q, k = torch.randn(2, 4, 8, generator=torch.Generator().manual_seed(2))
    rotate = ar_text_transformer.rotate
    near, far = (rotate(q, turn(s)) @ rotate(k, turn(s)).T for s in (0, 37))
    assert torch.allclose(near, far, atol=1e-4)


@KINDS
@pytest.mark.parametrize("settings", [{}, {"temperature": 0.5}, {"top_k": 2}, {"top_p": 0.6}, {"temperature": 0.0}])
def test_stored_logits_give_what_the_model_samples(kind, settings):
    """A page that keeps the logits of a text and its numbers needs no model to draw it."""
    model = build(kind)
    prompt, n = [0, 2], 12
    texts = model.sample(5, torch.Generator().manual_seed(9), length=n, prompt=prompt, **settings).numpy()
    u = torch.rand(n, 5, generator=torch.Generator().manual_seed(9), dtype=torch.float64).numpy()
    stream, logits = model.after(5, prompt)
    for t in range(n):
        drawn = sampling.choose(logits, u[t], **{"temperature": 0.8} | settings)
        assert (drawn == texts[:, t]).all()
        logits = stream.step(drawn)


@KINDS
def test_samples_follow_the_exact_distribution(kind):
    """8,000 texts of two symbols against the nine probabilities, by Pearson's chi-square (8 degrees: 26.1 at 1 in 1,000)."""
    model, n = build(kind), 8000
    texts = model.sample(n, torch.Generator().manual_seed(0), temperature=1.0, length=2).numpy()
    start = torch.tensor([[*model.start]])
    with torch.no_grad():
        first = model(start)[0, -1].softmax(0)
        second = torch.stack([model(torch.cat([start, torch.tensor([[a]])], 1))[0, -1].softmax(0) for a in range(3)])
    expected = n * (first[:, None] * second).flatten().double().numpy()
    counts = np.bincount(texts[:, 0] * 3 + texts[:, 1], minlength=9)
    assert ((counts - expected) ** 2 / expected).sum() < 26.1


@KINDS
def test_a_cycle_is_learned_and_measured(kind):
    """On a b c a b c ... the bits fall to nothing; the greedy continuation is the cycle."""
    model = build(kind, layers=1, lr=1e-2, width=32)
    text = np.arange(4000, dtype=np.int32) % 3
    data = Data(TINY, text[:3000], text[3000:])
    optimizers, rng = model.train().optimizers(), torch.Generator().manual_seed(0)
    starts = torch.arange(32)[:, None]
    x = torch.from_numpy(text)[starts + torch.arange(9)].long()
    for step in range(1, 121):
        losses = model.train_step(Batch(x, None), optimizers, step, 120, rng)
    assert losses["bits"].item() == pytest.approx(losses["loss"].item() / np.log(2))
    assert model.heldout_bits(data.heldout, 20).mean() < 0.05
    assert model.sample(1, rng, temperature=0.0, length=9, prompt=[0, 1]).tolist() == [[2, 0, 1, 2, 0, 1, 2, 0, 1]]
    assert model.training
    measures = model.measures(data, torch.Generator().manual_seed(0))
    assert set(measures) == {"heldout_bits", "repetition", "exposure"} and all(map(np.isfinite, measures.values()))
    assert measures["repetition"] > 0.8 and set(model.references(data)) == {
        "heldout_bits",
        "unigram_bits",
        "repetition",
    }
    final = model.final(data, torch.Generator().manual_seed(0))
    assert final["heldout_bits"].low <= final["heldout_bits"].value <= final["heldout_bits"].high
    assert final["parameters"].value == sum(p.numel() for p in model.parameters())
    assert final["symbols_a_second"].value > 0
