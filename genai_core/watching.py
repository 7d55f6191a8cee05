"""One reading for many viewers: whatever is watched is read at most once a second, however many look. Torch-free."""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from genai_core.errors import UserError

READ_SECONDS = 1.0
KEPT = 64  # the last ones that somebody looked at


@dataclass
class Entry:
    """What is known of one thing, under its lock. A watch that remembers more derives from it."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    read_at: float = -math.inf
    snapshot: Any = None
    error: UserError | None = None


E = TypeVar("E", bound=Entry)


class Watching(Generic[E]):
    """Base of a watch: ``_read`` says how one thing is read anew, and leaves what everybody may see in ``entry.snapshot``."""

    def __init__(self, entry: type[E], clock: Callable[[], float] = time.monotonic) -> None:
        self._entry = entry
        self._clock = clock
        self._lock = threading.Lock()
        self._entries: OrderedDict[str, E] = OrderedDict()

    def _read(self, key: str, entry: E, at: float) -> None:
        raise NotImplementedError

    def _look(self, key: str, before: Callable[[E], None] = lambda entry: None) -> Any:
        """The snapshot of ``key`` as of at most a second ago, or the error of that reading; ``before`` runs under the entry's lock."""
        with self._lock:
            entry = self._entries.setdefault(key, self._entry())
            self._entries.move_to_end(key)
            while len(self._entries) > KEPT:
                self._entries.popitem(last=False)
        with entry.lock:
            before(entry)
            at = self._clock()
            if at - entry.read_at >= READ_SECONDS:
                entry.read_at = at
                try:
                    self._read(key, entry, at)
                    entry.error = None
                except UserError as error:
                    entry.error = error
            if entry.error is not None:
                raise type(entry.error)(entry.error.message, **entry.error.params)
            assert entry.snapshot is not None
            return entry.snapshot

    def forget(self, key: str) -> None:
        """Read anew at the next look, as after a change."""
        with self._lock:
            if key in self._entries:
                self._entries[key].read_at = -math.inf
