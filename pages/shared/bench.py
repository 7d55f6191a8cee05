"""What is on a model page's bench: which run is shown, and the spec the form starts from. All of it comes from the URL."""

import hashlib
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from genai_core.contracts import N_, Budget, RunSpec
from genai_core.errors import ConfigError, RunError, UserError
from pages.shared import chrome, services, text

SECONDS = (10, 15, 20, 30, 60, 120, 300)
FORM = ("model", "data", "seed", "for", "set")  # what the form keeps in the URL while it differs from its base


@dataclass(frozen=True)
class Bench:
    """``run_id`` is on the canvas; the rest is where the form starts. ``preset`` is "" for a run made by a visitor."""

    family: str
    run_id: str
    preset: str
    model: str
    dataset: str
    config: dict[str, Any]
    seed: int
    seconds: int


def choose(family: str) -> Bench:
    """The bench that the URL asks for; without a wish, the family's first recipe."""
    presets = family_presets(family)
    wish, run_id = st.query_params.get("preset", ""), st.query_params.get("run", "")
    preset = wish if wish in presets else next(iter(presets))
    bench = from_preset(family, preset)
    if wish and wish not in presets:
        _complain(ConfigError(N_("There is no recipe called {name}; here is the first one."), name=wish))
    if run_id:
        try:
            bench = from_run(family, run_id)
        except UserError as error:
            _complain(error)
    return bench


def autostart(bench: Bench) -> None:
    """Train what is on the bench if the home page's button asked for it: the click may come before the browser told its token."""
    if owner() and st.session_state.pop("autostart", False):
        with chrome.errors():
            train(preset_spec(bench), bench.preset)


def _complain(error: UserError) -> None:
    st.warning(text.say(error), icon=":material/info:")


def family_presets(family: str) -> dict[str, dict[str, Any]]:
    """Presets of a family by key, recipes first, in their order; each also names its ``model``."""
    found = [
        preset | {"model": model["key"]}
        for model in services.catalogue().models.values()
        if model["family"] == family
        for preset in model["presets"]
    ]
    return {p["key"]: p for p in sorted(found, key=lambda p: (p["role"] == "failure", p["order"], p["key"]))}


def from_preset(family: str, key: str) -> Bench:
    preset = family_presets(family)[key]
    run_id = services.shipped(key)
    seconds = offered(preset["seconds"])
    return Bench(
        family, run_id, key, preset["model"], preset["dataset"], dict(preset["config"]), preset["seed"], seconds
    )


def from_run(family: str, run_id: str) -> Bench:
    record = services.store().open(run_id).record()
    spec = record.spec
    model = services.catalogue().models.get(spec.plugin)
    if model is None or model["family"] != family:
        raise RunError(N_("Run {run} belongs to another page; here is this page's first recipe."), run=run_id)
    seconds = offered(spec.budget.seconds or 30)
    bench = Bench(family, run_id, record.preset, spec.plugin, spec.dataset or "", dict(spec.config), spec.seed, seconds)
    return bench if record.origin == "gallery" else replace(bench, preset="")


def offered(seconds: float) -> int:
    """The nearest time that the form offers: a bench begins with one, so that a page just opened changes no link."""
    return min(SECONDS, key=lambda known: abs(known - seconds))


def open_preset(key: str) -> None:
    """Put a recipe and its shipped run on the bench (for use in callbacks and before a rerun)."""
    _turn_to(preset=key)


def open_run(run_id: str) -> None:
    _turn_to(run=run_id)


def _turn_to(**what: str) -> None:
    """In one change of the link: each is a page that the browser's Back button returns to."""
    kept = {k: v for k, v in st.query_params.to_dict().items() if k not in ("run", "preset", "step", *FORM)}
    st.query_params.from_dict(kept | what)


def owner() -> str:
    """The hash under which this browser owns runs; "" until the browser has told its token."""
    token = st.session_state.get("owner", "")
    return hashlib.sha256(token.encode()).hexdigest() if token else ""


def train(spec: RunSpec, preset: str = "") -> None:
    """Submit a spec and put its run on the bench."""
    run_id = services.engine().submit(spec, owner(), origin="web", preset=preset)
    open_run(run_id)
    st.rerun()


def preset_spec(bench: Bench) -> RunSpec:
    """The spec of the bench's base for a live run."""
    return services.catalogue().spec(
        bench.model, bench.config, bench.dataset, bench.seed, Budget(seconds=bench.seconds)
    )
