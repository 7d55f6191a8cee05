"""A normalising flow: an invertible network turns data into Gaussian noise and back, so every density is exact.

log p(x) = log N(f(x); 0, I) + log |det df/dx| (change of variables; Tabak and Turner 2013; Rezende and Mohamed 2015,
https://arxiv.org/abs/1505.05770, equation 5). The layers are zuko's. Couplings: Dinh et al. 2017,
https://arxiv.org/abs/1605.08803, section 3.2; masked autoregression: Papamakarios et al. 2017,
https://arxiv.org/abs/1705.07057; rational-quadratic splines: Durkan et al. 2019, https://arxiv.org/abs/1906.04032.
Images are halved, dequantised and put through a logit (Papamakarios et al. 2017, section 4.3).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
import torch.nn.functional as F
import zuko
from torch import Tensor, nn

from genai_core import looks_flow
from genai_core.contracts import N_, Batch, Data, DataInfo, Metric, ModelSpec, Preset, knob
from genai_core.errors import ConfigError
from genai_core.metrics.densities import class_log_densities_of, log_density_of
from genai_core.models.parts import CLASSES, Shares, averaged, classes_told, evaluating, follow

KINDS = ("spline coupling", "affine coupling", "affine autoregressive")
BINS, PIXEL_BINS = 8, 24
DRAWS = 16  # candidates that guidance chooses a sample from
EDGE = 1e-6  # keeps the logit finite
SPREAD = {"points": 3.0, "image": 0.2}  # brings the data to about the width of the base


@dataclass(frozen=True)
class Config:
    kind: str = knob(
        "spline coupling", N_("Kind of layer"), choices=KINDS,
        help=N_("Affine layers can only shift and stretch; splines bend. An autoregressive layer needs a pass for each "
                "dimension to sample, a coupling needs one."),
    )  # fmt: skip
    transforms: int = knob(6, N_("Layers"), low=1, high=16)
    width: int = knob(64, N_("Width"), low=8, high=512, log=True, help=N_("Units of each hidden layer."))
    lr: float = knob(3e-3, N_("Learning rate"), low=1e-5, high=1e-2, log=True)
    conditional: bool = knob(
        True,
        N_("Knows the class"),
        help=N_("Where the data has classes, the flow is told which."),
        modalities=("image",),
    )
    told: bool = knob(
        False, N_("Knows the class"), modalities=("points",), late=True,
        help=N_("The flow is told which island, ring or arm a point is of."),
    )  # fmt: skip
    decay: float = knob(0.0, N_("Weight decay"), low=0.0, high=1.0, advanced=True)
    ema: float = knob(0.995, N_("Averaging of the weights"), low=0.0, high=0.9999, advanced=True)
    batch_size: int = knob(256, N_("Batch size"), low=16, high=512, advanced=True)


@dataclass(frozen=True)
class Controls:
    """How to sample the flow."""

    temperature: float = knob(
        1.0, N_("Temperature"), low=0.1, high=1.5,
        help=N_("Scales the noise before it is turned into data: below 1 is safer and less varied, and no longer the density learned."),
    )  # fmt: skip
    average: bool = knob(
        True,
        N_("Averaged weights"),
        help=N_("Samples from the moving average of the weights instead of the last step."),
    )
    label: str = knob("any", N_("Class"), choices=CLASSES, help=N_("The class to draw; any goes through all of them."))
    guidance: float = knob(
        0.0, N_("Guidance"), low=0.0, high=8.0,
        help=N_("Prefers samples that the flow takes for their class and no other; it does nothing where classes do not overlap."),
    )  # fmt: skip


def layers(config: Config, features: int, context: int, pixels: bool) -> zuko.lazy.Flow:
    """The flow x -> z over ``features`` dimensions, conditioned on a one-hot class of ``context``.

    For ``pixels`` a spline for each comes first: most of what a pixel can tell on its own, before any looks at another.
    """
    shared = {"transforms": config.transforms, "hidden_features": (config.width, config.width)}
    if config.kind == "affine autoregressive":
        return zuko.flows.MAF(features, context, **shared)
    if config.kind == "spline coupling":
        shared["univariate"] = zuko.transforms.MonotonicRQSTransform
        shared["shapes"] = [(BINS,), (BINS,), (BINS - 1,)]
    flow = zuko.flows.NICE(features, context, **shared)
    if not pixels:
        return flow
    knots = [torch.zeros(features, k) for k in (PIXEL_BINS, PIXEL_BINS, PIXEL_BINS - 1)]  # the identity, to begin with
    return zuko.lazy.Flow([zuko.lazy.UnconditionalTransform(_spline, *knots), *flow.transform.transforms], flow.base)


def _spline(widths: Tensor, heights: Tensor, slopes: Tensor) -> zuko.transforms.DependentTransform:
    return zuko.transforms.DependentTransform(zuko.transforms.MonotonicRQSTransform(widths, heights, slopes), 1)


class NormalizingFlow(nn.Module):
    """Points (B, 2) as they are; images (B, H, W) as their 2 x 2 means, in 256 grey values, dequantised."""

    average: nn.Module | None

    def __init__(self, config: Config, info: DataInfo) -> None:
        super().__init__()
        self.config, self.info = config, info
        self.image = info.modality == "image"
        self.shape = tuple(side // 2 for side in info.shape) if self.image else info.shape
        self.features = math.prod(self.shape)
        if self.image and config.kind == "affine autoregressive":
            raise ConfigError(
                N_("An autoregressive flow would need {n} passes for a picture: choose a coupling."), n=self.features
            )
        self.classes = classes_told(config, info)
        self.shares = Shares(self.classes) if self.classes and not self.image else None
        self.spread = SPREAD["image" if self.image else "points"]
        self.flow = layers(config, self.features, self.classes, self.image)
        self.average = averaged(self.flow) if config.ema else None

    @property
    def best(self) -> nn.Module:
        """The averaged flow, or the flow itself where nothing is averaged."""
        return self.flow if self.average is None else self.average

    # -- learning

    def optimizers(self) -> dict[str, torch.optim.Optimizer]:
        return {
            "flow": torch.optim.AdamW(
                self.flow.parameters(), self.config.lr, weight_decay=self.config.decay, fused=True
            )
        }

    def train_step(
        self, batch: Batch, optimizers: dict[str, torch.optim.Optimizer], step: int, total: int, rng: torch.Generator
    ) -> dict[str, Tensor]:
        optimizer = optimizers["flow"]
        if self.shares is not None:
            self.shares.count(batch.y)
        for group in optimizer.param_groups:  # cosine, after a short warm-up
            group["lr"] = self.config.lr * min(1, step / 100) * (0.5 + 0.5 * math.cos(math.pi * min(1, step / total)))
        log_p = self.log_density(self.natural(batch.x, rng), batch.y, self.flow).mean()
        (-log_p / self.features).backward()
        nn.utils.clip_grad_norm_(self.flow.parameters(), 5.0)
        optimizer.step()
        optimizer.zero_grad()
        if self.average is not None:
            follow(self.average, self.flow, self.config.ema, step)
        return self._named(log_p.detach(), "train_")

    def _named(self, log_p: Tensor, prefix: str = "") -> dict[str, Tensor]:
        """Nats of a point; bits a dimension of a picture, which compare with no other kind of likelihood here."""
        if self.image:
            return {prefix + "bits_per_dim": self.bits(log_p)}
        return {prefix + "log_likelihood": log_p}

    def bits(self, log_p: Tensor) -> Tensor:
        """Bits a dimension of 8-bit grey values, from the log density over [0, 1]^D (Theis et al. 2016, section 3.1)."""
        return math.log2(256) - log_p / (self.features * math.log(2))

    # -- data to what the flow sees, and back

    def reduced(self, x: Tensor) -> Tensor:
        """Grey values 0..255 of the halved images: (B, H, W) in [0, 1] -> (B, H / 2, W / 2)."""
        return (F.avg_pool2d(x[:, None], 2)[:, 0] * 255).round()

    def natural(self, x: Tensor, rng: torch.Generator) -> Tensor:
        """What has a density: points as they are; images as values in (0, 1), uniform noise filling each grey step."""
        if not self.image:
            return x
        grey = self.reduced(x)
        return ((grey + torch.rand(grey.shape, generator=rng)) / 256).flatten(1)  # (B, D)

    def squeeze(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The flow's input (B, D) of natural data, and the log determinant (B,) of the way there."""
        if not self.image:
            return x * self.spread, x.new_full((len(x),), self.features * math.log(self.spread))
        inner = EDGE + (1 - 2 * EDGE) * x
        slope = math.log((1 - 2 * EDGE) * self.spread) - inner.log() - (-inner).log1p()
        return inner.logit() * self.spread, slope.sum(1)

    def unsqueeze(self, y: Tensor) -> Tensor:
        """Data (B, *shape) of the flow's inputs (B, D)."""
        if not self.image:
            return y / self.spread
        u = ((y / self.spread).sigmoid() - EDGE) / (1 - 2 * EDGE)
        grey = (u * 256).floor().clamp(0, 255) / 255
        return F.interpolate(grey.view(-1, 1, *self.shape), scale_factor=2, mode="bilinear")[:, 0].clamp(0, 1)

    # -- densities

    def log_density(self, x: Tensor, y: Tensor | None, flow: nn.Module | None = None) -> Tensor:
        """log p (B,) in nats of natural data (B, D), by the averaged weights unless told otherwise: given the class y (B,), or
        of all classes together where a conditional flow is given none."""
        into, log_slope = self.squeeze(x)
        flow = flow or self.best
        if self.classes and y is None:
            return self.joint(into, flow).logsumexp(1) + log_slope
        return flow(self._context(len(x), y)).log_prob(into) + log_slope

    def joint(self, into: Tensor, flow: nn.Module) -> Tensor:
        """log p(x, y) (B, classes) at the flow's inputs (B, D), every class as likely as it was seen."""
        each = [flow(self._context(len(into), torch.full((len(into),), y))).log_prob(into) for y in range(self.classes)]
        return torch.stack(each, 1) + self.chances().log()

    def chances(self) -> Tensor:
        """(classes,)"""
        chances = torch.full((self.classes,), 1 / self.classes) if self.shares is None else self.shares.chances()
        return chances.to(next(self.flow.parameters()).dtype)

    def log_likelihood(self, batch: Batch, rng: torch.Generator) -> tuple[Tensor, str]:
        """(log p (B,) in nats, "exact"): of points, or of the halved and dequantised images."""
        with evaluating(self.best):
            return self.log_density(self.natural(batch.x, rng), batch.y), "exact"

    def heldout(self, data: Data, rng: torch.Generator) -> Tensor:
        """log p (N,) of the held-out data."""
        x = torch.from_numpy(np.array(data.heldout))
        x = x.float() / 255 if self.image else x
        labels = None if data.heldout_labels is None else torch.from_numpy(np.array(data.heldout_labels))
        return self.log_likelihood(Batch(x, labels), rng)[0]

    def measures(self, data: Data, rng: torch.Generator) -> dict[str, float]:
        return {name: float(value) for name, value in self._named(self.heldout(data, rng).mean()).items()}

    def final(self, data: Data, rng: torch.Generator) -> dict[str, Metric]:
        """The measure with a 95 % interval of its mean over held-out items, and what the true density would reach.

        Where that is known, also ``kl``: the mean over held-out points of log p_true - log p, which estimates KL(true || learned).
        Differences point by point, so its interval is much narrower than that of either mean.
        """
        log_p = self.heldout(data, rng)
        ((name, value),) = self._named(log_p).items()
        unit, better = (N_("bits per dimension"), "low") if self.image else (N_("nats"), "high")
        found = {name: _mean(value, self.references(data).get(name), unit, better)}
        truth = self.truth(data)
        if truth is not None:
            found["kl"] = _mean(torch.from_numpy(truth) - log_p, 0.0, N_("nats"), "low")
        return found

    def truth(self, data: Data) -> np.ndarray | None:
        """The true log density (N,) of the held-out points, given their classes where the flow is; None where nobody knows it."""
        truth = class_log_densities_of(data) if self.classes else log_density_of(data)
        if truth is None:
            return None
        found = truth(data.heldout)
        return found[np.arange(len(found)), data.heldout_labels] if self.classes else found

    def references(self, data: Data) -> dict[str, float]:
        """Points: the mean of the true log density, which no model beats but by chance. Images: every pixel on its own."""
        if not self.image:
            truth = self.truth(data)
            return {} if truth is None else {"log_likelihood": float(truth.mean())}
        train, heldout = (
            self.reduced(torch.from_numpy(np.array(part)).float() / 255).flatten(1).long()
            for part in (data.train, data.heldout)
        )
        counts = torch.ones(self.features, 256).scatter_add_(1, train.T, torch.ones(train.T.shape))
        shares = counts / counts.sum(1, keepdim=True)  # (D, 256), each grey value seen once more than it was
        return {"bits_per_dim": float(-shares.gather(1, heldout.T).log2().mean())}

    # -- sampling

    def latents(self, n: int, rng: torch.Generator) -> Tensor:
        """(n, D) draws of the base."""
        return torch.randn(n, self.features, generator=rng)

    @torch.no_grad()
    def decode(self, z: Tensor, labels: Tensor | None = None, average: bool = True) -> Tensor:
        """Samples (n, *shape) of the latents (n, D); without labels a conditional flow goes through its classes."""
        network = self.best if average else self.flow
        with evaluating(network):
            return self.unsqueeze(network(self._context(len(z), labels)).transform.inv(z))

    def sample(
        self,
        n: int,
        rng: torch.Generator,
        temperature: float = 1.0,
        average: bool = True,
        label: str = "any",
        guidance: float = 0.0,
    ) -> Tensor:
        """``n`` samples (n, *shape)."""
        labels = None
        if label != "any":
            if not self.classes:
                raise ConfigError(N_("This model was trained without classes: leave the class at any."))
            if not label.isdecimal() or int(label) >= self.classes:
                raise ConfigError(
                    N_("There is no class {label}: the model knows {count}."), label=label, count=self.classes
                )
            labels = torch.full((n,), int(label))
        if self.classes and guidance:
            (samples,) = self.guided(n, rng, labels, [guidance], temperature, average)
            return samples
        return self.decode(temperature * self.latents(n, rng), labels, average)

    @torch.no_grad()
    def guided(
        self,
        n: int,
        rng: torch.Generator,
        labels: Tensor | None,
        strengths: list[float],
        temperature: float = 1.0,
        average: bool = True,
    ) -> list[Tensor]:
        """For each strength w samples (n, *shape) of p(x | y) p(y | x)^w, as classifier-free guidance intends (Ho and Salimans
        2022, section 3.2): p(y | x) is exact here, so each sample is one of ``DRAWS`` candidates, chosen by that weight
        (sampling-importance resampling, Rubin 1987). All strengths choose among the same candidates.
        """
        network = self.best if average else self.flow
        labels = self._labels(n) if labels is None else labels
        with evaluating(network):
            many = labels.repeat_interleave(DRAWS)
            z = temperature * self.latents(len(many), rng)
            into = network(self._context(len(z), many)).transform.inv(z)
            told = self.joint(into, network).log_softmax(1).gather(1, many[:, None]).view(n, DRAWS)  # log p(y | x)
        chance = torch.rand(n, DRAWS, generator=rng).clamp(min=1e-20)
        gumbel = -(-chance.log()).log()
        chosen = [(w * told + gumbel).argmax(1) + DRAWS * torch.arange(n) for w in strengths]
        return [self.unsqueeze(into[at]) for at in chosen]

    def _labels(self, n: int) -> Tensor:
        return torch.arange(n) % self.classes if self.shares is None else self.shares.labels(n)

    def _context(self, n: int, labels: Tensor | None) -> Tensor | None:
        if not self.classes:
            return None
        return F.one_hot(self._labels(n) if labels is None else labels, self.classes).to(
            next(self.flow.parameters()).dtype
        )


def _mean(values: Tensor, floor: float | None, unit: str, better: Literal["low", "high"]) -> Metric:
    """The mean of ``values`` (N,) with its 95 % interval."""
    mean, half = float(values.mean()), 1.96 * float(values.std()) / math.sqrt(len(values))
    return Metric(mean, mean - half, mean + half, floor, unit, better)


SPEC = ModelSpec(
    key="normalizing-flow",
    title=N_("Normalising flow"),
    summary=N_("An invertible network from data to Gaussian noise: the density of everything is known exactly."),
    family="diffusion",
    modalities=("points", "image"),
    config=Config,
    build=NormalizingFlow,
    paper="Rezende and Mohamed 2015, Variational Inference with Normalizing Flows, arXiv:1505.05770",
    controls=Controls,
    looks=looks_flow.LOOKS,
    formulas=(
        (
            N_("The loss: minus the exact log-likelihood, by the change of variables"),
            r"L = -\,\mathbb{E}_x\left[\log \mathcal N(f(x); 0, I) + \log\left|\det \tfrac{\partial f}{\partial x}\right|\right]",
        ),
        (
            N_("An affine coupling: half of x passes, and decides how the other half is stretched and shifted"),
            r"z_a = x_a, \qquad z_b = e^{s(x_a)} \odot x_b + t(x_a), \qquad \log|\det| = \textstyle\sum s(x_a)",
        ),
        (
            N_("Bits per dimension of dequantised pictures with 256 grey values"),
            r"b = 8 - \frac{\log p(u)}{D \ln 2}, \qquad u = \frac{x + \varepsilon}{256}, \quad \varepsilon \sim U[0, 1)^D",
        ),
    ),
    presets=(
        Preset(
            key="nf-moons",
            title=N_("Normalising flow: two moons"),
            dataset="points-moons",
            steps=3000,
            order=60,
            note=N_("Gaussian noise is bent into two moons, and every place gets its exact density."),
        ),
        Preset(
            key="nf-gaussians",
            title=N_("Normalising flow: eight Gaussians"),
            dataset="points-gaussians",
            steps=4000,
            order=61,
            note=N_("Splines pull one cloud apart into eight; the true density is known, and the gap to it measured."),
        ),
        Preset(
            key="nf-bridges",
            title=N_("Affine flow: bridges"),
            dataset="points-gaussians",
            steps=4000,
            order=62,
            config={"kind": "affine coupling"},
            note=N_(
                "Shifting and stretching alone cannot tear a cloud apart: thin bridges stay between the islands. "
                "An invertible map keeps what hangs together together."
            ),
        ),
        Preset(
            key="nf-digits",
            title=N_("Normalising flow: digits"),
            dataset="mnist5k",
            steps=2000,
            order=63,
            config={
                "kind": "affine coupling",
                "transforms": 8,
                "width": 96,
                "decay": 0.1,
                "ema": 0.0,
                "batch_size": 128,
            },
            note=N_(
                "Digits of half the resolution, 14 by 14: softer than diffusion's, and with an exact likelihood for each."
            ),
        ),
    ),
    order=80,
)
