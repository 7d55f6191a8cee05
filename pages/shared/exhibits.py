"""Live things to stand beside a text: a run's film, its curves, the strip of an experiment, real pictures. Each with a way in."""

import lzma
from base64 import b64encode
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

import genai_core
from genai_core import plots
from genai_core.contracts import N_
from genai_core.plots import Curve
from pages.shared import balance, bench, board, families, fields, lab, pictures, reading, services, text

ASSETS = Path(genai_core.__file__).parent / "datasets" / "assets"
CURVES = {
    "gan": (Curve("loss_d", N_("discriminator"), "discriminator", smooth=True), Curve("loss_g", N_("generator"), "generated", smooth=True)),
    "vae": (Curve("reconstruction", N_("reconstruction"), "generated", smooth=True), Curve("kl", N_("KL"), "training", smooth=True)),
    "autoregressive": (Curve("bits", N_("training"), "training", smooth=True), Curve("heldout_bits", N_("held out"), "heldout")),
    "diffusion": (Curve("loss", N_("training"), "training", smooth=True), Curve("heldout_loss", N_("held-out"), "heldout")),
}  # fmt: skip
# What models with an exact likelihood, and forecasters, log in place of these.
LIKELIHOODS = (
    Curve("train_log_likelihood", N_("training"), "training", smooth=True),
    Curve("log_likelihood", N_("held-out"), "heldout"),
    Curve("train_likelihood", N_("training"), "training", smooth=True),
    Curve("rmse_train", N_("training"), "training", smooth=True),
    Curve("rmse", N_("held-out"), "heldout"),
)


def preset(key: str) -> dict[str, Any] | None:
    """A recipe by its key, with its family; None where there is none, or none that ships."""
    for model in services.catalogue().models.values():
        for found in model["presets"]:
            if found["key"] == key and services.shipped(key):
                return found | {"family": model["family"], "model": model["key"]}
    return None


def film(key: str, place: str, quiet: bool = False) -> None:
    """The film of a shipped run, with its name, what it measured and the way to it."""
    t = text.translator()
    found = preset(key)
    if found is None:
        return
    with st.container(border=True, key=f"exhibit-{place}"):
        balance._film(found, f"film-{place}", quiet=quiet)
        st.markdown(f"**{t(found['title'])}**")
        if measures := balance._measures(found):
            st.caption(measures)
        address = next(family.url_path for family in families.FAMILIES if family.key == found["family"])
        reading.link(f"/{address}?preset={key}", t("Open this run"))


def curves(key: str, place: str) -> None:
    """The losses of a shipped run, from its first step to its last."""
    t = text.translator()
    found = preset(key)
    if found is None:
        return
    snapshot = services.watcher().snapshot(services.shipped(key))
    lines = [
        Curve(c.column, t(c.label), c.concept, c.smooth)
        for c in (*CURVES[found["family"]], *LIKELIHOODS)
        if c.column in snapshot.columns
    ]
    if not lines:
        return
    rows, spec = plots.curves(
        snapshot.columns, lines, x_title=t("step"), dark=st.context.theme.type == "dark", height=170
    )
    with st.container(border=True, key=f"exhibit-{place}"):
        st.markdown(f"**{t('Losses of this run: {title}', title=t(found['title']))}**")
        alt = t("Losses over the steps of the shipped run {title}", title=t(found["title"]))
        st.vega_lite_chart(rows, spec, width="stretch", key=f"curves-{place}", alt=alt)


def strip(key: str, place: str) -> None:
    """The shipped result of a risk or of an application: effect, control and fix on one axis, with its claim and the way in."""
    t = text.translator()
    known = services.catalogue()
    risk = key in known.risks
    entry = known.risks.get(key) or known.applications.get(key)
    if entry is None:
        return
    pages = {page.key: page for page in (*lab.shown(), *fields.shown())}
    with st.container(border=True, key=f"exhibit-{place}"):
        st.markdown(f"**{t(entry['title'])}**")
        if services.shipped(key):
            board.strip(key, entry)
            metrics = services.shipped_report(services.shipped(key))
            st.caption(
                t(
                    "{measure}: {effect}; control {control}",
                    measure=t(entry["measure"]),
                    effect=t.number(metrics["metrics"]["effect"]["value"], 2),
                    control=t.number(metrics["control"]["control"]["value"], 2),
                )
            )
        if key in pages:
            reading.link(f"/{key}", t("Guess first") if risk else t("Open the example"))


@st.cache_resource(max_entries=4, show_spinner=False)
def real(name: str, columns: int = 12, rows: int = 5) -> str:
    """A sheet of real training pictures of a data set that ships, as a data URI."""
    from PIL import Image  # once a data set; not at start

    with np.load(ASSETS / f"{name}.npz") as arrays:
        found = arrays["x_train"][: columns * rows]
    high, wide = found.shape[1:]
    sheet = found.reshape(rows, columns, high, wide).swapaxes(1, 2).reshape(rows * high, columns * wide)
    out = BytesIO()
    Image.fromarray(sheet).save(out, format="PNG")
    return f"data:image/png;base64,{b64encode(out.getvalue()).decode('ascii')}"


@st.cache_resource(max_entries=4, show_spinner=False)
def beginning(name: str, most: int = 240) -> str:
    """The first words of a text that ships."""
    with lzma.open(ASSETS / f"{name}.txt.xz", "rt", encoding="utf-8") as file:
        found = file.read(most)
    return found.rpartition(" ")[0] + " …" if " " in found else found


def data(dataset: str, place: str) -> None:
    """What a model learns from: pictures as they are, a text's first lines."""
    t = text.translator()
    entry = services.catalogue().datasets.get(dataset)
    if entry is None:
        return
    with st.container(border=True, key=f"exhibit-{place}"):
        if (ASSETS / f"{dataset}.npz").is_file():
            with st.container(key=f"pixels-{place}"):
                st.image(real(dataset), width="stretch", alt=t("Real pictures of the data set {title}", title=t(entry["title"])))
        if (ASSETS / f"{dataset}.txt.xz").is_file():
            st.code(beginning(dataset), language=None, wrap_lines=True)
        st.markdown(f"**{t(entry['title'])}**  \n{t(entry['summary'])}")
        st.caption(t("Source: {source}", source=text.plain(entry["source"])))


def facts(key: str, place: str) -> None:
    """What the run on screen is made of, read from its record."""
    t = text.translator()
    found = preset(key)
    if found is None:
        return
    record = pictures.shipped_record(services.shipped(key))
    model = services.catalogue().models[found["model"]]
    knobs = {knob["name"]: knob for knob in model["knobs"]}
    with st.container(border=True, key=f"exhibit-{place}"):
        st.markdown(f"**{t(model['title'])}**  \n{t(model['summary'])}")
        rows = [
            f"- {t(knobs[name]['label'])}: **{_plainly(value, t)}**"
            for name, value in record.spec.config.items()
            if name in knobs and not knobs[name]["advanced"]
        ][:6]
        st.markdown("\n".join(rows))
        st.caption(
            t(
                "{steps} steps in {seconds} s, {watt} Wh; the file that runs: {file}",
                steps=t.number(record.step, 0), seconds=t.number(record.elapsed, 0),
                watt=t.number(record.energy_wh or 0, 2), file=f"`{model['source'].rpartition('.')[2]}.py`",
            )
        )  # fmt: skip


def _plainly(value: Any, t: Any) -> str:
    if isinstance(value, bool):
        return t("yes") if value else t("no")
    return f"{value:g}" if isinstance(value, (int, float)) else str(value)


def recipes(family: str) -> dict[str, str]:
    """The recipes of a family that ship, with their titles, in the order of its page."""
    return {key: found["title"] for key, found in bench.family_presets(family).items() if services.shipped(key)}
