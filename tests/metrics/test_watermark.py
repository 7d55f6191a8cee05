"""The mark in a text: counts that are known, a null whose variance is derived, and keys that are the same everywhere."""

import numpy as np
import pytest

from genai_core.metrics import watermark as mark


def test_z_of_a_text_with_known_green_pairs():
    table = np.array([[0, 1], [1, 0]], bool)  # a symbol is green when it differs from the one before
    text = np.array(
        [[0, 1, 0, 0, 1, 1, 1, 1]]
    )  # pairs: 01 10 00 01 11 11 11: 3 of 7 are green, and of 4 different ones 2
    each, once = mark.scores(text, table[None])
    assert mark.flags(text[0], table).tolist() == [True, True, False, True, False, False, False]
    assert each[0, 0] == pytest.approx((3 - 3.5) / np.sqrt(7 / 4))
    assert once[0, 0] == pytest.approx((2 - 2) / np.sqrt(4 / 4))
    assert mark.first_time(text[0]).tolist() == [True, True, True, False, True, False, False]


def test_z_with_another_share_of_green():
    table = np.zeros((4, 4), bool)
    table[:, 0] = True  # gamma 1/4, and the first symbol always green
    text = np.array([[1, 0, 2, 0, 3, 0, 1]])  # six different pairs, three green
    assert mark.scores(text, table[None])[0][0, 0] == pytest.approx((3 - 6 / 4) / np.sqrt(6 * 3 / 16))


def test_each_row_has_its_share_of_green_and_keys_decide_it():
    table = mark.greens(7, 63)
    assert table.shape == (63, 63) and (table.sum(1) == 32).all()
    assert np.array_equal(table, mark.greens(7, 63))
    assert 0.4 < (table == mark.greens(8, 63)).mean() < 0.6
    assert (mark.greens(7, 40, 0.25).sum(1) == 10).all()
    # The same on every machine: whoever has the key must find what was written elsewhere.
    assert np.flatnonzero(mark.greens(7, 10)[0]).tolist() == KNOWN


KNOWN = [2, 3, 5, 8, 9]


def test_the_bias_falls_on_green_symbols_alone():
    green, logits = mark.greens(3, 9)[[0, 8, 3, 3, 1]], np.random.default_rng(0).normal(size=(5, 9))
    assert mark.biased(logits, green, 2.0) - logits == pytest.approx(np.where(green, 2.0, 0.0))
    assert np.array_equal(mark.biased(logits, green, 0.0), logits)


def letters(rng, n, length, symbols=40):
    """Texts with a few frequent pairs, as a language has them."""
    shares = 1 / np.arange(1, symbols + 1) ** 1.3
    return rng.choice(symbols, (n, length), p=shares / shares.sum())


def test_counted_each_time_the_variance_is_that_of_the_repeats():
    rng = np.random.default_rng(1)
    texts = letters(rng, 3, 300)
    # Independent fair colours for each pair: the derived variance is exact.
    tables = rng.random((2000, 40, 40)) < 0.5
    each, once = mark.scores(texts, tables, gamma=0.5)
    expected = mark.variance(texts)
    assert (expected > 4).all()
    assert each.var(1) == pytest.approx(expected, rel=0.12) and once.var(1) == pytest.approx(1, rel=0.12)
    assert np.abs(each.mean(1)).max() < 4 * np.sqrt(expected.max() / 2000)


def test_variance_by_hand():
    assert mark.variance(np.array([[0, 1, 0, 1, 0, 2]]))[0] == pytest.approx(
        (2**2 + 2**2 + 1) / 5
    )  # 01 twice, 10 twice, 02


def test_counted_once_the_null_is_no_wider_than_a_normal_one():
    rng = np.random.default_rng(2)
    tables = np.stack([mark.greens(key, 40) for key in range(400)])
    each, once = mark.scores(letters(rng, 20, 400), tables)
    assert once.std() < 1.02 and (once > 4).mean() < 1e-3
    assert each.std() > 1.8 and (each > 4).mean() > 0.005


def test_the_threshold_lets_the_share_through_that_it_says():
    real = np.random.default_rng(3).permutation(np.arange(1000.0))
    bar = mark.threshold(real, 0.01)
    assert bar == 989 and (real > bar).mean() == 0.01
    assert mark.threshold(np.zeros(50)) == 0  # ties: nobody is above


def test_letters_are_exchanged_at_the_share_asked_and_nested():
    rng, texts = np.random.default_rng(4), np.zeros((200, 500), int)
    shares = np.array([0.0, 0.25, 0.75])
    changed, hit = mark.exchanged(texts, 0.3, shares, np.random.default_rng(9))
    assert hit.mean() == pytest.approx(0.3, abs=0.01) and np.array_equal(changed > 0, hit)
    assert (changed == 2).sum() / hit.sum() == pytest.approx(0.75, abs=0.02)
    more, wider = mark.exchanged(texts, 0.5, shares, np.random.default_rng(9))
    assert (wider | ~hit).all() and np.array_equal(more[hit], changed[hit])
    assert np.array_equal(mark.exchanged(texts, 0.0, shares, rng)[0], texts)
