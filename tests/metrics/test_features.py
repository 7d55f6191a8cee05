"""The shipped classifiers: what their sidecars say is true, and damage is refused."""

import hashlib
import json

import numpy as np
import pytest
import torch

from genai_core import registry
from genai_core.contracts import DataInfo
from genai_core.errors import DataError
from genai_core.metrics import features
from genai_core.metrics.build.classifiers import RECIPES, shifted, unseen
from genai_core.metrics.features import Classifier, classifier, scorer

SMALL = {"digits": "mnist5k", "digits-judge": "mnist5k", "fashion": "fashion5k"}


def test_every_recipe_ships():
    assert {path.stem for path in features.WEIGHTS.glob("*.safetensors")} == set(RECIPES) == set(SMALL)


@pytest.mark.parametrize("key", SMALL)
def test_accuracy_and_hash_are_as_recorded(key):
    found, data = classifier(key), registry.datasets()[SMALL[key]].load()
    weights = (features.WEIGHTS / f"{key}.safetensors").read_bytes()
    assert found.hash == hashlib.sha256(weights).hexdigest() == found.about["sha256"]
    guesses = found.probabilities(data.heldout / np.float32(255)).argmax(1).numpy()
    recorded = found.about["accuracy"][f"{SMALL[key]}, held out"]
    assert (guesses == data.heldout_labels).mean() == pytest.approx(recorded["value"], abs=0.0021)
    assert recorded["low"] < recorded["value"] < recorded["high"] and recorded["n"] == 1000


def test_accuracy_is_worth_the_name():
    accuracy = {key: classifier(key).about["accuracy"] for key in SMALL}
    assert accuracy["digits"]["mnist, test set"]["low"] > 0.985
    assert accuracy["digits-judge"]["mnist, test set"]["low"] > 0.98
    assert accuracy["fashion"]["fashion, test set"]["low"] > 0.88


def test_features_and_probabilities():
    x = registry.datasets()["mnist5k"].load().heldout[:300] / np.float32(255)
    found = features.features(x)
    assert found.shape == (300, 64) and found.dtype == torch.float32 and not found.requires_grad
    assert torch.allclose(features.probabilities(x).sum(1), torch.ones(300))
    assert torch.allclose(features.features(torch.from_numpy(x[7:8])), found[7:8], atol=1e-4)  # each image on its own
    assert torch.equal(features.features(x * 3 - 1), features.features((x * 3 - 1).clip(0, 1)))
    assert features.features(np.full((2, 28, 28), np.nan)).isfinite().all()


def test_the_judge_is_another_network():
    assert classifier("digits-judge").hash != classifier("digits").hash
    assert classifier("digits-judge").about["architecture"] != classifier("digits").about["architecture"]
    assert classifier("digits-judge").about["seed"] != classifier("digits").about["seed"]


def test_who_scores_what():
    found = {key: spec for key, spec in registry.datasets().items() if key in ("mnist5k", "fashion5k", "points-rings")}
    assert {key: scorer(spec.load().info) for key, spec in found.items()} == {
        "mnist5k": "digits",
        "fashion5k": "fashion",
        "points-rings": None,
    }
    assert scorer(DataInfo("image", (32, 32), tuple("0123456789"))) is None
    assert scorer(DataInfo("image", (28, 28))) is None


@pytest.fixture
def folder(tmp_path):
    for path in features.WEIGHTS.glob("digits.*"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    return tmp_path


def test_damage_is_refused(folder):
    weights = folder / "digits.safetensors"
    whole = weights.read_bytes()
    weights.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(DataError, match="digits.safetensors is not the file that was recorded"):
        Classifier("digits", folder)
    weights.unlink()
    with pytest.raises(DataError, match="digits.safetensors is missing"):
        Classifier("digits", folder)
    for content in ("{", "[]", "{}", json.dumps({"sha256": "0", "architecture": {"layers": 3}})):
        (folder / "digits.json").write_text(content)
        with pytest.raises(DataError, match="digits.json does not describe a classifier"):
            Classifier("digits", folder)
    (folder / "digits.json").unlink()
    with pytest.raises(DataError, match="digits.json is missing"):
        Classifier("digits", folder)


def test_what_ships_is_not_trained_on():
    small = registry.datasets()["mnist5k"].load()
    other = small.train[:20] ^ 1
    full = np.concatenate([small.train[:5], other[:10], small.heldout[:5], other[10:]])
    keep = unseen(type(small)(small.info, full, full), small)
    assert keep.tolist() == [*range(5, 15), *range(20, 30)]
    for key in SMALL:
        n = int(classifier(key).about["trained_on"].split("training set, ")[1].split()[0])
        assert n == (56_000 if key == "fashion" else 55_000)


def test_shifting_moves_whole_images():
    x = torch.zeros(50, 28, 28)
    x[:, 10, 20] = 1
    moved = shifted(x, torch.Generator().manual_seed(0), 2)
    at = moved.nonzero()[:, 1:] - torch.tensor([10, 20])
    assert len(at) == 50 and at.abs().max() == 2 and len(at.unique(dim=0)) > 15
    assert torch.equal(shifted(x, torch.Generator(), 0), x)
