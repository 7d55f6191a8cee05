"""Private training: its accounting against Opacus's own, its clipping and noise, ordinary training as a limit, both attacks."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from genai_core import registry
from genai_core.risks import membership, private


def finish(generator):
    return list(generator)


@pytest.fixture(scope="module")
def pictures():
    data, first, second = membership.pictures(np.random.default_rng(0), 100)
    return data.info, data.train[:50], data.train[50:], first, second


@pytest.fixture(scope="module")
def austen():
    return registry.datasets()["austen"].load()


# --- accounting ------------------------------------------------------------------------------------------------------


def test_epsilon_is_that_of_opacus_counted_step_by_step():
    from opacus.accountants import PRVAccountant, RDPAccountant

    counted, prv = RDPAccountant(), PRVAccountant()
    for _ in range(60):
        counted.step(noise_multiplier=1.3, sample_rate=0.1)
        prv.step(noise_multiplier=1.3, sample_rate=0.1)
    ours = private.epsilon(1.3, 0.1, 60, 1e-3)
    assert ours == pytest.approx(counted.get_epsilon(1e-3))
    tight = prv.get_epsilon(1e-3, eps_error=0.1)
    assert 0.75 * ours < tight < ours + 0.1  # two ways of counting: Renyi gives an upper bound


def test_without_sampling_epsilon_is_the_gaussian_mechanisms():
    """Steps of the whole data have a Renyi divergence of a T / 2 sigma^2 at order a (Mironov 2017, arXiv:1702.07476)."""
    sigma, steps, delta = 8.0, 40, 1e-4
    orders = np.concatenate([1 + np.arange(1, 100) / 10, np.arange(12, 64)])
    spent = orders * steps / (2 * sigma**2) + np.log1p(-1 / orders) - np.log(delta * orders) / (orders - 1)
    assert private.epsilon(sigma, 1.0, steps, delta) == pytest.approx(spent.min(), rel=1e-6)


def test_epsilon_falls_with_noise_and_rises_with_steps_and_batches():
    known = private.epsilon(1.0, 0.1, 100, 1e-4)
    assert private.epsilon(2.0, 0.1, 100, 1e-4) < known < private.epsilon(1.0, 0.1, 200, 1e-4)
    assert known < private.epsilon(1.0, 0.2, 100, 1e-4) and private.epsilon(0, 0.1, 100, 1e-4) == math.inf
    assert private.delta_for(150) < 1 / 150


def test_poisson_batches_differ_in_size_and_may_be_empty():
    rng = torch.Generator().manual_seed(0)
    sizes = np.array([len(private.poisson(20, 0.1, rng)) for _ in range(2000)])
    assert sizes.mean() == pytest.approx(2, abs=0.15) and sizes.var() == pytest.approx(20 * 0.1 * 0.9, rel=0.15)
    assert (sizes == 0).mean() == pytest.approx(0.9**20, abs=0.03)


# --- clipping and noise ----------------------------------------------------------------------------------------------


def updated(x, sigma=0.0, clip=1.0, seed=0):
    """The change of a linear layer's weights in one step of descent with rate 1 on x (B, 3), the batch expected to be 4."""
    torch.manual_seed(1)
    layer = nn.Linear(3, 2, bias=False)
    before = layer.weight.detach().clone()
    rng = torch.Generator().manual_seed(seed)
    optimizer = private.privately(layer, torch.optim.SGD(layer.parameters(), lr=1.0), sigma, clip, 4, rng)
    if len(x):
        (50 * layer(x) ** 2).sum(1).mean().backward()
        optimizer.step()
    else:
        private.nothing(optimizer)
    return layer.weight.detach() - before


def test_one_item_moves_the_weights_by_its_clipped_gradient_at_most():
    x = torch.randn(4, 3, generator=torch.Generator().manual_seed(2))
    whole = updated(x)
    for i in range(4):
        rest = updated(torch.cat([x[:i], x[i + 1 :]]))
        assert (whole - rest).norm() <= 1 / 4 + 1e-6
    assert whole.norm() <= 1 + 1e-6
    assert (updated(x, clip=1e9) - updated(x[:3], clip=1e9)).norm() > 1  # and without clipping by far more


def test_noise_has_the_size_that_was_asked_for_also_on_an_empty_batch():
    nothing = torch.empty(0, 3)
    moves = torch.stack([updated(nothing, sigma=2.0, clip=1.5, seed=seed) for seed in range(300)])
    assert moves.std() == pytest.approx(2.0 * 1.5 / 4, rel=0.07) and abs(moves.mean()) < 0.06
    assert updated(nothing).abs().max() == 0


def test_the_machinery_without_noise_and_clipping_is_ordinary_training(pictures, monkeypatch):
    info, inside, public, *_ = pictures
    gap = private.machinery(info, public, inside, 3)
    assert 0 <= gap < 1e-4
    train = private.train
    monkeypatch.setattr(private, "train", lambda *args, **kw: train(*args, **kw | {"clip": 1.0}))  # clipping left on
    assert private.machinery(info, public, inside, 3) > 20 * max(gap, 1e-5)


def test_the_private_lstm_takes_the_same_steps_as_pytorchs(austen, monkeypatch):
    records = private.passages(austen, ["a secret."], np.random.default_rng(0))
    monkeypatch.setattr(private, "CLIP", 1e9)
    monkeypatch.setattr(private, "poisson", lambda n, rate, rng: torch.randperm(n, generator=rng)[: private.TEXT_BATCH])
    models = []
    for sigma in (None, 0.0):
        torch.manual_seed(5)
        model = private.Writer(austen.info, sigma is not None, austen.train[:5000])
        finish(private.write(model, records, 3, 0, sigma))
        models.append(model.plain())
    x = torch.from_numpy(records[:4]).long()
    torch.testing.assert_close(models[0](x), models[1](x), rtol=1e-3, atol=1e-3)


# --- the two attacks -------------------------------------------------------------------------------------------------


def test_a_secret_is_in_one_record_and_records_are_of_one_length(austen):
    sentences = ["The password of Mr. Bababa is abcd.", "The password of Mr. Bebebe is jihg."]
    records = private.passages(austen, sentences, np.random.default_rng(0))
    texts = ["".join(austen.info.vocabulary[i] for i in row) for row in records]
    assert records.shape == (private.PASSAGES, private.PASSAGE + 1)
    assert [sum(sentence in text for text in texts) for sentence in sentences] == [1, 1]


def test_reading_goes_on_from_a_prompt_as_the_whole_text_would(austen):
    torch.manual_seed(0)
    model = private.Writer(austen.info, False).eval()
    tokens = austen.train[:9].astype(np.int64)
    reading, first = model.after(2, tokens[:8])
    with torch.no_grad():
        whole = model(torch.from_numpy(tokens)[None])[0].numpy()
    assert np.allclose(first, whole[7], atol=1e-5) and np.allclose(reading.step(tokens[[8, 8]]), whole[8], atol=1e-5)


def test_a_small_replicate_finds_members_and_privacy_hides_them(monkeypatch):
    for name, value in (("SIGMAS", (0.0,)), ("PASSAGES", 40), ("DECOYS", 2), ("SECRETS", 2), ("UNPLANTED", 2)):
        monkeypatch.setattr(private, name, value)
    config = private.Config(members=60, steps=450, private_steps=25, text_steps=150)
    *events, outcome = private.replicate(config, 4)
    values = outcome.values
    assert values["effect"] > 0.7 and abs(values["control"] - 0.5) < 0.07 and abs(values["mitigated"] - 0.5) < 0.1
    assert values["price_mitigated"] > values["price"] and values["exposure"] > values["exposure_private"]
    assert values["machinery"] < 1e-4
    assert [dose["epsilon"] is None for dose in outcome.shown["doses"]] == [True, False]
    assert {name for dose in outcome.shown["doses"] for name in (f"auc_{dose['name']}", f"bound_{dose['name']}")} < set(
        values
    )
    assert [sigma for sigma, _ in outcome.dial] == [0.0, 2.0] and events[-1].step == events[-1].total
