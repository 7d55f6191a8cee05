"""Synthetic patients: groups that are drawn alike, copies that are caught and strangers that are not, looks that keep their bounds."""

import numpy as np
import pytest
import torch

from genai_core.applications import medicine, medicine_looks
from genai_core.contracts import Outcome
from genai_core.datasets import patients
from genai_core.errors import ConfigError
from genai_core.looks import answer
from genai_core.runs.store import Store


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def test_groups_are_disjoint_and_alike():
    found = medicine.groups(np.random.default_rng(0))
    rows = [{x.tobytes() for x in group.x} for group in found]
    assert [len(r) for r in rows] == [142] * 4 and len(set.union(*rows)) == 4 * 142
    assert [int(group.malignant.sum()) for group in found] == [53] * 4


def test_a_copy_of_the_members_is_caught_and_unseen_records_are_not():
    strangers = []
    for seed in range(8):
        members, others, third, _ = medicine.groups(np.random.default_rng(seed))
        strangers.append(medicine.measured(third, members, others))
        if not seed:
            copied = medicine.measured(members, members, others)
    assert copied["nearer"] == copied["copies"] == 1.0 and copied["distance"] == 0 and copied["unlike"] == 0
    assert copied["measure"] > 0.5 and copied["diagnosis"] > 0.02
    for name, null, room in (
        ("nearer", 0.5, 0.05),
        ("measure", 0.0, 0.02),
        ("diagnosis", 0.0, 0.02),
        ("copies", 0.0, 1e-9),
    ):
        assert abs(np.mean([found[name] for found in strangers]) - null) < room
    assert np.mean([found["auc"] for found in strangers]) > 0.98


def test_a_replicate_finds_the_effect_and_its_absence():
    *events, outcome = medicine.replicate(medicine.Config(steps=700, private_steps=40), 3)
    assert isinstance(outcome, Outcome) and all(np.isfinite(v) for v in outcome.values.values())
    values = outcome.values
    assert values["effect"] > values["control"] + 0.05 and abs(values["control"] - 0.5) < 0.06
    assert values["vae_auc"] > 0.95 and values["real_auc"] > 0.97 and 0 < values["epsilon"] < 4
    assert values["price_mitigated"] > values["price"]  # noise blurs how measures hang together
    steps = [event.step for event in events]
    assert steps == sorted(steps) and steps[-1] == events[-1].total


def test_the_rule_keeps_the_margin_within_a_quarter():
    spec = medicine.SPEC
    assert spec.margin <= abs(spec.claimed - spec.null) / 4 and spec.seeds >= 8


# --- looks -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return Store(tmp_path_factory.mktemp("store"))


def look(store, name, **params):
    return answer(store, name, {"experiment": "medicine"} | params)


@pytest.mark.parametrize("model", medicine_looks.MODELS)
def test_records_are_in_units_repeat_and_keep_to_their_diagnosis(store, model):
    plain, arrays = look(store, "records", model=model, label="malignant", seed=4)
    again, _ = look(store, "records", model=model, label="malignant", seed=4)
    assert plain == again != look(store, "records", model=model, label="malignant", seed=5)[0]
    assert plain["columns"] == list(patients.COLUMNS) and {r["diagnosis"] for r in plain["records"]} == {"malignant"}
    values = patients.table()[0]
    for record in plain["records"]:
        row = np.array(record["values"])
        assert (row >= 0).all() and (row < 4 * values.max(0)).all()
        assert any(np.allclose(record["closest"], real) for real in values[: patients.TRAINED])
    assert arrays["real"].shape == (398, 2) and arrays["made"].shape == (medicine_looks.ON_MAP, 2)


def test_likeness_is_of_shares_and_correlations(store):
    _, arrays = look(store, "likeness", label="any")
    assert np.allclose(arrays["shares"].sum(2), 1, atol=1e-4) and (np.diff(arrays["edges"], axis=1) > 0).all()
    assert np.allclose(np.diagonal(arrays["correlation"], axis1=1, axis2=2), 1, atol=1e-3)
    apart = np.abs(arrays["correlation"][1:] - arrays["correlation"][0]).mean((1, 2))
    assert apart[0] < 0.1 and apart[1] < 0.1 < apart[2]  # the private one has blurred them


def test_the_shipped_models_are_judged_with_intervals(store):
    found = {model: look(store, "judged", model=model)[0] for model in medicine_looks.MODELS}
    for one in found.values():
        value, low, high = one["auc"]
        assert low <= value <= high and one["copies"] == 0 and 0 < one["delta"] < 1 / patients.TRAINED
    assert found["vae"]["distance"] < found["vae"]["unseen"] < found["private"]["distance"]
    assert found["vae"]["epsilon"] is None and 1 < found["private"]["epsilon"] < 5
    assert np.subtract(*found["vae"]["measure"]) > np.subtract(*found["private"]["measure"])


def test_the_score_sees_clothes_and_is_fooled_by_an_empty_sheet(store):
    clothes, blank = (look(store, "unusual", kind=kind)[0] for kind in ("clothes", "blank"))
    assert clothes["auc"][1] > 0.95 and blank["auc"][2] < 0.1
    assert clothes["control"][1] < 0.5 < clothes["control"][2]


def test_cleaning_takes_noise_away_and_the_blot_with_it(store):
    found = [look(store, "cleaned", index=i, noise=0.8, blot=True) for i in range(3)]
    assert all(plain["cleaned"] < 0.7 * plain["noisy"] for plain, _ in found)
    assert np.mean([plain["mark"] for plain, _ in found]) < 0.5 and (found[0][1]["true"][4:9, 4:9] == 255).all()
    assert look(store, "cleaned", index=1, noise=0.2)[0]["mark"] is None


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("records", {"model": "oracle"}),
        ("records", {"label": "7"}),
        ("records", {"seed": -1}),
        ("records", {"n": 10**9}),
        ("unusual", {"kind": "x"}),
        ("cleaned", {"index": 1000}),
        ("cleaned", {"noise": 9.0}),
        ("judged", {"model": ["vae"]}),
        ("likeness", {"label": None}),
    ],
)
def test_looks_refuse_what_is_out_of_bounds(store, name, params):
    with pytest.raises(ConfigError):
        look(store, name, **params)
