"""Forecasters of series: the article's loss, the baselines against known processes, one step and free runs."""

import numpy as np
import pytest
import torch

from genai_core import registry
from genai_core.contracts import Batch, Data, DataInfo
from genai_core.datasets import sunspots
from genai_core.metrics import series
from genai_core.models import ar_series_lstm, ar_series_rnn
from genai_core.models.ar_series_parts import residuals, squared_error, whole

INFO = DataInfo("series", ())
MODELS = {"rnn": (ar_series_rnn.Config, ar_series_rnn.Rnn), "lstm": (ar_series_lstm.Config, ar_series_lstm.Lstm)}


def process(weights: tuple[float, ...], n: int, sigma: float = 1.0, seed: int = 0, constant: float = 0.0) -> np.ndarray:
    """An AR(p) with known coefficients, its beginning left out."""
    rng, x = np.random.default_rng(seed), [0.0] * len(weights)
    for _ in range(n + 200):
        x.append(constant + sum(w * x[-1 - k] for k, w in enumerate(weights)) + sigma * rng.standard_normal())
    return np.array(x[-n:])


def fitted(kind: str, x: np.ndarray, steps: int = 60, seed: int = 0, **settings):
    config, build = MODELS[kind]
    torch.manual_seed(seed)
    model = build(config(**settings), INFO)
    rng, optimizers = torch.Generator().manual_seed(seed), model.optimizers()
    values = torch.from_numpy(x.astype(np.float32))
    for step in range(1, steps + 1):
        at = torch.randint(len(x) - 45, (32, 1), generator=rng)
        model.train_step(Batch(values[at + torch.arange(45)], None), optimizers, step, steps, rng)
    return model


# --- baselines and scores --------------------------------------------------------------------------------------------


def test_least_squares_recovers_a_known_process_and_forecasts_it_to_its_noise():
    """Yule's kind of process: two real coefficients, a pseudo-period. RMSE one step ahead is sigma for whoever knows it."""
    x = process((1.34, -0.65), 6000, sigma=15.0, constant=14.0)
    found = series.fit_linear(x[:4000], 2)
    assert found.weights == pytest.approx([1.34, -0.65], abs=0.05)
    assert found.constant == pytest.approx(14.0, abs=2.0)
    assert series.rmse(series.one_step_errors(found, x, 4000)) == pytest.approx(15.0, rel=0.05)
    assert series.rmse(series.one_step_errors(series.NAIVE, x, 4000)) > 20.0


def test_the_order_is_found_where_there_is_one():
    assert series.choose_order(process((1.34, -0.65), 3000)) in (2, 3)
    assert series.choose_order(process((0.0, 0.0, 0.0, 0.8), 3000)) in (4, 5)


def test_a_free_run_is_the_recursion_by_hand():
    model, x = series.Linear(1.0, np.array([0.5, -0.25])), np.array([4.0, 8.0, 2.0, 6.0])
    first = 1 + 0.5 * 6 - 0.25 * 2
    second = 1 + 0.5 * first - 0.25 * 6
    assert model.free(x, [4], 2)[0] == pytest.approx([first, second])
    shocked = model.free(x, [4], 2, np.array([[1.0, 0.0]]))[0]
    assert shocked == pytest.approx([first + 1, 1 + 0.5 * (first + 1) - 0.25 * 6])
    assert series.NAIVE.free(x, [2, 4], 3).tolist() == [[8.0] * 3, [6.0] * 3]
    assert series.mean_forecast(x).free(x, [4], 2)[0] == pytest.approx([5.0, 5.0])


def test_intervals_of_the_right_process_cover_what_they_say():
    x = process((0.8,), 4000, seed=3)
    model = series.fit_linear(x[:2000], 1)
    low, high = series.margins(residuals(model, x[:2000]))
    centre = model.one_step(x, 2000)
    assert series.covered(x[2000:], centre + low, centre + high) == pytest.approx(series.LEVEL, abs=0.02)
    inside = []
    for origin in range(2000, 3900, 50):
        futures = series.simulate(model, x, origin, 10, residuals(model, x[:2000]), 200, seed=origin)
        bounds = np.quantile(futures, [0.05, 0.95], axis=0)
        inside.append(series.covered(x[origin : origin + 10], *bounds))
    assert np.mean(inside) == pytest.approx(series.LEVEL, abs=0.05)


def test_the_block_bootstrap_is_wider_where_neighbours_depend_on_each_other():
    rng = np.random.default_rng(0)
    alone, together = process((0.0,), 400), process((0.9,), 400)
    width = [
        np.diff(series.block_bootstrap(v / v.std(), lambda s: float(s.mean()), rng, block))[0]
        for v, block in ((alone, 1), (alone, 20), (together, 1), (together, 20))
    ]
    assert width[1] == pytest.approx(width[0], rel=0.35)
    assert width[3] > 2 * width[2]


# --- the networks ----------------------------------------------------------------------------------------------------


def test_the_loss_is_formula_5_and_6_by_hand():
    truth, guess = torch.tensor([[1.0, 2.0, 4.0], [0.0, 0.0, 3.0]]), torch.tensor([[1.5, 2.0, 3.0], [1.0, 0.0, 1.0]])
    by_hand = ((0.5**2 + 0 + 1**2) + (1**2 + 0 + 2**2)) / 2
    assert float(squared_error(guess, truth)) == pytest.approx(by_hand)


@pytest.mark.parametrize("kind", MODELS)
def test_one_training_step_reports_that_loss(kind):
    config, build = MODELS[kind]
    torch.manual_seed(0)
    model = build(config(noise=0.0), INFO)
    x = torch.from_numpy(process((0.5,), 40).astype(np.float32)).view(4, 10)
    model.look_at(x)
    z = (x - x.mean()) / x.std()
    with torch.no_grad():
        hidden, _ = model.recur(z[:, :-1, None])
        by_hand = sum(float((z[b, t + 1] - model.out(hidden[b, t])) ** 2) for b in range(4) for t in range(9)) / 4
    losses = model.train_step(Batch(x, None), model.optimizers(), 1, 10, torch.Generator())
    assert float(losses["loss"]) == pytest.approx(by_hand, rel=1e-4)
    assert float(losses["rmse_train"]) == pytest.approx(np.sqrt(by_hand / 9) * float(x.std()), rel=1e-4)


@pytest.mark.parametrize("kind", MODELS)
def test_a_free_run_feeds_back_its_own_forecasts(kind):
    x = process((1.34, -0.65), 120, sigma=10.0) + 50
    model = fitted(kind, x)
    run = model.free(x, [70, 100], 5)
    for row, origin in zip(run, (70, 100), strict=True):
        known = list(x[:origin])
        for t in range(5):
            known.append(model.one_step(np.array([*known, 0.0]), len(known))[0])
            assert row[t] == pytest.approx(known[-1], abs=1e-2)
    shocks = np.zeros((2, 5))
    shocks[0, 0] = 30.0
    shocked = model.free(x, [70, 100], 5, shocks)
    assert shocked[0, 0] == pytest.approx(run[0, 0] + 30, abs=1e-3)
    assert abs(shocked[0, 1] - run[0, 1]) > 0.3 and shocked[1] == pytest.approx(run[1], abs=1e-3)


@pytest.mark.parametrize("kind", MODELS)
def test_it_learns_a_linear_process_nearly_as_well_as_the_line_that_made_it(kind):
    x = process((1.34, -0.65), 1200, sigma=15.0, constant=14.0)
    model = fitted(kind, x[:1000], steps=250, width=8, lr=1e-2)
    linear = series.fit_linear(x[:1000], 2)
    mine, best, naive = (series.rmse(series.one_step_errors(m, x, 1000)) for m in (model, linear, series.NAIVE))
    assert best < mine < best + 0.5 * (naive - best)


def test_the_report_tells_model_and_baselines_apart():
    data = sunspots.load()
    model = fitted("rnn", data.train, steps=100)
    report = model.final(data, torch.Generator().manual_seed(0))
    floors, seen = model.references(data), model.measures(data, torch.Generator())
    x, start = whole(data)
    assert report["rmse"].value == pytest.approx(seen["rmse"]) and report["rmse_ar"].value == floors["rmse"]
    assert report["rmse_gap"].value == pytest.approx(seen["rmse"] - floors["rmse"])
    assert report["rmse_free_gap"].value == pytest.approx(seen["rmse_free"] - floors["rmse_free"])
    by_hand = np.sqrt(np.mean((x[start:] - x[start - 1 : -1]) ** 2))
    assert report["rmse_naive"].value == pytest.approx(by_hand)
    for name in ("rmse", "rmse_ar", "rmse_free", "rmse_free_ar", "rmse_gap", "covered"):
        assert report[name].low <= report[name].value <= report[name].high
    assert report["order"].value == series.choose_order(data.train)


def test_nothing_held_out_is_looked_at_before_the_forecast():
    """Values from the forecast year on may be anything: neither model nor line answers otherwise."""
    data = sunspots.load()
    model = fitted("lstm", data.train, steps=20)
    x, start = whole(data)
    other = np.concatenate([x[:250], 1000 - x[250:]])
    for forecaster in (model, *series.baselines(data.train).values()):
        assert np.array_equal(forecaster.free(x, [250], 20), forecaster.free(other, [250], 20))
        assert np.array_equal(
            forecaster.one_step(x, start)[: 250 - start + 1], forecaster.one_step(other, start)[: 250 - start + 1]
        )


# --- data and pictures -----------------------------------------------------------------------------------------------


def test_sunspots_are_the_years_from_1700_to_2008():
    data = registry.datasets()["sunspots"].load()
    assert len(data.train) == 221 and len(data.heldout) == 88 and data.train.dtype == np.float32
    assert sunspots.FIRST + len(data.train) == 1921
    x, _ = whole(data)
    assert x[1957 - 1700] == x.max() == pytest.approx(190.2)  # the highest maximum on record
    assert series.choose_order(data.train) == 9


def test_frames_are_pictures_of_the_tail():
    data = Data(INFO, sunspots.load().train, sunspots.load().heldout)
    model = fitted("rnn", data.train, steps=20)
    early, late = (
        model.frame(data, torch.Generator().manual_seed(0)),
        fitted("rnn", data.train).frame(data, torch.Generator()),
    )
    assert early.dtype == np.uint8 and early.shape == late.shape == (448, 448, 3)
    assert (early != late).any() and np.array_equal(early, model.frame(data, torch.Generator().manual_seed(0)))
    assert sunspots.show(model.sample(3, torch.Generator().manual_seed(0))).shape == (448, 448, 3)
