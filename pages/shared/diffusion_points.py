"""What guidance does to points in the plane, where every class has its place: seen, and measured."""

from typing import Any

import streamlit as st

from genai_core import plots_diffusion as plots
from pages.shared import looks, services, text
from pages.shared.bench import Bench
from pages.shared.explore import told

STRENGTHS = (0.0, 0.5, 1.0, 2.0, 4.0)
EVALUATIONS = 16  # at most
POINTS = 64  # at five strengths, and quickly there


def strength(record: Any, label: str) -> dict[str, float]:
    """How strongly to guide, kept in the link, where the model knows classes; untold, where all of them are asked for."""
    if not told(record):
        return {}
    if label == "any":
        return {"guidance": -1.0}
    t = text.translator()
    options = [f"{v:g}" for v in STRENGTHS]
    own = f"{record.spec.config['guidance']:g}"
    chosen = looks.choice(
        t("Guidance"), options, "guidance", own if own in options else "0", lambda o: t.number(float(o), 1)
    )
    return {"guidance": float(chosen)}


def guidance(bench: Bench, record: Any) -> None:
    t = text.translator()
    exact = _exact(record)
    st.markdown(
        t(
            "Guidance prefers points that the flow takes for their class and no other. Here p(y | x) is exact, and where classes do not "
            "overlap it is 1 already: a good flow leaves its points as they are, however strong the guidance."
        )
        if exact
        else t(
            "Guidance pushes each step away from where the model would go untold, and further towards the class. Pull the slider: the "
            "points of a class draw together until they are narrower than the data, and move away from the other classes."
        )
    )
    seed = looks.seed(t("Noise"))
    label = looks.label(record)
    how = {} if exact else {"evaluations": min(EVALUATIONS, int(record.spec.config["evaluations"]))}
    found, arrays = looks.ask("guidance", record, n=POINTS, values=list(STRENGTHS), seed=seed, label=label, **how)
    moments = [t("strength {s}", s=t.number(v, 1)) for v in found["values"]]
    shown, measured = st.columns([1.1, 1], gap="large")
    with shown:
        alt = t("Points from the same noise at each strength of guidance")
        panel = looks.panel("", alt, points=arrays["samples"], back=record)
        looks.plane([panel], moments, record, "guidance", seed, label)
    with measured:
        _figure(record, label, found)


def _figure(record: Any, label: str, found: dict[str, Any]) -> None:
    """From the report where it has what is asked for, a thousand points at each strength; else of the points shown."""
    t = text.translator()
    report = looks.report(record) if label == "any" else {}
    rows = {name: looks.series(report, f"{name}_guided_") for name in ("spread", "shift", "accuracy")}
    if rows["spread"]:
        lines = {name: [(x, metric["value"]) for x, metric in row] for name, row in rows.items()}
        real = rows["spread"][0][1]["floor"]
    else:
        names = {"spread": "spread", "shift": "shift", "accuracy": "right"}
        lines = {
            name: list(zip(found["values"], found[key], strict=True)) for name, key in names.items() if key in found
        }
        real = found["real"]["spread"]
    title = t("Measured: what guidance changes") if _exact(record) else t("Measured: the class is bought with variety")
    st.markdown(f"**{title}**")
    st.plotly_chart(
        plots.lengths(
            [
                (t("spread within a class"), "generated", lines["spread"]),
                (t("shift of its middle"), "training", lines["shift"]),
            ],
            real,
            {"x": t("strength of guidance"), "y": t("units of the plane"), "real": t("spread of the real points")},
            dark=st.context.theme.type == "dark",
        ),
        key="guidance-points-chart",
        config={"displayModeBar": False},
        alt=t("Spread within a class and shift of its middle against the strength of guidance, with the true spread"),
    )
    told_by = (
        t("1,000 points at each strength, this run, seed {seed}.", seed=record.spec.seed)
        if rows["spread"]
        else t("Of the points shown.")
    )
    st.caption(
        told_by
        + " "
        + t(
            "Spread: the standard deviation of a coordinate around the mean of the class; real points {real}. "
            "At strength {s}, {share} of the points lie where their own class is the likeliest.",
            real=t.number(real, 3),
            s=t.number(lines["spread"][-1][0], 0),
            share=t.percent(lines["accuracy"][-1][1]) if lines.get("accuracy") else "–",
        )
    )


def _exact(record: Any) -> bool:
    """Whether the model has no steps to guide: the normalising flow."""
    return "trajectory" not in services.catalogue().models[record.spec.plugin]["looks"]
