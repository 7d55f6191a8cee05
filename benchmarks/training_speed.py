"""Training speed of every model beside what a newcomer would write, in one process, alternating, medians.

    python -m benchmarks.training_speed [--rounds 7] [--steps 40] [--threads 1] [--only PRESET ...]

Prints a dated Markdown table of milliseconds a step, by the clock and of processor time: on a busy machine trust the
second. Each model of the registry on its first recipe stands beside a plain loop over the same networks, as a newcomer would
write it: a DataLoader over torchvision's kind of data set, default Adam, sigmoid and BCELoss, ``.item()`` every step. The
article's own loop in Keras follows where tensorflow-cpu is installed (``benchmarks/article_keras.py``).
"""

from __future__ import annotations

import argparse
import datetime
import importlib.util
import os
import platform
import statistics
import time
from collections.abc import Callable, Iterator

import numpy as np
import torch
from PIL import Image
from torch import nn

from genai_core import registry
from genai_core.contracts import Batch, Data, ModelSpec, Preset, knobs

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


class Examples(torch.utils.data.Dataset):
    """What torchvision's MNIST does for one example with ``transforms.ToTensor()``, written out; points as they are."""

    def __init__(self, data: Data) -> None:
        self.data = torch.from_numpy(data.train.copy())
        labels = np.zeros(len(data.train), np.int64) if data.train_labels is None else data.train_labels
        self.targets = torch.from_numpy(labels.copy())

    def __len__(self) -> int:
        return len(self.data)

    def __getitem__(self, i: int) -> tuple[torch.Tensor, int]:
        example, target = self.data[i], int(self.targets[i])
        if example.dtype != torch.uint8:
            return example, target
        picture = Image.fromarray(example.numpy())
        x = torch.from_numpy(np.array(picture, np.uint8, copy=True)).view(picture.height, picture.width, 1)
        return x.permute(2, 0, 1).contiguous().to(torch.get_default_dtype()).div(255), target


def batches(data: Data, size: int) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    loader = torch.utils.data.DataLoader(Examples(data), batch_size=size, shuffle=True, drop_last=True)
    while True:
        yield from loader


def newcomer_article() -> Run:
    """The article's GAN and its two updates of D, as tutorials write them."""
    data = registry.datasets()["mnist5k"].load()
    torch.manual_seed(0)
    generator = nn.Sequential(
        nn.Linear(100, 128),
        nn.LeakyReLU(0.01),
        nn.Linear(128, 128),
        nn.LeakyReLU(0.01),
        nn.Linear(128, 784),
        nn.LeakyReLU(0.01),
    )
    discriminator = nn.Sequential(nn.Linear(784, 128), nn.LeakyReLU(0.01), nn.Linear(128, 1), nn.Sigmoid())
    optimizer_g = torch.optim.Adam(generator.parameters(), lr=2e-4)
    optimizer_d = torch.optim.Adam(discriminator.parameters(), lr=2e-4)
    loss, stream, history = nn.BCELoss(), batches(data, 128), []

    def run(steps: int) -> None:
        for _ in range(steps):
            real = next(stream)[0].view(-1, 784)
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


def newcomer(spec: ModelSpec, preset: Preset) -> Run:
    """The model's own networks and penalty in the plain loop: float32, the layout torch begins with, no averaged weights."""
    if spec.key == "gan-article":
        return newcomer_article()
    if spec.key in ("flow-matching", "diffusion"):
        return newcomer_denoiser(spec, preset)
    data = registry.datasets()[preset.dataset].load()
    fields = {k.name for k in knobs(spec.config)}
    config = spec.config(**preset.config | ({"precision": "float32"} if "precision" in fields else {}))
    torch.manual_seed(0)
    model = spec.build(config, data.info)
    g, d = (net.to(memory_format=torch.contiguous_format) for net in (model.generator, model.discriminator))
    optimizer_g = torch.optim.Adam(g.parameters(), lr=1e-4)
    optimizer_d = torch.optim.Adam(d.parameters(), lr=1e-4)
    bce, history = nn.BCELoss(), []
    stream = batches(data, getattr(config, spec.batch_knob))
    wasserstein, every = spec.key == "gan-wgan-gp", getattr(config, "critic_steps", 1)
    made = 0

    def slope(x: torch.Tensor, y: torch.Tensor | None) -> torch.Tensor:
        x = x.detach().requires_grad_(True)
        scores = d(x, y)
        gradient = torch.autograd.grad(scores, x, torch.ones_like(scores), create_graph=True)[0]
        return gradient.view(len(x), -1).norm(2, dim=1)

    def run(steps: int) -> None:
        nonlocal made
        for _ in range(steps):
            made += 1
            real, labels = next(stream)
            real, y = real.view(-1, *data.info.shape), labels if model.classes else None
            ones, zeros = torch.ones(len(real)), torch.zeros(len(real))
            fake = g(torch.randn(len(real), config.z_dim), y)
            optimizer_d.zero_grad()
            if wasserstein:
                mix = torch.rand(len(real), 1, 1)
                between = mix * real + (1 - mix) * fake.detach()
                loss_d = d(fake.detach(), y).mean() - d(real, y).mean() + 10 * ((slope(between, y) - 1) ** 2).mean()
            else:
                loss_d = bce(torch.sigmoid(d(real, y)), ones) + bce(torch.sigmoid(d(fake.detach(), y)), zeros)
            if spec.key == "gan-r1":
                loss_d = loss_d + config.gamma / 2 * (slope(real, y) ** 2).mean()
            loss_d.backward()
            optimizer_d.step()
            history.append(loss_d.item())
            if made % every == 0:
                optimizer_g.zero_grad()
                scores = d(fake, y)
                loss_g = -scores.mean() if wasserstein else bce(torch.sigmoid(scores), ones)
                loss_g.backward()
                optimizer_g.step()
                history.append(loss_g.item())

    return run


def newcomer_denoiser(spec: ModelSpec, preset: Preset) -> Run:
    """Flow matching or diffusion over the same network: one time and one noise an example, no averaged weights."""
    data = registry.datasets()[preset.dataset].load()
    config = spec.config(**preset.config | {"precision": "float32"})
    torch.manual_seed(0)
    model = spec.build(config, data.info)
    denoiser, image = model.denoiser, data.info.modality == "image"
    optimizer = torch.optim.Adam(denoiser.parameters(), lr=config.lr)
    mse, stream, history = nn.MSELoss(), batches(data, config.batch_size), []

    def run(steps: int) -> None:
        for _ in range(steps):
            x0, labels = next(stream)
            x0 = 2 * x0.view(-1, *data.info.shape) - (1 if image else 0)
            y = None
            if model.classes:
                y = torch.where(torch.rand(len(labels)) < 0.1, torch.full_like(labels, model.classes), labels)
            x, target = denoiser.mix(x0, torch.randn_like(x0), t := torch.rand(len(x0)))
            optimizer.zero_grad()
            loss = mse(denoiser(x, t, y), target)
            loss.backward()
            optimizer.step()
            history.append(loss.item())

    return run


def products() -> Run:
    """The matrix products of a step of the article's GAN and nothing else: what no loop in float32 can do without."""
    x, z, h, s = (torch.randn(128, width) for width in (784, 100, 128, 1))
    g1, g2, g3, d1, d2 = (torch.randn(*shape) for shape in ((128, 100), (128, 128), (784, 128), (128, 784), (1, 128)))

    def run(steps: int) -> None:
        for _ in range(steps):
            for _ in range(2):  # G forward, for D's step and for its own
                z @ g1.T, h @ g2.T, h @ g3.T
            for _ in range(3):  # D forward and back to its hidden layer
                x @ d1.T, h @ d2.T, s @ d2
            for _ in range(2):  # the gradients of D's weights
                h.T @ x, s.T @ h
            h @ d1, x @ g3, h @ g2, x.T @ h, h.T @ h, h.T @ z  # G's step, down to its weights

    return run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--steps", type=int, default=40, help="steps a round")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--only", nargs="*", help="presets, instead of the first recipe of each model and modality")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)

    chosen: list[tuple[ModelSpec, Preset]] = []
    for spec in registry.models().values():
        first: dict[str, Preset] = {}
        for preset in spec.presets:
            if preset.role == "recipe":
                first.setdefault(registry.datasets()[preset.dataset].modality, preset)
        named = [preset for preset in spec.presets if preset.key in (options.only or ())]
        chosen += [(spec, preset) for preset in (first.values() if options.only is None else named)]
    runs: dict[str, Run] = {}
    for spec, preset in chosen:
        runs[preset.key] = ours(spec, preset)
        runs[f"{preset.key}, newcomer's loop"] = newcomer(spec, preset)
    if "gan-article" in runs:
        runs["gan-article, its matrix products alone"] = products()
    if importlib.util.find_spec("tensorflow") and "gan-article" in runs:
        from benchmarks.article_keras import article_loop

        runs["gan-article, the article's loop in Keras"] = article_loop(options.threads)

    wall: dict[str, list[float]] = {name: [] for name in runs}
    busy: dict[str, list[float]] = {name: [] for name in runs}
    for run in runs.values():
        run(3)  # warm
    for _ in range(options.rounds):
        for name, run in runs.items():
            start, used = time.perf_counter(), time.process_time()
            run(options.steps)
            wall[name].append((time.perf_counter() - start) / options.steps * 1e3)
            busy[name].append((time.process_time() - used) / options.steps * 1e3)

    load = "/".join(f"{value:.1f}" for value in os.getloadavg())
    cpu = f"{platform.machine()}, {torch.backends.cpu.get_cpu_capability()}, {os.cpu_count()} cores, load {load}"
    print(f"{datetime.date.today()}, torch {torch.__version__}, {cpu}, {options.threads} thread(s), ", end="")
    print(f"{options.rounds} rounds of {options.steps} steps\n")
    print("| loop | ms a step | steps a second | CPU ms a step | times ours, by the clock | times ours, CPU |")
    print("|---|---|---|---|---|---|")
    for name in runs:
        base = name.split(",")[0]
        ms, used = statistics.median(wall[name]), statistics.median(busy[name])
        by_clock, by_cpu = (
            statistics.median(a / b for a, b in zip(taken[name], taken[base], strict=True)) for taken in (wall, busy)
        )
        print(f"| {name} | {ms:.2f} | {1e3 / ms:.0f} | {used:.2f} | {by_clock:.2f} | {by_cpu:.2f} |")


if __name__ == "__main__":
    main()
