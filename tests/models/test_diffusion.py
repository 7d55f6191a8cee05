"""Schedules, denoisers and samplers against closed forms. For Gaussian data everything is known: the optimal denoiser is
linear, and the probability-flow ODE scales each principal direction."""

import math

import pytest
import torch

from genai_core.contracts import Batch, DataInfo
from genai_core.errors import ConfigError
from genai_core.models import diffusion_ddpm, flow_matching, parts_diffusion
from genai_core.models.denoisers import PREDICTIONS, Denoiser
from genai_core.models.samplers import STEPS, Sampler, ddpm, posterior
from genai_core.models.schedules import SCHEDULES

DIGITS = DataInfo("image", (28, 28), tuple("0123456789"))
POINTS = DataInfo("points", (2,))
MEAN = torch.tensor([0.5, -1.0], dtype=torch.float64)
COVARIANCE = torch.tensor([[0.5, 0.3], [0.3, 0.4]], dtype=torch.float64)
VARIANCE_PRESERVING = ("linear", "cosine")
every_schedule = pytest.mark.parametrize("schedule", SCHEDULES.values(), ids=SCHEDULES)


def optimal(schedule):
    """The posterior means of x_0 and eps for normal data."""

    def guess(x, t):
        alpha, sigma = schedule.at(t)
        inverse = torch.linalg.inv(alpha**2 * COVARIANCE + sigma**2 * torch.eye(2, dtype=torch.float64))
        off = (x - alpha * MEAN) @ inverse
        return MEAN + alpha * off @ COVARIANCE, sigma * off

    return guess


def flowed(schedule, x, start=1.0, end=0.0):
    """Where the probability-flow ODE carries x for normal data: along each principal direction by the ratio of deviations."""
    values, vectors = torch.linalg.eigh(COVARIANCE)
    (alpha, sigma), (alpha_end, sigma_end) = schedule.at(start), schedule.at(end)
    ratio = ((alpha_end**2 * values + sigma_end**2) / (alpha**2 * values + sigma**2)).sqrt()
    return alpha_end * MEAN + (x - alpha * MEAN) @ vectors * ratio @ vectors.T


def noise(n=2000, seed=0):
    return torch.randn(n, 2, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


# --- schedules -------------------------------------------------------------------------------------------------------


@every_schedule
def test_signal_falls_and_noise_grows_from_data_to_noise(schedule):
    t = torch.linspace(0, 1, 1001, dtype=torch.float64)
    alpha, sigma = schedule.alpha(t), schedule.sigma(t)
    ratio = alpha / sigma.clamp_min(1e-12)  # the root of the signal-to-noise ratio
    assert (ratio.diff() < 0).all()
    assert alpha[0] > 0.999 and sigma[0] < 0.02 and alpha[-1] < 0.02 and sigma[-1] > 0.999
    if schedule.key in VARIANCE_PRESERVING:
        assert torch.allclose(alpha**2 + sigma**2, torch.ones_like(t))


@every_schedule
def test_straight_time_leads_back(schedule):
    t = torch.linspace(0, 1, 101, dtype=torch.float64)
    assert torch.allclose(schedule.time(schedule.straight(t)), t, atol=1e-9)


def test_linear_is_ddpms_product_of_betas():
    betas = torch.linspace(1e-4, 0.02, 1000, dtype=torch.float64)
    discrete = (1 - betas).cumprod(0).sqrt()  # alpha after n steps
    steps = torch.arange(1, 1001, dtype=torch.float64)
    schedule = SCHEDULES["linear"]
    t = (steps / 1000 - schedule.FIRST) / (1 - schedule.FIRST)
    assert (schedule.alpha(t) - discrete).abs().max() < 0.006
    assert schedule.sigma(t[:1]).item() == pytest.approx(math.sqrt(1e-4), rel=0.06)


def test_cosine_is_the_papers_away_from_its_ends():
    t = torch.linspace(0.1, 0.9, 50, dtype=torch.float64)
    squared = ((t + 0.008) / 1.008 * math.pi / 2).cos() ** 2 / math.cos(0.008 / 1.008 * math.pi / 2) ** 2
    assert (SCHEDULES["cosine"].alpha(t) - squared.sqrt()).abs().max() < 0.015


# --- predictions -----------------------------------------------------------------------------------------------------


@every_schedule
@pytest.mark.parametrize("prediction", PREDICTIONS)
def test_a_prediction_and_the_noisy_state_give_back_data_and_noise(schedule, prediction):
    denoiser = Denoiser(torch.nn.Identity(), schedule, prediction)
    x0, eps = noise(50, 1), noise(50, 2)
    t = torch.linspace(0.02, 0.98, 50, dtype=torch.float64)
    x, target = denoiser.mix(x0, eps, t)
    found = denoiser.split(x, target, t)
    assert torch.allclose(found[0], x0, atol=1e-9) and torch.allclose(found[1], eps, atol=1e-9)


def test_what_each_prediction_is():
    x0, eps, t = noise(9, 1), noise(9, 2), torch.full((9,), 0.3, dtype=torch.float64)
    cosine = SCHEDULES["cosine"]
    alpha, sigma = cosine.at(0.3)
    for prediction, expected in (("epsilon", eps), ("x0", x0), ("v", alpha * eps - sigma * x0)):
        x, target = Denoiser(torch.nn.Identity(), cosine, prediction).mix(x0, eps, t)
        assert torch.allclose(target, expected) and torch.allclose(x, alpha * x0 + sigma * eps)
    x, target = Denoiser(torch.nn.Identity(), SCHEDULES["straight"], "velocity").mix(x0, eps, t)
    assert torch.allclose(target, eps - x0) and torch.allclose(x, 0.7 * x0 + 0.3 * eps)


# --- samplers --------------------------------------------------------------------------------------------------------


@every_schedule
@pytest.mark.parametrize("method, evaluations", [("ddpm", 300), ("ddim", 300), ("midpoint", 60), ("heun", 60)])
def test_the_optimal_denoiser_is_sampled_to_the_right_mean_and_covariance(schedule, method, evaluations):
    """20,000 samples: deviations of the estimates are under .005; a sampler with a wrong scale or sign is far outside."""
    sampler, rng = Sampler(schedule, method, evaluations), torch.Generator().manual_seed(1)
    x = sampler.last(optimal(schedule), noise(20_000), rng)
    assert (x.mean(0) - MEAN).abs().max() < 0.03
    assert (x.T.cov() - COVARIANCE).abs().max() < 0.03


def optimal_of_two(schedule):
    """The posterior means for an equal mixture of two round Gaussians of variance 1/4."""
    centres = torch.tensor([[1.0, 0.5], [-1.0, -0.5]], dtype=torch.float64)

    def guess(x, t):
        alpha, sigma = schedule.at(t)
        variance = alpha**2 / 4 + sigma**2
        off = x[:, None] - alpha * centres  # (n, 2 centres, 2)
        weight = (-off.square().sum(2) / (2 * variance)).softmax(1)[..., None]
        x0 = (weight * (centres + alpha / 4 / variance * off)).sum(1)
        return x0, (weight * (sigma / variance * off)).sum(1)

    return guess


@every_schedule
@pytest.mark.parametrize("method, order", [("ddim", 1), ("euler", 1), ("midpoint", 2), ("heun", 2)])
def test_a_samplers_error_falls_by_its_order(schedule, method, order):
    """On a mixture: for one Gaussian the midpoint method happens to be of third order."""
    x, guess = noise(50), optimal_of_two(schedule)
    target = Sampler(schedule, "heun", 2000).last(guess, x)
    coarse, fine = (
        (Sampler(schedule, method, n * STEPS[method][1]).last(guess, x) - target).square().mean().sqrt()
        for n in (40, 80)
    )
    assert math.log2(coarse / fine) == pytest.approx(order, abs=0.25)


@every_schedule
def test_heun_ends_where_the_closed_form_says(schedule):
    x = noise(200)
    assert (Sampler(schedule, "heun", 200).last(optimal(schedule), x) - flowed(schedule, x)).abs().max() < 1e-3


@every_schedule
@pytest.mark.parametrize("method, order", [("euler", 1), ("heun", 2)])
def test_the_flow_runs_back_to_the_start(schedule, method, order):
    """Data to noise and back: what is lost falls by the sampler's order; and the noise is where the closed form has it."""
    guess = optimal(schedule)
    x = schedule.at(0.0)[0] * (MEAN + noise(200) @ torch.linalg.cholesky(COVARIANCE).T)

    def lost(steps):
        sampler = Sampler(schedule, method, steps * STEPS[method][1])
        z = sampler.last(guess, x, start=0.0, end=1.0)
        return (sampler.last(guess, z) - x).square().mean().sqrt().item(), z

    (coarse, _), (fine, z) = lost(40), lost(80)
    assert fine < 0.05 and math.log2(coarse / fine) > order - 0.25
    assert (z - flowed(schedule, x, 0.0, 1.0)).abs().max() < (0.2 if order == 1 else 0.01)


def test_ddim_is_eulers_method_in_straight_time():
    for schedule in SCHEDULES.values():
        guess, x = optimal(schedule), noise(10)
        t, u = 0.7, 0.55
        (alpha, sigma), (alpha_u, sigma_u) = schedule.at(t), schedule.at(u)
        x0, eps = guess(x, t)
        s, s_u = sigma / (alpha + sigma), sigma_u / (alpha_u + sigma_u)
        euler = (x / (alpha + sigma) + (s_u - s) * (eps - x0)) * (alpha_u + sigma_u)
        assert torch.allclose(STEPS["ddim"][0](guess, schedule, x, t, u)[0], euler)


@pytest.mark.parametrize("key", VARIANCE_PRESERVING)
def test_ddpms_sampler_draws_from_its_posterior(key):
    """Mean and variance of Ho et al. 2020, equations 6 and 7, in their own letters."""
    schedule, x, t, u = SCHEDULES[key], noise(10), 0.5, 0.4
    bar, bar_u = schedule.at(t)[0] ** 2, schedule.at(u)[0] ** 2
    beta = 1 - bar / bar_u
    assert posterior(schedule, t, u) == pytest.approx(beta * (1 - bar_u) / (1 - bar), rel=1e-9)
    x0 = optimal(schedule)(x, t)[0]
    mean = math.sqrt(bar_u) * beta / (1 - bar) * x0 + math.sqrt(1 - beta) * (1 - bar_u) / (1 - bar) * x

    def guess(x, t):  # eps that fits x and x_0
        return x0, (x - math.sqrt(bar) * x0) / math.sqrt(1 - bar)

    found = ddpm(guess, schedule, x, t, u, torch.Generator().manual_seed(3))[0]
    drawn = torch.randn(x.shape, generator=torch.Generator().manual_seed(3), dtype=x.dtype)
    assert torch.allclose(found, mean + math.sqrt(posterior(schedule, t, u)) * drawn)


@pytest.mark.parametrize("method", STEPS)
@pytest.mark.parametrize("evaluations", [1, 2, 5, 20])
def test_a_sampler_spends_what_it_is_given(method, evaluations):
    schedule, spent = SCHEDULES["cosine"], []

    def guess(x, t):
        spent.append(t)
        return optimal(schedule)(x, t)

    states = list(Sampler(schedule, method, evaluations).states(guess, noise(4), torch.Generator().manual_seed(0)))
    assert len(spent) == evaluations
    assert states[0].t == 1.0 and states[-1].t == 0.0 and all(0 <= t <= 1 for t in spent)
    assert torch.equal(states[0].x, noise(4)) and torch.equal(states[-1].x, states[-1].x0)


# --- the models ------------------------------------------------------------------------------------------------------


def tiny(info=POINTS, **config):
    torch.manual_seed(0)
    return flow_matching.FlowMatching(flow_matching.Config(width=8, precision="float32", **config), info)


def normal(n, seed):
    return (MEAN + noise(n, seed) @ torch.linalg.cholesky(COVARIANCE).T).float() / 2  # the model doubles points


@pytest.mark.parametrize("kind", ["flow", "epsilon", "x0", "v"])
def test_a_small_network_comes_near_the_optimal_denoiser(kind):
    """Its error against the optimum, beside the one it had before it learned."""
    torch.manual_seed(0)
    if kind == "flow":
        model = flow_matching.FlowMatching(flow_matching.Config(width=8, lr=5e-3, ema=0.98), POINTS)
    else:
        config = diffusion_ddpm.Config(width=8, lr=5e-3, ema=0.98, prediction=kind)
        model = diffusion_ddpm.Diffusion(config, POINTS)
    best = optimal(model.denoiser.schedule)

    def error():
        found = []
        for t in (0.3, 0.5, 0.7):
            x0, eps = (2 * normal(400, 5)).double(), noise(400, 6)
            alpha, sigma = model.denoiser.schedule.at(t)
            x = alpha * x0 + sigma * eps
            with torch.no_grad():
                found.append((model.average.guess(x.float(), t)[0] - best(x, t)[0]).square().mean().item())
        return sum(found) / len(found)

    before, rng, optimizers = error(), torch.Generator().manual_seed(0), model.optimizers()
    for step in range(1, 301):
        model.train_step(Batch(normal(128, 100 + step), None), optimizers, step, 300, rng)
    assert error() < min(0.02, before / 10)


def test_guidance_goes_on_from_untold_through_told():
    model = tiny(DIGITS)
    x, y = torch.randn(4, 28, 28), torch.tensor([0, 1, 2, 3])
    told = model.average.guess(x, 0.5, y)
    untold = model.average.guess(x, 0.5, torch.full((4,), 10))
    assert (told[0] - untold[0]).abs().max() > 1e-3
    for strength in (-1.0, 0.0, 0.5, 3.0):
        for found, c, u in zip(model.guess(y, strength)(x, 0.5), told, untold, strict=True):
            assert torch.allclose(found, c + strength * (c - u), atol=1e-5)


def test_a_tenth_of_the_labels_is_dropped():
    model, y = tiny(DIGITS), torch.arange(20_000) % 10
    told = model.told(y, len(y), torch.Generator().manual_seed(0))
    dropped = told == 10
    assert dropped.double().mean().item() == pytest.approx(0.1, abs=0.01)  # five standard deviations
    assert torch.equal(told[~dropped], y[~dropped])
    assert tiny().told(None, 5, torch.Generator()) is None


def times_of(model, n):
    """The times one training step looks at."""
    seen = []

    def regress(x0, t, y, rng):
        seen.append(t)
        return model.denoiser.network.head.bias.sum().expand(1)

    model.regress = regress
    model.train_step(Batch(torch.rand(n, 2), None), model.optimizers(), 1, 1, torch.Generator().manual_seed(0))
    return seen[0]


def test_times_are_drawn_as_asked():
    """The share of the logit-normal between 1/4 and 3/4; the uniform law's; and diffusion's even comb."""
    for times, middle in (("logit-normal", math.erf(math.log(3) / math.sqrt(2))), ("uniform", 0.5)):
        t = times_of(tiny(times=times), 20_000)
        assert ((t > 0.25) & (t < 0.75)).double().mean().item() == pytest.approx(middle, abs=0.015)
    comb = times_of(diffusion_ddpm.Diffusion(diffusion_ddpm.Config(width=8), POINTS), 64)
    assert torch.allclose(comb.sort().values.diff(), torch.full((63,), 1 / 64), atol=1e-5)


def test_latents_are_where_samples_begin_and_the_label_decides():
    model = tiny(DIGITS)
    z = model.latents(10, torch.Generator().manual_seed(0))
    assert torch.equal(model.sample(10, torch.Generator().manual_seed(0)), model.decode(z, torch.arange(10)))
    threes = model.sample(10, torch.Generator().manual_seed(0), label="3")
    assert torch.equal(threes, model.decode(z, torch.full((10,), 3)))
    with pytest.raises(ConfigError, match="no class 12"):
        model.sample(1, torch.Generator(), label="12")
    with pytest.raises(ConfigError, match="without classes"):
        tiny().sample(1, torch.Generator(), label="3")


def test_fresh_noise_of_ddpm_comes_from_the_callers_stream():
    model = tiny()
    one, same, other = (model.sample(6, torch.Generator().manual_seed(s), sampler="ddpm") for s in (1, 1, 2))
    assert torch.equal(one, same) and not torch.equal(one, other)


@pytest.fixture
def gaussians():
    from genai_core import registry

    return registry.datasets()["points-gaussians"].load()


def test_step_error_says_how_far_twice_the_evaluations_lead(gaussians):
    few, many = (tiny(evaluations=n, sampler="euler") for n in (1, 64))
    for model in (few, many):
        with torch.no_grad():
            model.average.network.head.weight.mul_(20)
    found = [model.measures(gaussians, torch.Generator().manual_seed(0)) for model in (few, many)]
    assert found[0]["step_error"] > 10 * found[1]["step_error"] > 0
    assert all(math.isfinite(v) for one in found for v in one.values())


def test_a_finished_run_is_measured_at_several_evaluations(gaussians, monkeypatch):
    monkeypatch.setattr(parts_diffusion, "QUALITY_AT", (1, 4))
    found = tiny().final(gaussians, torch.Generator().manual_seed(0))
    assert set(found) == {"energy_at_01", "energy_at_04"} and all(metric.better == "low" for metric in found.values())


def test_classes_are_measured_at_several_strengths_of_guidance(monkeypatch):
    from genai_core import registry

    monkeypatch.setattr(parts_diffusion, "QUALITY_AT", (1,))
    monkeypatch.setattr(parts_diffusion, "GUIDED_BY", (0.0, 2.0))
    data = registry.datasets()["mnist5k"].load()
    found = tiny(DIGITS, evaluations=1).final(data, torch.Generator().manual_seed(0))
    names = {
        f"{name}_guided_{w}" for name in ("frechet", "precision", "recall", "coverage", "accuracy") for w in (0, 2)
    }
    assert set(found) == names | {"frechet_at_01"}
    assert 0 <= found["accuracy_guided_0"].value <= 0.4  # an untrained network draws nothing
    assert found["frechet_guided_0"].floor == found["frechet_at_01"].floor > 0
