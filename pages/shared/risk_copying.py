"""The exhibit of data copying: each sample beside its nearest neighbours, and a picture that was in the data many times."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from pages.shared import tiles, url


def samples(shown: Mapping[str, Any], t: Any) -> None:
    """Samples of the first model with the nearest training and the nearest held-out picture of each."""
    st.subheader(t("New, or taken from the album?"), anchor=False)
    names = {"triples": t("Trained on the pictures"), "mended": t("Trained on distorted versions")}
    begun = url.choice("trained", tuple(names), "triples")
    kind = st.segmented_control(
        t("Model"), list(names), default=begun, format_func=names.get, key="copying-model", required=True,
        label_visibility="collapsed",
    )  # fmt: skip
    kind = kind or begun
    url.keep("trained", kind, "triples")
    found = shown[kind]
    says = [
        t("A copy: its nearest training picture is {ratio} times as far as the next twenty are on average.", ratio=ratio)
        if copy
        else (t("No copy, but nearer to a training picture.") if near else t("Nearer to a picture that the model has never seen."))
        for copy, near, ratio in zip(found["copy"], found["nearer"], map(lambda r: t.number(r, 2), found["ratio"]), strict=True)
    ]  # fmt: skip
    start = min(range(len(says)), key=lambda k: (not found["copy"][k], found["ratio"][k]))  # the plainest copy
    with st.container(key="triples"):
        tiles.show(
            [{"strips": found["rows"], "marked": found["copy"], "says": says}], size="min(6.2rem, 17vw)", start=start,
            heads=(t("the sample"), t("nearest in training"), t("nearest held out")),
            label=t("Samples, each above its nearest training picture and its nearest held-out picture"),
            legend=t("a copy. In each column: the sample, the nearest training picture, the nearest held-out picture."),
            key=f"copying-{kind}",
        )  # fmt: skip
    m = shown["metrics"]
    end = "" if kind == "triples" else "_mitigated"
    st.markdown(
        t(
            "**{copies} of the samples are copies**; by the same rule {fresh} of fresh real digits are. Z_U of the samples is "
            "{z}, of fresh digits {z_fresh}: 0 is no copying, below -3 is clear.",
            copies=t.percent(m[f"copies{end}"]["value"]),
            fresh=t.percent(m["copies_fresh"]["value"]),
            z=t.number(m[f"z{end}"]["value"], 1),
            z_fresh=t.number(m["z_fresh"]["value"], 1),
        )
    )


def repeated(shown: Mapping[str, Any], t: Any) -> None:
    """Three pictures that were in the data fifty times, ten times and once, each with the samples nearest to it."""
    m = shown["metrics"]
    st.subheader(t("One picture, many times"), anchor=False)
    st.markdown(t("256 pictures, three of them in the data fifty times, ten times, once:"))
    groups: list[tiles.Group] = [
        {
            "title": t("{n} times", n=row["copies"]) if row["copies"] > 1 else t("once"),
            "note": t(
                "copied in {share} of the samples; without duplicates {once}",
                share=t.percent(m[f"repeated_{row['copies']}"]["value"], 1),
                once=t.percent(m[f"once_{row['copies']}"]["value"], 1),
            ),
            "strips": [row["row"]],
            "marked": [False, *row["copy"]],
            "first": True,
        }
        for row in shown["repeated"]
    ]
    with st.container(key="repeated"):
        tiles.show(
            groups, heads=(), zoom=False, size="2.1rem", key="copying-repeated",
            label=t("Training pictures, each followed by the samples nearest to it"),
            legend=t("a copy of the picture at the beginning of the row, which is in the training set; the samples nearest to it follow"),
        )  # fmt: skip
    st.caption(t("Rates are means over eight trained models; the pictures are those of the first."))
