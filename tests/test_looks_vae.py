"""Looks at a VAE trained here on data of its own: what they answer, what they refuse."""

import copy
import dataclasses
import json

import numpy as np
import pytest
import torch

from genai_core import looks, looks_vae, registry
from genai_core.contracts import Budget, Data, RunSpec, knobs
from genai_core.datasets import mnist5k
from genai_core.errors import ConfigError
from genai_core.looks_vae import STANDS_IN, as_mnist
from genai_core.runs.job import execute
from genai_core.runs.spec import check_config
from genai_core.runs.store import Store

CONFIGS = {
    "flat": ("vae-mlp", {"width": 16, "latent": 2, "images": 20}),
    "deep": ("vae-mlp", {"width": 16, "latent": 6, "images": 20, "conditional": True}),
    "grey": ("vae-conv", {"width": 8, "latent": 4, "images": 20, "likelihood": "continuous bernoulli"}),
    "absent": ("vae-mlp", {"width": 16, "latent": 2, "images": 20}),
}


def small() -> Data:
    data = mnist5k.load()
    part = slice(0, 1000)
    return dataclasses.replace(data, heldout=data.heldout[:300], heldout_labels=data.heldout_labels[:300],
                               train=data.train[part], train_labels=data.train_labels[part])  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The look of every config's run by name."""
    store, ids = Store(tmp_path_factory.mktemp("store"), gallery=None), {}
    here = dataclasses.replace(mnist5k.SPEC, load=small)
    away = dataclasses.replace(mnist5k.SPEC, key="mnist", load=small, available=lambda: True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("genai_core.models.vae_parts.Vae.metered", False, raising=False)
        patch.setattr("genai_core.models.vae_parts.Vae.report_samples", 0, raising=False)
        patch.setattr("genai_core.models.vae_parts.TIGHT", 60)
        patch.setattr(registry, "datasets", lambda: {"mnist5k": here, "mnist": away})
        for name, (model, config) in CONFIGS.items():
            full = check_config(knobs(registry.models()[model].config), config)
            spec = RunSpec(model, full, "mnist" if name == "absent" else "mnist5k", 0, Budget(steps=30))
            ids[name] = store.create(spec)
            assert execute(store, ids[name]) == "done", store.open(ids[name]).record().error
        away = dataclasses.replace(away, available=lambda: False, load=lambda: pytest.fail("it would download"))
        patch.setattr(registry, "datasets", lambda: {"mnist5k": here, "mnist": away})

        def ask(run, name, **params):
            return looks.answer(store, name, {"run": ids[run], **params})

        ask.learned = lambda run: looks.learned(store.open(ids[run]))
        yield ask


SEVEN = np.zeros((28, 28))
SEVEN[3:6, 2:14] = 255
SEVEN[6:20, 11:14] = 255
PIXELS = SEVEN.flatten().tolist()
RUNS = pytest.mark.parametrize("run", ["flat", "deep", "grey"])


@RUNS
def test_the_map_places_every_image_and_its_cells_are_what_decode_draws(made, run):
    plain, arrays = made(run, "map", grid=8)
    json.dumps(plain)
    assert arrays["places"].shape == (300, 2) and arrays["images"].shape == (300, 28, 28)
    assert arrays["cells"].shape == (64, 28, 28) and arrays["labels"].shape == (300,)
    x0, x1, y0, y1 = plain["bounds"]
    _, there = made(
        run, "decode", at=[x0 + (x1 - x0) / 16, y1 - (y1 - y0) / 16]
    )  # the centre of the cell at the top left
    assert np.abs(there["samples"][0].astype(int) - arrays["cells"][0]).max() <= 1
    assert len(plain["kl"]) == len(plain["active"]) == plain["latent"]
    assert plain["axes"] == ("latent" if run == "flat" else "principal")
    assert (plain["explained"] == 1) == (run == "flat")


def test_two_latents_are_the_map_itself(made):
    _, at = made("flat", "decode", at=[0.5, -1.0])
    _, z = made("flat", "decode", z=[0.5, -1.0])
    assert (at["samples"] == z["samples"]).all()


@RUNS
def test_the_manifold_has_a_row_a_class_where_there_are_classes(made, run):
    plain, arrays = made(run, "manifold", side=6)
    rows = 10 if run == "deep" else 6
    assert arrays["samples"].shape == (rows, 6, 28, 28) and plain["by_class"] == (run == "deep")
    assert arrays["picture"].ndim == 2
    if run == "deep":
        assert made(run, "manifold", side=6, label=3)[1]["samples"].shape == (6, 6, 28, 28)


@RUNS
def test_traversal_moves_one_latent_and_holds_the_rest(made, run):
    plain, arrays = made(run, "traverse", dim=1, steps=7, rows=3)
    assert arrays["samples"].shape == (3, 7, 28, 28) and plain["dim"] == 1
    assert arrays["values"].tolist() == [-3, -2, -1, 0, 1, 2, 3]
    one, own = made(run, "traverse", dim=1, steps=7, index=plain["index"][2])
    assert one["index"] == [plain["index"][2]]
    assert (own["samples"][0] == arrays["samples"][2]).all()


@RUNS
def test_dimensions_are_sorted_and_agree_with_the_map(made, run):
    plain, arrays = made(run, "dimensions")
    mapped, _ = made(run, "map", grid=0)
    assert (np.diff(arrays["kl"]) <= 0).all()
    np.testing.assert_allclose(np.array(mapped["kl"])[arrays["dim"]], arrays["kl"], atol=1e-4)
    assert plain["active"] == arrays["on"].sum() == (arrays["variance"] > 0.01).sum() == sum(mapped["active"])


@RUNS
def test_latents_in_use_are_counted_as_while_training(made, run):
    """One page shows both counts: that of the curve, and that of the bars."""
    found = made.learned(run)
    measured = found.model.measures(small(), torch.Generator())
    plain, _ = made(run, "map", grid=0)
    assert sum(plain["active"]) == measured["active"]
    assert max(plain["kl"]) == pytest.approx(measured["kl_01"], abs=1e-3)


def test_the_map_of_a_collapsed_model_is_one_spot(made):
    """Its codes differ by next to nothing, which the map is not to blow up."""
    found = made.learned("deep")
    model = copy.deepcopy(found.model)
    with torch.no_grad():
        model.encoder.net[-1].weight.mul_(1e-6)
    plain, arrays = looks_vae.map_(dataclasses.replace(found, model=model), {"grid": 0})
    assert np.abs(arrays["places"]).max() < 0.01 * min(plain["bounds"][1], plain["bounds"][3])


@RUNS
def test_the_way_between_two_images_runs_back(made, run):
    _, there = made(run, "between", a=3, b=8, steps=5)
    _, back = made(run, "between", a=8, b=3, steps=5)
    assert there["samples"].shape == (5, 28, 28) and there["picture"].shape == (28, 7 * 30 - 2)
    ends = there["samples"][[0, -1]], back["samples"][[-1, 0]]
    assert np.abs(ends[0].astype(int) - ends[1].astype(int)).max() <= 1


@RUNS
def test_a_drawing_is_fitted_encoded_and_scored(made, run):
    plain, arrays = made(run, "draw", pixels=PIXELS)
    again, _ = made(run, "draw", pixels=[v / 255 for v in PIXELS])
    assert plain == again
    json.dumps(plain)
    assert arrays["input"].shape == arrays["reconstruction"].shape == (28, 28)
    assert (np.diff(arrays["scores"]) >= 0).all() and len(arrays["scores"]) == plain["n"] == 200
    assert plain["share"] == pytest.approx((arrays["scores"] < plain["score"]).mean(), abs=1e-6)
    assert plain["binary"] == (run != "grey") and plain["kind"] == "IWAE-10"
    assert (plain["label"] in range(10)) if run == "deep" else plain["label"] == -1
    _, raw = made(run, "draw", pixels=PIXELS, fit=False)
    assert (raw["input"] == SEVEN).all() and (raw["input"] != arrays["input"]).any()


def test_a_held_out_digit_scores_as_its_like_and_noise_as_odd(made):
    digit = mnist5k.load().heldout[5].flatten().tolist()
    noise = np.random.default_rng(0).integers(0, 256, 784).tolist()
    assert made("flat", "draw", pixels=digit, fit=False)[0]["odd"] == "likely"
    assert made("flat", "draw", pixels=noise, fit=False)[0]["odd"] == "odd"


def test_a_drawing_is_centred_by_mass_and_scaled_to_twenty_pixels():
    for shape in ((slice(2, 8), slice(20, 24)), (slice(0, 28), slice(0, 28)), (slice(27, 28), slice(0, 1))):
        image = torch.zeros(28, 28)
        image[shape] = 0.8
        fitted = as_mnist(image)
        ink = fitted > 0.1
        rows, columns = ink.any(1).nonzero().flatten(), ink.any(0).nonzero().flatten()
        assert max(rows[-1] - rows[0], columns[-1] - columns[0]) + 1 in (19, 20)
        mass = fitted / fitted.sum()
        grid = torch.arange(28.0)
        assert abs(float((mass.sum(1) * grid).sum()) - 14) <= 0.51
        assert abs(float((mass.sum(0) * grid).sum()) - 14) <= 0.51
    digits = torch.from_numpy(mnist5k.load().heldout[:20]).float() / 255
    assert (
        float((torch.stack([as_mnist(d) for d in digits]) - digits).abs().mean()) < 0.03
    )  # digits stay where they are


@RUNS
@pytest.mark.parametrize("half, shown", [("right", np.s_[:, :14]), ("top", np.s_[14:])])
def test_inpainting_keeps_what_is_shown_and_differs_where_it_is_not(made, run, half, shown):
    plain, arrays = made(run, "inpaint", index=4, half=half, n=3, sweeps=5)
    assert arrays["samples"].shape == (3, 28, 28) and plain["half"] == half
    assert (arrays["samples"][(slice(None), *np.atleast_1d(shown))] == arrays["original"][shown]).all() or (
        arrays["samples"][:, shown[0], shown[1]] == arrays["original"][shown]
    ).all()
    assert (arrays["samples"][0] != arrays["samples"][1]).any()
    _, again = made(run, "inpaint", index=4, half=half, n=3, sweeps=5)
    assert (arrays["samples"] == again["samples"]).all()
    _, other = made(run, "inpaint", index=4, half=half, n=3, sweeps=5, seed=9)
    assert (arrays["samples"] != other["samples"]).any()


def test_a_run_whose_data_are_absent_shows_what_ships_and_says_so(made):
    plain, arrays = made("absent", "map", grid=4)
    assert plain["source"] == "mnist5k" and plain["note"] == STANDS_IN and arrays["places"].shape == (1000, 2)
    plain, _ = made("flat", "map", grid=4)
    assert plain["source"] == "mnist5k" and plain["note"] == ""


@pytest.mark.parametrize("run", ["flat", "deep"])
def test_the_generic_looks_work_too(made, run):
    assert made(run, "sample", n=20)[1]["samples"].shape == (20, 28, 28)
    assert made(run, "interpolate", steps=5)[1]["samples"].shape == (1, 5, 28, 28)
    assert made(run, "truncation", columns=4)[1]["samples"].shape == (5, 4, 28, 28)


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("map", {"grid": 41}), ("map", {"other": 1}), ("map", {"label": "3"}),
        ("decode", {}), ("decode", {"at": [1]}), ("decode", {"at": [1, 2], "z": [1, 2]}), ("decode", {"z": [1, 2, 3]}),
        ("decode", {"z": [float("nan"), 0]}), ("decode", {"at": ["a", 0]}), ("decode", {"at": "ab"}), ("decode", {"at": [1e9, 0]}),
        ("manifold", {"side": 31}), ("traverse", {"dim": 2}), ("traverse", {"rows": 0}), ("traverse", {"index": 300}),
        ("traverse", {"span": 100}), ("dimensions", {"n": 1}), ("between", {"a": -1}), ("between", {"steps": 2}),
        ("draw", {}), ("draw", {"pixels": []}), ("draw", {"pixels": [0] * 784}), ("draw", {"pixels": [256] * 784}),
        ("draw", {"pixels": [-1] + [9] * 783}), ("draw", {"pixels": ["x"] * 784}), ("draw", {"pixels": [True] * 784}),
        ("draw", {"pixels": [1] * 785}), ("draw", {"pixels": "9" * 784}), ("draw", {"pixels": PIXELS, "label": "4"}),
        ("inpaint", {"half": "middle"}), ("inpaint", {"half": 3}), ("inpaint", {"half": ["left"]}), ("inpaint", {"n": 17}),
        ("inpaint", {"sweeps": 1000}),
        ("inpaint", {"seed": -1}), ("inpaint", {"index": 3, "pixels": PIXELS}), ("inpaint", {"index": 1000}),
    ],
)  # fmt: skip
def test_parameters_out_of_bounds_are_refused_with_a_sentence(made, name, params):
    with pytest.raises(ConfigError) as found:
        made("flat", name, **params)
    assert str(found.value).endswith(".")


def test_a_class_of_thousands_of_digits_is_refused(made):
    with pytest.raises(ConfigError):
        made("deep", "map", label="9" * 5000)
