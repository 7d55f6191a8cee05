import math
import threading
from collections import Counter

import pytest

from genai_core.errors import RunError
from genai_core.runs.watch import MAX_POINTS, MOST_LINES, Watcher, columns, sparse
from genai_core.runs.writer import RunWriter
from tests.runs import tiny


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def counted(store, monkeypatch):
    counts = Counter()
    for name in ("read", "names"):
        original = getattr(store.files, name)

        def wrapper(path, *args, _name=name, _original=original):
            counts[_name] += 1
            if path.endswith(".jsonl"):
                counts[path.rsplit("/", 1)[-1]] += 1
            return _original(path, *args)

        monkeypatch.setattr(store.files, name, wrapper)
    return counts


def test_one_read_a_second_whoever_asks_and_each_segment_once(store, monkeypatch):
    run_id = store.create(tiny.spec(steps=5))
    clock = Clock()
    writer = RunWriter(store, run_id, clock=clock)
    writer.begin()
    counts = counted(store, monkeypatch)
    watcher = Watcher(store, clock=clock)
    first = watcher.snapshot(run_id)
    base = counts.copy()
    threads = [threading.Thread(target=watcher.snapshot, args=(run_id,)) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts == base and watcher.snapshot(run_id) is first

    for second in range(1, 4):
        clock.now = second
        writer.event(second, 5, {"loss": second / 2})
        snapshot = watcher.snapshot(run_id)
        assert snapshot.columns["loss"] == (list(range(1, second + 1)), [s / 2 for s in range(1, second + 1)])
    assert first.columns == {}
    assert [counts[f"00000{n}.jsonl"] for n in (1, 2, 3)] == [1, 1, 1]

    clock.now = 10
    before = counts.copy()
    assert watcher.snapshot(run_id) is snapshot
    assert counts - before == Counter(read=1)  # run.json alone: it stands still


def test_resume_takes_back_what_was_shown(store):
    run_id = store.create(tiny.spec(steps=5))
    clock = Clock()
    writer = RunWriter(store, run_id, clock=clock)
    writer.begin()
    watcher = Watcher(store, clock=clock)
    for step in (1, 2, 3):
        clock.now += 1
        writer.event(step, 5, {"loss": step})
    assert watcher.snapshot(run_id).columns["loss"][0] == [1, 2, 3]
    clock.now += 1
    again = RunWriter(store, run_id, clock=clock)
    again.begin(resume=1)
    clock.now += 1
    again.event(2, 5, {"loss": math.nan})
    steps, values = watcher.snapshot(run_id).columns["loss"]
    assert steps == [1, 2] and values[0] == 1 and math.isnan(values[1])


def test_missing_and_deleted_runs(store):
    clock = Clock()
    watcher = Watcher(store, clock=clock)
    with pytest.raises(RunError):
        watcher.snapshot("../secret")
    run_id = store.create(tiny.spec(steps=5), state="done")
    assert watcher.snapshot(run_id).record.state == "done"
    store.delete(run_id)
    assert watcher.snapshot(run_id).record.state == "done"
    clock.now = 1
    for _ in range(2):
        with pytest.raises(RunError):
            watcher.snapshot(run_id)


def test_forget_reads_anew(store):
    run_id = store.create(tiny.spec(steps=5))
    watcher = Watcher(store, clock=Clock())
    watcher.snapshot(run_id)
    record = store.open(run_id).record()
    record.state = "done"
    store.write(record)
    assert watcher.snapshot(run_id).record.state == "queued"
    watcher.forget(run_id)
    assert watcher.snapshot(run_id).record.state == "done"


def test_the_cache_is_bounded(store):
    watcher = Watcher(store, clock=Clock())
    for n in range(200):
        with pytest.raises(RunError):
            watcher.snapshot(f"{n:012x}-aaaaaa")
    assert len(watcher._entries) <= 64


def test_curves_are_thinned_with_both_ends_kept():
    events = [{"step": s, "total": None, "values": {"a": s, "b": -s} if s % 2 else {"a": s}} for s in range(1, 10_001)]
    found = columns(events)
    steps, values = found["a"]
    assert (
        len(steps) == len(values) == MAX_POINTS
        and steps == values == sorted(set(steps))
        and (steps[0], steps[-1]) == (1, 10_000)
    )
    assert found["b"][0][-1] == 9_999


def test_a_long_history_is_held_in_bounds_and_keeps_beginning_end_and_every_evaluation(store):
    run_id = store.create(tiny.spec(steps=5))
    clock = Clock()
    writer = RunWriter(store, run_id, clock=clock)
    writer.begin()
    watcher = Watcher(store, clock=clock)
    measured = []
    for step in range(1, 3 * MOST_LINES):
        more = {"frechet": float(step)} if step % 5000 == 0 else {}
        measured += [step] if more else []
        writer.event(step, None, {"loss": float(step)} | more)
        if step % 1000 == 0:
            clock.now += 2
            writer.flush()
            shown = watcher.snapshot(run_id)
            assert len(watcher._entries[run_id].lines) <= MOST_LINES
    steps, values = shown.columns["loss"]
    assert steps == values and steps[0] == 1 and steps[-1] == step - step % 1000
    gaps = [b - a for a, b in zip(steps, steps[1:], strict=False)]
    assert max(gaps) < 4 * (steps[-1] / MAX_POINTS)  # no part of the history is thinner than its share
    assert shown.columns["frechet"][0] == measured


def test_sparse_leaves_short_histories_alone_and_is_done_again_without_loss():
    events = [{"step": s, "values": {"loss": 1.0} | ({"kid": 0.0} if s == 77 else {})} for s in range(1, 1001)]
    assert sparse(events, 1000) is events
    few = sparse(events, 50)
    assert 50 <= len(few) <= 53 and few[0] is events[0] and few[-1] is events[-1] and events[76] in few
    assert sparse(few, 50) == few


def test_an_event_that_brings_nothing_does_not_make_every_other_an_evaluation():
    events = [{"step": i, "total": 999, "values": {"loss": 1.0}} for i in range(999)]
    events.append({"step": 999, "total": 999, "values": {}})
    assert len(sparse(events, 50)) <= 53
