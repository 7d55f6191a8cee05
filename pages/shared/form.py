"""The form of a model page, built from the catalogue: model, data, knobs, budget, Train.

What differs from its base is in the URL.
"""

from typing import Any

import streamlit as st

from genai_core.contracts import Budget
from genai_core.errors import UserError
from genai_core.runs.spec import MAX_SEED
from pages.shared import bench as benches
from pages.shared import chrome, services, text, url
from pages.shared.bench import Bench


def show(bench: Bench) -> None:
    """The form, and what happens when Train is pressed."""
    t = text.translator()
    catalogue = services.catalogue()
    base = bench.run_id or bench.preset
    models = {m["key"]: m for m in catalogue.models.values() if m["family"] == bench.family}
    model = _select(t("Model"), models, "model", bench.model, base)
    st.caption(t(models[model]["summary"]))
    fits = {
        d["key"]: d
        for d in catalogue.datasets.values()
        if d["available"] and d["modality"] in models[model]["modalities"]
    }
    dataset = _select(t("Data"), fits, "data", bench.dataset, base)
    if bench.dataset not in fits and dataset != bench.dataset and bench.model == model:
        st.caption(_elsewhere(bench.dataset))
    train_here = st.container()
    asked = st.query_params.get("model", bench.model)  # the model that the settings in the URL are for
    wished, complaint = _wishes(models[model], dataset) if model == asked or asked not in models else ({}, None)
    seconds, seed = _seconds(bench.seconds), url.whole("seed", MAX_SEED, bench.seed)
    start = bench.config if model == bench.model else {}
    every = models[model]["knobs"]
    knobs = [k for k in every if not k["modalities"] or fits[dataset]["modality"] in k["modalities"]]
    values = {k["name"]: k["default"] for k in every}
    values |= {k["name"]: wished.get(k["name"], start.get(k["name"], k["default"])) for k in knobs}
    asks = any(name in st.query_params for name in ("set", "seed", "for"))
    st.session_state.setdefault(f"{base}:customise", asks)
    with st.expander(t("Customise"), icon=":material/tune:", key=f"{base}:customise", on_change="rerun") as box:
        if box.open:  # what was set stays in the URL while it is closed, and its widgets cost nothing
            seconds = st.select_slider(
                t("Train for (seconds)"), options=benches.SECONDS, value=seconds, key=f"{base}:for"
            )
            seed = st.number_input(t("Seed"), 0, MAX_SEED, value=seed, step=1, key=f"{base}:seed")
            values |= {k["name"]: _widget(k, values[k["name"]], f"{base}:{model}:{k['name']}") for k in knobs}
    if complaint:
        st.toast(text.say(complaint), icon=":material/info:", duration="long")  # outlives the rerun that clears the URL
    _to_url(bench, model, dataset, int(seed), int(seconds), values, knobs)
    with train_here, chrome.errors():
        _train(bench, model, dataset, values, int(seed), int(seconds))


def _elsewhere(dataset: str) -> str:
    """What is on the bench learned from data that a new run cannot have."""
    t = text.translator()
    known = services.catalogue().datasets.get(dataset)
    title = t(known["title"]) if known else dataset
    return t("What is shown learned from {data}, which are not on this machine: a new run takes these.", data=title)


def _train(bench: Bench, model: str, dataset: str, values: dict[str, Any], seed: int, seconds: int) -> None:
    t = text.translator()
    ready = bool(benches.owner())
    spec = services.catalogue().spec(model, values, dataset, seed, Budget(seconds=seconds))
    label = t("Train for {seconds} s", seconds=seconds)
    if st.button(label, type="primary", icon=":material/play_arrow:", width="stretch", key="train", disabled=not ready):
        benches.train(spec)
    before = services.store().find(spec)
    if before and before.record().id != bench.run_id:
        st.button(
            t("Made before: open it"),
            icon=":material/history:",
            key="before",
            type="tertiary",
            on_click=benches.open_run,
            args=(before.record().id,),
        )


def _select(label: str, options: dict[str, dict[str, Any]], param: str, default: str, base: str) -> str:
    t = text.translator()
    wish = st.query_params.get(param, default)
    keys = list(options)
    at = keys.index(wish) if wish in options else keys.index(default) if default in options else 0
    return st.selectbox(
        label,
        keys,
        index=at,
        format_func=lambda k: t(options[k]["title"]),
        key=f"{base}:{param}:{','.join(keys)}:{t.language}",
    )


def _seconds(default: int) -> int:
    """The time that the form offers nearest to the one in the URL."""
    return benches.offered(url.whole("for", 10**8, default))


def _wishes(model: dict[str, Any], dataset: str) -> tuple[dict[str, Any], UserError | None]:
    """Knob values in the URL (``set=name:value,…``), checked; what is refused is said, and the rest is kept as it was."""
    raw = st.query_params.get("set", "")
    if not raw:
        return {}, None
    pairs = dict(part.split(":", 1) for part in raw.split(",") if ":" in part)
    try:
        spec = services.catalogue().spec(model["key"], pairs, dataset, 0, Budget(steps=1))
        defaults = {k["name"]: k["default"] for k in model["knobs"]}
        return {name: spec.config.get(name, defaults[name]) for name in pairs}, None
    except UserError as error:
        return {}, error


def _to_url(
    bench: Bench, model: str, dataset: str, seed: int, seconds: int, values: dict[str, Any], knobs: list[dict[str, Any]]
) -> None:
    start = bench.config if model == bench.model else {}
    changed = [
        f"{k['name']}:{values[k['name']]}" for k in knobs if values[k["name"]] != start.get(k["name"], k["default"])
    ]
    wanted = {
        "model": model if model != bench.model else "",
        "data": dataset if dataset != bench.dataset else "",
        "seed": str(seed) if seed != bench.seed else "",
        "for": str(seconds) if seconds != bench.seconds else "",
        "set": ",".join(changed),
    }
    for name, value in wanted.items():
        if value and st.query_params.get(name) != value:
            st.query_params[name] = value
        elif not value and name in st.query_params:
            del st.query_params[name]


def _widget(knob: dict[str, Any], value: Any, key: str) -> Any:
    """The widget that fits a knob."""
    t = text.translator()
    label, tip = t(knob["label"]), t(knob["help"]) if knob["help"] else None
    if knob["choices"]:
        options = list(knob["choices"])
        show = (lambda o: t(o)) if knob["type"] == "str" else str
        return st.selectbox(
            label, options, index=options.index(value), format_func=show, key=f"{key}:{t.language}", help=tip
        )
    if knob["type"] == "bool":
        return st.toggle(label, value=bool(value), key=key, help=tip)
    if knob["type"] == "int":
        low, high = int(knob["low"]), int(knob["high"])
        return int(
            st.number_input(label, low, high, value=int(value), step=max(1, (high - low) // 100), key=key, help=tip)
        )
    if knob["type"] == "float":
        step = float(value or knob["high"]) / 10 if knob["log"] else (knob["high"] - knob["low"]) / 50
        return float(
            st.number_input(
                label,
                float(knob["low"]),
                float(knob["high"]),
                float(value),
                step=step,
                format="%.5g",
                key=key,
                help=tip,
            )
        )
    return st.text_input(label, str(value), key=key, help=tip, max_chars=80)
