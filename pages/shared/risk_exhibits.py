"""What the first replicate of each risk experiment kept to be looked at."""

from base64 import b64decode
from collections.abc import Mapping
from typing import Any

import streamlit as st

from genai_core import plots_risk
from genai_core.contracts import N_
from pages.shared import table

VERDICTS = {"read": N_("true, and read"), "true": N_("true, never read"), "false": N_("false")}
FEEDS = {
    "fresh unbiased": (N_("fresh draws of the truth"), "heldout"),
    "accumulate unbiased": (N_("all draws kept"), "real"),
    "replace unbiased": (N_("replaced, unbiased variance"), "risk"),
    "replace likelihood": (N_("replaced, maximum likelihood"), "generated"),
}


def secrets(shown: Mapping[str, Any], t: Any) -> None:
    """Planted sentences, what the model holds likeliest after each, and the exposure of the true secret."""
    st.subheader(t("What one model says"), anchor=False)
    heads: list[table.Column] = [
        {"title": t("Whose password"), "kind": "text"},
        {"title": t("Its secret"), "kind": "text"},
        {"title": t("The model's best guess"), "kind": "text"},
        {"title": t("Copies"), "kind": "number"},
        {"title": t("Exposure, bits"), "kind": "number"},
    ]
    rows: list[list[table.Cell]] = [
        [
            {"text": row["lead"].removeprefix("The password of ").removesuffix(" is ")},
            {"text": row["secret"]},
            {"text": row["guess"] + (" ✓" if row["guess"] == row["secret"] else "")},
            {"text": str(row["copies"]), "value": row["copies"]},
            {"text": t.number(row["exposure"], 1), "value": row["exposure"]},
        ]
        for row in shown["secrets"]
    ]
    table.show(table.pack(heads, rows, t("Planted secrets of one trained model")), key="exhibit")
    st.caption(t("All secrets are invented by the experiment, anew for each seed."))


def statements(shown: Mapping[str, Any], t: Any) -> None:
    """The first statements of one model, each looked up in its world; its shares beside that of facts read once."""
    st.subheader(t("What one model says"), anchor=False)
    heads: list[table.Column] = [
        {"title": t("Statement"), "kind": "text"},
        {"title": t("Looked up"), "kind": "text"},
        {"title": t("Person read, times"), "kind": "number"},
    ]
    rows: list[list[table.Cell]] = [
        [
            {
                "text": t(
                    "{person}, born in {birth}, lives in {home}", **{k: row[k] for k in ("person", "birth", "home")}
                )
            },
            {"text": ("✗ " if row["kind"] == "false" else "✓ ") + t(VERDICTS[row["kind"]])},
            {"text": str(row["read"]), "value": row["read"]},
        ]
        for row in shown["said"]
    ]
    table.show(table.pack(heads, rows, t("Statements of one trained model")), key="exhibit")
    shares = {kind: t.percent(shown["shares"][kind]) for kind in ("read", "true", "false")}
    st.caption(
        t(
            "Of its 2,000 statements {read} stood in its text, {true} are true although it never read them, {false} are false. "
            "Of what it read, {once} are facts that stand there once: about as often even a calibrated model must be false; what "
            "goes beyond that is mixing things up. All people and towns are invented, anew for each seed.",
            **shares,
            once=t.percent(shown["once"]),
        )
    )


def generations(shown: Mapping[str, Any], t: Any) -> None:
    """Samples of each generation of one chain, then of the last one of the chain that kept everything; the Gaussian below."""
    st.subheader(t("One family, generation by generation"), anchor=False)
    names = [t("Generation {n}", n=n) for n in range(len(shown["generations"]))] + [t("Everything kept")]
    strips = [*shown["generations"], shown["kept"]]
    for name, strip, left in zip(names, strips, [*shown["digits"], shown["digits_kept"]], strict=True):
        label, picture = st.columns([1, 3], vertical_alignment="center")
        label.markdown(f"**{name}**  \n{t('{n} digits', n=t.number(left, 1))}")
        picture.image(b64decode(strip), width="stretch", alt=t("Samples, {what}", what=name))
    st.markdown(t("**A Gaussian does it too**, fitted to 100 draws of the one before it, again and again:"))
    curves = [(t(label), shown["gaussian"][key], concept) for key, (label, concept) in FEEDS.items()]
    figure = plots_risk.paths(
        curves, x_title=t("Generation"), y_title=t("Median standard deviation"), dark=st.context.theme.type == "dark"
    )
    st.plotly_chart(
        figure,
        key="gaussian-chart",
        config={"displayModeBar": False},
        alt=t("Median standard deviation of a thousand chains of Gaussians, by generation, for four ways to feed them"),
    )


FAMILIES = {
    "effect": (N_("VAE, by its bound"), "caught_vae"),
    "mitigated": (N_("VAE with distorted pictures"), "caught_fixed"),
    "gan": (N_("GAN, by its discriminator"), "caught_gan"),
    "diffusion": (N_("Diffusion, by its denoising error"), "caught_diffusion"),
    "text": (N_("Language model, by its bits"), ""),
}


def members(shown: Mapping[str, Any], t: Any) -> None:
    """Scores of members and of others under the first model, and what each family gives away."""
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader(t("What the first model says of each picture"), anchor=False)
        scores = shown["scores"]
        figure = plots_risk.two_groups(
            (t("in the training data"), scores["inside"], "training"),
            (t("never seen"), scores["outside"], "heldout"),
            x_title=t("bound of the picture, nats"), y_title=t("share"), dark=st.context.theme.type == "dark",
        )  # fmt: skip
        st.plotly_chart(
            figure, key="members-chart", config={"displayModeBar": False}, alt=t("Scores of members and of others: two hills that overlap little")
        )  # fmt: skip
    with right:
        st.subheader(t("Family by family"), anchor=False)
        heads: list[table.Column] = [
            {"title": t("Model"), "kind": "text"},
            {"title": "AUC", "kind": "number"},
            {"title": t("95 % interval"), "kind": "number"},
            {"title": t("Caught at 1 % false alarms"), "kind": "number"},
        ]
        rows: list[list[table.Cell]] = []
        for name, (title, caught) in FAMILIES.items():
            auc, rate = shown["metrics"][name], shown["metrics"].get(caught)
            interval = "" if auc["low"] is None else f"{t.number(auc['low'], 2)} – {t.number(auc['high'], 2)}"
            rows.append(
                [
                    {"text": t(title)},
                    {"text": t.number(auc["value"], 2), "value": auc["value"]},
                    {"text": interval, "value": auc["low"]},
                    {"text": t.percent(rate["value"]) if rate else "–", "value": rate["value"] if rate else None},
                ]
            )
        table.show(table.pack(heads, rows, t("Membership inference by family")), key="exhibit")
        st.caption(
            t(
                "Eight models of each family, each with a seed of its own. Their settings differ, so this ranks these models, not the families."
            )
        )
