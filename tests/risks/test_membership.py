"""Membership inference: groups that are drawn alike, scores that mean what they say, an effect with its absence."""

import numpy as np
import pytest
import torch

from genai_core import learning
from genai_core.metrics.statistics import auc
from genai_core.risks import membership


def finished(generator):
    while True:
        try:
            next(generator)
        except StopIteration as end:
            return end.value


def test_groups_are_disjoint_and_their_sizes_as_asked():
    data, first, second = membership.pictures(np.random.default_rng(0), 60)
    groups = [{x.tobytes() for x in part} for part in (data.train, first, second)]
    assert [len(part) for part in (data.train, first, second)] == [60, membership.OTHERS, membership.OTHERS]
    assert not groups[0] & groups[1] and not groups[0] & groups[2] and not groups[1] & groups[2]
    assert data.info.classes == ()


def test_passages_of_members_stand_in_the_text_and_others_come_from_the_held_out():
    from genai_core import registry

    austen = registry.datasets()["austen"].load()
    data, inside, outside = membership.passages(austen, np.random.default_rng(1), 50)
    text = data.train.tobytes()
    assert all(passage.tobytes() in text for passage in inside) and inside.shape == outside.shape
    held = austen.heldout.tobytes()
    assert all(passage.tobytes() in held for passage in outside[:20])


@pytest.mark.parametrize("family", ["vae", "gan", "diffusion"])
def test_an_untrained_model_cannot_tell_and_scores_are_repeatable(family):
    data, first, second = membership.pictures(np.random.default_rng(2), 200)
    key, settings, _ = membership.MODELS[family]
    model = finished(learning.fit(key, data, settings, 1, 0))
    score = membership.SCORES[family]
    a, b = score(model, first, 5), score(model, second, 5)
    assert a.shape == (membership.OTHERS,) and np.isfinite(a).all() and np.array_equal(a, score(model, first, 5))
    assert 0.42 < auc(score(model, data.train, 5), np.concatenate([a, b])) < 0.58


def test_an_overfitted_vae_gives_its_members_away_and_no_others():
    data, first, second = membership.pictures(np.random.default_rng(3), 40)
    model = finished(learning.fit("vae-mlp", data, {"augment": 0.0, "batch_size": 20, "width": 200}, 500, 0))
    inside, outside, other = (membership.score_vae(model, x, 0) for x in (data.train, first, second))
    assert auc(inside, outside) > 0.8 and 0.44 < auc(other, outside) < 0.56


def test_a_replicate_covers_every_family_and_counts_its_steps():
    torch.manual_seed(0)
    *events, outcome = membership.replicate(membership.Config(members=30, steps=200), 1)
    assert {"effect", "control", "mitigated", "gan", "diffusion", "text", "price", "price_mitigated"} <= set(outcome.values)
    assert all(0 <= outcome.values[name] <= 1 for name in ("effect", "control", "mitigated", "gan", "diffusion", "text"))
    steps = [event.step for event in events]
    assert steps == sorted(steps) and steps[-1] == events[-1].total
