"""The few errors a user can meet. Each carries a sentence to act on, as a message id with its parameters, so that
the page can say it in the reader's language."""

from typing import Any


class UserError(Exception):
    """Something a user can put right.

    ``message`` is an English gettext message id with ``{name}`` placeholders; ``params`` fills them.
    ``str(error)`` is the English sentence.
    """

    def __init__(self, message: str, **params: Any) -> None:
        super().__init__(message)
        self.message = message
        self.params = params

    def __str__(self) -> str:
        return self.message.format(**self.params)

    def to_json(self) -> dict[str, Any]:
        return {"message": self.message, "params": {k: _plain(v) for k, v in self.params.items()}}


def _plain(value: Any) -> Any:
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)


class ConfigError(UserError):
    """A knob, a data set, a seed or a budget outside what is allowed."""


class DataError(UserError):
    """A data file that is absent, damaged or of the wrong shape."""


class RunError(UserError):
    """A run that cannot be opened, resumed, stopped or exported."""


class EngineError(UserError):
    """The worker engine cannot be reached, is full, or lost a worker."""


class RoomError(UserError):
    """A room that cannot be opened or entered, or an entry or a vote that it cannot take."""


class EndpointError(UserError):
    """A large model elsewhere that is silent, refuses, or answers in a form that was not asked for."""


class Term(str):
    """A parameter of an error that is a message id itself: the name of a field."""
