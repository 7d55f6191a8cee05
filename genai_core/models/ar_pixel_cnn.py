"""A small PixelCNN: masked convolutions see what lies above and to the left, and nothing else. Exact likelihood.

van den Oord et al. 2016, Pixel recurrent neural networks, https://arxiv.org/abs/1601.06759: residual blocks of ReLU and masked
convolution. Two stacks, so that there is no blind spot, and classes: van den Oord et al. 2016, https://arxiv.org/abs/1606.05328,
section 2. Without that paper's gates, which cost a processor more than they bring here. Dilation makes few layers see far.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from genai_core.contracts import N_, Batch, DataInfo, ModelSpec, Preset, knob
from genai_core.looks_pixels import LOOKS
from genai_core.metrics.likelihood import bernoulli, binarise
from genai_core.models.ar_pixel_parts import FORMULAS, ClassControls, Pixels, anneal
from genai_core.models.parts import adam

DILATIONS = (1, 2, 4)
FIRST = 3  # pixels to the left, and rows above, that the first layer sees


@dataclass(frozen=True)
class Config:
    conditional: bool = knob(
        True, N_("Show the labels"), help=N_("The network is told which class it draws, and can then be asked for one.")
    )
    width: int = knob(32, N_("Width"), low=4, high=96, log=True, help=N_("Channels of each stack."))
    layers: int = knob(6, N_("Layers"), low=1, high=12)
    lr: float = knob(3e-3, N_("Learning rate"), low=1e-5, high=2e-2, log=True)
    batch_size: int = knob(16, N_("Batch size"), low=8, high=256, advanced=True)
    precision: str = knob(
        "auto", N_("Arithmetic"), choices=("auto", "float32", "bfloat16"), advanced=True,
        help=N_("Auto takes bfloat16 where the processor multiplies it natively; the run records which it was."),
    )  # fmt: skip


class Layer(nn.Module):
    """``down`` sees the rows above and its own, ``right`` its own pixel and one to its left. What came down reaches the right
    stack by ``link``, from the row above."""

    def __init__(self, width: int, dilation: int, classes: int) -> None:
        super().__init__()
        self.dilation = dilation
        self.down = nn.Conv2d(width, width, (2, 3), dilation=dilation)
        self.link = nn.Conv2d(width, width, 1)
        self.right = nn.Conv2d(width, width, (1, 2), dilation=dilation)
        self.embed = nn.Embedding(classes, width) if classes else None
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


class PixelCnn(Pixels):
    def __init__(self, config: Config, info: DataInfo) -> None:
        super().__init__(info, config.conditional, config.precision)
        self.config = config
        w = config.width
        self.first_down = nn.Conv2d(1, w, (FIRST, 2 * FIRST + 1))
        self.first_link = nn.Conv2d(w, w, 1)
        self.first_right = nn.Conv2d(1, w, (1, FIRST))
        self.place = nn.Parameter(torch.zeros(w, *info.shape))  # where on the page a pixel is
        self.layers = nn.ModuleList(Layer(w, DILATIONS[i % len(DILATIONS)], self.classes) for i in range(config.layers))
        self.hidden, self.out = nn.Conv2d(w, w, 1), nn.Conv2d(w, 1, 1)
        self.to(memory_format=torch.channels_last)

    def optimizers(self) -> dict[str, torch.optim.Optimizer]:
        return {"adam": adam(self, self.config.lr, (0.9, 0.99))}

    def train_step(
        self, batch: Batch, optimizers: dict[str, torch.optim.Optimizer], step: int, total: int, rng: torch.Generator
    ) -> dict[str, Tensor]:
        x = binarise(batch.x, rng)  # anew at every look
        with self.autocast():
            logits = self.logits(x, batch.y if self.classes else None)
        loss = F.binary_cross_entropy_with_logits(logits, x, reduction="sum") / len(x)  # nats an image
        loss.backward()
        nn.utils.clip_grad_norm_(self.parameters(), 200.0)
        anneal(optimizers["adam"], self.config.lr, step, total)
        optimizers["adam"].step()
        optimizers["adam"].zero_grad()
        return {"train_likelihood": -loss.detach()}

    def logits(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        """The logit of each pixel given those before it, (B, H, W), of binary images x (B, H, W) of the classes y (B,)."""
        return self.across(*self.fall(x), y)

    def fall(self, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        """The first features (B, C, H, W) and what each layer's upper rows say; neither asks for the class."""
        pixels = x.unsqueeze(1).to(memory_format=torch.channels_last)
        v = self.first_down(F.pad(pixels, (FIRST, FIRST, FIRST - 1, 0)))  # row r sees rows r - 2 to r
        left = F.pad(pixels, (FIRST, 0, 0, 0))[..., :-1]  # mask A: only what lies to the left
        h, links = self.first_right(left) + self.first_link(above(v)) + self.place, []
        for layer in self.layers:
            v, link = layer.fall(v)
            links.append(link)
        return h, links

    def across(self, h: Tensor, links: list[Tensor], y: Tensor | None) -> Tensor:
        for layer, link in zip(self.layers, links, strict=True):
            h = layer(h, link, y)
        return self.out(torch.relu(self.hidden(torch.relu(h)))).squeeze(1).float()

    @torch.no_grad()
    def every_class(self, x: Tensor) -> Tensor:
        """As in the parts, with the class-free half of the work done once for all classes."""
        if not self.classes:
            return super().every_class(x)
        h, links = self.fall(x)
        logits = torch.stack([self.across(h, links, torch.full((len(x),), y)) for y in range(self.classes)], 1)
        return bernoulli(x[:, None, :, :, None], logits.unsqueeze(-1))

    def draw(
        self, u: Tensor, y: Tensor | None = None, given: Tensor | None = None, rows: int = 0
    ) -> tuple[Tensor, Tensor]:
        """Images (n, H, W) from uniform numbers u (n, H, W), the first ``rows`` rows of ``given`` kept; and the probability
        with which each pixel was drawn.

        The stack that looks down needs whole rows, so it runs once a row. The one that looks right runs once a pixel, on
        that pixel alone, in numpy: its few numbers would spend their time in torch's dispatch.
        """
        (n, tall, wide), w, reach = u.shape, self.config.width, max(DILATIONS)
        first = plain(self.first_right.weight[:, 0, 0].T), plain(self.first_right.bias)
        rights = [plain(layer.right.weight[:, :, 0].permute(2, 1, 0).flatten(0, 1)) for layer in self.layers]  # (2C, C)
        added = [
            plain(layer.right.bias if layer.embed is None else layer.right.bias + layer.embed(y))
            for layer in self.layers
        ]
        hidden, hidden_bias = plain(self.hidden.weight[:, :, 0, 0].T), plain(self.hidden.bias)
        out, out_bias = plain(self.out.weight[0, :, 0, 0]), float(self.out.bias)
        chance, kept = u.numpy(), None if given is None else given.numpy()
        x, p = np.zeros((2, n, tall, wide), np.float32)
        past = [torch.zeros(n, w, tall, wide) for _ in self.layers]  # each layer's own rows, looking down
        for r in range(tall):
            linked = self._fall_row(torch.from_numpy(x), past, r)  # (wide, n, C) each
            seen = np.zeros((len(rights), wide + reach, n, w), np.float32)  # relu(h) of every layer, so far in this row
            line = np.zeros((n, wide + FIRST), np.float32)
            for c in range(wide):
                h = line[:, c : c + FIRST] @ first[0] + first[1] + linked[0][c]
                for i, layer in enumerate(self.layers):
                    seen[i, c + reach] = np.maximum(h, 0)
                    two = np.concatenate([seen[i, c + reach - layer.dilation], seen[i, c + reach]], 1)
                    h = h + two @ rights[i] + added[i] + linked[i + 1][c]
                logit = np.maximum(np.maximum(h, 0) @ hidden + hidden_bias, 0) @ out + out_bias
                p[:, r, c] = 1 / (1 + np.exp(-logit))
                x[:, r, c] = kept[:, r, c] if r < rows else chance[:, r, c] < p[:, r, c]
                line[:, c + FIRST] = x[:, r, c]
        return torch.from_numpy(x), torch.from_numpy(p)

    def _fall_row(self, x: Tensor, past: list[Tensor], r: int) -> list[np.ndarray]:
        """What row r is told from above, by layer. Adds row r - 1 of each layer's input to ``past``."""
        above_it = F.pad(x, (FIRST, FIRST, FIRST, 0))[:, r : r + FIRST].unsqueeze(1)  # rows r - 3 to r - 1
        v = self.first_down(above_it) if r else torch.zeros(len(x), self.config.width, 1, x.shape[2])
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


def plain(t: Tensor) -> np.ndarray:
    return t.detach().float().contiguous().numpy()


SPEC = ModelSpec(
    key="ar-pixel-cnn",
    title=N_("PixelCNN"),
    summary=N_("Masked convolutions: every pixel sees those above and to the left, and all of them learn at once."),
    family="autoregressive",
    modalities=("image",),
    config=Config,
    build=PixelCnn,
    paper="van den Oord et al. 2016, PixelCNN, arXiv:1601.06759 and arXiv:1606.05328",
    controls=ClassControls,
    formulas=(
        *FORMULAS,
        (
            N_("A layer: rows above by v, pixels to the left by h, the class by its vector"),
            r"v \leftarrow v + W_{\downarrow} * \max(0, v), \qquad h \leftarrow h + W_{\rightarrow} * \max(0, h) + U \max(0, v_{r-1}) + e_y",
        ),
        (
            N_("Without being told the class: the sum over classes, still exact"),
            r"p(x) = \sum_y p(y)\, p(x \mid y), \qquad p(y \mid x) = \frac{p(y)\,p(x \mid y)}{p(x)}",
        ),
    ),
    presets=(
        Preset(
            key="ar-digits-pixelcnn",
            title=N_("Digits, PixelCNN"),
            dataset="mnist5k",
            steps=2000,
            seconds=30,
            order=70,
            note=N_("Told the class, drawn pixel by pixel; training sees every pixel at once."),
        ),
    ),
    looks=LOOKS,
    threads=2,
    order=70,
)
