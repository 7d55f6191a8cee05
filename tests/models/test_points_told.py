"""Models that are told the class of a point: they keep to it, and guidance does what its formula says."""

import dataclasses

import numpy as np
import pytest
import torch
from safetensors.torch import load, save
from torch import Tensor, nn

from genai_core import registry
from genai_core.catalogue import Catalogue
from genai_core.contracts import Budget, DataInfo, knobs
from genai_core.datasets import points
from genai_core.errors import ConfigError
from genai_core.metrics import within
from genai_core.models.parts import Shares
from genai_core.training import Batches, stream

KEY = "points-gaussians"
MODES = points.MODES[KEY]
MODELS = ("diffusion", "flow-matching", "normalizing-flow")
QUICK = {"diffusion": {"lr": 2e-3}, "flow-matching": {"lr": 2e-3}, "normalizing-flow": {"width": 32, "transforms": 4}}
STEPS = 500


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def learned(key: str, steps: int, cloud: str = KEY, told: bool = True) -> nn.Module:
    spec, data = registry.models()[key], points.load(cloud)
    torch.manual_seed(0)
    made = spec.config(told=told, batch_size=256, ema=0.98, **QUICK[key])
    model = spec.build(made, data.info)
    batches, optimizers, rng = Batches(data, 256, stream(0, "batches")), model.optimizers(), stream(0, "training")
    for step in range(1, steps + 1):
        model.train_step(batches.next(), optimizers, step, steps, rng)
    return model


@pytest.fixture(scope="module", params=MODELS)
def trained(request):
    return learned(request.param, STEPS)


def test_a_class_lies_at_its_own_place(trained):
    for k in range(8):
        x = trained.sample(200, torch.Generator().manual_seed(k), label=str(k)).numpy()
        nearest = np.linalg.norm(x[:, None] - MODES.centres, axis=2).argmin(1)
        assert (nearest == k).mean() > 0.95


def test_without_guidance_it_is_the_plain_conditional_model(trained):
    labels = torch.arange(40) % 8
    z = trained.latents(40, torch.Generator().manual_seed(1))
    if hasattr(trained, "denoiser"):
        plain = trained.decode(z, labels, guidance=0.0)
        with torch.no_grad():
            way = trained.sampler().last(lambda x, t: trained.average.guess(x, t, labels), z)
        assert torch.allclose(plain, trained.outward(way), atol=1e-6)
        untold = [trained.decode(z, y, guidance=-1.0) for y in (labels, labels.flip(0))]
        assert torch.equal(*untold)  # at -1 nothing of the class is left
    else:
        one = trained.sample(40, torch.Generator().manual_seed(1), label="3", guidance=0.0)
        assert torch.equal(one, trained.decode(z, torch.full((40,), 3)))


def test_shares_come_as_they_were_seen_and_are_kept_with_the_weights(trained):
    assert trained.shares.seen.sum() == STEPS * 256
    again = type(trained)(trained.config, trained.info)
    again.load_state_dict(load(save({k: v.contiguous() for k, v in trained.state_dict().items()})))
    draw = [m.sample(50, torch.Generator().manual_seed(2)) for m in (trained, again)]
    assert torch.equal(*draw)


def test_labels_of_any_keep_to_the_shares_however_many_are_drawn():
    shares = Shares(3)
    assert shares.labels(30).bincount().tolist() == [10, 10, 10]
    shares.count(torch.tensor([0, 1, 1, 2, 2, 2]))
    labels = shares.labels(600)
    assert torch.equal(shares.labels(50), labels[:50])
    for n in (12, 60, 600):
        assert (labels[:n].bincount(minlength=3) - n * torch.tensor([1, 2, 3]) / 6).abs().max() < 3


class Exact(nn.Module):
    """What the best network would say of eight Gaussians: posterior means in closed form, at any noise."""

    def __init__(self, schedule) -> None:
        super().__init__()
        self.schedule = schedule
        self.centres, self.sigma = 2 * torch.from_numpy(MODES.centres), 2 * MODES.sigma  # as the network sees them

    def guess(self, x: Tensor, t: float, y: Tensor) -> tuple[Tensor, Tensor]:
        alpha, sigma = self.schedule.at(t)
        total = alpha**2 * self.sigma**2 + sigma**2  # the variance of x_t around alpha times a centre
        away = x[:, None] - alpha * self.centres  # (n, 8, 2)
        means = self.centres + alpha * self.sigma**2 / total * away
        weights = (-away.square().sum(2) / (2 * total)).softmax(1)
        sure = torch.nn.functional.one_hot(y.clamp(max=7), 8).to(weights)
        weights = torch.where((y == 8)[:, None], weights, sure)
        x0 = (weights[..., None] * means).sum(1)
        return x0, (x - alpha * x0) / max(sigma, 1e-6)


@pytest.mark.parametrize("key", ["diffusion", "flow-matching"])
def test_the_spread_of_a_class_falls_as_guidance_grows_with_an_exact_denoiser(key):
    spec = registry.models()[key]
    model = spec.build(spec.config(told=True, width=8), points.load(KEY).info)
    model.average = Exact(model.denoiser.schedule)
    z = model.latents(1600, torch.Generator().manual_seed(0)).double()
    labels = torch.arange(1600) % 8
    drawn = [model.decode(z, labels, guidance=w, evaluations=100, sampler="heun") for w in (0.0, 0.5, 1.0, 2.0, 4.0)]
    spreads = [within.spread(x.numpy(), labels.numpy()) for x in drawn]
    assert spreads[0] == pytest.approx(MODES.sigma, rel=0.06)
    assert all(b < 0.98 * a for a, b in zip(spreads, spreads[1:], strict=False)), spreads


def test_a_flow_is_guided_by_its_own_posterior():
    """Candidates by the weight p(y | x)^w: the mean log p(y | x) rises with w where classes overlap, and w = 0 changes nothing."""
    model = learned("normalizing-flow", 3, "points-moons")  # hardly trained: its classes overlap
    labels = torch.arange(600) % 2
    strengths = [0.0, 1.0, 4.0]
    found = model.guided(600, torch.Generator().manual_seed(0), labels, strengths)
    with torch.no_grad():
        sure = [
            model.joint(model.squeeze(x)[0], model.best).log_softmax(1).gather(1, labels[:, None]).mean().item()
            for x in found
        ]
        plain = model.decode(model.latents(600, torch.Generator().manual_seed(9)), labels)
    assert sure[0] < sure[1] < sure[2]
    assert torch.allclose(found[0].mean(0), plain.mean(0), atol=0.15)


def test_a_flow_told_nothing_adds_up_its_classes():
    model = learned("normalizing-flow", 20, "points-rings")
    x = torch.from_numpy(points.load("points-rings").heldout[:30].copy())
    with torch.no_grad():
        each = torch.stack([model.log_density(x, torch.full((30,), y)) for y in range(3)], 1)
        assert torch.allclose(model.log_density(x, None), (each + model.chances().log()).logsumexp(1), atol=1e-5)
    data = points.load("points-rings")
    truth = model.truth(data)
    assert np.isfinite(truth).all() and truth.mean() > points.log_density("points-rings", data.heldout).mean()


def test_what_lies_within_a_class_is_measured():
    rng, y = np.random.default_rng(0), np.repeat([0, 1], 4000)
    x = np.array([[0, 0], [3, 4]])[y] + np.array([0.1, 0.2])[y][:, None] * rng.standard_normal((8000, 2))
    assert within.spread(x, y) == pytest.approx(np.sqrt((0.01 + 0.04) / 2), rel=0.03)
    assert within.shift(x + [0.3, 0.4], y, x, y) == pytest.approx(0.5)
    assert within.right(np.eye(3)[[0, 1, 2, 0]], np.array([0, 1, 0, 0])) == 0.75


@pytest.mark.parametrize("key", MODELS)
def test_points_are_untold_unless_asked_and_specs_of_before_stay_as_they_were(key):
    spec = registry.models()[key]
    assert spec.build(spec.config(), points.load(KEY).info).classes == 0
    assert spec.build(spec.config(told=True), DataInfo("points", (2,))).classes == 0
    catalogue, budget = Catalogue(registry.catalogue()), Budget(steps=10)
    plain = catalogue.spec(key, {}, KEY, 0, budget)
    assert "told" not in plain.config and plain == catalogue.spec(key, {"told": "false"}, KEY, 0, budget)
    assert catalogue.spec(key, {"told": True}, KEY, 0, budget).config["told"] is True
    with pytest.raises(ConfigError, match="told does not fit"):
        catalogue.spec(key, {"told": True}, "mnist5k", 0, budget)
    assert [k.name for k in knobs(spec.config) if k.late] == ["told"]
    assert catalogue.check(dataclasses.replace(plain, config={**plain.config})) == plain


def test_a_denoisers_report_measures_guidance_in_the_plane():
    model = learned("flow-matching", 30)
    found = model.final(points.load(KEY), torch.Generator().manual_seed(0))
    assert {"spread_guided_0", "shift_guided_4", "accuracy_guided_2", "energy_guided_1"} <= set(found)
    assert found["spread_guided_0"].floor == pytest.approx(MODES.sigma, rel=0.05)
    assert found["accuracy_guided_0"].floor == 1.0
