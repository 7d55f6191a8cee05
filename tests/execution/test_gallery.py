"""The gallery's build and check, on the toy plug-ins."""

import json
import shutil

import pytest

from genai_core.errors import ConfigError, RunError
from genai_core.execution import gallery
from genai_core.runs.job import execute
from genai_core.runs.store import Store
from genai_core.runs.weights import check as check_weights
from tests.execution import toys


@pytest.fixture(scope="module", autouse=True)
def plugins():
    with pytest.MonkeyPatch.context() as patch:
        toys.install(patch.setattr)
        yield


@pytest.fixture(scope="module")
def built(tmp_path_factory, plugins):
    folder = tmp_path_factory.mktemp("gallery")
    assert gallery.build(gallery=folder) == ["toy-a", "toy-b"]
    return folder


@pytest.fixture
def shipped(built, tmp_path):
    return shutil.copytree(built, tmp_path / "gallery")


def test_what_is_built_is_in_order_and_small(built):
    assert gallery.check(built) == []
    store = Store(built / "none", gallery=built)
    index = store.gallery_index()
    assert set(index) == {"toy-a", "toy-b"}
    run = store.open(index["toy-a"])
    record = run.record()
    assert run.shipped and record.state == "done" and record.origin == "gallery" and record.preset == "toy-a"
    assert all(name.startswith("model/") for name in check_weights(run.weights())[0])
    assert len(run.frames()) <= gallery.FRAMES and run.report() is not None and len(run.segments()) == 1
    assert store.find(record.spec).record().id == record.id


def test_only_what_is_missing_or_changed_is_built_again(shipped, monkeypatch):
    index = json.loads((shipped / "index.json").read_text())
    assert gallery.build(gallery=shipped) == []
    assert gallery.build("toy-b", force=True, gallery=shipped) == ["toy-b"]
    again = json.loads((shipped / "index.json").read_text())
    assert again["toy-a"] == index["toy-a"] and again["toy-b"] != index["toy-b"]
    assert not (shipped / index["toy-b"]).exists() and gallery.check(shipped) == []
    changed = toys.dataclasses.replace(toys.MODEL.presets[0], seed=99)
    model = toys.dataclasses.replace(toys.MODEL, presets=(changed, toys.MODEL.presets[1]))
    monkeypatch.setitem(toys.MODELS, "toy", model)
    assert any("another spec" in problem for problem in gallery.check(shipped))
    assert gallery.build(gallery=shipped) == ["toy-a"] and gallery.check(shipped) == []


def test_an_unknown_preset_and_one_that_fails_are_refused(tmp_path):
    with pytest.raises(ConfigError, match="no preset called cats"):
        gallery.build("cats", gallery=tmp_path)
    with pytest.raises(RunError, match="toy-a did not finish"):
        gallery.build("toy-a", gallery=tmp_path, execute=lambda store, run_id, threads: "failed")
    assert not (tmp_path / "index.json").exists()


def _only(folder):
    return next(path for path in folder.iterdir() if path.is_dir())


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda g: (_only(g) / "weights.safetensors").write_bytes(b"x" * 100), "damaged"),
        (lambda g: (_only(g) / "weights.safetensors").unlink(), "weights"),
        (lambda g: next((_only(g) / "frames").iterdir()).write_bytes(b"x"), "is not what was built"),
        (lambda g: next((_only(g) / "events").iterdir()).unlink(), "is missing"),
        (lambda g: (g / "stray.bin").write_bytes(b"x"), "has no sum"),
        (lambda g: shutil.rmtree(_only(g)), "cannot be used"),
        (lambda g: (g / "index.json").write_text("{}"), "has no run"),
        (lambda g: (g / "big.bin").write_bytes(bytes(gallery.LIMIT)), "may take 40"),
    ],
)
def test_check_finds_what_is_wrong(shipped, damage, words):
    damage(shipped)
    assert any(words in problem for problem in gallery.check(shipped))


def test_thinning_keeps_the_ends_and_spreads_the_rest(tmp_path):
    store = Store(tmp_path, gallery=None)
    run_id = store.create(toys.spec(3))
    execute(store, run_id)
    run = store.open(run_id)
    steps = range(0, 1000, 10)
    for step in run.frames():
        run.files.remove(run.path(f"frames/{step:06d}.webp"))
    for step in steps:
        run.files.write(run.path(f"frames/{step:06d}.webp"), b"x")
    gallery.thin(run, 12)
    kept = run.frames()
    assert len(kept) == 12 and kept[0] == 0 and kept[-1] == 990
    gaps = [b - a for a, b in zip(kept, kept[1:], strict=False)]
    assert max(gaps) - min(gaps) <= 10
    gallery.thin(run, 12)
    assert run.frames() == kept


def test_large_frames_are_thinned_to_a_film_of_bounded_size(tmp_path):
    store = Store(tmp_path, gallery=None)
    run = store.open(store.create(toys.spec(3)))
    for step in range(24):
        run.files.write(run.path(f"frames/{step:06d}.webp"), b"x" * (gallery.FILM // 18))
    gallery.thin(run, 24)
    assert len(run.frames()) == 18 and run.frames()[0] == 0 and run.frames()[-1] == 23
    for step in range(18):
        run.files.write(run.path(f"frames/{step:06d}.webp"), b"x" * gallery.FILM)
    gallery.thin(run, 24)
    assert len(run.frames()) == gallery.FEWEST


def test_a_long_history_is_thinned_to_one_segment_and_keeps_every_evaluation(tmp_path):
    store = Store(tmp_path, gallery=None)
    run_id = store.create(toys.spec(40))
    assert execute(store, run_id) == "done"
    run = store.open(run_id)
    for i in range(50):  # a history of many lines, of which two are evaluations
        measured = {"frechet": 1.0} if i in (7, 49) else {}
        line = {"step": i + 1, "total": 50, "values": {"loss": float(i)} | measured}
        run.files.write(run.path(f"events/{i + 1:06d}.jsonl"), (json.dumps(line) + "\n").encode())
    before = run.events()
    gallery.thin_events(run, 60)
    assert run.events() == before
    gallery.thin_events(run, 10)
    after = run.events()
    assert 10 <= len(after) <= 12 and run.files.names(run.path("events")) == ["000001.jsonl"]
    assert after[0] == before[0] and after[-1] == before[-1]
    assert [event["step"] for event in after if "frechet" in event["values"]] == [8, 50]
