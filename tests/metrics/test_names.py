"""Distances between names in closed form, the nearest of a list, a judge that knows what it has read."""

import numpy as np
import pytest

from genai_core.metrics.names import Judge, Listing, around


def apart(a: str, b: str) -> int:
    return int(Listing([b]).distances(a)[0])


@pytest.mark.parametrize(
    ("a", "b", "letters"),
    [
        ("kitten", "sitting", 3),
        ("nike", "nike", 0),
        ("nike", "inke", 1),  # neighbours exchanged
        ("ca", "abc", 3),  # no stretch changed twice: Damerau's unrestricted distance is 2
        ("abcdef", "abdcef", 1),
        ("abcdef", "badcfe", 3),
        ("puma", "pumas", 1),
        ("a", "bcd", 3),
        ("", "abc", 3),
    ],
)
def test_letters_apart(a, b, letters):
    assert apart(a, b) == letters
    if a:
        assert apart(b, a) == letters


def test_a_list_is_measured_as_one_name_after_the_other():
    rng = np.random.default_rng(0)
    words = ["".join(rng.choice(list("abc"), rng.integers(2, 7))) for _ in range(60)]
    listing = Listing(words)
    assert listing.names == tuple(sorted(set(words)))
    for name in words[:8]:
        assert listing.distances(name).tolist() == [apart(name, other) for other in listing.names]


def test_one_change_is_what_lies_a_letter_away():
    rng = np.random.default_rng(1)
    words = sorted({"".join(rng.choice(list("abz"), rng.integers(1, 6))) for _ in range(300)})
    listing, own = Listing(words[::2]), words[1::2]
    assert listing.beside(own).tolist() == [bool((listing.distances(name) <= 1).any()) for name in own]
    assert {"ba", "b", "a", "cab", "axb", "abz"} <= around("ab") and "abcd" not in around("ab")


def test_the_nearest_is_the_most_alike_and_of_equals_the_first():
    listing = Listing(["salva", "salvo", "x"])
    assert listing.nearest("salve") == ("salva", 1, pytest.approx(0.8))
    assert listing.nearest("salvo") == ("salvo", 0, 1.0) and "salvo" in listing and "salve" not in listing
    assert Listing(["ab", "abcdefgh"]).nearest("abcdef").name == "abcdefgh"  # two of eight letters, against four of six
    with pytest.raises(ValueError, match="without names"):
        Listing([])


def test_the_judge_tells_styles_apart_and_counts_the_end():
    judge = Judge([["anna", "nana", "hanna", "ana"], ["otto", "toto", "lotto", "oto"]])
    assert judge.styles(["anana", "ottoto"]).tolist() == [0, 1] and judge.styles([]).shape == (0,)
    bits = judge.bits(["anna", "ann"])
    assert bits.shape == (2, 2) and (bits > 0).all()
    assert bits[1, 0] > bits[0, 0]  # no name of the style ends in n


def test_the_judge_gives_probabilities_that_sum_to_one():
    """All strings of one letter, of two, and what is left of longer ones: tested by the first letter with its history."""
    judge = Judge([["abc", "abd", "b"]])
    firsts = [2 ** -judge._models[0].bits(np.array([[0, 0, k]])).item() for k in range(27)]
    assert sum(firsts) == pytest.approx(1.0)
