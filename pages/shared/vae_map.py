"""The latent space of a VAE as a map: where the held-out pictures lie, and what the decoder draws everywhere else."""

from io import BytesIO
from typing import Any

import numpy as np
import streamlit as st

from genai_core.contracts import ACTIVE
from genai_core.design import classes
from pages.shared import bench as benches
from pages.shared import chrome, components, pictures, services, text, url
from pages.shared.bench import Bench
from pages.shared.explore import look

GRID = 24  # cells a side, decoded beforehand: what the pointer meets needs no server
COLUMNS = 32
LIMIT = 99.0
UNFOLDING = 3.0  # seconds between looks while the run trains


def show(bench: Bench, record: Any) -> None:
    """The map under the pointer; it unfolds while the run trains. A click pins a place into the link."""
    t = text.translator()
    st.markdown(
        t(
            "Every sign is a held-out picture, set where the encoder puts it. Move over the map: the decoder draws any place "
            "of it, also where nothing lies. What looks alike comes to lie together, though the map was drawn without labels."
        )
        if not record.spec.config.get("conditional")
        else t(
            "Every sign is a held-out picture, set where the encoder puts it. Move over the map: the decoder draws any place "
            "of it. This model is told the class, so the map holds only what the class leaves open: slant, weight, style."
        )
    )
    alive = record.state in ACTIVE
    st.fragment(_map, run_every=UNFOLDING if alive else None, key="view-map")(bench, alive)


def _map(bench: Bench, alive: bool) -> None:
    with chrome.errors():
        t = text.translator()
        record = services.watcher().snapshot(bench.run_id).record
        label = label_pills(record, "map")
        facts, data = chart(bench.run_id, stamp(bench.run_id), label)
        pin, exact = url.place("z", LIMIT), ""
        if pin:
            _, arrays = look("decode", run=bench.run_id, at=list(pin), label=label)
            exact = pictures.uri(_webp(arrays["samples"][0], 90))
        place = draw(record, data, key=f"map:{bench.run_id}", pin=pin, exact=exact)
        if place and place != st.session_state.get("pinned"):
            st.session_state["pinned"] = place
            url.keep("z", f"{place[0]:.2f},{place[1]:.2f}")
            st.rerun(scope="fragment")
        notes(facts)
        if facts["axes"] == "principal":
            st.caption(
                t(
                    "The model has {n} latents. The map shows the two directions in which the pictures are spread widest "
                    "({share} % of their spread) and holds the others at their mean: so a picture and its place need not look alike.",
                    n=facts["latent"],
                    share=t.number(100 * facts["explained"], 0),
                )
            )
            _flat(bench)


def _flat(bench: Bench) -> None:
    """A way to the recipe whose map leaves nothing out."""
    t = text.translator()
    presets = benches.family_presets(bench.family).values()
    flat = [
        p for p in presets if p["config"].get("latent") == 2 and p["dataset"] == bench.dataset and p["role"] == "recipe"
    ]
    if flat and st.button(
        t("A map that leaves nothing out: {title}", title=t(flat[0]["title"])),
        icon=":material/map:",
        key="flat",
        type="tertiary",
    ):
        benches.open_preset(flat[0]["key"])
        st.rerun()


def notes(facts: dict[str, Any]) -> None:
    """What a look says of where its pictures come from."""
    if facts.get("note"):
        t = text.translator()
        titles = {key: t(dataset["title"]) for key, dataset in services.catalogue().datasets.items()}
        st.caption(t(facts["note"], wanted=titles.get("mnist", "MNIST")))


def label_pills(record: Any, key: str) -> str:
    """The class that a conditional model is to draw, in the link; "any" for a model that knows no classes."""
    if not record.spec.config.get("conditional") or not record.info.classes:
        return "any"
    t = text.translator()
    options = list(record.info.classes)
    default = url.choice("class", options, options[0])
    chosen = st.pills(
        t("Class to draw"), options, default=default, required=True, key=f"{key}:class:{t.language}", format_func=t
    )
    url.keep("class", chosen, options[0])
    return chosen


def draw(
    record: Any,
    data: dict[str, Any],
    *,
    key: str,
    pin: tuple[float, float] | None = None,
    exact: str = "",
    guest: tuple[float, float] | None = None,
) -> tuple[float, float] | None:
    """The map with a pin, or with the place of a visitor's drawing (``guest``). Returns the place of the last click."""
    t = text.translator()
    names = [t(name) for name in record.info.classes] or [""]
    short = all(len(name) == 1 for name in names)
    shown = {
        "classes": names,
        "glyphs": names if short else [str(i) for i in range(len(names))],
        "colours": classes(st.context.theme.type == "dark"),
        "pin": pin,
        "exact": exact,
        "guest": guest,
        "labels": {
            "map": t("Map of latent space. Arrow keys move, Enter pins the place."),
            "decoded": t("What the decoder draws here"),
            "nearest": t("The held-out picture nearest to this place"),
            "real": t("Nearest held-out picture: {name}", name="#"),
            "place": t("Place {place}", place="#"),
            "legend": t("Show one class"),
            "behind": t("Decoded everywhere"),
        },
    }
    return components.latent_map(data | shown, key=key)


def stamp(run_id: str) -> int:
    """Which weights a run has now: the step they were saved at."""
    return int((services.store().open(run_id).checkpoint() or {}).get("step", 0))


@st.cache_resource(max_entries=12, show_spinner=False)
def chart(run_id: str, stamp: int, label: str = "any") -> tuple[dict[str, Any], dict[str, Any]]:
    """What the look says of a run's map, and the map as the component takes it. ``stamp``: of which weights."""
    facts, arrays = look("map", run=run_id, grid=GRID, label=label)
    data = {
        "x": [round(float(v), 3) for v in arrays["places"][:, 0]],
        "y": [round(float(v), 3) for v in arrays["places"][:, 1]],
        "label": arrays["labels"].tolist(),
        "bounds": facts["bounds"],
        "grid": GRID,
        "cells": pictures.uri(_webp(sheet(arrays["cells"], GRID), 60)),
        "pictures": _originals(facts["source"], arrays["images"]),
        "columns": COLUMNS,
    }
    return facts, data


@st.cache_resource(max_entries=8, show_spinner=False)
def _originals(source: str, _images: np.ndarray) -> str:
    """The held-out pictures of a data set on one sheet: the same for every run on it."""
    return pictures.uri(_webp(sheet(_images, COLUMNS), 60))


def sheet(images: np.ndarray, columns: int) -> np.ndarray:
    """Images (n, h, w) side by side without a gap, ``columns`` in a row, black where there are none: (rows h, columns w)."""
    n, h, w = images.shape
    rows = -(-n // columns)
    full = np.zeros((rows * columns, h, w), images.dtype)
    full[:n] = images
    return full.reshape(rows, columns, h, w).swapaxes(1, 2).reshape(rows * h, columns * w)


def _webp(pixels: np.ndarray, quality: int) -> bytes:
    from PIL import Image  # not before somebody explores

    out = BytesIO()
    Image.fromarray(pixels).save(out, format="WEBP", quality=quality, method=2)
    return out.getvalue()
