"""Language models with a memory: the plain recurrent network, the GRU and the LSTM, symbol by symbol.

One state h_t carries everything that was read: P(x_t | x_<t) = softmax(W h_{t-1}). Elman 1990 (plain); Cho et al. 2014,
https://arxiv.org/abs/1406.1078, equations 5 to 8 (GRU, with the reset inside as cuDNN has it); Hochreiter and Schmidhuber 1997
with the forget gate of Gers et al. 2000 (LSTM). The head shares its table with the embedding (Press and Wolf 2017).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from genai_core import looks_text
from genai_core.contracts import N_, DataInfo, ModelSpec, Preset, knob
from genai_core.models.text_parts import Controls, LanguageModel

STEPS = 1200  # of the models that read the same pages side by side
SMALL = {"width": 128, "batch_size": 32, "lr": 6e-3}
CELLS = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}


@dataclass(frozen=True)
class Config:
    cell: str = knob("lstm", N_("Kind of memory"), choices=tuple(CELLS),
                     help=N_("rnn: one layer overwrites the state. gru and lstm: gates decide what is kept."))  # fmt: skip
    width: int = knob(256, N_("Units of the state"), low=16, high=512, log=True)
    layers: int = knob(1, N_("Layers"), low=1, high=3)
    embedding: int = knob(64, N_("Numbers a symbol"), low=8, high=128, log=True, advanced=True)
    context: int = knob(64, N_("Context"), low=4, high=256, log=True,
                        help=N_("Symbols that a training example spans."))  # fmt: skip
    dropout: float = knob(0.0, N_("Dropout"), low=0.0, high=0.6)
    noise: float = knob(
        0.0, N_("Noise in the history"), low=0.0, high=0.5,
        help=N_("Share of the symbols read in training that are replaced at random, so that mistakes are nothing new."),
    )  # fmt: skip
    watch_temperature: float = knob(
        0.7, N_("Temperature of what is shown"), low=0.0, high=2.0,
        help=N_("The texts shown and measured during training are sampled at this temperature."),
    )  # fmt: skip
    lr: float = knob(4e-3, N_("Learning rate"), low=1e-5, high=3e-2, log=True)
    batch_size: int = knob(64, N_("Batch size"), low=8, high=256, advanced=True)
    precision: str = knob(
        "auto", N_("Arithmetic"), choices=("auto", "float32", "bfloat16"), advanced=True,
        help=N_("Auto takes bfloat16 where the processor multiplies it natively; the run records which it was."),
    )  # fmt: skip


class Recurrent(LanguageModel):
    def __init__(self, config: Config, info: DataInfo) -> None:
        super().__init__(info, config.context, config.precision)
        self.config = config
        self.embed = nn.Embedding(self.symbols, config.embedding)
        nn.init.normal_(self.embed.weight, std=config.embedding**-0.5)
        self.cell = CELLS[config.cell](config.embedding, config.width, config.layers, batch_first=True)
        self.out = nn.Linear(config.width, config.embedding)
        self.bias = nn.Parameter(torch.zeros(self.symbols))
        self.drop = nn.Dropout(config.dropout)

    def states(self, x: Tensor) -> Tensor:
        """(B, T) -> the last layer's state after each symbol, (B, T, width)."""
        return self.cell(self.drop(self.embed(x)))[0]

    def forward(self, x: Tensor) -> Tensor:
        h = self.drop(self.states(x))
        return self.out(h) @ self.embed.weight.T + self.bias  # (B, T, V)

    def stream(self, n: int) -> Stream:
        return Stream(self, n)


class Stream:
    """The same network one symbol at a time, in numpy: many times quicker than a layer of torch called for one symbol."""

    def __init__(self, model: Recurrent, n: int) -> None:
        def array(x: Tensor) -> np.ndarray:
            return x.detach().float().numpy()

        cell, self.kind = model.cell, model.config.cell
        width = model.config.width
        self.weights = []  # a layer: input weights, their bias, recurrent weights, their bias
        for k in range(model.config.layers):
            w, u, b, c = (
                array(getattr(cell, f"{name}_l{k}")) for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
            )
            if self.kind != "gru":
                b, c = b + c, np.float32(0)
            self.weights.append([np.ascontiguousarray(w.T), b, np.ascontiguousarray(u.T), c])
        table = array(model.embed.weight)
        self.first = table @ self.weights[0][0] + self.weights[0][1]  # what each symbol gives the first layer
        self.head = np.ascontiguousarray((table @ array(model.out.weight)).T)  # (width, V)
        self.bias = table @ array(model.out.bias) + array(model.bias)
        self.h = [np.zeros((n, width), np.float32) for _ in self.weights]
        self.c = [np.zeros((n, width), np.float32) for _ in self.weights]

    def step(self, tokens: np.ndarray) -> np.ndarray:
        """Logits (n, V) after one more symbol a text."""
        x = self.first[tokens]
        for k, (w, b, u, c) in enumerate(self.weights):
            if k:
                x = self.h[k - 1] @ w + b
            self.h[k] = self._cell(k, x, self.h[k] @ u + c)
        return self.h[-1] @ self.head + self.bias

    def _cell(self, k: int, x: np.ndarray, r: np.ndarray) -> np.ndarray:
        """The next state of layer k from its input's part x and its state's part r, both (n, gates * width)."""
        w = self.h[k].shape[1]
        if self.kind == "rnn":
            return np.tanh(x + r)
        if self.kind == "gru":  # gates: reset, update; candidate
            gates = _sigmoid(x[:, : 2 * w] + r[:, : 2 * w])
            new = np.tanh(x[:, 2 * w :] + gates[:, :w] * r[:, 2 * w :])
            return new + gates[:, w:] * (self.h[k] - new)
        a = x + r  # input, forget, cell, output
        gates = _sigmoid(a[:, : 2 * w])
        self.c[k] = gates[:, w:] * self.c[k] + gates[:, :w] * np.tanh(a[:, 2 * w : 3 * w])
        return _sigmoid(a[:, 3 * w :]) * np.tanh(self.c[k])


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 0.5 * np.tanh(0.5 * x) + 0.5


SPEC = ModelSpec(
    key="ar-text-recurrent",
    title=N_("Recurrent language model"),
    summary=N_("Reads a text symbol by symbol into a state, and foretells the next one: plain RNN, GRU or LSTM."),
    family="autoregressive",
    modalities=("text",),
    config=Config,
    build=Recurrent,
    paper="Hochreiter and Schmidhuber 1997, Long Short-Term Memory, Neural Computation 9(8)",
    controls=Controls,
    looks=looks_text.RECURRENT,
    formulas=(
        (N_("The factorisation"), r"P(x_1, \dots, x_T) = \prod_{t=1}^{T} P(x_t \mid x_{<t})"),
        (N_("Cross-entropy of the next symbol"), r"L = -\frac{1}{T} \sum_{t=1}^{T} \log P_\theta(x_t \mid x_{<t})"),
        (
            N_("Plain recurrent network (Elman 1990)"),
            r"h_t = \tanh(W e(x_t) + U h_{t-1} + b), \quad P(x_{t+1} \mid x_{\le t}) = \mathrm{softmax}(V h_t)",
        ),
        (
            N_("LSTM (Hochreiter and Schmidhuber 1997; Gers et al. 2000)"),
            r"c_t = f_t \odot c_{t-1} + i_t \odot \tanh(W_c e(x_t) + U_c h_{t-1}), \quad h_t = o_t \odot \tanh(c_t)",
        ),
    ),
    presets=(
        Preset(
            key="ar-lstm-austen",
            title=N_("An LSTM reads Jane Austen"),
            note=N_("Letters, then words, then her sentences: half a minute from noise to English."),
            dataset="austen",
            steps=STEPS,
            order=10,
        ),
        Preset(
            key="ar-gru-austen",
            title=N_("A GRU on the same pages"),
            note=N_("Two gates instead of three, as many parameters, the same text and the same number of steps."),
            dataset="austen",
            config={"cell": "gru", "width": 304},
            steps=STEPS,
            order=12,
        ),
        Preset(
            key="ar-rnn-austen",
            title=N_("A plain RNN on the same pages"),
            note=N_("No gates at all, as many parameters, the same text and the same number of steps."),
            dataset="austen",
            config={"cell": "rnn", "width": 512, "lr": 1.5e-3},
            steps=STEPS,
            order=11,
        ),
        Preset(
            key="ar-lstm-small",
            title=N_("A small LSTM, quickly"),
            note=N_("A third of the parameters: words within ten seconds."),
            dataset="austen",
            config=SMALL,
            steps=1000,
            seconds=15,
            order=20,
        ),
        Preset(
            key="ar-loops",
            title=N_("Stuck in a loop"),
            note=N_("Always the likeliest letter: the text goes round in circles."),
            dataset="austen",
            config={**SMALL, "watch_temperature": 0.0},
            steps=1000,
            seconds=15,
            role="failure",
            detector="repetition-loops",
            cure="ar-lstm-small",
            explain=N_(
                "Nothing is wrong with what was learned: bits a character fall as they should. Real text is never the likeliest "
                "text, so taking the likeliest symbol every time leads to a place that leads back to itself. The cure is to draw: "
                "the same weights at temperature 0.7 do not repeat themselves."
            ),
            order=60,
        ),
        Preset(
            key="ar-exposure",
            title=N_("Mistakes that feed on themselves"),
            note=N_("Drawn too hot: each slip becomes the history of the next one."),
            dataset="austen",
            config={**SMALL, "watch_temperature": 1.4},
            steps=1000,
            seconds=15,
            role="failure",
            detector="exposure-bias",
            cure="ar-lstm-small",
            explain=N_(
                "In training every symbol is foretold from a true history (teacher forcing); in use the history is the model's own. "
                "The measure draws at the same temperature after both, and counts the symbols that fit no text: what the model's own "
                "history adds is exposure bias. At a high temperature slips are frequent, and after a slip the model stands where it "
                "never stood. The cure is a lower temperature; noise in the histories it is trained on is another."
            ),
            order=61,
        ),
    ),
    threads=2,
    order=10,
)
