"""The picture models' part of the autoregressive page: watch one draw, let it complete half a digit, see what surprises it."""

from typing import Any

import numpy as np
import streamlit as st

from genai_core import plots_ar
from genai_core.contracts import N_
from genai_core.design import colour
from genai_core.plots import Curve
from pages.shared import bench as benches
from pages.shared import components, looks, services, text
from pages.shared.ar_series import part
from pages.shared.bench import Bench
from pages.shared.explore import View, images, label_pills, look, png
from pages.shared.live import Panel

PANELS = (
    Panel(
        "likelihood",
        N_("Likelihood, held out"),
        N_(
            "Exact log-likelihood of 50 held-out pictures, in nats a picture; higher is better. Classes are summed over."
        ),
        (Curve("log_likelihood", N_("held out"), "heldout"),),
    ),
    Panel(
        "train-likelihood",
        N_("Likelihood, training"),
        N_(
            "The same of the pictures it learns from, which is what training raises; where the class is told, given the class. "
            "The dashed line is pixels that know nothing of each other."
        ),
        (Curve("train_likelihood", N_("training"), "training", smooth=True),),
        floor="log_likelihood",
        floor_label=N_("independent pixels: {value}"),
    ),
)
LAST = 999  # of the held-out pictures that a visitor may choose
DRAWN = 8
WAYS = 10
GUTTER = 3


def _drawing(bench: Bench, record: Any) -> None:
    t = text.translator()
    st.markdown(
        t(
            "One pixel after another, row by row. Above, what is drawn; below, the chance that each pixel had of being white, "
            "given all those before it. The chances multiply to the probability of the whole picture, exactly."
        )
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        seed = looks.seed(t("Seed"))
        label = label_pills(record, "scribe:label")
    facts, arrays = look("drawing", run=bench.run_id, n=DRAWN, seed=seed, label=label)
    components.scribe(
        arrays["pixels"].tobytes(),
        arrays["chances"].tobytes(),
        n=facts["n"],
        shape=facts["shape"],
        alt=t("Pictures being drawn pixel by pixel, above the chance of each pixel"),
        labels={"play": t("Play"), "pause": t("Hold"), "pixel": t("pixel {number}", number="#")},
        key="scribe",
    )


def _source(record: Any, key: str) -> dict[str, Any]:
    """Which picture to ask about: a held-out one, or one that the visitor draws. {} while the sheet is empty."""
    t = text.translator()
    own = looks.choice(
        t("Picture"), ("heldout", "own"), "picture", "heldout",
        lambda s: t("held out") if s == "heldout" else t("draw one"),
    )  # fmt: skip
    if own == "heldout":
        return {"index": looks.seed(t("Number of the held-out picture"), "image", 7, LAST, 200)}
    pixels = components.pad(
        labels={
            "sheet": t("Sheet to draw on. Arrow keys move the pen, Space puts it down and lifts it."),
            "undo": t("Undo"),
            "clear": t("Clear"),
            "hint": t("Mouse, finger or pen; with keys: arrows move, Space draws. Your drawing is not kept."),
        },
        key=f"{key}-pad",
        fit=tuple(record.info.classes) == tuple("0123456789"),
    )
    return {"image": pixels} if pixels else {}


def _complete(bench: Bench, record: Any) -> None:
    t = text.translator()
    st.markdown(
        t(
            "The upper rows are given, the model draws the rest: ten ways, all from the same past. "
            "Only the rows above can be given, because the model reads from the top: that is the price of the order."
        )
    )
    side, done = st.columns([1, 2.6], gap="medium")
    with side:
        source = _source(record, "complete")
        rows = looks.slider(t("Rows given"), 4, 24, 14, 1, "rows")
        seed = looks.seed(t("Seed"))
    if not source:
        done.info(t("Draw a digit; the part above the line is what the model is given."), icon=":material/draw:")
        return
    facts, arrays = look("complete", run=bench.run_id, rows=rows, n=WAYS, seed=seed, **source)
    with done, st.container(key="pixels-complete"):
        st.image(
            png(sheet(arrays["given"], arrays["completed"], facts["rows"])),
            width="stretch",
            alt=t("The given picture, and ten ways to complete its upper rows; what the model drew is orange"),
        )
        st.caption(
            t("Left, the whole picture with a line under what was given. White was given, orange is the model's.")
        )
        if facts.get("posterior"):
            st.markdown(
                t("From the rows given it takes this for: {classes}.", classes=_classes(facts["posterior"], record))
            )


def sheet(given: np.ndarray, completed: np.ndarray, rows: int) -> np.ndarray:
    """The given picture (H, W) at the left, its completions (n, H, W) in two rows beside it, in colour: uint8 (.., .., 3)."""
    tall, wide = given.shape
    made = np.array([int(colour("generated", dark=True)[i : i + 2], 16) for i in (1, 3, 5)], np.uint8)
    white, columns = np.full(3, 255, np.uint8), -(-len(completed) // 2)
    out = np.zeros((2 * tall + GUTTER, 2 * wide + GUTTER + columns * (wide + GUTTER), 3), np.uint8)
    large = given.repeat(2, 0).repeat(2, 1)[: out.shape[0], : 2 * wide]
    out[: 2 * tall, : 2 * wide] = large[..., None] * white
    out[2 * rows, : 2 * wide] = made
    for k, picture in enumerate(completed):
        top, left = (k // columns) * (tall + GUTTER), 2 * wide + GUTTER + (k % columns) * (wide + GUTTER)
        out[top : top + rows, left : left + wide] = picture[:rows, :, None] * white
        out[top + rows : top + tall, left : left + wide] = picture[rows:, :, None] * made
    return out


def _classes(posterior: list[float], record: Any) -> str:
    """The three likeliest classes with their probabilities."""
    t = text.translator()
    best = sorted(range(len(posterior)), key=lambda k: -posterior[k])[:3]
    best = [k for k in best if posterior[k] >= 0.005] or best[:1]  # the rest would be said to be 0.00
    named = [f"**{t(record.info.classes[k])}** ({t.number(posterior[k], 2)})" for k in best]
    return t(", ").join(named)


def _surprise(bench: Bench, record: Any) -> None:
    t = text.translator()
    st.markdown(
        t(
            "How many bits each pixel told the model, given those before it: dark where it knew, bright where it was wrong or could not know. "
            "They add up to minus the log-likelihood of the picture, exactly; a VAE can only bound it, a GAN cannot say it at all."
        )
    )
    side, seen, chart = st.columns([1.1, 1, 1.5], gap="medium")
    with side:
        source = _source(record, "surprise")
    if not source:
        seen.info(t("Draw a digit, or something that is none."), icon=":material/draw:")
        return
    facts, arrays = look("likelihood", run=bench.run_id, **source)
    with seen, st.container(key="pixels-surprise"):
        st.image(png(arrays["picture"] * np.uint8(255)), width="stretch", alt=t("The picture in black and white"))
    labels = {
        "bits": t("bits"),
        "hover": t("{bits} bits; chance of white {chance}", bits="%{z:.2f}", chance="%{customdata:.2f}"),
    }
    chart.plotly_chart(
        plots_ar.surprise(arrays["surprise"], arrays["chance"], labels),
        key="surprise:chart",
        config={"displayModeBar": False},
        alt=t("Bits that each pixel told, as a heat map"),
    )
    words = t("log p(x) = **{nats} nats**", nats=t.number(facts["nats"], 1))
    if facts["rank"] is not None:
        words += " · " + t("likelier than {share} of 100 held-out pictures", share=t.number(round(100 * facts["rank"])))
    st.markdown(words)
    if facts.get("posterior"):
        st.markdown(t("By Bayes' rule it takes this for: {classes}.", classes=_classes(facts["posterior"], record)))
    st.caption(t("A picture with little ink is likely whatever it shows: likelihood is no judge of quality."))


def _beside(bench: Bench, record: Any) -> None:
    t = text.translator()
    st.markdown(
        t(
            "The same held-out pictures, made black and white by the same draw. An autoregressive model knows log p(x) exactly; "
            "of a VAE the IWAE bound with 5,000 draws is shown, and its true value lies to the right of it or on it. Further right is better."
        )
    )
    rows = likelihoods(record.spec.dataset)
    if not rows:
        st.info(t("No shipped run was measured on these data."), icon=":material/info:")
        return
    st.plotly_chart(
        plots_ar.intervals(rows, {"x": t("log p(x) or its bound, in nats")}, st.context.theme.type == "dark"),
        key="beside:chart",
        config={"displayModeBar": False},
        alt=t("Exact log-likelihoods of autoregressive models beside bounds of VAEs"),
    )
    st.caption(
        t(
            "Intervals: 95 % over held-out pictures, one trained model each; they say nothing of other seeds. "
            "Models that know the class are summed over all classes."
        )
    )


def likelihoods(dataset: str) -> list[dict[str, Any]]:
    """The shipped runs on a data set that report log p(x) of binarised pictures, or a bound of it, the best first."""
    t = text.translator()
    rows = []
    for family, metric, words, concept in (
        ("autoregressive", "log_likelihood", N_("{title}: exact"), "generated"),
        ("vae", "iwae_5000", N_("VAE, {title}: bound"), "training"),
    ):
        for key, preset in benches.family_presets(family).items():
            run_id = services.shipped(key) if preset["dataset"] == dataset and preset["role"] == "recipe" else ""
            found = services.shipped_report(run_id).get("metrics", {}).get(metric) if run_id else None
            if found and not (family == "vae" and preset["config"].get("conditional")):  # that is log p(x | class)
                numbers = {name: found[name] for name in ("value", "low", "high")}
                rows.append({"name": t(words, title=t(preset["title"])), "concept": concept} | numbers)
    return sorted(rows, key=lambda row: -row["value"])


VIEWS = (
    View("drawing", N_("Watch it draw"), part("drawing", _drawing), images),
    View("complete", N_("Half a digit"), part("complete", _complete), images),
    View("surprise", N_("Surprise"), part("surprise", _surprise), images),
    View("beside", N_("Beside the VAE"), part("beside", _beside), images),
)
