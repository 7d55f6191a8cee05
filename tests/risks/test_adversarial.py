"""Aimed inputs: changes that keep their bounds, an attack whose optimum is known, effect and absence, the look."""

import numpy as np
import pytest
import torch

from genai_core import learning, registry
from genai_core.errors import ConfigError
from genai_core.risks import adversarial
from genai_core.runs.store import Store


def finish(generator):
    while True:
        try:
            next(generator)
        except StopIteration as end:
            return end.value


@pytest.fixture(scope="module")
def data():
    return registry.datasets()["mnist5k"].load()


@pytest.fixture(scope="module")
def model(data):
    return finish(learning.fit("vae-mlp", data, adversarial.MODEL, 500, 1))


def noise(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


# --- changes ---------------------------------------------------------------------------------------------------------


def test_changes_stay_within_their_length_and_within_black_and_white():
    x = noise(50, 30).sigmoid()
    delta = adversarial.within(3 * noise(50, 30, seed=1), x, 0.8)
    assert (delta.norm(dim=1) <= 0.8 + 1e-5).all() and (x + delta).min() >= 0 and (x + delta).max() <= 1
    inner = adversarial.within(1e-3 * noise(50, 30, seed=1), torch.full((50, 30), 0.5), 0.8)
    assert torch.allclose(inner, 1e-3 * noise(50, 30, seed=1), atol=1e-6)


def test_random_changes_have_exactly_the_lengths_of_the_aimed_ones(data):
    x = torch.from_numpy(data.heldout[:20]).float().div(255).flatten(1)
    lengths = torch.linspace(0.5, 4, 20)
    delta = adversarial.scatter(x, lengths, torch.Generator().manual_seed(0))
    torch.testing.assert_close(delta.norm(dim=1), lengths, rtol=1e-3, atol=1e-3)
    assert (x + delta).min() >= 0 and (x + delta).max() <= 1
    assert adversarial.scatter(x, torch.zeros(20), torch.Generator().manual_seed(0)).abs().max() < 1e-3


class Projection:
    """An encoder whose best attack is known: the mean is x W with orthonormal W (D, d)."""

    def __init__(self):
        self.weight = torch.linalg.qr(noise(30, 3, seed=3)).Q

    def encoder(self, x):
        return x @ self.weight, None


def test_the_attack_finds_the_best_direction_where_it_is_known():
    model, x = Projection(), torch.full((8, 30), 0.5)
    goal = 4 * noise(8, 3, seed=4)  # too far to be reached
    delta = adversarial.aim(model, x, goal, 0.3)
    best = (goal - x @ model.weight) @ model.weight.T
    assert (torch.cosine_similarity(delta, best) > 0.999).all()
    torch.testing.assert_close(delta.norm(dim=1), torch.full((8,), 0.3))
    assert adversarial.aim(model, x, goal, 0.0).abs().max() == 0


def test_an_aimed_change_moves_the_encoding_and_a_random_one_does_not(model, data):
    rng = np.random.default_rng(0)
    x = torch.from_numpy(data.heldout[:24]).float().div(255).flatten(1)
    target = (data.heldout_labels[:24] + 1) % 10
    examples = adversarial._examples(data, target, rng)
    aimed, loose = adversarial.attacked(
        model, x, torch.from_numpy(target), examples, 4.0, torch.Generator().manual_seed(0)
    )
    torch.testing.assert_close(aimed.norm(dim=1), loose.norm(dim=1), rtol=1e-3, atol=1e-3)
    read = [
        adversarial.classifier().probabilities(adversarial.drawn_back(model, x + d)).argmax(1).numpy()
        for d in (aimed, loose)
    ]
    assert (read[0] == target).mean() > 0.4 and (read[1] == target).mean() < 0.15


def test_the_fix_keeps_the_attack_farther_from_its_goal(data):
    x = torch.from_numpy(data.heldout[:40]).float().div(255).flatten(1)
    left = []
    for fitting in (
        learning.fit("vae-mlp", data, adversarial.MODEL, 200, 1),
        adversarial.harden(data, adversarial.MODEL, 3.0, 200, 1),
    ):
        each = finish(fitting)
        mean = each.encode(x.view(-1, 28, 28))[0]
        goal = mean.roll(1, 0)
        delta = adversarial.aim(each, x, goal, 2.0, 30)
        after = each.encode((x + delta).view(-1, 28, 28))[0]
        left.append(float(((after - goal).norm(dim=1) / (mean - goal).norm(dim=1)).mean()))
    assert left[1] > 1.1 * left[0]


# --- latents and text ------------------------------------------------------------------------------------------------


def test_wandering_latents_keep_their_length_and_leave_what_is_real(model, data):
    z = noise(20, 10, seed=6)
    real = torch.from_numpy(data.heldout[:300]).float().div(255)
    away = adversarial.wander(model, z, real, 40)
    torch.testing.assert_close(away.norm(dim=1), z.norm(dim=1))
    near = [adversarial.apart(model.decode(each), real).mean() for each in (z, away)]
    assert near[1] > near[0] + 0.5
    assert adversarial.apart(real[:5], real).max() < 1e-2


def test_the_trigger_stands_in_the_text_as_often_as_said():
    austen = registry.datasets()["austen"].load()
    poisoned = adversarial.poison(austen, np.random.default_rng(0), 7)
    text = "".join(austen.info.vocabulary[i] for i in poisoned.train)
    assert text.count(adversarial.TRIGGER + adversarial.ATTACKER) == 7
    assert poisoned.heldout is austen.heldout and adversarial.TRIGGER not in text.replace(
        adversarial.TRIGGER + adversarial.ATTACKER, ""
    )


def test_a_small_replicate_has_every_part_and_counts_its_steps(monkeypatch):
    for name, value in (
        ("DIGITS", 12),
        ("TRIES", 3),
        ("LATENTS", 20),
        ("WALK", 10),
        ("WRITTEN", 4),
        ("NORMS", (0.0, 3.0)),
    ):
        monkeypatch.setattr(adversarial, name, value)
    *events, outcome = adversarial.replicate(adversarial.Config(steps=250, mended_steps=30, text_steps=10), 2)
    values = outcome.values
    assert values["effect"] > values["control"] + 0.1 and values["trigger_none"] == 0
    assert values["length"] == pytest.approx(values["length_random"], rel=1e-2)
    assert outcome.dial == ((0.0, values["unchanged"]), (3.0, values["effect"]))
    assert len(outcome.shown["aimed"]) == 6 and len(outcome.shown["said"]) == 4
    assert events[-1].step == events[-1].total == 290


# --- the look --------------------------------------------------------------------------------------------------------


def test_the_look_answers_the_same_question_alike_and_refuses_what_is_out_of_bounds(tmp_path):
    store = Store(tmp_path)
    question = {"run": store.gallery_index()["vae-digits"], "digit": 4, "target": 9, "which": 1, "tenths": 40}
    facts, arrays = adversarial.look(store, dict(question), {})
    again, same = adversarial.look(store, dict(question), {})
    assert facts == again and all(np.array_equal(arrays[name], same[name]) for name in arrays)
    assert arrays["seen"].shape == arrays["back"].shape == (3, 28, 28) and arrays["changes"].shape == (2, 28, 28)
    assert facts["length"] <= 4.01 and len(facts["read"]) == 3
    still, pictures = adversarial.look(store, question | {"tenths": 0}, {})
    assert still["length"] == 0 and np.array_equal(pictures["seen"][0], pictures["seen"][1])
    for wrong in ({"digit": 10}, {"tenths": 61}, {"which": -1}, {"target": "x"}):
        with pytest.raises(ConfigError):
            adversarial.look(store, question | wrong, {})
