"""What one web process shares among its sessions: the store, the watcher, the engine and the catalogue."""

import ctypes
import gc
import os
import sys
import threading
import time
import urllib.parse
from pathlib import Path
from typing import Any

import streamlit as st

from genai_core.catalogue import Catalogue
from genai_core.execution.client import Engine
from genai_core.governance.database import Database
from genai_core.governance.workshop_watch import Watch
from genai_core.runs.store import Store
from genai_core.runs.watch import Watcher
from pages.shared import text

SEEN_EVERY = 30.0  # seconds; a run that nobody has seen for ten minutes may be paused
M_ARENA_MAX = -8  # malloc.h
COLLECT_EVERY = 20.0  # seconds; the collection after every script run is switched off in config.toml


def store_url() -> str:
    return os.environ.get("GENAI_STORE") or str(Path(__file__).resolve().parents[2] / "store")


@st.cache_resource(show_spinner=False)
def store() -> Store:
    return Store(store_url())


@st.cache_resource(show_spinner=False)
def watcher() -> Watcher:
    return Watcher(store())


@st.cache_resource(show_spinner=False)
def engine() -> Engine:
    _collect_now_and_then()
    return Engine.connect(store_url())


def database_url() -> str:
    """Where rooms keep what they decide: GENAI_DATABASE in the environment or among the secrets, else a file beside the store."""
    asked = os.environ.get("GENAI_DATABASE")
    if not asked and st.secrets.load_if_toml_exists():
        asked = st.secrets.get("GENAI_DATABASE")
    if asked:
        return str(asked)
    beside = store_url() if "://" not in store_url() else str(Path(__file__).resolve().parents[2] / "store")
    return f"sqlite:///{Path(beside).resolve()}-decisions.db"


def disk_kept() -> bool:
    """Whether what rooms decide outlives a restart of the host: as GENAI_DISK says (kept or lost), else not for a file on Community
    Cloud, which mounts the app under /mount/src and starts from an empty disk."""
    said = os.environ.get("GENAI_DISK", "")
    if said in ("kept", "lost"):
        return said == "kept"
    return not (database_url().startswith("sqlite") and str(Path(__file__).resolve()).startswith("/mount/src/"))


@st.cache_resource(show_spinner=False)
def database() -> Database:
    return Database(database_url())


@st.cache_resource(show_spinner=False)
def workshops() -> Watch:
    return Watch(database())


def catalogue() -> Catalogue:
    """The catalogue of plug-ins. The first visitor of a process waits for the engine, and is told so."""
    if "known" in _waited():
        return _catalogue()
    t = text.translator()
    with st.spinner(t("The models are waking up …")):
        found = _catalogue()
    _waited()["known"] = 1.0
    return found


@st.cache_resource(show_spinner=False)
def _catalogue() -> Catalogue:
    return engine().catalogue()


@st.cache_resource(show_spinner=False)
def _waited() -> dict[str, float]:
    return {}


def shipped(preset: str) -> str:
    """The id of a preset's run in the shipped gallery, "" where there is none."""
    return _gallery().get(preset, "")


def gallery_ids() -> set[str]:
    """The ids of every shipped run."""
    return set(_gallery().values())


@st.cache_resource(ttl=60, show_spinner=False)
def _gallery() -> dict[str, str]:
    return store().gallery_index()


@st.cache_resource(max_entries=128, show_spinner=False)
def shipped_report(run_id: str) -> dict[str, Any]:
    """The report of a gallery run, with its step and seconds; {} where it has none. Shared: not to be changed."""
    run = store().open(run_id)
    record, report = run.record(), run.report()
    return dict(report) | {"step": record.step, "elapsed": record.elapsed} if report else {}


@st.cache_resource(show_spinner=False)
def _last_seen() -> dict[str, float]:
    return {}


def seen(run_id: str) -> None:
    """Tell the engine that somebody looks at a run; once in a while is enough, however many look."""
    now, last = time.monotonic(), _last_seen()
    if now - last.get(run_id, -SEEN_EVERY) >= SEEN_EVERY:
        if len(last) > 1000:
            last.clear()
        last[run_id] = now
        engine().seen([run_id])


def _collect_now_and_then() -> None:
    if sys.platform == "linux":
        # Many short threads give glibc many arenas, which are never given back: two are enough for one interpreter lock.
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, 2)
    gc.collect()
    gc.freeze()
    timer = threading.Timer(COLLECT_EVERY, _collect)
    timer.daemon = True
    timer.start()


def _collect() -> None:
    gc.collect()
    urllib.parse.clear_cache()  # st.image parses each frame's data URI as an address, and the last 128 of them would stay
    if sys.platform == "linux":
        ctypes.CDLL(None).malloc_trim(0)
    timer = threading.Timer(COLLECT_EVERY, _collect)
    timer.daemon = True
    timer.start()
