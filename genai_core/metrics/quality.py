"""How good samples are: one protocol for every run, and the floor that real data reaches under it.

Exactly 1,000 samples against 1,000 held-out items, k = 5, on the features of one fixed classifier whose hash is
recorded (points are measured as they are). The floor is the median over 11 random draws of 1,000 training items,
measured in the samples' place: what a perfect generator could hope for. Scores from other classifiers or other sizes
do not compare. Where both parts were balanced over the classes, the floor of KID lies a little below its mean of 0.

Importing this module is light; torch comes with the first object.
"""

from __future__ import annotations

import functools
import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from genai_core.contracts import N_, Data, Metric
from genai_core.errors import DataError

if TYPE_CHECKING:
    from torch import Tensor

N, K, SPLITS = 1_000, 5, 11
FLOORS = Path(__file__).parent / "weights" / "floors.json"
BETTER: dict[str, Literal["low", "high", ""]] = {
    "frechet": "low",
    "kid": "low",
    "energy": "low",
    "precision": "high",
    "recall": "high",
    "density": "",  # above 1 samples crowd where the data is densest
    "coverage": "high",
    "class_entropy": "high",
    "confidence": "",  # a picture a class has confidence 1
    "modes": "high",
    "near": "high",
}
UNITS = {"class_entropy": N_("bits")}


class Quality:
    """The measure of one image data set. ``dataset_key`` is only a name; ``classifier`` the key of the scorer."""

    def __init__(self, data: Data, dataset_key: str = "") -> None:
        self.data = data
        self.dataset_key = dataset_key
        self._prepare()
        rng = np.random.default_rng(N)
        real = data.heldout
        if len(real) < N or len(data.train) < N:
            raise DataError(
                N_("Quality needs {n} items to train on and {n} held out; {dataset} has {train} and {heldout}."),
                n=N,
                dataset=dataset_key or data.info.modality,
                train=len(data.train),
                heldout=len(real),
            )
        if len(real) > N:
            real = real[np.sort(rng.choice(len(real), N, replace=False))]
        self._set_real(self._embed(self._natural(real)))

    def measure(self, samples: np.ndarray | Tensor, seed: int = 0) -> dict[str, float]:
        """Measures by name of samples in the model's natural range, (1000, 28, 28) in [0, 1] (clipped; NaN is black).

        ``frechet``, ``kid``, ``precision``, ``recall``, ``density``, ``coverage``, ``class_entropy`` (bits of the
        shares of the classes the classifier sees) and ``confidence`` (mean probability of the class it sees).
        Of more than 1,000 samples 1,000 are drawn with ``seed``; fewer raise ValueError.
        """
        return self._measure(self._embed(self._thousand(samples, seed)))

    def summary(self, samples: np.ndarray | Tensor) -> dict[str, Metric]:
        """What a report says of 1,000 samples or several thousand: each thousand measured alone, then the median.

        With six thousand or more the interval is the range of the thousands, which holds the median over all draws of
        the generator with probability 1 - 2^(1 - thousands), 97 % for six (order statistics; no shape is assumed).
        """
        thousands = len(samples) // N
        found = [self.measure(samples[i * N : (i + 1) * N]) for i in range(max(1, thousands))]
        floor, metrics = self.floor(), {}
        for name in found[0]:
            values = [one[name] for one in found]
            low, high = (min(values), max(values)) if thousands >= 6 else (None, None)
            metrics[name] = Metric(float(np.median(values)), low, high, floor[name], UNITS.get(name, ""), BETTER[name])
        return metrics

    def class_shares(self, samples: np.ndarray | Tensor, seed: int = 0) -> np.ndarray:
        """Shares of the classes that the classifier sees in 1,000 samples, (10,), sum 1."""
        logits = self._embed(self._thousand(samples, seed))[1]
        return (logits.argmax(1).bincount(minlength=logits.shape[1]).double() / N).numpy()

    def floor(self) -> dict[str, float]:
        """The median of each measure over the splits of real data: shipped, or computed once (a few seconds)."""
        return {name: values[1] for name, values in self._floors.items()}

    def floor_range(self) -> dict[str, tuple[float, float]]:
        """The least and the greatest value of each measure over the splits of real data."""
        return {name: (values[0], values[2]) for name, values in self._floors.items()}

    def about(self) -> dict[str, Any]:
        """What a record needs to say which measure it holds."""
        return {"n": N, "k": K, "classifier": self.classifier, "classifier_hash": self._scorer.hash}

    def fingerprint(self) -> str:
        """The hash of all that the floor depends on: data, classifier, protocol."""
        digest = hashlib.sha256(json.dumps(self.about() | {"splits": SPLITS}, sort_keys=True).encode())
        for part in (self.data.train, self.data.heldout):
            digest.update(f"{part.dtype}{part.shape}".encode())
            digest.update(np.ascontiguousarray(part).data)
        return digest.hexdigest()

    def compute_floor(self) -> dict[str, list[float]]:
        """Least, median and greatest value of each measure over 11 random draws of 1,000 training items."""
        rng = np.random.default_rng(0)
        draws = [rng.choice(len(self.data.train), N, replace=False) for _ in range(SPLITS)]
        found = [self._measure(self._embed(self._natural(self.data.train[draw]))) for draw in draws]
        return {
            name: [round(float(f([one[name] for one in found])), 6) for f in (np.min, np.median, np.max)]
            for name in found[0]
        }

    @functools.cached_property
    def _floors(self) -> dict[str, list[float]]:
        return shipped_floors().get(self.fingerprint()) or self.compute_floor()

    def _thousand(self, samples: np.ndarray | Tensor, seed: int) -> Tensor:
        import torch

        if not isinstance(samples, torch.Tensor):
            samples = torch.from_numpy(np.array(samples))  # a copy: shipped arrays are read-only
        samples = samples.detach().cpu()
        if samples.shape[1:] != self.data.info.shape or len(samples) < N:
            raise ValueError(f"quality needs {N} samples of shape {self.data.info.shape}, not {tuple(samples.shape)}")
        if len(samples) > N:
            samples = samples[torch.from_numpy(np.random.default_rng(seed).permutation(len(samples))[:N])]
        return samples

    # what differs between images and points

    def _prepare(self) -> None:
        from genai_core.metrics.features import classifier, scorer

        key = scorer(self.data.info)
        if key is None:
            raise ValueError("no classifier of the project scores such data")
        self.classifier = key
        self._scorer = classifier(key)

    def _natural(self, items: np.ndarray) -> np.ndarray:
        return items / np.float32(255)

    def _embed(self, samples: np.ndarray | Tensor) -> tuple[Tensor, Tensor]:
        return self._scorer(samples)

    def _set_real(self, embedded: tuple[Tensor, Tensor]) -> None:
        from genai_core.metrics import distances, manifold

        self._real = embedded[0]
        self._moments = distances.moments(self._real)
        self._radii = manifold.radii(distances.distances(self._real, self._real), K)

    def _measure(self, embedded: tuple[Tensor, Tensor]) -> dict[str, float]:
        from genai_core.metrics import distances, manifold

        fake, logits = embedded
        chances = logits.double().softmax(1)
        shares = chances.argmax(1).bincount(minlength=chances.shape[1]).double() / len(chances)
        return {
            "frechet": distances.frechet(*self._moments, *distances.moments(fake)),
            "kid": distances.kid(self._real, fake),
            **manifold.neighbourhoods(self._real, fake, K, self._radii),
            "class_entropy": max(
                0.0, float(-(shares * shares.clamp(min=1e-12).log2()).sum())
            ),  # not -0.0 for one class
            "confidence": float(chances.amax(1).mean()),
        }


class PointsQuality(Quality):
    """The measure of a cloud of points, in the plane itself.

    ``energy`` (energy distance), ``precision``, ``recall``, ``density``, ``coverage``; for mixtures of Gaussians also
    ``modes`` (how many have a sample within three standard deviations of their centre) and ``near`` (the share of
    samples within three standard deviations of some centre), after Lin et al. 2018, arXiv:1712.04086, section 4.1.
    Points that are not finite count as far away.
    """

    FAR = 100.0

    def about(self) -> dict[str, Any]:
        return {"n": N, "k": K, "classifier": None, "classifier_hash": None}

    def class_shares(self, samples: np.ndarray | Tensor, seed: int = 0) -> np.ndarray:
        """Shares of the mixture's Gaussians, by nearest centre, (K,)."""
        if self._modes is None:
            raise ValueError("this cloud has no modes")
        nearest = self._to_modes(self._embed(self._thousand(samples, seed))).argmin(1)
        return (nearest.bincount(minlength=len(self._modes.centres)).double() / N).numpy()

    def _prepare(self) -> None:
        from genai_core.datasets.points import MODES

        self._modes = MODES.get(self.dataset_key)

    def _natural(self, items: np.ndarray) -> np.ndarray:
        return items

    def _embed(self, samples: np.ndarray | Tensor) -> Tensor:
        import torch

        x = torch.tensor(np.asarray(samples), dtype=torch.float64)
        return x.nan_to_num(nan=self.FAR, posinf=self.FAR, neginf=-self.FAR).clamp(-self.FAR, self.FAR)

    def _set_real(self, embedded: Tensor) -> None:
        from genai_core.metrics import distances, manifold

        self._real = embedded
        self._radii = manifold.radii(distances.distances(embedded, embedded), K)

    def _to_modes(self, points: Tensor) -> Tensor:
        import torch

        from genai_core.metrics.distances import distances

        return distances(points, torch.from_numpy(self._modes.centres))

    def _measure(self, embedded: Tensor) -> dict[str, float]:
        from genai_core.metrics import distances, manifold

        found = {
            "energy": distances.energy(self._real, embedded),
            **manifold.neighbourhoods(self._real, embedded, K, self._radii),
        }
        if self._modes is not None:
            near = self._to_modes(embedded) <= 3 * self._modes.sigma
            found |= {"modes": float(near.any(0).sum()), "near": float(near.any(1).double().mean())}
        return found


def meter(data: Data, dataset_key: str) -> Quality | None:
    """The measure that fits this data set, or None where the project has none."""
    from genai_core.metrics.features import scorer

    if data.info.modality == "points":
        return PointsQuality(data, dataset_key)
    return Quality(data, dataset_key) if scorer(data.info) else None


@functools.cache
def shipped_floors() -> dict[str, dict[str, list[float]]]:
    """Floors computed at build time, by fingerprint."""
    try:
        shipped = json.loads(FLOORS.read_text(encoding="utf-8"))
        return {entry["fingerprint"]: entry["floor"] for entry in shipped.values()}
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        message = N_("{file} is missing or damaged. Put it back from the repository.")
        raise DataError(message, file=FLOORS.name) from error
