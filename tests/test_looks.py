"""Looks on a run made here: what they answer, what they refuse, what they keep."""

import dataclasses
import itertools
import math
from collections import OrderedDict

import numpy as np
import pytest
import torch

from genai_core import looks, registry
from genai_core.errors import ConfigError, DataError, RunError
from genai_core.runs.job import execute
from genai_core.runs.store import Store
from tests.execution import toys


@pytest.fixture(scope="module", autouse=True)
def plugins():
    with pytest.MonkeyPatch.context() as patch:
        toys.install(patch.setattr)
        yield


@pytest.fixture(scope="module")
def made(tmp_path_factory, plugins):
    store = Store(tmp_path_factory.mktemp("store"), gallery=None)
    run_id = store.create(toys.spec(10))
    assert execute(store, run_id) == "done"
    return store, run_id


@pytest.fixture
def ask(made):
    store, run_id = made
    return lambda name, **params: looks.answer(store, name, {"run": run_id, **params})


def test_sample_follows_the_seed_and_the_controls(ask):
    _, one = ask("sample", n=10, seed=1)
    _, same = ask("sample", n=10, seed=1, label="any")
    _, other = ask("sample", n=10, seed=2)
    _, ones = ask("sample", n=10, seed=1, label="1")
    assert one["samples"].dtype == np.uint8 and one["samples"].shape == (10, 6, 6)
    assert (one["samples"] == same["samples"]).all() and (one["samples"] != other["samples"]).any()
    assert list(one["labels"]) == [0, 1] * 5 and list(ones["labels"]) == [1] * 10
    assert (
        one["samples"][1::2] == ones["samples"][1::2]
    ).all()  # the same latents, and the same class in every second place
    assert one["picture"].dtype == np.uint8


def test_interpolation_begins_and_ends_at_its_seeds(ask):
    _, there = ask("interpolate", seed_a=1, seed_b=2, steps=7, rows=3)
    _, back = ask("interpolate", seed_a=2, seed_b=1, steps=7, rows=3)
    assert there["samples"].shape == (3, 7, 6, 6)
    assert np.abs(there["samples"].astype(int) - back["samples"][:, ::-1]).max() <= 1
    _, still = ask("interpolate", seed_a=1, seed_b=1, steps=5, rows=3)
    assert np.abs(still["samples"].astype(int) - there["samples"][:, :1]).max() <= 1
    _, straight = ask("interpolate", seed_a=1, seed_b=2, steps=7, rows=3, spherical=False)
    assert (straight["samples"][:, 3] != there["samples"][:, 3]).any()
    assert np.abs(straight["samples"][:, 0].astype(int) - there["samples"][:, 0]).max() <= 1


def test_slerp_keeps_to_the_sphere_and_meets_closed_forms():
    a, b = torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 1.0]])
    third = looks.slerp(a, b, torch.tensor([[1 / 3]]))
    torch.testing.assert_close(third, torch.tensor([[math.cos(math.pi / 6), math.sin(math.pi / 6)]]))
    torch.testing.assert_close(looks.slerp(a, 3 * a, torch.tensor([[0.5]])), 2 * a)
    assert looks.slerp(a, -a, torch.tensor([[0.5]])).isfinite().all()
    x, y = torch.randn(50, 8), torch.randn(50, 8)
    x, y = (v / v.norm(dim=1, keepdim=True) for v in (x, y))
    torch.testing.assert_close(looks.slerp(x, y, torch.rand(50, 1)).norm(dim=1), torch.ones(50))


def test_truncation_shows_the_same_latents_at_every_value(ask):
    result, arrays = ask("truncation", values=[0.2, 1.0, 4.0], columns=8, seed=3)
    assert result == {"values": [0.2, 1.0, 4.0]} and arrays["samples"].shape == (3, 8, 6, 6)
    assert len(arrays["pictures"]) == 3
    _, again = ask("truncation", values=[4.0], columns=8, seed=3)
    assert (again["samples"][0] == arrays["samples"][2]).all()
    spread = arrays["samples"].astype(float).std(axis=1).mean(axis=(1, 2))
    assert spread[0] < spread[2]


def test_training_items_are_shown_as_they_are(ask):
    result, arrays = ask("training", n=5)
    assert result == {"n": 5} and (arrays["items"] == toys.load().train[:5]).all()


def test_nearest_images_are_the_nearest_by_exhaustive_search(ask):
    result, arrays = ask("nearest", n=9, seed=5)
    data = toys.load()
    samples = arrays["samples"] / 255
    for i, (name, images) in itertools.product(range(9), (("train", data.train), ("heldout", data.heldout))):
        distances = np.sqrt(((images / 255 - samples[i]) ** 2).sum((1, 2)))
        assert abs(arrays[f"{name}_distance"][i] - distances.min()) < 0.02  # samples come rounded to bytes
        assert distances[arrays[f"{name}_index"][i]] < distances.min() + 0.02
        assert (arrays[name][i] == images[arrays[f"{name}_index"][i]]).all()
    assert result["n"] == 9 and abs(result["train"] - np.median(arrays["train_distance"])) < 1e-3


def test_nearest_images_are_not_looked_for_among_data_that_are_not_here(ask, monkeypatch):
    away = dataclasses.replace(toys.DATASET, available=lambda: False, load=lambda: pytest.fail("it would download"))
    monkeypatch.setattr(looks, "_models", OrderedDict())
    monkeypatch.setattr(registry, "datasets", lambda: {away.key: away})
    with pytest.raises(DataError):
        ask("nearest", n=2)


def test_a_copy_is_found_at_no_distance_across_chunks():
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (5000, 4, 4), dtype=np.uint8)
    chosen = rng.integers(0, 5000, 300)
    distance, index = looks.nearest_in(images[chosen] / 255, images)
    assert (index == chosen).all() and distance.max() < 1e-2


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("sample", {"n": 401}), ("sample", {"n": 0}), ("sample", {"n": "many"}), ("sample", {"seed": -1}),
        ("sample", {"unknown": 1}), ("sample", {"label": "7"}), ("sample", {"truncation": 100}),
        ("interpolate", {"steps": 65}), ("interpolate", {"rows": 9}), ("interpolate", {"label": "2"}),
        ("truncation", {"values": []}), ("truncation", {"values": [1.0] * 11}), ("truncation", {"values": 5}),
        ("truncation", {"values": [float("nan")]}), ("truncation", {"columns": 1000}),
        ("nearest", {"n": 65}), ("training", {"n": 401}), ("training", {"who": 1}), ("nothing", {}),
    ],
)  # fmt: skip
def test_parameters_out_of_bounds_are_refused_with_a_sentence(ask, name, params):
    with pytest.raises(ConfigError) as found:
        ask(name, **params)
    assert str(found.value).endswith(".")


def test_a_run_without_weights_says_so(made):
    store, _ = made
    with pytest.raises(RunError, match="no weights yet"):
        looks.answer(store, "sample", {"run": store.create(toys.spec(10))})
    with pytest.raises(RunError):
        looks.answer(store, "sample", {})


def test_weights_of_another_shape_say_so(made, monkeypatch):
    store, run_id = made
    wide = type("Wide", (toys.Toy,), {"__init__": _wide})
    spec = toys.dataclasses.replace(toys.MODEL, build=wide)
    monkeypatch.setattr(registry, "_found", lambda folder: {**toys.FOLDERS, "models": {"toy": spec}}[folder])
    looks._models.clear()
    with pytest.raises(RunError, match="do not fit"):
        looks.answer(store, "sample", {"run": run_id})


def _wide(self, config, info):
    toys.Toy.__init__(self, config, info)
    self.net = torch.nn.Linear(9, 36)


def test_few_models_are_kept_and_new_weights_replace_old_ones(tmp_path, monkeypatch):
    looks._models.clear()
    store = Store(tmp_path, gallery=None)
    runs = []
    for seed in range(looks.KEPT + 2):
        runs.append(store.create(toys.spec(2, seed=seed)))
        execute(store, runs[-1])
        looks.answer(store, "sample", {"run": runs[-1]})
    assert len(looks._models) == looks.KEPT
    before = looks.answer(store, "sample", {"run": runs[-1], "n": 4})[1]["samples"]
    execute(store, paused := store.create(toys.spec(50)), until=1)
    early = looks.answer(store, "sample", {"run": paused, "n": 4})[1]["samples"]
    execute(store, paused)
    late = looks.answer(store, "sample", {"run": paused, "n": 4})[1]["samples"]
    assert (early != late).any()
    assert sum(key[1] == paused for key in looks._models) == 1
    assert (looks.answer(store, "sample", {"run": runs[-1], "n": 4})[1]["samples"] == before).all()


def test_a_model_s_own_look_is_asked_first(ask):
    result, arrays = ask("slow")
    assert "pid" in result and arrays == {}
