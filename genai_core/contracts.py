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

Modality = Literal["points", "image", "text", "series", "table", "melody", "tiles", "names"]
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
    modalities: tuple[str, ...] = ()  # the kinds of data it is for, where it is not for all that the model takes
    late: bool = False  # came when there were runs already: a spec leaves it out at its default, and theirs stay valid


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
    modalities: tuple[str, ...] = (),
    late: bool = False,
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
        "modalities": modalities,
        "late": late,
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
    vocabulary: tuple[str, ...] = ()  # symbols of a text or a melody, empty otherwise


@dataclass(frozen=True)
class Data:
    """Arrays of one data set. Images are uint8 (N, H, W), points float32 (N, 2), tables float32 (N, columns), texts and melodies
    int32 (N,) token ids (indices into ``info.vocabulary``), series float32 (N,)."""

    info: DataInfo
    train: np.ndarray
    heldout: np.ndarray
    train_labels: np.ndarray | None = None  # int64 (N,)
    heldout_labels: np.ndarray | None = None


@dataclass(frozen=True)
class DatasetSpec:
    """A data set plug-in.

    ``load()`` raises DataError with a sentence that names the file and what is wrong. ``show(samples, columns)`` makes
    what a person sees from samples in the model's natural range (images float in [0, 1], clipped): a picture, uint8
    (H, W) or (H, W, 3), or for texts a string.
    """

    key: str
    title: str
    summary: str
    modality: Modality
    load: Callable[[], Data]
    show: Callable[..., np.ndarray | str]
    source: str = ""
    licence: str = ""
    available: Callable[[], bool] = lambda: True
    order: int = 100  # lists show low numbers first


# --- models ----------------------------------------------------------------------------------------------------------


class Batch(NamedTuple):
    """One training batch: images float32 (B, H, W) in [0, 1], points float32 (B, 2); labels int64 (B,) or None.

    Texts, melodies and series come as windows of the model's context and the value after it, int64 or float32 (B, context + 1).
    """

    x: torch.Tensor
    y: torch.Tensor | None


class GenerativeModel(Protocol):
    """An ``nn.Module`` with these verbs. Persistent extras (EMA, noise pools and their positions) live in state_dict.

    A model may also have any of the verbs below; the loop calls them without gradients and gives every stream of the
    training back as it found it:

        measures(data, rng) -> dict[str, float]     held-out measures at each evaluation, a fraction of a second
        final(data, rng) -> dict[str, Metric]       measures with intervals for the report, some seconds
        references(data) -> dict[str, float]        baselines, by the name of the measure they stand beside
        frame(data, rng) -> uint8 picture or str    what a person sees at a step, instead of samples side by side
        metered = False                             no quality of samples during training: they take too long
        report_samples = 0, 1000 or 6000            samples that the report's quality is taken from
    """

    def optimizers(self) -> dict[str, torch.optim.Optimizer]: ...

    def train_step(
        self, batch: Batch, optimizers: dict[str, torch.optim.Optimizer], step: int, total: int, rng: torch.Generator
    ) -> dict[str, torch.Tensor]:
        """One update, its own backward, schedules and lazy terms included. ``step`` counts from 1.

        Returns named 0-d tensors, detached and still on the device (the loop reads them when it shows them).
        """

    def sample(self, n: int, rng: torch.Generator, **controls: Any) -> torch.Tensor:
        """``n`` samples in the data's layout: (n, H, W) for images, int64 (n, length) for texts, float32 (n, length) for
        series. Leaves the training mode and streams untouched."""


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
    family: str  # "gan", "vae", "autoregressive", "diffusion"; "table" and "music" have no page of their own
    modalities: tuple[Modality, ...]
    config: type  # frozen dataclass of knobs
    build: Callable[[Any, DataInfo], Any]  # (config, info) -> GenerativeModel
    paper: str
    controls: type = NoConfig  # frozen dataclass of knobs for sample()
    presets: tuple[Preset, ...] = ()
    formulas: tuple[tuple[str, str], ...] = ()  # (what it is: message id, LaTeX), each loss with its source
    batch_knob: str = "batch_size"  # the config field that holds the batch size
    poisson: bool = False  # batches hold each item with the same chance, and the batch size is the expected one
    threads: int = 1  # threads wanted when the job is alone
    looks: Mapping[str, Callable[..., Any]] = field(
        default_factory=dict
    )  # more looks: (Learned, params) -> (plain, arrays)
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
    """What was asked: enough to do it again. ``config`` holds every knob, defaults filled in, but for late knobs at theirs."""

    plugin: str
    config: Mapping[str, Scalar]
    dataset: str | None
    seed: int
    budget: Budget


@dataclass(frozen=True)
class Event:
    """Something that happened at a step.

    ``values``: losses and measures by name. ``frame``: what a person sees, a uint8 picture or a text. ``report``: at the end.
    """

    step: int
    total: int | None
    values: Mapping[str, float] = field(default_factory=dict)
    frame: np.ndarray | str | None = None
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
    looks: Mapping[str, Callable[..., Any]] = field(default_factory=dict)  # (store, params, files) -> (plain, arrays)
    typed: str = ""  # regular expression of what a visitor may type into a private run: run(config, rng, typed)
    typed_label: str = ""  # message id: what that is
    order: int = 100


# --- risks -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Outcome:
    """What one replicate (one trained model) came to.

    ``values`` holds at least ``effect`` and ``control``; with a mitigation also ``mitigated``, ``price`` and
    ``price_mitigated``. Any other name is kept and summarised too. ``dial``: (dose, effect) pairs. ``shown``: plain JSON
    that the page draws; that of the first replicate is kept.
    """

    values: Mapping[str, float]
    dial: tuple[tuple[float, float], ...] = ()
    shown: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class MeasuredSpec(ExperimentSpec):
    """An experiment with a figure: what is claimed, against which control, stated before it is measured.

    The effect is real if its interval over replicates lies beyond ``null`` on the side of ``claimed``; the control passes
    if its own lies inside ``null`` plus or minus ``margin``, which is at most a quarter of what is claimed. ``config`` has
    a knob ``seeds``, the number of replicates: one when a visitor runs it live, ``seeds`` below when it ships.
    """

    claim: str = ""  # message ids, all of these
    finding: str = ""  # params: effect, control
    method: str = ""
    measure: str = ""  # name of the effect's axis
    effect_label: str = ""
    control_label: str = ""
    mitigation: str = ""
    price: str = ""  # name of what the mitigation costs
    dial: str = ""  # name of the dose's axis
    shows: str = ""  # what a small model shows
    hides: str = ""  # and what it does not
    null: float = 0.0
    claimed: float = 1.0
    margin: float = 0.25
    span: tuple[float, float] = (0.0, 1.0)  # of the effect's axis
    unit: str = ""
    price_better: Literal["low", "high"] = "low"
    seeds: int = 8
    seconds: int = 60  # that a live replicate takes on two cores, about
    mapping: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # framework -> ids, as in governance/


@dataclass(frozen=True)
class RiskSpec(MeasuredSpec):
    """A risk: guessed before it is shown, with what is at stake.

    Published figures that stand beside ours are data, in ``content/claims.toml``: see ``claims.py``.
    """

    guess: str = ""  # the question before the reveal; its answer is on the effect's axis
    stakes: str = ""


@dataclass(frozen=True)
class ApplicationSpec(MeasuredSpec):
    """An application: an example to use, a figure that says how good it is, and the risk that travels with it.

    What is real in its field today is data, in ``content/claims.toml``: see ``claims.py``.
    """

    travels: str = ""  # message id: the risk that travels with it, in a sentence
    risk: str = ""  # key of the risk experiment that measures it
