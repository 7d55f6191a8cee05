"""run.json: what was asked of a run and how it stands, and the checks that a record from elsewhere must pass. Torch-free."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from genai_core.contracts import N_, Budget, DataInfo, Modality, RunSpec, State
from genai_core.errors import RunError
from genai_core.runs import spec as specs

RUN_ID = re.compile(r"[0-9a-f]{12}-[a-z0-9]{6}")
TRAINED = N_("Trained for {steps} steps in {seconds} s.")  # the finding of every training run
Origin = Literal["web", "cli", "gallery", "imported"]


@dataclass
class RunRecord:
    """run.json: what was asked, and how it stands. Times in unix seconds, ``elapsed`` in seconds of the run's own time."""

    id: str
    spec: RunSpec
    hash: str
    state: State = "queued"
    created: float = 0.0
    started: float | None = None
    finished: float | None = None
    updated: float = 0.0  # last time the record was written
    elapsed: float = 0.0
    step: int = 0
    total: int | None = None  # steps the progress bar counts to; None while a run by seconds measures its speed
    versions: dict[str, str] = field(default_factory=dict)
    threads: int = 0  # 0 until the run starts
    dtype: str = ""
    owner: str = ""  # sha256 of the owner's token
    origin: Origin = "web"
    private: bool = False
    error: dict[str, Any] | None = None  # message, params, traceback
    info: DataInfo | None = None
    floors: dict[str, float] = field(default_factory=dict)
    schedule: int | None = None  # the total that the model's schedules see, once it is fixed
    energy_wh: float = 0.0  # an estimate
    preset: str = ""
    start: str = ""  # id of the run whose weights this one started from

    def to_json(self) -> dict[str, Any]:
        plain = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        return plain | {
            "spec": specs.to_json(self.spec),
            "info": None if self.info is None else dataclasses.asdict(self.info),
        }

    def to_public(self) -> dict[str, Any]:
        """What anyone with the link may see: no owner, no traceback."""
        public = self.to_json()
        del public["owner"]
        if self.error is not None:
            public["error"] = {k: v for k, v in self.error.items() if k != "traceback"}
        return public

    def replay(self) -> RunSpec:
        """The spec that repeats this run to the step it reached, with the schedule it saw: to the same weights."""
        schedule = None if self.schedule in (None, self.step) else self.schedule
        return dataclasses.replace(self.spec, budget=Budget(steps=self.step, schedule=schedule))

    @classmethod
    def from_json(cls, data: Any) -> RunRecord:
        """Strict on types, so that later code need not doubt a record; names it does not know are left out.

        Raises RunError, or ConfigError for a value in the spec.
        """
        if not isinstance(data, Mapping):
            raise RunError(N_("This is not the record of a run."))
        values: dict[str, Any] = {}
        for name, fits in _FIELDS.items():
            if name in data:
                if not fits(data[name]):
                    raise RunError(N_("The record of this run is damaged: {name} has no sensible value."), name=name)
                values[name] = data[name]
        for name in ("id", "hash", "state"):
            if name not in values:
                raise RunError(N_("The record of this run is damaged: {name} has no sensible value."), name=name)
        values["spec"] = specs.from_json(data.get("spec"))
        if data.get("info") is not None:
            values["info"] = info_from_json(data["info"])
        return cls(**values)


def is_real(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e300  # no nan, no inf


def is_natural(value: Any) -> bool:
    return type(value) is int and 0 <= value < 2**53


def or_none(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: value is None or fits(value)


def _text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= 200


def _mapping(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: (
        isinstance(value, dict) and len(value) <= 100 and all(_text(k) and fits(v) for k, v in value.items())
    )


def _error(value: Any) -> bool:
    return (
        isinstance(value, dict) and isinstance(value.get("message"), str) and isinstance(value.get("params", {}), dict)
    )


_FIELDS: dict[str, Callable[[Any], bool]] = {
    "id": lambda v: isinstance(v, str) and RUN_ID.fullmatch(v) is not None,
    "hash": lambda v: isinstance(v, str) and re.fullmatch(r"[0-9a-f]{12}", v) is not None,
    "state": lambda v: isinstance(v, str) and v in get_args(State),
    "created": is_real,
    "started": or_none(is_real),
    "finished": or_none(is_real),
    "updated": is_real,
    "elapsed": is_real,
    "step": is_natural,
    "total": or_none(is_natural),
    "versions": _mapping(_text),
    "threads": is_natural,
    "dtype": _text,
    "owner": lambda v: isinstance(v, str) and re.fullmatch(r"([0-9a-f]{64})?", v) is not None,
    "origin": lambda v: isinstance(v, str) and v in get_args(Origin),
    "private": lambda v: isinstance(v, bool),
    "error": or_none(_error),
    "floors": _mapping(is_real),
    "schedule": or_none(is_natural),
    "energy_wh": is_real,
    "preset": _text,
    "start": lambda v: v == "" or (isinstance(v, str) and RUN_ID.fullmatch(v) is not None),
}


def info_from_json(data: Any) -> DataInfo:
    """A DataInfo with bounded sizes, or RunError."""
    bad = RunError(N_("The record of this run is damaged: {name} has no sensible value."), name="info")
    if (
        not isinstance(data, Mapping)
        or not isinstance(data.get("modality"), str)
        or data["modality"] not in get_args(Modality)
    ):
        raise bad
    shape = data.get("shape")
    if (
        not isinstance(shape, (list, tuple))
        or not 0 <= len(shape) <= 4
        or not all(type(n) is int and 0 < n <= 65536 for n in shape)
    ):
        raise bad
    if math.prod(shape) > 2**22:
        raise bad
    names = []
    for key, most in (("classes", 1000), ("vocabulary", 20000)):
        found = data.get(key, ())
        if (
            not isinstance(found, (list, tuple))
            or len(found) > most
            or not all(isinstance(v, str) and len(v) <= 100 for v in found)
        ):
            raise bad
        names.append(tuple(found))
    return DataInfo(data["modality"], tuple(shape), *names)


def owner_hash(token: str) -> str:
    """What the store keeps of an owner's token; '' for no token."""
    return hashlib.sha256(token.encode()).hexdigest() if token else ""


def check_id(run_id: Any) -> str:
    """The id itself where it has the form of one; RunError otherwise. No path is made of anything else."""
    if not isinstance(run_id, str) or not RUN_ID.fullmatch(run_id):
        raise RunError(N_("{id} is not the id of a run."), id=str(run_id)[:40])
    return run_id


def parse_record(raw: bytes) -> RunRecord:
    """The record in the bytes of run.json. RunError where they are not one."""
    try:
        return RunRecord.from_json(json.loads(raw))
    except (ValueError, RecursionError) as error:
        raise RunError(N_("The record of this run is damaged: it is not JSON.")) from error
