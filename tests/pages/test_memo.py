"""A memo keeps the last few results, shares them between threads, and forgets the rest."""

import threading

import pytest

from pages.shared.memo import Memo


def test_a_result_is_made_once_while_it_is_kept_and_the_oldest_goes_first():
    memo, made = Memo(2), []

    def ask(key):
        return memo(key, lambda: made.append(key) or key * 2)

    assert [ask(key) for key in ("a", "b", "a", "c", "a", "b")] == ["aa", "bb", "aa", "cc", "aa", "bb"]
    assert made == ["a", "b", "c", "b"] and len(memo) == 2


def test_what_cannot_be_made_is_not_kept_and_none_is_a_result():
    memo, asked = Memo(2), []
    with pytest.raises(KeyError):
        memo("x", lambda: {}["x"])
    assert len(memo) == 0
    assert [memo("x", lambda: asked.append(1)) for _ in range(3)] == [None] * 3 and asked == [1]


def test_many_threads_see_one_result_and_the_bound_holds():
    memo, seen = Memo(3), []

    def work(seed):
        for n in range(300):
            seen.append(memo((seed + n) % 5, lambda n=n: ((seed + n) % 5,)) == ((seed + n) % 5,))

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(seen) and len(seen) == 2400 and len(memo) == 3
