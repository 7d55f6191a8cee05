"""Names and posters: halves that are alike, copies that are found, filters that keep their word, looks that keep their bounds."""

import io
import json

import numpy as np
import pytest
import torch
from PIL import Image

from genai_core import aigc_label, registry
from genai_core.applications import marketing, marketing_looks
from genai_core.catalogue import Catalogue
from genai_core.contracts import Outcome
from genai_core.datasets import names
from genai_core.errors import ConfigError, DataError
from genai_core.execution.gallery import GALLERY
from genai_core.looks import answer
from genai_core.metrics.names import Judge
from genai_core.runs import archive
from genai_core.runs.store import Store

TOLD = ("told", marketing.TEMPERATURE)


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return Store(tmp_path_factory.mktemp("store"), gallery=GALLERY)


def look(what, store, /, **params):
    return answer(store, what, {"experiment": "marketing", **params})


# --- the experiment --------------------------------------------------------------------------------------------------


def test_halves_are_disjoint_and_alike():
    read, other = marketing.halves(np.random.default_rng(0))
    assert np.bincount(read.y).tolist() == np.bincount(other.y).tolist() == [335] * 5
    assert not set(read.words) & set(other.words)
    again = marketing.halves(np.random.default_rng(1))[0]
    assert set(again.words) != set(read.words)


def measured(own, blind, seed=0):
    read, other = marketing.halves(np.random.default_rng(seed))
    drawn = {("told", t): own(read, other) for t in marketing.DIAL} | {("shuffled", marketing.TEMPERATURE): blind(read, other)}
    return marketing.measure(drawn, Judge(other.of_each()), read, other).values


def by_turns(half):
    """300 real names of a half, style k at every k-th place."""
    return [name for group in zip(*half.of_each(), strict=True) for name in group][:300]


def test_a_model_that_copies_is_found_out_and_names_not_read_are_not():
    def strange(read, other):
        rng = np.random.default_rng(3)
        return [names.decode([rng.integers(1, 27, 7)])[0] for _ in range(300)]

    values = measured(lambda read, other: by_turns(read), strange)
    assert values["copied_seen"] == 1 and values["copied_unseen"] == 0 and values["near_seen"] == 1
    assert values["effect"] == pytest.approx(values["real"], abs=0.06) and values["effect"] > 0.75
    assert values["rejected"] == 1 and values["kept_unseen"] == 0 and values["kept_style"] == 0
    assert abs(values["control"] - 0.2) < 0.08
    fresh = measured(lambda read, other: strange(read, other), strange)
    assert fresh["near_seen"] < 0.02 and fresh["rejected"] < 0.03 and fresh["copied_seen"] == 0


def test_the_filter_lets_through_what_is_in_no_list_of_its_own():
    values = measured(lambda read, other: by_turns(other), lambda read, other: by_turns(other))
    assert values["copied_unseen"] == 1 and values["copied_seen"] == 0
    assert 0 < values["rejected"] < 0.5 and values["kept_unseen"] == 1


def test_a_replicate_finds_the_effect_and_its_absence(monkeypatch):
    monkeypatch.setattr(marketing, "DRAWN", 300)
    *events, outcome = marketing.replicate(marketing.Config(steps=250), 5)
    assert isinstance(outcome, Outcome) and all(np.isfinite(v) for v in outcome.values.values())
    assert outcome.values["effect"] > 0.5 and abs(outcome.values["control"] - 0.2) < 0.09
    assert outcome.values["near_seen"] > outcome.values["copied_seen"]
    assert [x for x, _ in outcome.dial] == list(marketing.DIAL)
    assert events[-1].step == events[-1].total == 500 and "bits" in events[-1].values
    assert [len(own) for own in outcome.shown["told"]] == [6] * 5 and json.dumps(outcome.shown)


def test_the_rule_keeps_the_margin_within_a_quarter():
    spec = marketing.SPEC
    assert spec.null == 1 / len(names.STYLES)
    assert spec.margin <= (spec.claimed - spec.null) / 4


# --- looks -----------------------------------------------------------------------------------------------------------


def test_names_come_with_their_nearest_and_the_filter_leaves_none_too_near(store):
    plain, arrays = look("names", store, style=0, seed=1)
    assert len(plain["names"]) == len({one["name"] for one in plain["names"]}) == 10 and arrays == {}
    assert plain["read"] == 3000 and plain["brands"] == len(names.brands())
    assert look("names", store, style=0, seed=1)[0] == plain != look("names", store, style=0, seed=2)[0]
    warned = [one for seed in (1, 2, 3) for one in look("names", store, style=2, seed=seed)[0]["names"] if one["read"]["warning"]]
    assert warned  # or the filter would have nothing to do
    strict = look("names", store, style=2, seed=1, filter=True)[0]
    assert len(strict["names"]) == 10 and strict["drawn"] > 10
    assert not any(one["read"]["warning"] or one["brand"]["warning"] for one in strict["names"])


@pytest.mark.parametrize(
    ("name", "among", "nearest", "warning"),
    [
        ("IKEA", "brand", "ikea", "same"),
        ("Ikae", "brand", "ikea", "close"),
        ("Pyhton!", "brand", "python", "close"),
        ("Ikéa", "brand", "ikea", "same"),
        ("Qqqqqqq", "brand", None, ""),
    ],
)
def test_a_name_that_is_typed_is_held_against_the_lists(store, name, among, nearest, warning):
    told = look("check", store, name=name)[0][among]
    assert told["warning"] == warning and nearest in (None, told["name"])


def test_a_name_that_was_read_is_recognised(store):
    word = names.decode(names.load().train)[0]
    told = look("check", store, name=word.capitalize())[0]
    assert told["read"] == {"name": word, "letters": 0, "likeness": 1.0, "warning": "same"}


def test_a_name_in_other_letters_is_not_passed_off_as_checked(store):
    assert look("check", store, name="山水")[0] == {"name": "山水", "read": None, "brand": None}
    assert look("poster", store, name="山水", slogan="走得再远")[0]["lacking"] == ""


def test_a_poster_is_a_labelled_png_and_the_same_when_asked_again(store):
    asked = {"name": "Posaria", "slogan": "Less noise.", "note": "AI-generated", "product": 9, "seed": 1, "pick": 2}
    plain, arrays = look("poster", store, **asked, layout="dots", palette="sea")
    data = arrays["file"].tobytes()
    assert Image.open(io.BytesIO(data)).size == (1080, 1440) and plain["bytes"] == len(data) < 600_000
    assert plain["label"] == aigc_label.read(data) and plain["label"]["Label"] == "1" and plain["lacking"] == ""
    assert look("poster", store, **asked, layout="dots", palette="sea")[1]["file"].tobytes() == data
    other = look("poster", store, **asked | {"name": "Ostalia"}, layout="dots", palette="sea")[0]
    assert other["label"]["ProduceID"] != plain["label"]["ProduceID"]
    assert look("poster", store, **asked | {"slogan": "छ"})[0]["lacking"] == "छ"


def test_products_are_eight_of_a_kind(store):
    shown = look("products", store, product=7, seed=3)[1]["products"]
    assert shown.shape == (8, 28, 28) and shown.dtype == np.uint8 and shown.max() > 128
    assert len({one.tobytes() for one in shown}) == 8


@pytest.mark.parametrize(
    ("what", "params", "error", "match"),
    [
        ("poster", {"name": ""}, DataError, "empty"),
        ("poster", {"name": "x" * 15}, DataError, "more than 14"),
        ("poster", {"name": ["a"]}, DataError, "empty"),
        ("poster", {"name": "a", "slogan": "x" * 61}, DataError, "more than 60"),
        ("poster", {"name": "a", "layout": "film"}, ConfigError, "print, dots, tiles"),
        ("poster", {"name": "a", "palette": "#fff"}, ConfigError, "clay"),
        ("poster", {"name": "a", "pick": 8}, ConfigError, "pick"),
        ("poster", {"name": "a", "size": 9000}, ConfigError, "no setting called size"),
        ("names", {"style": 5}, ConfigError, "style"),
        ("names", {"temperature": 9}, ConfigError, "temperature"),
        ("names", {"filter": 1}, ConfigError, "filter must be on or off"),
        ("check", {"name": " "}, DataError, "empty"),
        ("products", {"product": 10}, ConfigError, "product"),
    ],
)
def test_other_questions_are_refused(store, what, params, error, match):
    with pytest.raises(error, match=match):
        look(what, store, **params)


def test_the_run_of_names_can_be_taken_away_and_opened_again(store):
    run = store.open(store.gallery_index()[marketing_looks.NAMER])
    again = store.open(archive.unpack(archive.pack(run), store, Catalogue(registry.catalogue())))
    assert again.record().info == run.record().info and again.record().info.vocabulary == names.VOCABULARY
