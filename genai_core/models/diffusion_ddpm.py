"""Denoising diffusion: learn to see the data through any amount of noise. On images with a small UNet, on points with an MLP.

Ho et al. 2020, https://arxiv.org/abs/2006.11239, equation 14; noise, data or v predicted (Salimans and Ho 2022,
https://arxiv.org/abs/2202.00512, section 4). The time is continuous (Kingma et al. 2021, https://arxiv.org/abs/2107.00630),
so that one network serves any number of steps. Guidance: Ho and Salimans 2022, https://arxiv.org/abs/2207.12598.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from genai_core.contracts import N_, Batch, DataInfo, ModelSpec, Preset, knob
from genai_core.looks_diffusion import LOOKS
from genai_core.models.parts import CLASSES
from genai_core.models.parts_diffusion import Diffuser

SAMPLERS = ("ddpm", "ddim", "midpoint", "heun")


@dataclass(frozen=True)
class Controls:
    """How to sample a diffusion model."""

    sampler: str = knob(
        "ddim", N_("Sampler"), choices=SAMPLERS,
        help=N_("DDPM draws fresh noise at every step; DDIM keeps it; midpoint and Heun look twice a step and bend with the way."),
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
    prediction: str = knob(
        "v", N_("What the network predicts"), choices=("epsilon", "x0", "v"),
        help=N_("The noise, the data, or v, a mixture that stays well posed at both ends."),
    )  # fmt: skip
    schedule: str = knob(
        "cosine", N_("Schedule"), choices=("cosine", "linear"),
        help=N_("How the noise grows with time: evenly, or as DDPM had it, where most times are nearly all noise."),
    )  # fmt: skip
    conditional: bool = knob(
        True, N_("Show the labels"), modalities=("image",),
        help=N_("Where the data has classes, the network is told them, and sometimes not: that makes guidance possible."),
    )  # fmt: skip
    told: bool = knob(
        False, N_("Show the labels"), modalities=("points",), late=True,
        help=N_("The network is told which island, ring or arm a point is of, and sometimes not: that makes guidance possible."),
    )  # fmt: skip
    lr: float = knob(8e-3, N_("Learning rate"), low=1e-5, high=2e-2, log=True)
    width: int = knob(
        16, N_("Width"), low=8, high=32, log=True,
        help=N_("Channels of the finest layer; on points, an eighth of the units of a layer."),
    )  # fmt: skip
    sampler: str = knob("ddim", N_("Sampler"), choices=SAMPLERS)
    evaluations: int = knob(10, N_("Evaluations"), low=1, high=250, log=True, help=N_("Of the network, for a sample."))
    guidance: float = knob(0.75, N_("Guidance"), low=-1.0, high=8.0)
    ema: float = knob(0.99, N_("Averaging of the network"), low=0.0, high=0.9999, advanced=True)
    batch_size: int = knob(64, N_("Batch size"), low=16, high=256, advanced=True)
    precision: str = knob(
        "auto", N_("Arithmetic"), choices=("auto", "float32", "bfloat16"), advanced=True,
        help=N_("Auto takes bfloat16 where the processor multiplies it natively; the run records which it was."),
    )  # fmt: skip


class Diffusion(Diffuser):
    def __init__(self, config: Config, info: DataInfo) -> None:
        super().__init__(config, info, config.schedule, config.prediction)

    def times(self, n: int, rng: torch.Generator) -> Tensor:
        """An even comb, shifted by one draw: less variance than as many draws (Kingma et al. 2021, appendix I.1)."""
        return (torch.rand(1, generator=rng) + torch.arange(n) / n) % 1

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
    key="diffusion",
    title=N_("Diffusion"),
    summary=N_("Noise is added by a schedule and a network learns to see through it: DDPM, with three predictions."),
    family="diffusion",
    modalities=("image", "points"),
    config=Config,
    build=Diffusion,
    paper="Ho et al. 2020, Denoising Diffusion Probabilistic Models, arXiv:2006.11239",
    controls=Controls,
    formulas=(
        (
            N_("Noise at time t (Ho et al. 2020, equation 4)"),
            r"x_t = \alpha_t\,x_0 + \sigma_t\,\epsilon, \quad \epsilon \sim \mathcal{N}(0, I), \quad \alpha_t^2 + \sigma_t^2 = 1",
        ),
        (
            N_("The loss (their equation 14), for a prediction of the noise"),
            r"L = \mathbb{E}_{t, x_0, \epsilon} \left\| \epsilon_\theta(x_t, t, y) - \epsilon \right\|^2",
        ),
        (
            N_("v (Salimans and Ho 2022, section 4), and what follows from it"),
            r"v = \alpha_t\,\epsilon - \sigma_t\,x_0, \quad x_0 = \alpha_t\,x_t - \sigma_t\,v, \quad \epsilon = \sigma_t\,x_t + \alpha_t\,v",
        ),
        (
            N_(
                "Schedules: cosine (Nichol and Dhariwal 2021, equation 17), linear in beta (Song et al. 2021, appendix C)"
            ),
            r"\alpha_t = \cos\tfrac{\pi t}{2}, \qquad \alpha_t^2 = \exp\left(-\beta_0 t - \tfrac{1}{2} (\beta_1 - \beta_0)\,t^2\right)",
        ),
        (
            N_("DDIM (Song et al. 2020, equation 12); eta = 0 keeps the noise, eta = 1 is DDPM's sampler"),
            r"x_u = \alpha_u\,\hat x_0 + \sqrt{\sigma_u^2 - \eta^2 \tilde\beta}\;\hat\epsilon + \eta \sqrt{\tilde\beta}\,z, \quad "
            r"\tilde\beta = \frac{\sigma_u^2}{\sigma_t^2}\left(\sigma_t^2 - \frac{\alpha_t^2}{\alpha_u^2}\,\sigma_u^2\right)",
        ),
        (
            N_("Classifier-free guidance (Ho and Salimans 2022, equation 6)"),
            r"\tilde\epsilon = \epsilon(x, t, y) + w \left( \epsilon(x, t, y) - \epsilon(x, t) \right)",
        ),
    ),
    presets=(
        Preset(
            key="diffusion-digits",
            title=N_("Digits out of noise"),
            dataset="mnist5k",
            steps=2500,
            order=20,
            note=N_("DDPM with a cosine schedule and v prediction; DDIM draws a digit in ten steps."),
        ),
        Preset(
            key="diffusion-rings",
            title=N_("Rings out of noise"),
            dataset="points-rings",
            steps=4000,
            order=41,
            config={"lr": 2e-3, "ema": 0.995, "batch_size": 256, "sampler": "ddpm", "evaluations": 50, "guidance": 0.5},
            note=N_("Fresh noise at every step, and still the points settle on three rings."),
        ),
    ),  # fmt: skip
    threads=2,
    looks=LOOKS,
    order=20,
)
