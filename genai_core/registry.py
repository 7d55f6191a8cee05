"""Finds plug-ins: every module in a plug-in folder that has a constant SPEC (one spec, or a tuple of them).

Importing plug-ins imports torch, so the web process never calls this module; it reads the catalogue that the engine writes.
"""

from __future__ import annotations

import dataclasses
import functools
import importlib
import pkgutil
from typing import Any

from genai_core.contracts import DatasetSpec, ExperimentSpec, ModelSpec, knobs


@functools.cache
def _found(folder: str) -> dict[str, Any]:
    package = importlib.import_module(f"genai_core.{folder}")
    specs: dict[str, Any] = {}
    for info in pkgutil.iter_modules(package.__path__):
        module = importlib.import_module(f"{package.__name__}.{info.name}")
        found = getattr(module, "SPEC", ())
        for spec in found if isinstance(found, tuple) else (found,):
            if spec.key in specs:
                raise ValueError(f"two plug-ins in {folder} are called {spec.key!r}")
            specs[spec.key] = spec
    return dict(sorted(specs.items(), key=lambda item: (item[1].order, item[0])))


def models() -> dict[str, ModelSpec]:
    return _found("models")


def datasets() -> dict[str, DatasetSpec]:
    return _found("datasets")


def applications() -> dict[str, ExperimentSpec]:
    return _found("applications")


def risks() -> dict[str, ExperimentSpec]:
    return _found("risks")


def catalogue() -> dict[str, Any]:
    """Everything the web process may know of the plug-ins, as plain JSON."""
    return {
        "models": {key: _model(spec) for key, spec in models().items()},
        "datasets": {key: _dataset(spec) for key, spec in datasets().items()},
        "applications": {key: _experiment(spec) for key, spec in applications().items()},
        "risks": {key: _experiment(spec) for key, spec in risks().items()},
    }


def _model(spec: ModelSpec) -> dict[str, Any]:
    plain = ("key", "title", "summary", "family", "modalities", "paper", "formulas", "batch_knob", "threads", "order")
    return {name: getattr(spec, name) for name in plain} | {
        "knobs": [dataclasses.asdict(k) for k in knobs(spec.config)],
        "controls": [dataclasses.asdict(k) for k in knobs(spec.controls)],
        "presets": [dataclasses.asdict(p) for p in spec.presets],
        "looks": sorted(spec.looks),
        "source": spec.build.__module__,
    }


def _dataset(spec: DatasetSpec) -> dict[str, Any]:
    plain = ("key", "title", "summary", "modality", "source", "licence", "order")
    return {name: getattr(spec, name) for name in plain} | {"available": bool(spec.available())}


def _experiment(spec: ExperimentSpec) -> dict[str, Any]:
    plain = {
        f.name: getattr(spec, f.name) for f in dataclasses.fields(spec) if f.name not in ("config", "run", "looks")
    }
    return plain | {"looks": sorted(spec.looks), "knobs": [dataclasses.asdict(k) for k in knobs(spec.config)]}
