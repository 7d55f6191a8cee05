"""What a room adds to the report: register, votes, laws, in the words of the report's language."""

from typing import Any


def choose() -> dict[str, Any]:
    """What the visitor wants of the room and of the laws."""
    return {}


def worded(room: dict[str, Any], t: Any) -> dict[str, Any]:
    return {}
