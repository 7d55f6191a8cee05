"""Who has looked at what, in the memory of one process: for the report of a session. Torch-free."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Literal

Kind = Literal["run", "card"]
MOST, VISITORS = 24, 500


class Book:
    """Who saw what, newest last; safe for threads."""

    def __init__(self, most: int = MOST, visitors: int = VISITORS) -> None:
        self.most, self.visitors = most, visitors
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, OrderedDict[tuple[Kind, str], None]] = OrderedDict()

    def note(self, who: str, kind: Kind, run_id: str) -> None:
        with self._lock:
            mine = self._kept.setdefault(who, OrderedDict())
            self._kept.move_to_end(who)
            mine[kind, run_id] = None
            mine.move_to_end((kind, run_id))
            for same in [key for key in mine if key[0] == kind][: -self.most]:
                del mine[same]
            while len(self._kept) > self.visitors:
                self._kept.popitem(last=False)

    def seen(self, who: str, kind: Kind) -> list[str]:
        with self._lock:
            return [run_id for of, run_id in self._kept.get(who, ()) if of == kind]

    def forget(self, who: str) -> None:
        with self._lock:
            self._kept.pop(who, None)
