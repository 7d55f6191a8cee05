"""The table of patients: whole, split as said, on a scale that can be undone."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from genai_core import registry
from genai_core.datasets import files, patients
from genai_core.datasets.build import patients as build
from genai_core.errors import DataError


def test_sizes_split_and_diagnoses():
    data = patients.load()
    assert data.train.shape == (398, 30) and data.heldout.shape == (171, 30) and data.train.dtype == np.float32
    labels = np.concatenate([data.train_labels, data.heldout_labels])
    assert np.bincount(labels).tolist() == [212, 357] and np.bincount(data.heldout_labels).tolist() == [64, 107]
    assert data.info.modality == "table" and data.info.classes == ("malignant", "benign")


def test_nobody_is_in_both_parts():
    values, _ = patients.table()
    assert len(np.unique(values, axis=0)) == 569


def test_the_scale_centres_the_training_part_and_can_be_undone():
    values, data = patients.table()[0], patients.load()
    assert np.allclose(data.train.mean(0), 0, atol=1e-5) and np.allclose(data.train.std(0), 1, atol=1e-5)
    back = patients.scale().outward(np.concatenate([data.train, data.heldout]))
    assert np.allclose(back, values, rtol=1e-4, atol=1e-6)
    assert (patients.scale().outward(np.full((1, 30), -50.0)) >= 0).all()  # no measure of a cell is negative


def test_malignant_masses_are_larger():
    values, labels = patients.table()
    at = patients.COLUMNS.index("mean radius")
    assert values[labels == 0, at].mean() > 1.3 * values[labels == 1, at].mean()


def test_the_asset_can_be_built_again_from_scikit_learns_table():
    folder = Path(importlib.util.find_spec("sklearn").origin).parent
    raw = (folder / "datasets" / "data" / "breast_cancer.csv").read_bytes()
    assert build.patients(raw) == (files.ASSETS / patients.NAME).read_text("ascii")
    with pytest.raises(SystemExit, match="SHA-256"):
        build.patients(raw + b"\n")


def test_a_changed_table_is_refused(tmp_path, monkeypatch):
    (tmp_path / patients.NAME).write_text((files.ASSETS / patients.NAME).read_text().replace("malignant", "benign", 1))
    monkeypatch.setattr(patients, "ASSETS", tmp_path)
    patients.table.cache_clear()
    try:
        with pytest.raises(DataError, match="patients.csv is not the file that was recorded"):
            patients.load()
    finally:
        patients.table.cache_clear()


def test_records_are_shown_as_rows_of_colour():
    picture = registry.datasets()["patients"].show(np.array([[0.0] * 29 + [9.0], [-9.0] * 30]), 1)
    assert picture.shape == (2 * patients.CELL, 30 * patients.CELL, 3) and picture.dtype == np.uint8
    dark, red, blue = picture[0, 0], picture[0, -1], picture[-1, 0]
    assert dark.max() < 40 and red[0] > 200 > red[2] and blue[2] > 200 > blue[0]
