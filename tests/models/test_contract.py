"""What every model of the registry keeps, whatever it learns."""

from collections.abc import Iterator

import numpy as np
import pytest
import torch
from safetensors.torch import load, save

from genai_core import registry
from genai_core.contracts import Batch, DataInfo, ModelSpec, knobs
from genai_core.datasets import chorales, names
from genai_core.metrics.detectors import DETECTORS

INFO = {
    "image": DataInfo("image", (28, 28), tuple("0123456789")),
    "points": DataInfo("points", (2,)),
    "text": DataInfo("text", (), (), tuple("abcdefgh .,\n")),
    "series": DataInfo("series", ()),
    "tiles": DataInfo("tiles", (6, 5), ("a", "b", "c"), tuple("01234567")),
    "table": DataInfo("table", (6,), tuple("0123456789")),
    "melody": DataInfo("melody", (), (), chorales.VOCABULARY),
    "names": DataInfo("names", (7,), tuple("0123456789"), names.VOCABULARY),
}
CONTEXT = 12  # of texts, series and melodies
CASES = [
    pytest.param(spec, modality, id=f"{key}-{modality}")
    for key, spec in registry.models().items()
    for modality in spec.modalities
    if modality in INFO
]


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def small(spec: ModelSpec, **extra):
    """The config with the smallest networks its knobs allow."""
    names = {k.name: k for k in knobs(spec.config)}
    least = {name: names[name].low for name in ("width", "layers", "context") if name in names}
    return spec.config(
        **{name: max(int(low), CONTEXT if name == "context" else 1) for name, low in least.items()} | extra
    )


def batch(info: DataInfo, n: int = 16, seed: int = 0) -> Batch:
    rng = torch.Generator().manual_seed(seed)
    if info.modality in ("text", "melody"):
        return Batch(torch.randint(len(info.vocabulary), (n, CONTEXT + 1), generator=rng), None)
    if info.modality == "series":
        return Batch(torch.rand(n, CONTEXT + 1, generator=rng), None)
    if info.modality == "tiles":
        tiles = torch.randint(len(info.vocabulary), (n, *info.shape), generator=rng, dtype=torch.int8)
        return Batch(tiles, torch.arange(n) % len(info.classes))
    if info.modality == "names":
        letters = torch.randint(1, len(info.vocabulary), (n, *info.shape), generator=rng)
        length = torch.randint(3, info.shape[0], (n, 1), generator=rng)
        return Batch(letters * (torch.arange(info.shape[0]) < length), torch.arange(n) % len(info.classes))
    return Batch(torch.rand(n, *info.shape, generator=rng), torch.arange(n) % 10 if info.classes else None)


def build(spec: ModelSpec, modality: str, seed: int = 0, **extra):
    torch.manual_seed(seed)
    return spec.build(small(spec, **extra), INFO[modality])


def trained(spec: ModelSpec, modality: str, steps: int = 20, seed: int = 0):
    model, rng = build(spec, modality, seed), torch.Generator().manual_seed(seed)
    optimizers = model.optimizers()
    for step in range(1, steps + 1):
        losses = model.train_step(batch(INFO[modality], seed=step), optimizers, step, steps, rng)
    return model, losses


def tensors(model: torch.nn.Module) -> dict[str, torch.Tensor]:
    return {name: value.detach().clone().contiguous() for name, value in model.state_dict().items()}


def equal(a: dict[str, torch.Tensor], b: dict[str, torch.Tensor]) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


@pytest.mark.parametrize("spec, modality", CASES)
def test_equal_seeds_give_equal_weights_and_others_do_not(spec, modality):
    one, two, other = (tensors(trained(spec, modality, seed=seed)[0]) for seed in (3, 3, 4))
    assert equal(one, two)
    assert not equal(one, other)


@pytest.mark.parametrize("spec, modality", CASES)
def test_every_parameter_learns_and_losses_are_finite(spec, modality):
    model = build(spec, modality)
    before = {name: p.detach().clone() for name, p in model.named_parameters() if p.requires_grad}
    optimizers, rng = model.optimizers(), torch.Generator().manual_seed(0)
    for step in range(1, 17):
        losses = model.train_step(batch(INFO[modality], seed=step), optimizers, step, 16, rng)
        assert all(v.dim() == 0 and not v.requires_grad and torch.isfinite(v) for v in losses.values()), losses
    still = [name for name, p in model.named_parameters() if p.requires_grad and torch.equal(p, before[name])]
    assert not still
    assert all(p.requires_grad for o in optimizers.values() for group in o.param_groups for p in group["params"])


@pytest.mark.parametrize("spec, modality", CASES)
def test_sampling_has_the_shape_repeats_and_leaves_no_trace(spec, modality):
    model, _ = trained(spec, modality)
    model.train()
    before, stream = tensors(model), torch.get_rng_state()
    modes = [module.training for module in model.modules()]
    samples = model.sample(13, torch.Generator().manual_seed(5))
    assert samples.dtype == (torch.int64 if modality in ("text", "tiles", "melody", "names") else torch.float32)
    if modality in ("text", "series", "melody"):
        assert len(samples) == 13 and samples.dim() == 2
    else:
        assert samples.shape == (13, *INFO[modality].shape)
    assert not samples.requires_grad and torch.isfinite(samples).all()
    assert torch.equal(samples, model.sample(13, torch.Generator().manual_seed(5)))
    assert not torch.equal(samples, model.sample(13, torch.Generator().manual_seed(6)))
    assert equal(before, tensors(model))
    assert torch.equal(stream, torch.get_rng_state())
    assert modes == [module.training for module in model.modules()]


@pytest.mark.parametrize("spec, modality", CASES)
def test_the_number_of_samples_in_a_batch_does_not_change_a_sample(spec, modality):
    """Nothing normalises over the batch while sampling."""
    model, _ = trained(spec, modality)
    if not hasattr(model, "latents"):
        pytest.skip("draws its noise step by step")
    z = model.latents(6, torch.Generator().manual_seed(1))
    together = model.decode(z)
    assert torch.allclose(model.decode(z[:3]), together[:3], atol=1e-5)


@pytest.mark.parametrize("spec, modality", CASES)
def test_saved_weights_sample_the_same_and_training_goes_on_the_same(spec, modality):
    model, _ = trained(spec, modality, steps=17)
    again = build(spec, modality, seed=99)
    again.load_state_dict(load(save(tensors(model))))
    draw = [m.sample(8, torch.Generator().manual_seed(0)) for m in (model, again)]
    assert torch.equal(*draw)
    for one in (model, again):  # fresh optimisers on both sides: only the model's own state is in question
        optimizers, rng = one.optimizers(), torch.Generator().manual_seed(7)
        for step in range(18, 36):
            one.train_step(batch(INFO[modality], seed=step), optimizers, step, 36, rng)
    assert equal(tensors(model), tensors(again))


@pytest.mark.parametrize("spec, modality", CASES)
def test_every_control_is_taken_at_its_ends(spec, modality):
    model, _ = trained(spec, modality, steps=2)
    for control in knobs(spec.controls):
        values = control.choices or ((False, True) if control.type == "bool" else (control.low, control.high))
        if control.name == "label" and not getattr(model, "classes", 0):
            values = ("any",)
        for value in values:
            assert torch.isfinite(model.sample(4, torch.Generator().manual_seed(0), **{control.name: value})).all()


def test_presets_name_real_things_and_keep_to_the_knobs():
    found = [(spec, preset) for spec in registry.models().values() for preset in spec.presets]
    keys = [preset.key for _, preset in found]
    assert len(set(keys)) == len(keys)
    sides = [[p for _, p in found if p.home == side] for side in ("can", "break")]
    assert all(len(side) >= 2 and all(p.stake for p in side) for side in sides), (
        "each pan of the balance holds something"
    )
    assert {p.home for _, p in found} <= {"", "can", "break"}
    for spec, preset in found:
        fields = {k.name: k for k in knobs(spec.config)}
        spec.config(**preset.config)
        for name, value in preset.config.items():
            k = fields[name]
            assert value in k.choices if k.choices else k.type == "bool" or k.low <= value <= k.high
        if preset.dataset in registry.datasets():
            assert registry.datasets()[preset.dataset].modality in spec.modalities
        if preset.role == "failure":
            assert preset.detector in DETECTORS and preset.explain
            assert preset.cure in keys
    assert {p.detector for _, p in found if p.role == "failure"} == set(DETECTORS)


@pytest.mark.parametrize("spec", registry.models().values(), ids=lambda s: s.key)
def test_knobs_have_defaults_inside_their_range_and_labels(spec):
    for k in (*knobs(spec.config), *knobs(spec.controls)):
        assert k.label
        if k.choices:
            assert k.default in k.choices
        elif k.type != "bool":
            assert k.low <= k.default <= k.high, k
    assert spec.batch_knob in {k.name for k in knobs(spec.config)}
    assert spec.paper and spec.formulas
    assert np.isfinite(spec.order)


def test_a_gan_decodes_in_blocks_what_it_decodes_at_once(monkeypatch):
    model = build(registry.models()["gan-dcgan"], "image", conditional=True)
    z = model.latents(20, torch.Generator().manual_seed(1))
    whole = model.decode(z)
    monkeypatch.setattr("genai_core.models.parts.BLOCK", 7)
    assert torch.allclose(model.decode(z), whole, atol=1e-5)
