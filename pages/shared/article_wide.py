"""The wide parts of the article's chapters: modalities, formulas with their code, the script, versions, dates to come, works."""

import datetime
import importlib.metadata
from pathlib import Path

import streamlit as st

import genai_core
from genai_core.article import chapters, corrections, formulas, library
from genai_core.article.formulas import Formula
from genai_core.governance import laws
from genai_core.rows import say
from pages.shared import library_cards, reading, services, text, wrong

SCRIPT = Path(genai_core.__file__).parent / "article" / "scripts" / "article_gan.py"
DIGITS = Path(genai_core.__file__).parent / "datasets" / "assets" / "mnist5k.npz"
PACKAGES = ("torch", "numpy", "streamlit", "plotly", "Pillow", "safetensors")


def modalities() -> None:
    """What of the article's modalities is shown, or why not."""
    t = text.translator()
    st.subheader(t("Text, images, audio, video: what is shown here"), anchor=False)
    path = chapters.CONTENT / text.language() / "article.modalities.md"
    with st.container(key="modalities"):
        st.markdown(reading.linked(path.read_text("utf-8"), text.language()))


def mathematics(family: str) -> None:
    """A card for each formula of a family."""
    for formula in formulas.formulas():
        if formula.family == family:
            _formula(formula)


def _formula(formula: Formula) -> None:
    t, language = text.translator(), text.language()
    with st.container(border=True, key=f"formula-{formula.key}"):
        left, right = st.columns([1, 1.25], gap="large")
        with left:
            number = f":orange-badge[{t('formula {n} of the article', n=formula.article)}] " if formula.article else ""
            st.markdown(f"{number}**{say(formula.title, language)}**")
            st.latex(formula.latex)
            st.markdown("\n".join(f"- ${symbol.sign}$ : {say(symbol.says, language)}" for symbol in formula.symbols))
        with right:
            for anchor in formula.anchors:
                found = formulas.excerpt(anchor)
                st.caption(t("Computed in {file}, line {line}", file=f"`{found.file}`", line=found.line))
                st.code(found.code, language="python", wrap_lines=True)
            if formula.note:
                st.markdown(say(formula.note, language))
            st.caption(t("Also on the page of the model: {title}", title=t(services.catalogue().models[formula.model]["title"])))


def project() -> None:
    """The script, to be read and taken away, and what was wrong with the printed one."""
    t = text.translator()
    st.subheader(t("The script"), anchor=False)
    with st.container(horizontal=True):
        st.download_button(
            t("Download the script"), SCRIPT.read_bytes(), file_name=SCRIPT.name, mime="text/x-python",
            icon=":material/download:", key="script", type="primary", on_click="ignore",
        )  # fmt: skip
        st.download_button(
            t("Download the digits, {size} MB", size=t.number(DIGITS.stat().st_size / 1e6, 1)), DIGITS.read_bytes,
            file_name=DIGITS.name, mime="application/octet-stream", icon=":material/dataset:", key="digits", on_click="ignore",
        )  # fmt: skip
    st.code(SCRIPT.read_text("utf-8"), language="python", line_numbers=True, height=460)
    st.subheader(t("Faults of the printed listing"), anchor=False)
    for row in corrections.of_the_article():
        if row.kind == "listing":
            wrong.brief(row)


def versions() -> None:
    """What this server runs on, read from what is installed."""
    t = text.translator()
    with st.container(border=True, key="versions"):
        st.markdown(f"**{t('What this server runs on')}**")
        st.markdown("\n".join(f"- {name} **{importlib.metadata.version(name)}**" for name in PACKAGES))
        models, datasets = services.catalogue().models, services.catalogue().datasets
        st.caption(t("{models} models, {datasets} data sets, all found by their files", models=len(models), datasets=len(datasets)))


def dates() -> None:
    """What comes into force next."""
    t, language = text.translator(), text.language()
    today = datetime.date.today()
    st.subheader(t("Dates to come"), anchor=False)
    for law, item in laws.coming(today):
        st.markdown(
            f"**{t.n('in {n} day', 'in {n} days', item.days or 0)}** · {say(law.title, language)} · "
            f"{say(item.provision.article, language)}  \n{say(item.provision.says, language)}"
        )
    reading.link("/laws", t("All laws and frameworks"), ":material/gavel:")


def works() -> None:
    """The works that the article names, and papers beyond it."""
    t = text.translator()
    st.subheader(t("What the article names, and what to add"), anchor=False)
    library_cards.grid([work for work in library.works() if work.section or work.kind == "paper"])
    reading.link("/library", t("The whole library"), ":material/local_library:")
