"""The PixelCNN over tiles: exact probabilities on a tiny map, no look ahead, and a sampler that draws what the network says."""

import itertools

import numpy as np
import pytest
import torch

from genai_core import registry
from genai_core.contracts import Data, DataInfo
from genai_core.errors import ConfigError
from genai_core.models import tiles_pixel_cnn as tiles


def model(shape=(2, 3), vocabulary="abc", classes=(), seed=0, **config):
    """With every weight drawn at random, the memory's too: what is zero would hide what it does."""
    rng = torch.Generator().manual_seed(seed)
    info = DataInfo("tiles", shape, classes, tuple(vocabulary))
    found = tiles.TilesCnn(tiles.Config(width=6, layers=3, conditional=bool(classes), **config), info)
    for parameter in found.parameters():
        parameter.data = 0.4 * torch.randn(parameter.shape, generator=rng)
    if found.memory is not None:
        found.memory.data *= 0.2
    return found.eval()


def every(shape, n):
    return torch.tensor(list(itertools.product(range(n), repeat=shape[0] * shape[1]))).view(-1, *shape)


@pytest.mark.parametrize("memory", [True, False])
def test_the_probabilities_of_all_tiny_maps_sum_to_one(memory):
    found = model(memory=memory)
    log_p, kind = found.log_likelihood(every((2, 3), 3))
    assert kind == "exact" and float(log_p.exp().sum()) == pytest.approx(1, abs=1e-4)
    assert float(log_p.exp().max()) > 3 * float(log_p.exp().min())  # and are not all alike
    told = model((2, 2), classes=("x", "y"), memory=memory)
    log_p = told.log_likelihood(every((2, 2), 3))[0]
    assert float(log_p.exp().sum()) == pytest.approx(1, abs=1e-4)


def test_no_tile_sees_itself_or_what_comes_after():
    found = model((5, 6), "abcd")
    rng = torch.Generator().manual_seed(1)
    x = torch.randint(4, (1, 5, 6), generator=rng)
    before = found.logits(x)
    for row, column in ((0, 0), (2, 3), (4, 5)):
        other = x.clone()
        other[0, row, column] = (other[0, row, column] + 1) % 4
        changed = (found.logits(other) != before).any(1)[0].flatten()
        assert not changed[: row * 6 + column + 1].any()
        assert changed[row * 6 + column + 1 :].any() or (row, column) == (4, 5)


def test_the_memory_holds_what_was_placed_before_and_not_what_stands_there():
    x = torch.tensor([[[1, 0], [1, 2]]])
    hot = torch.nn.functional.one_hot(x, 3).permute(0, 3, 1, 2).float()
    seen = tiles.before(hot)
    assert seen.flatten(2)[0].T.tolist() == [[0, 0, 0], [0, 1, 0], [1, 1, 0], [1, 1, 0]]


@pytest.mark.parametrize("memory", [True, False])
@pytest.mark.parametrize(("temperature", "rows"), [(1.0, 0), (0.6, 0), (1.0, 3)])
def test_each_tile_is_drawn_by_the_logits_that_the_whole_map_gives_it(memory, temperature, rows):
    found = model((7, 6), "abcde", ("x", "y", "z"), memory=memory)
    rng = torch.Generator().manual_seed(3)
    u, given = torch.rand(9, 7, 6, generator=rng), torch.randint(5, (9, 7, 6), generator=rng)
    y = torch.arange(9) % 3
    x = found.draw(u, y, temperature, given, rows)
    assert torch.equal(x[:, :rows], given[:, :rows]) and len(x[:, rows:].unique()) > 1
    logits = found.logits(x, y).detach().permute(0, 2, 3, 1).double().numpy() / temperature
    expected = tiles.pick(logits.reshape(-1, 5), u.double().numpy().reshape(-1)).reshape(9, 7, 6)
    assert (expected[:, rows:] == x[:, rows:].numpy()).mean() > 0.995  # but for draws on the edge of two


def test_draws_are_as_frequent_as_the_exact_probabilities_say():
    found = model((2, 2), "abc")
    exact = found.log_likelihood(every((2, 2), 3))[0].exp().numpy()
    x = found.sample(6000, torch.Generator().manual_seed(4)).reshape(-1, 4).numpy()
    shares = np.bincount(x @ np.array([27, 9, 3, 1]), minlength=81) / len(x)
    assert np.abs(shares - exact).max() < 5 * np.sqrt(exact.max() / len(x))


def test_a_colder_draw_takes_the_likeliest_tile_more_often():
    logits = np.tile(np.log([0.6, 0.3, 0.1]), (4000, 1))
    chance = np.random.default_rng(0).random(4000)
    shares = {t: (tiles.pick(logits / t, chance) == 0).mean() for t in (0.5, 1.0, 2.0)}
    assert shares[1.0] == pytest.approx(0.6, abs=0.03)
    assert shares[0.5] == pytest.approx(0.36 / 0.46, abs=0.03) and shares[2.0] < shares[1.0]


def test_references_know_shares_by_place_and_nothing_else():
    info = DataInfo("tiles", (1, 2), (), ("a", "b"))
    train = np.array([[[0, 1]], [[0, 1]], [[0, 0]], [[0, 1]]], np.int8)
    found = tiles.TilesCnn(tiles.Config(width=4, layers=1, conditional=False), info)
    likelihood = found.references(Data(info, train, np.array([[[0, 1]]], np.int8)))["log_likelihood"]
    assert likelihood == pytest.approx(np.log(0.75))


def test_a_class_that_is_not_there_is_refused():
    found = model(classes=("x", "y"))
    with pytest.raises(ConfigError, match="no class 7"):
        found.labels(3, "7")
    with pytest.raises(ConfigError, match="without classes"):
        model().labels(3, "1")
    with pytest.raises(ConfigError, match="no classes"):
        tiles.TilesCnn(tiles.Config(), DataInfo("tiles", (2, 2), (), ("a", "b")))


def test_the_model_is_found_with_its_preset():
    spec = registry.models()["tiles-pixel-cnn"]
    assert spec.family == "tiles" and [preset.dataset for preset in spec.presets] == ["levels"]
