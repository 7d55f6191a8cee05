"""Training speed of every model beside what a newcomer would write, in one process, alternating, medians.

    python -m benchmarks.training_speed [--rounds 7] [--steps 40] [--threads 1]

Prints a dated Markdown table of milliseconds a step. Beside the models of the registry on their first recipe:
a plain loop as a newcomer would write it for the article's GAN (DataLoader, default Adam, ``.item()`` every step), and the
article's own loop in Keras where tensorflow-cpu is installed (``benchmarks/article_keras.py``).
"""

from __future__ import annotations

import argparse
import datetime
import importlib.util
import platform
import statistics
import time
from collections.abc import Callable, Iterator

import torch
from torch import nn

from genai_core import registry
from genai_core.contracts import Batch, ModelSpec, Preset

Run = Callable[[int], None]  # carries out that many steps


def ours(spec: ModelSpec, preset: Preset) -> Run:
    data = registry.datasets()[preset.dataset].load()
    x = torch.from_numpy(data.train.copy())
    x = x.float() / 255 if data.info.modality == "image" else x
    y = None if data.train_labels is None else torch.from_numpy(data.train_labels.copy())
    config = spec.config(**preset.config)
    size = getattr(config, spec.batch_knob)
    torch.manual_seed(0)
    model, rng = spec.build(config, data.info), torch.Generator().manual_seed(0)
    optimizers = model.optimizers()
    made = 0

    def run(steps: int) -> None:
        nonlocal made
        for _ in range(steps):
            made += 1
            pick = torch.randint(0, len(x), (size,), generator=rng)
            batch = Batch(x.index_select(0, pick), None if y is None else y.index_select(0, pick))
            model.train_step(batch, optimizers, made, 10**6, rng)

    return run


def newcomer() -> Run:
    """The article's GAN as tutorials write it: sigmoid and BCELoss, one image at a time through a DataLoader."""
    data = registry.datasets()["mnist5k"].load()

    class Digits(torch.utils.data.Dataset):
        def __len__(self) -> int:
            return len(data.train)

        def __getitem__(self, i: int) -> tuple[torch.Tensor, int]:
            return torch.tensor(data.train[i], dtype=torch.float32) / 255, int(data.train_labels[i])

    torch.manual_seed(0)
    generator = nn.Sequential(
        nn.Linear(100, 128), nn.LeakyReLU(0.01), nn.Linear(128, 128), nn.LeakyReLU(0.01), nn.Linear(128, 784), nn.LeakyReLU(0.01)
    )
    discriminator = nn.Sequential(nn.Linear(784, 128), nn.LeakyReLU(0.01), nn.Linear(128, 1), nn.Sigmoid())
    optimizer_g = torch.optim.Adam(generator.parameters(), lr=2e-4)
    optimizer_d = torch.optim.Adam(discriminator.parameters(), lr=2e-4)
    loss = nn.BCELoss()
    loader = torch.utils.data.DataLoader(Digits(), batch_size=128, shuffle=True, drop_last=True)

    def batches() -> Iterator[torch.Tensor]:
        while True:
            for images, _ in loader:
                yield images.view(-1, 784)

    stream, history = batches(), []

    def run(steps: int) -> None:
        for _ in range(steps):
            real = next(stream)
            ones, zeros = torch.ones(len(real), 1), torch.zeros(len(real), 1)
            fake = generator(torch.randn(len(real), 100))
            optimizer_d.zero_grad()
            loss_real = loss(discriminator(real), ones)
            loss_real.backward()
            optimizer_d.step()
            optimizer_d.zero_grad()
            loss_fake = loss(discriminator(fake.detach()), zeros)
            loss_fake.backward()
            optimizer_d.step()
            optimizer_g.zero_grad()
            loss_g = loss(discriminator(generator(torch.randn(len(real), 100))), ones)
            loss_g.backward()
            optimizer_g.step()
            history.append((loss_real.item() + loss_fake.item(), loss_g.item()))

    return run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--steps", type=int, default=40, help="steps a round")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)

    runs: dict[str, Run] = {}
    for spec in registry.models().values():
        first: dict[str, Preset] = {}
        for preset in spec.presets:
            if preset.role == "recipe":
                first.setdefault(registry.datasets()[preset.dataset].modality, preset)
        runs |= {f"{spec.key}, {preset.key}": ours(spec, preset) for preset in first.values()}
    article = next(name for name in runs if name.startswith("gan-article"))
    runs["newcomer's loop, the article's GAN"] = newcomer()
    if importlib.util.find_spec("tensorflow"):
        from benchmarks.article_keras import article_loop

        runs["the article's loop in Keras"] = article_loop(options.threads)

    times: dict[str, list[float]] = {name: [] for name in runs}
    for run in runs.values():
        run(3)  # warm
    for _ in range(options.rounds):
        for name, run in runs.items():
            start = time.perf_counter()
            run(options.steps)
            times[name].append((time.perf_counter() - start) / options.steps * 1e3)

    middle = {name: statistics.median(values) for name, values in times.items()}
    cpu = f"{platform.machine()}, {torch.backends.cpu.get_cpu_capability()}"
    print(f"{datetime.date.today()}, torch {torch.__version__}, {cpu}, {options.threads} thread(s)\n")
    print("| loop | ms a step | steps a second | against the article's GAN here |\n|---|---|---|---|")
    for name, value in middle.items():
        print(f"| {name} | {value:.2f} | {1e3 / value:.0f} | {value / middle[article]:.2f} |")


if __name__ == "__main__":
    main()
