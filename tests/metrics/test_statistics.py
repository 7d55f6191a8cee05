import numpy as np
import pytest

from genai_core.metrics.statistics import bootstrap, wilson


@pytest.mark.parametrize(
    "k, n, low, high",
    [  # Newcombe 1998, Stat. Med. 17:857, table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (29, 29, 0.8830, 1.0000),
    ],
)
def test_wilson_gives_the_published_values(k, n, low, high):
    assert wilson(k, n) == pytest.approx((low, high), abs=5e-5)


def test_wilson_refuses_what_is_no_share():
    for k, n in ((-1, 10), (11, 10), (0, 0)):
        with pytest.raises(ValueError):
            wilson(k, n)


def test_bootstrap_of_a_mean_is_the_normal_interval():
    values = np.random.default_rng(0).normal(3, 2, 400)
    low, high = bootstrap(values, np.random.default_rng(1))
    half = 1.96 * values.std() / 20
    assert low == pytest.approx(values.mean() - half, abs=0.15 * half)
    assert high == pytest.approx(values.mean() + half, abs=0.15 * half)


def test_bootstrap_covers_as_often_as_it_says():
    rng = np.random.default_rng(2)
    hits = 0
    for _ in range(200):
        low, high = bootstrap(rng.exponential(1, 60), rng, draws=300, level=0.8)
        hits += low <= 1 <= high
    assert 0.7 < hits / 200 < 0.88


def test_bootstrap_keeps_rows_together_and_takes_any_statistic():
    x = np.arange(50.0)
    low, high = bootstrap(
        np.stack([x, 2 * x], 1), np.random.default_rng(0), lambda v: v[:, 1].sum() / v[:, 0].sum(), draws=50
    )
    assert low == high == 2
    with pytest.raises(ValueError):
        bootstrap(np.ones(1), np.random.default_rng(0))
