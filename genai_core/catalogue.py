"""The catalogue of plug-ins as the web process reads it: what exists, which knobs it has, and checked specs. Torch-free."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from genai_core.contracts import N_, Budget, Knob, RunSpec
from genai_core.errors import ConfigError, RunError
from genai_core.runs.spec import check_budget, check_config, check_seed


class Catalogue:
    """What ``registry.catalogue()`` wrote, as dicts by key: ``models``, ``datasets``, ``applications``, ``risks``."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        data = json.loads(json.dumps(data))  # the same plain lists whether it came from the registry or from a file
        self.data: dict[str, Any] = data
        self.models: dict[str, dict[str, Any]] = data["models"]
        self.datasets: dict[str, dict[str, Any]] = data["datasets"]
        self.applications: dict[str, dict[str, Any]] = data["applications"]
        self.risks: dict[str, dict[str, Any]] = data["risks"]

    @classmethod
    def load(cls, path: str | Path) -> Catalogue:
        """Reads the catalogue file. RunError where it is absent or damaged."""
        try:
            return cls(json.loads(Path(path).read_text("utf-8")))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise RunError(
                N_("The list of models cannot be read from {path}. Start the app again."), path=str(path)
            ) from error

    def plugin(self, key: Any) -> dict[str, Any]:
        """A model, an application or a risk by key. ConfigError names what there is."""
        every = self.models | self.applications | self.risks
        if not isinstance(key, str) or key not in every:
            raise ConfigError(
                N_("There is no plug-in called {name}. Available: {allowed}."),
                name=str(key)[:60],
                allowed=_listed(every),
            )
        return every[key]

    def knobs(self, key: str) -> tuple[Knob, ...]:
        """The config knobs of a plug-in."""
        return _knobs(self.plugin(key)["knobs"])

    def controls(self, key: str) -> tuple[Knob, ...]:
        """The knobs of a model's ``sample``; none for experiments."""
        return _knobs(self.plugin(key).get("controls", ()))

    def fitting(self, key: str) -> dict[str, dict[str, Any]]:
        """The data sets that a model can be trained on, whether or not they are on this machine."""
        modalities = self.plugin(key).get("modalities", ())
        return {k: d for k, d in self.datasets.items() if d["modality"] in modalities}

    def spec(
        self,
        plugin: str,
        config: Mapping[str, Any] | None = None,
        dataset: str | None = None,
        seed: Any = 0,
        budget: Budget | Mapping[str, Any] | None = None,
    ) -> RunSpec:
        """A checked spec. ``config`` may be partial and may hold strings from a URL; defaults fill in the rest.

        Models need a data set of their modality and a budget; experiments take no data set, and any budget they are given
        is checked and kept (none: one step, as they end by themselves). Raises ConfigError with a sentence.
        """
        entry = self.plugin(plugin)
        if plugin in self.models:
            fitting = self.fitting(plugin)
            if dataset is None:
                raise ConfigError(N_("Choose a data set for {name}: {allowed}."), name=plugin, allowed=_listed(fitting))
            if dataset not in self.datasets:
                raise ConfigError(
                    N_("There is no data set called {name}. Available: {allowed}."),
                    name=str(dataset)[:60],
                    allowed=_listed(fitting),
                )
            if dataset not in fitting:
                raise ConfigError(
                    N_("{model} cannot learn from {name}. Data sets it can learn from: {allowed}."),
                    model=plugin,
                    name=dataset,
                    allowed=_listed(fitting),
                )
            if budget is None:
                raise ConfigError(N_("Give a budget either in steps or in seconds."))
        else:
            if dataset is not None:
                raise ConfigError(N_("{name} brings its own data: leave the data set out."), name=plugin)
            budget = budget or Budget(steps=1)
        knobs = _knobs(entry["knobs"])
        checked = check_config(knobs, config or {})
        for knob in knobs:
            kind = self.datasets[dataset]["modality"] if dataset is not None else ""
            if knob.modalities and kind not in knob.modalities and checked.get(knob.name, knob.default) != knob.default:
                raise ConfigError(
                    N_("{name} does not fit this kind of data: leave it at {value}."),
                    name=knob.name,
                    value=str(knob.default),
                )
        return RunSpec(plugin, checked, dataset, check_seed(seed), check_budget(budget))

    def check(self, spec: RunSpec) -> RunSpec:
        """A spec from elsewhere with every value in the type of its knob, or ConfigError. Settings must be complete."""
        checked = self.spec(spec.plugin, spec.config, spec.dataset, spec.seed, spec.budget)
        if missing := sorted(set(checked.config) - set(spec.config)):
            raise ConfigError(N_("The spec lacks the settings {names}."), names=", ".join(missing))
        return checked

    def presets(self) -> dict[str, tuple[str, dict[str, Any]]]:
        """Every preset by its key, as (key of the model, preset)."""
        return {p["key"]: (key, p) for key, model in self.models.items() for p in model["presets"]}

    def preset_spec(self, key: str, budget: Budget | Mapping[str, Any] | None = None) -> RunSpec:
        """The spec of a preset: by steps as the gallery ships it, or with the budget given."""
        presets = self.presets()
        if key not in presets:
            raise ConfigError(
                N_("There is no preset called {name}. Available: {allowed}."),
                name=str(key)[:60],
                allowed=_listed(presets),
            )
        model, preset = presets[key]
        return self.spec(
            model, preset["config"], preset["dataset"], preset["seed"], budget or Budget(steps=preset["steps"])
        )

    def shipped(self) -> dict[str, RunSpec]:
        """The spec of every run that ships, by its key in the gallery: presets of models, and the experiments' own results."""
        experiments = (self.applications | self.risks).items()
        measured = {key: self.spec(key, {"seeds": entry["seeds"]}) for key, entry in experiments if "seeds" in entry}
        return {key: self.preset_spec(key) for key in self.presets()} | measured


def _knobs(entries: list[dict[str, Any]]) -> tuple[Knob, ...]:
    names = {f.name for f in dataclasses.fields(Knob)}
    return tuple(
        Knob(**{k: tuple(v) if k in ("choices", "modalities") else v for k, v in e.items() if k in names})
        for e in entries
    )


def _listed(keys: Mapping[str, Any]) -> str:
    return ", ".join(keys) or "-"
