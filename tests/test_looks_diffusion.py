"""What the looks at diffusion models answer, on small untrained networks, and what they refuse."""

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from genai_core import registry
from genai_core.errors import ConfigError, RunError
from genai_core.looks import Learned
from genai_core.looks_diffusion import LOOKS


def learned(key, dataset, **config) -> Learned:
    spec, data = registry.models()[key], registry.datasets()[dataset]
    made = spec.config(**({"width": 8, "evaluations": 4} | config))
    torch.manual_seed(0)
    model = spec.build(made, data.load().info).eval()
    with torch.no_grad():
        model.average.network.load_state_dict(model.denoiser.network.state_dict())
    record = SimpleNamespace(spec=SimpleNamespace(config=dataclasses.asdict(made)), info=data.load().info)
    return Learned(record, spec, model, data)


@pytest.fixture(scope="module")
def digits():
    return learned("flow-matching", "mnist5k")


@pytest.fixture(scope="module")
def points():
    return learned("diffusion", "points-moons")


@pytest.fixture(scope="module")
def told():
    return learned("flow-matching", "points-gaussians", told=True)


def ask(found, name, **params):
    with torch.no_grad():
        return LOOKS[name](found, params)


def sampled(found, n, seed=0, **controls):
    from genai_core.training import stream

    z = found.model.latents(n, stream(seed, "latent"))
    with torch.no_grad():
        return found.model.decode(z, **controls).numpy()


def test_the_models_own_looks_are_these():
    for key in ("flow-matching", "diffusion"):
        assert set(registry.models()[key].looks) == set(LOOKS)


def test_a_trajectory_goes_from_the_noise_to_the_sample(points):
    plain, arrays = ask(points, "trajectory", n=20, moments=20, sampler="heun", evaluations=8, seed=3)
    assert plain["times"][0] == 1.0 and plain["times"][-1] == 0.0 and len(plain["times"]) == 5
    assert arrays["noisy"].shape == arrays["guesses"].shape == (5, 20, 2)
    end = sampled(points, 20, 3, sampler="heun", evaluations=8)
    scale = plain["alpha"][-1] + plain["sigma"][-1]
    assert np.allclose(arrays["guesses"][-1], end, atol=1e-6) and np.allclose(
        arrays["noisy"][-1], end / scale, atol=1e-6
    )
    assert np.allclose(arrays["noisy"][0].std(), 0.5, atol=0.15)  # unit noise, in the data's units


def test_pictures_of_a_trajectory_are_rows_of_the_data_sets_own(digits):
    plain, arrays = ask(digits, "trajectory", n=5, moments=3, evaluations=6)
    assert arrays["noisy"].shape == arrays["guesses"].shape == (3, 28, 148) and arrays["noisy"].dtype == np.uint8
    assert (arrays["guesses"][-1] == digits.show(sampled(digits, 5, evaluations=6), 5)).all()
    assert plain["evaluations"] == 6


def test_rows_differ_by_their_setting_alone(digits):
    plain, arrays = ask(digits, "steps_quality", n=4, values=[1, 3, 9], seed=2)
    assert plain["moved"][2] == 0 and plain["moved"][0] > 0
    assert (arrays["pictures"][1] == digits.show(sampled(digits, 4, 2, evaluations=3), 4)).all()
    plain, arrays = ask(digits, "guidance", n=4, values=[-1, 0, 2.5], seed=2)
    assert (arrays["pictures"][2] == digits.show(sampled(digits, 4, 2, guidance=2.5), 4)).all()
    assert len(plain["outside"]) == 3 and all(0 <= v <= 1 for v in plain["outside"])


def test_settings_that_are_not_given_are_the_recipes():
    one, other = (learned("flow-matching", "points-moons", evaluations=n) for n in (2, 12))
    assert [len(ask(found, "paths", n=2)[0]["times"]) for found in (one, other)] == [2, 7]
    assert len(ask(one, "paths", n=2, evaluations=8)[0]["times"]) == 5


def test_a_trajectory_has_a_state_for_each_moment_unless_the_recipe_takes_few():
    one, other = (learned("flow-matching", "points-moons", evaluations=n) for n in (2, 12))
    assert [len(ask(found, "trajectory", n=2, moments=15)[0]["times"]) for found in (one, other)] == [2, 15]
    assert ask(other, "trajectory", n=2, moments=15, evaluations=9)[0]["evaluations"] == 9


def test_two_samplers_begin_with_the_same_noise(points):
    plain, arrays = ask(points, "samplers", n=9, samplers=["ddpm", "ddim", "heun"], evaluations=6)
    assert arrays["samples"].shape == (3, 9, 2) and plain["moved"][2] == 0 < plain["moved"][0]
    assert arrays["path_0"].shape == arrays["path_1"].shape == (9, 7, 2) and arrays["path_2"].shape == (9, 4, 2)
    assert np.array_equal(arrays["path_0"][:, 0], arrays["path_2"][:, 0])
    same = ask(points, "samplers", n=9, samplers=["heun", "heun"])[0]
    assert same["moved"] == [0.0, 0.0]


def test_the_field_is_the_way_the_samples_go(points):
    """A short Euler step of the sampler from a grid point goes along the arrow there."""
    plain, arrays = ask(points, "field", t=0.6, grid=7)
    assert arrays["at"].shape == arrays["velocity"].shape == arrays["guess"].shape == (49, 2)
    model, schedule = points.model, points.model.denoiser.schedule
    h = 1e-3
    (alpha, sigma), (alpha_u, sigma_u) = schedule.at(0.6), schedule.at(0.6 - h)
    with torch.no_grad():
        x0, eps = model.guess(None, 0.0)(model.inward(torch.from_numpy(arrays["at"])) * (alpha + sigma), 0.6)
        after = model.outward((alpha_u * x0 + sigma_u * eps) / (alpha_u + sigma_u)).numpy()
    assert np.allclose((after - arrays["at"]) / h, arrays["velocity"], rtol=0.02, atol=0.02)
    assert arrays["noisy"].shape == (500, 2) and plain["alpha"] == alpha


def test_paths_are_those_of_the_samples(points):
    plain, arrays = ask(points, "paths", n=30, sampler="ddim", evaluations=5)
    assert arrays["paths"].shape == (30, 6, 2) and plain["times"][0] == 1.0
    scale = sum(points.model.denoiser.schedule.at(0.0))
    assert np.allclose(arrays["paths"][:, -1] * scale, sampled(points, 30, sampler="ddim", evaluations=5), atol=1e-6)


def test_the_field_of_a_class_is_its_own_and_guidance_adds_the_difference(told):
    winds = {
        name: ask(told, "field", t=0.5, grid=5, **params)[1]["velocity"]
        for name, params in {
            "untold": {"guidance": 3.0},  # no class, so nothing to guide towards
            "plain": {"label": "north", "guidance": 0},
            "index": {"label": "2", "guidance": 0},
            "other": {"label": "south", "guidance": 0},
            "guided": {"label": "north", "guidance": 2.0},
            "none": {"label": "north", "guidance": -1},
        }.items()
    }
    assert np.array_equal(winds["plain"], winds["index"]) and not np.allclose(winds["plain"], winds["other"], atol=1e-4)
    assert np.allclose(winds["guided"], winds["plain"] + 2 * (winds["plain"] - winds["untold"]), atol=1e-4)
    assert np.allclose(winds["none"], winds["untold"], atol=1e-6)


def test_paths_of_a_class_are_those_of_its_samples(told):
    _, arrays = ask(told, "paths", n=12, label="west", guidance=1.5, seed=4)
    end = sampled(told, 12, 4, labels=torch.full((12,), 4), guidance=1.5)
    assert np.allclose(arrays["paths"][:, -1], end, atol=1e-6)
    for name in ("trajectory", "samplers", "steps_quality", "encode"):
        ask(told, name, n=4)


def test_guidance_of_points_is_measured_within_their_classes(told):
    plain, arrays = ask(told, "guidance", n=80, values=[0, 2], seed=1)
    assert arrays["samples"].shape == (2, 80, 2) and np.bincount(arrays["labels"]).tolist() == [10] * 8
    own = [arrays["samples"][1][arrays["labels"] == k] for k in range(8)]
    assert plain["spread"][1] == pytest.approx(np.sqrt(np.mean([x.var(0).mean() for x in own])))
    assert len(plain["shift"]) == len(plain["right"]) == 2 and plain["real"]["spread"] == pytest.approx(0.04, rel=0.05)
    plain, arrays = ask(told, "guidance", n=30, label="east")
    assert set(arrays["labels"]) == {0} and len(plain["spread"]) == 4
    for params, problem in (
        ({"label": "up"}, "label cannot be"),
        ({"label": "9"}, "no class 9"),
        ({"values": [9]}, "-1 and 8"),
    ):
        with pytest.raises(ConfigError, match=problem):
            ask(told, "guidance", **params)


def test_encoding_comes_back_and_more_steps_lose_less(digits, points):
    few, _ = ask(points, "encode", n=50, evaluations=10)
    many, arrays = ask(points, "encode", n=50, evaluations=80)
    assert many["error"] < few["error"] < 0.5 and many["error"] < 0.01
    assert np.allclose(arrays["x"], points.data().heldout[:50])
    assert len(many["errors"]) == 50 and arrays["latents"].shape == (50, 2)
    plain, arrays = ask(digits, "encode", n=6, first=995, evaluations=4)
    assert arrays["picture"].shape == (88, 178) and list(arrays["labels"][:5]) == list(
        digits.data().heldout_labels[995:]
    )
    assert plain["evaluations"] == 4


@pytest.mark.parametrize(
    "name, params, problem",
    [
        ("trajectory", {"moment": 3}, "no setting called moment"),
        ("trajectory", {"n": 41}, "n must lie"),
        ("trajectory", {"moments": 21}, "moments must lie"),
        ("trajectory", {"evaluations": 251}, "at most 250"),
        ("trajectory", {"guidance": "strong"}, "takes a number"),
        ("trajectory", {"label": "12"}, "Choose one of"),
        ("trajectory", {"n": 40, "evaluations": 200}, "too much for one look"),
        ("steps_quality", {"values": []}, "1 to 8 values"),
        ("steps_quality", {"values": [0, 3]}, "between 1 and 250"),
        ("steps_quality", {"values": [10**9]}, "too much for one look"),
        ("steps_quality", {"values": "many"}, "1 to 8 values"),
        ("guidance", {"values": [9]}, "between -1 and 8"),
        ("guidance", {"values": [float("nan")]}, "takes a number"),
        ("samplers", {"samplers": ["heun"]}, "2 to 4 values"),
        ("samplers", {"samplers": ["heun", "magic"]}, "Choose one of"),
        ("samplers", {"samplers": ["heun", ["ddpm"]]}, "Choose one of"),
        ("encode", {"sampler": "ddpm"}, "no way back"),
        ("encode", {"first": 1000}, "first must lie"),
    ],
)
def test_what_a_look_refuses(digits, name, params, problem):
    with pytest.raises(ConfigError) as error:
        ask(digits, name, **params)
    assert problem in str(error.value)


def test_what_a_run_cannot_show_is_said(digits, points):
    for name in ("field", "paths"):
        with pytest.raises(RunError, match="points in the plane"):
            ask(digits, name)
    with pytest.raises(RunError, match="told the classes"):
        ask(points, "guidance")
    with pytest.raises(ConfigError, match="between 0 and 1"):
        ask(points, "field", t=1.5)
