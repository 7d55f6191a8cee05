"""Draw a picture: the model encodes it, draws it back, and says how likely it finds it. The drawing goes nowhere else."""

from typing import Any

import streamlit as st

from genai_core import plots_vae
from pages.shared import components, text, vae_map
from pages.shared.bench import Bench
from pages.shared.explore import look, png


def show(bench: Bench, record: Any) -> None:
    t = text.translator()
    st.markdown(
        t(
            "Draw a digit, or anything else. The model encodes it, draws it back, and scores how likely it finds it: "
            "what it has never seen comes back as the nearest thing it knows."
        )
    )
    digits = tuple(record.info.classes) == tuple("0123456789")
    sheet, seen, back = st.columns(3, gap="medium")
    with sheet:
        st.markdown(t("**Your sheet**"))
        pixels = components.pad(
            labels={
                "sheet": t("Sheet to draw on. Arrow keys move the pen, Space puts it down and lifts it."),
                "undo": t("Undo"),
                "clear": t("Clear"),
                "hint": t("Mouse, finger or pen; with keys: arrows move, Space draws. Your drawing is not kept."),
            },
            key="pad",
            fit=digits,
        )
    if not pixels:
        if digits:
            seen.info(
                t("What you draw is centred and scaled as the digits were that the model saw."), icon=":material/draw:"
            )
        return
    facts, arrays = look("draw", run=bench.run_id, pixels=pixels, fit=False)  # the sheet has fitted it
    for place, name, title in (
        (seen, "input", t("What the model sees")),
        (back, "reconstruction", t("What it draws back")),
    ):
        with place, st.container(key=f"pixels-draw-{name}"):
            st.markdown(f"**{title}**")
            st.image(png(arrays[name]), width=280, alt=title)
    words, chart = st.columns([1, 1.4], gap="medium")
    words.markdown(_verdict(record, facts))
    figure = plots_vae.placed(
        arrays["scores"],
        facts["score"],
        {"x": t("score, nats"), "y": t("pictures"), "heldout": t("held-out pictures"), "own": t("your drawing")},
        st.context.theme.type == "dark",
    )
    chart.plotly_chart(
        figure,
        key="draw:scores",
        config={"displayModeBar": False},
        alt=t("Scores of held-out pictures, with a line at that of your drawing"),
    )
    vae_map.notes(facts)
    guest = (float(arrays["place"][0]), float(arrays["place"][1]))
    st.markdown(t("**Where it lies on the map:** the ring"))
    label = record.info.classes[facts["label"]] if facts["label"] >= 0 else "any"
    _, data = vae_map.chart(bench.run_id, vae_map.stamp(bench.run_id), label)
    vae_map.draw(record, data, key=f"draw:map:{bench.run_id}", guest=guest)


def _verdict(record: Any, facts: dict[str, Any]) -> str:
    t = text.translator()
    word = {"odd": t(":red[**Odd.**]"), "easy": t(":orange[**Too easy.**]"), "likely": t(":green[**Likely.**]")}
    sentences = [
        word[facts["odd"]],
        t(
            "It scores {score} nats ({kind}), more than {share} % of {n} held-out pictures.",
            score=t.number(facts["score"], 1),
            kind=facts["kind"],
            share=t.number(100 * facts["share"], 0),
            n=facts["n"],
        ),
    ]
    if facts["label"] >= 0:
        sentences.append(t("It scores best when read as {name}.", name=t(record.info.classes[facts["label"]])))
    sentences.append(t("A high score is no praise: what is simple is cheap to explain, so a dot can beat a digit."))
    return " ".join(sentences)
