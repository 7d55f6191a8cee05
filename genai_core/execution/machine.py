"""What this machine gives: cores and memory, by the container's limits where it has any, and how many jobs fit. Torch-free."""

from __future__ import annotations

import math
import os
from pathlib import Path

import psutil

SMALL = 2.5e9  # bytes; below it one job at a time
MOST = 2  # jobs at a time unless GENAI_WORKERS says more

CGROUP = Path("/sys/fs/cgroup")


def cores(cgroup: Path = CGROUP) -> int:
    """Cores that this process may use: its affinity, and the CPU quota of its container, rounded up."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = _text(cgroup / "cpu.max").split()  # "200000 100000" or "max 100000"
    if not quota:
        quota = [_text(cgroup / "cpu/cpu.cfs_quota_us").strip(), _text(cgroup / "cpu/cpu.cfs_period_us").strip()]
    if len(quota) == 2 and all(part.isdigit() for part in quota) and int(quota[1]):
        count = min(count, math.ceil(int(quota[0]) / int(quota[1])))
    return max(1, count)


def memory(cgroup: Path = CGROUP) -> int:
    """Bytes of memory that this process may use: the machine's, or its container's limit."""
    sizes = [psutil.virtual_memory().total]
    for name in ("memory.max", "memory/memory.limit_in_bytes"):
        text = _text(cgroup / name).strip()
        if text.isdigit():  # "max" says no limit
            sizes.append(int(text))
    return min(sizes)


def slots(cgroup: Path = CGROUP) -> int:
    """How many jobs run at a time by default: one where memory is small, else two."""
    return 1 if memory(cgroup) < SMALL else min(MOST, cores(cgroup))


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:  # no such limit on this system
        return ""
