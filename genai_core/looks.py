"""Looks: small questions to what a run has learned, answered in milliseconds from its latest weights.

    answer(store, name, params, files) -> (plain JSON, arrays)

Every look takes ``run`` (an id), and those that sample take ``seed`` and the model's sampling controls by name. All sizes
are bounded; a parameter out of bounds is a ConfigError. A model's own looks (``ModelSpec.looks``) come before these:
``look(found, params) -> (plain JSON, arrays)``, with a :class:`Learned` and whatever was asked besides ``run``. Where ``experiment``
names a risk or an application, the look is one of its own: ``look(store, params, files) -> (plain JSON, arrays)``, files being what
a visitor brought, as uint8 arrays of bytes. ``report`` is of no run: :mod:`genai_core.report.session`.

    sample       n                                  samples, labels, picture
    interpolate  seed_a, seed_b, steps, rows        samples (rows, steps, ...), picture
    truncation   values, columns                    samples (values, columns, ...), pictures: the same latents at every value
    training     n                                  items: the first training items, as they are stored
    nearest      n                                  samples, the nearest training and held-out images, distances, picture

Samples of images are uint8, others as the model makes them; texts come as one string, ``text``, instead of a picture.
"""

from __future__ import annotations

import dataclasses
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from genai_core import registry
from genai_core.contracts import N_, Data, DatasetSpec, ModelSpec, Scalar, knobs
from genai_core.errors import ConfigError, DataError, RunError
from genai_core.runs.spec import check_config, check_seed, number, whole
from genai_core.runs.store import Run, RunRecord, Store
from genai_core.training import stream

Answer = tuple[dict[str, Any], dict[str, np.ndarray]]
MOST = {"image": 400, "points": 4000}  # samples of a look, by modality
MOST_TEXTS = 32
KEPT = 4  # models in memory
CHUNK = 256  # samples compared with the data at a time
PIXELS = N_("Distances are between pixels: an image moved by one pixel counts as far away, so a copy can be missed.")


@dataclass(frozen=True)
class Learned:
    """A run's model with its latest weights, ready to sample."""

    record: RunRecord
    spec: ModelSpec
    model: Any
    dataset: DatasetSpec | None

    def controls(self, values: Mapping[str, Any]) -> dict[str, Scalar]:
        """Every sampling control with its value; one that the recipe names as well begins there. A class of "any" says
        nothing, also to a model that knows no classes."""
        known = knobs(self.spec.controls)
        values = {k.name: self.record.spec.config[k.name] for k in known if k.name in self.record.spec.config} | values
        classes = self.record.info.classes if self.record.info else ()
        if values.get("label") in classes:
            values["label"] = str(classes.index(values["label"]))
        if values.get("label") == "any" and "label" not in {k.name for k in known}:
            values = {k: v for k, v in values.items() if k != "label"}
        return check_config(known, values)

    def draw(self, n: int, rng: torch.Generator, controls: Mapping[str, Any]) -> np.ndarray:
        """``n`` samples in the model's own range."""
        with torch.no_grad():
            samples = self.model.sample(n, rng, **self.controls(controls)).cpu()
        return (samples.float() if samples.is_floating_point() else samples).numpy()

    def sample(self, n: int, seed: int, controls: Mapping[str, Any]) -> np.ndarray:
        """As :meth:`draw`; equal seeds give equal samples."""
        return self.draw(n, stream(seed, "sample"), controls)

    def show(self, samples: np.ndarray, columns: int) -> Any:
        """The picture of samples, uint8; of texts one string."""
        return self._known().show(samples, columns)

    def data(self) -> Data:
        """The data it was trained on. DataError where they are not on this machine."""
        return self._known().load()

    def _known(self) -> DatasetSpec:
        if self.dataset is None:
            raise DataError(N_("There is no data set called {name} in this version."), name=self.record.spec.dataset)
        return self.dataset

    def plain(self, samples: np.ndarray) -> np.ndarray:
        """Samples as they are stored: images as uint8."""
        if self.record.info is not None and self.record.info.modality == "image":
            return (samples.clip(0, 1) * 255).round().astype(np.uint8)
        return samples


_models: OrderedDict[tuple[str, str, float, int], Learned] = OrderedDict()
_controls: dict[str, float] = {}


def learned(run: Run) -> Learned:
    """The model of a run with its latest weights; RunError where it has none yet, or they do not fit."""
    from safetensors import SafetensorError
    from safetensors.torch import load

    record = run.record()
    spec = registry.models().get(record.spec.plugin)
    if spec is None:
        raise RunError(N_("Run {id} is not of a model of this version, so there is nothing to sample."), id=record.id)
    if record.info is None:
        raise RunError(N_("Run {id} has no weights yet."), id=record.id)
    modified = run.files.modified(run.path("weights.safetensors"))
    key = (str(getattr(run.files, "root", "")), record.id, modified, 0 if modified else record.step)
    if key in _models:
        _models.move_to_end(key)
        return dataclasses.replace(_models[key], record=record)
    try:
        tensors = {k[6:]: v for k, v in load(run.weights()).items() if k.startswith("model/")}
        model = spec.build(spec.config(**record.spec.config), record.info)
        model.load_state_dict(tensors)
    except (SafetensorError, RuntimeError, KeyError, TypeError) as error:
        message = N_("The weights of run {id} do not fit the model as it is now. Start a new run.")
        raise RunError(message, id=record.id) from error
    model.eval()
    found = Learned(record, spec, model, registry.datasets().get(record.spec.dataset or ""))
    for old in [k for k in _models if k[:2] == key[:2]]:  # weights of an earlier step
        del _models[old]
    _models[key] = found
    while len(_models) > KEPT:
        _models.popitem(last=False)
    return found


def answer(store: Store, name: str, params: Mapping[str, Any], files: Mapping[str, np.ndarray] | None = None) -> Answer:
    """Answer one look. Raises UserErrors: an unknown look, a run without weights, a parameter out of bounds."""
    rest = dict(params)
    if name == "report":
        from genai_core.report import session

        return session.look(store, rest, files or {})
    if "experiment" in rest:
        return _experiment(store, name, rest, files or {})
    found = learned(store.open(rest.pop("run", None)))
    own = found.spec.looks.get(name)
    if own is not None:
        with torch.no_grad():
            return own(found, rest)
    if name not in LOOKS:
        raise ConfigError(
            N_("There is no look called {name}. Available: {allowed}."), name=name, allowed=", ".join(LOOKS)
        )
    return LOOKS[name](found, rest)


def _experiment(store: Store, name: str, params: dict[str, Any], files: Mapping[str, np.ndarray]) -> Answer:
    key = str(params.pop("experiment"))[:40]
    spec = registry.risks().get(key) or registry.applications().get(key)
    own = spec.looks if spec else {}
    if name not in own:
        raise ConfigError(
            N_("There is no look called {name}. Available: {allowed}."), name=name, allowed=", ".join(own)
        )
    return own[name](store, params, files)


# --- the looks -------------------------------------------------------------------------------------------------------


def sample(found: Learned, params: dict[str, Any]) -> Answer:
    modality = found.record.info.modality if found.record.info else ""
    n = bounded(params, "n", 64 if modality in MOST else 8, 1, MOST.get(modality, MOST_TEXTS))
    seed = check_seed(params.pop("seed", 0))
    columns = bounded(params, "columns", min(n, _columns(found)), 1, 64)
    label = params.get("label", "any")
    samples = found.sample(n, seed, params)
    shown = found.show(samples, columns)
    if isinstance(shown, str):
        return {"n": n, "text": shown}, {"samples": samples}
    arrays = {"samples": found.plain(samples), "picture": shown}
    labels = classes_for(found, n, label)
    if labels is not None:
        arrays["labels"] = labels.numpy()
    return {"n": n}, arrays


def interpolate(found: Learned, params: dict[str, Any]) -> Answer:
    seed_a, seed_b = check_seed(params.pop("seed_a", 1)), check_seed(params.pop("seed_b", 2))
    steps, rows = bounded(params, "steps", 16, 2, 64), bounded(params, "rows", 1, 1, 8)
    spherical = params.pop("spherical", True) is True
    controls = found.controls(params)
    _need_latents(found)
    cut = {"truncation": controls["truncation"]} if "truncation" in controls else {}
    a, b = (found.model.latents(rows, stream(seed, "latent"), **cut) for seed in (seed_a, seed_b))  # (rows, z)
    t = torch.linspace(0, 1, steps)
    z = (slerp if spherical else torch.lerp)(a[:, None], b[:, None], t[None, :, None])  # (rows, steps, z)
    labels = classes_for(found, rows, controls.get("label", "any"))
    labels = None if labels is None else labels.repeat_interleave(steps)
    samples = _decode(found, z.flatten(0, 1), labels, controls)
    shaped = found.plain(samples).reshape(rows, steps, *samples.shape[1:])
    return {"steps": steps, "rows": rows}, {"samples": shaped, "picture": found.show(samples, steps)}


def truncation(found: Learned, params: dict[str, Any]) -> Answer:
    values = params.pop("values", [0.3, 0.6, 1.0, 1.5, 2.5])
    if not isinstance(values, (list, tuple)) or not 1 <= len(values) <= 10:
        raise ConfigError(N_("{name} must lie between {low} and {high}."), name="values", low=1, high=10)
    seed, columns = check_seed(params.pop("seed", 1)), bounded(params, "columns", 16, 1, 40)
    _need_latents(found)
    rows, pictures = [], []
    for value in values:
        controls = found.controls({**params, "truncation": number("truncation", value)})
        z = found.model.latents(columns, stream(seed, "latent"), truncation=controls["truncation"])
        samples = _decode(found, z, classes_for(found, columns, controls.get("label", "any")), controls)
        rows.append(found.plain(samples))
        pictures.append(found.show(samples, columns))
    return {"values": [float(v) for v in values]}, {"samples": np.stack(rows), "pictures": np.stack(pictures)}


def training(found: Learned, params: dict[str, Any]) -> Answer:
    n = bounded(params, "n", 64, 1, MOST.get(found.dataset.modality if found.dataset else "", MOST_TEXTS))
    found.controls(params)
    items = found.data().train[:n]
    return {"n": len(items)}, {"items": np.array(items)}


def nearest(found: Learned, params: dict[str, Any]) -> Answer:
    """Euclidean distances over pixels in [0, 1]. ``control`` is the median distance of real held-out images to the
    training images: the same question asked of pictures that cannot be copies."""
    n = bounded(params, "n", 12, 1, 64)
    seed = check_seed(params.pop("seed", 1))
    if found.dataset is None or found.dataset.modality != "image":
        raise RunError(N_("Nearest images are looked for among images: this run has none."))
    if not found.dataset.available():  # a look is no time to fetch them
        raise DataError(
            N_(
                "The pictures that this run learned from are not on this machine, so its samples cannot be compared with them."
            )
        )
    data = found.dataset.load()
    samples = found.sample(n, seed, params).clip(0, 1)
    train, train_at = nearest_in(samples, data.train)
    heldout, heldout_at = nearest_in(samples, data.heldout)
    rows = np.concatenate([samples, data.train[train_at] / 255, data.heldout[heldout_at] / 255])
    key = found.dataset.key
    if key not in _controls:
        _controls[key] = _control(data)
    facts = {"n": n, "train": _median(train), "heldout": _median(heldout), "control": _controls[key], "note": PIXELS}
    return facts, {
        "samples": found.plain(samples),
        "train": data.train[train_at],
        "heldout": data.heldout[heldout_at],
        "train_index": train_at,
        "heldout_index": heldout_at,
        "train_distance": train,
        "heldout_distance": heldout,
        "picture": found.show(rows.astype(np.float32), n),
    }


LOOKS: Mapping[str, Callable[[Learned, dict[str, Any]], Answer]] = {
    "sample": sample,
    "interpolate": interpolate,
    "truncation": truncation,
    "training": training,
    "nearest": nearest,
}


# --- parts -----------------------------------------------------------------------------------------------------------


def slerp(a: Tensor, b: Tensor, t: Tensor) -> Tensor:
    """The great-circle way from a to b over the last dimension (Shoemake 1985), lengths interpolated linearly: points on
    the way stay as likely as latents of a normal are. Falls back on the straight line where a and b are parallel."""
    length_a, length_b = a.norm(dim=-1, keepdim=True), b.norm(dim=-1, keepdim=True)
    cosine = ((a / length_a) * (b / length_b)).sum(-1, keepdim=True).clamp(-1, 1)
    angle = cosine.arccos()
    sine = angle.sin()
    straight = sine < 1e-4
    safe = torch.where(straight, torch.ones_like(sine), sine)
    direction = (((1 - t) * angle).sin() * a / length_a + (t * angle).sin() * b / length_b) / safe
    return torch.where(straight, torch.lerp(a, b, t), direction * torch.lerp(length_a, length_b, t))


def nearest_in(samples: np.ndarray, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each sample (n, H, W) in [0, 1]: the distance (n,) to the nearest of the uint8 images (N, H, W), and its index."""
    x = torch.from_numpy(np.ascontiguousarray(samples, dtype=np.float32)).flatten(1)
    best = torch.full((len(x),), torch.inf)
    index = torch.zeros(len(x), dtype=torch.int64)
    for start in range(0, len(images), 4096):
        y = torch.from_numpy(images[start : start + 4096]).float().div_(255).flatten(1)
        for low in range(0, len(x), CHUNK):
            distance, at = torch.cdist(x[low : low + CHUNK], y).min(1)
            closer = distance < best[low : low + CHUNK]
            best[low : low + CHUNK][closer] = distance[closer]
            index[low : low + CHUNK][closer] = at[closer] + start
    return best.numpy(), index.numpy()


def _control(data: Data) -> float:
    return _median(nearest_in(data.heldout[:200].astype(np.float32) / 255, data.train)[0])


def _median(values: np.ndarray) -> float:
    return round(float(np.median(values)), 4)


def _need_latents(found: Learned) -> None:
    if not hasattr(found.model, "latents") or not hasattr(found.model, "decode"):
        raise RunError(N_("{model} has no latent space to walk through."), model=found.spec.title)


def _decode(found: Learned, z: Tensor, labels: Tensor | None, controls: Mapping[str, Any]) -> np.ndarray:
    with torch.no_grad():
        return found.model.decode(z, labels=labels, average=bool(controls.get("average", True))).float().numpy()


def classes_for(found: Learned, n: int, label: Any) -> Tensor | None:
    """The classes of ``n`` samples: the one asked for, or one after the other; None for a model without classes."""
    classes = int(getattr(found.model, "classes", 0) or 0)
    if label == "any":
        shares = getattr(found.model, "shares", None)  # of a model that keeps to those of its data
        return shares.labels(n) if shares is not None else torch.arange(n) % classes if classes else None
    known = found.record.info.classes if found.record.info else ()
    if not classes:
        raise ConfigError(N_("This model was trained without classes: leave the class at any."))
    text = str(label)
    if text in known:
        return torch.full((n,), known.index(text))
    if text in map(str, range(classes)):
        return torch.full((n,), int(text))
    raise ConfigError(N_("There is no class {label}: the model knows {count}."), label=text[:40], count=classes)


def _columns(found: Learned) -> int:
    classes = len(found.record.info.classes) if found.record.info else 0
    return classes if 2 <= classes <= 12 else 8


def bounded(params: dict[str, Any], name: str, default: int, low: int, high: int) -> int:
    """A whole number taken out of ``params``. ConfigError where it is none, or out of bounds."""
    value = whole(name, params.pop(name, default))
    if not low <= value <= high:
        raise ConfigError(N_("{name} must lie between {low} and {high}."), name=name, low=low, high=high)
    return value
