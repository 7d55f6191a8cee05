"""Generations of models: the Gaussian's closed forms, diversity of known shares, and a short chain."""

import math
from base64 import b64decode
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from genai_core.risks import collapse


def test_by_maximum_likelihood_the_mean_variance_falls_by_1_over_n_a_generation():
    sd = collapse.gaussians(np.random.default_rng(0), "replace", False, chains=4000, generations=20, draws=50)
    mean, error = (sd**2).mean(0), (sd**2).std(0) / math.sqrt(4000)
    assert (np.abs(mean - (1 - 1 / 50) ** np.arange(21)) <= 4 * error + 1e-12).all()


def test_by_the_unbiased_estimate_the_mean_variance_stays_and_the_median_falls():
    sd = collapse.gaussians(np.random.default_rng(1), "replace", True, chains=2000, generations=50, draws=100)
    mean, error = (sd**2).mean(0), (sd**2).std(0) / math.sqrt(2000)
    assert (np.abs(mean - 1) <= 4 * error + 1e-12).all()
    # The logarithm of the variance takes steps of mean digamma(99/2) - log(99/2), close to -1/99: 50 of them, about normal.
    assert np.median(sd[:, -1]) == pytest.approx(math.exp(-50 / 99 / 2), abs=0.04)


def test_fresh_or_accumulated_draws_keep_the_gaussian():
    for feed in ("fresh", "accumulate"):
        sd = collapse.gaussians(np.random.default_rng(2), feed, True, chains=1000, generations=50)
        assert np.median(sd[:, -1]) == pytest.approx(1, abs=0.03)


def test_chains_of_one_generation_have_the_spread_of_chi_square():
    sd = collapse.gaussians(np.random.default_rng(3), "replace", True, chains=20_000, generations=1, draws=10)[:, 1]
    assert (sd**2).var() == pytest.approx(2 / 9, rel=0.06)


def test_effective_numbers_of_known_shares():
    assert collapse.digits(np.full(10, 0.1)) == pytest.approx(10)
    assert collapse.digits(np.eye(10)[3]) == 1
    assert collapse.digits(np.array([0.5, 0.25, 0.25])) == pytest.approx(2**1.5)


def test_a_chain_loses_diversity_and_fresh_images_do_not(monkeypatch):
    monkeypatch.setattr(collapse, "GENERATIONS", 2)
    *events, outcome = collapse.replicate(collapse.Config(images=1000, steps=700), 11)
    values = outcome.values
    assert values["effect"] > 1.5 and abs(values["control"]) < 1
    assert values["mitigated"] < values["effect"] - 0.3
    assert values["recall_last"] < values["recall_first"]
    assert (values["price"], values["price_mitigated"]) == (1000, 3000)
    assert values["gaussian_likelihood"] < values["gaussian_unbiased"] < 0.9 < values["gaussian_accumulate"]
    assert [g for g, _ in outcome.dial] == [0, 1, 2] and outcome.dial[0][1] == 0
    assert outcome.dial[-1][1] == values["effect"]
    assert events[-1].step == events[-1].total == 6 * 700
    strips = [*outcome.shown["generations"], outcome.shown["kept"]]
    assert len(strips) == 4
    assert all(Image.open(BytesIO(b64decode(strip))).size == (12 * 30 - 2, 28) for strip in strips)
