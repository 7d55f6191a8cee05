"""Autoregressive models of images: who sees what, that probabilities sum to one, and that drawing is the same computation."""

import itertools

import numpy as np
import pytest
import torch

from genai_core.contracts import Batch, Data, DataInfo
from genai_core.metrics.likelihood import BINARISATION, bernoulli, binarise
from genai_core.models import ar_pixel_cnn, ar_pixel_rows
from genai_core.models.ar_pixel_parts import binary

DIGITS = tuple("0123456789")
KINDS = ("rows", "cnn", "cnn-classes")


def model(kind: str, shape=(6, 5), classes: int = 3, steps: int = 30):
    """A small model, a little trained, so that no weight is what it began as."""
    torch.manual_seed(1)
    info = DataInfo("image", shape, DIGITS[:classes])
    if kind == "rows":
        found = ar_pixel_rows.Rows(ar_pixel_rows.Config(width=8, row_width=4, precision="float32"), info)
    else:
        config = ar_pixel_cnn.Config(width=4, layers=4, conditional=kind == "cnn-classes", precision="float32", lr=1e-2)
        found = ar_pixel_cnn.PixelCnn(config, info)
    rng, optimizers = torch.Generator().manual_seed(0), found.optimizers()
    for step in range(1, steps + 1):
        batch = Batch(torch.rand(8, *shape, generator=rng), torch.arange(8) % classes)
        found.train_step(batch, optimizers, step, steps, rng)
    return found


def draws(n: int, shape=(6, 5), seed: int = 3) -> torch.Tensor:
    return torch.rand(n, *shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("kind", KINDS)
def test_no_pixel_sees_itself_or_a_later_one_and_every_earlier_one_is_seen_by_some(kind):
    found, y = model(kind), None
    y = found.labels(2)
    x = (draws(2) < 0.5).float().requires_grad_()
    logits, seen = found.logits(x, y), torch.zeros(30, 30)
    for i in range(30):
        (slope,) = torch.autograd.grad(logits.flatten(1)[:, i].sum(), x, retain_graph=True)
        seen[i] = slope.flatten(1).abs().sum(0)
    assert (seen.triu() == 0).all()
    assert (seen.sum(0)[:-1] > 0).all(), "a pixel that nothing after it looks at"
    assert (seen[29, :29] > 0).all(), "no blind spot: the last pixel sees all the others"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", [(2, 2), (3, 2)])
def test_the_probabilities_of_all_images_sum_to_one(kind, shape):
    found = model(kind, shape)
    every = torch.tensor(list(itertools.product((0.0, 1.0), repeat=shape[0] * shape[1]))).view(-1, *shape)
    log_p, exact = found.log_likelihood(every)
    assert exact == "exact" and float(log_p.double().exp().sum()) == pytest.approx(1, abs=1e-5)
    if found.classes:
        for y in range(found.classes):
            within = found.conditionals(every, torch.full((len(every),), y)).sum((1, 2))
            assert float(within.double().exp().sum()) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_a_likelihood_is_the_sum_of_its_conditionals_and_the_classes_are_weighed(kind):
    found = model(kind)
    x = (draws(7) < 0.4).float()
    torch.testing.assert_close(found.told(x).sum((1, 2)).float(), found.log_likelihood(x)[0], atol=1e-4, rtol=1e-5)
    by_hand = bernoulli(x.flatten(1), found.logits(x, found.labels(7)).flatten(1))
    torch.testing.assert_close(found.conditionals(x, found.labels(7)).sum((1, 2)), by_hand)
    if found.classes:
        joint = found.by_class(x)
        torch.testing.assert_close(joint.softmax(1), found.posterior(x, 6))
        assert (found.told(x)[:, :4].sum((1, 2)) > found.told(x).sum((1, 2))).all()


@pytest.mark.parametrize("kind", KINDS)
def test_drawing_pixel_by_pixel_is_the_full_computation(kind):
    found = model(kind)
    y = found.labels(9)
    with torch.no_grad():
        x, p = found.draw(draws(9), y)
        torch.testing.assert_close(p, found.logits(x, y).sigmoid(), atol=2e-6, rtol=1e-5)
    assert torch.equal(x, (draws(9) < p).float())
    assert torch.equal(found.sample(9, torch.Generator().manual_seed(3)), x)


@pytest.mark.parametrize("kind", KINDS)
def test_a_completion_keeps_what_was_given_and_draws_the_rest_by_its_chances(kind):
    found = model(kind)
    given, u, y = (draws(9, seed=8) < 0.5).float(), draws(9), found.labels(9)
    with torch.no_grad():
        x, p = found.draw(u, y, given=given, rows=3)
        torch.testing.assert_close(p, found.logits(x, y).sigmoid(), atol=2e-6, rtol=1e-5)
    assert torch.equal(x[:, :3], given[:, :3])
    assert torch.equal(x[:, 3:], (u < p).float()[:, 3:])
    assert not torch.equal(x[:, 3:], given[:, 3:])


@pytest.mark.parametrize("kind", ["rows", "cnn"])
def test_many_drawings_come_as_often_as_the_likelihood_says(kind):
    found = model(kind, (2, 2), steps=60)
    every = torch.tensor(list(itertools.product((0.0, 1.0), repeat=4))).view(-1, 2, 2)
    chance = found.log_likelihood(every)[0].exp().double().numpy()
    n = 8000
    drawn = found.sample(n, torch.Generator().manual_seed(0)).flatten(1) @ torch.tensor([8.0, 4.0, 2.0, 1.0])
    count = np.bincount(drawn.long().numpy(), minlength=16)
    assert (np.abs(count - n * chance) < 4.5 * np.sqrt(n * chance * (1 - chance)) + 1).all()


def test_held_out_pictures_are_binarised_once_and_for_all():
    images = np.arange(0, 256, dtype=np.uint8).repeat(8).reshape(2, 32, 32)
    one, labels = binary(images, np.array([3, 4]))
    grey = torch.from_numpy(images).float() / 255
    assert torch.equal(one, binarise(grey, torch.Generator().manual_seed(BINARISATION)))
    assert set(one.unique().tolist()) == {0.0, 1.0} and labels.tolist() == [3, 4]


@pytest.mark.parametrize("kind", ["rows", "cnn-classes"])
def test_reports_measure_what_was_held_out_and_the_rank_follows_it(kind):
    rng = np.random.default_rng(0)
    images = np.where(rng.random((60, 6, 5)) < 0.3, 255, 0).astype(np.uint8)
    labels = np.arange(60) % 3
    data = Data(DataInfo("image", (6, 5), DIGITS[:3]), images, images[:40], labels, labels[:40])
    found = model(kind)
    assert found.rank(-10.0) is None
    report = found.final(data, torch.Generator().manual_seed(0))
    exact = found.log_likelihood(binary(images[:40])[0])[0]
    assert report["log_likelihood"].value == pytest.approx(float(exact.mean()), abs=1e-3)
    assert report["log_likelihood"].low < report["log_likelihood"].value < report["log_likelihood"].high
    assert found.rank(float(exact.min()) - 1) == 0 and found.rank(float(exact.max()) + 1) == 1
    assert found.rank(float(exact.median())) == pytest.approx(0.5, abs=0.03)
    assert ("recognised" in report) == bool(found.classes)
    assert found.measures(data, torch.Generator())["log_likelihood"] == pytest.approx(float(exact.mean()), abs=1e-3)
    apart = found.references(data)["log_likelihood"]
    mean = torch.from_numpy(images.mean(0) / 255).float()
    assert apart == pytest.approx(
        float(bernoulli(binary(images[:40])[0].flatten(1), mean.logit().flatten()).mean()), abs=1e-2
    )
