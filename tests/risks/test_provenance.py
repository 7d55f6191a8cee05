"""Origins that are lost by a re-save and kept by a mark, the others that must come out as stated, and the bench."""

import numpy as np
import pytest

from genai_core import aigc_label, provenance
from genai_core.errors import ConfigError, DataError
from genai_core.looks import answer
from genai_core.risks import provenance as experiment
from genai_core.runs.store import Store


@pytest.fixture(scope="module")
def outcome():
    *events, found = experiment.replicate(experiment.Config(pictures=2, steps=25), 11)
    assert events[-1].step == events[-1].total == 27
    return found


def test_a_re_save_loses_every_origin_and_passing_on_loses_none(outcome):
    values = outcome.values
    assert values["effect"] == 1 and values["control"] == 0 and values["mitigated"] == 0
    assert values["price"] == 0 and 2 < values["price_mitigated"] < 3.2 and values["psnr"] > 42


def test_whatever_must_not_be_told_is_not(outcome):
    values = outcome.values
    assert values["unsigned_told"] == values["wrong_key_told"] == 0
    assert values["foreign_seen"] == values["tampering_seen"] == 1
    assert values["half_lost"] == values["crop_lost"] == 0


def test_the_dial_ends_where_the_mark_ends(outcome):
    shares = [share for _, share in outcome.dial]
    assert [q for q, _ in outcome.dial] == list(experiment.QUALITIES) and shares[0] == 0 and shares[-1] > 0
    rows = {row["what"]: row for row in outcome.shown["rows"]}
    assert rows["both"]["signature"] == "signed" and rows["bit"]["signature"] == "tampered" and rows["bit"]["mark"] == 2
    assert rows["both"]["label"] == 2 and rows["strip"]["label"] == 0 and rows["strip"]["mark"] == 2


# --- the bench -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return Store(tmp_path_factory.mktemp("store"), gallery=None)


def file(form="PNG", size=(96, 128)):
    pixels = np.random.default_rng(2).integers(60, 200, (*size, 3)).astype(np.uint8)
    return experiment.saved(pixels, form)


def look(store, data, *steps, **more):
    return answer(
        store,
        "bench",
        {"experiment": "provenance", "steps": list(steps)} | more,
        {"picture": np.frombuffer(data, np.uint8)},
    )


def test_a_picture_goes_its_way_and_every_witness_is_heard_after_each_step(store):
    facts, arrays = look(store, file(), "mark", "label", "sign", "bit", "jpeg")
    heard = [(row["step"], row["signature"], row["mark"], row["label"] is not None) for row in facts["rows"]]
    assert heard == [
        ("brought", "none", False, False),
        ("mark", "none", True, False),
        ("label", "none", True, True),
        ("sign", "signed", True, True),
        ("bit", "tampered", True, True),
        ("jpeg", "none", True, False),
    ]
    assert facts["mime"] == "image/jpeg" and arrays["file"].tobytes().startswith(aigc_label.JPEG)
    assert arrays["before"].shape == arrays["after"].shape == arrays["difference"].shape == (96, 128, 3)
    assert [path.name for path in store.files.root.iterdir()] == [".keys"]


def test_the_signed_file_can_be_brought_back_and_is_known(store):
    facts, arrays = look(store, file(), "label", "sign")
    back, _ = look(store, arrays["file"].tobytes())
    assert back["rows"][0]["signature"] == "signed" and back["rows"][0]["label"]["Label"] == "1"
    forged = provenance.sign(file(), provenance.new_credentials())
    assert look(store, forged)[0]["rows"][0]["signature"] == "foreign"


def test_a_sheet_of_ours_is_enlarged_and_a_large_picture_is_brought_down(store):
    assert look(store, experiment.saved(np.zeros((252, 252), np.uint8)))[0]["rows"][0]["size"] == [512, 512]
    assert look(store, file(size=(400, 1600)))[0]["rows"][0]["size"] == [768, 192]
    assert look(store, file("WEBP"))[0]["rows"][0]["signature"] == "none"


@pytest.mark.parametrize("data", [b"", b"<svg/>", b"\x89PNG\r\n\x1a\n" + b"0" * 50, b"0" * 5_000_001])
def test_what_is_no_picture_is_refused_with_a_sentence(store, data):
    with pytest.raises(DataError):
        look(store, data, "sign")


def test_steps_out_of_bounds_are_refused(store):
    for steps in (["sign"] * 9, ["delete"], [3], "sign"):
        with pytest.raises(ConfigError):
            answer(
                store,
                "bench",
                {"experiment": "provenance", "steps": steps},
                {"picture": np.frombuffer(file(), np.uint8)},
            )
    with pytest.raises(ConfigError):
        look(store, file(), "sign", more=1)
    with pytest.raises(ConfigError):
        answer(store, "bench", {"experiment": "provenance", "steps": []}, {})
