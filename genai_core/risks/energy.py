"""What a sample costs: the energy of one legible digit, many looks at a network against one.

A flow-matching model asks its network 32 times for a digit, and twice each time because it is guided; a VAE asks once. Both are told
which digit to draw. Work that comes to nothing counts: the energy is that of a sample, over the share of samples in which a classifier
reads the digit that was asked for. The effect is the ratio of the two models' energies in doublings (base-2 logarithm).

Energy here is counted, not timed. Processor time depends on the machine and on who else is at work on it, so that the same spec would not
give the same card; floating-point operations do not (torch.utils.flop_counter: matrix products and convolutions, a multiplication and
an addition each; what is left out, activations and norms, is small beside them). A ratio of counts needs no joules an operation at
all. For joules one is stated (metrics.energy). The time that sampling took is measured beside it and kept in the report,
with a sleep, which must cost nothing; neither is on the card.

The count alone is the same for every trained model of a kind. What differs from model to model is how much of it is wasted: the
share of legible digits, and the quality. So the trained model is the unit, and its seed gives data order, initial weights and noise.

The control is a second VAE, of another seed, against the first: the ratio is then 1, no doublings, within what two trainings differ by.
It would fail if legibility or the count were a matter of luck.

Sizes, claim and margin were fixed after pilots on the seeds 101 (9.4 doublings; its control was a second flow-matching model, -0.3, which
cost as much again and said no more; the margin was .5 then, and was widened to 1 for the noisier control) and 102 (9.3, control 0.1), and
have not been touched since.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from genai_core import learning, registry, replication
from genai_core.contracts import N_, Data, Event, Outcome, knob
from genai_core.datasets.images import kept
from genai_core.metrics import energy
from genai_core.metrics.features import classifier
from genai_core.metrics.quality import Quality
from genai_core.training import batches_for, stream

MEASURED = 1000  # samples that quality is taken from
EVALUATIONS = (1, 2, 4, 8)  # besides the usual number
NAP = 0.2  # seconds of the sleep that must cost nothing
FLOW = {"width": 8, "batch_size": 64, "precision": "float32"}
ONE_STEP = {"width": 128, "batch_size": 50, "lr": 3e-3, "conditional": True, "precision": "float32"}
GUIDANCE = 0.75


@dataclass(frozen=True)
class Config:
    evaluations: int = knob(32, N_("Evaluations, as usual"), low=10, high=64, log=True)
    few: int = knob(4, N_("Evaluations, with the fix"), low=1, high=8)
    steps: int = knob(400, N_("Training steps of the flow (the VAE takes twice as many)"), low=20, high=2000, log=True)
    seeds: int = knob(1, N_("Trained models"), low=1, high=16)


def operations(work: Callable[[], Any]) -> int:
    """Floating-point operations of all matrix products and convolutions that ``work()`` does, two for a multiply-add."""
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter:
        work()
    return counter.get_total_flops()


def operations_of_training(key: str, data: Data, settings: dict[str, Any], seed: int = 0) -> int:
    """Of one training step, forward and backward."""
    spec = registry.models()[key]
    config = spec.config(**settings)
    model = spec.build(config, data.info)
    optimizers = model.optimizers()
    batches, rng = batches_for(data, config, spec, stream(seed, "data")), stream(seed, "model")
    batch = batches.next()
    return operations(lambda: model.train_step(batch, optimizers, 1, 1, rng))


def legible(samples: Tensor) -> float:
    """The share of samples (n, 28, 28), asked for 0, 1, ..., 9 in turn, in which a classifier reads what was asked."""
    read = classifier("digits-judge").probabilities(samples).argmax(1)
    return float((read == torch.arange(len(samples)) % 10).double().mean())


@dataclass(frozen=True)
class Way:
    """One way to draw digits: how many operations a sample takes, how many samples are legible, how good they are."""

    evaluations: int
    operations: float
    legible: float
    frechet: float
    seconds: float  # of processor time a sample, as measured

    @property
    def joules(self) -> float:
        """Of a legible digit, by operations."""
        return energy.by_operations(self.operations / max(self.legible, 1 / MEASURED))


def way(meter: Quality, draw: Callable[[int], Tensor], evaluations: int) -> tuple[Way, Tensor]:
    """``draw(n)`` gives n samples. What they cost and are worth, and the samples."""
    begun = time.process_time()
    samples = draw(MEASURED).clamp(0, 1)
    seconds = (time.process_time() - begun) / MEASURED
    counted = operations(lambda: draw(10)) / 10
    found = Way(evaluations, counted, legible(samples), meter.measure(samples)["frechet"], seconds)
    return found, samples


def doublings(a: Way, b: Way) -> float:
    """How many times the energy of a legible digit doubles from ``b`` to ``a``."""
    return math.log2(a.joules / b.joules)


def replicate(config: Config, seed: int) -> Iterator[Event | Outcome]:
    data = registry.datasets()["mnist5k"].load()
    meter = Quality(data, "mnist5k")
    steps, total = config.steps, 5 * config.steps
    flow = yield from _train("flow-matching", data, FLOW, (0, steps, total), seed)
    vae = yield from _train("vae-mlp", data, ONE_STEP, (steps, 2 * steps, total), seed)
    again = yield from _train("vae-mlp", data, ONE_STEP, (3 * steps, 2 * steps, total), (seed + 1) % 2**31)

    def draw(model: Any, evaluations: int, name: str) -> Callable[[int], Tensor]:
        controls = {"evaluations": evaluations, "sampler": "euler", "guidance": GUIDANCE} if evaluations else {}
        return lambda n: model.sample(n, stream(seed, name), **controls)

    one, one_samples = way(meter, draw(vae, 0, "vae"), 1)
    second, _ = way(meter, draw(again, 0, "vae"), 1)
    found, strips = {}, {}
    for n in sorted({*EVALUATIONS, config.few, config.evaluations}):
        found[n], samples = way(meter, draw(flow, n, "flow"), n)
        strips[n] = kept(samples.numpy()[:10], 10)
        yield Event(total, total, {"evaluations": float(n), "joules": found[n].joules})
    usual, few = found[config.evaluations], found[config.few]
    begun = time.process_time()
    time.sleep(NAP)
    asleep = energy.by_time(time.process_time() - begun)
    trained = energy.by_operations(config.steps * operations_of_training("flow-matching", data, FLOW))
    yield Outcome(
        {
            "effect": doublings(usual, one),
            "control": doublings(second, one),
            "mitigated": doublings(few, one),
            "price": usual.frechet,
            "price_mitigated": few.frechet,
            "joules_usual": usual.joules,
            "joules_few": few.joules,
            "joules_one": one.joules,
            "legible_usual": usual.legible,
            "legible_few": few.legible,
            "legible_one": one.legible,
            "frechet_one": one.frechet,
            "timed_usual": energy.by_time(usual.seconds / max(usual.legible, 1 / MEASURED)),
            "timed_few": energy.by_time(few.seconds / max(few.legible, 1 / MEASURED)),
            "timed_one": energy.by_time(one.seconds / max(one.legible, 1 / MEASURED)),
            "timed_asleep": asleep,
            "joules_training": trained,
            "digits_of_training": trained / energy.by_operations(usual.operations),
        },
        tuple((float(n), doublings(each, one)) for n, each in found.items()),
        {
            "ways": [
                {"n": n, "joules": each.joules, "frechet": each.frechet, "legible": each.legible, "strip": strips[n]}
                for n, each in found.items()
            ],
            "one": {
                "joules": one.joules,
                "frechet": one.frechet,
                "legible": one.legible,
                "strip": kept(one_samples.numpy()[:10], 10),
            },
            "floor": meter.floor()["frechet"],
        },
    )


def _train(
    key: str, data: Data, settings: dict[str, Any], span: tuple[int, int, int], seed: int
) -> Generator[Event, None, Any]:
    """A trained model. ``span``: steps done before, steps of this one, steps of all."""
    before, steps, total = span
    return (yield from learning.watched(learning.fit(key, data, settings, steps, seed), before, total, "loss"))


SPEC = replication.risk(
    replicate,
    key="energy",
    title=N_("What a sample costs"),
    summary=N_(
        "Two models draw a digit on request. One computes hundreds of times as much for it. What does that buy?"
    ),
    topic="ethics",
    config=Config,
    order=120,
    claim=N_("How a model samples decides what a picture costs: the same digit can take hundreds of times the energy."),
    finding=N_(
        "A legible digit costs {effect} doublings more energy in 32 guided steps than in one; "
        "a second one-step model differs from the first by {control}."
    ),
    method=N_(
        "A flow-matching model is asked for digits in 32 guided evaluations, a VAE in one decoding; both are told the class. Energy is "
        "counted: floating-point operations of a sample, over the share of samples in which a classifier reads what was asked, and "
        "given as a base-2 logarithm of the ratio. Counts are the same on every machine, processor time is not; it is measured beside. "
        "The control is a second VAE, of another seed, against the first. Every figure in joules is an estimate."
    ),
    measure=N_("Doublings of a legible digit's energy"),
    effect_label=N_("32 guided evaluations against one"),
    control_label=N_("A one-step model, trained again"),
    mitigation=N_("Stop after 4 evaluations"),
    price=N_("Fréchet distance of the digits"),
    dial=N_("Evaluations of the network"),
    guess=N_(
        "Flow matching asks its network 32 times for a digit, twice each time for guidance; a VAE decodes once. By how many doublings does "
        "a legible digit cost more energy? Five doublings are 32 times, ten are about a thousand."
    ),
    stakes=N_(
        "Training is paid for once, use every time: here a thousand digits or so cost as much as the training. "
        "Which model is asked, how often its network is evaluated and how many drafts are thrown away are choices of whoever builds the service, "
        "and they move the bill by orders of magnitude. Whoever buys a service can ask for these figures."
    ),
    shows=N_(
        "That the way of sampling moves the energy of a picture by orders of magnitude at the same task, that most of it can be saved "
        "for next to nothing in these models, and that the cheapest model draws blurred digits, though no less legible ones."
    ),
    hides=N_(
        "These networks are tiny, and the digits of neither kind are perfect. No socket was measured: joules follow from "
        "stated assumptions. Memory, idle machines, cooling, networks and the making of the hardware are left out, and so is water. "
        "Large, well-trained models may lose more quality when steps are cut."
    ),
    null=0.0,
    claimed=6.0,
    margin=1.0,
    span=(-2.0, 14.0),
    unit=N_("doublings"),
    price_better="low",
    seconds=40,
    mapping={"nist": ("environment",), "mit": ("6.6",), "eu": ("53-1-a",), "cn": ("4",), "owasp": ("consumption",)},
)
