"""A long short-term memory that forecasts a series one value ahead, by squared error.

Hochreiter and Schmidhuber 1997, Neural Computation 9:1735; forget gates: Gers et al. 2000. The loss is the article's
formula 6, which is its formula 5: gates change the network, not the loss.
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


class Lstm(Recurrent):
    """A cell that gates write, keep and read; forecast x_(t+1) = v h_t + c."""

    def __init__(self, config: Config, info: DataInfo) -> None:
        super().__init__(info)
        self.config = config
        self.recur = nn.LSTM(1, config.width, batch_first=True)
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
    key="ar-series-lstm",
    title=N_("LSTM on a series"),
    summary=N_("As the RNN, with gates that decide what to keep, what to write and what to say."),
    family="autoregressive",
    modalities=("series",),
    config=Config,
    build=Lstm,
    paper="Hochreiter and Schmidhuber 1997, Long short-term memory",
    formulas=(
        (
            N_("Squared error (the article's formula 6; the same as its formula 5)"),
            r"L = \sum_{t=1}^{T} (y_t - \hat y_t)^2",
        ),
        (
            N_("The cell and its gates (Gers et al. 2000)"),
            r"c_t = f_t \odot c_{t-1} + i_t \odot g_t, \qquad h_t = o_t \odot \tanh(c_t), \qquad \hat x_{t+1} = v^\top h_t + c",
        ),
        (
            N_("What it must beat: Yule's autoregression, by least squares"),
            r"\hat x_{t+1} = a_0 + \sum_{k=1}^{p} a_k\, x_{t+1-k}",
        ),
    ),
    presets=(
        Preset(
            key="ar-sunspots-lstm",
            title=N_("Sunspots, LSTM"),
            dataset="sunspots",
            steps=6000,
            seconds=10,
            order=65,
            note=N_("The same with gates: what do they buy on 221 years of training data?"),
        ),
        Preset(
            key="ar-sunspots-drift",
            title=N_("Free run drifts off"),
            dataset="sunspots",
            config={"width": 32, "decay": 0.0, "noise": 0.0, "lr": 2.5e-3},
            steps=6000,
            seconds=10,
            role="failure",
            detector="free-run-drift",
            cure="ar-sunspots-lstm",
            order=165,
            note=N_("A wide LSTM with nothing to hold it back: one step ahead all is well, left alone it gets lost."),
            explain=N_(
                "Training only ever asks for the next year after a true past. A wide network fits the chances of 221 years as well, "
                "and one step ahead hardly shows it, because the truth sets it right every year. Fed with its own forecasts nothing does: "
                "small errors lead it to pasts that it has never seen. Fewer hidden units, weight decay and a little noise on the input keep "
                "it to what repeats."
            ),
        ),
    ),
    looks=LOOKS,
    order=65,
)
