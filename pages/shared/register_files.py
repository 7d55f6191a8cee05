"""The register as a file, out and in."""

import datetime as dt
from collections.abc import Sequence

import streamlit as st

from genai_core.errors import UserError
from genai_core.governance import exchange, places
from genai_core.governance import register as core
from genai_core.governance.exchange import FORMATS, MOST_BYTES, Format
from genai_core.governance.places import Room
from genai_core.governance.register import Risk
from pages.shared import room, services, text

NAMES: dict[Format, str] = {"csv": "CSV", "json": "JSON", "xlsx": "XLSX"}


def show(here: Room, found: Sequence[Risk]) -> None:
    t = text.translator()
    with st.popover(t("Import and export"), icon=":material/swap_vert:", key="register-files", on_change="rerun") as box:
        if not box.open:
            return
        st.markdown(f"**{t('Export')}**")
        with st.container(horizontal=True):
            for kind in FORMATS:
                _download(found, kind)
        st.caption(t("No cell is a formula: a text that a spreadsheet might take for one has an apostrophe before it, which an import takes off."))
        st.markdown(f"**{t('Import')}**")
        _upload(here)


def _download(found: Sequence[Risk], kind: Format) -> None:
    t = text.translator()
    name = f"risk-register-{dt.datetime.now(dt.UTC):%Y-%m-%d}.{kind}"
    st.download_button(
        NAMES[kind], data=lambda: exchange.export(found, kind, t), file_name=name, mime=FORMATS[kind], key=f"export-{kind}",
        icon=":material/download:", on_click="ignore",
    )  # fmt: skip


def _upload(here: Room) -> None:
    t = text.translator()
    most = MOST_BYTES // 2**20
    file = st.file_uploader(
        t("CSV, JSON or XLSX, at most {most} MB", most=most), type=list(FORMATS), key="register-file", max_upload_size=most
    )  # fmt: skip
    modes = {"add": t("Add to what is there"), "replace": t("Replace everything (asks for the PIN)")}
    mode = st.radio(t("What to do"), list(modes), format_func=modes.get, key="import-mode", label_visibility="collapsed")
    pin = st.text_input(t("PIN of the room"), type="password", max_chars=8, key="import-pin", autocomplete="off") if mode == "replace" else ""
    if st.button(t("Import it"), key="import-now", icon=":material/upload:") and file is not None:
        try:
            count = _import(here, file.getvalue(), mode == "replace", pin)
        except UserError as error:
            st.error(text.say(error), icon=":material/info:")
            return
        st.toast(t.n("{n} risk imported", "{n} risks imported", count), icon=":material/check:")
        st.rerun()


def _import(here: Room, data: bytes, replaces: bool, pin: str) -> int:
    """All of the file or nothing. The same file again adds nothing: its rows are known by what the file holds."""
    database = services.database()
    if replaces:
        places.check(database, here.code, pin, token=st.session_state.get("owner", ""))
    incoming = exchange.read(data)
    if replaces:
        core.replace(database, here.code, incoming.drafts, room.editor())
    else:
        keyed = [(f"file:{incoming.digest[:40]}:{row}", draft) for row, (_, draft) in enumerate(incoming.drafts)]
        core.add_all(database, here.code, keyed, room.editor())
    return len(incoming.drafts)
