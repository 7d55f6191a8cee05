"""A Transformer as a language model: every symbol looks back at the ones before it, all at once.

Vaswani et al. 2017, https://arxiv.org/abs/1706.03762, equation 1, with a causal mask; normalised before each part (Xiong et al.
2020, arXiv:2002.04745), rotary positions (Su et al. 2021, arXiv:2104.09864, equation 34), and a window: a place sees itself and the
``context - 1`` places before it, so that a text may grow for ever while only so many keys and values are kept.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from genai_core import looks_text
from genai_core.contracts import N_, DataInfo, ModelSpec, Preset, knob
from genai_core.models.text_parts import Controls, LanguageModel

BLOCK = 128
EPSILON = 1e-5  # of every norm, as in torch
TURNS = 1024  # places whose angles are worked out beforehand


@dataclass(frozen=True)
class Config:
    width: int = knob(120, N_("Width"), low=16, high=256, log=True, help=N_("Numbers that each place carries along."))
    layers: int = knob(2, N_("Layers"), low=1, high=6)
    heads: int = knob(4, N_("Heads"), choices=(1, 2, 4, 8), help=N_("Patterns of looking back in each layer."))
    context: int = knob(64, N_("Context"), low=4, high=256, log=True,
                        help=N_("Symbols that a training example spans, and that a place looks back on."))  # fmt: skip
    dropout: float = knob(0.0, N_("Dropout"), low=0.0, high=0.6)
    noise: float = knob(
        0.0, N_("Noise in the history"), low=0.0, high=0.5,
        help=N_("Share of the symbols read in training that are replaced at random, so that mistakes are nothing new."),
    )  # fmt: skip
    watch_temperature: float = knob(
        0.7, N_("Temperature of what is shown"), low=0.0, high=2.0,
        help=N_("The texts shown and measured during training are sampled at this temperature."),
    )  # fmt: skip
    lr: float = knob(3e-3, N_("Learning rate"), low=1e-5, high=3e-2, log=True)
    batch_size: int = knob(64, N_("Batch size"), low=8, high=256, advanced=True)
    precision: str = knob(
        "auto", N_("Arithmetic"), choices=("auto", "float32", "bfloat16"), advanced=True,
        help=N_("Auto takes bfloat16 where the processor multiplies it natively; the run records which it was."),
    )  # fmt: skip


class Block(nn.Module):
    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.norm_a, self.norm_b = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.mix = nn.Linear(width, 3 * width, bias=False), nn.Linear(width, width, bias=False)
        self.up, self.down = nn.Linear(width, 4 * width, bias=False), nn.Linear(4 * width, width, bias=False)
        self.drop = nn.Dropout(dropout)

    def forward(self, x: Tensor, turn: tuple[Tensor, Tensor], hidden: Tensor, maps: list | None = None) -> Tensor:
        b, t, w = x.shape
        q, k, v = self.qkv(self.norm_a(x)).view(b, t, 3, self.heads, -1).permute(2, 0, 3, 1, 4)  # (B, heads, T, d) each
        q, k = rotate(q, turn), rotate(k, turn)
        scores = (q * q.shape[-1] ** -0.5) @ k.transpose(2, 3) + hidden  # (B, heads, T, T)
        attention = scores.softmax(3, dtype=torch.float32)
        if maps is not None:
            maps.append(attention)
        y = (attention.to(v.dtype) @ v).transpose(1, 2).reshape(b, t, w)
        x = x + self.drop(self.mix(y))
        return x + self.drop(self.down(F.relu(self.up(self.norm_b(x)))))


def rotate(x: Tensor, turn: tuple[Tensor, Tensor]) -> Tensor:
    """Each pair (x_2i, x_2i+1) turned by its place's angle: products of queries and keys then know only distances."""
    cos, sin = turn  # (T, d / 2)
    a, b = x[..., 0::2], x[..., 1::2]
    return torch.stack([a * cos - b * sin, a * sin + b * cos], -1).flatten(-2).to(x.dtype)


class Transformer(LanguageModel):
    def __init__(self, config: Config, info: DataInfo) -> None:
        super().__init__(info, config.context, config.precision)
        self.config, width = config, config.width - config.width % (2 * config.heads)
        self.width = width
        self.embed = nn.Embedding(self.symbols, width)
        nn.init.normal_(self.embed.weight, std=width**-0.5)
        self.blocks = nn.ModuleList(Block(width, config.heads, config.dropout) for _ in range(config.layers))
        for block in self.blocks:
            for last in (block.mix, block.down):
                nn.init.normal_(last.weight, std=(4 * last.in_features * config.layers) ** -0.5)
        self.norm = nn.LayerNorm(width)
        self.bias = nn.Parameter(torch.zeros(self.symbols))
        self.drop = nn.Dropout(config.dropout)
        d = width // config.heads
        self.register_buffer("pace", 10_000.0 ** -(torch.arange(0, d, 2) / d), persistent=False)

    def states(self, x: Tensor, maps: list | None = None) -> Tensor:
        """(B, T) -> what the head reads after each symbol, (B, T, width)."""
        places = torch.arange(x.shape[1])
        angle = places[:, None] * self.pace  # (T, d / 2)
        back = places[:, None] - places  # how far column j lies before row i
        hidden = torch.zeros(back.shape).masked_fill((back < 0) | (back >= self.context), -torch.inf)
        dtype = torch.get_autocast_dtype("cpu") if torch.is_autocast_enabled("cpu") else torch.float32
        turn, hidden = (angle.cos().to(dtype), angle.sin().to(dtype)), hidden.to(dtype)
        h = self.drop(self.embed(x))
        for block in self.blocks:
            h = block(h, turn, hidden, maps)
        return self.norm(h)

    def forward(self, x: Tensor) -> Tensor:
        return self.states(x) @ self.embed.weight.T + self.bias  # (B, T, V)

    def long(self, x: Tensor) -> Tensor:
        """As ``forward``, in blocks side by side: what a place can reach through all layers goes before each."""
        reach, t = len(self.blocks) * (self.context - 1), x.shape[1]
        first = max(1, -(-reach // BLOCK))  # blocks that reach back to the beginning are read in one
        if t <= (first + 1) * BLOCK:
            return self(x)
        blocks = F.pad(x, (reach, -t % BLOCK)).unfold(1, BLOCK + reach, BLOCK)[0, first:]  # (blocks, reach + BLOCK)
        rest = self(blocks)[:, reach:].flatten(0, 1)[None]
        return torch.cat([self(x[:, : first * BLOCK]), rest], 1)[:, :t]

    def attention(self, x: Tensor) -> Tensor:
        """Where each place of one text (1, T) looks: (layers, heads, T, T), rows sum to one."""
        maps: list[Tensor] = []
        self.states(x, maps)
        return torch.cat(maps)

    def stream(self, n: int) -> Stream:
        return Stream(self, n)


class Stream:
    """The same network one symbol at a time, in numpy: keys and values of the last ``context`` places are kept.

    What every norm would take away, the mean over the width, is taken out of the weights once, and the root of the width is put
    into them: then a norm divides by a length.
    """

    def __init__(self, model: Transformer, n: int) -> None:
        def array(x: Tensor) -> np.ndarray:
            return x.detach().float().numpy()

        def reads(layer: nn.Linear, norm: nn.LayerNorm) -> tuple[np.ndarray, np.ndarray]:
            w = array(norm.weight)[:, None] * array(layer.weight).T * model.width**0.5
            return np.asfortranarray(w), array(layer(norm.bias))

        def writes(layer: nn.Linear) -> np.ndarray:
            w = array(layer.weight).T
            return np.asfortranarray(w - w.mean(1, keepdims=True))

        self.heads, self.context, self.pace = model.config.heads, model.context, array(model.pace)
        d = model.width // self.heads
        self.blocks = []
        for b in model.blocks:
            qkv, shift = reads(b.qkv, b.norm_a)
            for part in (qkv, shift):
                part[..., : model.width] *= d**-0.5  # the queries' scale
            self.blocks.append((qkv, shift, writes(b.mix), *reads(b.up, b.norm_b), writes(b.down)))
        table = array(model.embed.weight)
        self.table = table - table.mean(1, keepdims=True)
        self.head = np.ascontiguousarray(array(model.norm.weight)[:, None] * table.T * model.width**0.5)
        self.bias = table @ array(model.norm.bias) + array(model.bias)
        self.keys = np.zeros((len(self.blocks), n, self.heads, self.context, d), np.float32)  # a ring of places
        self.values = np.zeros_like(self.keys)
        self.turns = np.exp(1j * np.arange(TURNS)[:, None] * self.pace).astype(np.complex64)  # (places, d / 2)
        self.t = 0

    def step(self, tokens: np.ndarray) -> np.ndarray:
        """Logits (n, V) after one more symbol a text."""
        n, place, filled = len(tokens), self.t % self.context, min(self.t + 1, self.context)
        turn = self.turns[self.t] if self.t < TURNS else np.exp(1j * self.t * self.pace).astype(np.complex64)
        x = self.table[tokens]
        for keys, values, (qkv, shift, mix, up, shift_up, down) in zip(
            self.keys, self.values, self.blocks, strict=True
        ):
            a = (_norm(x) @ qkv + shift).reshape(n, 3, self.heads, -1)
            q, k = (a[:, :2].view(np.complex64) * turn).view(np.float32).transpose(1, 0, 2, 3)  # (n, heads, d) each
            keys[:, :, place], values[:, :, place] = k, a[:, 2]
            scores = np.matvec(keys[:, :, :filled], q)  # (n, heads, filled), in any order: a sum does not mind
            p = np.exp(scores - scores.max(2, keepdims=True))
            y = np.vecmat(p, values[:, :, :filled]) / p.sum(2, keepdims=True)
            x = x + y.reshape(n, -1) @ mix
            x = x + np.maximum(_norm(x) @ up + shift_up, 0) @ down
        self.t += 1
        return _norm(x) @ self.head + self.bias


def _norm(x: np.ndarray) -> np.ndarray:
    """Rows (n, width) of mean 0 at unit variance, short of the root of the width."""
    return x / np.sqrt(np.vecdot(x, x) + EPSILON * x.shape[1])[:, None]


SPEC = ModelSpec(
    key="ar-text-transformer",
    title=N_("Transformer language model"),
    summary=N_("Looks back at every symbol of its window, weighs them, and foretells the next one."),
    family="autoregressive",
    modalities=("text",),
    config=Config,
    build=Transformer,
    paper="Vaswani et al. 2017, Attention Is All You Need, arXiv:1706.03762",
    controls=Controls,
    looks=looks_text.TRANSFORMER,
    formulas=(
        (N_("The factorisation"), r"P(x_1, \dots, x_T) = \prod_{t=1}^{T} P(x_t \mid x_{<t})"),
        (N_("Cross-entropy of the next symbol"), r"L = -\frac{1}{T} \sum_{t=1}^{T} \log P_\theta(x_t \mid x_{<t})"),
        (
            N_("Causal attention (Vaswani et al. 2017, equation 1)"),
            r"a_{ij} = \frac{\exp(q_i^\top k_j / \sqrt{d})}{\sum_{l \le i} \exp(q_i^\top k_l / \sqrt{d})}, \quad"
            r" y_i = \sum_{j \le i} a_{ij} v_j",
        ),
    ),
    presets=(
        Preset(
            key="ar-transformer-austen",
            title=N_("A Transformer reads Jane Austen"),
            note=N_("No memory at all: every letter looks back at the last 64."),
            dataset="austen",
            steps=1200,
            order=13,
        ),
        Preset(
            key="ar-tang",
            title=N_("Tang quatrains"),
            note=N_("Four lines of five or of seven characters, from 9,700 poems."),
            dataset="tang",
            config={"width": 72, "batch_size": 32, "dropout": 0.1},
            steps=1200,
            seconds=60,
            order=14,
            home="can",
            stake=N_(
                "A line of verse typed by a model that knows nothing of the moon, only which character tends to follow."
            ),
        ),
    ),
    threads=2,
    order=20,
)
