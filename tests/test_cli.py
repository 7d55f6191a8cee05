"""The command line, in this process with the toy plug-ins, and once as a process of its own for Ctrl-C."""

import dataclasses
import json
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from genai_core import training
from genai_core.__main__ import main
from genai_core.errors import DataError
from genai_core.runs.store import open_folder
from tests.execution import toys


@pytest.fixture(autouse=True)
def plugins(monkeypatch):
    toys.install(monkeypatch.setattr)


@pytest.fixture
def run_dir(tmp_path, capsys):
    folder = tmp_path / "run"
    assert main(["train", "toy", "--dataset", "squares", "--steps", "10", "--seed", "5", "--out", str(folder)]) == 0
    capsys.readouterr()
    return folder


def refused(capsys, *argv, code=2):
    """One command that must fail: returns its sentence."""
    assert main([str(a) for a in argv]) == code
    out, err = capsys.readouterr()
    assert out == "" and err.endswith(".\n") and err.count("\n") == 1 and "Traceback" not in err
    return err


def test_list_tells_what_there_is(capsys):
    assert main(["list", "models"]) == 0
    assert "toy    Toy: A test." in capsys.readouterr().out
    assert main(["list", "datasets"]) == 0
    assert "not on this machine" in capsys.readouterr().out
    assert main(["list", "models", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [m["key"] for m in found] == ["toy", "eager"] and found[0]["knobs"][0]["name"] == "step_ms"
    assert main(["list", "risks", "--json"]) == 0
    assert [r["key"] for r in json.loads(capsys.readouterr().out)] == ["listener"]


def test_train_makes_a_run_folder(run_dir):
    record = open_folder(run_dir).record()
    assert (record.state, record.step, record.origin, record.spec.seed) == ("done", 10, "cli", 5)
    assert record.spec.config["batch_size"] == 8 and open_folder(run_dir).frames()[-1] == 10


def test_settings_reach_the_spec_and_seconds_bound_the_run(tmp_path):
    argv = ["train", "toy", "--dataset", "squares", "--seconds", "1", "--set", "batch_size=4", "--set", "step_ms=5"]
    assert main([*argv, "--out", str(tmp_path / "r")]) == 0
    record = open_folder(tmp_path / "r").record()
    assert record.spec.config["batch_size"] == 4 and record.spec.budget.seconds == 1 and record.step > 20


def test_sample_writes_floats_that_follow_the_seed_and_the_controls(run_dir, tmp_path):
    def drawn(name, *more):
        assert main(["sample", str(run_dir), "--out", str(tmp_path / name), *more]) == 0
        with np.load(tmp_path / name, allow_pickle=False) as file:
            assert file.files == ["samples"]
            return file["samples"]

    one = drawn("a.npz", "--n", "1007", "--seed", "1")
    assert one.shape == (1007, 6, 6) and one.dtype == np.float32 and one.min() >= 0 and one.max() <= 1
    assert (one == drawn("b.npz", "--n", "1007", "--seed", "1")).all()
    assert (one != drawn("c.npz", "--n", "1007", "--seed", "2")).any()
    ones = drawn("d", "--n", "10", "--seed", "1", "--set", "label=1")  # the name is taken as it is
    assert np.allclose(ones[1::2], drawn("e.npz", "--n", "10", "--seed", "1")[1::2], atol=1e-6)


def test_evaluate_tells_values_beside_their_floor(run_dir, capsys, monkeypatch):
    seen = []

    class Meter:
        def measure(self, samples):
            seen.append(samples)
            return {"frechet": 3.5, "coverage": 0.5}

        def floor(self):
            return {"frechet": 2.25}

    monkeypatch.setattr(training, "meter_for", lambda data, key: Meter())
    assert main(["evaluate", str(run_dir), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["metrics"] == {
        "frechet": {"value": 3.5, "floor": 2.25},
        "coverage": {"value": 0.5, "floor": None},
    }
    assert found["step"] == 10 and seen[0].shape == (60, 6, 6)
    assert main(["evaluate", str(run_dir)]) == 0
    assert "2.25" in capsys.readouterr().out
    monkeypatch.setattr(training, "meter_for", lambda data, key: None)
    assert "no measure of quality for squares" in refused(capsys, "evaluate", run_dir)


def test_a_run_is_trained_into_a_new_folder_only(run_dir, capsys):
    argv = ["train", "toy", "--dataset", "squares", "--steps", "5", "--out", run_dir]
    assert "is not empty" in refused(capsys, *argv)
    assert open_folder(run_dir).record().step == 10
    assert "nothing left to train" in refused(capsys, "resume", run_dir)


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        ([], "required"),
        (["dance"], "invalid choice"),
        (["list", "cats"], "invalid choice"),
        (["train", "toy", "--out", "x"], "--dataset"),
        (["train", "cat", "--dataset", "squares", "--out", "x"], "no model called cat"),
        (["train", "toy", "--dataset", "cats", "--out", "x"], "no data set called cats"),
        (["train", "toy", "--dataset", "squares", "--steps", "1", "--seconds", "1", "--out", "x"], "not allowed"),
        (["train", "toy", "--dataset", "squares", "--steps", "0", "--out", "x"], "0 steps"),
        (["train", "toy", "--dataset", "squares", "--steps", "1e9", "--out", "x"], "whole number"),
        (["train", "toy", "--dataset", "squares", "--seed", "x", "--out", "x"], "seed"),
        (["train", "toy", "--dataset", "squares", "--set", "cats=1", "--out", "x"], "no setting called cats"),
        (["train", "toy", "--dataset", "squares", "--set", "batch_size", "--out", "x"], "name=value"),
        (["train", "toy", "--dataset", "squares", "--set", "step_ms=1", "--set", "step_ms=2", "--out", "x"], "twice"),
        (["sample", "nowhere", "--n", "1", "--out", "x"], "no run in nowhere"),
        (["evaluate", "nowhere"], "no run in nowhere"),
        (["run", "toy", "--out", "x"], "no experiment called toy"),
        (["gallery"], "required"),
        (["gallery", "build", "--only", "cats"], "no preset called cats"),
    ],
)
def test_errors_are_one_sentence_and_code_2(argv, words, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert words in refused(capsys, *argv)
    assert list(tmp_path.iterdir()) == []


def test_sample_refuses_what_it_cannot_do(run_dir, tmp_path, capsys):
    for n in ("0", "-1", "x", "1000000"):
        assert "n " in refused(capsys, "sample", run_dir, "--n", n, "--out", tmp_path / "s.npz")
    assert "label" in refused(capsys, "sample", run_dir, "--n", 1, "--set", "label=9", "--out", tmp_path / "s.npz")
    assert not (tmp_path / "s.npz").exists()
    assert "No such file" in refused(capsys, "sample", run_dir, "--n", 1, "--out", tmp_path / "none" / "s.npz")


def test_samples_take_the_place_of_samples_alone(run_dir, tmp_path, capsys):
    letter = tmp_path / "letter.txt"
    letter.write_text("dear reader")
    said = refused(capsys, "sample", run_dir, "--n", 1, "--out", letter)
    assert "letter.txt" in said and "holds no samples" in said and letter.read_text() == "dear reader"
    assert "holds no samples" in refused(capsys, "sample", run_dir, "--n", 1, "--out", tmp_path)
    for n in ("1", "2"):
        assert main(["sample", str(run_dir), "--n", n, "--out", str(tmp_path / "s.npz")]) == 0
    assert np.load(tmp_path / "s.npz")["samples"].shape == (2, 6, 6)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["letter.txt", "run", "s.npz"]


def test_a_run_without_its_weights_is_called_by_its_name(run_dir, tmp_path, capsys):
    (run_dir / "weights.safetensors").unlink()
    said = refused(capsys, "sample", run_dir, "--n", 1, "--out", tmp_path / "s.npz")
    assert said == f"Run {open_folder(run_dir).record().id} has no weights yet.\n"


def test_an_experiment_runs_is_evaluated_and_has_nothing_to_sample(tmp_path, capsys):
    folder = tmp_path / "e"
    assert main(["run", "listener", "--seed", "3", "--out", str(folder)]) == 0
    capsys.readouterr()
    record = open_folder(folder).record()
    assert record.state == "done" and record.spec.seed == 3 and record.origin == "cli"
    assert main(["evaluate", str(folder), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    report = open_folder(folder).report()
    assert found["run"] == record.id and set(found["metrics"]) == set(report["metrics"])
    assert main(["evaluate", str(folder)]) == 0 and "measure" in capsys.readouterr().out
    assert "no model to sample" in refused(capsys, "sample", folder, "--n", 1, "--out", tmp_path / "s.npz")
    (folder / "report.json").write_text("{}")
    assert "damaged" in refused(capsys, "evaluate", folder)


def test_a_run_that_never_began_leaves_its_folder_free(tmp_path, capsys, monkeypatch):
    def gone():
        raise DataError("The squares are gone.")

    argv = ["train", "toy", "--dataset", "squares", "--steps", "5", "--out", str(tmp_path / "r")]
    with monkeypatch.context() as patch:
        patch.setitem(toys.DATASETS, "squares", dataclasses.replace(toys.DATASET, load=gone))
        assert "squares are gone" in refused(capsys, *argv)
    assert main(argv) == 0


def test_a_failing_run_says_why(tmp_path, capsys, monkeypatch):
    def burst(self, *_):
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(toys.Toy, "train_step", burst)
    said = refused(capsys, "train", "toy", "--dataset", "squares", "--steps", "5", "--out", tmp_path / "r")
    assert "ZeroDivisionError" in said and open_folder(tmp_path / "r").record().state == "failed"


def test_ctrl_c_leaves_a_run_that_goes_on(tmp_path):
    code = (
        "import sys; from tests.execution import toys; toys.install();"
        "from genai_core.__main__ import main; sys.exit(main(sys.argv[1:]))"
    )
    folder = tmp_path / "run"
    argv = ["train", "toy", "--dataset", "squares", "--steps", "400", "--set", "step_ms=5", "--out", str(folder)]
    process = subprocess.Popen([sys.executable, "-c", code, *argv], stderr=subprocess.PIPE, text=True)
    limit = time.monotonic() + 40
    while not (folder / "frames").exists():
        assert process.poll() is None and time.monotonic() < limit
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    record = open_folder(folder).record()
    assert process.returncode == 2 and err.count("\n") == 1 and "resume" in err
    assert record.state == "stopped" and 0 < record.step < 400
    assert main(["resume", str(folder)]) == 0
    record = open_folder(folder).record()
    assert record.state == "done" and record.step == 400
