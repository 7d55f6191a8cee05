"""A simple recurrent network that forecasts a series one value ahead, by squared error.

Elman 1990, Finding structure in time, Cognitive Science 14:179. The loss is the article's formula 5.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from genai_core.contracts import N_, Batch, DataInfo, ModelSpec, Preset, knob
from genai_core.looks_series import LOOKS
from genai_core.models.ar_series_parts import Recurrent, anneal, squared_error


@dataclass(frozen=True)
class Config:  # defaults chosen on the last 55 training years, 1866 to 1920, fitted to those before
    width: int = knob(4, N_("Width"), low=2, high=128, log=True, help=N_("Hidden units: what it can keep in mind."))
    context: int = knob(
        44, N_("Context"), low=4, high=150,
        help=N_("Values of a training window: how far back an error is followed."),
    )  # fmt: skip
    lr: float = knob(5e-4, N_("Learning rate"), low=1e-5, high=5e-2, log=True)
    noise: float = knob(
        0.1, N_("Noise on the input"), low=0.0, high=1.0,
        help=N_("In standard deviations of the series. It gets used to inputs that are a little wrong, as its own forecasts are."),
    )  # fmt: skip
    decay: float = knob(1.0, N_("Weight decay"), low=0.0, high=10.0, help=N_("Keeps the weights small."))
    batch_size: int = knob(32, N_("Batch size"), low=4, high=128, advanced=True)


class Rnn(Recurrent):
    """h_t = tanh(W x_t + U h_(t-1) + b), forecast x_(t+1) = v h_t + c."""

    def __init__(self, config: Config, info: DataInfo) -> None:
        super().__init__(info)
        self.config = config
        self.recur = nn.RNN(1, config.width, batch_first=True)
        self.out = nn.Linear(config.width, 1)

    def optimizers(self) -> dict[str, torch.optim.Optimizer]:
        return {
            "adam": torch.optim.AdamW(self.parameters(), lr=self.config.lr, weight_decay=self.config.decay, fused=True)
        }

    def train_step(
        self, batch: Batch, optimizers: dict[str, torch.optim.Optimizer], step: int, total: int, rng: torch.Generator
    ) -> dict[str, Tensor]:
        self.look_at(batch.x)
        z = self.normal(batch.x)  # (B, T + 1)
        seen = z[:, :-1] + self.config.noise * torch.randn(len(z), z.shape[1] - 1, generator=rng)
        forecast, _ = self.forecast(seen)  # (B, T)
        loss = squared_error(forecast, z[:, 1:])
        loss.backward()
        nn.utils.clip_grad_norm_(self.parameters(), 10.0)
        anneal(optimizers["adam"], self.config.lr, step, total)
        optimizers["adam"].step()
        optimizers["adam"].zero_grad()
        self.follow_error(forecast - z[:, 1:])
        return {"loss": loss.detach(), "rmse_train": (loss.detach() / forecast.shape[1]).sqrt() * self.scale}


SPEC = ModelSpec(
    key="ar-series-rnn",
    title=N_("RNN on a series"),
    summary=N_("One hidden state, carried from year to year; trained to guess the next value by squared error."),
    family="autoregressive",
    modalities=("series",),
    config=Config,
    build=Rnn,
    paper="Elman 1990, Finding structure in time",
    formulas=(
        (N_("Squared error (the article's formula 5)"), r"L = \sum_{t=1}^{T} (y_t - \hat y_t)^2"),
        (
            N_("The state that is carried on (Elman 1990)"),
            r"h_t = \tanh(W x_t + U h_{t-1} + b), \qquad \hat y_t = \hat x_{t+1} = v^\top h_t + c",
        ),
        (
            N_("What it must beat: Yule's autoregression, by least squares"),
            r"\hat x_{t+1} = a_0 + \sum_{k=1}^{p} a_k\, x_{t+1-k}",
        ),
    ),
    presets=(
        Preset(
            key="ar-sunspots-rnn",
            title=N_("Sunspots, RNN"),
            dataset="sunspots",
            steps=6000,
            seconds=10,
            order=60,
            note=N_("Four hidden units against Yule's linear autoregression of 1927. The page says who wins."),
        ),
    ),
    looks=LOOKS,
    order=60,
)
