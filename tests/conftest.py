"""Settings of every test: a message without a value fails, one thread for each process, numbers from a fixed profile, and
one of the parallel workers has the browser."""

from __future__ import annotations

import os

os.environ["GENAI_STRICT"] = "1"
os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest  # noqa: E402
from hypothesis import settings  # noqa: E402
from xdist.remote import Producer  # noqa: E402
from xdist.scheduler import LoadScopeScheduling  # noqa: E402

settings.register_profile("here", deadline=None, derandomize=True, max_examples=50)
settings.load_profile("here")


class BrowserTogether(LoadScopeScheduling):
    """Browser tests are one piece of work, so that server and browser start once; every other test is a piece of its own."""

    def _split_scope(self, nodeid: str) -> str:
        return "browser" if nodeid.startswith("tests/e2e/") else nodeid


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> BrowserTogether:
    return BrowserTogether(config, log)
