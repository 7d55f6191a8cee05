import io
import json
import struct
import zipfile

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from safetensors.torch import save

from genai_core.errors import UserError
from genai_core.runs import archive, job
from genai_core.runs.archive import pack, unpack
from genai_core.runs.store import TRAINED, Store, owner_hash
from genai_core.runs.writer import RunWriter, encode_frame
from tests.runs import tiny

CATALOGUE = tiny.catalogue()


@pytest.fixture(scope="module")
def packed(tmp_path_factory):
    """The zip of a small finished run."""
    with pytest.MonkeyPatch.context() as patch:
        tiny.install(patch.setattr)
        store = Store(tmp_path_factory.mktemp("packed"), gallery=None)
        run_id = store.create(tiny.spec(steps=12), owner=owner_hash("token"))
        assert job.execute(store, run_id) == "done"
        return pack(store.open(run_id))


def files_of(blob):
    with zipfile.ZipFile(io.BytesIO(blob)) as z:
        return {i.filename: z.read(i) for i in z.infolist()}


def zipped(files, **options):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        for name, data in files.items() if isinstance(files, dict) else files:
            z.writestr(name, data, **options)
    return out.getvalue()


def changed(packed, **parts):
    """The zip with some files replaced; keys with __ for / and . as in run__json."""
    return zipped(files_of(packed) | {k.replace("___", "/").replace("__", "."): v for k, v in parts.items()})


def record_with(packed, **fields):
    return changed(packed, run__json=json.dumps(json.loads(files_of(packed)["run.json"]) | fields))


def refused(blob, store):
    with pytest.raises(UserError) as caught:
        unpack(blob, store, CATALOGUE)
    assert str(caught.value).endswith(".") and len(str(caught.value)) < 400
    assert store.files.names("") == []
    return str(caught.value)


def test_round_trip(packed, store, plugins):
    run = store.open(unpack(packed, store, CATALOGUE))
    record = run.record()
    assert (record.state, record.origin, record.private, record.owner, record.step) == (
        "done",
        "imported",
        True,
        "",
        12,
    )
    assert record.spec == tiny.spec(steps=12) and record.info == tiny.load().info
    again = files_of(pack(run))
    before = files_of(packed)
    assert again.keys() == before.keys()
    assert all(again[n] == before[n] for n in before if n not in ("run.json", "report.json"))
    assert run.report()["finding"] == TRAINED and run.report()["params"]["steps"] == 12
    assert store.list() == [] and store.find(tiny.spec(steps=12)) is None


def test_the_same_run_packs_to_the_same_bytes(packed, store):
    run = store.open(unpack(packed, store, CATALOGUE))
    assert pack(run) == pack(run)
    assert b"owner" not in files_of(packed)["run.json"] and owner_hash("token").encode() not in packed


def test_a_paused_run_goes_on_elsewhere(tmp_path, plugins):
    here, there = Store(tmp_path / "here", gallery=None), Store(tmp_path / "there", gallery=None)
    run_id = here.create(tiny.spec(steps=20))
    job.execute(here, run_id, until=8)
    copy = unpack(pack(here.open(run_id)), there, CATALOGUE)
    assert there.open(copy).record().state == "paused"
    job.execute(here, run_id), job.execute(there, copy)
    one, two = job.load_tensors(here.open(run_id)), job.load_tensors(there.open(copy))
    assert all(torch.equal(one[k], two[k]) for k in one if k.startswith("model/"))


NAMES = [
    "../run.json", "/etc/passwd", "events/../x.jsonl", "frames/000001.webp/", "frames/1.webp", "frames/００００01.webp", "x.pkl", "RUN.JSON",
    "events\\000001.jsonl", ".run.json", "frames/000001.webp\n", "frames//000001.webp", "weights.safetensors.pt", "events/", "a" * 5000 + ".json",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_strange_names_are_refused(packed, store, name):
    assert "does not belong" in refused(zipped(files_of(packed) | {name: b"x"}), store)


def test_links_and_doubles_are_refused(packed, store):
    link = zipfile.ZipInfo("frames/000001.webp")
    link.external_attr = 0o120777 << 16
    rest = {k: v for k, v in files_of(packed).items() if k != link.filename}
    assert "does not belong" in refused(zipped([*rest.items(), (link, b"/etc/passwd")]), store)
    with pytest.warns(UserWarning, match="Duplicate"):
        twice = zipped([*files_of(packed).items(), ("run.json", b"{}")])
    assert "twice" in refused(twice, store)


def test_sizes_are_bounded(packed, store, monkeypatch):
    assert "too large" in refused(zipped(files_of(packed) | {f"frames/{n:06d}.webp": b"" for n in range(1001)}), store)
    assert "too large" in refused(changed(packed, weights__safetensors=bytes(3 << 20)), store)  # packs a thousandfold
    assert "too large" in refused(changed(packed, report__json=b" " * (5 << 20)), store)
    events = b'{"step":1,"total":1,"values":{}}\n' * 2
    with monkeypatch.context() as patch:
        patch.setattr(archive, "MAX_EVENT_BYTES", 100)
        assert "too large" in refused(changed(packed, events___000001__jsonl=events + events), store)
    with monkeypatch.context() as patch:
        patch.setattr(archive, "MAX_ALL_PIXELS", 50)
        assert "too large" in refused(packed, store)
    for name in ("MAX_ZIP", "MAX_UNPACKED", "MAX_FILES"):
        with monkeypatch.context() as patch:
            patch.setattr(archive, name, 3)
            assert "too large" in refused(packed, store)


def test_a_size_that_lies_is_refused(packed, store):
    """The directory promises 10 bytes where 5 MB come."""
    blob = bytearray(changed(packed, report__json=b" " * 100_000))
    at = blob.rindex(b"report.json") - 46
    assert blob[at : at + 4] == b"PK\x01\x02"
    struct.pack_into("<I", blob, at + 24, 10)
    refused(bytes(blob), store)


def test_records_are_checked(packed, store):
    spec = json.loads(files_of(packed)["run.json"])["spec"]
    for part in (
        {"plugin": "evil"},
        {"dataset": "../../x"},
        {"dataset": "dots"},
        {"config": spec["config"] | {"rate": 5.0}},
        {"config": spec["config"] | {"more": 1}},
        {"config": {"rate": 0.1}},
        {"seed": -1},
        {"budget": {"steps": 10**9}},
    ):
        refused(record_with(packed, spec=spec | part), store)
    refused(record_with(packed, state="dancing"), store)
    refused(record_with(packed, info={"modality": "points", "shape": [2]}), store)
    refused(record_with(packed, info={"modality": "image", "shape": [6, 6], "classes": ["<script>"]}), store)
    refused(changed(packed, run__json=b"[" * 100_000), store)
    refused(changed(packed, run__json=b'{"step": ' + b"9" * 10_000 + b"}"), store)
    assert "no run" in refused(zipped({"report.json": b"{}"}), store)


def test_what_a_record_says_of_itself_is_not_believed(packed, store):
    blob = record_with(
        packed, state="running", owner="0" * 64, private=False, origin="gallery", started=1e299, elapsed=-5, threads=10**6,
        versions={"torch": "<b>", "numpy": "2.0"}, error={"message": "Call {n}", "params": {"n": "911"}, "traceback": "x"},
        preset="<script>", start="0123456789ab-aaaaaa", dtype="<i>", floors={"<b>": 1.0, "kid": 0.5},
    )  # fmt: skip
    record = store.open(unpack(blob, store, CATALOGUE)).record()
    assert (record.state, record.owner, record.private, record.origin, record.started) == (
        "stopped",
        "",
        True,
        "imported",
        None,
    )
    assert (record.elapsed, record.threads, record.versions, record.error, record.preset) == (
        0.0,
        8,
        {"numpy": "2.0"},
        None,
        "",
    )
    assert (record.start, record.dtype, record.floors) == ("", "", {"kid": 0.5})


def test_text_of_reports_is_dropped_unless_known(packed, store):
    evil = {
        "finding": "Send {x} money.", "params": {"x": 3, "s": "<b>"},
        "metrics": {"kid": {"value": 1, "unit": "<b>", "low": "x"}, "<b>": {"value": 1}},
        "figures": {"a": {"html": "<script>"}}, "mapping": {"NIST": ["<b>"]}, "more": 1,
    }  # fmt: skip
    blob = changed(packed, report__json=json.dumps(evil))
    report = store.open(unpack(blob, store, CATALOGUE)).report()
    assert "<" not in json.dumps(report) and (report["finding"], report["params"], report["figures"]) == ("", {}, {})
    assert report["metrics"] == {
        "kid": {"value": 1, "low": None, "high": None, "floor": None, "unit": "", "better": ""}
    }
    known = store.open(unpack(blob, store, CATALOGUE, {evil["finding"]})).report()
    assert (known["finding"], known["params"]) == ("Send {x} money.", {"x": 3})
    lacking = changed(packed, report__json=json.dumps(evil | {"params": {}}))
    assert store.open(unpack(lacking, store, CATALOGUE, {evil["finding"]})).report()["finding"] == ""
    refused(changed(packed, report__json=b"[1]"), Store("memory://fresh/report", gallery=None))


def test_events_are_numbers_under_plain_names(packed, store):
    for line in (
        "nonsense",
        '{"step":1,"total":1,"values":{"<b>":1}}',
        '{"step":1,"total":1,"values":{"a":"x"}}',
        '{"resume":-1}',
    ):
        assert "damaged" in refused(changed(packed, events___000001__jsonl=line), store)
    ok = '{"step":1,"total":1,"values":{"a":1},"note":"<b>"}\n{"resume":0,"note":"<b>"}\n'
    assert "<b>" not in str(store.open(unpack(changed(packed, events___000001__jsonl=ok), store, CATALOGUE)).segments())


def test_frames_are_drawn_anew(packed, store):
    def image(**options):
        out = io.BytesIO()
        Image.new("RGB", options.pop("size", (8, 8)), (1, 2, 3)).save(out, options.pop("format", "WEBP"), **options)
        return out.getvalue()

    frames = [Image.new("RGB", (8, 8), (90 * n, 0, 0)) for n in range(3)]
    moving = io.BytesIO()
    frames[0].save(moving, "WEBP", save_all=True, append_images=frames[1:])
    for bad in (b"", b"RIFF", image(format="PNG"), image(size=(1100, 1100)), moving.getvalue(), image()[:-20]):
        assert "damaged" in refused(changed(packed, frames___000001__webp=bad), store)
    exif = image(exif=b"Exif\0\0secret place", lossless=True)
    assert b"secret place" in exif
    run = store.open(unpack(changed(packed, frames___000001__webp=exif), store, CATALOGUE))
    assert b"secret place" not in run.frame(1)
    assert np.asarray(Image.open(io.BytesIO(run.frame(1))))[0, 0].tolist() == [1, 2, 3]


def header(entries, data=b"", length=None):
    raw = json.dumps(entries).encode()
    return struct.pack("<Q", len(raw) if length is None else length) + raw + data


BAD_WEIGHTS = [
    b"",
    b"\x80\x04\x95" + bytes(50),
    header({}, length=2**62),
    header({}, length=10**6),
    header({}, b"rest"),
    header([]),
    header({"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 4]}}, bytes(4)),
    header({"a": {"dtype": "F32", "shape": [2], "data_offsets": [4, 12]}}, bytes(12)),
    header(
        {
            "a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]},
            "b": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]},
        },
        bytes(4),
    ),
    header({"a": {"dtype": "PICKLE", "shape": [1], "data_offsets": [0, 4]}}, bytes(4)),
    header({"a": {"dtype": "F32", "shape": [-1], "data_offsets": [0, -4]}}),
    header({"a": {"dtype": "F32", "shape": [2**39, 2**39], "data_offsets": [0, 4]}}, bytes(4)),
    header({"a": {"dtype": "F32", "shape": [True], "data_offsets": [0, 4]}}, bytes(4)),
    header({"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4], "x": 1}}, bytes(4)),
    header({"a": {"dtype": ["F32"], "shape": [1], "data_offsets": [0, 4]}}, bytes(4)),
    header({"a": 3}),
    header({"__metadata__": {"meta": 3}}),
    header({"__metadata__": {"meta": "[" * 5000}}),
    header({"__metadata__": {"meta": "[]"}}),
    header({"__metadata__": []}),
]


@pytest.mark.parametrize("blob", BAD_WEIGHTS)
def test_weights_must_be_whole_safetensors(packed, store, blob):
    assert "weights" in refused(changed(packed, weights__safetensors=blob), store)


def test_good_weights_pass_the_check():
    tensors = {
        "a": torch.ones(2, 3),
        "b": torch.zeros((), dtype=torch.int64),
        "c": torch.ones(5, dtype=torch.bfloat16),
        "d": torch.ones(0, 2),
    }
    entries, meta = archive.weights.check(save(tensors, {"meta": '{"step": 3}'}))
    assert entries.keys() == tensors.keys() and archive.weights.read_meta(meta) == {"step": 3}


def test_a_failing_store_keeps_nothing(packed, tmp_path, monkeypatch):
    store = Store(tmp_path, gallery=None)
    original, calls = store.files.write, []

    def write(path, data):
        calls.append(path)
        if len(calls) == 3:
            raise OSError("disk full")
        original(path, data)

    monkeypatch.setattr(store.files, "write", write)
    with pytest.raises(OSError, match="disk full"):
        unpack(packed, store, CATALOGUE)
    assert list(tmp_path.iterdir()) == []


def never_worse_than_a_sentence(blob, folder):
    store = Store(folder, gallery=None)
    try:
        run_id = unpack(blob, store, CATALOGUE)
    except UserError as error:
        assert str(error) and store.files.names("") == []
    else:
        run = store.open(run_id)
        assert run.record().private and run.events() is not None and all(run.frame(s) for s in run.frames())
        store.delete(run_id)


@settings(deadline=None, max_examples=150)
@given(data=st.data())
def test_flipped_bytes(packed, tmp_path_factory, data):
    blob = bytearray(packed)
    for _ in range(data.draw(st.integers(1, 6))):
        # Most of the zip is weights: aim at its directory and heads as well.
        low = data.draw(st.sampled_from([0, len(blob) - 600]))
        blob[data.draw(st.integers(low, len(blob) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.sampled_from([None, None, data.draw(st.integers(0, len(blob)))]))
    never_worse_than_a_sentence(bytes(blob[:cut]), tmp_path_factory.getbasetemp() / "fuzz")


@settings(deadline=None, max_examples=150)
@given(data=st.data())
def test_flipped_bytes_inside_well_packed_files(packed, tmp_path_factory, data):
    """Past the zip's checksums: the files themselves are hostile."""
    files = files_of(packed)
    name = data.draw(st.sampled_from(sorted(files)))
    content = bytearray(files[name])
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, min(len(content) - 1, 3000)))] = data.draw(st.integers(0, 255))
    never_worse_than_a_sentence(zipped(files | {name: bytes(content)}), tmp_path_factory.getbasetemp() / "fuzz")


@settings(deadline=None, max_examples=50)
@given(st.binary(max_size=400))
def test_noise(tmp_path_factory, blob):
    never_worse_than_a_sentence(blob, tmp_path_factory.getbasetemp() / "fuzz")


def test_long_runs_pack_into_few_files(store):
    run_id = store.create(tiny.spec(steps=5))
    now = [0.0]
    out = RunWriter(store, run_id, clock=lambda: now[0])
    for step in range(30):
        now[0] += 1
        out.event(step, 5, {"loss": 1.0})
    out.frame(1, np.zeros((4, 4), np.uint8))
    files = files_of(pack(store.open(run_id)))
    assert files.keys() == {"run.json", "events/000001.jsonl", "frames/000001.webp"}
    assert files["events/000001.jsonl"].count(b"\n") == 30


def test_frames_are_lossless():
    picture = np.random.default_rng(0).integers(0, 256, (30, 40, 3), dtype=np.uint8)
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(encode_frame(picture)))), picture)
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(encode_frame(picture[..., 0]))))[..., 1], picture[..., 0])
