"""Tables: the classifier against scikit-learn and a closed form, closeness and attacks against copies and strangers."""

import numpy as np
import pytest

from genai_core.metrics import tables


def people(n: int, seed: int, d: int = 12) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, n)
    return rng.standard_normal((n, d)) + y[:, None], y


def test_a_feature_of_two_values_has_the_log_odds_of_its_counts():
    """Without a ridge the fit of one binary feature is saturated: its odds are those of the four counts."""
    x = np.repeat([0.0, 0.0, 1.0, 1.0], [30, 10, 15, 45])[:, None]
    y = np.repeat([0, 1, 0, 1], [30, 10, 15, 45])
    fit = tables.logistic(x, y, ridge=0.0)
    assert fit.constant == pytest.approx(np.log(10 / 30)) and fit.weights[0] == pytest.approx(
        np.log(45 / 15 / (10 / 30))
    )


@pytest.mark.parametrize("ridge", [0.1, 1.0, 30.0])
def test_the_ridge_is_scikit_learns(ridge):
    from sklearn.linear_model import LogisticRegression

    x, y = people(200, 0)
    theirs = LogisticRegression(C=1 / ridge, tol=1e-10, max_iter=2000).fit(x, y)
    ours = tables.logistic(x, y, ridge)
    assert np.allclose(ours.weights, theirs.coef_[0], atol=1e-5) and ours.constant == pytest.approx(
        theirs.intercept_[0], abs=1e-5
    )


def test_classes_far_apart_do_not_run_away():
    x = np.concatenate([np.full((20, 3), -50.0), np.full((20, 3), 50.0)])
    fit = tables.logistic(x, np.repeat([0, 1], 20))
    assert np.isfinite(fit.weights).all() and tables.use(x, np.repeat([0, 1], 20), x, np.repeat([0, 1], 20)) == 1.0


def test_learning_from_noise_is_of_no_use_and_from_the_like_it_is():
    x, y = people(300, 1)
    test_x, test_y = people(300, 2)
    assert tables.use(x, y, test_x, test_y) > 0.95
    shuffled = [tables.use(x, np.random.default_rng(k).permutation(y), test_x, test_y) for k in range(20)]
    assert 0.25 < np.mean(shuffled) < 0.75


def test_a_copied_table_lies_at_distance_0_and_is_flagged():
    training, others = people(80, 3)[0], people(80, 4)[0]
    distance, at = tables.closest(training, training)
    assert (distance == 0).all() and (at == np.arange(80)).all()
    assert tables.copies(training, training) == 1.0 and tables.nearer(training, training, others) == 1.0
    half = np.concatenate([training[:40], people(40, 5)[0]])
    assert tables.copies(half, training) == 0.5


def test_distances_are_those_of_the_plain_sum():
    a, b = people(15, 6)[0], people(20, 7)[0]
    plain = np.sqrt(((a[:, None] - b) ** 2).mean(2))
    assert np.allclose(np.sqrt(tables.squares(a, b)), plain) and np.allclose(tables.closest(a, b)[0], plain.min(1))


def test_strangers_are_nearer_to_neither_and_sizes_must_be_equal():
    shares = [tables.nearer(*(people(150, 100 + 3 * k + i)[0] for i in range(3))) for k in range(12)]
    assert abs(np.mean(shares) - 0.5) < 0.03
    ties = np.zeros((4, 2))
    assert tables.nearer(ties, ties, ties) == 0.5
    with pytest.raises(ValueError, match="one size"):
        tables.nearer(ties, ties, ties[:3])


def test_the_attack_gains_everything_from_a_copy_and_nothing_from_strangers():
    (x, y), (other_x, other_y), (made_x, made_y) = (people(150, k) for k in (8, 9, 10))
    copied, missed = tables.attack(x, y, x, y), tables.attack(other_x, other_y, x, y)
    assert copied.measure == 1.0 and copied.diagnosis == 1.0 and copied.measure - missed.measure > 0.6
    leaks = []
    for k in range(6):
        (x, y), (other_x, other_y), (made_x, made_y) = (people(150, 20 + 3 * k + i) for i in range(3))
        inside, outside = tables.attack(x, y, made_x, made_y), tables.attack(other_x, other_y, made_x, made_y)
        leaks.append(inside.measure - outside.measure)
    assert abs(np.mean(leaks)) < 0.015


def test_the_attack_does_not_see_what_it_guesses():
    """A record that agrees in the hidden value alone is no help: what is known decides."""
    person = np.array([[0.0, 0.0, 5.0]])
    synthetic = np.array([[0.0, 0.0, -5.0], [3.0, 3.0, 5.0]])
    found = tables.attack(person, np.array([1]), synthetic, np.array([1, 1]))
    assert found.measures.tolist() == [0.0, 0.0, 0.0]  # the first two come from the record that agrees in the third


def test_correlations_and_distances_of_distributions_are_numpys_and_scipys():
    from scipy.stats import ks_2samp

    x, y = people(90, 11)[0], people(70, 12)[0] * 1.5
    assert np.allclose(tables.correlation(x), np.corrcoef(x.T))
    assert np.allclose(tables.apart(x, y), [ks_2samp(a, b).statistic for a, b in zip(x.T, y.T, strict=True)])
    assert tables.unlike(x, x) == 0 and tables.unlike(x, np.random.default_rng(0).permuted(x, axis=0)) > 0.1
    assert (tables.correlation(np.ones((5, 2))) == 0).all()
