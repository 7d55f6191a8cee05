"""The GAN page: recipes, a run on the canvas, its curves, what it learned, how it works."""

import streamlit as st

from genai_core.contracts import N_
from genai_core.plots import Curve
from pages.shared import bench as benches
from pages.shared import compare, depths, downloads, explore, families, form, live, losses, mine, presets

PANELS = (
    live.Panel(
        "losses",
        N_("Losses"),
        N_("What each network is asked to lower. They do not say how good the samples are, nor when to stop."),
        (
            Curve("loss_d", N_("discriminator"), "discriminator", smooth=True),
            Curve("loss_g", N_("generator"), "generated", smooth=True),
        ),
    ),
    live.Panel(
        "beliefs",
        N_("Belief"),
        N_(
            "The mean probability it gives to real and to generated pictures of being real. One half each: it cannot tell."
        ),
        (
            Curve("d_real", N_("D(real)"), "real", smooth=True),
            Curve("d_fake", N_("D(generated)"), "generated", smooth=True),
        ),
        domain=(0.0, 1.0),
    ),
    live.Panel(
        "distance",
        N_("Distance to real"),
        N_(
            "Fréchet distance between 1,000 samples and 1,000 held-out pictures. Lower is better; the dashed floor is real against real."
        ),
        (Curve("frechet", N_("generated"), "generated"),),
        log=True,
        floor="frechet",
    ),
    live.VARIETY,
)

families.head("gan")
bench = benches.choose("gan")
benches.autostart(bench)
presets.show(bench)
left, right = st.columns([1, 3.3], gap="medium")
with left:
    form.show(bench)
    mine.show(bench)
with right:
    live.show(bench, PANELS)
explore.show(bench, explore.GAN_VIEWS)
compare.show(bench)
depths.show(bench, losses.show)
downloads.show(bench)
