"""Settings of every test: a message without a value fails, one thread for each process, numbers from a fixed profile, and
two of the parallel workers have a browser."""

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
    """Browser tests are two pieces of work, each with a server and a browser of its own, started once; every other test is a
    piece of its own. The pieces with most tests go first."""

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith("tests/e2e/"):
            return "every page" if nodeid.startswith("tests/e2e/test_pages.py") else "browser"
        return nodeid


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> BrowserTogether:
    return BrowserTogether(config, log)
