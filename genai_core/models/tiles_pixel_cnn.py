"""A small PixelCNN over tiles: what comes next on the map, given all above and to the left. Exact likelihood.

van den Oord et al. 2016, https://arxiv.org/abs/1601.06759 (masked convolutions, residual blocks) and
https://arxiv.org/abs/1606.05328, section 2 (two stacks, so that there is no blind spot; classes), with a softmax over the tiles of
a vocabulary instead of grey levels. The pixel models of this project do the same on binary pixels.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from genai_core.contracts import N_, Batch, Data, DataInfo, Metric, ModelSpec, Preset, knob
from genai_core.errors import ConfigError
from genai_core.metrics import levels
from genai_core.metrics.statistics import wilson
from genai_core.models.ar_pixel_parts import anneal, spread
from genai_core.models.parts import adam, evaluating

DILATIONS = (1, 2, 4)
FIRST = 3  # tiles to the left, and rows above, that the first layer sees
SPEED = 10.0  # of the memory's weights beside the others: a step of Adam is as long as its learning rate, and they have far to go
CHUNK = 250  # levels through the network at a time
MEASURED = 60  # held-out levels, and samples, of the measures during training
SAMPLED = 300  # samples of the report's


@dataclass(frozen=True)
class Config:
    conditional: bool = knob(
        True, N_("Show the labels"), help=N_("The network is told which class it draws, and can then be asked for one.")
    )
    memory: bool = knob(
        True, N_("Remember what was placed"),
        help=N_("The network is told which tiles the map holds so far. Without, it must count starts and keys by itself."),
    )  # fmt: skip
    width: int = knob(32, N_("Width"), low=4, high=96, log=True, help=N_("Channels of each stack."))
    layers: int = knob(6, N_("Layers"), low=1, high=12)
    lr: float = knob(4e-3, N_("Learning rate"), low=1e-5, high=2e-2, log=True)
    batch_size: int = knob(16, N_("Batch size"), low=8, high=256, advanced=True)


@dataclass(frozen=True)
class Controls:
    """How to draw a level."""

    label: str = knob("any", N_("Class"), choices=("any", "0", "1", "2"), help=N_("The class to draw; any goes through all of them."))  # fmt: skip
    temperature: float = knob(
        1.0, N_("Temperature"), low=0.2, high=2.0,
        help=N_("Below 1 the likely tile is taken more often than it was learned, above 1 the unlikely one."),
    )  # fmt: skip


class Layer(nn.Module):
    """``down`` sees the rows above and its own, ``right`` its own tile and one to its left. What came down reaches the right
    stack by ``link``, from the row above."""

    def __init__(self, width: int, dilation: int, classes: int) -> None:
        super().__init__()
        self.dilation = dilation
        self.down = nn.Conv2d(width, width, (2, 3), dilation=dilation)
        self.link = nn.Conv2d(width, width, 1)
        self.right = nn.Conv2d(width, width, (1, 2), dilation=dilation)
        self.embed = nn.Embedding(max(1, classes), width) if classes else None
        if self.embed is not None:
            nn.init.normal_(self.embed.weight, std=0.1)

    def fall(self, v: Tensor) -> tuple[Tensor, Tensor]:
        """The stack that looks down, and what it hands to the right one, both (B, C, H, W)."""
        d = self.dilation
        v = v + self.down(F.pad(torch.relu(v), (d, d, d, 0)))  # row r sees rows r - d and r
        return v, self.link(above(torch.relu(v)))

    def forward(self, h: Tensor, link: Tensor, y: Tensor | None) -> Tensor:
        h = h + self.right(F.pad(torch.relu(h), (self.dilation, 0, 0, 0))) + link
        return h if self.embed is None else h + self.embed(y)[:, :, None, None]


def above(a: Tensor) -> Tensor:
    """Each row of (B, C, H, W) sees the one over it, the first one zeros."""
    return F.pad(a, (0, 0, 1, 0))[:, :, :-1]


def before(tiles: Tensor) -> Tensor:
    """Whether each tile of the vocabulary occurs before a place in raster order, (B, tiles, H, W), 0 or 1."""
    flat = tiles.flatten(2)
    return (flat.cumsum(2) - flat).clamp(max=1).view(tiles.shape)


class TilesCnn(nn.Module):
    metered = False  # no distances: tiles are signs, not numbers
    report_samples = 0

    def __init__(self, config: Config, info: DataInfo) -> None:
        super().__init__()
        if config.conditional and not info.classes:
            raise ConfigError(N_("This data set has no classes: switch the class condition off."))
        self.config, self.info, self.tiles = config, info, len(info.vocabulary)
        self.classes = len(info.classes) if config.conditional else 0
        w = config.width
        self.first_down = nn.Conv2d(self.tiles, w, (FIRST, 2 * FIRST + 1))
        self.first_link = nn.Conv2d(w, w, 1)
        self.first_right = nn.Conv2d(self.tiles, w, (1, FIRST))
        self.place = nn.Parameter(torch.zeros(w, *info.shape))  # where on the map a tile is
        # What the map holds so far speaks for or against each tile, by row: a start late, or a second one.
        self.memory = nn.Parameter(torch.zeros(info.shape[0], self.tiles, self.tiles)) if config.memory else None
        self.layers = nn.ModuleList(Layer(w, DILATIONS[i % len(DILATIONS)], self.classes) for i in range(config.layers))
        self.hidden, self.out = nn.Conv2d(w, w, 1), nn.Conv2d(w, self.tiles, 1)
        self.to(memory_format=torch.channels_last)

    def optimizers(self) -> dict[str, torch.optim.Optimizer]:
        return {"adam": adam(self, self.config.lr, (0.9, 0.99))}

    def train_step(
        self, batch: Batch, optimizers: dict[str, torch.optim.Optimizer], step: int, total: int, rng: torch.Generator
    ) -> dict[str, Tensor]:
        x = batch.x.long()
        loss = F.cross_entropy(self.logits(x, batch.y if self.classes else None), x, reduction="sum") / len(x)
        loss.backward()
        nn.utils.clip_grad_norm_(self.parameters(), 200.0)
        anneal(optimizers["adam"], self.config.lr, step, total)
        optimizers["adam"].step()
        optimizers["adam"].zero_grad()
        return {"train_likelihood": -loss.detach()}  # nats a level

    def logits(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        """Of each tile given those before it, (B, tiles, H, W), of levels x (B, H, W), whole numbers, of the classes y (B,)."""
        tiles = self._one_hot(x)
        v = self.first_down(F.pad(tiles, (FIRST, FIRST, FIRST - 1, 0)))  # row r sees rows r - 2 to r
        left = F.pad(tiles, (FIRST, 0, 0, 0))[..., :-1]  # mask A: only what lies to the left
        h = self.first_right(left) + self.first_link(above(v)) + self.place
        for layer in self.layers:
            v, link = layer.fall(v)
            h = layer(h, link, y)
        logits = self.out(torch.relu(self.hidden(torch.relu(h))))
        if self.memory is None:
            return logits
        return logits + SPEED * torch.einsum("bkrc,rkj->bjrc", before(tiles), self.memory)

    def _one_hot(self, x: Tensor) -> Tensor:
        tiles = F.one_hot(x, self.tiles).permute(0, 3, 1, 2)
        return tiles.to(self.place.dtype, memory_format=torch.channels_last)

    # -- likelihoods

    @torch.no_grad()
    def conditionals(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        """log p(x_i | x_<i) of every tile, (B, H, W), of levels x (B, H, W); their sum is log p(x), or log p(x | y)."""
        with evaluating(self):
            parts = []
            for start in range(0, len(x), CHUNK):
                one = x[start : start + CHUNK].long()
                label = None if y is None else y[start : start + CHUNK]
                parts.append(-F.cross_entropy(self.logits(one, label), one, reduction="none"))
        return torch.cat(parts)

    def log_likelihood(self, x: Tensor, rng: torch.Generator | None = None) -> tuple[Tensor, str]:
        """log p(x) (B,) in nats, exactly; the classes, all as likely, are summed over."""
        if not self.classes:
            return self.conditionals(x).sum((1, 2)), "exact"
        each = [self.conditionals(x, torch.full((len(x),), k)).sum((1, 2)) for k in range(self.classes)]
        return torch.stack(each).logsumexp(0) - math.log(self.classes), "exact"

    # -- samples

    @torch.no_grad()
    def sample(self, n: int, rng: torch.Generator, label: str = "any", temperature: float = 1.0) -> Tensor:
        """``n`` levels (n, H, W), whole numbers as int64."""
        u = torch.rand(n, *self.info.shape, generator=rng)
        with evaluating(self):
            return self.draw(u, self.labels(n, label), temperature)

    def labels(self, n: int, label: str = "any") -> Tensor | None:
        """The class of each of ``n`` levels: the one asked for, or one after the other; None without classes."""
        if not self.classes:
            if label != "any":
                raise ConfigError(N_("This model was trained without classes: leave the class at any."))
            return None
        if label == "any":
            return torch.arange(n) % self.classes
        if not label.isdecimal() or int(label) >= self.classes:
            message = N_("There is no class {label}: the model knows {count}.")
            raise ConfigError(message, label=label[:40], count=self.classes)
        return torch.full((n,), int(label))

    @torch.no_grad()
    def draw(
        self,
        u: Tensor,
        y: Tensor | None = None,
        temperature: float = 1.0,
        given: Tensor | None = None,
        rows: int = 0,
    ) -> Tensor:
        """Levels (n, H, W) from uniform numbers u (n, H, W), the first ``rows`` rows of ``given`` (n, H, W) kept.

        The stack that looks down needs whole rows, so it runs once a row. The one that looks right runs once a tile, on that
        tile alone, in numpy: its few numbers would spend their time in torch's dispatch.
        """
        (n, tall, wide), w, reach = u.shape, self.config.width, max(DILATIONS)
        first = plain(self.first_right.weight[:, :, 0].permute(2, 1, 0).flatten(0, 1)), plain(self.first_right.bias)
        rights = [plain(layer.right.weight[:, :, 0].permute(2, 1, 0).flatten(0, 1)) for layer in self.layers]  # (2C, C)
        added = [
            plain(layer.right.bias if layer.embed is None else layer.right.bias + layer.embed(y))
            for layer in self.layers
        ]
        hidden, hidden_bias = plain(self.hidden.weight[:, :, 0, 0].T), plain(self.hidden.bias)
        out, out_bias = plain(self.out.weight[:, :, 0, 0].T), plain(self.out.bias)
        chance, kept = u.double().numpy(), None if given is None else given.numpy()
        x, seen_tiles = np.zeros((n, tall, wide), np.int64), torch.zeros(n, self.tiles, tall, wide)
        past = [torch.zeros(n, w, tall, wide) for _ in self.layers]  # each layer's own rows, looking down
        code, placed = np.eye(self.tiles, dtype=np.float32), np.zeros((n, self.tiles), np.float32)
        memory = None if self.memory is None else SPEED * plain(self.memory)
        for r in range(tall):
            linked = self._fall_row(seen_tiles, past, r)  # (wide, n, C) each
            seen = np.zeros((len(rights), wide + reach, n, w), np.float32)  # relu(h) of every layer, so far in this row
            line = np.zeros((n, wide + FIRST, self.tiles), np.float32)
            for c in range(wide):
                if r < rows:
                    x[:, r, c] = kept[:, r, c]
                else:
                    h = line[:, c : c + FIRST].reshape(n, -1) @ first[0] + first[1] + linked[0][c]
                    for i, layer in enumerate(self.layers):
                        seen[i, c + reach] = np.maximum(h, 0)
                        two = np.concatenate([seen[i, c + reach - layer.dilation], seen[i, c + reach]], 1)
                        h = h + two @ rights[i] + added[i] + linked[i + 1][c]
                    logits = np.maximum(np.maximum(h, 0) @ hidden + hidden_bias, 0) @ out + out_bias
                    if memory is not None:
                        logits = logits + placed @ memory[r]
                    x[:, r, c] = pick(logits.astype(np.float64) / temperature, chance[:, r, c])
                line[:, c + FIRST] = code[x[:, r, c]]
                placed = np.maximum(placed, line[:, c + FIRST])
            seen_tiles[:, :, r] = torch.from_numpy(line[:, FIRST:]).permute(0, 2, 1)
        return torch.from_numpy(x)

    def _fall_row(self, tiles: Tensor, past: list[Tensor], r: int) -> list[np.ndarray]:
        """What row r is told from above, by layer. Adds row r - 1 of each layer's input to ``past``."""
        above_it = F.pad(tiles, (FIRST, FIRST, FIRST, 0))[:, :, r : r + FIRST]  # rows r - 3 to r - 1
        v = self.first_down(above_it) if r else torch.zeros(len(tiles), self.config.width, 1, tiles.shape[3])
        told = [self.first_link(v)[:, :, 0] + self.place[:, r]]
        for layer, rows in zip(self.layers, past, strict=True):
            if r:
                d = layer.dilation
                own = rows[:, :, r - 1] = torch.relu(v[:, :, 0])
                upper = rows[:, :, r - 1 - d] if r > d else torch.zeros_like(own)
                both = F.pad(torch.stack([upper, own], 2), (d, d))
                v = v + F.conv2d(both, layer.down.weight, layer.down.bias, dilation=(1, d))
            told.append(layer.link(torch.relu(v))[:, :, 0])
        return [plain(t.permute(2, 0, 1)) for t in told]

    # -- what the loop asks

    def measures(self, data: Data, rng: torch.Generator) -> dict[str, float]:
        """Held-out log-likelihood in nats a level, and the share of a few samples that can be finished."""
        x = torch.from_numpy(data.heldout[spread(len(data.heldout), MEASURED).numpy()])
        drawn = self.sample(MEASURED, rng).numpy()
        return {
            "log_likelihood": float(self.log_likelihood(x)[0].mean()),
            "playable": float(np.mean([levels.judge(level).playable for level in drawn])),
        }

    def references(self, data: Data) -> dict[str, float]:
        """Tiles that know nothing of each other: each as likely as it is in that place of the training levels."""
        x = data.heldout[spread(len(data.heldout), MEASURED).numpy()]
        shares = np.stack([(data.train == tile).mean(0) for tile in range(self.tiles)], -1).clip(1e-4)
        rows, columns = np.indices(self.info.shape)
        return {"log_likelihood": float(np.log(shares)[rows, columns, x].sum((1, 2)).mean())}

    def final(self, data: Data, rng: torch.Generator) -> dict[str, Metric]:
        """Exact log-likelihood of the held-out levels with a 95 % interval over them, and how many samples can be finished."""
        value = self.log_likelihood(torch.from_numpy(data.heldout))[0]
        mean, error = float(value.mean()), float(value.std()) / math.sqrt(len(value))
        drawn = self.sample(SAMPLED, rng).numpy()
        fine = sum(levels.judge(level).playable for level in drawn)
        low, high = wilson(fine, SAMPLED)
        return {
            "log_likelihood": Metric(mean, mean - 1.96 * error, mean + 1.96 * error, unit=N_("nats"), better="high"),
            "playable": Metric(fine / SAMPLED, low, high, better="high"),
        }


def pick(logits: np.ndarray, chance: np.ndarray) -> np.ndarray:
    """An entry of each row of logits (n, K) by the softmax, from uniform numbers (n,)."""
    p = np.exp(logits - logits.max(1, keepdims=True)).cumsum(1)
    return (chance[:, None] * p[:, -1:] >= p).sum(1).clip(max=logits.shape[1] - 1)


def plain(t: Tensor) -> np.ndarray:
    return t.detach().float().contiguous().numpy()


SPEC = ModelSpec(
    key="tiles-pixel-cnn",
    title=N_("PixelCNN over tiles"),
    summary=N_("Masked convolutions over the tiles of a map: each is drawn given those above it and to its left."),
    family="tiles",
    modalities=("tiles",),
    config=Config,
    build=TilesCnn,
    paper="van den Oord et al. 2016, PixelCNN, arXiv:1601.06759 and arXiv:1606.05328",
    controls=Controls,
    formulas=(
        (
            N_("One tile after another: the chain rule, exact"),
            r"\log p(x) = \sum_{i=1}^{H W} \log p(x_i \mid x_1, \dots, x_{i-1})",
        ),
        (
            N_("Cross-entropy over the tiles of the vocabulary; temperature T when drawing"),
            r"L = -\sum_i \log \frac{e^{z_i(x_i)}}{\sum_k e^{z_i(k)}}, \qquad p_T(k) \propto e^{z_i(k) / T}",
        ),
    ),
    presets=(
        Preset(
            key="levels-pixelcnn",
            title=N_("Levels, PixelCNN"),
            dataset="levels",
            steps=3000,
            seconds=30,
            order=80,
            note=N_(
                "Told the style, drawn tile by tile; nothing in its training says that a level must have a way out."
            ),
        ),
    ),
    order=75,
)
