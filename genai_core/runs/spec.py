"""A run's spec as JSON and as a hash, and the checks of every value in it. Torch-free.

Whatever comes from a URL, a command line or a file passes through here, and is refused with a sentence, never bent into shape.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

from genai_core.contracts import N_, Budget, Knob, RunSpec, Scalar
from genai_core.errors import ConfigError, RunError

MAX_SEED = 2**31 - 1
MAX_STEPS = 1_000_000
MAX_SECONDS = 3600
_KEY = re.compile(r"[A-Za-z0-9_.\-]{1,80}")
_INT = re.compile(r"[+-]?[0-9]{1,18}")
_FLOAT = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,4})?")
_BOOLS = {"true": True, "1": True, "on": True, "yes": True, "false": False, "0": False, "off": False, "no": False}


# --- values ----------------------------------------------------------------------------------------------------------


def check_config(knobs: Iterable[Knob], values: Mapping[str, Any]) -> dict[str, Scalar]:
    """Every knob with its value: the given one, typed and checked, or the default; a late knob only where it differs from its
    default. ConfigError on anything else."""
    knobs = tuple(knobs)
    names = {k.name for k in knobs}
    for name in values:
        if name not in names:
            raise ConfigError(
                N_("There is no setting called {name}. Settings here: {allowed}."),
                name=_short(name),
                allowed=", ".join(sorted(names)) or "-",
            )
    checked = {k.name: check_value(k, values[k.name]) if k.name in values else _typed(k, k.default) for k in knobs}
    return {k.name: checked[k.name] for k in knobs if not k.late or checked[k.name] != k.default}


def check_value(knob: Knob, value: Any) -> Scalar:
    """``value`` in the type of the knob, within its range and choices. Strings are read as a URL or a shell gives them."""
    value = _typed(knob, value)
    if knob.choices and value not in knob.choices:
        allowed = ", ".join(str(c) for c in knob.choices)
        raise ConfigError(
            N_("{name} cannot be {value}. Choose one of: {allowed}."),
            name=knob.name,
            value=_short(value),
            allowed=allowed,
        )
    if knob.type in ("int", "float"):
        if knob.low is not None and value < knob.low:
            raise ConfigError(
                N_("{name} is {value}, and must be at least {low}."), name=knob.name, value=value, low=_plain(knob.low)
            )
        if knob.high is not None and value > knob.high:
            raise ConfigError(
                N_("{name} is {value}, and must be at most {high}."),
                name=knob.name,
                value=value,
                high=_plain(knob.high),
            )
    return value


def _typed(knob: Knob, value: Any) -> Scalar:
    match knob.type:
        case "bool":
            if isinstance(value, str):
                value = _BOOLS.get(value.lower(), value)
            if isinstance(value, bool):
                return value
            raise ConfigError(N_("{name} is on or off, not {value}."), name=knob.name, value=_short(value))
        case "int":
            return whole(knob.name, value)
        case "float":
            return number(knob.name, value)
        case _:
            if isinstance(value, str) and _is_text(value):
                return value
            raise ConfigError(N_("{name} takes a short text, not {value}."), name=knob.name, value=_short(value))


def _is_text(value: str) -> bool:
    return len(value) <= 1000 and all(c.isprintable() or c == "\n" for c in value)


def whole(name: str, value: Any) -> int:
    """A whole number: an int, a float without a fraction, or the digits of one. ConfigError otherwise."""
    if isinstance(value, str) and _INT.fullmatch(value):
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63:
        return value
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    raise ConfigError(N_("{name} takes a whole number, not {value}."), name=name, value=_short(value))


def number(name: str, value: Any) -> float:
    """A finite float; -0.0 becomes 0.0, so that equal settings have equal hashes. ConfigError otherwise."""
    if isinstance(value, str) and _FLOAT.fullmatch(value):
        value = float(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e300:  # also refuses nan, inf
        return float(value) + 0.0
    raise ConfigError(N_("{name} takes a number, not {value}."), name=name, value=_short(value))


def check_seed(seed: Any) -> int:
    seed = whole("seed", seed)
    if not 0 <= seed <= MAX_SEED:
        raise ConfigError(N_("The seed is {value}, and must lie between 0 and {high}."), value=seed, high=MAX_SEED)
    return seed


def check_budget(budget: Budget | Mapping[str, Any]) -> Budget:
    """Exactly one of steps (1 to 1,000,000) and seconds (1 to 3600); a schedule only beside steps, and not below them."""
    if not isinstance(budget, Budget):
        if unknown := set(budget) - {"steps", "seconds", "schedule"}:
            raise ConfigError(N_("A budget has steps or seconds, not {name}."), name=_short(min(unknown, key=str)))
        budget = Budget(**budget)
    if (budget.steps is None) == (budget.seconds is None):
        raise ConfigError(N_("Give a budget either in steps or in seconds."))
    if budget.seconds is not None:
        seconds = number("seconds", budget.seconds)
        if not 1 <= seconds <= MAX_SECONDS:
            raise ConfigError(
                N_("{value} seconds were asked for; a run lasts 1 to {high}."), value=seconds, high=MAX_SECONDS
            )
        if budget.schedule is not None:
            raise ConfigError(N_("A schedule length goes with a budget in steps, not in seconds."))
        return Budget(seconds=seconds)
    steps = whole("steps", budget.steps)
    if not 1 <= steps <= MAX_STEPS:
        raise ConfigError(N_("{value} steps were asked for; a run takes 1 to {high}."), value=steps, high=MAX_STEPS)
    if budget.schedule is None:
        return Budget(steps=steps)
    schedule = whole("schedule", budget.schedule)
    if not steps <= schedule <= MAX_STEPS:
        raise ConfigError(
            N_("The schedule length is {value}, and must lie between the {low} steps and {high}."),
            value=schedule,
            low=steps,
            high=MAX_STEPS,
        )
    return Budget(steps=steps, schedule=schedule)


def _short(value: Any) -> str:
    text = "".join(c if c.isprintable() else "?" for c in str(value)[:61])
    return text if len(text) <= 60 else text[:57] + "..."


def _plain(value: float) -> int | float:
    return int(value) if float(value).is_integer() else value


# --- JSON and hash ---------------------------------------------------------------------------------------------------


def to_json(spec: RunSpec) -> dict[str, Any]:
    """The spec as plain JSON; absent parts of the budget are left out."""
    budget = {k: v for k in ("steps", "seconds", "schedule") if (v := getattr(spec.budget, k)) is not None}
    return {
        "plugin": spec.plugin,
        "config": dict(spec.config),
        "dataset": spec.dataset,
        "seed": spec.seed,
        "budget": budget,
    }


def from_json(data: Any) -> RunSpec:
    """The spec in ``data``, checked for form; a catalogue checks that plug-in, data set and knobs exist.

    Raises RunError where the form is not a spec's, ConfigError where a number is out of bounds.
    """
    if not isinstance(data, Mapping) or set(data) != {"plugin", "config", "dataset", "seed", "budget"}:
        raise RunError(
            N_("This is not the spec of a run: it needs plugin, config, dataset, seed and budget, and nothing else.")
        )
    plugin, config, dataset, seed, budget = (data[k] for k in ("plugin", "config", "dataset", "seed", "budget"))
    for name in (plugin, dataset) if dataset is not None else (plugin,):
        if not isinstance(name, str) or not _KEY.fullmatch(name):
            raise RunError(N_("{value} cannot be the name of a plug-in or a data set."), value=_short(name))
    if not isinstance(config, Mapping) or len(config) > 200:
        raise RunError(N_("The settings of the spec must be names with values."))
    for name, value in config.items():
        if not isinstance(name, str) or not _KEY.fullmatch(name):
            raise RunError(N_("{value} cannot be the name of a setting."), value=_short(name))
        if isinstance(value, float) and not math.isfinite(value):
            raise ConfigError(N_("{name} takes a number, not {value}."), name=name, value=_short(value))
        if not isinstance(value, (bool, int, float, str)) or (isinstance(value, str) and not _is_text(value)):
            raise RunError(N_("The setting {name} must be a number, a short text, or on or off."), name=name)
    if not isinstance(budget, Mapping) or isinstance(seed, str) or any(isinstance(v, str) for v in budget.values()):
        raise RunError(N_("The seed and the budget of the spec must be numbers."))
    return RunSpec(plugin, dict(config), dataset, check_seed(seed), check_budget(budget))


def canonical(spec: RunSpec) -> str:
    """One text for equal specs: sorted keys, no spaces, floats by their shortest repr. Expects a checked spec, in which
    every value has the type of its knob, so that 1 and 1.0 do not differ by where they came from."""
    return json.dumps(to_json(spec), sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def spec_hash(spec: RunSpec) -> str:
    """The first 12 hex digits of the sha256 of :func:`canonical`."""
    return hashlib.sha256(canonical(spec).encode()).hexdigest()[:12]
