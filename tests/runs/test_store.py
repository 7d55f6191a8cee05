import dataclasses
import json
import math
import time

import numpy as np
import pytest

from genai_core.contracts import DataInfo
from genai_core.errors import RunError, UserError
from genai_core.runs import spec as specs
from genai_core.runs.store import FolderStore, RunRecord, Store, open_folder, owner_hash, parse_events, resolve, ship
from genai_core.runs.writer import RunWriter
from tests.runs import tiny

SPEC = tiny.spec(steps=5)


def make(store, state="done", updated=None, **fields):
    """A run in the given state, last written at ``updated``."""
    run_id = store.create(fields.pop("spec", SPEC), **fields)
    record = store.open(run_id).record()
    record.state = state
    store.write(record)
    if updated is not None:
        raw = record.to_json() | {"updated": updated}
        store.files.write(store.path(run_id, "run.json"), json.dumps(raw).encode())
    return run_id


def test_a_new_run_is_queued_and_readable(store):
    run_id = store.create(SPEC, owner=owner_hash("token"), origin="cli", preset="p")
    record = store.open(run_id).record()
    assert run_id.startswith(specs.spec_hash(SPEC) + "-") and record.id == run_id
    assert (record.state, record.spec, record.origin, record.preset) == ("queued", SPEC, "cli", "p")
    run = store.open(run_id)
    assert (run.events(), run.frames(), run.report(), run.checkpoint()) == ([], [], None, None)
    for missing in (run.weights, lambda: run.frame(1)):
        with pytest.raises(RunError, match=run_id):
            missing()


def test_owner_and_traceback_stay_inside(store):
    run_id = store.create(SPEC, owner=owner_hash("token"))
    record = store.open(run_id).record()
    record.error = {"message": "m", "params": {}, "traceback": "secret"}
    public = json.dumps(record.to_public())
    assert owner_hash("token") not in public and "secret" not in public
    assert "token" not in store.files.read(store.path(run_id, "run.json")).decode()


@pytest.mark.parametrize(
    "bad", ["../../etc", "", "a" * 12, "0123456789ab-ABCDEF", "0123456789ab-abcde/", None, "0123456789ab-abcdef\n"]
)
def test_only_ids_become_paths(store, bad):
    for use in (store.open, store.delete, lambda i: store.path(i, "x")):
        with pytest.raises(RunError):
            use(bad)


def test_list_is_newest_first_and_without_private_runs(store):
    ids = [make(store) for _ in range(3)]
    make(store, private=True)
    assert [r.id for r in store.list()] == ids[::-1]
    assert [r.id for r in store.list(limit=2)] == ids[:0:-1]


def test_unreadable_folders_are_not_runs(store):
    good = make(store)
    store.files.make("0123456789ab-aaaaaa")
    store.files.make("0123456789ab-bbbbbb")
    store.files.write("0123456789ab-bbbbbb/run.json", b'{"id": "0123')
    assert [r.id for r in store.list()] == [good]
    for run_id in ("0123456789ab-aaaaaa", "0123456789ab-bbbbbb"):
        with pytest.raises(RunError):
            store.open(run_id).record()


def test_find_prefers_done_and_leaves_out_private_failed_and_continued_runs(store):
    assert store.find(SPEC) is None
    for state, fields in (("failed", {}), ("done", {"private": True}), ("done", {"start": "0123456789ab-aaaaaa"})):
        make(store, state, **fields)
    make(store, spec=tiny.spec(steps=6))
    assert store.find(SPEC) is None
    done = make(store, "done")
    make(store, "running")
    assert store.find(SPEC).record().id == done


def test_delete(store):
    running, done = make(store, "running"), make(store)
    with pytest.raises(RunError, match="active"):
        store.delete(running)
    store.delete(done)
    assert store.ids() == [running]
    with pytest.raises(RunError):
        store.open(done)


def test_writing_into_a_deleted_run_does_not_bring_it_back(tmp_path):
    store = Store(tmp_path, gallery=None)
    run_id = make(store)
    writer = RunWriter(store, run_id)
    store.delete(run_id)
    with pytest.raises(FileNotFoundError):
        writer.begin()
    with pytest.raises(FileNotFoundError):
        writer.frame(1, np.zeros((4, 4), np.uint8))
    assert store.ids() == []


def test_recover(store):
    alive, lost, resumable, done = make(store, "running"), make(store, "queued"), make(store, "running"), make(store)
    import torch

    writer = RunWriter(store, resumable)
    writer.checkpoint({"model/w": torch.ones(2)}, {"step": 12})
    assert set(store.recover({alive})) == {lost, resumable}
    assert [store.open(i).record().state for i in (alive, done)] == ["running", "done"]
    errors = [RunError(e["message"], **e["params"]) for e in (store.open(i).record().error for i in (lost, resumable))]
    assert "Start it again" in str(errors[0]) and "step 12" in str(errors[1])


def test_sweep_by_age_privacy_and_size(store):
    now = time.time()
    old = make(store, updated=now - 1000)
    make(store, "running", updated=now - 1000)
    private = make(store, private=True)
    fresh = [make(store, updated=now - 10 + i) for i in range(3)]
    paused = make(store, "paused", updated=now - 500)
    assert store.sweep(10**9, 900, now) == [old]
    assert store.sweep(10**9, 10**6, now + 3601) == [private]
    size = store.open(fresh[0]).size()
    assert store.sweep(int(3.5 * size), 10**6, now) == fresh[:2]  # the oldest first, running and paused stay
    assert paused in store.ids()
    assert store.sweep(0, 10**6, now) == [fresh[2], paused]
    assert len(store.ids()) == 1


def test_sweep_takes_what_kills_left(tmp_path):
    store = Store(tmp_path, gallery=None)
    (tmp_path / "0123456789ab-aaaaaa").mkdir()
    (tmp_path / ".deleted-1").mkdir()
    store.sweep(0, 10**6)
    assert len(list(tmp_path.iterdir())) == 2
    store.sweep(0, 10**6, time.time() + 4000)
    assert not list(tmp_path.iterdir())


def test_events_of_a_resumed_run(store):
    run_id = make(store)
    files = store.files
    files.write(
        store.path(run_id, "events/000001.jsonl"),
        b'{"step":1,"total":9,"values":{"a":1}}\n{"step":5,"total":9,"values":{"a":5}}\n',
    )
    files.write(
        store.path(run_id, "events/000003.jsonl"), b'{"resume":3}\n{"step":4,"total":9,"values":{"a":null}}\n{"step":'
    )
    run = store.open(run_id)
    assert [(e["step"], e["values"]["a"]) for e in run.events()] == [(1, 1), (4, None)]
    assert [n for n, _ in run.segments(after=1)] == [3]


def test_lines_that_are_no_events_are_left_out():
    bad = ["", "[]", "1", '{"step":-1,"total":1,"values":{}}', '{"step":1,"total":"x","values":{}}', '{"step":1,"total":1,"values":{"a":"<b>"}}',
           '{"resume":"x"}', '{"step":true,"total":1,"values":{}}', '{"step":1,"total":1,"values":{"a":1e999}}', "\xff", "[" * 5000]  # fmt: skip
    assert parse_events("\n".join(bad).encode("latin-1")) == []
    assert resolve([{"resume": 4}]) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [("state", "dancing"), ("step", -1), ("step", True), ("elapsed", "3"), ("elapsed", 10**400), ("owner", "me"), ("origin", "mars"), ("error", []),
     ("floors", {"a": "b"}), ("id", "../x"), ("info", {"modality": "image", "shape": [10**9]}), ("spec", None), ("spec", {}), ("start", "/etc")],
)  # fmt: skip
def test_damaged_records_are_refused(name, value):
    record = RunRecord("0123456789ab-aaaaaa", SPEC, "0123456789ab", info=DataInfo("image", (6, 6), ("a",))).to_json()
    assert RunRecord.from_json(json.loads(json.dumps(record))).info == DataInfo("image", (6, 6), ("a",))
    with pytest.raises(UserError):
        RunRecord.from_json(record | {name: value})


def test_replay_names_steps_and_schedule():
    record = RunRecord("0123456789ab-aaaaaa", tiny.spec(seconds=5), "0123456789ab", step=40, schedule=100)
    assert dataclasses.astuple(record.replay().budget) == (40, None, 100)
    assert math.isclose(record.replay().config["rate"], 0.01)


def test_folder_store(tmp_path):
    store = FolderStore(tmp_path / "deep" / "mine")
    run_id = store.create(SPEC, origin="cli")
    assert store.open(run_id).record().id == run_id == open_folder(tmp_path / "deep" / "mine").record().id
    assert [r.id for r in store.list()] == [run_id] and store.find(SPEC).record().id == run_id
    with pytest.raises(RunError, match="not empty"):
        FolderStore(tmp_path / "deep" / "mine").create(SPEC)
    assert store.sweep(0, 0, time.time() + 10**6) == [] and store.ids() == [run_id]
    with pytest.raises(RunError, match="no run in"):
        open_folder(tmp_path / "deep")


def test_gallery_stands_behind_the_store(tmp_path):
    import torch

    source = Store(tmp_path / "source", gallery=None)
    run_id = make(source, owner=owner_hash("x"))
    writer = RunWriter(source, run_id)
    writer.event(5, 5, {"loss": 1.0})
    writer.frame(5, np.full((4, 4), 7, np.uint8))
    writer.checkpoint(
        {"model/w": torch.arange(3.0), "optim/a/0/exp_avg": torch.ones(1000), "rng/data": torch.ones(9)},
        {"step": 5, "kind": "checkpoint"},
    )
    gallery = tmp_path / "gallery"
    assert ship(source.open(run_id), gallery) == run_id
    (gallery / "index.json").write_text(json.dumps({"tiny-good": run_id}))

    store = Store(tmp_path / "store", gallery=gallery)
    run = store.open(run_id)
    record = run.record()
    assert run.shipped and (record.origin, record.owner) == ("gallery", "")
    from safetensors.torch import load

    assert {k: v.tolist() for k, v in load(run.weights()).items()} == {"model/w": [0.0, 1.0, 2.0]}
    assert run.checkpoint() == {"step": 5, "kind": "weights"}
    assert len(run.events()) == 1 and run.frame(5)
    assert store.find(SPEC).record().id == run_id and store.list() == []
    assert store.gallery_index() == {"tiny-good": run_id}
    with pytest.raises(RunError, match="shipped"):
        store.delete(run_id)
    assert store.sweep(0, 0, time.time() + 10**6) == [] and store.open(run_id)
