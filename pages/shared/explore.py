"""Ways to explore what a run has learned. Each asks the look worker; nothing is computed here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np
import streamlit as st

from genai_core.contracts import ACTIVE, N_
from pages.shared import chrome, pictures, services, tabs, text, url
from pages.shared.bench import Bench

LOOK_AGAIN = 2.0  # seconds between looks for a run's first weights


def images(record: Any) -> bool:
    """Whether a run is of pictures."""
    return bool(record.info) and record.info.modality == "image"


def points(record: Any) -> bool:
    """Whether a run is of points in the plane."""
    return bool(record.info) and record.info.modality == "points"


def told(record: Any) -> bool:
    """Whether a run's model was told the classes: points by a knob of their own."""
    return bool(
        record.info and record.info.classes and record.spec.config.get("told" if points(record) else "conditional")
    )


@dataclass(frozen=True)
class View:
    """One way to explore, a tab: ``draw(bench, record)``, for runs that ``fits(record)``."""

    key: str
    title: str  # message id
    draw: Callable[[Bench, Any], None]
    fits: Callable[[Any], bool] = images


def show(bench: Bench, views: Sequence[View]) -> None:
    """The views that fit the run on the bench, once it has a checkpoint. Which one is open is in the URL (``view``)."""
    if not bench.run_id:
        return
    t = text.translator()
    record = services.watcher().snapshot(bench.run_id).record
    fitting = [view for view in views if fits(view, record)]
    saved = _saved(bench.run_id)
    alive = record.state in ACTIVE
    if (not fitting and (record.info or not alive)) or (not saved and not alive):
        return  # while its job has not said what the run is of, whatever may fit is waited for
    st.subheader(t("Explore what it learned"), anchor=False)
    if not saved or not fitting:
        st.fragment(_wait, run_every=LOOK_AGAIN, key="explore-wait")(bench.run_id)
        return
    titles = {view.key: t(view.title) for view in fitting}
    found = tabs.show("explore", titles, about=bench.run_id, wish=st.query_params.get("view"))
    for view in fitting:
        tab = found[view.key]
        if tab.open:
            _remember(view, fitting[0])
            with tab, chrome.errors():
                view.draw(bench, record)


def fits(view: View, record: Any) -> bool:
    return bool(record.info) and view.fits(record)


def _remember(view: View, first: View) -> None:
    if view is not first:
        st.query_params["view"] = view.key
    elif "view" in st.query_params:
        del st.query_params["view"]


def _saved(run_id: str) -> bool:
    return services.store().open(run_id).checkpoint() is not None


def _wait(run_id: str) -> None:
    """Says that the first weights are on their way, until they are there or never will be."""
    record = services.watcher().snapshot(run_id).record
    if (_saved(run_id) and record.info) or record.state not in ACTIVE:
        st.rerun()
    t = text.translator()
    st.caption(t("The run saves its weights every few seconds; the first ones will open this part."))


def look(name: str, **params: Any) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    return services.engine().look(name, params)


def label_pills(record: Any, key: str) -> str:
    """The class to draw, "any" for a model that knows none."""
    t = text.translator()
    if not told(record):
        return "any"
    options = ["any", *record.info.classes]
    chosen = st.pills(
        t("Class"),
        options,
        default=url.choice("class", options, "any"),
        required=True,
        key=key,
        format_func=lambda o: t("all") if o == "any" else t(o),
    )
    url.keep("class", chosen, "any")
    return chosen


def _seed(label: str, name: str, default: int, key: str) -> int:
    """A seed, kept in the link under ``name`` while it differs from its default."""
    chosen = int(st.number_input(label, 0, 9999, url.whole(name, 9999, default), key=key, width=130))
    url.keep(name, str(chosen), str(default))
    return chosen


def _between(bench: Bench, record: Any) -> None:
    t = text.translator()
    st.markdown(
        t(
            "Two seeds are two points in latent space. On the way from one to the other, "
            "every picture should look real; where it does not, the generator has a seam."
        )
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        first = _seed(t("First seed"), "first", 1, "between:a")
        second = _seed(t("Second seed"), "second", 2, "between:b")
        label = label_pills(record, "between:label")
    _, arrays = look("interpolate", run=bench.run_id, seed_a=first, seed_b=second, steps=16, rows=4, label=label)
    with st.container(key="pixels-between"):
        st.image(
            png(arrays["picture"]),
            width="stretch",
            alt=t("Pictures on the way from the first seed to the second, four pairs of latent points"),
        )


def _truncation(bench: Bench, record: Any) -> None:
    t = text.translator()
    st.markdown(
        t(
            "The same latent points, pulled towards the centre. "
            "Small values give cleaner and more alike pictures: fidelity is bought with variety."
        )
    )
    label = label_pills(record, "truncation:label")
    values = (0.3, 0.6, 1.0, 1.5, 2.5)
    _, arrays = look("truncation", run=bench.run_id, seed=1, values=list(values), columns=16, label=label)
    for value, row in zip(values, arrays["pictures"], strict=True):
        words, picture = st.columns([1, 9], vertical_alignment="center")
        words.markdown(f"**{t.number(value, 1)}**")
        with picture, st.container(key=f"pixels-truncation-{value}"):
            st.image(png(row), width="stretch", alt=t("Samples at truncation {value}", value=t.number(value, 1)))


def _nearest(bench: Bench, record: Any) -> None:
    t = text.translator()
    st.markdown(
        t(
            "Top: a sample. Middle: the training image nearest to it. "
            "Bottom: the nearest held-out image, which it cannot have copied. "
            "A model that copies sits much closer to training than to held-out images. "
            "Distance in pixels misses small shifts, so this is a look, not a verdict."
        )
    )
    seed = _seed(t("Seed"), "noise", 1, "nearest:seed")
    found, arrays = look("nearest", run=bench.run_id, seed=seed, n=12)
    with st.container(key="pixels-nearest"):
        st.image(
            png(arrays["picture"]), width="stretch", alt=t("Samples above their nearest training and held-out images")
        )
    st.markdown(
        t(
            "Median distance of {n} samples to the nearest training image {train}, to the nearest held-out image {heldout}. "
            "Control, real held-out images to training images: {control}.",
            n=found["n"],
            train=t.number(found["train"], 2),
            heldout=t.number(found["heldout"], 2),
            control=t.number(found["control"], 2),
        )
    )


def _fresh(bench: Bench, record: Any) -> None:
    t = text.translator()
    seed = _seed(t("Seed"), "noise", 1, "fresh:seed")
    _, arrays = look("sample", run=bench.run_id, seed=seed, n=400)
    st.image(png(arrays["picture"]), width=420, alt=t("New samples of this run"))


def png(pixels: np.ndarray) -> str:
    from PIL import Image  # not before somebody explores: the web process stays small

    buffer = BytesIO()
    Image.fromarray(pixels).save(buffer, format="PNG", compress_level=1)  # a third of the time for a tenth more bytes
    return pictures.uri(buffer.getvalue(), "png")


BETWEEN = View("between", N_("Between two seeds"), _between)
TRUNCATION = View("truncation", N_("Truncation"), _truncation)
NEAREST = View("nearest", N_("Original or copied?"), _nearest)
FRESH = View("fresh", N_("New samples"), _fresh, points)
GAN_VIEWS = (BETWEEN, TRUNCATION, NEAREST, FRESH)
