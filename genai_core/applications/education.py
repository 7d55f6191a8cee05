"""Handwritten digits for a practice sheet, and whether they can be read.

A conditional GAN learns to write from the 4,000 training digits of mnist5k. Three readers look at what it writes:

first    the classifier ``digits-judge``; it decides which digits are kept, and is asked nothing else
second   the classifier ``digits``, another network; it has never trained, guided or filtered a generator, and its misreadings are
         the figure that is shown
third    a network trained anew in each replicate on the 1,000 held-out digits of mnist5k alone

First and second learned from the same 55,000 images, none of which is in mnist5k, so what one finds easy the other may find easy
for the same reason; and the second's kind was once chosen with samples of an early GAN in view (docs/architecture.md). The third
shares no image with either of them or with the generator; it is the check on that, and misreads more of the real ones, as it has
seen 1,000 digits.

The 5,000 real digits, which neither of the first two has seen, are halved anew in each replicate. The effect is how many of 100
generated digits the second reader misreads, less how many of 100 of one half of the real ones; the control is the same difference
between the other half and that one. The mitigation keeps what the first reader takes for the digit that was asked for, and is
90 % sure of; its price is how many of 100 are thrown away.

Claim (4) and margin (1) were fixed after pilots on the seeds 301 and 302, which are not among those of the result: at 1,600 steps
the second reader misread 5.6 and 5.8 of 100, .4 and .3 of those kept, and 12.5 and 12.0 were thrown away; at 800 steps (301 alone)
12.1. 1,600 steps were kept, as what a replicate can take. The tidy hand (latents cut at one standard deviation) was added
between the two and is told beside the result; it is in neither effect nor control.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from genai_core import learning, registry, replication
from genai_core.applications.education_looks import FILTER, HANDS, JUDGE, LOOKS, SURE
from genai_core.contracts import N_, Data, Event, Outcome, knob
from genai_core.datasets.images import kept
from genai_core.metrics.features import Network, classifier
from genai_core.training import stream

DRAWN = 6000  # digits that a replicate writes, as many of each class
DEMANDS = (0.0, 0.5, 0.9, 0.99, 0.999)  # how sure the first reader must be; 0: it is not asked
SHEET = 45  # digits of a sheet of twelve problems, about
PAIRS = 400  # pairs of digits of a class whose distance is taken
EPOCHS, BATCH, REACH = 20, 50, 2  # of the third reader; pixels by which its training images are moved about
THIRD = {"channels": (12, 24), "kernel": 3, "features": 32, "classes": 10, "hidden": "relu"}
COLUMNS = 12  # of the pictures that are kept


@dataclass(frozen=True)
class Config:
    steps: int = knob(1600, N_("Training steps"), low=20, high=8000, log=True)
    seeds: int = knob(1, N_("Trained models"), low=1, high=16)


def read(key: str, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What a classifier takes images (N, 28, 28) in [0, 1] for, (N,), and how sure it is, (N,)."""
    sure, taken = classifier(key).probabilities(images).max(1)
    return taken.numpy(), sure.numpy()


def keeps(asked: np.ndarray, taken: np.ndarray, sure: np.ndarray, demand: float) -> np.ndarray:
    """Which digits are kept: taken for what was asked for, and surely enough. Without a demand, all."""
    return (taken == asked) & (sure >= demand) if demand else np.ones(len(asked), bool)


def replicate(config: Config, seed: int) -> Iterator[Event | Outcome]:
    data = registry.datasets()["mnist5k"].load()
    total = config.steps + 2
    fitting = learning.fit("gan-dcgan", data, {}, config.steps, seed, every=80)
    model = yield from learning.watched(fitting, 0, total, "loss_d", "loss_g")
    asked = np.arange(DRAWN) % 10
    written = model.sample(DRAWN, stream(seed, "digits")).numpy()
    yield Event(config.steps + 1, total, {"misread": float((read(JUDGE, written)[0] != asked).mean())})
    reader = third(data, seed)
    yield Event(total, total)
    tidy = model.sample(DRAWN, stream(seed, "tidy"), HANDS["tidy"]).numpy()
    yield measure(written, tidy, asked, data, reader, np.random.default_rng(seed))


# --- the third reader ------------------------------------------------------------------------------------------------


def third(data: Data, seed: int) -> Network:
    """A small network that has learned from the held-out digits alone."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = Network(**THIRD)  # type: ignore[arg-type]
    rng = stream(seed, "third reader")
    x, y = torch.from_numpy(data.heldout).float() / 255, torch.from_numpy(data.heldout_labels)
    steps = len(x) // BATCH
    optimizer = torch.optim.Adam(network.parameters(), lr=2e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, total_steps=EPOCHS * steps)
    network.train()
    for _ in range(EPOCHS):
        for index in torch.randperm(len(x), generator=rng)[: steps * BATCH].view(steps, BATCH):
            loss = F.cross_entropy(network(moved(x[index], rng))[1], y[index])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return network.eval()


def moved(x: Tensor, rng: torch.Generator) -> Tensor:
    """Images (B, 28, 28), each moved by up to REACH pixels in both directions."""
    padded = F.pad(x, (REACH,) * 4)
    rows, columns = torch.randint(0, 2 * REACH + 1, (2, len(x), 1), generator=rng)
    rows, columns = rows + torch.arange(28), columns + torch.arange(28)
    return padded[torch.arange(len(x))[:, None, None], rows[:, :, None], columns[:, None, :]]


@torch.inference_mode()
def taken_by(network: Network, images: np.ndarray) -> np.ndarray:
    """What the third reader takes images (N, 28, 28) in [0, 1] for."""
    parts = torch.from_numpy(np.ascontiguousarray(images, np.float32)).split(200)
    return torch.cat([network(part)[1].argmax(1) for part in parts]).numpy()


# --- what is measured ------------------------------------------------------------------------------------------------


def sheets(wrong: np.ndarray, rng: np.random.Generator) -> float:
    """The share of sheets of SHEET digits, drawn from all of them, on which one at least is misread."""
    n = len(wrong) // SHEET
    return float(rng.permutation(wrong)[: n * SHEET].reshape(n, SHEET).any(1).mean()) if n else float(wrong.any())


def variety(images: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> float:
    """The mean distance between two digits of one class, in pixels' units."""
    found = []
    for k in range(10):
        x = images[labels == k].reshape(-1, 784)
        if len(x) > 1:
            a, b = rng.integers(len(x), size=(2, PAIRS))
            found.append(np.linalg.norm(x[a] - x[b], axis=1)[a != b].mean())
    return float(np.mean(found)) if found else 0.0


def measure(
    written: np.ndarray, tidy: np.ndarray, asked: np.ndarray, data: Data, reader: Network, rng: np.random.Generator
) -> Outcome:
    """What the digits (N, 28, 28) of one model come to, ``asked`` (N,) for; ``tidy`` are others of it in a tidy hand."""
    real = np.concatenate([data.train, data.heldout]) / np.float32(255)
    labels = np.concatenate([data.train_labels, data.heldout_labels])
    real_wrong = read(JUDGE, real)[0] != labels
    first, second = np.array_split(rng.permutation(len(real)), 2)
    base = float(real_wrong[first].mean())
    taken, sure = read(FILTER, written)
    judged, _ = read(JUDGE, written)
    wrong, third_wrong = judged != asked, taken_by(reader, written) != asked
    fine = keeps(asked, taken, sure, SURE)
    tidy_wrong, tidy_fine = read(JUDGE, tidy)[0] != asked, keeps(asked, *read(FILTER, tidy), SURE)
    kept_share = {demand: keeps(asked, taken, sure, demand) for demand in DEMANDS}
    values = {
        "effect": 100 * (float(wrong.mean()) - base),
        "control": 100 * (float(real_wrong[second].mean()) - base),
        "mitigated": 100 * (_mean(wrong[fine]) - base),
        "price": 0.0,
        "price_mitigated": 100 * (1 - float(fine.mean())),
        "second_made": float(wrong.mean()),
        "second_kept": _mean(wrong[fine]),
        "second_real": float(real_wrong.mean()),
        "second_tidy": float(tidy_wrong.mean()),
        "second_tidy_kept": _mean(tidy_wrong[tidy_fine]),
        "thrown_tidy": 1 - float(tidy_fine.mean()),
        "third_made": float(third_wrong.mean()),
        "third_kept": _mean(third_wrong[fine]),
        "third_tidy": float((taken_by(reader, tidy) != asked).mean()),
        "third_real": float((taken_by(reader, real[: len(data.train)]) != data.train_labels).mean()),
        "sheets_made": sheets(wrong, rng),
        "sheets_kept": sheets(wrong[fine], rng),
        "sheets_real": sheets(real_wrong, rng),
        "variety_made": variety(written, asked, rng),
        "variety_kept": variety(written[fine], asked[fine], rng),
        "variety_tidy": variety(tidy, asked, rng),
        "variety_real": variety(real, labels, rng),
    }
    for demand, chosen in kept_share.items():
        name = f"{round(1000 * demand):04d}"
        values |= {f"misread_{name}": _mean(wrong[chosen]), f"thrown_{name}": 1 - float(chosen.mean())}
    for k in range(10):
        values |= {f"digit_{k}": _mean(wrong[asked == k]), f"thrown_{k}": 1 - _mean(fine[asked == k])}
    dial = tuple((demand, 100 * (values[f"misread_{round(1000 * demand):04d}"] - base)) for demand in DEMANDS)
    return Outcome(values, dial, _shown(written, asked, fine, judged))


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else 0.0


def _shown(written: np.ndarray, asked: np.ndarray, fine: np.ndarray, judged: np.ndarray) -> Mapping[str, Any]:
    """Some of each kind, a row or two: kept, thrown away for good reason and for none, kept although misread."""
    wrong = judged != asked
    kinds = {"kept": fine & ~wrong, "misread": wrong & ~fine, "spared": ~wrong & ~fine, "missed": fine & wrong}
    found: dict[str, Any] = {"demands": list(DEMANDS)}
    for name, chosen in kinds.items():
        at = np.flatnonzero(chosen)
        at = np.concatenate([at[asked[at] == k][:2] for k in range(10)])[: 2 * COLUMNS] if len(at) else at
        if len(at):
            found[name] = {
                "picture": kept(written[at], COLUMNS),
                "asked": asked[at].tolist(),
                "taken": judged[at].tolist(),
            }
    return found


SPEC = replication.application(
    replicate,
    key="education",
    title=N_("Education: a sheet to practise"),
    summary=N_(
        "Sums in a handwriting that nobody has. They get harder as you get better, and a reader says how often a digit cannot be read."
    ),
    topic="education",
    config=Config,
    order=50,
    looks=LOOKS,
    risk="hallucination",
    claim=N_(
        "Digits that a model writes are misread more often than those of people, and a sheet needs only one such digit to be wrong. "
        "A reader that throws away what it is not sure of makes them as legible as people's."
    ),
    finding=N_(
        "Of 100 generated digits a reader misreads {effect} more than of 100 real ones; between two halves of the real ones "
        "the difference is {control}."
    ),
    method=N_(
        "A conditional GAN learns from 4,000 digits and writes 6,000. A classifier that has never chosen, guided or trained a "
        "generator reads them, and 5,000 real ones that it has not seen, in two halves. The effect is how many of 100 it misreads, above "
        "one half of the real digits; the control is the other half. What is kept is chosen by another classifier. "
        "Both learned from the same 55,000 images; a third, which shares no image with either, reads along."
    ),
    measure=N_("Misread of 100 digits, above real ones"),
    effect_label=N_("Digits of the model"),
    control_label=N_("Other half of the real digits"),
    mitigation=N_("Keep what a first reader is 90 % sure of"),
    price=N_("Thrown away of 100 digits"),
    dial=N_("How sure the first reader must be"),
    travels=N_(
        "A badly drawn 4 that reads as a 9 makes a right answer wrong, and nothing on the sheet says so: it looks as sure as the rest. In a "
        "model of language the same thing is a false statement in good prose, and a learner is the last who can tell."
    ),
    shows=N_(
        "That a sheet is only as good as its worst digit, that a check needs a judge who did not choose, and what legibility costs: "
        "the check throws digits away and keeps the variety of hands, the tidy hand throws nothing away and loses it. The estimate "
        "of ability finds simulated learners whose ability is known, with the uncertainty it names; of a learner who guesses it "
        "finds nothing."
    ),
    hides=N_(
        "The readers are programs; children read in other ways, and none was asked. The model learned from the digits of American "
        "census staff and high-school pupils (LeCun et al. 1998). How hard a problem is was set by hand and calibrated on nobody. "
        "Whether anybody learns from such a sheet was not measured: right answers while practising are not learning."
    ),
    null=0.0,
    claimed=4.0,
    margin=1.0,
    span=(-2.0, 8.0),
    price_better="low",
    seconds=50,
    mapping={"nist": ("confabulation", "configuration"), "mit": ("3.1", "5.1"), "eu": ("50",), "cn": ("10", "label-4")},
)
