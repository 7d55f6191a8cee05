"""What every page has: brand, language switch, share, footer, and the one place where errors are shown."""

from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from io import BytesIO
from pathlib import Path
from urllib.parse import urlencode, urlsplit, urlunsplit

import streamlit as st

from genai_core import i18n
from genai_core.errors import UserError
from pages.shared import components, text

PRESENTING = ("tour", "scene", "fell")  # what a presenter's link holds besides
STYLE = Path(__file__).parent / "static" / "style.css"


@cache
def icon() -> str:
    """The page's icon as a data URI: as a path it would be decoded and encoded anew at each run of the script."""
    data = (Path(__file__).parents[2] / "static" / "icon.png").read_bytes()
    return f"data:image/png;base64,{b64encode(data).decode('ascii')}"


def header() -> None:
    """The top row of every page: a place for the title, Share, the language. Call before anything that is translated."""
    st.html(STYLE)
    words, tools = st.columns([3.2, 1], vertical_alignment="top")
    st.session_state["title place"] = words
    with tools, st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center", key="tools"):
        _languages()
        _share()


def _languages() -> None:
    """The switch. The URL names a language by its code, so that a shared link opens in it; without one, the browser's counts."""
    names = i18n.languages()
    asked = st.query_params.get("lang", "")
    linked = asked if asked in names else text.browser_language()
    st.session_state.setdefault("language", linked)
    st.segmented_control(
        "中文 / English",
        list(names),
        default=text.language(),
        format_func=names.get,
        key="lang",
        on_change=_switched,
        label_visibility="collapsed",
        required=True,
    )
    if text.language() != linked:
        st.query_params["lang"] = text.language()


def _switched() -> None:
    st.session_state["language"] = st.session_state["lang"]


def visitor(page: str) -> None:
    """Who this browser is. ``page``: the url_path that st.navigation resolved."""
    asked = urlsplit(st.context.url or "").path.rstrip("/").rpartition("/")[2]
    st.session_state["owner"] = components.visitor(text.language(), asked == page)


def title(heading: str, sentence: str) -> None:
    """A page's heading with its sentence, in the top row."""
    with st.session_state["title place"], st.container(key="page-title"):
        st.title(heading, anchor=False)
        st.markdown(sentence)


def _share() -> None:
    t = text.translator()
    with st.popover(t("Share"), icon=":material/qr_code_2:", key="share", on_change="rerun") as box:
        if not box.open:
            return
        url = link()
        st.markdown(
            t("This link shows what is on the screen, and follows a run while it lives. Only you can stop your run.")
        )
        st.code(url, language=None, wrap_lines=True)
        import segno

        picture = BytesIO()
        segno.make(url, error="m").save(picture, kind="png", scale=6, border=2)
        st.image(picture.getvalue(), width=260, alt=t("QR code of this link"))


def link() -> str:
    """The address that shows what is on the screen now, language included; a presenter's bar is not for those who follow."""
    here = urlsplit(st.context.url or "")
    query = {k: v for k, v in st.query_params.to_dict().items() if k not in PRESENTING} | {"lang": text.language()}
    return urlunsplit((here.scheme, here.netloc, here.path, urlencode(query), ""))


@contextmanager
def errors() -> Iterator[None]:
    """Shows an error that a user can act on, in the reader's language; anything else goes on to the log."""
    try:
        yield
    except UserError as error:
        st.error(text.say(error), icon=":material/info:")


def footer() -> None:
    t = text.translator()
    st.space("medium")
    st.caption(
        t(
            "Every number on these pages comes from a run with a seed and a spec, or carries its source. "
            "Small models on small data: what they show is real, what they show about large systems is said where it is shown."
        )
    )
