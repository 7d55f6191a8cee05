"""Conditional flow matching: learn the straight way from noise to data. On images with a small UNet, on points with an MLP.

Lipman et al. 2023, https://arxiv.org/abs/2210.02747, equation 23 with sigma_min 0, which is rectified flow (Liu et al.
2023, https://arxiv.org/abs/2209.03003, equation 1). Times from a logit-normal: Esser et al. 2024,
https://arxiv.org/abs/2403.03206, section 3.1. Guidance: Ho and Salimans 2022, https://arxiv.org/abs/2207.12598.
Noise is at t = 1 here, as in diffusion; Lipman et al. put it at 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from genai_core.contracts import N_, Batch, DataInfo, ModelSpec, Preset, knob
from genai_core.looks_diffusion import LOOKS
from genai_core.models.parts import CLASSES
from genai_core.models.parts_diffusion import Diffuser

SAMPLERS = ("euler", "midpoint", "heun", "ddpm")
POINTS = {"lr": 2e-3, "ema": 0.995, "batch_size": 256, "times": "uniform", "evaluations": 20, "guidance": 0.5}


@dataclass(frozen=True)
class Controls:
    """How to sample a flow."""

    sampler: str = knob(
        "heun", N_("Sampler"), choices=SAMPLERS,
        help=N_("Euler goes straight on; midpoint and Heun look twice a step and bend with the way; DDPM draws fresh noise."),
    )  # fmt: skip
    evaluations: int = knob(
        20, N_("Evaluations"), low=1, high=250, log=True,
        help=N_("How often the network is asked for a sample: fewer is quicker and cruder."),
    )  # fmt: skip
    guidance: float = knob(
        0.75, N_("Guidance"), low=-1.0, high=8.0,
        help=N_("Pushes away from what the network draws untold: 0 is the plain conditional model, -1 the unconditional."),
    )  # fmt: skip
    average: bool = knob(True, N_("Averaged weights"), help=N_("Samples from the moving average of the network."))
    label: str = knob("any", N_("Class"), choices=CLASSES, help=N_("The class to draw; any goes through all of them."))


@dataclass(frozen=True)
class Config:
    conditional: bool = knob(
        True, N_("Show the labels"), modalities=("image",),
        help=N_("Where the data has classes, the network is told them, and sometimes not: that makes guidance possible."),
    )  # fmt: skip
    told: bool = knob(
        False, N_("Show the labels"), modalities=("points",), late=True,
        help=N_("The network is told which island, ring or arm a point is of, and sometimes not: that makes guidance possible."),
    )  # fmt: skip
    lr: float = knob(8e-3, N_("Learning rate"), low=1e-5, high=2e-2, log=True)
    times: str = knob(
        "logit-normal", N_("Times to learn from"), choices=("logit-normal", "uniform"),
        help=N_("The logit-normal looks most at the middle of the way, where noise and data mix."),
    )  # fmt: skip
    width: int = knob(
        16, N_("Width"), low=8, high=32, log=True,
        help=N_("Channels of the finest layer; on points, an eighth of the units of a layer."),
    )  # fmt: skip
    sampler: str = knob("heun", N_("Sampler"), choices=SAMPLERS)
    evaluations: int = knob(10, N_("Evaluations"), low=1, high=250, log=True, help=N_("Of the network, for a sample."))
    guidance: float = knob(0.75, N_("Guidance"), low=-1.0, high=8.0)
    ema: float = knob(0.99, N_("Averaging of the network"), low=0.0, high=0.9999, advanced=True)
    batch_size: int = knob(64, N_("Batch size"), low=16, high=256, advanced=True)
    precision: str = knob(
        "auto", N_("Arithmetic"), choices=("auto", "float32", "bfloat16"), advanced=True,
        help=N_("Auto takes bfloat16 where the processor multiplies it natively; the run records which it was."),
    )  # fmt: skip


class FlowMatching(Diffuser):
    def __init__(self, config: Config, info: DataInfo) -> None:
        super().__init__(config, info, "straight", "velocity")

    def times(self, n: int, rng: torch.Generator) -> Tensor:
        if self.config.times == "uniform":
            return torch.rand(n, generator=rng)
        return torch.randn(n, generator=rng).sigmoid()

    def train_step(
        self, batch: Batch, optimizers: dict[str, torch.optim.Optimizer], step: int, total: int, rng: torch.Generator
    ) -> dict[str, Tensor]:
        n = len(batch.x)
        t = self.times(n, rng)
        loss = self.regress(self.inward(batch.x), t, self.told(batch.y, n, rng), rng).mean()
        self.update(loss, optimizers["denoiser"], step)
        self.count(batch.y)
        return {"loss": loss.detach()}


SPEC = ModelSpec(
    key="flow-matching",
    title=N_("Flow matching"),
    summary=N_("Straight ways from noise to data, learned by plain regression: readable digits in half a minute."),
    family="diffusion",
    modalities=("image", "points"),
    config=Config,
    build=FlowMatching,
    paper="Lipman et al. 2023, Flow Matching for Generative Modeling, arXiv:2210.02747",
    controls=Controls,
    formulas=(
        (
            N_("The way from data to noise"),
            r"x_t = (1 - t)\,x_0 + t\,\epsilon, \quad \epsilon \sim \mathcal{N}(0, I)",
        ),
        (
            N_("Conditional flow matching (Lipman et al. 2023, equation 23, time reversed)"),
            r"L = \mathbb{E}_{t, x_0, \epsilon} \left\| u_\theta(x_t, t, y) - (\epsilon - x_0) \right\|^2",
        ),
        (N_("Sampling: an ordinary differential equation, from t = 1 to t = 0"), r"\frac{dx}{dt} = u_\theta(x, t, y)"),
        (
            N_("Classifier-free guidance (Ho and Salimans 2022, equation 6)"),
            r"\tilde u = u(x, t, y) + w \left( u(x, t, y) - u(x, t) \right)",
        ),
        (N_("Averaged network"), r"\bar\theta \leftarrow \beta\,\bar\theta + (1 - \beta)\,\theta"),
    ),
    presets=(
        Preset(
            key="flow-digits",
            title=N_("Digits, along straight ways"),
            dataset="mnist5k",
            steps=3000,
            order=10,
            home="can",
            note=N_("Conditional flow matching with a small UNet: readable digits in half a minute."),
            stake=N_(
                "Nothing but noise goes in. What comes out was learned from 4,000 examples, and never written by anybody."
            ),
        ),
        Preset(
            key="flow-clothes",
            title=N_("Clothes, along straight ways"),
            dataset="fashion5k",
            steps=2000,
            order=15,
            note=N_("The same recipe on ten kinds of clothes: shades as well as outlines."),
        ),
        Preset(
            key="flow-gaussians",
            title=N_("Eight Gaussians, along straight ways"),
            dataset="points-gaussians",
            steps=4000,
            order=40,
            config=POINTS,
            note=N_("Every way can be drawn: watch a cloud of noise part and flow onto eight islands."),
        ),
        Preset(
            key="flow-gaussians-told",
            title=N_("Eight Gaussians, told which"),
            dataset="points-gaussians",
            steps=4000,
            order=42,
            config=POINTS | {"told": True},
            note=N_(
                "The network is told the island: name one and all noise flows there, and guidance draws it together."
            ),
        ),
        Preset(
            key="flow-few-steps",
            title=N_("Too few steps"),
            dataset="mnist5k",
            seed=1,
            steps=1000,
            order=110,
            config={"evaluations": 2, "guidance": 0.5},
            role="failure",
            detector="too-few-steps",
            cure="flow-digits",
            note=N_("A well trained network, asked twice: noise is left on every picture."),
            explain=N_(
                "The network gives a direction, and the way bends. One long step that trusts the direction at its start and at "
                "its end lands beside the data, and no training mends that: the loss is as low as in the good recipe. "
                "Cure: more evaluations. Ten are enough here, and beyond that nothing is gained."
            ),
        ),
        Preset(
            key="flow-strong-guidance",
            title=N_("Guidance too strong"),
            dataset="mnist5k",
            seed=1,
            steps=1200,
            order=120,
            config={"guidance": 8.0},
            role="failure",
            detector="guidance-too-strong",
            cure="flow-digits",
            note=N_("Every digit is bold and clear, and every one of a class is the same."),
            explain=N_(
                "Guidance goes on beyond the class, in the direction that makes it more certain. At eight times the difference "
                "all noise ends at the most typical picture: a classifier is delighted, and the variety of the data is gone. "
                "Cure: guidance below one. Look at recall as well as at the pictures."
            ),
        ),
    ),  # fmt: skip
    threads=2,
    looks=LOOKS,
    order=10,
)
