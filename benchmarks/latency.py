"""How long a click waits: from submit to the job's start and to its first frame, on a warm engine; looks while a run trains.

    python -m benchmarks.latency [--model gan-dcgan] [--runs 20]

Targets: a job starts within 150 ms, its first frame is there within 1.5 s.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from genai_core.contracts import ACTIVE, Budget
from genai_core.execution.client import Engine
from genai_core.runs.store import Store, owner_hash

TOKEN = "latency"


def wait(condition: Callable[[], object], seconds: float = 60.0) -> float:
    """The time at which ``condition`` came true, to a millisecond."""
    limit = time.perf_counter() + seconds
    while not condition():
        if time.perf_counter() > limit:
            raise TimeoutError("it did not happen")
        time.sleep(0.001)
    return time.perf_counter()


def line(name: str, seconds: list[float]) -> str:
    ordered = sorted(1000 * s for s in seconds)
    high = ordered[min(len(ordered) - 1, round(0.95 * len(ordered)))]
    return f"{name:<34}{statistics.median(ordered):>10.1f}{high:>10.1f}{ordered[-1]:>10.1f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="gan-dcgan")
    parser.add_argument("--dataset", default="mnist5k")
    parser.add_argument("--runs", type=int, default=20)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = Store(folder, gallery=None)
        began = time.perf_counter()
        engine = Engine.connect(folder)
        engine.status()
        cold = time.perf_counter() - began
        spec = engine.catalogue().spec(args.model, {}, args.dataset, 0, Budget(seconds=60))
        starts: list[float] = []
        frames: list[float] = []
        looks: list[float] = []
        for _ in range(args.runs):
            before = time.perf_counter()
            run_id = engine.submit(spec, owner_hash(TOKEN))
            run, path = store.open(run_id), Path(folder) / run_id / "frames"
            starts.append(wait(lambda run=run: run.record().state != "queued") - before)
            frames.append(wait(lambda path=path: any(path.glob("*.webp"))) - before)
            engine.control(run_id, "stop", TOKEN)
            wait(lambda run=run: run.record().state not in ACTIVE and not engine.status()["running"])
        busy = engine.submit(spec, owner_hash(TOKEN))
        for seed in range(args.runs + 1):
            before = time.perf_counter()
            engine.look("sample", {"run": run_id, "n": 80, "seed": seed})
            looks.append(time.perf_counter() - before)
        engine.control(busy, "stop", TOKEN)
        wait(lambda: not engine.status()["running"])
        engine.close()
    print(f"{args.model} on {args.dataset}, {args.runs} runs; the engine was warm after {cold:.1f} s\n")
    print(f"{'milliseconds':<34}{'median':>10}{'95 %':>10}{'most':>10}")
    print(line("submit to the job's start", starts))
    print(line("submit to the first frame", frames))
    print(line("a look at 80 samples, training on", looks[1:]))


if __name__ == "__main__":
    main()
