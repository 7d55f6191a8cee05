"""The two computations and the drawing: held to what can be said without them."""

import numpy as np
import pytest

from genai_core import registry
from genai_core.article import demos, diagram


def test_the_best_guess_by_squared_error_is_the_mean_and_may_never_follow():
    found = demos.squared_error(np.array([50.0, 0, 0, 0, 50]), "abcde")
    assert (found.mean, found.guess, found.chance) == (2.0, "c", 0.0)
    assert found.bits == 1.0
    numbers = np.arange(5)
    losses = [(found.shares * (numbers - m) ** 2).sum() for m in np.linspace(0, 4, 401)]
    assert np.linspace(0, 4, 401)[int(np.argmin(losses))] == pytest.approx(found.mean)


def test_another_numbering_moves_the_guess_and_not_the_cross_entropy():
    one, other = demos.squared_error(np.array([60.0, 0, 40]), "abc"), demos.squared_error(np.array([60.0, 40, 0]), "acb")
    assert one.guess == "b" and one.chance == 0 and other.guess != "b"
    assert one.bits == pytest.approx(other.bits)


def test_in_the_text_that_ships_u_follows_q_and_what_follows_th_is_not_its_mean():
    assert demos.follows("q").guess == "u" and demos.follows("q").bits == 0.0
    found = demos.follows("th")
    assert found.best == "e" and found.chance < 0.01 and found.shares.sum() == pytest.approx(1)
    assert sorted(demos.numbering("frequency")) == sorted(demos.LETTERS) and demos.numbering("frequency")[0] == "e"


def test_counts_are_those_of_a_plain_search():
    text = demos._text()
    at = demos.LETTERS.index("o")
    assert demos.counts("wh")[at] == text.count("who")


def test_the_closed_form_of_the_kl_agrees_with_draws():
    x, mu = np.array([1.0, 0, 1]), np.array([0.9, 0.2, 0.6])
    found = demos.bound([1.0, -0.5], [0.5, 1.3], x, mu)
    assert abs(found.kl - found.kl_drawn) < 4 * found.error
    assert demos.bound([0.0], [1.0], x, mu).kl == 0


def test_the_articles_second_term_is_half_the_cross_entropy_of_black_and_white_pixels():
    x, mu = np.array([1.0, 0, 1]), np.array([0.9, 0.2, 0.6])
    found = demos.bound([1.0], [0.5], x, mu)
    assert found.pixel_kl == pytest.approx(found.cross_entropy) == pytest.approx(-np.log([0.9, 0.8, 0.6]).sum())
    assert found.beta == pytest.approx(2) and found.article < found.loss


@pytest.mark.parametrize("label", [1.0, 0.9])
def test_the_best_discriminator_says_half_its_label_where_the_densities_are_equal_and_there_alone(label):
    alike, apart = demos.belief(0.0, label), demos.belief(2.0, label)
    assert alike.best == pytest.approx(np.full(401, label / 2))
    assert apart.x[np.abs(apart.best - label / 2).argmin()] == pytest.approx(1.0, abs=0.02)  # midway
    assert (np.diff(apart.best) < 0).all() and apart.best[0] == pytest.approx(label, abs=0.001) and apart.best[-1] < 0.001
    assert (apart.weak == label / 2).all()


def test_the_best_discriminator_tells_two_normals_apart_as_often_as_theory_says():
    """The normal distribution function at half the distance; half of the pictures where there is none."""
    assert [demos.belief(shift).right for shift in (0.0, 2.0, 4.0)] == pytest.approx([0.5, 0.8413447, 0.9772499], abs=2e-4)


@pytest.mark.parametrize("family", diagram.FLOWS)
@pytest.mark.parametrize("tall", [False, True])
def test_a_drawing_says_every_word_and_keeps_its_boxes_apart(family, tall):
    words = {message: f"w{at}" for at, message in enumerate(diagram.messages(family))}
    drawn = diagram.svg(family, words, dark=False, tall=tall)
    assert all(f">{word}</tspan>" in drawn or f"{word}</text>" in drawn for word in words.values())
    flow = diagram.FLOWS[family]
    rows = 1 + max(box.row for box in flow.boxes)
    spots = [diagram._spot(box, tall, rows, flow) for box in flow.boxes]
    apart = [
        abs(a[0] - b[0]) >= diagram.WIDE or abs(a[1] - b[1]) >= diagram.HIGH for at, a in enumerate(spots) for b in spots[:at]
    ]
    assert all(apart)
    told = diagram.told(family, words, ("; ", ", "))
    assert all(word in told for word in words.values())


def test_every_model_that_works_otherwise_has_a_drawing_of_its_own():
    models = registry.catalogue()["models"]
    assert set(diagram.OWN) <= set(models) and set(diagram.OWN.values()) <= set(diagram.FLOWS)
    kinds = {diagram.kind(key, model["family"]) for key, model in models.items() if model["family"] in diagram.FLOWS}
    assert kinds == set(diagram.FLOWS)


def test_markup_in_a_word_is_text_in_the_drawing():
    words = dict.fromkeys(diagram.messages("gan"), "<b>&")
    assert "<b>" not in diagram.svg("gan", words, dark=True)


def test_long_words_are_broken_between_words_and_between_characters():
    assert diagram.wrapped("one two three four", 60, 10) == ["one two", "three four"]
    assert diagram.wrapped("一二三四五六", 35, 10) == ["一二三", "四五六"]
    assert diagram.wrapped("一二三，四", 30, 10) == ["一二三，", "四"]
