"""Three depths of explanation: the idea, the mathematics, the code that runs."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

import genai_core
from genai_core.contracts import N_
from genai_core.errors import RunError
from pages.shared import reading, services, tabs, text
from pages.shared.bench import Bench

CORE = Path(genai_core.__file__).parent


@st.cache_resource(max_entries=64, show_spinner=False)
def content(language: str, name: str) -> str:
    """A long text in a language, English where it is missing (a test says none is)."""
    for code in (language, "en"):
        path = CORE / "content" / code / f"{name}.md"
        if path.is_file():
            return path.read_text(encoding="utf-8")
    raise RunError(N_("The text {name} is missing."), name=name)


@st.cache_resource(max_entries=32, show_spinner=False)
def source(module: str) -> str:
    return (CORE.parent / Path(*module.split("."))).with_suffix(".py").read_text(encoding="utf-8")


def show(bench: Bench, figure: Callable[[], None]) -> None:
    """The three depths; ``figure`` draws what this family's mathematics wants to be seen."""
    t = text.translator()
    st.subheader(t("How it works"), anchor=False)
    found = tabs.show("depth", {"idea": t("Idea"), "maths": t("Maths"), "code": t("Code")})
    model = services.catalogue().models[bench.model]
    if found["idea"].open:
        found["idea"].markdown(reading.linked(content(text.language(), f"{bench.family}.idea"), text.language()))
    if found["maths"].open:
        with found["maths"]:
            _maths(bench, model, figure)
    if found["code"].open:
        with found["code"]:
            _code(model)


def _maths(bench: Bench, model: dict[str, Any], figure: Callable[[], None]) -> None:
    t = text.translator()
    words, formulas = st.columns([3, 2], gap="large")
    with words:
        st.markdown(content(text.language(), f"{bench.family}.maths"))
    with formulas:
        figure()
    with formulas, st.container(border=True):
        st.markdown(t("**The losses of the model on screen:** {title}", title=t(model["title"])))
        for name, latex in model["formulas"]:
            st.caption(t(name))
            st.latex(latex)
        st.caption(t("Source: {paper}", paper=text.plain(model["paper"])))


def _code(model: dict[str, Any]) -> None:
    t = text.translator()
    st.markdown(t("The whole model on screen: config, networks, step, sampler. The page shows the file that runs."))
    st.code(source(model["source"]), language="python", line_numbers=True, height=560)
