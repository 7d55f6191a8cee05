"""What one web process shares among its sessions: the store, the watcher, the engine and the catalogue."""

import gc
import os
import threading
from pathlib import Path

import streamlit as st

from genai_core.catalogue import Catalogue
from genai_core.execution.client import Engine
from genai_core.runs.store import Store
from genai_core.runs.watch import Watcher

COLLECT_EVERY = 20.0  # seconds; the collection after every script run is switched off in config.toml


def store_url() -> str:
    return os.environ.get("GENAI_STORE") or str(Path(__file__).resolve().parents[2] / "store")


@st.cache_resource
def store() -> Store:
    return Store(store_url())


@st.cache_resource
def watcher() -> Watcher:
    return Watcher(store())


@st.cache_resource
def engine() -> Engine:
    _collect_now_and_then()
    return Engine.connect(store_url())


@st.cache_resource
def catalogue() -> Catalogue:
    return engine().catalogue()


def shipped(preset: str) -> str:
    """The id of a preset's run in the shipped gallery, "" where there is none."""
    return store().gallery_index().get(preset, "")


def _collect_now_and_then() -> None:
    gc.collect()
    gc.freeze()
    timer = threading.Timer(COLLECT_EVERY, _collect)
    timer.daemon = True
    timer.start()


def _collect() -> None:
    gc.collect()
    timer = threading.Timer(COLLECT_EVERY, _collect)
    timer.daemon = True
    timer.start()
