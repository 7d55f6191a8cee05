"""Looks of language models. Torch is imported by the models that bring them; see genai_core.looks for the rules.

Every look takes ``run``; what a visitor types is ``prompt`` or ``text``. Symbols that the model does not know are replaced
where there is a plain form (curly quotes, dashes, accents) and dropped otherwise: every answer says what was read
(``prompt`` or ``text``) and what was not (``unknown``, the distinct symbols dropped, at most 20). V is the length of
``record.info.vocabulary``, in whose order all logits stand. "start" below: without a prompt the model stands after a blank line.
All arrays are numpy; float32 unless said.

write          prompt "" (at most 300), n 200 (1 to 400), seed 0, temperature 0.8, top_k 0, top_p 1.0
               -> {prompt, unknown, text, n}
               tokens int64 (n,); logits (n, K) of each drawn symbol's place BEFORE any temperature; ids int32 (n, K), the
               symbols they belong to, ascending in each row; total (n,) = log-sum-exp of all V logits of the place, so
               that exp(logits - total) are the exact probabilities at temperature 1; u float64 (n,), the numbers that chose.
               K = V where V <= 128, else the 200 likeliest. ``ids[t, sampling.choose(logits[t], u[t], ...)]`` is tokens[t]
               for the settings asked (for V > 128 if top_k is 1 to 200).
next           prompt "" (300) -> {prompt, unknown, entropy} (bits)
               logits (V,), hidden (units,): the state that the logits are made of
surprise       text (1 to 2000 symbols) -> {text, unknown, n, total, mean} (bits; mean a symbol)
               tokens int64 (n,), bits (n,), rank int32 (n,): 1 where the symbol was the likeliest; entropy (n,)
               bits; ngram (n,): its bits to the n-gram judge
attention      text (1 to 128), Transformer -> {text, unknown, n, layers, heads}
               attention float16 (layers, heads, n, n): row = the symbol that asks, column = the symbol it looks at
activations    text (1 to 1000), units = list of indices (at most 16), or count 8 (1 to 16) for those that vary most; RNN,
               GRU, LSTM -> {text, unknown, n, width}
               values float16 (n, k) in [-1, 1], the state after each symbol; units int32 (k,); spread (width,), each
               unit's standard deviation over this text
free_running   passages 24 (4 to 32), length 128 (16 to 160), temperature 0.8, seed 0 -> {passages, length, temperature, stretch,
               gap, low, high, real}: gap = mean over the second half of free - forced, with a bootstrap interval over passages;
               real = the same share for the real text; stretch = symbols that must stand together in the training text
               position int32 (length,); forced, free, each (length,), and *_low, *_high (length,): the share (0 to 1) of
               symbols that fit no text, drawn after the true history (teacher forcing) and after the model's own
lines          n 8 (1 to 16) texts, seed 0, temperature 0.8, top_k 0, top_p 1.0 -> {lines: [{text, kind "train" | "heldout" | "new",
               shared: str, start, length}], counts {train, heldout, new}, share: median of length / len(text), control: the
               same median for real held-out lines}. ``shared`` is the longest stretch that also stands in the training text,
               text[start : start + length].
"""

from __future__ import annotations

import unicodedata
from typing import Any

import numpy as np
import torch

from genai_core import sampling
from genai_core.contracts import N_
from genai_core.datasets.texts import encode
from genai_core.errors import ConfigError
from genai_core.looks import Answer, Learned, bounded
from genai_core.metrics import text as measure
from genai_core.metrics.statistics import bootstrap
from genai_core.runs.spec import check_seed, number, whole
from genai_core.training import stream

PROMPT, TEXT, ATTENDED, ACTIVE = 300, 2000, 128, 1000
STORED = 200  # logits kept a place where the vocabulary is large
PLAIN = {
    **dict.fromkeys("“”„«»", '"'), **dict.fromkeys("‘’`´", "'"), "—": "--", "–": "-", "…": "...",
    "\t": " ", "\r": "", "\u3000": "", "、": "，", ",": "，", ".": "。", "；": "，", "！": "。", "？": "。",
}  # fmt: skip


def write(found: Learned, params: dict[str, Any]) -> Answer:
    read, unknown, tokens = typed(found, params, "prompt", PROMPT, empty=True)
    n = bounded(params, "n", 200, 1, 400)
    seed, settings = check_seed(params.pop("seed", 0)), controls(params)
    nothing_more(params)
    model = found.model
    u = torch.rand(n, 1, generator=stream(seed, "sample"), dtype=torch.float64).numpy()
    writer, logits = model.after(1, [*model.start, *tokens])
    every, drawn = np.empty((n, model.symbols), np.float32), np.empty(n, np.int64)
    for t in range(n):
        every[t] = logits[0]
        drawn[t] = sampling.choose(logits, u[t], **settings)[0]
        if t + 1 < n:
            logits = writer.step(drawn[t : t + 1])
    top = every.max(1)
    total = top + np.log(np.exp(every - top[:, None]).sum(1))
    if model.letters:
        ids = np.broadcast_to(np.arange(model.symbols, dtype=np.int32), every.shape).copy()
    else:
        ids = np.sort(np.argpartition(-every, STORED, 1)[:, :STORED], 1).astype(np.int32)
    arrays = {"tokens": drawn, "logits": np.take_along_axis(every, ids.astype(np.int64), 1), "ids": ids}
    plain = {"prompt": read, "unknown": unknown, "text": model.words(drawn), "n": n}
    return plain, arrays | {"total": total, "u": u[:, 0]}


def following(found: Learned, params: dict[str, Any]) -> Answer:
    read, unknown, tokens = typed(found, params, "prompt", PROMPT, empty=True)
    nothing_more(params)
    model = found.model
    inputs = torch.tensor([[*model.start, *tokens]])
    hidden = model.states(inputs)[0, -1].float().numpy()
    logits = model(inputs)[0, -1].float().numpy()
    p = sampling.probabilities(logits)
    entropy = float(-(p * np.log2(np.maximum(p, 1e-300))).sum())
    return {"prompt": read, "unknown": unknown, "entropy": entropy}, {"logits": logits, "hidden": hidden}


def surprise(found: Learned, params: dict[str, Any]) -> Answer:
    read, unknown, tokens = typed(found, params, "text", TEXT)
    nothing_more(params)
    model = found.model
    start = len(model.start)
    logits = model.long(torch.tensor([[*model.start, *tokens]]))[0, start - 1 : -1].float()  # (n, V)
    log_p = logits.log_softmax(1)
    here = log_p.gather(1, torch.tensor(tokens)[:, None])
    bits = (-here[:, 0] / np.log(2)).numpy()
    arrays = {
        "tokens": np.array(tokens, np.int64),
        "bits": bits,
        "rank": (1 + (log_p > here).sum(1)).numpy().astype(np.int32),
        "entropy": (-(log_p.exp() * log_p).sum(1) / np.log(2)).numpy(),
    }
    judge = measure.kept(_judge(), found.data().train, model.symbols)
    back = judge.order - 1
    before = [*model.start] * back
    arrays["ngram"] = judge.of(np.array([*before[-back:], *tokens])).astype(np.float32)
    plain = {"text": read, "unknown": unknown, "n": len(tokens), "total": float(bits.sum()), "mean": float(bits.mean())}
    return plain, arrays


def attention(found: Learned, params: dict[str, Any]) -> Answer:
    read, unknown, tokens = typed(found, params, "text", ATTENDED)
    nothing_more(params)
    maps = found.model.attention(torch.tensor([tokens])).half().numpy()  # (layers, heads, n, n)
    plain = {"text": read, "unknown": unknown, "n": len(tokens), "layers": len(maps), "heads": maps.shape[1]}
    return plain, {"attention": maps}


def activations(found: Learned, params: dict[str, Any]) -> Answer:
    read, unknown, tokens = typed(found, params, "text", ACTIVE)
    count, asked = bounded(params, "count", 8, 1, 16), params.pop("units", None)
    nothing_more(params)
    model = found.model
    start = len(model.start)
    values = model.states(torch.tensor([[*model.start, *tokens]]))[0, start:].float().numpy()  # (n, width)
    spread = values.std(0)
    if asked is None:
        units = np.argsort(-spread, kind="stable")[:count]
    else:
        if not isinstance(asked, (list, tuple)) or not 1 <= len(asked) <= 16:
            raise ConfigError(N_("{name} must lie between {low} and {high}."), name="units", low=1, high=16)
        units = np.array([whole("units", unit) for unit in asked])
        if units.min() < 0 or units.max() >= values.shape[1]:
            high = values.shape[1] - 1
            raise ConfigError(N_("{name} must lie between {low} and {high}."), name="units", low=0, high=high)
    arrays = {"values": values[:, units].astype(np.float16), "units": units.astype(np.int32), "spread": spread}
    return {"text": read, "unknown": unknown, "n": len(tokens), "width": values.shape[1]}, arrays


def free_running(found: Learned, params: dict[str, Any]) -> Answer:
    passages, length = bounded(params, "passages", 24, 4, 32), bounded(params, "length", 128, 16, 160)
    seed, temperature = check_seed(params.pop("seed", 0)), controls(params)["temperature"]
    nothing_more(params)
    data = found.data()
    forced, free, _ = found.model.free_running(data, stream(seed, "sample"), temperature, passages, length)
    rng = np.random.default_rng(seed)
    arrays: dict[str, np.ndarray] = {"position": np.arange(1, length + 1, dtype=np.int32)}
    pick = rng.integers(0, passages, (400, passages))
    for name, bits in (("forced", forced), ("free", free)):
        smooth = _smooth(bits)
        low, high = np.quantile(smooth[pick].mean(1), (0.025, 0.975), axis=0)
        arrays |= {name: smooth.mean(0), f"{name}_low": low, f"{name}_high": high}
    gaps = (free - forced)[:, length // 2 :].mean(1)
    low, high = bootstrap(gaps, rng)
    judge = measure.kept(_judge(), data.train, found.model.symbols)
    real = float(judge.unseen(measure.stretches(data.heldout[:20_000], judge.order)).mean())
    plain = {
        "passages": passages, "length": length, "temperature": temperature, "stretch": judge.order,
        "gap": float(gaps.mean()), "low": low, "high": high, "real": real,
    }  # fmt: skip
    return plain, {name: a if a.dtype == np.int32 else a.astype(np.float32) for name, a in arrays.items()}


def lines(found: Learned, params: dict[str, Any]) -> Answer:
    n, seed, settings = bounded(params, "n", 8, 1, 16), check_seed(params.pop("seed", 0)), controls(params)
    nothing_more(params)
    model, data = found.model, found.data()
    text = model.show(model.sample(n, stream(seed, "sample"), length=260 if model.letters else 48, **settings))
    heldout = model.words(data.heldout)
    least = 12 if model.letters else 4
    index = measure.kept(measure.Index, data.train, model.symbols)

    def seen(line: str) -> tuple[int, int]:
        return index.longest(encode(line, model.info.vocabulary))[:2]

    found_lines = []
    for line in measure.lines(text, least)[:40]:
        start, length = seen(line)
        kind = "train" if length == len(line) else "heldout" if line in heldout else "new"
        shared = line[start : start + length]
        found_lines.append({"text": line, "kind": kind, "shared": shared, "start": start, "length": length})
    control = [seen(line)[1] / len(line) for line in measure.lines(heldout[:6000], least)[:40]]
    counts = {kind: sum(line["kind"] == kind for line in found_lines) for kind in ("train", "heldout", "new")}
    shares = [line["length"] / len(line["text"]) for line in found_lines] or [0.0]
    plain = {"lines": found_lines, "counts": counts, "share": float(np.median(shares))}
    return plain | {"control": float(np.median(control or [0.0]))}, {}


# --- parts -----------------------------------------------------------------------------------------------------------


def typed(
    found: Learned, params: dict[str, Any], name: str, most: int, empty: bool = False
) -> tuple[str, list[str], list[int]]:
    """What was typed: as it is read, the symbols dropped, and the token ids."""
    text = params.pop(name, "")
    if not isinstance(text, str):
        raise ConfigError(N_("{name} takes a text."), name=name)
    if len(text) > most:
        raise ConfigError(N_("The text has {n} symbols; at most {most} are read."), n=len(text), most=most)
    known = set(found.model.info.vocabulary)
    read, dropped = [], {}
    for symbol in text:
        for form in (symbol, PLAIN.get(symbol), *unicodedata.normalize("NFKD", symbol)[:1]):
            if form is not None and set(form) <= known:
                read.append(form)
                break
        else:
            dropped[symbol] = None
    kept = "".join(read)[:most]
    if not kept and not empty:
        raise ConfigError(N_("Type a text of symbols that the model has seen."))
    return kept, list(dropped)[:20], encode(kept, found.model.info.vocabulary).tolist()


def controls(params: dict[str, Any]) -> dict[str, Any]:
    """Temperature, top-k and top-p taken out of ``params``, within the bounds of the models' controls."""
    temperature, top_p = (
        number("temperature", params.pop("temperature", 0.8)),
        number("top_p", params.pop("top_p", 1.0)),
    )
    top_k = bounded(params, "top_k", 0, 0, 200)
    for name, value, low, high in (("temperature", temperature, 0, 2), ("top_p", top_p, 0.05, 1)):
        if not low <= value <= high:
            raise ConfigError(N_("{name} must lie between {low} and {high}."), name=name, low=low, high=high)
    return {"temperature": temperature, "top_k": top_k, "top_p": top_p}


def nothing_more(params: dict[str, Any]) -> None:
    if params:
        raise ConfigError(N_("There is no setting called {name} here."), name=str(min(params, key=str))[:40])


def _smooth(bits: np.ndarray, width: int = 9) -> np.ndarray:
    """A running mean along the second axis, shorter at the ends."""
    kernel = np.ones(width)
    weight = np.convolve(np.ones(bits.shape[1]), kernel, "same")
    return np.stack([np.convolve(row, kernel, "same") for row in bits]) / weight


def _judge() -> Any:
    from genai_core.models.text_parts import judge_of

    return judge_of


COMMON = {"write": write, "next": following, "surprise": surprise, "free_running": free_running, "lines": lines}
RECURRENT = COMMON | {"activations": activations}
TRANSFORMER = COMMON | {"attention": attention}
