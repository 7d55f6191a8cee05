"""What a job's process does to itself."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from genai_core.execution.process import NICENESS

PROGRAM = """
import os
from pathlib import Path
from genai_core.execution.process import give_way
give_way()
group = Path("/proc/self/autogroup")
print(os.nice(0), group.read_text().split()[-1] if group.exists() else "-")
"""


def test_a_job_gives_way_within_its_session_and_with_it():
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, start_new_session=True
    )
    own, session = done.stdout.split()
    assert int(own) == min(19, os.nice(0) + NICENESS)
    if session != "-" and Path("/proc/sys/kernel/sched_autogroup_enabled").read_text().strip() == "1":
        if os.geteuid() != 0:
            pytest.skip("the kernel lets an ordinary user change this only now and then")
        assert int(session) == NICENESS
