"""Energy by counted operations: layers whose count is known, the effect and its absence, a sleep that costs nothing."""

import time
from base64 import b64decode
from io import BytesIO

import pytest
import torch
from PIL import Image
from torch import nn

from genai_core import learning, registry
from genai_core.metrics import energy
from genai_core.risks import energy as experiment


def test_operations_of_known_layers():
    x = torch.zeros(5, 7)
    assert experiment.operations(lambda: nn.Linear(7, 3)(x)) == 2 * 5 * 7 * 3
    convolution = nn.Conv2d(2, 4, 3, padding=1)
    assert experiment.operations(lambda: convolution(torch.zeros(1, 2, 6, 6))) == 2 * 6 * 6 * 4 * 2 * 9
    assert experiment.operations(lambda: x + x) == 0

    def trained():
        layer = nn.Linear(7, 3)
        layer(x).sum().backward()

    assert experiment.operations(trained) == 2 * (
        2 * 5 * 7 * 3
    )  # x needs no gradient: forward, and that of the weights


def untrained(key, settings):
    data = registry.datasets()["mnist5k"].load()
    torch.manual_seed(0)
    spec = registry.models()[key]
    return spec.build(spec.config(**settings), data.info).eval()


def test_operations_grow_with_evaluations_with_guidance_and_with_samples():
    flow = untrained("flow-matching", experiment.FLOW)

    def count(n=2, evaluations=4, guidance=0.0):
        draw = lambda: flow.sample(  # noqa: E731
            n, torch.Generator().manual_seed(0), evaluations=evaluations, guidance=guidance, sampler="euler"
        )
        return experiment.operations(draw)

    once = count(evaluations=1)
    assert once > 0 and count(evaluations=4) == 4 * once and count(evaluations=32) == 32 * once
    assert count(guidance=0.75) == 2 * count() and count(n=6) == 3 * count()


def test_a_decoding_counts_what_its_layers_say():
    vae = untrained("vae-mlp", experiment.ONE_STEP)
    width, latent = 128, 20
    counted = experiment.operations(lambda: vae.sample(4, torch.Generator().manual_seed(0)))
    assert counted == 4 * 2 * ((latent + 10) * width + width * width + width * 784)


def test_a_sleep_costs_nothing_by_processor_time_and_work_does():
    begun = time.process_time()
    time.sleep(0.2)
    asleep = energy.by_time(time.process_time() - begun)
    begun = time.process_time()
    sum(i * i for i in range(300_000))
    assert asleep < 0.02 * energy.by_time(0.2) < 0.5 * energy.by_time(0.2)
    assert energy.by_time(time.process_time() - begun) > asleep


def test_what_is_legible_is_what_was_asked_for():
    data = registry.datasets()["mnist5k"].load()
    order = [int((data.heldout_labels == digit).nonzero()[0][k]) for k in range(5) for digit in range(10)]
    samples = torch.from_numpy(data.heldout[order] / 255).float()
    assert experiment.legible(samples) > 0.85
    assert experiment.legible(samples.roll(1, 0)) < 0.15


def test_energy_of_a_legible_digit_counts_what_was_thrown_away():
    way = experiment.Way(1, 1000.0, 0.5, 0.0, 0.0)
    assert way.joules == pytest.approx(2 * energy.by_operations(1000))
    assert experiment.doublings(way, experiment.Way(1, 250.0, 1.0, 0.0, 0.0)) == pytest.approx(3)
    assert experiment.doublings(way, way) == 0
    assert experiment.Way(1, 1000.0, 0.0, 0.0, 0.0).joules == pytest.approx(1000 * energy.by_operations(1000))


def test_many_evaluations_cost_much_and_the_same_kind_of_model_costs_the_same(monkeypatch):
    monkeypatch.setattr(experiment, "EVALUATIONS", (1, 2))
    *events, outcome = experiment.replicate(experiment.Config(evaluations=10, few=2, steps=40), 3)
    values = outcome.values
    assert values["effect"] > 4 and abs(values["control"]) < 1
    assert 1 < values["effect"] - values["mitigated"] < 4
    assert values["timed_asleep"] < 0.1 and values["joules_usual"] > 50 * values["joules_one"] > 0
    assert [n for n, _ in outcome.dial] == [1, 2, 10] and dict(outcome.dial)[10] == values["effect"]
    assert events[-1].step == events[-1].total == 200
    strips = [way["strip"] for way in outcome.shown["ways"]] + [outcome.shown["one"]["strip"]]
    assert all(Image.open(BytesIO(b64decode(strip))).size == (10 * 30 - 2, 28) for strip in strips)


def test_the_same_seed_gives_the_same_count_and_the_same_digits():
    data = registry.datasets()["mnist5k"].load()

    def once():
        fitting = learning.fit("vae-mlp", data, experiment.ONE_STEP, 20, 5)
        while True:
            try:
                next(fitting)
            except StopIteration as end:
                vae = end.value
                break
        meter = type("Meter", (), {"measure": lambda self, x: {"frechet": float(x.sum())}})()
        found, samples = experiment.way(meter, lambda n: vae.sample(n, torch.Generator().manual_seed(1)), 1)
        return (found.operations, found.legible, found.frechet), samples

    (a, first), (b, second) = once(), once()
    assert a == b and torch.equal(first, second)
