"""The flow's densities against autograd, quadrature and the true ones."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from genai_core import looks_flow, registry
from genai_core.contracts import Batch, DataInfo
from genai_core.datasets import points
from genai_core.errors import ConfigError, RunError
from genai_core.looks import Learned
from genai_core.metrics.densities import log_density_of
from genai_core.models.normalizing_flow import KINDS, Config, NormalizingFlow
from genai_core.training import Batches, stream

POINTS = DataInfo("points", (2,))
DIGITS = DataInfo("image", (8, 8), ("0", "1", "2"))
CASES = [(kind, POINTS) for kind in KINDS] + [(kind, DIGITS) for kind in KINDS[:2]]


def built(kind: str, info: DataInfo, **extra) -> NormalizingFlow:
    """A flow away from its start, in double precision."""
    torch.manual_seed(0)
    model = NormalizingFlow(Config(kind=kind, width=16, transforms=4, **extra), info).double()
    with torch.no_grad():
        for parameter in model.best.parameters():
            parameter.add_(0.2 * torch.randn_like(parameter))
    return model


@pytest.mark.parametrize("kind, info", CASES, ids=lambda v: v.modality if isinstance(v, DataInfo) else v)
def test_the_log_determinant_is_that_of_autograds_jacobian(kind, info):
    """log p(x) = log N(z) + log |det dz/dx|, with dz/dx taken row by row, the logit of pictures included."""
    model = built(kind, info)
    rng = torch.Generator().manual_seed(1)
    for x in torch.rand(3, model.features, generator=rng, dtype=torch.float64) * 0.98 + 0.01:
        label = torch.tensor([1]) if info.classes else None

        def forward(x, label=label):
            return model.best(model._context(1, label)).transform(model.squeeze(x[None])[0])[0]

        z = forward(x)
        jacobian = torch.autograd.functional.jacobian(forward, x)
        expected = -0.5 * (z @ z) - model.features / 2 * math.log(2 * math.pi) + jacobian.slogdet().logabsdet
        found = model.log_density(x[None], label)
        assert found.item() == pytest.approx(expected.item(), rel=1e-9)


@pytest.mark.parametrize("kind, info", CASES, ids=lambda v: v.modality if isinstance(v, DataInfo) else v)
def test_the_inverse_takes_every_point_back(kind, info):
    model = built(kind, info)
    there = model.best(model._context(200, None)).transform
    y = 2 * torch.randn(200, model.features, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    torch.testing.assert_close(there.inv(there(y)), y, atol=1e-6, rtol=0)


def trained(key: str, steps: int = 150, **config) -> NormalizingFlow:
    data = points.load(key)
    torch.manual_seed(0)
    model = NormalizingFlow(Config(transforms=3, width=32, **config), data.info)
    batches, optimizers, rng = Batches(data, 256, stream(0, "data")), model.optimizers(), stream(0, "model")
    for step in range(1, steps + 1):
        model.train_step(batches.next(), optimizers, step, steps, rng)
    return model.eval()


@pytest.fixture(scope="module")
def moons() -> NormalizingFlow:
    return trained("points-moons")


def test_the_learned_density_integrates_to_one(moons):
    side = 300
    at = (torch.arange(side) + 0.5) / side * 6 - 3
    grid = torch.cartesian_prod(at, at)
    with torch.no_grad():
        mass = moons.log_density(grid, None).double().exp().sum().item() * (6 / side) ** 2
    assert mass == pytest.approx(1, abs=0.01)


def test_training_comes_near_the_true_density_and_not_above_it(moons):
    """The mean of log p over held-out points exceeds that of the truth by chance alone; one Gaussian stays far below."""
    data = points.load("points-moons")
    report = moons.final(data, torch.Generator())
    found, kl = report["log_likelihood"], report["kl"]
    truth = moons.references(data)["log_likelihood"]
    gaussian = torch.distributions.MultivariateNormal(
        torch.from_numpy(data.train.mean(0)), torch.from_numpy(np.cov(data.train.T).astype(np.float32))
    )
    control = gaussian.log_prob(torch.from_numpy(data.heldout.copy())).mean().item()
    assert control + 0.5 < found.value < truth + 0.02
    assert found.low < found.value < found.high and found.floor == truth
    assert (
        kl.value == pytest.approx(truth - found.value, abs=1e-5) and 0 < kl.low
    )  # not trained to the end, and seen to be so
    assert kl.high - kl.low < found.high - found.low
    assert moons.measures(data, torch.Generator())["log_likelihood"] == pytest.approx(found.value)


def test_samples_are_drawn_from_the_density_that_is_told(moons):
    """The mean of log p over samples equals its integral p log p on a grid: sampler and density are one model."""
    side = 300
    at = (torch.arange(side) + 0.5) / side * 6 - 3
    with torch.no_grad():
        log_p = moons.log_density(torch.cartesian_prod(at, at), None).double()
        integral = (log_p.exp() * log_p).sum().item() * (6 / side) ** 2
        drawn = moons.log_density(moons.sample(4000, torch.Generator().manual_seed(5)), None)
    assert drawn.mean().item() == pytest.approx(integral, abs=5 * drawn.std().item() / math.sqrt(4000) + 0.01)


@pytest.mark.parametrize("key", sorted(points.DRAW))
def test_the_true_densities_integrate_to_one_and_belong_to_the_points(key):
    side = 140  # cells as wide as the least noise: the midpoint rule is exact to many digits for Gaussians so wide
    at = (np.arange(side) + 0.5) / side * 2.8 - 1.4
    grid, cell = np.stack(np.meshgrid(at, at), -1).reshape(-1, 2), (2.8 / side) ** 2
    log_p = points.log_density(key, grid)
    assert np.exp(log_p).sum() * cell == pytest.approx(1, abs=0.01)
    entropy = -(np.exp(log_p) * np.maximum(log_p, -700)).sum() * cell
    drawn = points.log_density(key, points.load(key).heldout)
    assert -drawn.mean() == pytest.approx(entropy, abs=5 * drawn.std() / math.sqrt(len(drawn)) + 0.01)


def test_the_truth_is_found_by_the_points_themselves():
    data = points.load("points-rings")
    truth = log_density_of(data)
    assert np.array_equal(truth(data.heldout), points.log_density("points-rings", data.heldout))
    assert log_density_of(registry.datasets()["mnist5k"].load()) is None


def test_bits_of_a_uniform_density_are_eight():
    """log p(u) = 0 on [0, 1]^D is 8 bits for each of 256 grey values; half the volume is one bit a dimension less."""
    model = built("affine coupling", DIGITS)
    assert model.bits(torch.tensor(0.0)).item() == pytest.approx(8)
    assert model.bits(torch.tensor(model.features * math.log(2.0))).item() == pytest.approx(7)


def test_pictures_are_halved_and_their_noise_fills_the_grey_step():
    model = NormalizingFlow(Config(width=8), DIGITS)
    x = torch.zeros(1, 8, 8)
    x[0, 0, 0] = 1.0
    assert model.reduced(x)[0, 0].tolist() == [64, 0, 0, 0]  # a quarter of 255, rounded
    u = model.natural(x.expand(500, 8, 8), torch.Generator().manual_seed(0))
    assert (u * 256).floor()[:, 0].eq(64).all() and 0 <= u[:, 1].min() and u[:, 1].max() < 1 / 256
    assert (u[:, 0] * 256).frac().mean().item() == pytest.approx(0.5, abs=0.05)
    y, _ = model.squeeze(u)
    assert torch.equal(model.unsqueeze(y)[0], model.unsqueeze(y)[1])  # the noise is gone again
    assert model.sample(5, torch.Generator()).shape == (5, 8, 8)


def test_classes_decide_and_nonsense_is_refused():
    model = NormalizingFlow(Config(width=8, transforms=2), DIGITS)
    one = model.sample(3, torch.Generator().manual_seed(0), label="1")
    z = model.latents(3, torch.Generator().manual_seed(0))
    assert torch.equal(one, model.decode(z, torch.full((3,), 1)))
    with pytest.raises(ConfigError, match="no class 7"):
        model.sample(1, torch.Generator(), label="7")
    with pytest.raises(ConfigError, match="without classes"):
        NormalizingFlow(Config(width=8), POINTS).sample(1, torch.Generator(), label="1")
    with pytest.raises(ConfigError, match="16 passes"):
        NormalizingFlow(Config(kind="affine autoregressive"), DIGITS)


def found(model: NormalizingFlow, key: str) -> Learned:
    return Learned(None, registry.models()["normalizing-flow"], model, registry.datasets()[key])


@torch.no_grad()
def test_looks_show_the_model_s_own_numbers(moons):
    about = found(moons, "points-moons")
    facts, arrays = looks_flow.density(about, {"size": 64})
    column, row = 20, 40
    place = torch.tensor([[arrays["at"][column], arrays["at"][row]]], dtype=torch.float32)
    assert arrays["log_density"][row, column] == pytest.approx(moons.log_density(place, None).item(), abs=1e-4)
    assert facts["mass"] == pytest.approx(1, abs=0.05)
    facts, arrays = looks_flow.transform(about, {"n": 50, "seed": 3})
    assert arrays["points"].shape == (4, 50, 2) and arrays["grid"].shape == (4, 18, 33, 2)
    z = moons.latents(50, stream(3, "latent"))
    np.testing.assert_allclose(arrays["points"][-1], moons.decode(z).numpy(), atol=1e-5)
    np.testing.assert_allclose(arrays["points"][0] * moons.spread, z.numpy(), atol=1e-5)
    on, _ = looks_flow.score(about, {"point": [float(v) for v in points.load("points-moons").train[0]]})
    off, _ = looks_flow.score(about, {"point": [1.2, 1.2]})
    assert on["nats"] > off["nats"] and off["percentile"] < 0.02 < on["percentile"]


@torch.no_grad()
def test_the_score_of_a_picture_ranks_it_among_the_held_out():
    data = registry.datasets()["mnist5k"]
    torch.manual_seed(0)
    model = NormalizingFlow(Config(kind="affine coupling", width=8, transforms=2), data.load().info).eval()
    facts, arrays = looks_flow.score(found(model, "mnist5k"), {"index": 7})
    bits = arrays["heldout"]
    assert facts["bits"] == pytest.approx(bits[7]) and facts["percentile"] == pytest.approx((bits > bits[7]).mean())
    assert bits[arrays["ends"][0]] == bits.min() and bits[arrays["ends"][-1]] == bits.max()
    assert facts["bits"] == pytest.approx(8 - facts["nats"] / (196 * math.log(2)), abs=1e-4)


@pytest.mark.parametrize(
    "look, params",
    [("density", {"size": 1000}), ("density", {"who": 1}), ("transform", {"n": 0}), ("transform", {"seed": -1}),
     ("score", {"point": [1]}), ("score", {"point": [9, 9]}), ("score", {"point": "here"}), ("score", {"point": [0, float("nan")]})],
)  # fmt: skip
def test_looks_refuse_what_they_do_not_know(moons, look, params):
    with pytest.raises(ConfigError):
        looks_flow.LOOKS[look](found(moons, "points-moons"), params)


@torch.no_grad()
def test_the_log_likelihood_is_exact_and_says_so(moons):
    x = torch.from_numpy(points.load("points-moons").heldout[:10].copy())
    log_p, kind = moons.log_likelihood(Batch(x, None), torch.Generator())
    assert kind == "exact" and torch.equal(log_p, moons.log_density(x, None))


@torch.no_grad()
def test_looks_at_a_flow_that_knows_classes():
    spec = registry.models()["normalizing-flow"]
    torch.manual_seed(0)
    info = points.load("points-moons").info
    model = NormalizingFlow(Config(width=8, transforms=2, told=True), info).eval()
    about = Learned(SimpleNamespace(info=info), spec, model, registry.datasets()["points-moons"])
    for parameter in model.best.parameters():
        parameter.add_(0.2 * torch.randn_like(parameter))
    upper, lower, both = (
        looks_flow.density(about, {"size": 16, "label": label})[1]["log_density"]
        for label in ("upper moon", "1", "any")
    )
    np.testing.assert_allclose(both, np.logaddexp(upper, lower) - math.log(2), atol=1e-4)
    z = model.latents(20, stream(3, "latent"))
    _, arrays = looks_flow.transform(about, {"n": 20, "seed": 3, "label": "lower moon"})
    np.testing.assert_allclose(arrays["points"][-1], model.decode(z, torch.full((20,), 1)).numpy(), atol=1e-5)
    told, _ = looks_flow.score(about, {"point": [0.1, 0.2], "label": "upper moon"})
    assert told["nats"] == pytest.approx(
        model.log_density(torch.tensor([[0.1, 0.2]]), torch.tensor([0])).item(), abs=1e-5
    )
    plain, arrays = looks_flow.guidance(about, {"n": 30, "values": [0, 4]})
    assert arrays["samples"].shape == (2, 30, 2) and len(plain["spread"]) == 2
    for params in ({"values": [-1]}, {"values": []}, {"n": 501}, {"who": 1}, {"label": "third moon"}):
        with pytest.raises(ConfigError):
            looks_flow.guidance(about, params)


def test_guidance_needs_classes(moons):
    with pytest.raises(RunError, match="told the classes"):
        looks_flow.guidance(found(moons, "points-moons"), {})
