"""Looks of forecasters and of pixel models: what they answer, and what they refuse."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from genai_core import looks_pixels, looks_series, registry
from genai_core.contracts import DataInfo
from genai_core.errors import ConfigError
from genai_core.looks import Learned
from genai_core.metrics import series
from genai_core.models import ar_pixel_cnn, ar_pixel_rows, ar_series_rnn


@pytest.fixture(scope="module")
def forecaster():
    torch.manual_seed(0)
    model = ar_series_rnn.Rnn(ar_series_rnn.Config(), DataInfo("series", ()))
    data = registry.datasets()["sunspots"].load()
    model.look_at(torch.from_numpy(data.train.copy()))
    return Learned(SimpleNamespace(), ar_series_rnn.SPEC, model, registry.datasets()["sunspots"])


@pytest.fixture(scope="module", params=[False, True], ids=["rows", "cnn-classes"])
def painter(request):
    torch.manual_seed(0)
    info = DataInfo("image", (28, 28), tuple("0123456789"))
    if request.param:
        model = ar_pixel_cnn.PixelCnn(ar_pixel_cnn.Config(width=4, layers=2), info)
    else:
        model = ar_pixel_rows.Rows(ar_pixel_rows.Config(width=8, row_width=4), info)
    record = SimpleNamespace(spec=SimpleNamespace(dataset="mnist5k"))
    return Learned(record, ar_pixel_cnn.SPEC, model.eval(), registry.datasets()["mnist5k"])


@pytest.fixture(autouse=True)
def no_gradients():
    with torch.no_grad():
        yield


# --- series ----------------------------------------------------------------------------------------------------------


def test_a_forecast_is_beside_the_truth_and_its_baselines(forecaster):
    x = np.concatenate([forecaster.data().train, forecaster.data().heldout])
    plain, arrays = looks_series.forecast(forecaster, {"year": 1950, "horizon": 12, "mode": "one-step"})
    assert np.array_equal(arrays["truth"], x[250:262]) and np.array_equal(arrays["past"], x[217:250])
    line = series.baselines(forecaster.data().train)["ar"].one_step(x, 250)[:12]
    assert arrays["ar"] == pytest.approx(line, rel=1e-5)
    assert np.array_equal(arrays["naive"], x[249:261])
    assert plain["errors"]["ar"] == pytest.approx(series.rmse(line - x[250:262]), rel=1e-5)
    for name in ("model", "ar", "naive"):
        low, high = arrays[f"{name}_interval"]
        assert (low < arrays[name]).all() and (arrays[name] < high).all()


def test_a_free_run_spreads_with_time_and_follows_its_seed(forecaster):
    _, one = looks_series.forecast(forecaster, {"horizon": 30, "seed": 1})
    _, same = looks_series.forecast(forecaster, {"horizon": 30, "seed": 1})
    _, other = looks_series.forecast(forecaster, {"horizon": 30, "seed": 2})
    assert np.array_equal(one["ar_interval"], same["ar_interval"])
    assert not np.array_equal(one["ar_interval"], other["ar_interval"])
    assert np.array_equal(one["ar"], other["ar"])
    width = one["naive_interval"][1] - one["naive_interval"][0]
    assert width[-1] > 3 * width[0]


def test_a_forecast_stops_where_the_truth_does(forecaster):
    plain, arrays = looks_series.forecast(forecaster, {"year": 2007, "horizon": 50})
    assert plain["horizon"] == 2 and len(arrays["truth"]) == len(arrays["model"]) == 2


@pytest.mark.parametrize(
    "params",
    [
        {"year": 1920},
        {"year": 2009},
        {"horizon": 0},
        {"horizon": 89},
        {"mode": "both"},
        {"seed": -1},
        {"run": 3},
        {"x": 1},
    ],
)
def test_forecasts_out_of_bounds_are_refused(forecaster, params):
    with pytest.raises(ConfigError) as found:
        looks_series.forecast(forecaster, dict(params))
    assert str(found.value).endswith(".")


# --- pixels ----------------------------------------------------------------------------------------------------------


def test_a_drawing_comes_with_the_chance_of_every_pixel(painter):
    plain, arrays = looks_pixels.drawing(painter, {"n": 3, "seed": 4})
    assert arrays["pixels"].shape == arrays["chances"].shape == (3, 784) and set(np.unique(arrays["pixels"])) <= {0, 1}
    assert arrays["pixels"].dtype == arrays["chances"].dtype == np.uint8
    labels = torch.tensor(plain["labels"]) if plain["labels"] else None
    full = painter.model.logits(torch.from_numpy(arrays["pixels"]).float().view(3, 28, 28), labels).sigmoid()
    assert np.abs(arrays["chances"] / 255 - full.flatten(1).numpy()).max() < 0.003
    again = looks_pixels.drawing(painter, {"n": 3, "seed": 4})[1]
    assert np.array_equal(arrays["pixels"], again["pixels"])


def test_a_completion_keeps_the_upper_rows_of_a_held_out_picture_or_of_a_drawing(painter):
    plain, arrays = looks_pixels.complete(painter, {"index": 5, "rows": 10, "n": 4})
    assert np.array_equal(arrays["given"], looks_pixels.heldout("mnist5k")[5].numpy()) and plain["index"] == 5
    assert (arrays["completed"][:, :10] == arrays["given"][:10]).all()
    assert len({picture.tobytes() for picture in arrays["completed"]}) == 4
    if painter.model.classes:
        assert sum(plain["posterior"]) == pytest.approx(1, abs=1e-3) and len(plain["labels"]) == 4
    _, own = looks_pixels.complete(painter, {"image": [0] * 392 + [255] * 392, "rows": 15, "n": 2})
    assert (own["given"][:14] == 0).all() and (own["given"][14:] == 1).all()
    assert (own["completed"][:, 14] == 1).all()


def test_surprise_adds_up_to_the_likelihood_and_white_noise_is_surprising(painter):
    plain, arrays = looks_pixels.likelihood(painter, {"index": 3})
    assert arrays["surprise"].sum() * np.log(2) == pytest.approx(-plain["nats"], rel=1e-4)
    x = looks_pixels.heldout("mnist5k")[3:4]
    assert plain["nats"] == pytest.approx(float(painter.model.log_likelihood(x)[0]), abs=1e-2)
    told = np.where(arrays["picture"] > 0, arrays["chance"], 1 - arrays["chance"])
    assert -np.log2(told) == pytest.approx(arrays["surprise"], abs=1e-3)
    assert plain["rank"] is None and plain["index"] == 3


@pytest.mark.parametrize(
    ("look", "params"),
    [
        ("drawing", {"n": 17}), ("drawing", {"seed": "x"}), ("drawing", {"label": "11"}), ("drawing", {"what": 1}),
        ("complete", {"rows": 28}), ("complete", {"rows": 0}), ("complete", {"index": 1000}), ("complete", {"n": 0}),
        ("complete", {"image": [0] * 783}), ("complete", {"image": [256] * 784}), ("complete", {"image": ["a"] * 784}),
        ("complete", {"image": "7" * 784}), ("likelihood", {"image": {"0": 1}}), ("likelihood", {"image": [0.5] * 784}),
        ("likelihood", {"index": -1}), ("likelihood", {"index": 1, "image": [0] * 784}),
    ],
)  # fmt: skip
def test_pictures_out_of_bounds_are_refused(painter, look, params):
    with pytest.raises(ConfigError) as found:
        looks_pixels.LOOKS[look](painter, dict(params))
    assert str(found.value).endswith(".")
