"""How the detector did in each of its tests, and what a distance allows any detector."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from genai_core import plots_game
from genai_core.contracts import N_
from genai_core.plots_risk import Row

TESTS = {
    "home": N_("At home: the generator it learned from"),
    "twin": N_("The same recipe, trained again"),
    "other": N_("The family that the second detector also learned from"),
    "unseen": N_("A family that neither has met"),
    "blur": N_("At home, all images blurred"),
    "jpeg": N_("At home, all images saved as JPEG"),
}
CONCEPTS = {
    "home": "real",
    "twin": "heldout",
    "other": "training",
    "unseen": "risk",
    "blur": "generated",
    "jpeg": "discriminator",
}


def show(shown: Mapping[str, Any], t: Any) -> None:
    dark = st.context.theme.type == "dark"
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader(t("One detector, six tests"), anchor=False)
        rows = [(t(TESTS[case]), _row(shown, f"plain_{case}"), _row(shown, f"fixed_{case}")) for case in TESTS]
        figure = plots_game.tests(
            rows, names=(t("learned from one generator"), t("learned from two families, worn images too")), x_title="AUC",
            chance=t("coin"), dark=dark,
        )  # fmt: skip
        alt = t("AUC of two detectors in six tests, with 95 % intervals over trained models")
        st.plotly_chart(figure, key="detector-tests", config={"displayModeBar": False}, alt=alt)
        metrics = shown["metrics"]
        st.caption(
            t(
                "Real against real: {real}, as it must be. An AUC hides what a fixed threshold does: at its own, the detector accuses "
                "{plain} of real images as they are, and {blurred} of them once they are blurred; the taught one {taught}.",
                real=t.number(metrics["real_real"]["value"], 2),
                plain=t.percent(metrics["plain_accused_home"]["value"], 1),
                blurred=t.percent(metrics["plain_accused_blur"]["value"]),
                taught=t.percent(metrics["fixed_accused_blur"]["value"]),
            )
        )
    with right:
        st.subheader(t("What the distance allows"), anchor=False)
        points = [(t(TESTS[case]), *shown["tests"]["plain"][case], CONCEPTS[case]) for case in TESTS]
        figure = plots_game.bound(
            points, x_title=t("largest gap between hits and false alarms"), y_title="AUC", dark=dark,
            labels=(t("upper bound"), t("two normal distributions")),
        )  # fmt: skip
        alt = t("AUC of each test over the distance of the scores, below the bound")
        st.plotly_chart(figure, key="detector-bound", config={"displayModeBar": False}, alt=alt)
        st.caption(
            t(
                "No detector lies above the solid curve, 1/2 + TV - TV²/2. It is a bound, not a forecast: two normal distributions at a "
                "distance of .383 allow .760, where the bound says .810. The points are the first trained detector's."
            )
        )


def _row(shown: Mapping[str, Any], name: str) -> Row:
    metric = shown["metrics"][name]
    return Row("", (), metric["value"], metric["low"], metric["high"], "risk")
