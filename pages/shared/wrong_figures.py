"""The live figures beside the corrections: runs that ship, and small computations made while you look."""

from collections.abc import Callable
from functools import partial

import numpy as np
import streamlit as st

from genai_core import plots_article, plots_text
from genai_core.article import demos
from genai_core.contracts import N_
from pages.shared import exhibits, losses, services, text, vae_maths

WORDS = {"alphabet": N_("by the alphabet"), "frequency": N_("commonest first")}
PIXELS = np.array([1, 1, 0, 0, 1, 0], float)  # black and white, as six pixels of a digit


def draw(figure: str, key: str) -> None:
    """The figure of this name beside the row ``key``."""
    FIGURES[figure](key)


def _film(preset: str, key: str) -> None:
    left, _ = st.columns([1, 1.2])
    with left:
        exhibits.film(preset, f"{key}-film")


def _strip(risk: str, key: str) -> None:
    left, _ = st.columns([1, 1.2])
    with left:
        exhibits.strip(risk, f"{key}-strip")


def _factorisation(key: str) -> None:
    t = text.translator()
    labels = {"past": t("seen"), "state": t("state"), "now": t("predicted"), "future": t("not seen")}
    cells = st.columns(2, gap="medium")
    kinds = (("recurrent", N_("Recurrent: through one state")), ("raster", N_("PixelCNN: the pixels above and to the left, no recurrence")))
    for cell, (kind, title) in zip(cells, kinds, strict=True):
        with cell:
            st.markdown(f"**{t(title)}**")
            figure = plots_text.factorisation(kind, labels, st.context.theme.type == "dark")
            st.plotly_chart(figure, key=f"{key}-{kind}", config={"displayModeBar": False}, alt=t(title))


def _output(key: str) -> None:
    """The listing's own last layer beside a sigmoid, with the share of pixels outside the range."""
    t = text.translator()
    cells = st.columns(2, gap="medium")
    for cell, preset in zip(cells, ("gan-article-output", "gan-mlp-digits"), strict=True):
        with cell:
            exhibits.film(preset, f"{key}-{preset}")
            outside = _last(preset, "outside")
            if outside is not None:
                st.metric(t("Pixels outside [0, 1] at the last step"), t.percent(outside, 1))


def _last(preset: str, column: str) -> float | None:
    """The last value of a column of a shipped run."""
    run_id = services.shipped(preset)
    values = services.watcher().snapshot(run_id).columns.get(column, ((), ()))[1] if run_id else ()
    return values[-1] if values else None


def _kl(key: str) -> None:
    """The two terms computed for one latent and six pixels that the visitor sets."""
    t = text.translator()
    knobs, chart = st.columns([1, 1.4], gap="large")
    with knobs:
        mean = st.slider(t("Mean of the latent"), -3.0, 3.0, 1.0, 0.1, key=f"{key}-mean")
        deviation = st.slider(t("Its standard deviation"), 0.1, 2.0, 0.5, 0.1, key=f"{key}-deviation")
        ink = st.slider(t("How sure the decoder is of each pixel"), 0.55, 0.99, 0.8, 0.01, key=f"{key}-ink")
    found = demos.bound([mean], [deviation], PIXELS, np.where(PIXELS > 0, ink, 1 - ink))
    with chart:
        labels = {"kl": t("KL of the latent"), "rebuild": t("reconstruction"), "right": t("the bound"), "article": t("formula 3")}
        figure = plots_article.terms(found.kl, found.cross_entropy, found.pixel_kl / 2, labels, dark=st.context.theme.type == "dark")
        alt = t("The bound is {right} nats, formula 3 gives {article}", right=t.number(found.loss, 2), article=t.number(found.article, 2))
        st.plotly_chart(figure, key=f"{key}-terms", config={"displayModeBar": False}, alt=alt)
    st.markdown(
        t(
            "KL in closed form {kl} nats; from 20,000 draws {drawn} ± {error}. Six black and white pixels cost {entropy} nats of "
            "cross-entropy; with each pixel taken for a Bernoulli, KL(x || mu) is {pixel}, the same. Halved, as formula 3 has it, "
            "the KL of the latent weighs {beta} times what it should.",
            kl=t.number(found.kl, 3), drawn=t.number(found.kl_drawn, 3), error=t.number(1.96 * found.error, 3),
            entropy=t.number(found.cross_entropy, 3), pixel=t.number(found.pixel_kl, 3), beta=t.number(found.beta, 2),
        )
    )  # fmt: skip
    st.caption(t("Computed on this page with numpy, with a fixed seed."))


def _half(key: str) -> None:
    """The best discriminator of two normals beside one that has learned nothing."""
    t = text.translator()
    knobs, chart = st.columns([1, 1.4], gap="large")
    with knobs:
        shift = st.slider(t("How far the generator is off"), 0.0, 4.0, 2.0, 0.1, key=f"{key}-shift")
        label = st.slider(t("Label of a real example"), 0.7, 1.0, 1.0, 0.05, key=f"{key}-label")
    found = demos.belief(shift, label)
    half, right = t.number(label / 2, 3), t.percent(found.right)
    with chart:
        labels = {
            "x": t("what is looked at, one number"), "y": t("density; D"), "real": t("real"), "generated": t("generated"),
            "best": t("the best D"), "weak": t("a D that has learned nothing"),
        }  # fmt: skip
        figure = plots_article.belief(found, labels, dark=st.context.theme.type == "dark")
        low, high = t.number(float(found.best.min()), 2), t.number(float(found.best.max()), 2)
        alt = t("The best D goes from {low} to {high}; one that has learned nothing says {half} everywhere", low=low, high=high, half=half)
        st.plotly_chart(figure, key=f"{key}-belief", config={"displayModeBar": False}, alt=alt)
    with knobs:
        st.markdown(
            t(
                "The best D is right about {right} of the examples, half of which are real. One that has learned nothing says {half} everywhere, "
                "however far the generator is off; the best one says {half} only where the two densities are equal.",
                right=right, half=half,
            )
        )  # fmt: skip
        st.caption(t("Two normal densities on a line; computed on this page with numpy."))


def _tokens(key: str) -> None:
    """Which letter squared error would write after a few letters of Austen, under two numberings."""
    t = text.translator()
    context = str(
        st.pills(t("The letters before"), demos.CONTEXTS, default="th", key=f"{key}-context", required=True) or "th"
    )
    dark = st.context.theme.type == "dark"
    for cell, kind in zip(st.columns(2, gap="medium"), demos.NUMBERINGS, strict=True):
        found = demos.follows(context, kind)
        with cell:
            st.markdown(f"**{t('Letters numbered {how}', how=t(WORDS[kind]))}**")
            alt = t(
                "After {context}: {best} is commonest, the mean number {mean} means {guess}",
                context=context, best=found.best, mean=t.number(found.mean, 1), guess=found.guess,
            )  # fmt: skip
            labels = {
                "x": t("letters in the order of their numbers"),
                "y": t("share of what follows"),
                "mean": t("mean: “{letter}”", letter=found.guess),
            }
            st.plotly_chart(plots_article.follows(found, labels, dark=dark), key=f"{key}-{kind}", config={"displayModeBar": False}, alt=alt)
            st.markdown(
                t(
                    "Squared error likes number {mean} best, which is **{guess}**: it follows in {chance} of the cases. "
                    "What follows most is **{best}**.",
                    mean=t.number(found.mean, 1), guess=found.guess, chance=t.percent(found.chance, 2), best=found.best,
                )
            )  # fmt: skip
    bits = demos.follows(context).bits
    st.caption(
        t(
            "Cross-entropy asks for the shares themselves and costs {bits} bits under either numbering. "
            "Counted in the Austen text that ships.",
            bits=t.number(bits, 2),
        )
    )


def _collapsed(key: str) -> None:
    left, right = st.columns(2, gap="medium")
    with left:
        exhibits.film("vae-collapse", f"{key}-film")
    with right:
        exhibits.curves("vae-collapse", f"{key}-curves")


FIGURES: dict[str, Callable[[str], None]] = {
    "fourth": partial(_film, "flow-digits"),
    "factorisation": _factorisation,
    "pull": lambda key: losses.show(),
    "kl": _kl,
    "half": _half,
    "tokens": _tokens,
    "medicine": partial(_strip, "medicine"),
    "output": _output,
    "grey": lambda key: vae_maths.show(),
    "collapsed": _collapsed,
    "collapse": partial(_strip, "collapse"),
    "watermark": partial(_strip, "watermark"),
}
