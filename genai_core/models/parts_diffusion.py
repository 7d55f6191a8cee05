"""What diffusion and flow matching share: how they are sampled, guided, averaged and measured. Not a plug-in.

Losses and steps are written out in each model's own file; the three nouns are Schedule, Denoiser and Sampler.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from genai_core.contracts import N_, Data, DataInfo, Metric
from genai_core.errors import ConfigError
from genai_core.models.denoisers import Denoiser, network
from genai_core.models.parts import Shares, averaged, classes_told, evaluating, follow, resolve
from genai_core.models.samplers import Guess, Sampler, State
from genai_core.models.schedules import SCHEDULES
from genai_core.training import frame_layout

DROPPED = 0.1  # of the labels, so that one network also learns the picture of no class (Ho and Salimans 2022)
SHOWN = 6  # rows of a frame
GREYS = 24  # between black and white in a frame: what noise is left would make its file three times as large
PAIRS = 20  # samples that are drawn twice for ``step_error``
QUALITY_AT = (1, 2, 4, 8, 16)  # evaluations at which a finished run is measured
GUIDED_BY = (0.0, 1.0, 2.0, 4.0)  # guidance at which a finished run is measured


class Diffuser(nn.Module):
    """The verbs of every model that denoises. ``config`` says width, ema, precision and the recipe's way of sampling."""

    metered = True
    report_samples = 6000

    def __init__(self, config: Any, info: DataInfo, schedule: str, prediction: str) -> None:
        super().__init__()
        self.config, self.info = config, info
        self.classes = classes_told(config, info)
        self.shares = Shares(self.classes) if self.classes and info.modality == "points" else None
        self.compute_dtype = resolve(config.precision) if info.modality == "image" else "float32"
        self.denoiser = Denoiser(network(config.width, info, self.classes), SCHEDULES[schedule], prediction)
        self.average = averaged(self.denoiser)

    def train(self, mode: bool = True) -> Diffuser:
        super().train(mode)
        self.average.eval()
        return self

    def autocast(self) -> torch.autocast:
        return torch.autocast("cpu", torch.bfloat16, enabled=self.compute_dtype == "bfloat16")

    def optimizers(self) -> dict[str, torch.optim.Optimizer]:
        return {"denoiser": torch.optim.Adam(self.denoiser.parameters(), lr=self.config.lr, fused=True)}

    # -- training

    def times(self, n: int, rng: torch.Generator) -> Tensor:
        """The times (n,) that a training step looks at."""
        raise NotImplementedError

    def told(self, y: Tensor | None, n: int, rng: torch.Generator) -> Tensor | None:
        """The labels (n,), some of them dropped."""
        if not self.classes:
            return None
        return torch.where(torch.rand(n, generator=rng) < DROPPED, self.classes, y)

    def regress(self, x0: Tensor, t: Tensor, y: Tensor | None, rng: torch.Generator) -> Tensor:
        """The mean squared error of each prediction (B,) at x_t, for fresh noise."""
        x, target = self.denoiser.mix(x0, torch.randn(x0.shape, generator=rng), t)
        with self.autocast():
            found = self.denoiser(x, t, y)
        return (found.float() - target).square().flatten(1).mean(1)

    def update(self, loss: Tensor, optimizer: torch.optim.Optimizer, step: int) -> None:
        """One step of Adam, its rate warmed up over the first fifty, and of the average."""
        for group in optimizer.param_groups:
            group["lr"] = self.config.lr * min(1.0, step / 50)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        follow(self.average, self.denoiser, self.config.ema, step)

    def count(self, y: Tensor | None) -> None:
        """Remember the labels (n,) of a step, where the shares of classes matter: pictures here have as many of each."""
        if self.shares is not None:
            self.shares.count(y)

    def inward(self, x: Tensor) -> Tensor:
        """Data as the network sees it: images from -1 to 1, points twice as far apart, so that both have a size near 1."""
        return 2 * x - 1 if self.info.modality == "image" else 2 * x

    def outward(self, x: Tensor) -> Tensor:
        return (x + 1) / 2 if self.info.modality == "image" else x / 2

    # -- sampling

    def guess(self, y: Tensor | None, guidance: float, average: bool = True) -> Guess:
        """The guided guess of classes y (n,): told + guidance (told - not told), Ho and Salimans 2022, equation 6.

        0 is the conditional model itself, -1 the unconditional one.
        """
        denoiser = self.average if average else self.denoiser

        def both(x: Tensor, t: float) -> tuple[Tensor, Tensor]:
            if y is None or guidance == 0:
                return denoiser.guess(x, t, y)
            nobody = torch.full_like(y, self.classes)
            if guidance == -1:
                return denoiser.guess(x, t, nobody)
            pairs = denoiser.guess(torch.cat([x, x]), t, torch.cat([y, nobody]))
            return tuple(torch.lerp(*half.chunk(2)[::-1], 1 + guidance) for half in pairs)

        return both

    def sampler(self, sampler: str | None = None, evaluations: int | None = None) -> Sampler:
        """The recipe's sampler, or another."""
        method, spent = sampler or self.config.sampler, evaluations or self.config.evaluations
        return Sampler(self.denoiser.schedule, method, spent)

    def latents(self, n: int, rng: torch.Generator) -> Tensor:
        """(n, size) draws of the noise that samples begin as."""
        return torch.randn(n, math.prod(self.info.shape), generator=rng)

    @torch.no_grad()
    def states(
        self,
        z: Tensor,
        labels: Tensor | None = None,
        average: bool = True,
        *,
        rng: torch.Generator | None = None,
        sampler: str | None = None,
        evaluations: int | None = None,
        guidance: float | None = None,
        **ends: float,
    ) -> Iterator[State]:
        """The way from the latents (n, size) to samples, as the network sees them; see :meth:`Sampler.states`."""
        chosen = self.denoiser if not average else self.average
        strength = self.config.guidance if guidance is None else guidance
        guess = self.guess(self._labels(len(z), labels), strength, average)
        way = self.sampler(sampler, evaluations)
        rng = rng or torch.Generator().manual_seed(0)  # only DDPM's sampler draws
        with evaluating(chosen):
            yield from way.states(guess, z.view(-1, *self.info.shape), rng, **ends)

    @torch.no_grad()
    def decode(self, z: Tensor, labels: Tensor | None = None, average: bool = True, **controls: Any) -> Tensor:
        """Samples (n, *shape) of the latents (n, size); without labels a conditional model goes through its classes."""
        for state in self.states(z, labels, average, **controls):
            x = state.x
        return self.outward(x)

    @torch.no_grad()
    def encode(self, x: Tensor, labels: Tensor | None = None, average: bool = True, **controls: Any) -> Tensor:
        """The latents (n, size) from which the probability-flow ODE leads to the data x (n, *shape)."""
        for state in self.states(self.inward(x), labels, average, start=0.0, end=1.0, **controls):
            z = state.x
        return z.flatten(1)

    def sample(
        self,
        n: int,
        rng: torch.Generator,
        sampler: str | None = None,
        evaluations: int | None = None,
        guidance: float | None = None,
        average: bool = True,
        label: str = "any",
    ) -> Tensor:
        """``n`` samples (n, *shape). Leaves training mode, buffers and every other random stream untouched."""
        labels = None
        if label != "any":
            if not self.classes:
                raise ConfigError(N_("This model was trained without classes: leave the class at any."))
            if not label.isdecimal() or int(label) >= self.classes:
                raise ConfigError(
                    N_("There is no class {label}: the model knows {count}."), label=label, count=self.classes
                )
            labels = torch.full((n,), int(label))
        how = {"sampler": sampler, "evaluations": evaluations, "guidance": guidance}
        return self.decode(self.latents(n, rng), labels, average, rng=rng, **how)

    def _labels(self, n: int, labels: Tensor | None) -> Tensor | None:
        if not self.classes:
            return None
        if labels is not None:
            return labels
        return torch.arange(n) % self.classes if self.shares is None else self.shares.labels(n)

    # -- measures

    def frame(self, data: Data, rng: torch.Generator) -> np.ndarray | None:
        """Samples of images in rows, a column a class, in few greys; points are shown by their data set."""
        if self.info.modality != "image":
            return None
        columns = frame_layout(data)[1]
        x = self.sample(SHOWN * columns, rng).clamp(0, 1)
        x = torch.where((x - 0.5).abs() > 0.42, x.round(), (x * GREYS).round() / GREYS)
        tiles = F.pad(255 * x, (0, 2, 0, 2)).unflatten(0, (SHOWN, columns))  # (rows, columns, 30, 30)
        return tiles.permute(0, 2, 1, 3).flatten(2).flatten(0, 1)[:-2, :-2].round().byte().numpy()

    @torch.no_grad()
    def measures(self, data: Data, rng: torch.Generator) -> dict[str, float]:
        """``heldout_loss``: the loss of training, on held-out data. ``step_error``: how far, in data's standard deviations,
        the same noise ends elsewhere with twice the evaluations (by DDIM where the recipe's sampler draws noise)."""
        n = min(256, len(data.heldout))
        x = torch.tensor(np.asarray(data.heldout[:n]), dtype=torch.float32)
        x = self.inward(x / 255 if self.info.modality == "image" else x)
        y = self.told(None if data.heldout_labels is None else torch.tensor(data.heldout_labels[:n]), n, rng)
        loss = self.regress(x, self.times(n, rng), y, rng).mean()
        spent = self.config.evaluations
        z = self.latents(max(4, min(PAIRS, 400 // spent)), rng)
        method = "ddim" if self.config.sampler == "ddpm" else self.config.sampler
        once, twice = (self.inward(self.decode(z, sampler=method, evaluations=k * spent)) for k in (1, 2))
        return {
            "heldout_loss": float(loss),
            "step_error": float((once - twice).square().mean().sqrt() / x.std()),
        }

    @torch.no_grad()
    def final(self, data: Data, rng: torch.Generator) -> dict[str, Metric]:
        """Quality against evaluations, and of classes against guidance: a thousand samples for each."""
        from genai_core.metrics.quality import BETTER, meter

        judge = meter(data, "")
        if judge is None:
            return {}
        floor, main = judge.floor(), "frechet" if self.info.modality == "image" else "energy"
        z = self.latents(1000, rng)
        found = {}
        for spent in QUALITY_AT:
            value = judge.measure(self.decode(z, rng=rng, evaluations=spent))[main]
            found[f"{main}_at_{spent:02d}"] = Metric(value, floor=floor[main], better="low")
        for strength in GUIDED_BY if self.classes else ():
            samples = self.decode(z, rng=rng, guidance=strength)
            measured = judge.measure(samples)
            for name in (main, "precision", "recall", "coverage"):
                found[f"{name}_guided_{strength:.0f}"] = Metric(measured[name], floor=floor[name], better=BETTER[name])
            if self.info.modality == "image":
                found[f"accuracy_guided_{strength:.0f}"] = Metric(self._accuracy(samples), better="high")
            else:
                told = within_classes(data, samples, self._labels(len(samples), None))
                found |= {f"{name}_guided_{strength:.0f}": metric for name, metric in told.items()}
        return found

    def _accuracy(self, samples: Tensor) -> float:
        """The share of samples in which the project's classifier sees the class that was asked for."""
        from genai_core.metrics.features import classifier, scorer

        seen = classifier(scorer(self.info))(samples)[1].argmax(1)
        return float((seen == self._labels(len(samples), None)).double().mean())


def within_classes(data: Data, samples: Tensor, labels: Tensor) -> dict[str, Metric]:
    """How samples (n, 2) of these classes lie: ``spread`` and ``shift`` beside those of as many training points as floors, and
    ``accuracy``, the share for which their own class has the greatest true density, where that is known."""
    from genai_core.metrics import within
    from genai_core.metrics.densities import class_log_densities_of

    x, y, real, real_y = samples.numpy(), labels.numpy(), data.heldout, data.heldout_labels
    some, some_y = data.train[: len(x)], data.train_labels[: len(x)]
    found = {
        "spread": Metric(within.spread(x, y), floor=within.spread(some, some_y)),
        "shift": Metric(within.shift(x, y, real, real_y), floor=within.shift(some, some_y, real, real_y), better="low"),
    }
    truth = class_log_densities_of(data)
    if truth is not None:
        found["accuracy"] = Metric(within.right(truth(x), y), floor=within.right(truth(some), some_y), better="high")
    return found
