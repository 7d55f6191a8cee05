"""The VAE page: recipes, a run on the canvas, its two losses and its bound, the map it learned, how it works."""

import streamlit as st

from pages.shared import bench as benches
from pages.shared import (
    compare,
    depths,
    downloads,
    explore,
    families,
    form,
    live,
    mine,
    presets,
    vae_curves,
    vae_likelihood,
    vae_maths,
    vae_views,
)

families.head("vae")
bench = benches.choose("vae")
benches.autostart(bench)
presets.show(bench)
left, right = st.columns([1, 3.3], gap="medium")
with left:
    form.show(bench)
    mine.show(bench)
with right:
    live.show(bench, vae_curves.PANELS)
explore.show(bench, vae_views.VIEWS)
vae_likelihood.show(bench)
compare.show(bench)
depths.show(bench, vae_maths.show)
downloads.show(bench)
