"""The page of diffusion, flow matching and the normalising flow."""

import streamlit as st

from pages.shared import bench as benches
from pages.shared import (
    compare,
    depths,
    diffusion_flow,
    diffusion_maths,
    diffusion_panels,
    diffusion_views,
    downloads,
    explore,
    families,
    form,
    live,
    mine,
    presets,
)

VIEWS = (*diffusion_views.VIEWS, *diffusion_flow.VIEWS, explore.NEAREST, explore.FRESH)

families.head("diffusion")
bench = benches.choose("diffusion")
benches.autostart(bench)
presets.show(bench)
left, right = st.columns([1, 3.3], gap="medium")
with left:
    form.show(bench)
    mine.show(bench)
with right:
    live.show(bench, diffusion_panels.PANELS)
explore.show(bench, VIEWS)
if bench.dataset.startswith("points-"):
    compare.show(bench, diffusion_panels.POINTS, diffusion_panels.POINTS_NOTE)
else:
    compare.show(bench)
depths.show(bench, diffusion_maths.show)
downloads.show(bench)
