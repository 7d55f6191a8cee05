"""Do the lights come on when they should, and only then? Short real trainings over seeds the thresholds never saw.

    python -m benchmarks.detectors [--seeds 10] [--first 100] [--only PRESET ...]

Prints a dated Markdown table: of how many seeds each light came on, for each failure and for each healthy recipe.
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime
import itertools
import time

import numpy as np
import torch

from genai_core import registry
from genai_core.catalogue import Catalogue
from genai_core.contracts import Budget, Preset, Report
from genai_core.metrics.detectors import DETECTORS, Verdict
from genai_core.training import Training

TICK = 0.01  # seconds that the loop believes to pass between two looks at its clock


def find(key: str) -> tuple[str, Preset]:
    return next((name, p) for name, spec in registry.models().items() for p in spec.presets if p.key == key)


def watched() -> list[str]:
    """Every failure that has a light, and the recipes of the same families."""
    every = [(spec.family, preset) for spec in registry.models().values() for preset in spec.presets]
    families = {family for family, preset in every if preset.detector}
    failures = [preset.key for _, preset in every if preset.detector]
    return failures + [p.key for family, p in every if family in families and p.role == "recipe" and available(p)]


def available(preset: Preset) -> bool:
    return registry.datasets()[preset.dataset].available()


def history(key: str, seed: int, steps: int | None = None) -> tuple[dict[str, tuple[list[int], list[float]]], dict]:
    """The metrics of a preset trained with another seed by the app's own loop, without pictures, and its floors.

    The loop's clock only counts its calls, so that what is logged and measured does not depend on the machine.
    """
    name, preset = find(key)
    model, dataset = registry.models()[name], registry.datasets()[preset.dataset]
    spec = Catalogue(registry.catalogue()).preset_spec(key, Budget(steps=steps or preset.steps))
    ticks = itertools.count()
    training = Training(
        dataclasses.replace(spec, seed=seed), model, dataset, dataset.load(), clock=lambda: TICK * next(ticks)
    )
    training._frame = lambda: np.zeros((1, 1), np.uint8)  # type: ignore[method-assign]
    training._report = lambda: Report("")  # type: ignore[method-assign]
    seen: dict[str, tuple[list[int], list[float]]] = {}
    for event in training.events():
        for metric, value in event.values.items():
            track = seen.setdefault(metric, ([], []))
            track[0].append(event.step)
            track[1].append(float(value))
    return seen, training.floors


def verdicts(key: str, seed: int, steps: int | None = None) -> dict[str, Verdict]:
    seen, floors = history(key, seed, steps)
    family = registry.models()[find(key)[0]].family
    return {name: d.detect(seen, floors) for name, d in DETECTORS.items() if family in d.families}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--first", type=int, default=100, help="the first seed")
    parser.add_argument("--steps", type=int, help="instead of each preset's own")
    parser.add_argument("--only", nargs="*", default=watched())
    options = parser.parse_args()
    torch.set_num_threads(1)
    print(
        f"Lights that came on, {datetime.date.today()}, seeds {options.first} to {options.first + options.seeds - 1}\n"
    )
    print("| preset | meant | lit | s a run |\n|---|---|---|---:|")
    for key in options.only:
        family = registry.models()[find(key)[0]].family
        start, lit = time.monotonic(), {name: 0 for name, d in DETECTORS.items() if family in d.families}
        for seed in range(options.first, options.first + options.seeds):
            for name, verdict in verdicts(key, seed, options.steps).items():
                lit[name] += verdict.lit
        counts = ", ".join(f"{name} {count} of {options.seeds}" for name, count in lit.items())
        seconds = (time.monotonic() - start) / options.seeds
        print(f"| {key} | {find(key)[1].detector or 'none'} | {counts} | {seconds:.0f} |", flush=True)


if __name__ == "__main__":
    main()
