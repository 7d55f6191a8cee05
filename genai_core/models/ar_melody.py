"""Chorales as sequences: an LSTM or a Transformer that foretells the next symbol of four voices, soprano first.

The networks are those of the language models (Hochreiter and Schmidhuber 1997; Vaswani et al. 2017). What is new is the grammar: at
each place only one voice's symbols can stand, so they alone are weighed, and the beats are given: neither learned nor counted.
To harmonise is to draw the lower voices given the soprano, p(A, T, B | S): by a particle filter (Gordon et al. 1993), since what is
drawn now must also suit the soprano that comes later. Bach's chorales with LSTMs: Liang et al. 2017, BachBot; Hadjeres et al. 2017,
DeepBach, arXiv:1612.01010.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from genai_core import sampling
from genai_core.contracts import N_, Batch, Data, DataInfo, Metric, ModelSpec, Preset, knob
from genai_core.datasets import chorales
from genai_core.datasets.chorales import BEAT, FIRST, RANGES, SIZES, START, VOICES
from genai_core.metrics.melody import Counts, a_note, chords
from genai_core.metrics.statistics import bootstrap
from genai_core.models.ar_text_recurrent import Recurrent
from genai_core.models.ar_text_transformer import Transformer
from genai_core.models.text_parts import WARM_UP, LanguageModel

PARTICLES = 16
OWNER = torch.from_numpy(
    chorales.voice_of(np.arange(len(chorales.VOCABULARY)))
)  # (V,): whose symbol, -1 for beats and beginnings
WATCHED = 12  # held-out pieces of a measure during training


@dataclass(frozen=True)
class Config:
    network: str = knob("lstm", N_("Network"), choices=("lstm", "transformer"),
                        help=N_("lstm: one state carries all that was heard. transformer: every symbol looks back."))  # fmt: skip
    width: int = knob(96, N_("Width"), low=16, high=256, log=True, help=N_("Numbers that each place carries along."))
    layers: int = knob(1, N_("Layers"), low=1, high=4)
    heads: int = knob(4, N_("Heads"), choices=(1, 2, 4, 8), help=N_("Patterns of looking back in each layer."))
    embedding: int = knob(32, N_("Numbers a symbol"), low=8, high=128, log=True, advanced=True)
    context: int = knob(144, N_("Context"), low=9, high=288, log=True,
                        help=N_("Symbols that a training example spans: nine a beat."))  # fmt: skip
    transpose: int = knob(0, N_("Transposed in training, semitones"), low=0, high=6,
                          help=N_("Every example is moved up or down by up to so many semitones, anew each time."))  # fmt: skip
    dropout: float = knob(0.0, N_("Dropout"), low=0.0, high=0.6)
    watch_temperature: float = knob(
        0.8, N_("Temperature of what is shown"), low=0.0, high=2.0,
        help=N_("The texts shown and measured during training are sampled at this temperature."),
    )  # fmt: skip
    lr: float = knob(1.2e-2, N_("Learning rate"), low=1e-5, high=3e-2, log=True)
    batch_size: int = knob(16, N_("Batch size"), low=4, high=128, advanced=True)
    precision: str = knob(
        "auto", N_("Arithmetic"), choices=("auto", "float32", "bfloat16"), advanced=True,
        help=N_("Auto takes bfloat16 where the processor multiplies it natively; the run records which it was."),
    )  # fmt: skip
    noise = 0.0  # of the language models
    cell = "lstm"


@dataclass(frozen=True)
class Controls:
    """How to sample chorales."""

    temperature: float = knob(
        0.8, N_("Temperature"), low=0.0, high=2.0,
        help=N_("Divides the logits: lower is safer, higher is wilder; at 0 the likeliest symbol is always taken."),
    )  # fmt: skip
    beats: int = knob(32, N_("Beats"), low=4, high=96)


class Chorales(LanguageModel):
    """What both networks share: the grammar, transposition in training, and measures in bits a note."""

    def train_step(
        self, batch: Batch, optimizers: dict[str, torch.optim.Optimizer], step: int, total: int, rng: torch.Generator
    ) -> dict[str, Tensor]:
        """Cross-entropy of every next symbol of a voice among that voice's, given the true ones before it; beats are given."""
        x, most = batch.x, self.config.transpose
        if most:
            x = transposed(x, torch.randint(-most, most + 1, (len(x),), generator=rng))
        for group in optimizers["model"].param_groups:
            group["lr"] = self.config.lr * min(1.0, step / WARM_UP) * max(0.02, 1 - step / total)
        with self.autocast():
            logits = self(x[:, :-1])
        loss = nats(logits.float(), x[:, 1:]).sum() / (OWNER[x[:, 1:]] >= 0).sum().clamp(min=1)
        loss.backward()
        nn.utils.clip_grad_norm_(self.parameters(), 1.0)
        optimizers["model"].step()
        optimizers["model"].zero_grad()
        loss = loss.detach()
        return {"loss": loss, "bits": loss / math.log(2)}

    # -- sampling

    @torch.no_grad()
    def sample(
        self, n: int, rng: torch.Generator, temperature: float = 0.8, beats: int = 32, plan: np.ndarray | None = None
    ) -> Tensor:
        """int64 (n, 1 + 9 beats): pieces in 4/4 with an upbeat, as most have, from "^" on. ``plan`` (T,): symbols given, -1 where one is drawn."""
        plan = chorales.plan(beats, 4, 1) if plan is None else plan
        u = torch.rand(len(plan), n, generator=rng, dtype=torch.float64).numpy()
        return torch.from_numpy(self.follow(plan, u, temperature)[0])

    def follow(
        self, plan: np.ndarray, u: np.ndarray, temperature: float, particles: np.random.Generator | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Tokens (n, T) that keep to a plan (T,), and the bits of each given its past, (n, T), at temperature 1.

        With ``particles`` the n pieces are a particle filter of one: on each beat those that foretold the given symbols badly
        give way to copies of those that did well (systematic resampling once half of the weight is lost).
        """
        n = u.shape[1]
        tokens, bits, weight = np.empty((n, len(plan)), np.int64), np.zeros((n, len(plan))), np.zeros(n)
        tokens[:, 0] = plan[0]
        stream = self.stream(n)
        for t in range(1, len(plan)):
            logits = stream.step(tokens[:, t - 1]).astype(np.float64)
            place = (t - 1) % BEAT - 1  # -1 for the beat, else twice S, A, T, B
            if place < 0:
                tokens[:, t] = plan[t]
                if particles is not None and t > 1:
                    weight = self._resample(stream, tokens[:, :t], bits[:, :t], weight, particles)
                continue
            voice = place % 4
            own = logits[:, FIRST[voice] : FIRST[voice] + SIZES[voice]]
            own = own - own.max(1, keepdims=True)
            log_p = own - np.log(np.exp(own).sum(1, keepdims=True))
            drawn = (
                sampling.choose(own.astype(np.float32), u[t], temperature) if plan[t] < 0 else plan[t] - FIRST[voice]
            )
            tokens[:, t] = FIRST[voice] + drawn
            bits[:, t] = -log_p[np.arange(n), drawn] / math.log(2)
            if plan[t] >= 0:
                weight -= bits[:, t] * math.log(2)
        return tokens, bits

    @staticmethod
    def _resample(
        stream: Any, tokens: np.ndarray, bits: np.ndarray, weight: np.ndarray, rng: np.random.Generator
    ) -> np.ndarray:
        p = np.exp(weight - weight.max())
        p /= p.sum()
        if 1 / (p * p).sum() > len(p) / 2:
            return weight
        at = np.minimum(np.searchsorted(np.cumsum(p), (rng.random() + np.arange(len(p))) / len(p)), len(p) - 1)
        tokens[:], bits[:] = tokens[at], bits[at]
        if isinstance(stream.__dict__.get("h"), list):
            stream.h, stream.c = [h[at] for h in stream.h], [c[at] for c in stream.c]
        else:
            stream.keys, stream.values = stream.keys[:, at], stream.values[:, at]
        return np.zeros(len(p))

    def harmonise(self, soprano: Sequence[tuple[int, int]], seed: int, temperature: float = 0.8, metre: int = 4, pickup: int = 0,
                  particles: int = PARTICLES) -> np.ndarray:  # fmt: skip
        """Tokens (T,) of a piece under a soprano in eighths, whole beats long and in range, which stays as it is."""
        given = np.array(chorales.symbols(tuple(soprano), 0))
        plan = chorales.plan(len(given) // 2, metre, pickup)
        plan[1:].reshape(-1, BEAT)[:, (1, 5)] = given.reshape(-1, 2)
        rng = np.random.default_rng(seed)
        tokens, _ = self.follow(plan, rng.random((len(plan), particles)), temperature, rng)
        return tokens[0]  # after the last beat all weigh alike, or nearly so

    # -- measures

    @torch.no_grad()
    def symbol_bits(self, tokens: np.ndarray) -> np.ndarray:
        """Bits (N,) of every symbol of a stream of pieces among its voice's, given all before it; what is given takes none."""
        training, _ = self.training, self.eval()
        x = torch.from_numpy(np.ascontiguousarray(tokens)).long()[None]
        with self.autocast():
            logits = self.long(x[:, :-1])[0].float()
        self.train(training)
        return np.concatenate([[0.0], nats(logits, x[0, 1:]).numpy() / math.log(2)])

    def note_bits(self, tokens: np.ndarray) -> np.ndarray:
        """Bits a note (pieces,) of a stream of pieces."""
        cuts = np.flatnonzero(tokens == START)[1:]
        bits = self.symbol_bits(tokens)
        return np.array([a_note(b, x) for b, x in zip(np.split(bits, cuts), np.split(tokens, cuts), strict=True)])

    def measures(self, data: Data, rng: torch.Generator) -> dict[str, float]:
        """``note_bits`` on held-out pieces; ``chords``: the share of beats on which pieces of its own sound a chord."""
        some = np.concatenate(chorales.pieces_of(data.heldout)[:WATCHED] or [data.heldout])
        own = self.sample(8, rng, temperature=self.config.watch_temperature, beats=16).numpy()
        return {
            "note_bits": a_note(self.symbol_bits(some), some),
            "chords": float(np.mean([chords(chorales.decode(piece)) for piece in own])),
        }

    def references(self, data: Data) -> dict[str, float]:
        """What counting two symbols back foretells, and how often Bach's own beats sound a chord."""
        real = [chords(chorales.decode(piece)) for piece in chorales.pieces_of(data.heldout)]
        return {
            "note_bits": a_note(Counts(data.train, 2).bits(data.heldout), data.heldout),
            "chords": float(np.mean(real)) if real else 0.0,
        }

    def final(self, data: Data, rng: torch.Generator) -> dict[str, Metric]:
        """Bits a note over all held-out pieces, with the interval of a bootstrap over pieces."""
        pieces = self.note_bits(data.heldout)
        low, high = bootstrap(pieces, np.random.default_rng(0))
        floor = self.references(data)
        now = self.measures(data, rng)
        return {
            "note_bits": Metric(float(pieces.mean()), low, high, floor["note_bits"], "bits", "low"),
            "chords": Metric(now["chords"], floor=floor["chords"], better="high"),
            "parameters": Metric(float(sum(p.numel() for p in self.parameters()))),
        }

    def frame(self, data: Data, rng: torch.Generator) -> np.ndarray:
        """One piece of eight bars at the watched temperature, from the same numbers at every step."""
        return chorales.show(self.sample(1, rng, temperature=self.config.watch_temperature, beats=32).numpy())


class ChoraleLSTM(Chorales, Recurrent):
    pass


class ChoraleTransformer(Chorales, Transformer):
    pass


def nats(logits: Tensor, target: Tensor) -> Tensor:
    """Minus log-probabilities (...) of target symbols among those of the same voice, from logits (..., V); 0 where none sings."""
    voice = OWNER[target]
    own = logits.masked_fill(OWNER != voice[..., None], -torch.inf)
    flat = F.cross_entropy(own.flatten(0, -2), target.flatten(), reduction="none")
    return flat.view_as(target).masked_fill(voice < 0, 0.0)


def transposed(x: Tensor, by: Tensor) -> Tensor:
    """Windows (B, T) moved by semitones (B,); a window that would leave a voice's range stays."""
    shift = by[:, None].expand_as(x)
    moved, out = x.clone(), torch.zeros_like(x, dtype=torch.bool)
    for first, size in zip(FIRST, SIZES, strict=True):
        pitch = (x >= first + 2) & (x < first + size)
        to = x + shift
        out |= pitch & ((to < first + 2) | (to >= first + size))
        moved = torch.where(pitch, to, moved)
    return torch.where(out.any(1, keepdim=True), x, moved)


def build(config: Config, info: DataInfo) -> Chorales:
    if info.vocabulary != chorales.VOCABULARY:
        raise ValueError(f"not the symbols of {VOICES} within {RANGES}")
    return (ChoraleLSTM if config.network == "lstm" else ChoraleTransformer)(config, info)


TRANSFORMER = {"network": "transformer", "width": 48, "layers": 2, "lr": 8e-3, "context": 108}
SPEC = ModelSpec(
    key="ar-melody",
    title=N_("Chorales in four voices"),
    summary=N_("Hears a chorale symbol by symbol, soprano first, and foretells the next one."),
    family="music",
    modalities=("melody",),
    config=Config,
    build=build,
    paper="Hadjeres et al. 2017, DeepBach: a Steerable Model for Bach Chorales Generation, arXiv:1612.01010",
    controls=Controls,
    formulas=(
        (N_("The factorisation"), r"P(x_1, \dots, x_T) = \prod_{t=1}^{T} P(x_t \mid x_{<t})"),
        (
            N_("To harmonise: the lower voices given the soprano"),
            r"p(A, T, B \mid S) \propto \prod_t p(S_t \mid x_{<t})\, p(A_t, T_t, B_t \mid S_t, x_{<t})",
        ),
    ),
    presets=(
        Preset(
            key="chorale-lstm",
            title=N_("An LSTM writes chorales"),
            note=N_("Three hundred chorales, symbol by symbol."),
            dataset="chorales",
            config={"dropout": 0.1},
            steps=1500,
            order=10,
        ),
        Preset(
            key="chorale-transformer",
            title=N_("A Transformer writes chorales"),
            note=N_("The same chorales; every symbol looks back at twelve beats."),
            dataset="chorales",
            config=TRANSFORMER,
            steps=900,
            order=11,
        ),
        Preset(
            key="chorale-copyist",
            title=N_("An LSTM that read twelve chorales"),
            note=N_("Twelve chorales, again and again, until it knows them by heart."),
            dataset="chorales-few",
            steps=1000,
            order=12,
        ),
    ),
    threads=2,
    order=70,
)
