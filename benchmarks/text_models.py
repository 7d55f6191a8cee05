"""Language models side by side: steps a second in training and symbols a second in writing, in one process, alternating.

    python -m benchmarks.text_models [--rounds 7] [--steps 8] [--symbols 1000]

Prints a dated Markdown table: milliseconds a step and symbols a second of one stream, by processor time (on a busy machine the
clock says more of the others than of us), medians, and ratios to the LSTM.
"""

from __future__ import annotations

import argparse
import datetime
import statistics
import time

import torch

from genai_core import registry
from genai_core.training import batches_for, stream

PRESETS = ("ar-lstm-austen", "ar-gru-austen", "ar-rnn-austen", "ar-transformer-austen", "ar-lstm-small", "ar-tang")


class Subject:
    """A preset's model with all it needs for a step."""

    def __init__(self, key: str) -> None:
        spec, preset = next((s, p) for s in registry.models().values() for p in s.presets if p.key == key)
        data, config = registry.datasets()[preset.dataset].load(), spec.config(**preset.config)
        torch.manual_seed(0)
        self.model = spec.build(config, data.info)
        self.optimizers, self.rng = self.model.optimizers(), stream(0, "model")
        self.batches = batches_for(data, config, spec, stream(0, "data"))
        self.made = 0
        self.parameters = sum(p.numel() for p in self.model.parameters())

    def train(self, steps: int) -> float:
        """Milliseconds a step."""
        start = time.process_time()
        for _ in range(steps):
            self.made += 1
            self.model.train_step(self.batches.next(), self.optimizers, self.made, 10**6, self.rng)
        return 1000 * (time.process_time() - start) / steps

    def write(self, symbols: int) -> float:
        """Symbols a second."""
        start = time.process_time()
        self.model.sample(1, self.rng, length=symbols)
        return symbols / (time.process_time() - start)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--symbols", type=int, default=1000)
    options = parser.parse_args()
    torch.set_num_threads(1)
    subjects = {key: Subject(key) for key in PRESETS}
    for subject in subjects.values():
        subject.train(2)
        subject.write(50)
    trained: dict[str, list[float]] = {key: [] for key in subjects}
    written: dict[str, list[float]] = {key: [] for key in subjects}
    for _ in range(options.rounds):
        for key, subject in subjects.items():
            trained[key].append(subject.train(options.steps))
            written[key].append(subject.write(options.symbols))
    ms, per_second = ({k: statistics.median(v) for k, v in found.items()} for found in (trained, written))
    first = PRESETS[0]
    dtype = subjects[first].model.compute_dtype
    print(f"Language models, {datetime.date.today()}, one thread, {dtype}, processor time\n")
    print("| preset | parameters | ms a step | times the LSTM | symbols a second | times the LSTM |")
    print("|---|---:|---:|---:|---:|---:|")
    for key, subject in subjects.items():
        print(
            f"| {key} | {subject.parameters:,} | {ms[key]:.1f} | {ms[key] / ms[first]:.2f} "
            f"| {per_second[key]:,.0f} | {per_second[key] / per_second[first]:.2f} |"
        )


if __name__ == "__main__":
    main()
