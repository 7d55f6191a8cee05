"""Names letter by letter, told the style: an LSTM whose first input is the style.

P(name | style) = prod_t P(x_t | style, x_<t), the end being a letter of its own. Hochreiter and Schmidhuber 1997 with the forget gate of
Gers et al. 2000; that a character model be told what kind of text to write goes back to Sutskever, Martens and Hinton 2011.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from genai_core import sampling
from genai_core.contracts import N_, Batch, Data, DataInfo, Metric, ModelSpec, Preset, knob
from genai_core.datasets.names import END, decode
from genai_core.errors import ConfigError
from genai_core.metrics.names import Judge, Listing
from genai_core.metrics.statistics import bootstrap

WARM_UP = 30  # steps until the learning rate is reached
STYLES = ("any", *map(str, range(10)))
WATCHED = 200  # names that a measure samples


@dataclass(frozen=True)
class Config:
    width: int = knob(96, N_("Units of the state"), low=16, high=256, log=True)
    embedding: int = knob(24, N_("Numbers a symbol"), low=8, high=64, log=True, advanced=True)
    dropout: float = knob(0.0, N_("Dropout"), low=0.0, high=0.6)
    watch_temperature: float = knob(
        0.8, N_("Temperature of what is shown"), low=0.0, high=2.0,
        help=N_("The texts shown and measured during training are sampled at this temperature."),
    )  # fmt: skip
    lr: float = knob(8e-3, N_("Learning rate"), low=1e-5, high=3e-2, log=True)
    batch_size: int = knob(64, N_("Batch size"), low=8, high=256, advanced=True)


@dataclass(frozen=True)
class Controls:
    """How to sample names."""

    label: str = knob("any", N_("Style"), choices=STYLES, help=N_("The class to draw; any goes through all of them."))
    temperature: float = knob(
        0.8, N_("Temperature"), low=0.0, high=2.0,
        help=N_("Divides the logits: lower is safer, higher is wilder; at 0 the likeliest symbol is always taken."),
    )  # fmt: skip


class Names(nn.Module):
    metered, report_samples = False, 0

    def __init__(self, config: Config, info: DataInfo) -> None:
        super().__init__()
        self.config, self.info = config, info
        self.letters, self.classes, self.length = len(info.vocabulary), len(info.classes), info.shape[0]
        self.embed = nn.Embedding(self.letters + self.classes, config.embedding)  # letters, then styles
        self.cell = nn.LSTM(config.embedding, config.width, batch_first=True)
        self.drop = nn.Dropout(config.dropout)
        self.out = nn.Linear(config.width, self.letters)

    def optimizers(self) -> dict[str, torch.optim.Optimizer]:
        return {"model": torch.optim.AdamW(self.parameters(), lr=self.config.lr, betas=(0.9, 0.99), fused=True)}

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        """Logits (B, T, letters) of every place of names x (B, T) of styles y (B,), given the style and the letters before it."""
        told = torch.cat([self.letters + y[:, None], x[:, :-1]], 1)
        h, _ = self.cell(self.drop(self.embed(told)))
        return self.out(self.drop(h))

    def nats(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """-log P (B, T) of every place, and whether it counts (B, T): the letters and the first end do."""
        counts = F.pad(x != END, (1, 0), value=True)[:, :-1]
        each = F.cross_entropy(self(x, y).transpose(1, 2), x, reduction="none")
        return each * counts, counts

    def train_step(
        self, batch: Batch, optimizers: dict[str, torch.optim.Optimizer], step: int, total: int, rng: torch.Generator
    ) -> dict[str, Tensor]:
        for group in optimizers["model"].param_groups:
            group["lr"] = self.config.lr * min(1.0, step / WARM_UP) * max(0.02, 1 - step / total)
        each, counts = self.nats(batch.x.long(), batch.y)
        loss = each.sum() / counts.sum()
        loss.backward()
        nn.utils.clip_grad_norm_(self.parameters(), 1.0)
        optimizers["model"].step()
        optimizers["model"].zero_grad()
        loss = loss.detach()
        return {"loss": loss, "bits": loss / math.log(2)}

    @torch.no_grad()
    def sample(self, n: int, rng: torch.Generator, label: str = "any", temperature: float = 0.8) -> Tensor:
        """int64 (n, T): names as rows. One uniform number a letter; no end before the third letter, none after the last."""
        u = torch.rand(self.length, n, generator=rng, dtype=torch.float64).numpy()
        token, state = self.letters + self.styles(n, label), None
        out, open_ = torch.zeros(n, self.length, dtype=torch.int64), torch.ones(n, dtype=torch.bool)
        for t in range(self.length - 1):
            h, state = self.cell(self.embed(token)[:, None], state)
            logits = self.out(h[:, 0])
            if t < 3:
                logits[:, END] = -torch.inf
            token = torch.from_numpy(sampling.choose(logits.numpy(), u[t], temperature))
            open_ &= token != END
            out[:, t] = torch.where(open_, token, END)
        return out

    def styles(self, n: int, label: str) -> Tensor:
        """(n,): the style asked for, of "any" all by turns. ConfigError for another."""
        if label == "any":
            return torch.arange(n) % self.classes
        if not label.isdecimal() or int(label) >= self.classes:
            raise ConfigError(
                N_("There is no class {label}: the model knows {count}."), label=label[:40], count=self.classes
            )
        return torch.full((n,), int(label))

    # -- measures

    @torch.no_grad()
    def name_bits(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Bits a letter (N,) of each name, its end being one."""
        training, _ = self.training, self.eval()
        each, counts = self.nats(torch.from_numpy(x.astype(np.int64)), torch.from_numpy(np.array(y)))
        self.train(training)
        return (each.sum(1) / counts.sum(1)).numpy() / math.log(2)

    def measures(self, data: Data, rng: torch.Generator) -> dict[str, float]:
        """``heldout_bits`` a letter; ``copied``: the share of names drawn that stand in the training list."""
        own = decode(self.sample(WATCHED, rng, temperature=self.config.watch_temperature))
        known = Listing(decode(data.train))
        return {
            "heldout_bits": float(self.name_bits(data.heldout, data.heldout_labels).mean()),
            "copied": float(np.mean([name in known for name in own])),
        }

    def references(self, data: Data) -> dict[str, float]:
        """What three letters together foretell, counted in each style, on the same names."""
        by_style = [decode(data.train[data.train_labels == k]) for k in range(self.classes)]
        names = decode(data.heldout)
        bits = Judge(by_style).bits(names)[np.arange(len(names)), data.heldout_labels]
        return {"heldout_bits": float(np.mean(bits / [len(name) + 1 for name in names]))}

    def final(self, data: Data, rng: torch.Generator) -> dict[str, Metric]:
        each = self.name_bits(data.heldout, data.heldout_labels)
        low, high = bootstrap(each, np.random.default_rng(0))
        floor = self.references(data)["heldout_bits"]
        return {
            "heldout_bits": Metric(float(each.mean()), low, high, floor, "bits", "low"),
            "copied": Metric(self.measures(data, rng)["copied"]),
            "parameters": Metric(float(sum(p.numel() for p in self.parameters()))),
        }

    def frame(self, data: Data, rng: torch.Generator) -> str:
        """Six names of each style, a style a line, from the same numbers at every step."""
        names = decode(self.sample(6 * self.classes, rng, temperature=self.config.watch_temperature))
        return "\n".join(" ".join(name.capitalize() for name in names[k :: self.classes]) for k in range(self.classes))


SPEC = ModelSpec(
    key="names-lstm",
    title=N_("Names, letter by letter"),
    summary=N_("An LSTM that is told a style and spells a name in it."),
    family="names",
    modalities=("names",),
    config=Config,
    build=Names,
    paper="Sutskever, Martens and Hinton 2011, Generating Text with Recurrent Neural Networks, ICML; Hochreiter and Schmidhuber 1997",
    controls=Controls,
    formulas=(
        (N_("The factorisation, given the style"), r"P(x \mid s) = \prod_{t=1}^{T} P(x_t \mid s, x_{<t})"),
        (N_("Cross-entropy of the next symbol"), r"L = -\frac{1}{T} \sum_{t=1}^{T} \log P_\theta(x_t \mid s, x_{<t})"),
    ),
    presets=(
        Preset(
            key="names-five",
            title=N_("Names in five styles"),
            note=N_("Three thousand names, letter by letter, each with its style before it."),
            dataset="names",
            config={"dropout": 0.2},
            steps=1000,
            order=90,
        ),
    ),
    order=90,
)
