import dataclasses
import json
import math

import numpy as np
import pytest
import torch

from genai_core.contracts import Budget, Metric
from genai_core.errors import RunError
from genai_core.training import FRAME_GROWTH, UNKNOWN_TOTAL, Batches, Training, frame_layout, stream
from tests.runs import tiny


class Clock:
    """Each look at the clock takes a millisecond."""

    def __init__(self, tick=0.001):
        self.now, self.tick = 0.0, tick

    def __call__(self):
        self.now += self.tick
        return self.now


class FakeMeter:
    def __init__(self, data, key):
        torch.rand(7)  # careless, too
        self.calls = []

    def floor(self):
        return {"frechet": 1.5}

    def measure(self, samples):
        torch.rand(5)
        self.calls.append(samples)
        return {"frechet": float(samples.mean())}

    def summary(self, samples):
        torch.rand(3)
        return {"frechet": Metric(float(samples.mean()), 0.0, float(len(samples)), 1.5)}

    def about(self):
        return {"classifier_hash": "abc"}


def training(spec, meter=lambda data, key: None, clock=None):
    return Training(spec, tiny.MODEL, tiny.DATASET, tiny.load(), meter=meter, **({"clock": clock} if clock else {}))


def train(spec, **options):
    found = training(spec, **options)
    return found, list(found.events())


def equal_state(one, two):
    """Bit for bit, and every name."""
    (tensors, _), (others, _) = one.state(), two.state()
    assert tensors.keys() == others.keys()
    different = [k for k in tensors if not torch.equal(tensors[k], others[k])]
    assert not different, different
    return True


def wire(state):
    """A checkpoint as it comes back from the disk."""
    from safetensors.torch import load, save

    tensors, meta = state
    return load(save(tensors)), json.loads(json.dumps(meta))


def test_equal_specs_give_equal_weights_and_another_seed_does_not():
    one, events = train(tiny.spec(steps=30))
    torch.rand(11)
    two, _ = train(tiny.spec(steps=30))
    assert equal_state(one, two) and one.step == 30 and events[-1].report.params["steps"] == 30
    assert events[-1].report.params["step_ms"] > 0
    other, _ = train(tiny.spec(steps=30, seed=1))
    assert not torch.equal(one.model.average, other.model.average)


@pytest.mark.parametrize("stop", [1, 7, 20, 33])
def test_resume_equals_never_having_stopped(stop):
    """Batch norm, dropout, momentum in channels-last memory, averages, noise, data order: all of it, bit for bit."""
    spec = tiny.spec(steps=45, batch_size=13)
    whole, _ = train(spec)
    first = training(spec)
    list(first.events(until=stop))
    assert (first.step, first.ended) == (stop, "until")
    state = wire(first.state())
    torch.manual_seed(99)
    second = training(spec)
    second.load_state(*state)
    list(second.events())
    assert equal_state(whole, second) and second.step == 45
    conv = second.model.net[3]
    moment = second.optimizers["net"].state[conv.weight]["exp_avg"]
    assert moment.stride() == conv.weight.stride() != moment.contiguous().stride()


def test_step_by_step_equals_in_one_go():
    spec = tiny.spec(steps=6)
    whole, _ = train(spec)
    state = None
    for step in range(1, 7):
        one = training(spec)
        if state:
            one.load_state(*state)
        events = list(one.events(until=step))
        assert any(e.frame is not None and e.step == step for e in events)
        state = wire(one.state())
    assert equal_state(whole, one)


def test_a_run_by_seconds_is_replayed_by_its_steps_and_schedule():
    by_time, events = train(tiny.spec(seconds=1), clock=Clock())
    steps = by_time.step
    assert by_time.ended == "budget" and 20 < steps <= by_time.schedule and events[0].total is None
    assert by_time.model.seen_totals == [UNKNOWN_TOTAL] * 20 + [by_time.schedule] * (steps - 20)
    replayed, _ = train(tiny.spec(steps=steps, schedule=by_time.schedule), clock=Clock(0.005))
    assert equal_state(by_time, replayed)
    shorter, _ = train(tiny.spec(steps=steps, schedule=by_time.schedule + 500), clock=Clock())
    assert not torch.equal(shorter.model.average, replayed.model.average)


def test_a_run_by_seconds_survives_a_pause_within_its_first_steps():
    spec = tiny.spec(seconds=1)
    clock = Clock()
    first = training(spec, clock=clock)
    list(first.events(until=12))
    assert first.schedule is None
    state = wire(first.state())
    second = training(spec, clock=clock)
    second.load_state(*state)
    assert 0 < second.elapsed == first.elapsed
    list(second.events())
    assert second.schedule and second.model.seen_totals[:8] == [UNKNOWN_TOTAL] * 8
    assert 0.99 <= second.elapsed < 1.3
    replayed, _ = train(tiny.spec(steps=second.step, schedule=second.schedule))
    assert equal_state(second, replayed)


def test_frames_and_evaluations_leave_the_training_as_it_was():
    spec = tiny.spec(steps=40)
    meters = []

    def meter(data, key):
        meters.append(FakeMeter(data, key))
        return meters[-1]

    quiet, few = train(spec, clock=Clock(1e-9))
    busy, many = train(spec, clock=Clock(0.2), meter=meter)
    assert equal_state(quiet, busy)
    assert sum(e.frame is not None for e in many) > sum(e.frame is not None for e in few) == 2
    calls = meters[0].calls
    assert len(meters) == 1 and len(calls) > 2 and len(calls[0]) == tiny.N
    assert busy.floors == {"frechet": 1.5}
    assert many[-2].values["frechet"] == pytest.approx(float(calls[-1].mean())) and many[-2].step == 40
    report = many[-1].report  # six thousand samples of its own, and the meter that took them
    assert report.metrics["frechet"].high == 6000 and report.metrics["frechet"].floor == 1.5
    assert report.params["classifier_hash"] == "abc"


def test_evaluations_are_few_cheap_and_never_before_the_first_frame():
    class Slow(FakeMeter):
        def measure(self, samples):
            clock.now += 3.0
            return super().measure(samples)

    clock = Clock(0.004)
    slow, events = train(tiny.spec(seconds=10), clock=clock, meter=Slow)
    measured = [e.step for e in events if "frechet" in e.values]
    assert (
        len(measured) == 2
        and measured[-1] == slow.step
        and events[0].frame is not None
        and "frechet" not in events[0].values
    )
    assert slow.elapsed < 11  # the last evaluation had its time set aside

    clock = Clock(0.004)
    _, events = train(tiny.spec(seconds=10), clock=clock, meter=FakeMeter)
    assert sum("frechet" in e.values for e in events) == 8


def test_frames_are_dense_early_and_bounded():
    clock = Clock(0.15)
    found, events = train(tiny.spec(seconds=1200, width=1, batch_size=1), clock=clock)
    steps = [e.step for e in events if e.frame is not None]
    assert steps[0] == 1 and steps[-1] == found.step and len(steps) <= 150
    gaps = np.diff(steps)
    assert gaps[0] < gaps[-2] and len(steps) > math.log(1200) / FRAME_GROWTH / 2


def test_losses_are_means_over_the_steps_between_two_readings():
    spec = tiny.spec(steps=10)
    every, fine = train(spec, clock=Clock(1.0))
    seen = {e.step: e.values["loss"] for e in fine if "loss" in e.values}
    assert list(seen) == list(range(1, 11))
    _, coarse = train(spec, clock=Clock(1e-9))
    coarse = [e for e in coarse if "loss" in e.values]
    assert [e.step for e in coarse] == [1, 2, 10]  # the second for an evaluation that is due
    assert coarse[2].values["loss"] == pytest.approx(np.mean([seen[s] for s in range(3, 11)]), rel=1e-5)


def test_every_item_comes_once_an_epoch_scaled_and_with_its_label():
    data = tiny.load()
    batches = Batches(data, 16, stream(0, "data"))
    pool = torch.cat([batches.next().x for _ in range(5)])  # 80 items: two epochs
    images = torch.from_numpy(data.train).float() / 255
    for epoch in (pool[:40], pool[40:]):
        assert torch.equal(epoch.flatten(1).sort(0).values, images.flatten(1).sort(0).values)
    assert not torch.equal(pool[:40], pool[40:])
    batch = Batches(data, 100, stream(0, "data")).next()
    assert batch.x.shape == (100, 6, 6)
    for x, y in zip(batch.x, batch.y, strict=True):
        index = (images == x).flatten(1).all(1).nonzero().item()
        assert data.train_labels[index] == y


def test_control_is_asked_before_every_step_and_ends_the_loop():
    found = training(tiny.spec(steps=50))
    asked = []

    def control():
        asked.append(found.step)
        return "stop" if found.step == 9 else None

    events = list(found.events(control))
    assert (found.step, found.ended, asked) == (9, "stop", list(range(10)))
    assert events[-1].report is None and events[-1].step == 9 and events[-1].frame is not None


def test_a_loss_that_is_not_finite_ends_the_run_with_a_sentence():
    found = training(tiny.spec(steps=50, nan_at=4))
    events = []
    with pytest.raises(RunError, match="loss"):
        events.extend(found.events())
    found = training(tiny.spec(steps=50, nan_at=4))
    with pytest.raises(RunError):
        for event in found.events():
            events.append(event)
    assert math.isnan(events[-1].values["loss"]) and events[-1].frame is None and events[-1].step < 50


def corrupt(tensors, meta, how):
    match how:
        case "missing weight":
            del tensors["model/scale"]
        case "weight of another shape":
            tensors["model/scale"] = torch.ones(3)
        case "moment of another shape":
            tensors["optim/net/0/exp_avg"] = torch.ones(2)
        case "moment of nothing":
            tensors["optim/net/99/exp_avg"] = torch.ones(2)
        case "generator":
            tensors["rng/model"] = torch.zeros(5, dtype=torch.uint8)
        case "order":
            tensors["data/order"] = tensors["data/order"] * 0
        case "position":
            meta["position"] = 10**6
        case "optimizer":
            meta["optimizers"]["net"]["groups"][0]["surprise"] = 1
        case "step":
            meta["step"] = "many"
        case "nothing":
            meta.clear()


WRONG = (
    "missing weight", "weight of another shape", "moment of another shape", "moment of nothing", "generator", "order",
    "position", "optimizer", "step", "nothing",
)  # fmt: skip


@pytest.mark.parametrize("how", WRONG)
def test_a_checkpoint_that_does_not_fit_is_refused(how):
    first = training(tiny.spec(steps=9))
    list(first.events(until=3))
    tensors, meta = wire(first.state())
    corrupt(tensors, meta, how)
    with pytest.raises(RunError, match="does not fit"):
        training(tiny.spec(steps=9)).load_state(tensors, meta)


def test_start_from_takes_weights_and_buffers_and_nothing_else():
    first, _ = train(tiny.spec(steps=9))
    second = training(tiny.spec(steps=9, seed=4))
    second.start_from(first.state()[0])
    assert all(
        torch.equal(a, b)
        for a, b in zip(first.model.state_dict().values(), second.model.state_dict().values(), strict=True)
    )
    assert second.step == 0 and not second.optimizers["net"].state
    with pytest.raises(RunError, match="another shape"):
        training(tiny.spec(steps=9, width=9)).start_from(first.state()[0])


def test_layout_has_a_column_a_class():
    data = tiny.load()
    assert frame_layout(data) == (16, 2)
    plain = dataclasses.replace(data, info=dataclasses.replace(data.info, classes=()))
    assert frame_layout(plain) == (64, 8)


def test_total_is_what_the_bar_counts_to():
    assert training(tiny.spec(steps=9, schedule=20)).total == 9
    assert training(dataclasses.replace(tiny.spec(steps=9), budget=Budget(seconds=3.0))).total is None
