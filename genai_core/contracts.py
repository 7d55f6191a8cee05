"""The contracts every room of the house keeps: frozen dataclasses and protocols, no logic beyond reading knobs.

This module imports neither torch nor streamlit, so the web process, the workers and the tests share it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

if TYPE_CHECKING:
    import numpy as np
    import torch

Modality = Literal["points", "image", "text", "series", "table", "melody", "tiles"]
Scalar = bool | int | float | str
State = Literal["queued", "running", "paused", "done", "stopped", "failed"]
ACTIVE: tuple[State, ...] = ("queued", "running")


def N_(message: str) -> str:
    """Mark a message id for extraction; the page translates it."""
    return message


# --- knobs -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Knob:
    """A config field that knows its label, range and help: forms, URL checks and the command line come from it."""

    name: str
    type: Literal["int", "float", "bool", "str"]
    default: Scalar
    label: str
    help: str = ""
    low: float | None = None
    high: float | None = None
    choices: tuple[Scalar, ...] = ()
    log: bool = False  # the slider runs over powers
    advanced: bool = False  # kept behind "more"


def knob(
    default: Scalar,
    label: str,
    *,
    help: str = "",
    low: float | None = None,
    high: float | None = None,
    choices: tuple[Scalar, ...] = (),
    log: bool = False,
    advanced: bool = False,
) -> Any:
    """A dataclass field with the metadata of a :class:`Knob`. Labels and help are message ids (wrap them in ``N_``)."""
    meta = {
        "label": label,
        "help": help,
        "low": low,
        "high": high,
        "choices": choices,
        "log": log,
        "advanced": advanced,
    }
    return field(default=default, metadata={"knob": meta})


@dataclass(frozen=True)
class NoConfig:
    """A config without knobs."""


def knobs(config: type) -> tuple[Knob, ...]:
    """The knobs of a config dataclass, in order of definition."""
    return tuple(
        Knob(name=f.name, type=type(f.default).__name__, default=f.default, **f.metadata["knob"])  # type: ignore[arg-type]
        for f in dataclasses.fields(config)
    )


# --- data ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class DataInfo:
    """What a model must know of its data to be built; stored with the run, so that sampling needs no data."""

    modality: Modality
    shape: tuple[int, ...]  # of one item: (28, 28) for an image, (2,) for a point
    classes: tuple[str, ...] = ()  # names of the labels, empty without labels
    vocabulary: tuple[str, ...] = ()  # symbols of a text, empty otherwise


@dataclass(frozen=True)
class Data:
    """Arrays of one data set. Images are uint8 (N, H, W), points float32 (N, 2), texts int32 (N,) token ids."""

    info: DataInfo
    train: np.ndarray
    heldout: np.ndarray
    train_labels: np.ndarray | None = None  # int64 (N,)
    heldout_labels: np.ndarray | None = None


@dataclass(frozen=True)
class DatasetSpec:
    """A data set plug-in.

    ``load()`` raises DataError with a sentence that names the file and what is wrong. ``show(samples, columns)`` makes
    the picture a person sees from samples in the model's natural range (images float in [0, 1], clipped), as uint8
    (H, W) or (H, W, 3).
    """

    key: str
    title: str
    summary: str
    modality: Modality
    load: Callable[[], Data]
    show: Callable[..., np.ndarray]
    source: str = ""
    licence: str = ""
    available: Callable[[], bool] = lambda: True
    order: int = 100  # lists show low numbers first


# --- models ----------------------------------------------------------------------------------------------------------


class Batch(NamedTuple):
    """One training batch: images float32 (B, H, W) in [0, 1], points float32 (B, 2); labels int64 (B,) or None."""

    x: torch.Tensor
    y: torch.Tensor | None


class GenerativeModel(Protocol):
    """An ``nn.Module`` with these verbs. Persistent extras (EMA, noise pools and their positions) live in state_dict."""

    def optimizers(self) -> dict[str, torch.optim.Optimizer]: ...

    def train_step(
        self, batch: Batch, optimizers: dict[str, torch.optim.Optimizer], step: int, total: int, rng: torch.Generator
    ) -> dict[str, torch.Tensor]:
        """One update, its own backward, schedules and lazy terms included. ``step`` counts from 1.

        Returns named 0-d tensors, detached and still on the device (the loop reads them when it shows them).
        """

    def sample(self, n: int, rng: torch.Generator, **controls: Any) -> torch.Tensor:
        """``n`` samples in the data's layout, (n, H, W) for images. Leaves the training mode and streams untouched."""


@dataclass(frozen=True)
class Preset:
    """A recipe the page shows as a thumbnail and the gallery ships as a run.

    ``role``: "recipe" (a good start), "failure" (what goes wrong; ``detector`` names the light that should come on,
    ``cure`` the preset that mends it, or "" for the same recipe with ``cure_config`` on top).
    """

    key: str  # unique over all models: the gallery's name for the run
    title: str
    note: str  # one sentence
    dataset: str
    config: Mapping[str, Scalar] = field(default_factory=dict)
    seed: int = 0
    steps: int = 2000  # budget of the shipped run
    seconds: int = 30  # budget when a visitor presses Train
    role: Literal["recipe", "failure"] = "recipe"
    detector: str = ""
    cure: str = ""
    explain: str = ""  # cause and cure, a few sentences
    home: str = ""  # place on the home page: "can", "break" or ""
    stake: str = ""  # what the home page says of it: what it means to somebody who does not train models
    order: int = 100


@dataclass(frozen=True)
class ModelSpec:
    """A model plug-in: one file, one constant SPEC."""

    key: str
    title: str
    summary: str
    family: str  # "gan", "vae", "autoregressive", "diffusion", "flow"
    modalities: tuple[Modality, ...]
    config: type  # frozen dataclass of knobs
    build: Callable[[Any, DataInfo], Any]  # (config, info) -> GenerativeModel
    paper: str
    controls: type = NoConfig  # frozen dataclass of knobs for sample()
    presets: tuple[Preset, ...] = ()
    formulas: tuple[tuple[str, str], ...] = ()  # (what it is: message id, LaTeX), each loss with its source
    batch_knob: str = "batch_size"  # the config field that holds the batch size
    threads: int = 1  # threads wanted when the job is alone
    looks: Mapping[str, Callable[..., Any]] = field(default_factory=dict)  # extra look requests of this family
    order: int = 100


# --- runs ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Budget:
    """How long a run lasts: a number of steps, or seconds of its own time.

    ``schedule`` is the total a model's schedules see. A run by seconds fixes it from its measured speed, records it, and
    is replayed by ``Budget(steps=made, schedule=fixed)``.
    """

    steps: int | None = None
    seconds: float | None = None
    schedule: int | None = None


@dataclass(frozen=True)
class RunSpec:
    """What was asked: enough to do it again. ``config`` holds every knob, defaults filled in."""

    plugin: str
    config: Mapping[str, Scalar]
    dataset: str | None
    seed: int
    budget: Budget


@dataclass(frozen=True)
class Event:
    """Something that happened at a step.

    ``values``: losses and measures by name. ``frame``: uint8 picture of what a person sees. ``report``: at the end.
    """

    step: int
    total: int | None
    values: Mapping[str, float] = field(default_factory=dict)
    frame: np.ndarray | None = None
    report: Report | None = None


@dataclass(frozen=True)
class Metric:
    """A number with its interval (``low``, ``high``) and its real-against-real ``floor``; either may be absent."""

    value: float
    low: float | None = None
    high: float | None = None
    floor: float | None = None
    unit: str = ""
    better: Literal["low", "high", ""] = ""


@dataclass(frozen=True)
class Report:
    """The end of a run: what was found, with controls and the mapping to frameworks."""

    finding: str  # message id
    params: Mapping[str, Scalar] = field(default_factory=dict)
    metrics: Mapping[str, Metric] = field(default_factory=dict)
    control: Mapping[str, Metric] = field(default_factory=dict)
    figures: Mapping[str, Any] = field(default_factory=dict)
    mapping: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class ExperimentSpec:
    """An application or a risk: one file, one constant SPEC. ``run(config, rng)`` yields events; the last has a Report."""

    key: str
    title: str
    summary: str
    topic: str
    config: type
    run: Callable[[Any, Any], Iterator[Event]]
    order: int = 100
