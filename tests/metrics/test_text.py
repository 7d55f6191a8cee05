"""Measures of texts, against examples worked by hand."""

import itertools

import numpy as np
import pytest

from genai_core.metrics.text import Index, NGram, kept, lines, repetition, unigram_bits


def test_witten_bell_of_two_symbols_worked_by_hand():
    """Trained on a b a b b. Unigrams: c(a) = 2, c(b) = 3 of 5, two kinds, over the uniform 1/2.
    P(a) = (2 + 2/2) / 7 = 3/7, P(b) = 4/7. After a: b twice, one kind: P(b|a) = (2 + 4/7) / 3 = 6/7, P(a|a) = (3/7) / 3 = 1/7.
    After b: a once, b once, two kinds: P(a|b) = (1 + 2 * 3/7) / 4 = 13/28."""
    model = NGram(np.array([0, 1, 0, 1, 1]), 2, order=2)
    p = 2.0 ** -model.bits(np.array([[0, 1], [0, 0], [1, 0], [1, 1]]))
    assert p == pytest.approx([6 / 7, 1 / 7, 13 / 28, 15 / 28])


def test_an_unseen_history_falls_back_on_the_shorter_one():
    model = NGram(np.array([0, 1, 0, 1, 2]), 4, order=3)
    assert model.bits(np.array([[3, 0, 1]])) == pytest.approx(NGram(np.array([0, 1, 0, 1, 2]), 4, 2).bits([[0, 1]]))


def test_probabilities_sum_to_one_after_every_history():
    rng = np.random.default_rng(0)
    model = NGram(rng.integers(0, 5, 300), 5, order=3)
    for history in itertools.product(range(5), repeat=2):
        assert (2.0 ** -model.bits([[*history, w] for w in range(5)])).sum() == pytest.approx(1)


def test_a_text_is_judged_place_by_place():
    rng = np.random.default_rng(0)
    text = rng.integers(0, 3, (2, 7))
    model = NGram(rng.integers(0, 3, 100), 3, order=3)
    assert model.of(text).shape == (2, 5)
    assert model.of(text)[1, 4] == pytest.approx(model.bits(text[1:, 4:])[0])


def test_symbols_too_many_for_a_key_are_refused():
    with pytest.raises(ValueError):
        NGram(np.arange(10), 3000, order=6)


def test_unigrams_of_a_fair_coin_cost_a_bit():
    assert unigram_bits(np.array([0, 1] * 50), np.array([0, 0, 1]), 2) == pytest.approx(1)


def test_repetition_counts_what_was_there_before():
    loop, fresh = [0, 1, 2] * 4, list(range(12))
    assert repetition(np.array([fresh]), 3) == 0
    assert repetition(np.array([loop]), 3) == pytest.approx(7 / 10)  # 10 stretches of which 3 differ
    assert repetition(np.array([fresh, loop]), 3) == pytest.approx(0.35)


def test_lines_of_prose_and_of_verse():
    assert lines('He came. "Why?" said she;\nNo', 3) == ["He came.", "Why?", "said she;"]
    assert lines("床前明月光，疑是地上霜。\n举头", 4) == ["床前明月光，疑是地上霜。"]


def test_the_longest_shared_stretch_is_found_by_brute_force_too():
    rng = np.random.default_rng(0)
    text = rng.integers(0, 3, 400)
    index = Index(text, 3, k=2)
    for seed in range(20):
        line = np.random.default_rng(seed).integers(0, 3, 15)
        longest = max(
            n for n in range(16) for i in range(16 - n)
            if n == 0 or any((text[p : p + n] == line[i : i + n]).all() for p in range(401 - n))
        )  # fmt: skip
        start, length, place = index.longest(line)
        assert length == longest
        assert (line[start : start + length] == text[place : place + length]).all()
    assert Index(np.zeros(9, int), 3, k=2).longest(np.ones(5, int)) == (0, 0, 0)
    assert Index(text, 3, k=6).longest(text[:4]) == (0, 0, 0)  # shorter than what is indexed


def test_a_tool_is_made_once_for_each_text():
    a, b = np.arange(10) % 3, np.arange(11) % 3
    assert kept(Index, a, 3) is kept(Index, a.copy(), 3)
    assert kept(Index, a, 3) is not kept(Index, b, 3)
