import uuid

import pytest

from genai_core.runs.store import Store
from tests.runs import tiny


@pytest.fixture(params=["folder", "memory"])
def store(request, tmp_path):
    """A store in a folder, and one behind fsspec."""
    url = tmp_path / "store" if request.param == "folder" else f"memory://{uuid.uuid4().hex}/store"
    return Store(url, gallery=None)


@pytest.fixture
def plugins(monkeypatch):
    tiny.install(monkeypatch.setattr)
