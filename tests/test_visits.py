"""The book of what a visitor has looked at: newest last, bounded, nobody's in another's."""

from genai_core.visits import Book


def test_what_was_seen_is_kept_in_order_and_once():
    book = Book()
    for run in ("a", "b", "a"):
        book.note("me", "run", run)
    book.note("me", "card", "c")
    assert book.seen("me", "run") == ["b", "a"] and book.seen("me", "card") == ["c"] and book.seen("you", "run") == []


def test_the_oldest_go_first_and_one_kind_does_not_push_out_the_other():
    book = Book(most=2)
    book.note("me", "card", "c")
    for run in "xyz":
        book.note("me", "run", run)
    assert book.seen("me", "run") == ["y", "z"] and book.seen("me", "card") == ["c"]


def test_the_visitor_who_came_least_recently_is_forgotten():
    book = Book(visitors=2)
    for who in ("a", "b", "a", "c"):
        book.note(who, "run", who)
    assert book.seen("a", "run") == ["a"] and book.seen("b", "run") == [] and book.seen("c", "run") == ["c"]


def test_forgetting_is_complete():
    book = Book()
    book.note("me", "run", "a")
    book.forget("me")
    assert book.seen("me", "run") == []
