"""What the page of medicine asks of its shipped runs, answered in milliseconds. Not a plug-in.

records   model (vae, gan, private), label (any, malignant, benign), seed
          plain: columns, records (values in the units of the file, diagnosis, distance to the closest training record)
          arrays: real (398, 2), real_labels, made (400, 2), made_labels: the first two principal components of the training part
likeness  label      arrays: edges (30, B + 1) in the units of the file, shares (4, 30, B), correlation (4, 30, 30): the
          training part, then the models in the order of MODELS
judged    model    plain: auc [value, low, high], and real, that of the training part; distance (median), copies, measure and
          diagnosis (right guesses of members and of people held out), unlike; unseen (median distance of people held out),
          epsilon, delta      arrays: distances (n,), unseen (171,)
unusual   kind (KINDS)    plain: auc [value, low, high], control the same of other digits, median nats of both
          arrays: scores, usual: minus the bound in nats, higher is odder; pictures (8, 28, 28)
cleaned   index, noise, blot    plain: errors of the noisy and the cleaned picture against the true one, mark (of a blot that is left)
          arrays: true, noisy, cleaned, taken (28, 28)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch

from genai_core import registry
from genai_core.contracts import N_
from genai_core.datasets import patients
from genai_core.errors import ConfigError, RunError
from genai_core.looks import Answer, Learned, bounded, learned
from genai_core.metrics import tables
from genai_core.metrics.statistics import auc
from genai_core.models.table_vae import DELTA
from genai_core.runs.spec import check_seed, number
from genai_core.runs.store import Store
from genai_core.training import stream

MODELS = {"vae": "patients-vae", "gan": "patients-gan", "private": "patients-private"}
DIGITS = "vae-digits"
ON_MAP, IN_TABLE, MEASURED, ATTACKED, BINS = 400, 6, 2000, 1990, 24  # records made for each purpose; bins of a column
DRAWS, STEPS = 2, 120
RESAMPLED = 400
Files = Mapping[str, np.ndarray]


def run_of(store: Store, preset: str) -> Learned:
    run_id = store.gallery_index().get(preset)
    if run_id is None:
        raise RunError(N_("The shipped run {name} is not in this gallery."), name=preset)
    return learned(store.open(run_id))


def one_of(params: dict[str, Any], name: str, options: tuple[str, ...]) -> str:
    value = params.pop(name, options[0])
    if value not in options:
        raise ConfigError(N_("{name} must be one of {allowed}."), name=name, allowed=", ".join(options))
    return str(value)


def nothing_more(params: dict[str, Any]) -> None:
    if params:
        raise ConfigError(N_("This look takes no {name}."), name=", ".join(params)[:40])


# --- records ---------------------------------------------------------------------------------------------------------


def make(found: Learned, labels: np.ndarray, seed: int, name: str = "patients") -> np.ndarray:
    """A record (n, 30) of each diagnosis in ``labels``, on the scale of the models."""
    return found.model.decode(found.model.latents(len(labels), stream(seed, name)), torch.from_numpy(labels)).numpy()


def wanted(label: str, n: int) -> np.ndarray:
    """``n`` diagnoses: all of one kind, or in the shares of the training part."""
    return np.resize(patients.load().train_labels, n) if label == "any" else np.full(n, patients.CLASSES.index(label))


def records(store: Store, params: dict[str, Any], files: Files) -> Answer:
    name, label = one_of(params, "model", tuple(MODELS)), one_of(params, "label", ("any", *patients.CLASSES))
    seed = check_seed(params.pop("seed", 1))
    nothing_more(params)
    data, scale = patients.load(), patients.scale()
    labels = wanted(label, ON_MAP)
    made = make(run_of(store, MODELS[name]), labels, seed)
    distance, at = tables.closest(made[:IN_TABLE], data.train)
    rows = [
        {
            "values": [float(v) for v in values],
            "diagnosis": patients.CLASSES[label],
            "distance": round(float(d), 4),
            "closest": [float(v) for v in patients.table()[0][near]],
        }
        for values, label, d, near in zip(scale.outward(made[:IN_TABLE]), labels, distance, at, strict=False)
    ]
    axes = np.linalg.svd(data.train - data.train.mean(0), full_matrices=False)[2][:2]
    axes = axes * np.where(axes.sum(1, keepdims=True) < 0, -1, 1)  # the sign of a component is nobody's
    return {"columns": list(patients.COLUMNS), "records": rows}, {
        "real": (data.train @ axes.T).astype(np.float32),
        "real_labels": data.train_labels,
        "made": (made @ axes.T).astype(np.float32),
        "made_labels": labels,
    }


def likeness(store: Store, params: dict[str, Any], files: Files) -> Answer:
    label = one_of(params, "label", ("any", *patients.CLASSES))
    nothing_more(params)
    data, scale = patients.load(), patients.scale()
    real = data.train if label == "any" else data.train[data.train_labels == patients.CLASSES.index(label)]
    groups = [real, *(make(run_of(store, preset), wanted(label, MEASURED), 0) for preset in MODELS.values())]
    low, high = np.quantile(real, 0.005, 0) - 0.5, np.quantile(real, 0.995, 0) + 0.5
    low = np.maximum(low, np.where(patients.ROOTED, -scale.centre / scale.spread, low))  # nothing lies below 0
    edges = np.linspace(low, high, BINS + 1).T  # (30, B + 1)
    shares = [
        [np.histogram(x[:, j].clip(low[j], high[j]), edges[j])[0] / len(x) for j in range(x.shape[1])] for x in groups
    ]
    return {"columns": list(patients.COLUMNS), "n": len(real)}, {
        "edges": scale.outward(edges.T).T.astype(np.float32),
        "shares": np.array(shares, np.float32),
        "correlation": np.array([tables.correlation(x) for x in groups], np.float32),
    }


def judged(store: Store, params: dict[str, Any], files: Files) -> Answer:
    name = one_of(params, "model", tuple(MODELS))
    nothing_more(params)
    data, run, labels = patients.load(), run_of(store, MODELS[name]), wanted("any", MEASURED)
    sick = (data.heldout_labels == 0).astype(np.int64)
    made = make(run, labels, 0)
    inside, outside = (
        tables.attack(x, y, made[:ATTACKED], labels[:ATTACKED])
        for x, y in ((data.train, data.train_labels), (data.heldout, data.heldout_labels))
    )
    distances, unseen = (tables.closest(x, data.train)[0] for x in (made, data.heldout))
    plain = {
        "auc": tested(made, labels, data.heldout, sick),
        "real": tested(data.train, data.train_labels, data.heldout, sick),
        "distance": float(np.median(distances)),
        "unseen": float(np.median(unseen)),
        "copies": tables.copies(made, data.train),
        "measure": [inside.measure, outside.measure],
        "diagnosis": [inside.diagnosis, outside.diagnosis],
        "unlike": tables.unlike(made, data.train),
        "epsilon": spent(store, MODELS[name]),
        "delta": DELTA / len(data.train),
    }
    return plain, {"distances": distances.astype(np.float32), "unseen": unseen.astype(np.float32)}


def spent(store: Store, preset: str) -> float | None:
    """The epsilon that the report of a shipped run names: counting it again would import Opacus into the process that answers."""
    metrics = (store.open(store.gallery_index()[preset]).report() or {}).get("metrics", {})
    return float(metrics["epsilon"]["value"]) if "epsilon" in metrics else None


def tested(x: np.ndarray, labels: np.ndarray, people: np.ndarray, sick: np.ndarray) -> list[float]:
    """AUC on ``people`` of a diagnosis learned from (x, labels), and its 95 % interval over people (bootstrap)."""
    score = tables.logistic(x, (labels == 0).astype(np.int64)).score(people)
    return _interval(score[sick == 1], score[sick == 0])


def _interval(positive: np.ndarray, negative: np.ndarray) -> list[float]:
    """An AUC with its interval: each group resampled by itself, as its size is fixed."""
    rng = np.random.default_rng(0)
    drawn = [auc(rng.choice(positive, len(positive)), rng.choice(negative, len(negative))) for _ in range(RESAMPLED)]
    return [auc(positive, negative), *(float(v) for v in np.quantile(drawn, (0.025, 0.975)))]


# --- pictures, in place of scans -------------------------------------------------------------------------------------


def _clothes(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return registry.datasets()["fashion5k"].load().heldout[: len(x)]


def _noise(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return np.clip(x + rng.normal(0, 40, x.shape), 0, 255).astype(np.uint8)


def _blot(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A white square of 4 pixels somewhere in the inner part."""
    x = x.copy()
    for picture, (i, j) in zip(x, rng.integers(5, 19, (len(x), 2)), strict=True):
        picture[i : i + 4, j : j + 4] = 255
    return x


def _upside(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return x[:, ::-1].copy()


def _erased(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The lower half is missing."""
    x = x.copy()
    x[:, 14:] = 0
    return x


def _blank(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return np.zeros_like(x)


KINDS: Mapping[str, Callable[[np.ndarray, np.random.Generator], np.ndarray]] = {
    "clothes": _clothes, "blot": _blot, "noise": _noise, "upside": _upside, "erased": _erased, "blank": _blank,
}  # fmt: skip


def oddness(found: Learned, pictures: np.ndarray) -> np.ndarray:
    """Minus the bound on the log-likelihood of pictures (n, 28, 28), uint8, in nats, a mean over draws of the latent; one
    binarisation for all."""
    model = found.model
    grey = torch.from_numpy(np.ascontiguousarray(pictures)).float() / 255
    observed = model.observe(grey, torch.Generator().manual_seed(1))
    draws = [model.bound(observed, None, 1, torch.Generator().manual_seed(k)) for k in range(DRAWS)]
    return -torch.stack(draws).mean(0).numpy()


def unusual(store: Store, params: dict[str, Any], files: Files) -> Answer:
    kind = one_of(params, "kind", tuple(KINDS))
    nothing_more(params)
    found = run_of(store, DIGITS)
    every = found.data().heldout
    usual, others = every[::2], every[1::2]  # of the first 300 and the next 300 the control came to .55 (.51 to .59)
    strange = KINDS[kind](others, np.random.default_rng(0))
    base, odd, control = (oddness(found, x) for x in (usual, strange, others))
    plain = {
        "auc": _interval(odd, base),
        "control": _interval(control, base),
        "median": float(np.median(odd)),
        "usual": float(np.median(base)),
    }
    return plain, {"scores": odd, "usual": base, "pictures": strange[:8], "before": others[:8]}


def cleaned(store: Store, params: dict[str, Any], files: Files) -> Answer:
    index = bounded(params, "index", 0, 0, 999)
    noise = number("noise", params.pop("noise", 0.5))
    blot = params.pop("blot", False) is True
    nothing_more(params)
    if not 0.05 <= noise <= 1.5:
        raise ConfigError(N_("{name} must lie between {low} and {high}."), name="noise", low=0.05, high=1.5)
    found = run_of(store, DIGITS)
    true = torch.from_numpy(found.data().heldout[index].astype(np.float32)) / 255
    mark = torch.zeros(28, 28, dtype=torch.bool)
    if blot:
        mark[4:9, 4:9] = True
        true = torch.where(mark, 1.0, true)
    noisy = true + noise * torch.randn(true.shape, generator=stream(index, "noise"))
    clean = likeliest(found.model, noisy, noise)
    shown = noisy.clamp(0, 1)
    plain = {
        "noisy": float((shown - true).square().mean().sqrt()),
        "cleaned": float((clean - true).square().mean().sqrt()),
        "mark": float(clean[mark].mean()) if blot else None,
    }
    return plain, {
        name: (picture.clamp(0, 1) * 255).round().byte().numpy()
        for name, picture in (("true", true), ("noisy", shown), ("cleaned", clean), ("taken", (shown - clean).abs()))
    }


def likeliest(model: Any, noisy: torch.Tensor, noise: float) -> torch.Tensor:
    """The picture (28, 28) whose latent is likeliest given the noisy one: least ||y - x(z)||^2 / (2 noise^2) + ||z||^2 / 2
    (the posterior's mode), by Adam from the best of 32 draws of the prior and what the encoder makes of the noisy picture."""
    with torch.no_grad():
        start = torch.cat([model.encode(noisy.clamp(0, 1)[None])[0], model.latents(32, stream(0, "start"))])
        fit = (model.decode(start) - noisy).square().flatten(1).sum(1) / (2 * noise**2) + start.square().sum(1) / 2
        z = start[fit.topk(4, largest=False).indices].clone()
    z.requires_grad_(True)
    steps = torch.optim.Adam([z], lr=0.1)
    for _ in range(STEPS):
        picture = torch.sigmoid(model.decoder(z, None)).view(-1, 28, 28)
        loss = (picture - noisy).square().flatten(1).sum(1) / (2 * noise**2) + z.square().sum(1) / 2
        steps.zero_grad()
        loss.sum().backward()
        steps.step()
    with torch.no_grad():
        return torch.sigmoid(model.decoder(z[loss.argmin()][None], None)).view(28, 28)


LOOKS = {"records": records, "likeness": likeness, "judged": judged, "unusual": unusual, "cleaned": cleaned}
