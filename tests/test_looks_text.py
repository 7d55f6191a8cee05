"""What can be asked of a language model, on small ones over a few sentences."""

import numpy as np
import pytest
import torch

from genai_core import looks_text, sampling
from genai_core.contracts import DatasetSpec
from genai_core.datasets.texts import encode, prose, text_data
from genai_core.errors import ConfigError
from genai_core.looks import Learned
from genai_core.models import ar_text_recurrent, ar_text_transformer, text_parts

TRAIN = (
    "It was a fine day. She was not at home, and he came too late!\n\nHe had no wish to stay. They talked of it.\n\n"
    * 12
)
HELDOUT = "She had a wish to talk. It was too late to stay at home, and the day was not fine.\n\nHe came to it.\n\n" * 8
DATA = text_data(TRAIN, HELDOUT, "toy")


@pytest.fixture(scope="module", params=["lstm", "gru", "rnn", "transformer"])
def found(request):
    torch.manual_seed(0)
    small = {"width": 16, "context": 16}
    if request.param == "transformer":
        spec = ar_text_transformer.SPEC
        model = spec.build(spec.config(**small, heads=2, layers=2), DATA.info)
    else:
        spec = ar_text_recurrent.SPEC
        model = spec.build(spec.config(**small, cell=request.param), DATA.info)
    toy = DatasetSpec(
        "toy", "", "", "text", lambda: DATA, lambda samples, columns=1: prose(samples, DATA.info.vocabulary)
    )
    return Learned(None, spec, model.eval(), toy)


def ask(found, name, **params):
    with torch.no_grad():
        return found.spec.looks[name](found, params)


def test_writing_leaves_what_a_page_needs_to_draw_again(found):
    settings = {"temperature": 0.7, "top_k": 9, "top_p": 0.9}
    plain, arrays = ask(found, "write", prompt="She was", n=30, seed=4, **settings)
    assert plain["prompt"] == "She was" and len(plain["text"]) == plain["n"] == 30 and plain["unknown"] == []
    again = sampling.choose(arrays["logits"], arrays["u"], **settings)
    assert (arrays["ids"][np.arange(30), again] == arrays["tokens"]).all()
    assert np.exp(arrays["logits"] - arrays["total"][:, None]).sum(1) == pytest.approx(np.ones(30), abs=1e-4)
    more, _ = ask(found, "write", prompt="She was" + plain["text"][:10], n=1, temperature=0.0)
    second = ask(found, "next", prompt="She was" + plain["text"][:10])[1]["logits"]
    assert np.abs(second - arrays["logits"][10]).max() < 1e-3 and len(more["text"]) == 1
    assert ask(found, "write", prompt="She was", n=30, seed=4, **settings)[0] == plain
    assert ask(found, "write", prompt="She was", n=30, seed=5, **settings)[0] != plain


def test_what_is_typed_is_read_in_plain_form_and_the_rest_is_named(found):
    plain, _ = ask(found, "next", prompt="Shé came\t¿at 9 …")
    assert plain["prompt"] == "She came at  ..." and plain["unknown"] == ["¿", "9"]
    assert 0 < plain["entropy"] < np.log2(len(DATA.info.vocabulary))


def test_surprise_adds_up_to_the_text_s_probability(found):
    text = "He came too late."
    plain, arrays = ask(found, "surprise", text=text)
    total = 0.0
    for i, symbol in enumerate(text):
        logits = ask(found, "next", prompt=text[:i])[1]["logits"]
        p = sampling.probabilities(logits)[encode(symbol, DATA.info.vocabulary)[0]]
        total -= np.log2(p)
        assert arrays["bits"][i] == pytest.approx(-np.log2(p), abs=1e-3)
    assert plain["total"] == pytest.approx(total, abs=1e-2) and plain["mean"] == pytest.approx(
        total / len(text), abs=1e-3
    )
    assert (arrays["rank"] >= 1).all() and (arrays["entropy"] >= 0).all()


def test_surprise_stands_beside_what_counting_alone_would_say(found):
    plain, arrays = ask(found, "surprise", text="He had no wish to stay. Hkk")
    judge = text_parts.judge_of(DATA.train, found.model.symbols)
    known = judge.of(encode("\n" * (judge.order - 1) + plain["text"], DATA.info.vocabulary))
    assert arrays["ngram"] == pytest.approx(known, abs=1e-4)
    assert arrays["ngram"][-1] > arrays["ngram"][:10].mean()  # what it never saw costs it more


def test_attention_or_activations(found):
    if "attention" in found.spec.looks:
        plain, arrays = ask(found, "attention", text="It was a fine day.")
        maps = arrays["attention"].astype(float)
        assert maps.shape == (2, 2, 18, 18) == (plain["layers"], plain["heads"], plain["n"], plain["n"])
        assert maps.sum(3) == pytest.approx(np.ones((2, 2, 18)), abs=5e-3)
        back = np.arange(18)[:, None] - np.arange(18)
        assert (maps[..., (back < 0) | (back >= 16)] == 0).all()
    else:
        plain, arrays = ask(found, "activations", text="It was a fine day.", count=3)
        assert arrays["values"].shape == (18, 3) and plain["width"] == 16 and np.abs(arrays["values"]).max() <= 1
        spread = arrays["spread"][arrays["units"]]
        assert (np.diff(spread) <= 0).all() and spread[0] == arrays["spread"].max()
        _, chosen = ask(found, "activations", text="It was a fine day.", units=[5, 2])
        assert chosen["units"].tolist() == [5, 2]
        assert chosen["values"][:, 0].astype(float).std() == pytest.approx(arrays["spread"][5], abs=1e-3)


def test_free_running_beside_teacher_forcing(found):
    plain, arrays = ask(found, "free_running", passages=6, length=20, temperature=1.0)
    assert set(arrays) == {"position", *(f"{a}{b}" for a in ("forced", "free") for b in ("", "_low", "_high"))}
    assert all(a.shape == (20,) and np.isfinite(a).all() for a in arrays.values())
    assert plain["low"] <= plain["gap"] <= plain["high"]
    assert (arrays["free_low"] <= arrays["free"] + 1e-4).all() and (arrays["free"] <= arrays["free_high"] + 1e-4).all()


def test_lines_say_where_they_stand(found, monkeypatch):
    written = encode("It was a fine day. He came to it, too late. She had a wish to talk.\n", DATA.info.vocabulary)
    monkeypatch.setattr(found.model, "sample", lambda n, rng, **_: torch.from_numpy(written)[None].long())
    plain, _ = ask(found, "lines", n=1)
    assert [line["kind"] for line in plain["lines"]] == ["train", "new", "heldout"]
    new = plain["lines"][1]
    assert new["shared"] == " too late" or new["shared"] in TRAIN and new["length"] == len(new["shared"])
    assert new["text"][new["start"] : new["start"] + new["length"]] == new["shared"]
    assert plain["counts"] == {"train": 1, "heldout": 1, "new": 1} and 0 < plain["control"] <= 1


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("write", {"prompt": "a" * 301}), ("write", {"prompt": 7}), ("write", {"n": 401}), ("write", {"temperature": 2.1}),
        ("write", {"temperature": float("nan")}), ("write", {"top_k": 201}), ("write", {"top_p": 0}), ("write", {"seed": -1}),
        ("write", {"other": 1}), ("next", {"prompt": "a" * 301}), ("surprise", {}), ("surprise", {"text": "漢"}),
        ("surprise", {"text": "a" * 2001}), ("free_running", {"passages": 99}), ("lines", {"n": 0}),
        ("lines", {"text": "a"}),
    ],
)  # fmt: skip
def test_what_is_out_of_bounds_is_refused_with_a_sentence(found, name, params):
    with pytest.raises(ConfigError) as refused:
        ask(found, name, **params)
    assert str(refused.value).endswith(".")
    assert "漢" not in str(refused.value)


def test_units_out_of_bounds_are_refused(found):
    if "activations" in found.spec.looks:
        for units in ([], [16], [-1], 3, ["x"], list(range(17))):
            with pytest.raises(ConfigError):
                ask(found, "activations", text="It was", units=units)


def test_the_longest_text_is_read_whole(found):
    plain, arrays = ask(found, "surprise", text="It was a fine day. " * 105)
    assert plain["n"] == len(arrays["bits"]) == 1995 <= looks_text.TEXT
