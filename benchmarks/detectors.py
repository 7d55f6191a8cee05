"""Do the lights come on when they should, and only then? Short real trainings over seeds the thresholds never saw.

    python -m benchmarks.detectors [--seeds 10] [--first 100] [--only PRESET ...]

Prints a dated Markdown table: of how many seeds each light came on, for each failure and for each healthy recipe.
"""

from __future__ import annotations

import argparse
import datetime
import functools
import time

import torch

from genai_core import registry
from genai_core.contracts import Batch, Preset
from genai_core.metrics.detectors import DETECTORS, Verdict
from genai_core.metrics.quality import Quality, meter

FAILURES = ("gan-collapse-points", "gan-collapse-digits", "gan-d-too-strong", "gan-article-output")
HEALTHY = ("gan-digits", "gan-mlp-digits", "gan-mlp-gaussians")
EVALUATIONS = 8


@functools.cache
def measured(dataset: str) -> tuple[torch.Tensor, torch.Tensor | None, Quality]:
    data = registry.datasets()[dataset].load()
    x = torch.from_numpy(data.train.copy())
    x = x.float() / 255 if data.info.modality == "image" else x
    labels = None if data.train_labels is None else torch.from_numpy(data.train_labels.copy())
    return x, labels, meter(data, dataset)


def find(key: str) -> tuple[str, Preset]:
    return next((name, p) for name, spec in registry.models().items() for p in spec.presets if p.key == key)


def history(key: str, seed: int, steps: int | None = None) -> tuple[dict[str, tuple[list[int], list[float]]], dict]:
    """The metrics of a preset trained with another seed, losses every tenth step, and its floors."""
    name, preset = find(key)
    spec = registry.models()[name]
    x, labels, quality = measured(preset.dataset)
    config = spec.config(**preset.config)
    torch.manual_seed(seed)
    rng = torch.Generator().manual_seed(seed)
    model = spec.build(config, quality.data.info)
    optimizers = model.optimizers()
    steps = steps or preset.steps
    seen: dict[str, tuple[list[int], list[float]]] = {}

    def note(step: int, values: dict[str, float]) -> None:
        for metric, value in values.items():
            track = seen.setdefault(metric, ([], []))
            track[0].append(step)
            track[1].append(float(value))

    for step in range(1, steps + 1):
        pick = torch.randint(0, len(x), (config.batch_size,), generator=rng)
        batch = Batch(x.index_select(0, pick), None if labels is None else labels.index_select(0, pick))
        losses = model.train_step(batch, optimizers, step, steps, rng)
        if step % 10 == 0:
            note(step, {metric: value.item() for metric, value in losses.items()})
        if step % (steps // EVALUATIONS) == 0:
            note(step, quality.measure(model.sample(1000, torch.Generator().manual_seed(step))))
    return seen, quality.floor()


def verdicts(key: str, seed: int, steps: int | None = None) -> dict[str, Verdict]:
    seen, floors = history(key, seed, steps)
    return {name: detector.detect(seen, floors) for name, detector in DETECTORS.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--first", type=int, default=100, help="the first seed")
    parser.add_argument("--steps", type=int, help="instead of each preset's own")
    parser.add_argument("--only", nargs="*", default=[*FAILURES, *HEALTHY])
    options = parser.parse_args()
    torch.set_num_threads(1)
    print(
        f"Lights that came on, {datetime.date.today()}, seeds {options.first} to {options.first + options.seeds - 1}\n"
    )
    print(f"| preset | meant | {' | '.join(DETECTORS)} | s a run |\n|---|---|{'---|' * (len(DETECTORS) + 1)}")
    for key in options.only:
        start, lit = time.monotonic(), dict.fromkeys(DETECTORS, 0)
        for seed in range(options.first, options.first + options.seeds):
            for name, verdict in verdicts(key, seed, options.steps).items():
                lit[name] += verdict.lit
        counts = " | ".join(f"{count} of {options.seeds}" for count in lit.values())
        seconds = (time.monotonic() - start) / options.seeds
        print(f"| {key} | {find(key)[1].detector or 'none'} | {counts} | {seconds:.0f} |", flush=True)


if __name__ == "__main__":
    main()
