"""What our components may be sent by a browser: checked before it goes anywhere."""

import pytest

from pages.shared import components


def test_notes_are_taken_as_whole_numbers():
    assert components.melody([[60, 2], [0, 4.0], [79, 1]], 60, 79) == [[60, 2], [0, 4], [79, 1]]


@pytest.mark.parametrize(
    "sent",
    [None, [], "x", [[60, 2]] * 65, [[60]], [[59, 2]], [[80, 2]], [[60, 5]], [[60, True]], [["60", 2]], [[60.5, 2]],
     [[float("inf"), 2]], [[float("nan"), 2]], {"a": 1}, [None]],
)  # fmt: skip
def test_anything_else_is_no_melody(sent):
    assert components.melody(sent, 60, 79) == []
