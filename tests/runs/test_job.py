import dataclasses
import json
import math

import pytest
import torch
from safetensors.torch import load

from genai_core.contracts import RunSpec
from genai_core.errors import DataError
from genai_core.metrics import energy
from genai_core.runs import job, writer
from genai_core.runs.store import FolderStore, open_folder
from tests.runs import tiny

pytestmark = pytest.mark.usefixtures("plugins")


def finish(store, spec, **options):
    run_id = store.create(spec)
    state = job.execute(store, run_id, **options)
    run = store.open(run_id)
    assert run.record().state == state
    return run, run.record()


def weights(run):
    return {k: v for k, v in load(run.weights()).items() if k.startswith("model/")}


def same(one, two):
    return one.keys() == two.keys() and all(torch.equal(one[k], two[k]) for k in one)


def test_a_run_leaves_everything_behind(store):
    run, record = finish(store, tiny.spec(steps=30), threads=1)
    assert (record.state, record.step, record.total, record.schedule, record.threads, record.dtype) == (
        "done",
        30,
        30,
        30,
        1,
        "float32",
    )
    assert record.info == tiny.load().info and record.error is None and record.started <= record.finished
    assert (
        record.versions.keys() == {"python", "torch", "numpy", "app"} and record.versions["torch"] == torch.__version__
    )
    assert record.energy_wh == pytest.approx(record.elapsed * energy.WATTS_PER_CORE / 3600)
    events = run.events()
    assert events[0]["step"] == 1 and events[-1]["step"] == 30 and set(events[-1]["values"]) == {"loss", "scale"}
    assert run.frames()[0] == 1 and run.frames()[-1] == 30 and run.frame(30)[8:12] == b"WEBP"
    assert run.report()["params"]["steps"] == 30 and run.checkpoint()["step"] == 30


def test_pause_and_resume_give_the_weights_and_history_of_one_go(store):
    whole, _ = finish(store, tiny.spec(steps=40))
    run_id = store.create(tiny.spec(steps=40))
    left = iter([None] * 15 + ["pause"])
    assert job.execute(store, run_id, lambda: next(left)) == "paused"
    run = store.open(run_id)
    assert run.record().step == run.checkpoint()["step"] == 15 and run.record().finished is None
    assert job.execute(store, run_id, until=16) == "paused" and run.record().step == 16 and 16 in run.frames()
    elapsed = run.record().elapsed
    torch.manual_seed(5)
    assert job.execute(store, run_id) == "done"
    assert same(weights(whole), weights(run)) and run.record().elapsed > elapsed
    steps = [e["step"] for e in run.events()]
    assert steps == sorted(set(steps)) and {15, 16, 40} <= set(steps)
    assert whole.frame(40) == run.frame(40)


def test_stop_ends_and_can_be_resumed(store):
    run_id = store.create(tiny.spec(steps=40))
    left = iter([None] * 5 + ["stop"])
    assert job.execute(store, run_id, lambda: next(left)) == "stopped"
    record = store.open(run_id).record()
    assert record.finished and record.step == 5
    assert job.execute(store, run_id) == "done"


def test_whoever_ends_a_run_during_its_report_loses_no_step(store, monkeypatch):
    """The report of a large model takes half a minute: the weights are saved before it, and resuming makes it."""

    class Killed(BaseException):
        pass

    def killed(self):
        raise Killed

    run_id = store.create(tiny.spec(steps=30))
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(job.Training, "_report", killed)
        job.execute(store, run_id)
    run = store.open(run_id)
    assert run.record().state == "running" and run.checkpoint()["step"] == 30 and run.report() is None
    assert job.execute(store, run_id) == "done"
    whole, _ = finish(store, tiny.spec(steps=30))
    assert same(weights(whole), weights(run)) and run.report()["metrics"] == whole.report()["metrics"]


def test_a_stop_before_the_first_step(store):
    run_id = store.create(tiny.spec(steps=40))
    assert job.execute(store, run_id, lambda: "stop") == "stopped"
    assert job.execute(store, run_id) == "done"
    whole, _ = finish(store, tiny.spec(steps=40))
    assert same(weights(whole), weights(store.open(run_id)))


def test_a_run_by_seconds_is_replayed_by_what_its_record_says(store):
    run, record = finish(store, tiny.spec(seconds=1))
    assert record.state == "done" and record.elapsed < 3 and record.step <= record.schedule
    again, _ = finish(store, record.replay())
    assert same(weights(run), weights(again))


def test_an_unforeseen_error_keeps_its_traceback_with_the_run(store):
    run, record = finish(store, tiny.spec(steps=30, fail_at=7))
    assert (
        record.state == "failed"
        and "ZeroDivisionError" in record.error["traceback"]
        and "tiny.py" in record.error["traceback"]
    )
    assert record.error["params"] == {"kind": "ZeroDivisionError"} and "secret detail" not in json.dumps(
        record.to_public()
    )
    assert run.events()[0]["step"] == 1


def test_a_checkpoint_falls_due_also_where_every_step_is_told(store, monkeypatch):
    monkeypatch.setattr(job, "CHECKPOINT_SECONDS", 0)  # segments stay at one a second
    saved = []
    keep = writer.RunWriter.checkpoint
    monkeypatch.setattr(
        writer.RunWriter, "checkpoint", lambda self, *state: (saved.append(self.record.step), keep(self, *state))
    )
    finish(store, tiny.spec(steps=6))
    assert saved[:2] == [1, 2] and saved[-1] == 6


def test_divergence_is_told_in_a_sentence_and_the_checkpoint_stays_finite(store, monkeypatch):
    monkeypatch.setattr(job, "CHECKPOINT_SECONDS", 0)
    monkeypatch.setattr(writer, "SEGMENT_SECONDS", 0)
    run, record = finish(store, tiny.spec(steps=4000, nan_at=300))
    assert record.state == "failed" and record.error["traceback"] == "" and record.error["params"]["name"] == "loss"
    assert run.events()[-1]["values"]["loss"] is None
    assert all(torch.isfinite(v).all() for v in weights(run).values() if v.is_floating_point())


def test_a_data_set_that_cannot_be_read(store, monkeypatch):
    def load():
        raise DataError("The file {name} is too short.", name="x.npz")

    broken = {"squares": dataclasses.replace(tiny.DATASET, load=load)}
    monkeypatch.setitem(tiny.FOLDERS, "datasets", broken)
    _, record = finish(store, tiny.spec(steps=3))
    assert record.error == {"message": "The file {name} is too short.", "params": {"name": "x.npz"}, "traceback": ""}


def test_unknown_plugins_fail_with_a_sentence(store):
    spec = tiny.spec(steps=3)
    for other in (RunSpec("gone", {}, None, 0, spec.budget), RunSpec("tiny", spec.config, "gone", 0, spec.budget)):
        _, record = finish(store, other)
        assert record.state == "failed" and record.error["params"]["name"] == "gone" and not record.error["traceback"]


def test_an_experiment_is_a_run_too(store):
    spec = tiny.catalogue().spec("tiny-risk", {"n": 4}, seed=3)
    run, record = finish(store, spec)
    assert record.state == "done" and [e["step"] for e in run.events()][:4] == [1, 2, 3, 4]
    assert run.report()["finding"] == "Found {n}." and run.report()["metrics"]["rate"]["low"] == 0.4
    again, _ = finish(store, spec)
    assert run.events() == again.events()
    assert job.execute(store, store.create(spec), lambda: "stop") == "stopped"


def test_train_on_starts_from_the_weights_of_another_run(store):
    first, record = finish(store, tiny.spec(steps=20))
    run_id = store.create(tiny.spec(steps=5, seed=1), start=record.id)
    seen = []
    original = job.Training.start_from
    try:
        job.Training.start_from = lambda self, tensors: (
            original(self, tensors),
            seen.append(self.model.state_dict()["average"].clone()),
        )
        assert job.execute(store, run_id) == "done"
    finally:
        job.Training.start_from = original
    assert torch.equal(seen[0], weights(first)["model/average"])
    assert store.open(run_id).record().step == 5
    wider = store.create(tiny.spec(steps=5, width=9), start=record.id)
    assert job.execute(store, wider) == "failed" and "another shape" in store.open(wider).record().error["message"]


def test_weights_without_an_optimiser_do_not_go_on(store):
    from genai_core.runs import weights as files

    run, record = finish(store, tiny.spec(steps=5))
    store.files.write(
        store.path(record.id, "weights.safetensors"),
        files.select(run.weights(), lambda n: n.startswith("model/"), {"kind": "weights"}),
    )
    assert job.execute(store, record.id) == "failed"
    assert "without its optimiser" in run.record().error["message"]


def test_a_damaged_checkpoint_is_told(store):
    run, record = finish(store, tiny.spec(steps=5))
    store.files.write(store.path(record.id, "weights.safetensors"), run.weights()[:5000])
    assert job.execute(store, record.id) == "failed"
    assert run.record().error["traceback"] == ""


def test_a_run_in_a_folder_of_its_own(tmp_path):
    store = FolderStore(tmp_path / "out")
    run_id = store.create(tiny.spec(steps=10), origin="cli")
    assert job.execute(store, run_id) == "done"
    run = open_folder(tmp_path / "out")
    assert {p.name for p in (tmp_path / "out").iterdir()} == {
        "run.json",
        "events",
        "frames",
        "weights.safetensors",
        "report.json",
    }
    assert (
        run.record().id == run_id
        and run.frames()
        and run.events()
        and run.report()
        and math.isfinite(run.record().elapsed)
    )


def test_segments_are_at_most_one_a_second(store):
    now = [0.0]
    run_id = store.create(tiny.spec(steps=10))
    out = writer.RunWriter(store, run_id, clock=lambda: now[0])
    out.begin()
    written = []
    for step in range(1, 41):
        now[0] = step * 0.1
        out.event(step, 40, {"a": math.inf if step == 3 else 1.0})
        written.append(len(out.run.segments()))
    assert written[8] == 0 and written[-1] == 4 and max(b - a for a, b in zip(written, written[1:], strict=False)) == 1
    out.set_state("done")
    events = out.run.events()
    assert [e["step"] for e in events] == list(range(1, 41)) and events[2]["values"] == {"a": None}
