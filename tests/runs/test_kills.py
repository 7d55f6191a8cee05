import itertools
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from genai_core.runs import job, store, writer
from genai_core.runs.store import LocalFiles, Store
from genai_core.training import Training
from tests.runs import checks, tiny


@pytest.mark.parametrize("kills", [200, pytest.param(1000, marks=pytest.mark.soak)])
def test_kills_at_random_moments_leave_no_unreadable_run_and_change_no_result(tmp_path, kills):
    command = [sys.executable, "-m", "tests.runs.killing", str(tmp_path / "store"), str(kills)]
    root = Path(__file__).parents[2]
    done = subprocess.run(
        command, cwd=root, env=os.environ | {"PYTHONPATH": str(root)}, capture_output=True, text=True, timeout=1.5 * kills
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["kills"] >= kills and found["finished"] >= 1 and found["before_first_checkpoint"] > 0
    assert (found["different"], found["complaints"]) == (0, []), done.stderr


class Killed(BaseException):
    """As SIGKILL: nothing that follows is done, no clean-up either."""


class MortalFiles(LocalFiles):
    """Dies at the n-th moment: before a write, half way through it, before the rename, after it; or before a removal."""

    def __init__(self, root, die_at):
        super().__init__(root)
        self.moments = itertools.count(1)
        self.die_at = die_at

    def _moment(self):
        if next(self.moments) == self.die_at:
            raise Killed

    def write(self, path, data):
        self._moment()
        target = self.root / path
        if target.parent.is_dir():
            half = target.with_name(f".{target.name}.half")
            half.write_bytes(data[: len(data) // 2])
            self._moment()
            half.write_bytes(data)
            self._moment()
            half.unlink()
        super().write(path, data)
        self._moment()

    def make(self, path):
        self._moment()
        super().make(path)
        self._moment()

    def remove(self, path):
        self._moment()
        super().remove(path)


class Ticks:
    now = 0.0

    def __call__(self):
        self.now += 0.3
        return self.now


@pytest.fixture
def busy(monkeypatch):
    """Every event a segment, every event a checkpoint, by a clock of ticks: the same file operations every time."""
    tiny.install(monkeypatch.setattr)
    monkeypatch.setattr(writer, "SEGMENT_SECONDS", 0.0)
    monkeypatch.setattr(job, "CHECKPOINT_SECONDS", 0.0)
    monkeypatch.setattr(job, "Training", lambda *a: Training(*a, meter=lambda data, key: None, clock=Ticks()))
    monkeypatch.setattr(store.secrets, "choice", lambda letters: letters[0])


def test_a_death_at_every_single_file_operation(tmp_path, busy):
    spec = tiny.spec(steps=2)
    whole = Store(tmp_path / "whole", gallery=None)
    run_id = whole.create(spec)
    job.execute(whole, run_id)
    expected = job.load_tensors(whole.open(run_id))
    for moment in itertools.count(1):
        mortal = Store(tmp_path / str(moment), gallery=None)
        mortal.files = MortalFiles(tmp_path / str(moment), moment)
        try:
            job.execute(mortal, mortal.create(spec))
        except Killed:
            died = True
        else:
            died = False
        after = Store(tmp_path / str(moment), gallery=None)
        known = checks.readable(after)
        if not died:
            break
        assert known <= 1
        lost = after.recover(set())
        checks.readable(after)
        for i in lost:
            record = after.open(i).record()
            assert record.state == "failed" and record.error["message"]
            assert job.execute(after, i) == "done"
            found = job.load_tensors(after.open(i))
            assert all(torch.equal(found[k], expected[k]) for k in expected if k.startswith("model/"))
            assert [e["step"] for e in after.open(i).events()] == [1, 2]
    assert moment > 50
