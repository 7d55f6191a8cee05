"""The examples of the page of medicine: a banner, then synthetic patients or pictures in place of scans."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import streamlit as st

from genai_core.contracts import N_
from pages.shared import chrome, medicine_images, medicine_records, services, url

PARTS = {"records": N_("Patients who never were"), "images": N_("Unusual, or only noisy?")}


def show(entry: Mapping[str, Any], t: Any) -> None:
    st.warning(
        t(
            "**Not a medical device.** Nothing here may inform a diagnosis or a treatment. "
            "The records are of 1995 and public; no data of patients may be brought here."
        ),
        icon=":material/emergency_home:",
    )
    options = list(PARTS)
    part = st.segmented_control(
        t("Example"),
        options,
        default=url.choice("part", options, "records"),
        format_func=lambda o: t(PARTS[o]),
        key="part",
        required=True,
        label_visibility="collapsed",
    )
    url.keep("part", part, "records")
    with chrome.errors():
        (medicine_records if part == "records" else medicine_images).show(t, ask)


def ask(name: str, **params: Any) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """A look of the experiment, asked once for each question: the shipped runs do not change."""
    return _answer(name, json.dumps(params, sort_keys=True))


@st.cache_resource(max_entries=96, show_spinner=False)
def _answer(name: str, params: str) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    return services.engine().look(name, {"experiment": "medicine", **json.loads(params)})
