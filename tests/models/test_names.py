"""The speller of names: it looks back only, minds the style, ends where it may, and counts its bits right."""

import math
from collections.abc import Generator

import numpy as np
import pytest
import torch

from genai_core import learning
from genai_core.contracts import Data, DataInfo
from genai_core.datasets import names
from genai_core.errors import ConfigError
from genai_core.models import names_lstm

INFO = DataInfo("names", (names.LENGTH,), ("one", "two"), names.VOCABULARY)


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def built(seed: int = 0) -> names_lstm.Names:
    torch.manual_seed(seed)
    return names_lstm.Names(names_lstm.Config(width=16, dropout=0.0), INFO).eval()


def taught(steps: int = 150) -> names_lstm.Names:
    """A model of two styles that share no letter."""
    rng = np.random.default_rng(0)
    made = [["".join(rng.choice(list(letters), 5)) for _ in range(100)] for letters in ("abc", "xyz")]
    x, y = names.encode(made[0] + made[1]), np.repeat([0, 1], 100)
    return _end(learning.fit("names-lstm", Data(INFO, x, x, y, y), {"width": 32, "dropout": 0.0}, steps, 1))


def _end(fitting: Generator) -> names_lstm.Names:
    """What a training returns."""
    while True:
        try:
            next(fitting)
        except StopIteration as end:
            return end.value


def test_a_place_depends_on_the_style_and_on_what_stands_before_it():
    model, x = built(), torch.from_numpy(names.encode(["abcdef"])).long()
    changed = x.clone()
    changed[0, 3] = 20
    one, other = model(x, torch.tensor([0])), model(changed, torch.tensor([0]))
    assert torch.equal(one[:, :4], other[:, :4]) and not torch.allclose(one[:, 4], other[:, 4])
    assert not torch.allclose(one[:, 0], model(x, torch.tensor([1]))[:, 0])


def test_bits_count_the_letters_and_one_end():
    model = built()
    with torch.no_grad():
        for p in (model.out.weight, model.out.bias):
            p.zero_()
    x = names.encode(["abc", "abcdefghijk"])
    each, counts = model.nats(torch.from_numpy(x).long(), torch.tensor([0, 1]))
    assert counts.sum(1).tolist() == [4, 12]
    assert each.sum(1).tolist() == pytest.approx([4 * math.log(27), 12 * math.log(27)])
    assert model.name_bits(x, np.array([0, 1])).tolist() == pytest.approx([math.log2(27)] * 2)


def test_a_name_has_three_letters_at_least_and_its_end_stays():
    model = built()
    with torch.no_grad():
        model.out.bias[names.END] = 50.0
    rows = model.sample(20, torch.Generator().manual_seed(0))
    assert [len(name) for name in names.decode(rows)] == [3] * 20 and (rows[:, 3:] == 0).all()
    with torch.no_grad():
        model.out.bias[names.END] = -50.0
    assert {len(name) for name in names.decode(model.sample(20, torch.Generator().manual_seed(0)))} == {names.LONGEST}


def test_the_style_asked_for_is_the_style_written():
    model = taught()
    for label, letters in (("0", "abc"), ("1", "xyz")):
        drawn = names.decode(model.sample(50, torch.Generator().manual_seed(1), label=label))
        assert np.mean([set(name) <= set(letters) for name in drawn]) > 0.95
    mixed = names.decode(model.sample(50, torch.Generator().manual_seed(1)))
    assert np.mean([set(name) <= set("abc") for name in mixed[::2]]) > 0.95
    with pytest.raises(ConfigError, match="There is no class 2"):
        model.sample(1, torch.Generator(), label="2")


def test_a_copy_is_counted_as_copied():
    model, data = built(), names.load()
    model.sample = lambda n, rng, **controls: torch.from_numpy(data.train[:n].astype(np.int64))
    info = DataInfo("names", (names.LENGTH,), names.STYLES, names.VOCABULARY)
    model.info, model.classes = info, 2
    some = Data(info, data.train, data.heldout, data.train_labels % 2, data.heldout_labels % 2)
    assert model.measures(some, torch.Generator())["copied"] == 1.0
    other = Data(info, data.train[500:], data.heldout, data.train_labels[500:] % 2, data.heldout_labels % 2)
    assert model.measures(other, torch.Generator())["copied"] == 0.0
