"""When the ways to explore a run are shown, waited for, and left out."""

from types import SimpleNamespace

import pytest

from pages.shared import explore
from pages.shared.explore import View

IMAGE = SimpleNamespace(modality="image", classes=())
CASES = [
    # state, what the job has said of the data, saved, what is expected
    ("queued", None, False, "wait"),  # a busy engine: the job has not begun
    ("running", None, False, "wait"),
    ("running", None, True, "wait"),
    ("running", IMAGE, False, "wait"),
    ("running", IMAGE, True, "tabs"),
    ("done", IMAGE, True, "tabs"),
    ("failed", None, False, ""),
    ("failed", None, True, ""),
    ("stopped", IMAGE, False, ""),
    ("running", SimpleNamespace(modality="table", classes=()), True, ""),
]


@pytest.mark.parametrize(("state", "info", "saved", "expected"), CASES)
def test_views_are_waited_for_until_they_can_be_shown(monkeypatch, state, info, saved, expected):
    shown = []
    record = SimpleNamespace(state=state, info=info)
    watcher = SimpleNamespace(snapshot=lambda run_id: SimpleNamespace(record=record))
    monkeypatch.setattr(explore.services, "watcher", lambda: watcher)
    monkeypatch.setattr(explore, "_saved", lambda run_id: saved)
    monkeypatch.setattr(explore.st, "subheader", lambda *_, **__: None)
    monkeypatch.setattr(explore.st, "fragment", lambda *_, **__: lambda run_id: shown.append("wait"))
    monkeypatch.setattr(explore.tabs, "show", lambda *_, **__: shown.append("tabs") or {"one": SimpleNamespace(open=False)})
    explore.show(SimpleNamespace(run_id="r"), [View("one", "One", lambda bench, record: None)])
    assert shown == ([expected] if expected else [])
