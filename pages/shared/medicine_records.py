"""Synthetic patients: on a map among real ones, as a table, column by column, and what they are worth and give away."""

from collections.abc import Callable
from typing import Any

import numpy as np
import streamlit as st

from genai_core import plots_medicine as plots
from genai_core.contracts import N_
from pages.shared import table, url

Ask = Callable[..., tuple[dict[str, Any], dict[str, np.ndarray]]]
MODELS = {"vae": "VAE", "gan": "GAN", "private": N_("VAE with privacy")}
KINDS = {"any": N_("all"), "malignant": N_("malignant"), "benign": N_("benign")}
NAMES = {
    "mean radius": N_("Radius"),
    "mean texture": N_("Texture"),
    "mean area": N_("Area"),
    "mean smoothness": N_("Smoothness"),
    "mean concavity": N_("Concavity"),
    "mean symmetry": N_("Symmetry"),
    "worst concave points": N_("Most concave points"),
}
DRAWN = ("mean radius", "mean texture", "mean smoothness", "mean concavity", "mean symmetry", "worst concave points")
LISTED = ("mean radius", "mean texture", "mean area", "mean concavity")
PLAIN = {"displayModeBar": False}


def show(t: Any, ask: Ask) -> None:
    model, kind, seed = _choices(t)
    found, places = ask("records", model=model, label=kind, seed=seed)
    name = t(MODELS[model])
    dark = st.context.theme.type == "dark"
    left, right = st.columns([1, 1], gap="large")
    with left:
        st.markdown(t("**Who is real?** 398 patients as rings, 400 of the model's as dots."))
        words = {"real": t("real"), "made": name} | {k: t(KINDS[k]) for k in ("malignant", "benign")}
        figure = plots.people(*(places[k] for k in ("real", "real_labels", "made", "made_labels")), words, dark)
        alt = t(
            "Real patients as rings and synthetic ones as dots on the first two principal components: both fill the same two clouds"
        )
        st.plotly_chart(figure, key="people-chart", config=PLAIN, alt=alt)
    with right:
        st.markdown(t("**Six of them**, and how far each is from the closest real patient"))
        table.show(_listed(found, t), key="patients")
        st.markdown(t("**The closest pair** of these: one never was, the other lived"))
        table.show(_pair(found, t), key="pair")
        st.caption(
            t(
                "Distance: root mean square over the 30 measures, in standard deviations. A real patient whom the model has not "
                "seen is {unseen} from the closest one in the data (median).",
                unseen=t.number(ask("judged", model=model)[0]["unseen"], 2),
            )
        )
    _worth(model, t, ask, dark)
    _likeness(model, kind, t, ask, dark)


def _choices(t: Any) -> tuple[str, str, int]:
    with st.container(horizontal=True, vertical_alignment="bottom", key="patients-row"):
        base = st.pills(
            t("Model"), ["vae", "gan"], default="gan" if url.choice("model", list(MODELS), "vae") == "gan" else "vae",
            format_func=lambda o: t(MODELS[o]), key="patients-model", required=True,
        )  # fmt: skip
        kind = st.pills(
            t("Diagnosis"), list(KINDS), default=url.choice("kind", list(KINDS), "any"), format_func=lambda o: t(KINDS[o]),
            key="patients-kind", required=True,
        )  # fmt: skip
        private = st.toggle(
            t("Differential privacy"),
            value=url.choice("model", list(MODELS), "vae") == "private",
            key="patients-private",
            disabled=base == "gan",
            help=t("Of the VAE: each patient's pull on the weights is cut off and drowned in noise."),
        )
        seed = st.session_state.setdefault("patients seed", url.whole("patients", 9999, 1))
        if st.button(t("Six more"), icon=":material/casino:", type="primary", key="patients-more"):
            seed = st.session_state["patients seed"] = seed % 9999 + 1
    model = "private" if private and base == "vae" else base
    url.keep("model", model, "vae")
    url.keep("kind", kind, "any")
    url.keep("patients", str(seed), "1")
    return model, kind, seed


def _listed(found: dict[str, Any], t: Any) -> bytes:
    at = [found["columns"].index(name) for name in LISTED]
    heads: list[table.Column] = [
        {"title": t("Diagnosis"), "kind": "text"},
        *({"title": t(NAMES[name]), "kind": "number"} for name in LISTED),
        {"title": t("Distance"), "kind": "number"},
    ]
    rows: list[list[table.Cell]] = []
    for record in found["records"]:
        cells = [_value(record["values"][i], t) for i in at]
        distance = {"text": t.number(record["distance"], 2), "value": record["distance"]}
        rows.append([{"text": t(record["diagnosis"])}, *cells, distance])
    return table.pack(heads, rows, t("Synthetic patients"))


def _pair(found: dict[str, Any], t: Any) -> bytes:
    """The record that lies closest to a real patient, and that patient."""
    at = [found["columns"].index(name) for name in LISTED]
    record = min(found["records"], key=lambda r: r["distance"])
    heads: list[table.Column] = [
        {"title": t("Record"), "kind": "text"},
        *({"title": t(NAMES[name]), "kind": "number"} for name in LISTED),
        {"title": t("Distance"), "kind": "number"},
    ]
    rows: list[list[table.Cell]] = [
        [{"text": name}, *(_value(values[i], t) for i in at), {"text": t.number(record["distance"], 2)}]
        for name, values in ((t("synthetic"), record["values"]), (t("real"), record["closest"]))
    ]
    return table.pack(heads, rows, t("A synthetic patient and the closest real one"))


def _value(value: float, t: Any) -> table.Cell:
    return {"text": t.number(value, 0 if value >= 100 else 1 if value >= 1 else 3), "value": value}


def _worth(model: str, t: Any, ask: Ask, dark: bool) -> None:
    """Use beside privacy, of the model chosen; each figure with what it is held against."""
    judged = {name: ask("judged", model=name)[0] for name in MODELS}
    mine, arrays = ask("judged", model=model)
    st.subheader(t("What are they worth, and what do they give away?"), anchor=False)
    use, close, guess = st.columns(3, gap="large")
    with use:
        st.markdown(t("**A diagnosis learned from them**, tested on 171 real patients"))
        rows = [(t("real records"), mine["real"], "real")]
        rows += [(t(MODELS[k]), judged[k]["auc"], plots.LINES[k][0]) for k in MODELS]
        figure = plots.scores(rows, x_title=t("AUC, 95 % interval"), dark=dark)
        alt = t("AUC on real patients after learning from real records and from those of each model, with intervals")
        st.plotly_chart(figure, key="use-chart", config=PLAIN, alt=alt)
    with close:
        st.markdown(t("**Distance to the closest patient** the model has seen"))
        groups = [
            (t("patients it has not seen"), arrays["unseen"], "heldout", "solid"),
            (t(MODELS[model]), arrays["distances"], *plots.LINES[model]),
        ]
        figure = plots.hills(groups, x_title=t("standard deviations"), dark=dark, most=1.5)
        figure.update_layout(height=250)
        alt = t(
            "Distances to the closest training record, of synthetic records (median {made}) and of unseen patients (median {unseen})",
            made=t.number(mine["distance"], 2),
            unseen=t.number(mine["unseen"], 2),
        )
        st.plotly_chart(figure, key="close-chart", config=PLAIN, alt=alt)
        st.caption(t("Median {made} against {unseen}. Left of the grey hill: closer than strangers are. Copies: {copies}.",
                     made=t.number(mine["distance"], 2), unseen=t.number(mine["unseen"], 2), copies=t.percent(mine["copies"])))  # fmt: skip
    with guess:
        st.markdown(t("**An attacker fills in one missing value** from the closest synthetic record"))
        inside, outside = mine["measure"]
        with st.container(key="lit-attack" if inside - outside > 0.03 else "calm-attack"):
            st.metric(
                t("Leak: members' lead over others"), t("{n} points", n=t.number(100 * max(0.0, inside - outside), 1))
            )
        first, second = mine["diagnosis"]
        st.caption(
            t(
                "A measure to within a quarter of a standard deviation: {inside} of members, {outside} of patients it has not seen. "
                "The diagnosis: {first} and {second}. What the others lose too is medicine; only the difference is a leak.",
                inside=t.percent(inside),
                outside=t.percent(outside),
                first=t.percent(first),
                second=t.percent(second),
            )  # fmt: skip
        )
        if model == "private":
            st.caption(
                t(
                    "Differential privacy: epsilon {epsilon} at delta {delta}; whoever is left out changes the odds of any result by a "
                    "factor of at most {factor}.",
                    epsilon=t.number(mine["epsilon"], 1),
                    delta=t.number(mine["delta"], 5),
                    factor=t.number(float(np.exp(mine["epsilon"])), 0),
                )  # fmt: skip
            )


def _likeness(model: str, kind: str, t: Any, ask: Ask, dark: bool) -> None:
    found, arrays = ask("likeness", label=kind)
    st.subheader(t("Column by column, and pair by pair"), anchor=False)
    order = ["real", *MODELS]
    chosen = ["real", "vae", "gan"] if model != "private" else ["real", "vae", "private"]
    columns = []
    for name in DRAWN:
        j = found["columns"].index(name)
        shares = {k: arrays["shares"][order.index(k), j] for k in chosen}
        columns.append((t(NAMES[name]), arrays["edges"][j], shares))
    words = {"real": t("real")} | {k: t(v) for k, v in MODELS.items()}
    left, right = st.columns([1, 1.5], gap="large")
    with left:
        figure = plots.marginals(columns, words, dark)
        alt = t("Distributions of six measures among real patients and among those of the models")
        st.plotly_chart(figure, key="marginals-chart", config=PLAIN, alt=alt)
    with right:
        matrices = [(words[k], arrays["correlation"][order.index(k)]) for k in ("real", model)]
        figure = plots.correlations(matrices, found["columns"], {"difference": t("difference")}, dark)
        off = np.abs(matrices[1][1] - matrices[0][1])[np.triu_indices(len(matrices[0][1]), 1)]
        alt = t(
            "Correlations of the 30 measures, real and synthetic, and their difference: {mean} on average, {most} at most",
            mean=t.number(float(off.mean()), 2),
            most=t.number(float(off.max()), 2),
        )
        st.plotly_chart(figure, key="correlation-chart", config=PLAIN, alt=alt)
        st.caption(alt)
