"""With a large model: the tab on three pages that asks one elsewhere, where this app is given an address, and checks what it says."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import streamlit as st

from genai_core import large_model
from genai_core.errors import EndpointError, UserError
from genai_core.large_model import Endpoint, Meter
from pages.shared import tabs as two
from pages.shared import text


@dataclass(frozen=True)
class Task:
    """``system`` is what the model is told, in English; the other texts are the reader's. ``draw(answer)`` checks and shows."""

    key: str
    system: str
    does: str
    label: str
    example: str
    draw: Callable[[str], None]


def tabs(example: Callable[[], None], task: Callable[[], Task]) -> None:
    """The page's own example, and beside it a tab for the large model; only the open one is drawn."""
    t = text.translator()
    found = two.show("large", {"own": t("Here, with our own models"), "large": t("With a large model")})
    if found["own"].open:
        with found["own"]:
            example()
    if found["large"].open:
        with found["large"]:
            _show(task())


def settings() -> dict[str, str]:
    """The address, the model's name and the key: from the environment, else from Streamlit's secrets, where there are any."""
    found = {name: os.environ[name] for name in large_model.SETTINGS if os.environ.get(name)}
    if found or not st.secrets.load_if_toml_exists():
        return found
    return {name: str(st.secrets[name]) for name in large_model.SETTINGS if name in st.secrets}


def _show(task: Task) -> None:
    t = text.translator()
    st.markdown(task.does)
    try:
        endpoint = large_model.configured(settings())
    except UserError as error:
        st.error(text.say(error), icon=":material/info:")
        return
    if endpoint is None:
        _explain()
        return
    with st.form(f"large-{task.key}", border=False):
        typed = st.text_input(task.label, max_chars=large_model.MOST_TYPED, placeholder=task.example, key=f"large-typed-{task.key}")
        st.caption(
            t(
                "What you type goes to {host}, to the model {model}, and is not kept here. Type nothing private. What comes back is AI-generated.",
                host=text.plain(endpoint.host),
                model=text.plain(endpoint.model),
            )
        )
        asked = st.form_submit_button(t("Ask the large model"), type="primary", icon=":material/send:")
    if asked:
        _ask(task, endpoint, typed.strip() or task.example)
    answer = st.session_state.get(f"large:{task.key}")
    if answer:
        try:
            task.draw(answer)
        except EndpointError as error:
            st.warning(text.say(error), icon=":material/info:")
            with st.expander(t("What it said"), icon=":material/notes:"):
                st.code(answer[:2000], language=None, wrap_lines=True)


def _ask(task: Task, endpoint: Endpoint, typed: str) -> None:
    t = text.translator()
    st.session_state.pop(f"large:{task.key}", None)
    try:
        _meter().spend()
        with st.spinner(t("{model} is thinking …", model=text.plain(endpoint.model))):
            st.session_state[f"large:{task.key}"] = large_model.ask(endpoint, task.system, typed)
    except UserError as error:
        st.error(text.say(error), icon=":material/info:")


def left_out(n: int) -> None:
    """Say so where part of an answer is not shown."""
    if n:
        t = text.translator()
        st.caption(
            t.n(
                "{n} item of its answer is left out: not of the form that was asked for, or said twice.",
                "{n} items of its answer are left out: not of the form that was asked for, or said twice.",
                n,
            )
        )


def _explain() -> None:
    """Without an address: what this would do, and how whoever runs the app turns it on."""
    t = text.translator()
    with st.container(border=True, key="large-off"):
        st.markdown(t("**No large model is connected here**, and nothing on this page needs one. Whoever runs this app can name one:"))
        lines = ("https://…/v1", t("the model's name"), t("a key, where the service wants one"))
        st.code("\n".join(f'{name} = "{value}"' for name, value in zip(large_model.SETTINGS, lines, strict=True)), language="toml")
        st.caption(
            t(
                "In the environment, or in Streamlit's secrets. Any service with the chat-completions protocol will do, one on this machine "
                "included. The same checks that measure our own models are then put to what it says."
            )
        )


@st.cache_resource(show_spinner=False)
def _meter() -> Meter:
    return Meter()


def language_named(system: str) -> str:
    """A task's words with the reader's language in them."""
    names: dict[str, Any] = {"zh": "Simplified Chinese"}
    return system.replace("LANGUAGE", names.get(text.language(), "English"))
