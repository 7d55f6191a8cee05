"""The exhibit of bias: sheets of samples at each dose with the minority marked, and eight Gaussians, some of them dropped."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from genai_core import plots_bias
from pages.shared import risk_card, tiles


def sheets(shown: Mapping[str, Any], t: Any) -> None:
    """Samples of one model at each dose, then of the one that was told the classes."""
    first, second = shown["pair"]
    st.subheader(t("Find the {rare}s among the {common}s", rare=second, common=first), anchor=False)
    rows = [(row, t("{share} in training", share=t.percent(row["training"]))) for row in shown["sheets"]]
    rows.append((shown["told"], t("{share}, told the class", share=t.percent(shown["told"]["training"]))))
    groups: list[tiles.Group] = [
        {
            "title": title,
            "note": t(
                "{share} of 1,000 samples ({low} to {high})",
                **{k: t.percent(row[name], 1) for k, name in (("share", "generated"), ("low", "low"), ("high", "high"))},
            ),
            "strips": [row["png"]],
            "marked": row["rare"],
        }
        for row, title in rows
    ]  # fmt: skip
    with st.container(key="sheets"):
        tiles.show(
            groups, heads=(), zoom=False, size="min(3.6rem, 11vw)", key="bias-sheets", concept="training",
            label=t("Samples of the first model at each share, the rarer digit marked"),
            legend=t("the classifier sees the rarer digit"),
        )  # fmt: skip
    m = shown["metrics"]
    st.caption(
        t(
            "Intervals here are Wilson's: they cover the sampling of one trained model, not its training. Over the trained models, "
            "with the latent cut at {wide} standard deviation the share differs from training by {at_wide} points, at {narrow} by {at_narrow}; "
            "without a cut by {plain}.",
            wide=t.number(1, 0),
            narrow=t.number(0.5, 1),
            at_wide=_points(m["cut_1"], t),
            at_narrow=_points(m["cut_0.5"], t),
            plain=_points(m["effect"], t),
        )
    )


def _points(metric: Mapping[str, Any], t: Any) -> str:
    from genai_core.evidence import Figure

    return risk_card.number(Figure(**{k: metric[k] for k in ("value", "low", "high")}))


def gaussians(shown: Mapping[str, Any], t: Any) -> None:
    """Eight Gaussians under a GAN whose discriminator is slow, and under one whose is not."""
    st.subheader(t("Eight islands"), anchor=False)
    st.markdown(t("Also where all are equally frequent, a model can lose them: the same GAN, trained in two ways."))
    names = {
        "dropped": t("discriminator five times slower than the generator"),
        "steady": t("discriminator as quick as the generator"),
    }
    for column, (key, name) in zip(st.columns(2), names.items(), strict=True):
        cloud = shown["clouds"][key]
        with column:
            figure = plots_bias.islands(
                cloud["points"],
                shown["centres"],
                shown["reach"],
                cloud["covered"],
                dark=st.context.theme.type == "dark",
            )
            n, mean = sum(cloud["covered"]), shown["metrics"][f"modes_{key}"]["value"]
            st.plotly_chart(
                figure, key=f"islands-{key}", config={"displayModeBar": False},
                alt=t("Samples of a GAN among eight islands, {n} of them covered", n=n),
            )  # fmt: skip
            st.caption(t("{name}: {n} of 8 covered; {mean} on average", name=name, n=n, mean=t.number(mean, 1)))
