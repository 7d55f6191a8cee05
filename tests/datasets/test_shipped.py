"""The data that ships: whole, balanced, its provenance recorded, small."""

import tomllib

import numpy as np
import pytest

from genai_core import registry
from genai_core.datasets import fashion, files
from genai_core.datasets.build import assets, readme
from genai_core.errors import DataError

SHIPPED = ("mnist5k", "fashion5k")


@pytest.mark.parametrize("key", SHIPPED)
def test_sizes_types_and_balance(key):
    data = registry.datasets()[key].load()
    assert data.train.shape == (4000, 28, 28) and data.heldout.shape == (1000, 28, 28)
    assert data.train.dtype == data.heldout.dtype == np.uint8
    assert np.bincount(data.train_labels).tolist() == [400] * 10
    assert np.bincount(data.heldout_labels).tolist() == [100] * 10
    assert len(data.info.classes) == 10 and data.info.shape == (28, 28)
    assert len(np.unique(data.train_labels[:100])) == 10  # shuffled


@pytest.mark.parametrize("key", SHIPPED)
def test_nothing_held_out_is_trained_on(key):
    data = registry.datasets()[key].load()
    train = {image.tobytes() for image in data.train}
    assert not any(image.tobytes() in train for image in data.heldout)


def test_labels_belong_to_their_images():
    """A class's mean picture recognises most of what is held out; after a slip of the labels it would be a tenth."""
    for key in SHIPPED:
        data = registry.datasets()[key].load()
        means = np.stack([data.train[data.train_labels == c].mean(0).ravel() for c in range(10)])
        x = data.heldout.reshape(1000, -1).astype(float)
        nearest = ((x[:, None] - means) ** 2).sum(2).argmin(1)
        assert (nearest == data.heldout_labels).mean() > 0.6


def test_digits_are_mnists():
    """Mean and deviation of MNIST's pixels are .1307 and .3081."""
    data = registry.datasets()["mnist5k"].load()
    pixels = data.train / 255
    assert abs(pixels.mean() - 0.1307) < 0.003 and abs(pixels.std() - 0.3081) < 0.003


def test_every_asset_has_its_provenance_and_its_hash():
    records = tomllib.loads((files.ASSETS / "PROVENANCE.toml").read_text())
    assert set(records) == {path.name for path in files.ASSETS.iterdir()} - {"PROVENANCE.toml", "README.md"}
    for name, record in records.items():
        assert files.sha256(files.ASSETS / name) == record["sha256"]
        assert {"licence", "package", "file", "creators", "script", "source_sha256"} <= set(record)
        assert all(len(digest) == 64 for digest in record["source_sha256"].values())


def test_the_table_of_assets_says_what_the_provenance_says():
    assert readme.FILE.read_text("utf-8") == readme.table()
    records = tomllib.loads((files.ASSETS / "PROVENANCE.toml").read_text())
    assert all(f"| `{name}` |" in readme.table() and record["licence"].replace("\n", " ")[:40] in readme.table() for name, record in records.items())


def test_assets_and_weights_stay_small():
    weights = files.ASSETS.parent.parent / "metrics" / "weights"
    total = sum(path.stat().st_size for folder in (files.ASSETS, weights) for path in folder.iterdir())
    assert total < 8_000_000


def test_an_altered_asset_is_refused(tmp_path, monkeypatch):
    for path in files.ASSETS.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    whole = (tmp_path / "mnist5k.npz").read_bytes()
    (tmp_path / "mnist5k.npz").write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    (tmp_path / "fashion5k.npz").unlink()
    monkeypatch.setattr(files, "ASSETS", tmp_path)
    with pytest.raises(DataError, match="mnist5k.npz is not the file that was recorded"):
        registry.datasets()["mnist5k"].load()
    with pytest.raises(DataError, match="fashion5k.npz is missing"):
        registry.datasets()["fashion5k"].load()


def test_damaged_provenance_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "ASSETS", tmp_path)
    files.provenance.cache_clear()
    try:
        with pytest.raises(DataError, match="PROVENANCE.toml is missing"):
            files.provenance()
        (tmp_path / "PROVENANCE.toml").write_text("[half")
        with pytest.raises(DataError, match="PROVENANCE.toml is damaged"):
            files.provenance()
    finally:
        files.provenance.cache_clear()


def test_a_stratified_draw_takes_as_many_of_each_class():
    labels = np.repeat([0, 1, 2], [50, 20, 30])
    drawn = assets.stratified(labels, 7, np.random.default_rng(0))
    assert np.bincount(labels[drawn]).tolist() == [7, 7, 7] and len(set(drawn)) == 21


def test_provenance_is_written_as_toml_that_reads_back():
    record = {"a.npz": {"title": 'Fashion "x" é', "seed": 3, "source_sha256": {"b/c.gz": "00", "d": "ff"}}}
    assert tomllib.loads(assets.toml(record)) == record


@pytest.mark.skipif(not fashion.available(), reason="Debian's dataset-fashion-mnist is not installed")
def test_fashion5k_can_be_built_again():
    built, shipped = (
        assets.fashion5k(fashion.FOLDER),
        files.read_asset("fashion5k.npz", {"train": 4000, "heldout": 1000}),
    )
    assert all(np.array_equal(built[name], shipped[name]) for name in shipped)


@pytest.mark.skipif(not fashion.available(), reason="Debian's dataset-fashion-mnist is not installed")
def test_the_whole_of_fashion():
    data = registry.datasets()["fashion"].load()
    assert len(data.train) == 60_000 and np.bincount(data.heldout_labels).tolist() == [1000] * 10


def test_fashion_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setattr(fashion, "FOLDER", tmp_path / "none")
    assert not fashion.available()
    with pytest.raises(DataError, match="install Debian's package dataset-fashion-mnist, or use fashion5k"):
        fashion.load()
