"""What every language model here shares: its loss, how it is sampled, measured and shown. Not a plug-in.

A language model is a factorisation: P(x_1 ... x_T) = prod_t P(x_t | x_<t). The networks that compute the factors stand in the
models' own files; they offer ``forward`` for whole texts and ``stream`` for one symbol after the other.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from genai_core import sampling
from genai_core.contracts import N_, Batch, Data, DataInfo, Metric, knob
from genai_core.datasets.texts import prose, verse
from genai_core.metrics import text as measure
from genai_core.metrics.statistics import bootstrap
from genai_core.models.parts import resolve

LETTERS = 128  # a vocabulary up to this size is an alphabet, a larger one a character set
WINDOWS = 128  # held-out windows of a measure during training
WATCHED = 16  # texts that a measure samples
WATCHED_LENGTH = 128
PROMPT = 32
WARM_UP = 50  # steps until the learning rate is reached


@dataclass(frozen=True)
class Controls:
    """How to sample a language model."""

    temperature: float = knob(
        0.8, N_("Temperature"), low=0.0, high=2.0,
        help=N_("Divides the logits: lower is safer, higher is wilder; at 0 the likeliest symbol is always taken."),
    )  # fmt: skip
    top_k: int = knob(0, N_("Top-k"), low=0, high=200, help=N_("Only so many of the likeliest symbols; 0 allows all."))
    top_p: float = knob(
        1.0, N_("Top-p"), low=0.05, high=1.0,
        help=N_("Only the likeliest symbols that together hold this share of the probability."),
    )  # fmt: skip
    length: int = knob(240, N_("Length"), low=1, high=1000, help=N_("Symbols to write."))


class LanguageModel(nn.Module):
    """A model of texts over ``info.vocabulary``. A subclass sets ``config`` and its layers, and writes

    forward(x: int64 (B, T)) -> logits float32 (B, T, V): those of the symbol after each place, from it and all before
    stream(n) -> an object whose ``step(tokens (n,)) -> logits float32 (n, V)`` takes one symbol a text after the other

    Both give the same logits: a test holds them together. The config has ``lr``, ``noise`` and ``watch_temperature``.
    """

    metered = False
    report_samples = 0
    config: Any

    def __init__(self, info: DataInfo, context: int, precision: str = "float32") -> None:
        super().__init__()
        self.info, self.context, self.symbols = info, context, len(info.vocabulary)
        self.compute_dtype = resolve(precision)
        self.letters = self.symbols <= LETTERS
        self.gram = 8 if self.letters else 4  # repeats are counted in stretches of so many symbols

    def stream(self, n: int) -> Any:
        raise NotImplementedError

    def long(self, x: Tensor) -> Tensor:
        """``forward`` of one text (1, T) of any length."""
        return self(x)

    # -- training

    def autocast(self) -> torch.autocast:
        return torch.autocast("cpu", torch.bfloat16, enabled=self.compute_dtype == "bfloat16")

    def optimizers(self) -> dict[str, torch.optim.Optimizer]:
        return {"model": torch.optim.AdamW(self.parameters(), lr=self.config.lr, betas=(0.9, 0.99), fused=True)}

    def train_step(
        self, batch: Batch, optimizers: dict[str, torch.optim.Optimizer], step: int, total: int, rng: torch.Generator
    ) -> dict[str, Tensor]:
        """Cross-entropy of every next symbol given the true ones before it (teacher forcing)."""
        history, target = batch.x[:, :-1], batch.x[:, 1:]  # (B, T)
        if self.config.noise:
            other = torch.randint(self.symbols, history.shape, generator=rng)
            history = torch.where(torch.rand(history.shape, generator=rng) < self.config.noise, other, history)
        for group in optimizers["model"].param_groups:
            group["lr"] = self.config.lr * min(1.0, step / WARM_UP) * max(0.02, 1 - step / total)
        with self.autocast():
            logits = self(history)
        loss = F.cross_entropy(logits.flatten(0, 1).float(), target.flatten())
        loss.backward()
        nn.utils.clip_grad_norm_(self.parameters(), 1.0)
        optimizers["model"].step()
        optimizers["model"].zero_grad()
        loss = loss.detach()
        return {"loss": loss, "bits": loss / math.log(2)}

    # -- sampling

    @property
    def start(self) -> tuple[int, ...]:
        """What a text without a prompt begins after: a blank line."""
        known = {symbol: i for i, symbol in enumerate(self.info.vocabulary)}
        return (known["\n"],) * 2 if "\n" in known else (0,)

    @torch.no_grad()
    def sample(
        self, n: int, rng: torch.Generator, temperature: float = 0.8, top_k: int = 0, top_p: float = 1.0,
        length: int = 240, prompt: Any = None,
    ) -> Tensor:  # fmt: skip
        """int64 (n, length): texts after ``prompt``, token ids (P,) for all or (n, P) for each. One uniform number a symbol."""
        u = torch.rand(length, n, generator=rng, dtype=torch.float64).numpy()
        stream, logits = self.after(n, self.start if prompt is None else prompt)
        out = np.empty((n, length), np.int64)
        for t in range(length):
            out[:, t] = sampling.choose(logits, u[t], temperature, top_k, top_p)
            if t + 1 < length:
                logits = stream.step(out[:, t])
        return torch.from_numpy(out)

    def after(self, n: int, prompt: Any) -> tuple[Any, np.ndarray]:
        """A stream that has read the prompt, and the logits (n, V) of what comes next."""
        prompt = np.broadcast_to(np.asarray(prompt, np.int64), (n, np.shape(prompt)[-1]))
        stream = self.stream(n)
        for tokens in prompt.T:
            logits = stream.step(tokens)
        return stream, logits

    # -- measures

    @torch.no_grad()
    def bits_of(self, windows: np.ndarray) -> np.ndarray:
        """Bits (N, T) of windows (N, T + 1): those of each symbol given the ones before it in its window."""
        found = []
        training, _ = self.training, self.eval()
        for part in torch.from_numpy(np.ascontiguousarray(windows)).long().split(64 if self.letters else 16):
            logits = self(part[:, :-1]).float()
            found.append(F.cross_entropy(logits.transpose(1, 2), part[:, 1:], reduction="none") / math.log(2))
        self.train(training)
        return torch.cat(found).numpy()

    def heldout_bits(self, tokens: np.ndarray, windows: int) -> np.ndarray:
        """Mean bits (N,) of the second half of evenly spread windows: every symbol is read after at least half a context."""
        most = max(1, (len(tokens) - 1) // self.context)
        starts = np.linspace(0, len(tokens) - self.context - 1, min(windows, most)).astype(int)
        return self.bits_of(tokens[starts[:, None] + np.arange(self.context + 1)])[:, self.context // 2 :].mean(1)

    def measures(self, data: Data, rng: torch.Generator) -> dict[str, float]:
        """``heldout_bits``; of texts written at ``watch_temperature``: ``repetition`` and ``exposure``."""
        forced, free, texts = self.free_running(data, rng, self.config.watch_temperature)
        return {
            "heldout_bits": float(self.heldout_bits(data.heldout, WINDOWS).mean()),
            "repetition": measure.repetition(texts, self.gram),
            "exposure": float((free - forced)[:, free.shape[1] // 2 :].mean()),
        }

    def free_running(
        self,
        data: Data,
        rng: torch.Generator,
        temperature: float,
        passages: int = WATCHED,
        length: int = WATCHED_LENGTH,
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Draws after true and after own histories: for each whether it fits no text, 0 or 1 (passages, length), twice,
        and the texts (passages, length) written.

        ``forced``: at each place of a held-out passage one symbol is drawn after the true text before it. ``free``: the
        model goes on from its own symbols, as it does in use. A symbol fits no text if it ends a stretch (as long as the
        judge's) that never occurs in the training text. Temperature and judge are the same and only the history differs,
        so the gap is what the model's own mistakes do to it: exposure bias (Bengio et al. 2015, arXiv:1506.03099).
        """
        judge = measure.kept(judge_of, data.train, self.symbols)
        starts = np.linspace(0, len(data.heldout) - PROMPT - length - 1, passages).astype(int)
        real = data.heldout[starts[:, None] + np.arange(PROMPT + length)]  # (N, P + L)
        u = torch.rand(2, length, passages, generator=rng, dtype=torch.float64).numpy()
        stream, logits = self.after(2 * passages, np.concatenate([real[:, :PROMPT]] * 2))  # free above, forced below
        texts, drawn = np.empty((passages, length), np.int64), np.empty((passages, length), np.int64)
        for t in range(length):
            chosen = sampling.choose(logits, u[:, t].ravel(), temperature)
            texts[:, t], drawn[:, t] = chosen[:passages], chosen[passages:]
            logits = stream.step(np.concatenate([texts[:, t], real[:, PROMPT + t]]))
        back = judge.order - 1
        own = measure.stretches(np.concatenate([real[:, PROMPT - back : PROMPT], texts], 1), judge.order)
        before = measure.stretches(real[:, PROMPT - back : -1], back)  # (N, L, back)
        true = np.concatenate([before, drawn[..., None]], 2)
        forced, free = (judge.unseen(g.reshape(-1, back + 1)).reshape(texts.shape) for g in (true, own))
        return forced.astype(np.float32), free.astype(np.float32), texts

    def references(self, data: Data) -> dict[str, float]:
        """What counting alone reaches on the held-out text, and how often real text repeats itself."""
        judge = measure.kept(judge_of, data.train, self.symbols)
        real = data.heldout[: len(data.heldout) // WATCHED_LENGTH * WATCHED_LENGTH].reshape(-1, WATCHED_LENGTH)
        spread = real[:: max(1, len(real) // 300)]
        return {
            "heldout_bits": float(judge.of(spread).mean()),
            "unigram_bits": measure.unigram_bits(data.train, data.heldout, self.symbols),
            "repetition": measure.repetition(real[:200], self.gram),
        }

    def final(self, data: Data, rng: torch.Generator) -> dict[str, Metric]:
        """Over the whole held-out text: bits with the interval of a bootstrap over windows, perplexity, where lines come from."""
        windows = self.heldout_bits(data.heldout, 10**6)
        low, high = bootstrap(windows, np.random.default_rng(0))
        bits, judge = float(windows.mean()), measure.kept(judge_of, data.train, self.symbols)
        floor = float(judge.of(data.heldout).mean())
        seen = self.origins(data, rng)
        count = {kind: Metric(sum(k == kind for k in seen) / max(1, len(seen))) for kind in ("train", "heldout", "new")}
        return {
            "heldout_bits": Metric(bits, low, high, floor, "bits", "low"),
            "perplexity": Metric(2**bits, 2**low, 2**high, 2**floor, "", "low"),
            "parameters": Metric(float(sum(p.numel() for p in self.parameters()))),
            "symbols_a_second": Metric(self.writing_speed(), unit=N_("symbols a second"), better="high"),
        } | {f"lines_{kind}": metric for kind, metric in count.items()}

    def writing_speed(self, repeats: int = 7, length: int = 200) -> float:
        """Symbols a second that one stream writes, by processor time: the median of some repeats."""
        found = []
        for seed in range(repeats + 1):  # the first one to get warm
            rng, start = torch.Generator().manual_seed(seed), time.process_time()
            self.sample(1, rng, length=length)
            found.append(length / max(time.process_time() - start, 1e-6))
        return float(np.median(found[1:]))

    def origins(self, data: Data, rng: torch.Generator) -> list[str]:
        """Where each of some hundred lines written freely stands: in "train", in "heldout", or nowhere ("new")."""
        text = self.show(self.sample(32, rng, length=400 if self.letters else 80))
        train, heldout = (self.words(tokens) for tokens in (data.train, data.heldout))
        least = 20 if self.letters else 4
        return [
            "train" if line in train else "heldout" if line in heldout else "new" for line in measure.lines(text, least)
        ]

    def words(self, tokens: Any) -> str:
        return "".join(self.info.vocabulary[i] for i in np.asarray(tokens).tolist())

    # -- what a person sees

    def show(self, samples: Any) -> str:
        return (prose if self.letters else verse)(samples, self.info.vocabulary)

    def frame(self, data: Data, rng: torch.Generator) -> str:
        """Three texts at the watched temperature, from the same numbers at every step."""
        length = 260 if self.letters else 48
        n = 3 if self.letters else 6
        return self.show(self.sample(n, rng, temperature=self.config.watch_temperature, length=length))


def judge_of(tokens: np.ndarray, symbols: int) -> measure.NGram:
    """The baseline and judge of a text: five symbols long for an alphabet, two for a character set, the best there."""
    return measure.NGram(tokens, symbols, 5 if symbols <= LETTERS else 2)
