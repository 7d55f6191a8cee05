"""Settings of every test: a message without a value fails, one thread for each process, numbers from a fixed profile."""

import os

os.environ["GENAI_STRICT"] = "1"
os.environ.setdefault("OMP_NUM_THREADS", "1")

from hypothesis import settings  # noqa: E402

settings.register_profile("here", deadline=None, derandomize=True, max_examples=50)
settings.load_profile("here")
