"""The example of the education page: dials, a problem to answer with the estimate of ability beside it, a sheet to print."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from genai_core.arithmetic import NAMES, OPERATIONS
from genai_core.contracts import N_
from pages.shared import chrome, education_practice, education_sheet, services, url

HANDS = {"tidy": N_("tidy"), "free": N_("loose")}
SURE = (0, 50, 90, 99)  # per cent


@dataclass(frozen=True)
class Dials:
    operations: tuple[str, ...]
    hand: str
    sure: float

    @property
    def writing(self) -> dict[str, Any]:
        return {"hand": self.hand, "sure": self.sure}


def show(entry: Mapping[str, Any], t: Any) -> None:
    st.fragment(_studio, key="studio")(t)


def _studio(t: Any) -> None:
    dials = _dials(t)
    with chrome.errors():
        if not dials.operations:
            st.info(t("Choose at least one of addition, subtraction and multiplication."), icon=":material/info:")
            return
        education_practice.show(dials, ask, t)
        education_sheet.show(dials, ask, t)


def _dials(t: Any) -> Dials:
    """What is asked and how it is written, for the practice and the sheet alike; all of it is in the link."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="large", key="dials"):
        wish = [name for name in st.query_params.get("ask", "").split(".") if name in OPERATIONS]
        chosen = st.pills(
            t("Operations"), list(OPERATIONS), selection_mode="multi", default=wish or list(OPERATIONS), key="edu:operations",
            format_func=lambda name: f"{OPERATIONS[name]} {t(NAMES[name])}",
        )  # fmt: skip
        operations = tuple(name for name in OPERATIONS if name in (chosen or ()))
        url.keep("ask", ".".join(operations), ".".join(OPERATIONS))
        hand = st.segmented_control(
            t("Handwriting"), list(HANDS), default=url.choice("hand", list(HANDS), "tidy"), required=True, key="edu:hand",
            format_func=lambda name: t(HANDS[name]),
            help=t("Tidy: the model's latents are cut at one standard deviation, so that every digit is near the most usual one."),
        )  # fmt: skip
        url.keep("hand", hand, "tidy")
        sure = st.segmented_control(
            t("A first reader must be sure"), [str(s) for s in SURE], default=url.choice("sure", [str(s) for s in SURE], "90"),
            required=True, key="edu:sure", format_func=lambda s: t("no check") if s == "0" else t.percent(int(s) / 100),
            help=t("A classifier reads each digit; what it does not take for the right one this surely is drawn again."),
        )  # fmt: skip
        url.keep("sure", sure, "90")
    return Dials(operations, hand, int(sure) / 100)


def ask(name: str, **params: Any) -> Any:
    """A look of the experiment, kept: its answers depend on nothing but what is asked. Plain facts, arrays under ``arrays``."""
    return _answer(services.shipped(education_sheet.PRESET), name, json.dumps(params, sort_keys=True))


@st.cache_resource(max_entries=96, show_spinner=False)
def _answer(run: str, name: str, params: str) -> Any:
    facts, arrays = services.engine().look(name, {"experiment": "education", **json.loads(params)})
    return facts | {"arrays": arrays}
