"""Where rooms keep what they decide, and whether that outlives the host."""

from pathlib import Path

import pytest
import streamlit as st

from pages.shared import services


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch):
    for name in ("GENAI_DATABASE", "GENAI_DISK"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(st.secrets, "load_if_toml_exists", lambda: False)


def test_the_database_lies_beside_the_store_unless_another_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("GENAI_STORE", str(tmp_path / "store"))
    assert services.database_url() == f"sqlite:///{tmp_path / 'store'}-decisions.db"
    monkeypatch.setenv("GENAI_STORE", "s3://bucket/store")
    assert services.database_url().startswith("sqlite:////") and "s3" not in services.database_url()
    monkeypatch.setenv("GENAI_DATABASE", "postgresql+psycopg://genai@/rooms")
    assert services.database_url() == "postgresql+psycopg://genai@/rooms"


def test_a_disk_is_kept_unless_it_is_the_clouds_or_said_otherwise(monkeypatch):
    assert services.disk_kept()
    monkeypatch.setattr(services, "__file__", str(Path("/mount/src/app/pages/shared/services.py")))
    assert not services.disk_kept()
    monkeypatch.setenv("GENAI_DISK", "kept")
    assert services.disk_kept()
    monkeypatch.delenv("GENAI_DISK")
    monkeypatch.setenv("GENAI_DATABASE", "postgresql+psycopg://genai@/rooms")
    assert services.disk_kept()
    monkeypatch.setenv("GENAI_DISK", "lost")
    assert not services.disk_kept()
