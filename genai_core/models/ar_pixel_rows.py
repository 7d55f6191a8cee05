"""A digit written row by row: an LSTM reads the rows above, a small NADE writes the row pixel by pixel. Exact likelihood.

NADE: Larochelle and Murray 2011, http://proceedings.mlr.press/v15/larochelle11a.html, equations 2 and 3 (here with ReLU).
Rows read by an LSTM: Theis and Bethge 2015, https://arxiv.org/abs/1506.03478, in one direction.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from genai_core.contracts import N_, Batch, DataInfo, ModelSpec, Preset, knob
from genai_core.looks_pixels import LOOKS
from genai_core.metrics.likelihood import binarise
from genai_core.models.ar_pixel_parts import FORMULAS, Pixels, anneal
from genai_core.models.parts import adam


@dataclass(frozen=True)
class Config:
    width: int = knob(
        192, N_("Width"), low=8, high=512, log=True, help=N_("Hidden units of the LSTM that reads the rows.")
    )
    row_width: int = knob(
        48, N_("Width within a row"), low=4, high=128, log=True, help=N_("Hidden units of the network that writes a row.")
    )  # fmt: skip
    dropout: float = knob(
        0.3, N_("Dropout"), low=0.0, high=0.8,
        help=N_("Share of the LSTM's outputs that are left out in training, so that it cannot learn 4,000 digits by heart."),
    )  # fmt: skip
    lr: float = knob(3e-3, N_("Learning rate"), low=1e-5, high=2e-2, log=True)
    batch_size: int = knob(32, N_("Batch size"), low=16, high=256, advanced=True)
    precision: str = knob(
        "auto", N_("Arithmetic"), choices=("auto", "float32", "bfloat16"), advanced=True,
        help=N_("Auto takes bfloat16 where the processor multiplies it natively; the run records which it was."),
    )  # fmt: skip


class Rows(Pixels):
    def __init__(self, config: Config, info: DataInfo) -> None:
        super().__init__(info, False, config.precision)
        self.config = config
        wide, inner = info.shape[1], config.row_width
        self.read = nn.LSTM(wide, config.width, batch_first=True)  # rows above -> h
        self.start = nn.Linear(config.width, inner)  # h -> the writer's hidden units before the first pixel
        self.seen = nn.Parameter(torch.randn(wide, inner) * 0.1)  # what each pixel of the row adds to them
        self.say = nn.Parameter(torch.randn(wide, inner) * 0.1)  # how each pixel is read off them
        self.direct = nn.Linear(config.width, wide)
        self.register_buffer("before", torch.ones(wide, wide).triu(1), persistent=False)  # [j, c]: j comes before c

    def optimizers(self) -> dict[str, torch.optim.Optimizer]:
        return {"adam": adam(self, self.config.lr, (0.9, 0.99))}

    def train_step(
        self, batch: Batch, optimizers: dict[str, torch.optim.Optimizer], step: int, total: int, rng: torch.Generator
    ) -> dict[str, Tensor]:
        x = binarise(batch.x, rng)  # anew at every look
        keep = (torch.rand(*x.shape[:2], self.config.width, generator=rng) >= self.config.dropout).float()
        with self.autocast():
            logits = self.logits(x, keep=keep / (1 - self.config.dropout))
        loss = F.binary_cross_entropy_with_logits(logits, x, reduction="sum") / len(x)  # nats an image
        loss.backward()
        nn.utils.clip_grad_norm_(self.parameters(), 100.0)
        anneal(optimizers["adam"], self.config.lr, step, total)
        optimizers["adam"].step()
        optimizers["adam"].zero_grad()
        return {"train_likelihood": -loss.detach()}

    def logits(self, x: Tensor, y: Tensor | None = None, keep: Tensor | None = None) -> Tensor:
        """The logit of each pixel given those before it, (B, H, W), of binary images x (B, H, W)."""
        above = F.pad(x, (0, 0, 1, 0))[:, :-1]  # each row reads the one over it
        h, _ = self.read(above)  # (B, H, width)
        if keep is not None:
            h = h * keep
        wide, inner = self.seen.shape
        masked = self.before[:, :, None] * self.seen[:, None, :]  # (j, c, inner): zero unless j < c
        row = (x.flatten(0, 1) @ masked.flatten(1)).view(*x.shape, inner)  # (B, H, W, inner)
        hidden = torch.relu(row + self.start(h)[:, :, None, :])
        return ((hidden * self.say).sum(-1) + self.direct(h)).float()

    def draw(
        self, u: Tensor, y: Tensor | None = None, given: Tensor | None = None, rows: int = 0
    ) -> tuple[Tensor, Tensor]:
        """Images (n, H, W) from uniform numbers u (n, H, W), the first ``rows`` rows of ``given`` kept; and the probability
        with which each pixel was drawn."""
        x, p = torch.zeros_like(u), torch.zeros_like(u)
        row, state = torch.zeros(len(u), 1, u.shape[2]), None
        for r in range(u.shape[1]):
            h, state = self.read(row, state)
            hidden, direct = self.start(h[:, 0]), self.direct(h[:, 0])
            for c in range(u.shape[2]):
                p[:, r, c] = torch.sigmoid(torch.relu(hidden) @ self.say[c] + direct[:, c])
                x[:, r, c] = given[:, r, c] if r < rows else (u[:, r, c] < p[:, r, c]).float()
                hidden = hidden + x[:, r, c, None] * self.seen[c]
            row = x[:, r : r + 1]
        return x, p


SPEC = ModelSpec(
    key="ar-pixel-rows",
    title=N_("Rows by LSTM"),
    summary=N_("An LSTM reads the rows above, a small network writes the next row from left to right."),
    family="autoregressive",
    modalities=("image",),
    config=Config,
    build=Rows,
    paper="Theis and Bethge 2015, arXiv:1506.03478; Larochelle and Murray 2011, NADE",
    formulas=(
        *FORMULAS,
        (
            N_("Within a row (NADE, Larochelle and Murray 2011, equations 2 and 3)"),
            r"a_{r,c} = A h_r + b + \sum_{j<c} w_j x_{r,j}, \qquad p_{r,c} = \sigma\big(v_c^\top \max(0, a_{r,c}) + u_c^\top h_r\big)",
        ),
        (N_("From row to row"), r"h_r = \mathrm{LSTM}(x_{r-1}, h_{r-1})"),
    ),
    presets=(
        Preset(
            key="ar-digits-rows",
            title=N_("Digits, row by row"),
            dataset="mnist5k",
            steps=2500,
            seconds=30,
            order=80,
            note=N_("Recurrence over rows, then over the pixels of a row: the likelihood is exact, not a bound."),
        ),
    ),
    looks=LOOKS,
    threads=1,
    order=80,
)
