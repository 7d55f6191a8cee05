"""Signing and checking of pictures, each verdict exact; the label of generated content, through files and back."""

import json
import stat
import struct
import subprocess
import sys
import zlib

import numpy as np
import pytest
from PIL import Image

from genai_core import aigc_label, provenance
from genai_core.errors import DataError
from genai_core.risks import provenance as experiment
from genai_core.runs.store import Store

FORMS = {"PNG": "image/png", "JPEG": "image/jpeg"}


@pytest.fixture(scope="module")
def pixels():
    return np.random.default_rng(0).integers(60, 200, (96, 128, 3)).astype(np.uint8)


@pytest.fixture(scope="module")
def ours():
    return provenance.new_credentials()


@pytest.mark.parametrize("form", FORMS)
def test_every_verdict(pixels, ours, form):
    mime = FORMS[form]
    plain = experiment.saved(pixels, form)
    signed = provenance.sign(plain, ours, mime=mime)
    assert np.array_equal(experiment.opened(signed), experiment.opened(plain))
    assert len(signed) - len(plain) < 16_000  # no thumbnail in it

    def kind(data):
        return provenance.verify(data, ours, mime).kind

    assert kind(signed) == "signed"
    found = provenance.verify(signed, ours, mime)
    assert found.codes == () and found.signer == provenance.SIGNER
    tampered = provenance.verify(experiment.flipped(signed), ours, mime)
    assert tampered.kind == "tampered" and "assertion.dataHash.mismatch" in tampered.codes
    assert kind(plain) == "none"
    assert kind(experiment.saved(experiment.opened(signed), form)) == "none"
    assert kind(aigc_label.strip(signed)) == "none"
    foreign = provenance.verify(provenance.sign(plain, provenance.new_credentials("Somebody"), mime=mime), ours, mime)
    assert (
        foreign.kind == "foreign" and foreign.codes == ("signingCredential.untrusted",) and foreign.signer == "Somebody"
    )
    assert kind(b"no picture at all") == "unreadable"


def test_a_stranger_who_takes_our_name_is_foreign_still(pixels, ours):
    forged = provenance.sign(experiment.saved(pixels), provenance.new_credentials())
    assert provenance.verify(forged, ours).kind == "foreign"


def test_a_broken_manifest_is_not_taken_for_none(pixels, ours):
    signed = bytearray(provenance.sign(experiment.saved(pixels), ours))
    signed[signed.find(b"caBX") + 30] ^= 1
    assert provenance.verify(bytes(signed), ours).kind in ("unreadable", "tampered")


def test_one_flipped_bit_of_a_png_is_one_bit_of_one_pixel(pixels):
    labelled = aigc_label.write(experiment.saved(pixels), aigc_label.label("a", "b"))
    changed = experiment.flipped(labelled)
    difference = experiment.opened(changed).astype(int) - pixels
    assert np.abs(difference).sum() == 1 and aigc_label.read(changed) == aigc_label.read(labelled)


# --- keys ------------------------------------------------------------------------------------------------------------


def test_the_key_is_its_owners_alone_and_stays_the_same(tmp_path):
    folder = provenance.folder_for(Store(tmp_path, gallery=None))
    assert folder.parent == tmp_path and folder.name.startswith(".")
    first = provenance.credentials(folder)
    assert provenance.credentials(folder) == first and Store(tmp_path, gallery=None).list() == []
    (file,) = folder.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.write_text("-----BEGIN nothing")
    with pytest.raises(DataError):
        provenance.credentials(folder)


def test_processes_that_are_first_at_once_agree(tmp_path):
    program = (
        "import sys, pathlib, hashlib; from genai_core.provenance import credentials;"
        "print(hashlib.sha256(credentials(pathlib.Path(sys.argv[1])).key.encode()).hexdigest())"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", program, str(tmp_path / "keys")], stdout=subprocess.PIPE)
        for _ in range(3)
    ]
    said = {process.communicate(timeout=120)[0] for process in running}
    assert len(said) == 1 and said != {b""} and len(list((tmp_path / "keys").iterdir())) == 1


def test_a_store_elsewhere_keeps_its_key_with_the_user(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert provenance.folder_for(object()).parent == tmp_path


# --- the label -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
def test_a_label_comes_back_as_it_was_written(pixels, form):
    plain = experiment.saved(pixels, form)
    fields = aigc_label.label('权衡 <&> "AI"', "id-1", "2", PropagateID="'x'")
    written = aigc_label.write(plain, fields)
    assert aigc_label.read(plain) is None and aigc_label.read(written) == fields
    assert np.array_equal(experiment.opened(written), experiment.opened(plain))
    again = aigc_label.write(written, aigc_label.label("b", "c", "3"))
    assert aigc_label.read(again)["Label"] == "3" and again.count(aigc_label.NAMESPACE.encode()) == 1
    assert aigc_label.read(aigc_label.strip(written)) is None
    assert np.array_equal(experiment.opened(aigc_label.strip(written)), experiment.opened(plain))


def test_the_file_holds_annex_e_word_for_word(pixels):
    written = aigc_label.write(experiment.saved(pixels), aigc_label.label("A", "B"))
    text = written.decode("latin-1").replace("&quot;", '"')
    start = text.index('{"AIGC"')
    assert json.JSONDecoder().raw_decode(text[start:])[0] == {
        "AIGC": {
            "Label": "1", "ContentProducer": "A", "ProduceID": "B", "ReservedCode1": "",
            "ContentPropagator": "", "PropagateID": "", "ReservedCode2": "",
        }
    }  # fmt: skip
    assert b"\0XML:com.adobe.xmp\0" in written.replace(b"iTXt", b"\0")


def test_pillow_reads_the_packet(pixels):
    import io

    for form in FORMS:
        written = aigc_label.write(experiment.saved(pixels, form), aigc_label.label("A", "B"))
        picture = Image.open(io.BytesIO(written))
        picture.load()
        packet = picture.info.get("xmp") or picture.info["XML:com.adobe.xmp"].encode()
        assert aigc_label.NAMESPACE.encode() in packet


def _itxt(xmp: bytes, compressed: bool) -> bytes:
    body = b"iTXtXML:com.adobe.xmp\0" + bytes([compressed]) + b"\0\0\0" + (zlib.compress(xmp) if compressed else xmp)
    return struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))


@pytest.mark.parametrize("compressed", [False, True])
def test_labels_of_other_writers_are_read_and_nonsense_is_none(pixels, compressed):
    plain = experiment.saved(pixels)
    good = aigc_label.label("A", "B")

    def read(value, outer='<r:D xmlns:T="http://www.tc260.org.cn/ns/AIGC/1.0/"><T:AIGC>{}</T:AIGC></r:D>'):
        xmp = outer.replace("{}", value).encode()
        return aigc_label.read(plain[:33] + _itxt(xmp, compressed) + plain[33:])

    assert read(json.dumps(good)) == good and read(json.dumps({"AIGC": good})) == good
    attribute = '<r:D xmlns:T="http://www.tc260.org.cn/ns/AIGC/1.0/" T:AIGC="{}"/>'
    assert read(json.dumps(good).replace('"', "&quot;"), attribute) == good
    for bad in (good | {"Label": "4"}, good | {"Label": 1}, good | {"more": ""}, {"Label": "1"}, [good], "1"):
        assert read(json.dumps(bad)) is None
    assert read("[" * 3000) is None and read("{") is None


def test_a_bomb_in_the_metadata_is_cut_short(pixels):
    plain = experiment.saved(pixels)
    assert aigc_label.read(plain[:33] + _itxt(b"0" * 50_000_000, True) + plain[33:]) is None


def test_truncated_files_end_quietly_and_other_formats_are_refused(pixels):
    for form in FORMS:
        written = aigc_label.write(experiment.saved(pixels, form), aigc_label.label("A", "B"))
        for cut in range(2, 600, 7):
            if form == "JPEG" or cut >= 8:
                aigc_label.read(written[:cut])
    with pytest.raises(DataError):
        aigc_label.read(experiment.saved(pixels, "WEBP"))


def test_fields_the_standard_does_not_know_are_refused():
    for bad in ({"value": "0"}, {"Author": "x"}, {"PropagateID": "x" * 201}):
        with pytest.raises(ValueError):
            aigc_label.label("A", "B", **bad)


def test_visible_characters_are_as_tall_as_the_standard_asks():
    for size in ((400, 1000), (1000, 400), (64, 64)):
        plain = Image.new("RGB", size, (90, 160, 90))
        stamped = np.asarray(aigc_label.stamp(plain)).astype(int)
        rows = np.flatnonzero((stamped.min(2) > 200).any(1))
        assert rows[-1] - rows[0] + 1 >= 0.05 * min(size) - 1
        assert (stamped[: size[1] // 2] == (90, 160, 90)).all()
