"""Temperature, top-k and top-p, against cases worked by hand."""

import numpy as np
import pytest

from genai_core.sampling import choose, probabilities

LOGITS = np.log(np.array([0.1, 0.4, 0.2, 0.3]))


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, [0.1, 0.4, 0.2, 0.3]),
        ({"temperature": 0.5}, np.array([0.01, 0.16, 0.04, 0.09]) / 0.30),  # p^2, normalised
        ({"temperature": 0.0}, [0, 1, 0, 0]),
        ({"top_k": 2}, np.array([0, 4, 0, 3]) / 7),
        ({"top_k": 9}, [0.1, 0.4, 0.2, 0.3]),
        ({"top_p": 0.65}, np.array([0, 4, 0, 3]) / 7),  # .4 alone holds too little, .4 + .3 enough
        ({"top_p": 0.75}, np.array([0, 4, 2, 3]) / 9),
        ({"top_p": 0.05}, [0, 1, 0, 0]),
        ({"top_k": 3, "top_p": 0.7}, np.array([0, 4, 0, 3]) / 7),  # of .4, .3, .2 over .9 the first two hold .78
        ({"temperature": 0.5, "top_p": 0.8}, np.array([0, 16, 0, 9]) / 25),  # the temperature comes first
    ],
)
def test_cases_worked_by_hand(settings, expected):
    assert probabilities(LOGITS, **settings) == pytest.approx(np.array(expected), abs=1e-9)


def test_equal_logits_rank_by_their_place():
    assert probabilities(np.zeros(4), top_k=2).tolist() == [0.5, 0.5, 0, 0]
    assert probabilities(np.zeros(4), temperature=0).tolist() == [1, 0, 0, 0]


def test_a_number_falls_into_its_symbol_s_share():
    u = np.array([0.0, 0.09, 0.11, 0.49, 0.51, 0.69, 0.71, 0.999999])
    assert choose(np.tile(LOGITS, (8, 1)), u).tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
    assert choose(LOGITS, 0.99, top_k=1) == 1


def test_one_stream_draws_as_it_would_beside_others():
    rng = np.random.default_rng(2)
    logits, u = rng.normal(size=(200, 30)), rng.random(200)
    logits[:, ::3] = -np.inf  # shares of nothing, at the ends too
    u[:2] = 0.0, np.nextafter(1.0, 0.0)
    alone = [int(choose(row[None], np.array([x]), 0.7, top_p=0.8)[0]) for row, x in zip(logits, u, strict=True)]
    assert alone == choose(logits, u, 0.7, top_p=0.8).tolist()


def test_draws_follow_the_probabilities():
    rng = np.random.default_rng(0)
    drawn = choose(np.tile(LOGITS, (20_000, 1)), rng.random(20_000), temperature=0.7, top_p=0.9)
    p = probabilities(LOGITS, temperature=0.7, top_p=0.9)
    assert np.bincount(drawn, minlength=4) / 20_000 == pytest.approx(p, abs=0.015)
    assert (drawn != 0).all()  # the tail is cut


def test_what_cannot_be_drawn_may_be_left_out():
    """A page that holds the likeliest alone draws as the model does, as long as top-k stays within them."""
    rng = np.random.default_rng(1)
    logits, u = rng.normal(size=(300, 50)), rng.random(300)
    ids = np.sort(np.argsort(-logits, 1)[:, :20], 1)
    kept = np.take_along_axis(logits, ids, 1)
    part = choose(kept, u, 0.8, top_k=12, top_p=0.9)
    assert (ids[np.arange(300), part] == choose(logits, u, 0.8, top_k=12, top_p=0.9)).all()


def test_large_logits_do_not_overflow():
    assert probabilities(np.array([1000.0, 0.0, -1000.0]), temperature=0.05).tolist() == [1, 0, 0]
