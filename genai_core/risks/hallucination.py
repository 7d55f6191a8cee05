"""What a language model makes up: statements that are well formed, sound like the others, and are false.

A world of invented people, each born in one town and living in another. How often a text speaks of a person follows a Pareto
law, so that many facts are read once and many never. A model of such a text must leave room for facts it has not read, and
cannot know them from falsehoods: if it is calibrated, it states false ones about as often as the share of facts that it read
once, the Good-Turing estimate of what it never read (Kalai and Vempala 2024, arXiv:2311.14648; the terms of their bound that
vanish with large worlds and long texts are left out here).

The control is the same network, trained and sampled in the same way on a text of the same length, from a world of so few
people that each is read about 25 times: nothing is read once, and the bound allows no false statements. It could fail: a
network that mixes up what it has learned is false there as well. A table that recalls what it read could not.

Sizes, steps, claim and margin were fixed after a pilot on the seeds 101 and 102; the shipped result has seeds of its own.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from genai_core import learning, replication
from genai_core.contracts import N_, Data, DataInfo, Event, Outcome, knob
from genai_core.training import stream

WORDS = 40  # given names, surnames, towns: 40 of each, 2.56 million possible statements
FIELDS = 4  # given name, surname, town of birth, home; then a stop
FIRST = (1, 1 + WORDS, 1 + 2 * WORDS, 1 + 2 * WORDS)  # the first token of each field; 0 is the stop
OFTEN = 80  # people of the control's world
SAID = 2000  # statements drawn from a model at each temperature
TEMPERATURES = (0.3, 0.5, 0.7, 1.0, 1.3)
BINS = 10
MODEL = {
    "cell": "lstm",
    "width": 128,
    "embedding": 32,
    "context": 40,
    "batch_size": 32,
    "lr": 1e-2,
    "precision": "float32",
}


@dataclass(frozen=True)
class Config:
    exponent: float = knob(1.5, N_("Exponent of the Pareto law"), low=0.8, high=4.0,
                           help=N_("Low: a few people fill the text. High: all are spoken of about equally often."))  # fmt: skip
    people: int = knob(1500, N_("People in the world"), low=200, high=1600, log=True)
    statements: int = knob(2000, N_("Statements in the training text"), low=500, high=6000, log=True)
    steps: int = knob(800, N_("Training steps"), low=50, high=2000, log=True)
    cool: float = knob(0.5, N_("Temperature of the mitigation"), low=0.1, high=1.0)
    seeds: int = knob(1, N_("Trained models"), low=1, high=16)


def names(rng: np.random.Generator) -> tuple[str, ...]:
    """The vocabulary: a stop, then given names, surnames and towns, all of them different."""
    found: dict[str, None] = {}
    for syllables, endings in (
        (2, ("", "l", "n")),
        (2, ("sen", "rek", "lin", "nov")),
        (1, ("lford", "rburg", "nstad", "ston")),
    ):
        wanted = len(found) + WORDS
        while len(found) < wanted:
            parts = rng.choice(list("bdfgklmnprstvz"), syllables), rng.choice(list("aeiou"), syllables)
            root = "".join(c + v for c, v in zip(*parts, strict=True))
            found[(root + rng.choice(endings)).capitalize()] = None
    return ("\n", *found)


def world(rng: np.random.Generator, people: int) -> np.ndarray:
    """The facts, tokens (people, 4): every person (given name, surname) once, with two towns that nothing foretells."""
    who = rng.choice(WORDS * WORDS, people, replace=False)
    fields = who // WORDS, who % WORDS, rng.integers(0, WORDS, people), rng.integers(0, WORDS, people)
    return np.stack(fields, 1) + np.array(FIRST)


def text(facts: np.ndarray, order: np.ndarray, vocabulary: tuple[str, ...]) -> Data:
    """Statements one after the other, a stop after each."""
    tokens = np.pad(facts[order], ((0, 0), (0, 1))).ravel().astype(np.int32)
    return Data(DataInfo("text", (), vocabulary=vocabulary), tokens, tokens)


def code(statements: np.ndarray) -> np.ndarray:
    """A number (n,) for each statement (n, 4), its own."""
    return statements.astype(np.int64) @ (1 + 3 * WORDS) ** np.arange(FIELDS)


def verdicts(said: np.ndarray, facts: np.ndarray, times: np.ndarray) -> np.ndarray:
    """What each text said (n, 5) is, (n,): "read" in training, "true" but never read, "false", or "garbled".

    ``times``: how often each fact (people, 4) was read. Garbled is what does not hold a word of its kind in each field and
    a stop after them: no statement at all, and not counted as a false one.
    """
    body = said[:, :FIELDS]
    low = np.array(FIRST)
    formed = ((body >= low) & (body < low + WORDS)).all(1) & (said[:, FIELDS] == 0)
    known, read = code(facts), code(facts[times > 0])
    told = code(body)
    kinds = np.where(np.isin(told, read), "read", np.where(np.isin(told, known), "true", "false"))
    return np.where(formed, kinds, "garbled")


def shares(kinds: np.ndarray) -> dict[str, float]:
    return {kind: float((kinds == kind).mean()) for kind in ("read", "true", "false", "garbled")}


def once(times: np.ndarray) -> float:
    """The share of statements whose fact stands in the text once: the Good-Turing estimate of the mass never read."""
    return float((times == 1).sum() / times.sum())


@torch.no_grad()
def log_prob(model: Any, texts: np.ndarray) -> np.ndarray:
    """log g (n,) of texts as long as a statement and its stop (n, 5), after a stop."""
    x = torch.from_numpy(np.pad(texts, ((0, 0), (1, 0))).astype(np.int64))  # (n, 6)
    return -F.cross_entropy(model(x[:, :-1]).transpose(1, 2), x[:, 1:], reduction="none").sum(1).numpy()


def miscalibration(own: np.ndarray, real: np.ndarray, bins: int = BINS) -> float:
    """How far the model's probabilities are off, 0 to 1: what it says and what is true, each sorted by log g (n,), (m,).

    Bins of equal mass under the model; half the sum of the differences between its mass in each and the world's. After
    Kalai and Vempala 2024, section 4, where the world's mass in such a bin is compared with the model's.
    """
    edges = np.quantile(own, np.arange(1, bins) / bins)
    mine, world_ = (np.bincount(np.searchsorted(edges, x), minlength=bins) / len(x) for x in (own, real))
    return float(np.abs(mine - world_).sum() / 2)


def say(model: Any, seed: int, temperature: float) -> np.ndarray:
    """SAID texts of a statement's length, (SAID, 5)."""
    rng = stream(seed, f"say {temperature}")
    return model.sample(SAID, rng, temperature=temperature, length=FIELDS + 1, prompt=[0]).numpy()


def replicate(config: Config, seed: int) -> Iterator[Event | Outcome]:
    rng = np.random.default_rng(seed)
    vocabulary, facts = names(np.random.default_rng([seed, 1])), world(rng, config.people)
    weights = 1 + rng.pareto(config.exponent, config.people)
    chances = weights / weights.sum()
    order = rng.choice(config.people, config.statements, p=chances)
    times = np.bincount(order, minlength=config.people)
    model = yield from _train(config, seed, text(facts, order, vocabulary), 0)

    few = world(rng, OFTEN)
    repeated = rng.integers(0, OFTEN, config.statements)
    other = yield from _train(config, seed, text(few, repeated, vocabulary), 1)

    said = {t: say(model, seed, t) for t in sorted({*TEMPERATURES, config.cool})}
    kinds = {t: verdicts(x, facts, times) for t, x in said.items()}
    fresh = np.pad(facts[rng.choice(config.people, SAID, p=chances)], ((0, 0), (0, 1)))
    control = shares(verdicts(say(other, seed, 1.0), few, np.bincount(repeated, minlength=OFTEN)))
    yield Outcome(
        {
            "effect": shares(kinds[1.0])["false"],
            "control": control["false"],
            "mitigated": shares(kinds[config.cool])["false"],
            "price": _told(said[1.0], kinds[1.0], times),
            "price_mitigated": _told(said[config.cool], kinds[config.cool], times),
            "once": once(times),
            "never": float(chances[times == 0].sum()),
            "miscalibration": miscalibration(log_prob(model, said[1.0]), log_prob(model, fresh)),
            "true": shares(kinds[1.0])["true"],
            "garbled": shares(kinds[1.0])["garbled"],
        },
        tuple((t, shares(kind)["false"]) for t, kind in kinds.items()),
        {
            "said": _shown(said[1.0], kinds[1.0], facts, times, vocabulary),
            "shares": shares(kinds[1.0]),
            "once": once(times),
        },
    )


def _train(config: Config, seed: int, data: Data, part: int) -> Generator[Event, None, Any]:
    fitting = learning.fit("ar-text-recurrent", data, MODEL, config.steps, seed + part)
    return (yield from learning.watched(fitting, part * config.steps, 2 * config.steps, "bits"))


def _told(said: np.ndarray, kinds: np.ndarray, times: np.ndarray) -> float:
    """The share of the facts read that the texts said still hold."""
    return len(np.unique(code(said[kinds == "read", :FIELDS]))) / int((times > 0).sum())


def _shown(
    said: np.ndarray, kinds: np.ndarray, facts: np.ndarray, times: np.ndarray, vocabulary: tuple[str, ...]
) -> list[dict[str, Any]]:
    """The first ten statements, as words, with their verdicts and how often the text spoke of that person."""
    people = {(int(given), int(surname)): int(n) for (given, surname, *_), n in zip(facts, times, strict=True)}
    rows = []
    for tokens, kind in zip(said[:, :FIELDS].tolist(), kinds.tolist(), strict=True):
        if kind != "garbled" and len(rows) < 10:
            given, surname, birth, home = (vocabulary[token] for token in tokens)
            n = people.get((tokens[0], tokens[1]), 0)
            rows.append({"person": f"{given} {surname}", "birth": birth, "home": home, "kind": kind, "read": n})
    return rows


SPEC = replication.risk(
    replicate,
    key="hallucination",
    title=N_("Said with conviction, and false"),
    summary=N_("A model reads nothing but true statements about an invented world. How many of its own are false?"),
    topic="misinformation",
    config=Config,
    order=80,
    claim=N_(
        "A language model that has read nothing but the truth states falsehoods, because many facts are read only once."
    ),
    finding=N_(
        "At temperature 1 a share of {effect} of all statements is false; where every fact was read many times, {control}."
    ),
    method=N_(
        "1,500 invented people are born in one invented town and live in another; how often the text speaks of each follows a "
        "Pareto law. An LSTM reads 2,000 true statements, then makes 2,000 of its own, and each is looked up in the world. "
        "The control is the same network on as long a text about 80 people, each read about 25 times. Beside them stands the share "
        "of statements whose fact was read once, which Kalai and Vempala (2024) show to be, less miscalibration, a lower bound."
    ),
    measure=N_("Share of statements that are false"),
    effect_label=N_("Many facts read once"),
    control_label=N_("Every fact read many times"),
    mitigation=N_("Draw at temperature 0.5"),
    price=N_("Share of the facts read that are still stated"),
    dial=N_("Temperature"),
    guess=N_(
        "The model has read 2,000 statements, all of them true. It now makes 2,000 of its own at temperature 1. "
        "What share of them is false?"
    ),
    stakes=N_(
        "A false statement looks just like a true one: same form, same fluency. In June 2023 a New York court fined lawyers who "
        "had cited judgments that a chatbot had made up (Mata v. Avianca). "
        "Cleaner data do not help here, for these data are perfectly clean; sources and looking things up do."
    ),
    shows=N_(
        "That falsehoods need no false data and no flawed network: facts that stand alone are enough, and the same network is "
        "reliable where every fact is repeated. Coolness helps, and silences what was rarely read."
    ),
    hides=N_(
        "This model cannot say that it does not know, and cannot look anything up; deployed systems are taught both. "
        "It states arbitrary facts that follow from nothing; the bound says nothing of facts that can be inferred."
    ),
    null=0.0,
    claimed=0.2,
    margin=0.05,
    span=(0.0, 1.0),
    price_better="high",
    seconds=10,
    mapping={
        "nist": ("confabulation", "integrity"),
        "mit": ("3.1", "5.1", "7.3"),
        "eu": ("15",),
        "cn": ("4",),
        "owasp": ("misinformation",),
    },
)
