"""The engine as a whole: real processes, real kills, toy models."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from genai_core.errors import ConfigError, DataError, EngineError, RunError
from genai_core.execution import looker, protocol
from genai_core.execution.client import Engine
from genai_core.runs.store import Store, owner_hash
from genai_core.runs.weights import check
from tests.execution import toys

pytestmark = pytest.mark.xdist_group("engine")
PROGRAM = (str(Path(__file__).with_name("toy_engine.py")),)
TOKEN = "a token"
MINE = owner_hash(TOKEN)
SETTINGS = {"WORKERS": "1", "QUEUE": "3", "PATIENCE": "1.5", "IDLE": "1", "UNSEEN": "600", "FORK": "1"}


def until(condition, seconds=40.0):
    limit = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < limit, "it did not happen"
        time.sleep(0.01)
    return found


class House:
    """A store with its engine, as one web process has it."""

    def __init__(self, folder: Path) -> None:
        self.url = str(folder / "store")
        self.store = Store(self.url, gallery=None)
        self.engine = Engine.connect(self.url, program=PROGRAM)

    def record(self, run_id):
        return self.store.open(run_id).record()

    def submit(self, steps=30, **config):
        return self.engine.submit(toys.spec(steps, **config), MINE)

    def reach(self, run_id, *states):
        return until(lambda: (r := self.record(run_id)).state in states and r)

    def trained(self, run_id, step=1):
        return until(lambda: (r := self.record(run_id)).step >= step and r)

    def job(self, run_id):
        return until(lambda: next((r["pid"] for r in self.engine.status()["running"] if r["id"] == run_id), None))

    def begun(self, run_id):
        """The job's process, once its first frame is there."""
        pid = self.job(run_id)
        until(self.store.open(run_id).frames)
        return pid

    def idle(self):
        until(lambda: not (s := self.engine.status())["running"] and not s["queue"])

    def do(self, run_id, action):
        return self.engine.control(run_id, action, TOKEN)

    def processes(self):
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if self.url in process.cmdline() and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process.pid)
        return found

    def restart(self, kill=signal.SIGTERM):
        """End the engine, and have the next request start one (with the environment of now)."""
        pid = self.engine.status()["pid"]
        os.kill(pid, kill)
        self.engine._process.wait(30)
        return pid


@pytest.fixture(scope="module")
def house():
    folder = Path(tempfile.mkdtemp(dir="/tmp", prefix="gai"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(folder))
        for name, value in SETTINGS.items():
            patch.setenv(f"GENAI_{name}", value)
        house = House(folder)
        yield house
        house.restart()
        house.engine.close()
        assert house.processes() == [], "processes left behind"
    shutil.rmtree(folder)


@pytest.fixture(autouse=True)
def quiet(house):
    yield
    for run in house.engine.status()["running"]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(run["pid"], signal.SIGKILL)
    house.idle()


# --- a run, from submission to report -------------------------------------------------------------------------------


def test_a_run_trains_and_leaves_everything_behind(house):
    run_id = house.engine.submit(toys.spec(30, plugin="eager"), MINE, preset="toy-a")
    record = house.reach(run_id, "done")
    run = house.store.open(run_id)
    assert record.step == 30 and record.error is None and record.preset == "toy-a" and record.origin == "web"
    assert record.threads in (1, 2)
    assert run.frames()[-1] == 30 and run.events()[-1]["step"] == 30 and run.report() is not None
    assert any(name.startswith("model/") for name in check(run.weights())[0])
    house.idle()
    status = house.engine.status()
    assert status["threads"] == 1 and status["slots"] == 1
    if sys.platform == "linux":
        assert psutil.Process(status["pid"]).num_threads() == 1  # or it could not fork


def test_what_cannot_be_run_is_refused_with_a_sentence(house):
    good = toys.spec()
    with pytest.raises(DataError, match="gone is not on this machine"):
        house.engine.submit(toys.spec(dataset="gone"), MINE)
    with pytest.raises(ConfigError, match="at most 1000"):
        house.engine.submit(type(good)("toy", {**good.config, "step_ms": 5000.0}, "squares", 0, good.budget), MINE)
    with pytest.raises(ConfigError, match="no plug-in called"):
        house.engine.submit(type(good)("other", {}, "squares", 0, good.budget), MINE)
    with pytest.raises(RunError, match="command line"):
        house.engine.submit(good, MINE, origin="gallery")


def test_the_catalogue_names_the_plug_ins(house):
    catalogue = house.engine.catalogue()
    assert set(catalogue.models) == {"toy", "eager"} and not catalogue.datasets["gone"]["available"]
    assert house.engine.catalogue() is catalogue  # read once


# --- pause, resume, step, stop -----------------------------------------------------------------------------------------


def test_pause_step_and_resume_end_where_never_stopping_ends(house):
    whole, broken = (house.submit(100, step_ms=10) for _ in range(2))
    house.reach(whole, "done")
    house.begun(broken)
    house.do(broken, "pause")
    paused = house.reach(broken, "paused")
    assert 0 < paused.step < 100
    house.do(broken, "step")
    until(lambda: (r := house.record(broken)).state == "paused" and r.step == paused.step + 1)
    house.do(broken, "resume")
    house.reach(broken, "done")
    weights = [house.store.open(run_id).weights() for run_id in (whole, broken)]
    tensors = [
        {k: bytes(w[v["data_offsets"][0] + len(w) - _data(w) : v["data_offsets"][1] + len(w) - _data(w)])
         for k, v in check(w)[0].items() if k.startswith("model/")}
        for w in weights
    ]  # fmt: skip
    assert tensors[0] and tensors[0] == tensors[1]


def _data(blob):
    return max(entry["data_offsets"][1] for entry in check(blob)[0].values())


def test_a_stopped_run_says_so_and_can_go_on(house):
    run_id = house.submit(100, step_ms=10)
    house.begun(run_id)
    house.do(run_id, "stop")
    assert house.reach(run_id, "stopped").step < 100
    house.do(run_id, "resume")
    house.reach(run_id, "done")
    with pytest.raises(RunError, match="nothing left to train"):
        house.do(run_id, "resume")


def test_resume_pressed_before_the_pause_is_over_still_resumes(house):
    run_id = house.submit(40, step_ms=20)
    house.begun(run_id)
    house.do(run_id, "pause")
    house.do(run_id, "resume")
    assert house.reach(run_id, "done").step == 40
    assert any("resume" in line for _, lines in house.store.open(run_id).segments() for line in lines)


def test_a_job_that_does_not_listen_is_ended(house, tmp_path):
    run_id = house.submit(30, hang_at=5, mark=str(tmp_path / "hangs"))
    pid = house.job(run_id)
    until((tmp_path / "hangs").exists)
    house.do(run_id, "stop")
    record = house.reach(run_id, "stopped")
    assert "SIGKILL" in str(RunError(record.error["message"], **record.error["params"]))
    assert not psutil.pid_exists(pid)


def test_a_job_that_comes_to_no_pause_in_time_is_ended_and_its_run_rests(house, tmp_path):
    """Who pressed Pause is not told that the process ended unexpectedly: it was ended, and what it saved is there."""
    run_id = house.submit(30, hang_at=20, step_ms=30, mark=str(tmp_path / "hangs"))
    house.begun(run_id)
    house.do(run_id, "pause")
    saved = house.reach(run_id, "paused").step
    assert 0 < saved < 20
    house.do(run_id, "resume")
    until((tmp_path / "hangs").exists)
    house.do(run_id, "pause")
    record = house.reach(run_id, "paused")
    assert record.step == saved and "in time" in record.error["message"] and record.error["params"] == {"step": saved}


def test_only_the_owner_controls(house):
    run_id = house.submit(1000, step_ms=20)
    house.begun(run_id)
    for token in ("", "another", MINE):
        for action in ("stop", "pause", "resume", "step"):
            with pytest.raises(RunError, match="Only the person who started this run"):
                house.engine.control(run_id, action, token)
    unowned = house.engine.submit(toys.spec(30), "")
    with pytest.raises(RunError, match="Only the person"):
        house.engine.control(unowned, "stop", "")
    with pytest.raises(RunError, match="not dance"):
        house.do(run_id, "dance")
    with pytest.raises(RunError, match="not the id of a run"):
        house.do("../../etc", "stop")
    assert house.record(run_id).state == "running"


def test_what_a_visitor_types_makes_a_run_private_and_is_written_nowhere(house):
    listener, words = toys.catalogue().spec("listener", {}), "qzwxyvq"
    run_id = house.engine.submit(listener, MINE, typed=words)
    assert house.reach(run_id, "done").private
    assert house.store.open(run_id).report()["params"] == {"letters": 7}
    broken = house.engine.submit(toys.catalogue().spec("listener", {"fail": True}), MINE, typed=words)
    assert house.reach(broken, "failed").private
    plain = house.engine.submit(listener, MINE)
    assert not house.reach(plain, "done").private and house.store.open(plain).report()["params"] == {"letters": 0}
    assert house.store.find(listener).record().id == plain
    places = [*Path(house.url).rglob("*"), house.engine.address.log, *house.engine.address.folder.rglob("*")]
    kept = [place for place in places if place.is_file() and words.encode() in place.read_bytes()]
    assert len(places) > 8 and kept == []


def test_what_is_typed_must_have_the_form_that_is_asked_for(house):
    listener, before = toys.catalogue().spec("listener", {}), len(house.store.ids())
    for words in ("abcd", "abcdefghij", "abc def", "abcdef\n", "<b>abc</b>"):
        with pytest.raises(ConfigError, match="the form that is asked for"):
            house.engine.submit(listener, MINE, typed=words)
    with pytest.raises(RunError, match="takes nothing that is typed"):
        house.engine.submit(toys.spec(3), MINE, typed="abcdef")
    assert len(house.store.ids()) == before


def test_a_private_run_that_still_waits_when_the_engine_goes_says_that_its_text_is_gone(house):
    first = house.submit(2000, step_ms=10)
    house.job(first)
    waiting = house.engine.submit(toys.catalogue().spec("listener", {}), MINE, typed="abcdef")
    house.restart(signal.SIGKILL)
    house.engine.status()
    record = house.reach(waiting, "failed")
    assert "kept nowhere" in record.error["message"]
    with pytest.raises(RunError, match="start it anew"):
        house.do(waiting, "resume")


# --- the queue ---------------------------------------------------------------------------------------------------------


def test_the_queue_is_first_come_first_served_visible_and_bounded(house):
    first = house.submit(2000, step_ms=10)
    house.job(first)
    waiting = [house.submit(3, seed=seed, plugin="eager") for seed in range(3)]
    assert house.engine.status()["queue"] == waiting
    assert [house.record(run_id).state for run_id in waiting] == ["queued"] * 3
    with pytest.raises(EngineError, match="3 runs are waiting"):
        house.submit(3)
    house.do(waiting[1], "stop")
    assert house.engine.status()["queue"] == [waiting[0], waiting[2]]
    assert house.record(waiting[1]).state == "stopped"
    house.do(first, "stop")
    one, two = house.reach(waiting[0], "done"), house.reach(waiting[2], "done")
    assert one.finished <= two.started
    assert one.threads == 1  # another waited


def test_a_second_client_watches_the_same_run(house):
    other = Engine.connect(house.url, start=False, program=PROGRAM)
    run_id = house.submit(1000, step_ms=20)
    house.begun(run_id)
    assert [r["id"] for r in other.status()["running"]] == [run_id]
    other.seen([run_id, "unknown"])
    until(lambda: Store(house.url).open(run_id).frames())
    other.close()
    assert house.record(run_id).state == "running"


# --- kills -------------------------------------------------------------------------------------------------------------


def test_a_killed_job_says_so_and_goes_on_from_its_checkpoint(house):
    run_id = house.submit(100, step_ms=10)
    house.begun(run_id)
    house.do(run_id, "pause")
    step = house.reach(run_id, "paused").step
    house.idle()
    house.do(run_id, "resume")
    os.kill(house.job(run_id), signal.SIGKILL)
    record = house.reach(run_id, "failed")
    said = str(RunError(record.error["message"], **record.error["params"]))
    assert "SIGKILL" in said and f"from step {step}" in said
    house.do(run_id, "resume")
    record = house.reach(run_id, "done")
    assert record.step == 100 and record.error is None


def test_a_job_killed_before_its_first_checkpoint_can_be_started_again(house, tmp_path):
    run_id = house.submit(20, die_at=5, mark=str(tmp_path / "died"))
    record = house.reach(run_id, "failed")
    assert "before its first checkpoint" in record.error["message"]
    house.do(run_id, "resume")
    assert house.reach(run_id, "done").step == 20


def test_an_engine_killed_in_mid_run_leaves_runs_that_the_next_one_finds(house):
    running = house.submit(3000, step_ms=10)
    pid = house.begun(running)
    waiting = house.submit(5)
    house.restart(signal.SIGKILL)
    until(lambda: not psutil.pid_exists(pid))  # the orphan has noticed
    paused = house.record(running)
    assert paused.state == "paused" and paused.step > 0
    house.engine.status()  # the next engine
    house.reach(waiting, "done")
    house.do(running, "step")
    until(lambda: (r := house.record(running)).state == "paused" and r.step == paused.step + 1)


def test_engine_and_job_killed_together(house):
    run_id = house.submit(3000, step_ms=10)
    job = house.begun(run_id)
    house.trained(run_id)
    os.kill(job, signal.SIGSTOP)
    house.restart(signal.SIGKILL)
    os.kill(job, signal.SIGKILL)
    house.engine.status()
    record = house.reach(run_id, "failed")
    assert "was lost" in record.error["message"]
    house.do(run_id, "resume")
    house.trained(run_id, 1)
    house.do(run_id, "stop")
    house.reach(run_id, "stopped")


def test_a_server_that_stops_pauses_its_runs_and_an_unwatched_one_makes_room(house, monkeypatch):
    run_id = house.submit(3000, step_ms=10)
    house.job(run_id)
    waiting = house.submit(5)
    monkeypatch.setenv("GENAI_UNSEEN", "0.5")
    house.restart(signal.SIGTERM)
    record = house.record(run_id)
    assert record.state == "paused" and "server stopped" in record.error["message"]
    assert house.record(waiting).state == "queued"
    house.reach(waiting, "done") if house.engine.status() else None
    # the new engine pauses a run that nobody looks at, but only when another waits
    house.do(run_id, "resume")
    house.trained(run_id, record.step + 1)
    time.sleep(1)
    assert house.record(run_id).state == "running"
    stop = threading.Event()

    def look_on():
        while not stop.wait(0.1):
            house.engine.seen([run_id])

    watcher = threading.Thread(target=look_on)
    watcher.start()
    until(lambda: house.engine.seen([run_id]) is None)
    late = house.submit(5)
    time.sleep(1.2)
    try:
        assert house.record(run_id).state == "running" and house.record(late).state == "queued"
    finally:
        stop.set()
        watcher.join()
    house.reach(late, "done")
    assert house.record(run_id).state == "paused"


def test_an_engine_of_other_code_is_replaced_and_an_idle_one_leaves(house):
    old = house.engine.status()["pid"]
    newer = Engine(protocol.address(house.url), True, PROGRAM)
    newer.source = "of other code"
    assert newer._hold() is None
    house.engine._process.wait(20)
    newer.close()
    new = house.engine.status()["pid"]
    assert new != old
    house.engine.close()
    house.engine._process.wait(20)  # by itself, nobody being there
    assert not house.engine.address.socket.exists()


# --- looks -------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def done(house):
    run_id = house.submit(20)
    house.reach(run_id, "done")
    house.idle()
    return run_id


def test_looks_are_answered_while_a_run_trains(house, done):
    running = house.submit(3000, step_ms=5)
    house.job(running)
    result, arrays = house.engine.look("sample", {"run": done, "n": 6, "seed": 1})
    again, same = house.engine.look("sample", {"run": done, "n": 6, "seed": 1})
    assert result == again == {"n": 6} and (arrays["samples"] == same["samples"]).all()
    assert arrays["samples"].shape == (6, 6, 6) and list(arrays["labels"]) == [0, 1, 0, 1, 0, 1]
    with pytest.raises(RunError, match="no weights yet"):
        house.engine.look("sample", {"run": running})
    until(lambda: house.record(running).state == "running")


def test_bad_looks_say_what_is_wrong(house, done):
    with pytest.raises(ConfigError, match="no look called"):
        house.engine.look("nothing", {"run": done})
    with pytest.raises(ConfigError, match="n must lie between"):
        house.engine.look("sample", {"run": done, "n": 10**9})
    with pytest.raises(RunError, match="not the id"):
        house.engine.look("sample", {"run": "../x"})
    with pytest.raises(EngineError, match="failed inside the worker"):
        house.engine.look("slow", {"run": done, "seconds": "long"})


def test_a_look_that_takes_too_long_or_dies_does_not_take_the_next_with_it(house, done):
    with pytest.raises(EngineError, match="longer than 0.3 s"):
        house.engine.look("slow", {"run": done, "seconds": 60}, timeout=0.3)
    first = house.engine.look("slow", {"run": done})[0]["pid"]
    with pytest.raises(EngineError, match="died"):
        house.engine.look("slow", {"run": done, "die": True})
    assert house.engine.look("slow", {"run": done})[0]["pid"] != first


def test_a_report_holds_up_no_slider_and_its_worker_leaves(house, done, tmp_path):
    """The report goes on until the slider has been answered: with one worker for both, neither would ever end."""
    gate, found = tmp_path / "answered", []
    report = threading.Thread(target=lambda: found.append(house.engine.look("report", {"until": str(gate)}, timeout=30)[0]["pid"]))
    report.start()
    quick = house.engine.look("slow", {"run": done}, timeout=15)[0]["pid"]
    gate.touch()
    report.join()
    assert found and found != [quick]
    assert house.engine.look("report", {})[0]["pid"] == found[0]


def test_a_worker_that_nobody_asks_is_ended_after_its_rest(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(looker, "time", SimpleNamespace(monotonic=lambda: now[0]))
    ours = looker.Looker(None, (), lambda owner, reply: None, lambda sock: None, lambda sock: None, rest=60.0)
    _far, ours.sock = socket.socketpair()
    ours.process = process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    ours.ask("somebody", "report", {}, 5.0)
    now[0] = 4.0
    ours.tick()
    ours.current = None  # answered
    for now[0] in (30.0, 59.0):
        ours.tick()
        assert ours.process is process
    now[0] = 61.0
    ours.tick()
    assert ours.process is ours.sock is None
    assert process.wait(20) == -signal.SIGKILL


# --- the socket --------------------------------------------------------------------------------------------------------


def test_hostile_bytes_cost_their_connection_alone(house):
    status = house.engine.status()
    message = protocol.frame({"op": "status"}).to_bytes()
    nested = b"[" * 60_000
    attacks = [
        os.urandom(4096),
        b"GET / HTTP/1.1\r\n\r\n",
        protocol.PRELUDE.pack(protocol.MAGIC, 1 << 30, 0),
        protocol.PRELUDE.pack(protocol.MAGIC, 10, 1 << 20),
        protocol.PRELUDE.pack(protocol.MAGIC, len(nested), 0) + nested,
        protocol.frame({"op": "submit"}).to_bytes(),
        protocol.frame({"op": "submit", "spec": 5, "owner": [], "origin": {}}).to_bytes(),
        protocol.frame({"op": "seen", "runs": 7}).to_bytes(),
        protocol.frame({"op": "seen", "runs": [[]]}).to_bytes(),
        protocol.frame({"op": "look", "name": "sample", "params": [], "timeout": 1}).to_bytes(),
        protocol.frame({"op": "look", "name": "sample", "params": {}, "timeout": "x"}).to_bytes(),
        protocol.frame({"op": "control", "run": ["x"], "action": {}, "token": None}).to_bytes(),
        protocol.frame({"op": "__class__"}).to_bytes(),
        protocol.frame({}).to_bytes(),
        message[:9],
        message * 50,
    ]
    for attack in attacks:
        with socket.socket(socket.AF_UNIX) as sock:
            sock.connect(str(house.engine.address.socket))
            sock.settimeout(10)
            with contextlib.suppress(ConnectionError):
                sock.sendall(attack)
                sock.shutdown(socket.SHUT_WR)
                while sock.recv(1 << 16):
                    pass
    idle = [socket.socket(socket.AF_UNIX) for _ in range(30)]
    for sock in idle:
        sock.connect(str(house.engine.address.socket))
        sock.sendall(message[:5])
    assert house.engine.status()["pid"] == status["pid"]
    for sock in idle:
        sock.close()


# --- where fork is unsafe ----------------------------------------------------------------------------------------------


def test_warm_programs_do_the_same_where_fork_is_unsafe(house, done, monkeypatch):
    monkeypatch.setenv("GENAI_FORK", "0")
    house.restart()
    run_id = house.submit(300, step_ms=10)
    job = house.begun(run_id)
    house.do(run_id, "pause")
    assert 0 < house.reach(run_id, "paused").step < 300
    assert house.engine.look("sample", {"run": done, "n": 4}, timeout=25)[1]["samples"].shape == (4, 6, 6)
    house.do(run_id, "resume")
    assert house.reach(run_id, "done").step == 300
    assert not psutil.pid_exists(job)
    killed = house.submit(3000, step_ms=10)
    os.kill(house.job(killed), signal.SIGKILL)
    assert "SIGKILL" in str(house.reach(killed, "failed").error)
    monkeypatch.setenv("GENAI_FORK", "1")
    house.restart()
