"""The models of tables: the switch of differential privacy, its accounts, batches by chance, and what the networks learn."""

import dataclasses
import math

import numpy as np
import pytest
import torch

from genai_core import learning, registry
from genai_core.contracts import Batch, Data, DataInfo
from genai_core.datasets import patients
from genai_core.errors import ConfigError
from genai_core.metrics import tables
from genai_core.models import table_vae
from genai_core.training import Poisson, stream


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def finished(generator):
    while True:
        try:
            next(generator)
        except StopIteration as end:
            return end.value


def fit(steps=30, seed=5, key="table-vae", **config):
    return finished(learning.fit(key, patients.load(), config, steps, seed))


def parted(a, b) -> float:
    one, two = a.state_dict(), b.state_dict()
    assert one.keys() == two.keys()
    return max(float((one[k] - two[k]).abs().max()) for k in one)


def test_privacy_without_noise_and_clipping_is_the_plain_model():
    plain, switched = fit(), fit(private=True, noise=0.0, clip=0.0)
    assert parted(plain, switched) < 1e-4
    assert all(not name.startswith("_module") for name in switched.state_dict())
    latents = plain.latents(50, stream(0, "x"))
    assert torch.allclose(plain.decode(latents), switched.decode(latents), atol=1e-3)


@pytest.mark.parametrize("change", [{"clip": 0.5, "noise": 0.0}, {"clip": 100.0, "noise": 1.0}])
def test_clipping_and_noise_each_change_it(change):
    assert parted(fit(), fit(private=True, **change)) > 1e-2


def test_nobody_pulls_further_than_the_clipping_length():
    """The step of plain gradient descent on one person is no longer than clip / batch size, however odd the person."""
    config = table_vae.Config(private=True, noise=0.0, clip=0.5, batch_size=10)
    model = table_vae.TableVae(config, DataInfo("table", (4,), ("a", "b")))
    optimizer = model.optimizers()["vae"]
    optimizer.original_optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    before = torch.cat([p.detach().flatten().clone() for p in model.parameters()])
    odd = Batch(torch.full((1, 4), 1e3), torch.tensor([1]))
    model.train_step(odd, {"vae": optimizer}, 1, 10, torch.Generator().manual_seed(0))
    moved = torch.cat([p.detach().flatten() for p in model.parameters()]) - before
    assert float(moved.norm()) == pytest.approx(0.5 / 10, rel=1e-3)


@pytest.mark.parametrize("private", [False, True])
def test_an_empty_batch_is_a_step(private):
    model = table_vae.TableVae(table_vae.Config(private=private), DataInfo("table", (4,), ("a", "b")))
    empty = Batch(torch.zeros(0, 4), torch.zeros(0, dtype=torch.int64))
    losses = model.train_step(empty, model.optimizers(), 1, 10, torch.Generator().manual_seed(0))
    assert all(math.isfinite(v) for v in losses.values()) and all(torch.isfinite(p).all() for p in model.parameters())


def test_equal_seeds_give_the_same_private_model():
    one, two = fit(private=True, steps=12), fit(private=True, steps=12)
    assert parted(one, two) == 0 and parted(one, fit(private=True, steps=12, seed=6)) > 1e-3


def test_epsilon_grows_with_steps_falls_with_noise_and_bounds_a_single_release():
    def spent(noise, steps, batch_size=40, people=400):
        model = table_vae.TableVae(
            table_vae.Config(private=True, noise=noise, batch_size=batch_size), DataInfo("table", (4,), ("a", "b"))
        )
        model.steps += steps
        return model.epsilon(people)

    assert 0 == spent(2.0, 0) < spent(2.0, 100) < spent(2.0, 400) < spent(1.0, 400)
    # everybody in every batch: one Gaussian release, whose Rényi bound is min over a of a / 2 s^2 + log(1 / d) / (a - 1)
    delta = table_vae.DELTA / 40
    a = 1 + math.sqrt(2 * 4 * math.log(1 / delta))
    assert spent(2.0, 1, people=40) <= a / 8 + math.log(1 / delta) / (a - 1)
    assert math.isinf(spent(0.0, 10))


def test_noise_without_a_clipping_length_is_refused():
    with pytest.raises(ConfigError, match="clipping length"):
        table_vae.TableVae(table_vae.Config(private=True, clip=0.0), DataInfo("table", (4,), ()))


def test_batches_by_chance_hold_each_item_as_often_and_vary_in_size():
    data = Data(DataInfo("table", (1,)), np.arange(50, dtype=np.float32)[:, None], np.zeros((1, 1), np.float32))
    batches = Poisson(data, 10, stream(0, "data"))
    drawn = [batches.next().x.flatten() for _ in range(2000)]
    sizes = torch.tensor([float(len(x)) for x in drawn])
    assert sizes.mean() == pytest.approx(10, abs=0.3) and sizes.var() == pytest.approx(50 * 0.2 * 0.8, rel=0.15)
    counts = torch.bincount(torch.cat(drawn).long(), minlength=50) / 2000
    assert counts.min() > 0.16 and counts.max() < 0.24
    assert all(len(x) == len(x.unique()) for x in drawn[:50])
    batches.load(torch.empty(0, dtype=torch.int64), 0)
    with pytest.raises(ValueError):
        batches.load(torch.arange(50), 3)


@pytest.mark.parametrize("key", ["table-vae", "table-gan"])
def test_what_is_learned_is_of_use_and_keeps_to_its_class(key):
    data = patients.load()
    model = fit(steps=400, key=key, **({"lr": 4e-3} if key == "table-vae" else {}))
    labels = np.resize(data.train_labels, 600)
    made = model.decode(model.latents(600, stream(1, "x")), torch.from_numpy(labels)).numpy()
    sick = (data.heldout_labels == 0).astype(int)
    assert tables.use(made, (labels == 0).astype(int), data.heldout, sick) > 0.93
    asked = model.sample(200, stream(2, "x"), label="0").numpy().mean(0)
    assert asked[0] > 0.4 and model.sample(200, stream(2, "x"), label="1").numpy().mean(0)[0] < -0.2
    with torch.no_grad():
        measures = model.measures(data, stream(3, "x"))
    assert np.isfinite(list(measures.values())).all()


def test_a_private_report_says_epsilon_and_a_plain_one_does_not():
    data = patients.load()
    assert "epsilon" not in fit(steps=5).final(data, stream(0, "x"))
    assert 0 < fit(steps=5, private=True).final(data, stream(0, "x"))["epsilon"].value < 5
    assert "epsilon" not in fit(steps=5, private=True, noise=0.0).final(data, stream(0, "x"))


def test_their_family_has_no_page_and_watches_no_other():
    assert {registry.models()[key].family for key in ("table-vae", "table-gan")} == {"table"}
    fields = {f.name for f in dataclasses.fields(table_vae.Config)}
    assert {"private", "noise", "clip"} <= fields
