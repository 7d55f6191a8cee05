"""The autoregressive page: text, series and pictures, one piece after another; curves and views follow what is on the bench."""

from functools import partial

import streamlit as st

from pages.shared import (
    ar_figures,
    ar_panels,
    ar_pixels,
    ar_series,
    ar_text,
    depths,
    downloads,
    explore,
    families,
    form,
    live,
    mine,
    presets,
)
from pages.shared import bench as benches

families.head("autoregressive")
bench = benches.choose("autoregressive")
benches.autostart(bench)
presets.show(bench, by_modality=True)
left, right = st.columns([1, 3.3], gap="medium")
with left:
    form.show(bench)
    mine.show(bench)
with right:
    live.show(bench, ar_panels.panels(bench))
explore.show(bench, (*ar_text.VIEWS, *ar_series.VIEWS, *ar_pixels.VIEWS))
ar_panels.side_by_side(bench)
depths.show(bench, partial(ar_figures.show, bench))
downloads.show(bench)
