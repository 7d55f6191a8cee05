"""The education application: what counts as misread on digits whose answer is known, a short replicate, looks."""

from base64 import b64decode
from io import BytesIO

import numpy as np
import pypdf
import pytest
import torch
from PIL import Image

from genai_core import registry
from genai_core.applications import education
from genai_core.applications import education_looks as looks
from genai_core.contracts import Outcome
from genai_core.errors import ConfigError, RunError
from genai_core.looks import answer
from genai_core.metrics.features import classifier
from genai_core.runs.store import Store
from genai_core.training import stream


@pytest.fixture(scope="module")
def data():
    return registry.datasets()["mnist5k"].load()


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return Store(tmp_path_factory.mktemp("store"))


@pytest.fixture(scope="module")
def reader(data):
    return education.third(data, 3)


@pytest.fixture(scope="module")
def clear(data):
    """600 real digits that all three readers take for what they are, and their labels."""
    x, y = data.train / np.float32(255), data.train_labels
    fine = [education.read(key, x)[0] == y for key in (education.FILTER, education.JUDGE)]
    sure = education.read(education.FILTER, x)[1] > 0.999
    at = np.flatnonzero(fine[0] & fine[1] & sure)
    at = np.concatenate([at[y[at] == k][:60] for k in range(10)])
    return x[at], y[at]


def measured(images, asked, data, reader):
    return education.measure(images, images, asked, data, reader, np.random.default_rng(1)).values


# --- what is measured ------------------------------------------------------------------------------------------------


def test_clear_digits_show_no_effect_and_cost_nothing(clear, data, reader):
    values = measured(*clear, data, reader)
    assert values["second_made"] == values["second_kept"] == 0 == values["price_mitigated"]
    assert values["effect"] == values["mitigated"] and abs(values["effect"]) < 1.5  # minus what is misread of real ones
    assert abs(values["control"]) < 1 and values["sheets_made"] == 0 < values["sheets_real"]


def test_a_known_share_of_wrong_digits_is_found_and_thrown_away(clear, data, reader):
    images, labels = clear
    asked = labels.copy()
    asked[::10] = (labels[::10] + 1) % 10  # one of ten is not what it was asked to be
    values = measured(images, asked, data, reader)
    assert values["second_made"] == pytest.approx(0.1) and values["third_made"] == pytest.approx(0.1, abs=0.03)
    assert values["second_kept"] == 0 and values["price_mitigated"] == pytest.approx(10)
    assert values["effect"] == pytest.approx(10 - 0.8, abs=0.5)
    assert values["sheets_made"] > 0.9 and values["sheets_kept"] == 0
    assert values["misread_0000"] == pytest.approx(0.1) and values["thrown_0000"] == 0


def test_a_filter_that_sees_nothing_would_be_seen_by_the_judge(clear, data, reader, monkeypatch):
    """The figure is the second reader's: were the first blind, what it keeps would show it."""
    images, labels = clear
    asked = labels.copy()
    asked[::5] = (labels[::5] + 1) % 10
    honest = education.read

    def blind(key, x):
        return (asked, np.ones(len(x))) if key == education.FILTER else honest(key, x)

    monkeypatch.setattr(education, "read", blind)
    values = measured(images, asked, data, reader)
    assert values["price_mitigated"] == 0 and values["second_kept"] == pytest.approx(0.2) == values["second_made"]


def test_judge_and_filter_are_two_networks_and_the_third_shares_no_image_with_them(data, reader):
    first, second = classifier(education.FILTER), classifier(education.JUDGE)
    assert first.hash != second.hash and first.about["architecture"] != second.about["architecture"]
    assert all("55000 images: without the 5000" in reader.about["trained_on"] for reader in (first, second))
    assert (first.key, second.key) == ("digits-judge", "digits")  # metrics/features.py: ``digits`` filters nothing
    right = (education.taken_by(reader, data.train[:1500] / np.float32(255)) == data.train_labels[:1500]).mean()
    assert 0.94 < right < 0.99  # learned from 1,000 digits alone: the held-out ones


def test_demands_keep_fewer_the_surer_the_first_reader_must_be():
    asked, taken, sure = np.array([1, 1, 1, 2]), np.array([1, 1, 7, 2]), np.array([0.6, 0.95, 0.99, 1.0])
    kept = [education.keeps(asked, taken, sure, demand).sum() for demand in (0.0, 0.5, 0.9, 0.999)]
    assert kept == [4, 3, 2, 1]


def test_sheets_count_a_sheet_once_however_many_of_its_digits_are_misread():
    rng = np.random.default_rng(0)
    assert education.sheets(np.zeros(450, bool), rng) == 0 and education.sheets(np.ones(450, bool), rng) == 1
    assert education.sheets(np.arange(9000) % 45 == 0, rng) == pytest.approx(1 - (1 - 1 / 45) ** 45, abs=0.1)


def test_variety_is_nought_of_copies_and_more_of_real_digits(clear):
    images, labels = clear
    rng = np.random.default_rng(0)
    copies = np.stack([images[np.flatnonzero(labels == k)[0]] for k in labels])
    assert education.variety(copies, labels, rng) == 0 < 5 < education.variety(images, labels, rng)


def test_a_short_replicate_has_effect_and_control(monkeypatch):
    monkeypatch.setattr(education, "DRAWN", 600)
    monkeypatch.setattr(education, "EPOCHS", 2)
    *events, outcome = education.replicate(education.Config(steps=60), 5)
    assert isinstance(outcome, Outcome)
    values = outcome.values
    assert values["effect"] > 10 and abs(values["control"]) < 1.5 and values["mitigated"] < values["effect"]
    assert values["price_mitigated"] > 10 and values["variety_tidy"] < values["variety_made"]
    assert [demand for demand, _ in outcome.dial] == list(education.DEMANDS) and outcome.dial[0][1] == values["effect"]
    assert events[-1].step == events[-1].total == 62
    thrown = outcome.shown["misread"]
    assert Image.open(BytesIO(b64decode(thrown["picture"]))).size == (12 * 30 - 2, 2 * 30 - 2)
    assert 12 < len(thrown["asked"]) == len(thrown["taken"]) <= 20
    assert all(a != b for a, b in zip(thrown["asked"], thrown["taken"], strict=True))
    assert all(outcome.shown[name]["asked"] == outcome.shown[name]["taken"] for name in ("kept", "spared"))
    assert len(str(outcome.shown)) < 30_000


# --- looks -----------------------------------------------------------------------------------------------------------

ASKED = {"experiment": "education", "level": 45, "n": 12, "seed": 3, "operations": ["plus", "times"]}


def test_what_the_first_reader_does_not_keep_is_drawn_again(store):
    found = looks.model(store)
    asked = np.arange(200) % 10
    plain, checked = (looks.write(found, asked, 4, sure, "free") for sure in (0.0, 0.9))
    assert plain.drawn == 200 and plain.thrown == 0
    chances = classifier(looks.FILTER).probabilities(plain.images / np.float32(255)).numpy()
    fine = (chances.argmax(1) == asked) & (chances.max(1) >= 0.9)
    assert (checked.images[fine] == plain.images[fine]).all()
    assert (checked.images[~fine] != plain.images[~fine]).any((1, 2)).all()
    assert checked.thrown >= (~fine).sum() > 0 and checked.drawn == 200 + checked.thrown and checked.unsure == 0
    after = classifier(looks.FILTER).probabilities(checked.images / np.float32(255)).numpy()
    assert (after.argmax(1) == asked).all() and (after.max(1) >= 0.9).all()


def test_a_digit_that_never_satisfies_is_shown_and_counted(store, monkeypatch):
    class Never:
        def probabilities(self, x):
            return torch.full((len(x), 10), 0.1)

    monkeypatch.setattr(looks, "classifier", lambda key: Never())
    made = looks.write(looks.model(store), np.arange(5), 1, 0.9, "tidy")
    assert made.unsure == 5 and made.drawn == 5 * looks.ROUNDS and made.thrown == 5 * (looks.ROUNDS - 1)


def test_the_judge_reads_what_is_shown_and_what_it_misreads_is_named(store):
    facts, arrays = answer(store, "sheet", ASKED | {"sure": 0.0, "hand": "free", "n": 20, "seed": 9})
    found = looks.model(store)
    sheet, made = looks.draw(found, 45, ["plus", "times"], 20, 9, 0.0, "free")
    assert facts["digits"] == facts["drawn"] == sheet.written == len(made.images)
    asked = [digit for problem in sheet.problems for digit in problem.digits]
    wrong = [(a, int(b)) for a, b in zip(asked, made.taken, strict=True) if a != b]
    assert [(a, b) for _, _, a, b in facts["doubts"]] == wrong and wrong
    for place, digit, asked_for, _ in facts["doubts"]:
        assert digit >= 0 and sheet.problems[place].digits[digit] == asked_for
    taken = classifier("digits").probabilities(made.images / np.float32(255)).argmax(1).numpy()
    assert (made.taken == taken).all()
    assert (taken != classifier("digits-judge").probabilities(made.images / np.float32(255)).argmax(1).numpy()).any()
    assert arrays["page"].shape == (1347, 952, 3)


def test_a_sheet_is_its_arguments_and_its_operations_are_those_chosen(store):
    facts, arrays = answer(store, "sheet", dict(ASKED))
    again, same = answer(store, "sheet", dict(ASKED))
    assert facts == again and (arrays["page"] == same["page"]).all()
    assert len(facts["problems"]) == 12 and not any("−" in problem["text"] for problem in facts["problems"])
    other, _ = answer(store, "sheet", ASKED | {"seed": 4})
    assert other["problems"] != facts["problems"]
    harder, _ = answer(store, "sheet", ASKED | {"level": 75})
    assert np.mean([p["difficulty"] for p in harder["problems"]]) > np.mean([p["difficulty"] for p in facts["problems"]]) + 2


def test_the_readers_are_asked_of_many_digits_with_an_interval(store):
    free, _ = answer(store, "readers", {"experiment": "education", "sure": 0.9, "hand": "free"})
    off, _ = answer(store, "readers", {"experiment": "education", "sure": 0.0, "hand": "free"})
    tidy, _ = answer(store, "readers", {"experiment": "education", "sure": 0.9, "hand": "tidy"})
    for found in (free, off, tidy):
        assert all(low <= value <= high for value, low, high in found.values())
    assert off["kept"] == off["made"] and off["thrown"][0] == 0
    assert free["kept"][2] < free["made"][1] and free["thrown"][0] > tidy["thrown"][0]
    found = looks.model(store)
    pixels = found.plain(found.model.sample(looks.MEASURED, stream(0, "readers"), 4.0).numpy()) / np.float32(255)
    wrong = education.read(looks.JUDGE, pixels)[0] != np.arange(looks.MEASURED) % 10
    assert free["made"][0] == pytest.approx(wrong.mean())


def test_the_pdf_is_of_the_sheet_that_is_shown(store):
    facts, _ = answer(store, "sheet", dict(ASKED))
    _, arrays = answer(store, "pdf", ASKED | {"language": "zh"})
    pages = [page.extract_text() for page in pypdf.PdfReader(BytesIO(arrays["pdf"].tobytes())).pages]
    assert all(f"{p['text']} = {p['answer']}" in pages[1] for p in facts["problems"]) and "练习卷" in pages[0]


def test_a_problem_is_drawn_large(store):
    facts, arrays = answer(store, "problem", {"experiment": "education", "a": 3478, "b": 2965, "operation": "plus", "seed": 2})
    assert arrays["card"].shape == (220, 800, 3) and facts["drawn"] == 8 + facts["thrown"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"operations": []}, "at least one"),
        ({"operations": ["root"]}, "at least one"),
        ({"operations": "plus"}, "at least one"),
        ({"n": 13}, "one of 8"),
        ({"level": 101}, "between 0 and 100"),
        ({"sure": 0.8}, "one of 0.0"),
        ({"hand": "left"}, "tidy, free"),
        ({"more": 1}, "takes no more"),
    ],
)
def test_what_is_out_of_bounds_is_refused(store, change, words):
    with pytest.raises(ConfigError, match=words):
        answer(store, "sheet", ASKED | change)


def test_without_the_shipped_model_the_look_says_so(tmp_path):
    with pytest.raises(RunError, match="gan-digits"):
        answer(Store(tmp_path, gallery=None), "sheet", dict(ASKED))
