"""Ways to explore a normalising flow: its exact density, how its layers bend the plane, and the likelihood of one thing."""

from typing import Any

import numpy as np
import streamlit as st

from genai_core import plots_diffusion as plots
from genai_core.contracts import N_
from pages.shared import explore, looks, text
from pages.shared.bench import Bench
from pages.shared.diffusion_views import can


def density(bench: Bench, record: Any) -> None:
    """The density map; a click picks a place, whose exact log-likelihood is told and ranked."""
    t = text.translator()
    st.markdown(
        t(
            "The flow knows the density of every place, exactly, and this is its map. "
            "**Click anywhere** to ask how likely a point is there."
        )
    )
    chosen = {"label": looks.label(record)} if explore.told(record) else {}
    found, arrays = looks.ask("density", record, size=96, **chosen)
    picked = st.session_state.get("plane:density", {}).get("point")
    place = _place(picked)
    told, others = looks.ask("score", record, point=[v / 1000 for v in place], **chosen)
    wide, words = st.columns([1.1, 1], gap="large")
    with wide:
        map_ = looks.panel("", t("The log density that the flow has learned, dark where nothing is expected"))
        map_["image"] = explore.png(plots.density(arrays["log_density"]))
        map_["mark"] = list(place)
        looks.plane([map_], [""], record, "density", *chosen.values(), pick=True)
    with words:
        st.metric(
            t("exact log-likelihood at ({x}, {y})", x=t.number(place[0] / 1000, 2), y=t.number(place[1] / 1000, 2)),
            t("{nats} nats", nats=t.number(told["nats"], 2)),
        )
        st.markdown(
            t(
                "{share} of {n} held-out points are less likely. The density adds up to {mass} over the map.",
                share=t.percent(told["percentile"]),
                n=len(others["heldout"]),
                mass=t.number(found["mass"], 3),
            )
        )
        metric = looks.report(record).get("log_likelihood")
        if metric:
            st.markdown(
                t(
                    "Mean over held-out points: **{value} nats** (95 % interval {low} to {high}). The true density, from which these points "
                    "were drawn, reaches {floor}: no model can be expected above it.",
                    value=t.number(metric["value"], 3),
                    low=t.number(metric["low"], 3),
                    high=t.number(metric["high"], 3),
                    floor=t.number(metric["floor"], 3),
                )
            )
            if chosen:
                st.caption(t("Both means are of the density given the class of each point."))


def layers(bench: Bench, record: Any) -> None:
    """Points and a net on their way through the layers."""
    t = text.translator()
    st.markdown(
        t(
            "A Gaussian cloud goes through one invertible layer after another until it has the shape of the data. "
            "The net shows how the plane is bent on the way: nowhere is it torn, nowhere does it fold over."
        )
    )
    seed = looks.seed(t("Noise"))
    chosen = {"label": _one(record)} if explore.told(record) else {}
    found, arrays = looks.ask("transform", record, n=500, seed=seed, **chosen)
    panel = looks.panel("", t("Points and a net on their way through the layers"), points=arrays["points"], back=record)
    panel["lines"] = [[looks.thousandths(line) for line in frame] for frame in arrays["grid"]]
    names = [t("noise"), *(t("layer {k} of {n}", k=k, n=found["layers"]) for k in range(1, found["layers"] + 1))]
    wide, words = st.columns([1.1, 1], gap="large")
    with wide:
        looks.plane([panel], names, record, "layers", seed, *chosen.values(), seconds=6.0)
    with words:
        st.markdown(
            t(
                "**Orange:** 500 draws of the Gaussian. **Grey:** a net that was square before the first layer. "
                "Where the net is squeezed the density is high, where it is stretched it is low: the factor is the determinant of the "
                "Jacobian, and that is why the likelihood is exact. Between islands the net is stretched thin but never cut, so a flow always "
                "leaves a bridge, however faint."
            )
        )
        metric = looks.report(record).get("kl")
        if metric:
            st.metric(
                t("what is missing to the true density"),
                t("{nats} nats", nats=t.number(metric["value"], 3)),
                help=t("KL divergence from the true density, estimated on the held-out points; 0 would be perfect."),
            )
            st.caption(
                t("95 % interval {low} to {high}", low=t.number(metric["low"], 3), high=t.number(metric["high"], 3))
            )


def likelihood(bench: Bench, record: Any) -> None:
    """Exact likelihood of held-out pictures, ranked."""
    t = text.translator()
    st.markdown(
        t(
            "Every held-out picture gets an exact likelihood, in bits per dimension: fewer bits, more likely. "
            "See which are the most likely: plain ones with little ink. Likelihood is not beauty, and not even familiarity."
        )
    )
    index = looks.seed(t("Held-out picture"), "item", 0, 399)
    found, arrays = looks.ask("score", record, index=index)
    one, all_ = st.columns([1, 2.4], gap="large")
    with one:
        with st.container(key="pixels-one"):
            st.image(explore.png(arrays["image"]), width=168, alt=t("The chosen held-out picture"))
        st.metric(
            t("exact, given its class") if explore.told(record) else t("exact"),
            t("{bits} bits per dimension", bits=t.number(found["bits"], 3)),
        )
        st.caption(
            t(
                "{nats} nats over {n} dimensions; {share} of 400 held-out pictures are less likely.",
                nats=t.number(found["nats"], 1),
                n=found["dimensions"],
                share=t.percent(found["percentile"]),
            )
        )
    with all_:
        rows = np.split(arrays["picture"], [29])
        for name, row in ((t("**most likely** of 400"), rows[0]), (t("**least likely** of 400"), rows[1])):
            st.markdown(name)
            with st.container(key=f"pixels-{'most' if row is rows[0] else 'least'}"):
                st.image(explore.png(row), width="stretch", alt=name.replace("*", ""))
        st.caption(
            t(
                "The flow sees pictures at half resolution, 14 by 14, with noise within each of the 256 grey steps. Bits per dimension "
                "of such pictures compare neither with nats of binarised digits nor with other resolutions."
            )
        )


def _one(record: Any) -> str:
    """A class: each bends the plane in its own way."""
    t = text.translator()
    classes = list(record.info.classes)
    return looks.choice(t("Class"), classes, "one", classes[0], t)


def _place(picked: Any) -> tuple[int, int]:
    """The place last clicked, in thousandths; the middle before anybody did."""
    if isinstance(picked, (list, tuple)) and len(picked) == 2:
        x, y = (max(-1250, min(1250, int(v))) for v in picked)
        return x, y
    return 0, 0


VIEWS = (
    explore.View("density", N_("Exact density"), density, lambda r: explore.points(r) and can("density")(r)),
    explore.View("layers", N_("Layer by layer"), layers, lambda r: explore.points(r) and can("transform")(r)),
    explore.View("likelihood", N_("Exact likelihood"), likelihood, lambda r: explore.images(r) and can("score")(r)),
)
