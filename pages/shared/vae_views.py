"""Ways to explore a VAE beside its map: the manifold, one latent at a time, between two pictures, a half made up."""

from collections.abc import Callable
from typing import Any

import numpy as np
import streamlit as st

from genai_core import plots_vae
from genai_core.contracts import N_
from pages.shared import chrome, components, looks, text, url, vae_draw, vae_map
from pages.shared.bench import Bench
from pages.shared.explore import NEAREST, View, look, png

PILLS = 12  # latents offered one by one: the most used, and the least used for contrast
ROWS, VALUES = 8, 25
LAST = 999  # index of the last held-out picture on the map
HALVES = {"right": N_("right half"), "left": N_("left half"), "bottom": N_("lower half"), "top": N_("upper half")}


def part(key: str, draw: Callable[[Bench, Any], None]) -> Callable[[Bench, Any], None]:
    """A view that runs again alone when something is chosen in it, and shows its own errors."""

    def guarded(bench: Bench, record: Any) -> None:
        with chrome.errors():
            draw(bench, record)

    return lambda bench, record: st.fragment(guarded, key=f"view-{key}")(bench, record)


def _manifold(bench: Bench, record: Any) -> None:
    t = text.translator()
    facts, arrays = look("manifold", run=bench.run_id, side=20)
    st.markdown(
        t(
            "A row for each class, decoded along the widest direction of the map: the class stays, the style changes. "
            "The points lie as a normal distribution does, close in the middle and sparse at the ends."
        )
        if facts["by_class"]
        else t(
            "A grid over the map, each point decoded: neighbours look alike, and one shape melts into the next. "
            "The points lie as a normal distribution does, close in the middle and sparse at the edges."
        )
    )
    with st.container(key="pixels-manifold"):
        st.image(png(arrays["picture"]), width=760, alt=t("Decoded pictures of a grid of latent points"))


def _traverse(bench: Bench, record: Any) -> None:
    t = text.translator()
    st.markdown(
        t(
            "The slider moves one latent of eight pictures and holds the rest. One that carries something changes them all alike; "
            "one that has collapsed onto the prior changes nothing."
        )
    )
    facts, _ = vae_map.chart(bench.run_id, vae_map.stamp(bench.run_id))
    kl, active = facts["kl"], facts["active"]
    order = sorted(range(len(kl)), key=lambda d: -kl[d])
    offered = order if len(order) <= PILLS + 1 else [*order[:PILLS], order[-1]]
    wish = int(url.choice("dim", [str(d) for d in order], str(order[0])))
    clicked = _bars(bench, order, kl, active, wish)
    if clicked != wish:
        url.keep("dim", str(clicked), str(order[0]))
        st.rerun(scope="fragment")
    offered = offered if wish in offered else [*offered, wish]
    picked = st.pills(
        t("Latent, most used first"),
        offered,
        default=wish,
        required=True,
        key=f"dim:{bench.run_id}:{wish}",
        format_func=lambda d: f"z{d}",
    )
    if picked != wish:
        url.keep("dim", str(picked), str(order[0]))
        st.rerun(scope="fragment")
    _, arrays = look("traverse", run=bench.run_id, dim=wish, steps=VALUES, rows=ROWS)
    values = [round(float(v), 2) for v in arrays["values"]]
    components.film(
        [png(vae_map.sheet(column, len(column))) for column in arrays["samples"].swapaxes(0, 1)],
        values,
        alt=t("Eight pictures as latent z{n} moves", n=wish),
        labels={"play": t("Play"), "pause": t("Hold"), "step": f"z{wish} = #"},
        key=f"traverse:{bench.run_id}:{wish}",
        start=values[len(values) // 2],
    )


def _bars(bench: Bench, order: list[int], kl: list[float], active: list[bool], chosen: int) -> int:
    """The KL of each latent. Returns the latent whose bar was clicked, else the one that is chosen already."""
    t = text.translator()
    figure = plots_vae.kl_bars(
        order,
        [kl[d] for d in order],
        [active[d] for d in order],
        {
            "x": t("latent"),
            "y": t("KL, nats"),
            "active": t("in use: {n}", n="{n}"),
            "inactive": t("collapsed: {n}", n="{n}"),
        },
        st.context.theme.type == "dark",
        chosen,
    )
    clicked = st.plotly_chart(
        figure,
        key=f"kl:{bench.run_id}:{chosen}",
        on_select="rerun",
        selection_mode="points",
        config={"displayModeBar": False},
        alt=t("How many nats each latent carries: of {n} latents, {active} are in use.", n=len(kl), active=sum(active)),
    )
    points = clicked["selection"]["points"]
    return int(points[0]["x"]) if points else chosen


def _between(bench: Bench, record: Any) -> None:
    t = text.translator()
    st.markdown(
        t(
            "Two held-out pictures are encoded, and the straight way between them is decoded. "
            "Outside stand the originals, next to them what the model makes of them."
        )
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        first = looks.seed(t("First picture"), "a", 0, LAST)
        second = looks.seed(t("Second picture"), "b", 1, LAST)
    _, arrays = look("between", run=bench.run_id, a=first, b=second, steps=12)
    with st.container(key="pixels-between"):
        st.image(
            png(arrays["picture"]), width="stretch", alt=t("The way from one held-out picture to another, decoded")
        )


def _inpaint(bench: Bench, record: Any) -> None:
    t = text.translator()
    st.markdown(
        t(
            "One half is hidden, and the model makes it up ten times. Where the visible half leaves room, the completions differ: "
            "a distribution knows several answers where a single guess shows one."
        )
    )
    image = looks.seed(t("Held-out picture"), "image", 3, LAST)
    half = st.pills(
        t("Hidden"),
        list(HALVES),
        default=url.choice("half", list(HALVES), "right"),
        required=True,
        key=f"half:{t.language}",
        format_func=lambda h: t(HALVES[h]),
    )
    url.keep("half", half, "right")
    facts, arrays = look("inpaint", run=bench.run_id, index=image, half=half, n=10)
    tiles = np.concatenate([arrays["original"][None], arrays["masked"][None], arrays["samples"]])
    with st.container(key="pixels-inpaint"):
        st.image(
            png(vae_map.sheet(np.pad(tiles, ((0, 0), (1, 1), (1, 1))), 6)),
            width=760,
            alt=t("A held-out picture, the same with a half hidden, and ten ways to complete it"),
        )
    st.caption(t("First the original, then what the model was shown, then ten completions."))
    vae_map.notes(facts)


VIEWS = (
    View("map", N_("Map"), vae_map.show),
    View("manifold", N_("Manifold"), part("manifold", _manifold)),
    View("latent", N_("One latent"), part("latent", _traverse)),
    View("between", N_("Between two pictures"), part("between", _between)),
    View("draw", N_("Draw a digit"), part("draw", vae_draw.show)),
    View("inpaint", N_("Half hidden"), part("inpaint", _inpaint)),
    NEAREST,
)
