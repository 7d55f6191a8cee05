"""Readers of data files: what is whole is read, what is not is refused with a sentence that names the file."""

import gzip
import hashlib
import struct

import numpy as np
import pytest

from genai_core.datasets.files import check_sha256, read_idx, read_images
from genai_core.errors import DataError

SIZES = {"train": 30, "heldout": 10}


def arrays(**changes):
    rng = np.random.default_rng(0)
    found = {}
    for part, n in SIZES.items():
        found[f"x_{part}"] = rng.integers(0, 256, (n, 28, 28), dtype=np.uint8)
        found[f"y_{part}"] = np.arange(n, dtype=np.uint8) % 10
    return {name: value for name, value in (found | changes).items() if value is not None}


@pytest.fixture
def file(tmp_path):
    return tmp_path / "digits.npz"


def test_a_whole_file_is_read(file):
    np.savez_compressed(file, **arrays())
    found = read_images(file, SIZES)
    assert np.array_equal(found["x_heldout"], arrays()["x_heldout"])
    assert found["y_train"].dtype == np.int64 and list(found["y_train"][:12]) == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]


WRONG = {
    "an array missing": ({"y_heldout": None}, "lacks “y_heldout”"),
    "floats": ({"x_train": arrays()["x_train"] / 255}, "“x_train” is float64"),
    "too few": ({"x_train": arrays()["x_train"][:29]}, r"is uint8 \(29, 28, 28\), expected uint8 \(30, 28, 28\)"),
    "flat": ({"x_train": arrays()["x_train"].reshape(30, 784)}, r"is uint8 \(30, 784\)"),
    "nearly black": ({"x_train": arrays()["x_train"] // 255}, "is 0…1, expected 0…255"),
    "a label too high": ({"y_train": np.full(30, 10, np.uint8)}, "run from 10 to 10, allowed are 0 to 9"),
    "a label too low": ({"y_train": np.full(30, -1)}, "run from -1 to -1"),
    "labels of another length": ({"y_train": np.zeros(31, np.uint8)}, r"“y_train” is uint8 \(31,\)"),
    "labels that are floats": ({"y_train": np.zeros(30)}, "“y_train” is float64"),
    "objects, which need unpickling": ({"y_train": np.array([{}] * 30, object)}, "cannot be read as npz"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_arrays_are_refused(file, case):
    changes, sentence = WRONG[case]
    np.savez_compressed(file, **arrays(**changes))
    with pytest.raises(DataError, match=sentence) as refused:
        read_images(file, SIZES)
    assert "digits.npz" in str(refused.value)


@pytest.mark.parametrize("keep", [0, 3, 100, 0.3, 0.7, 0.99])
def test_a_file_cut_short_is_refused(file, keep):
    np.savez_compressed(file, **arrays())
    whole = file.read_bytes()
    file.write_bytes(whole[: int(keep * len(whole)) if isinstance(keep, float) else keep])
    with pytest.raises(DataError, match="digits.npz is damaged or cut short"):
        read_images(file, SIZES)


def test_any_flipped_byte_is_refused_or_harmless(file):
    np.savez_compressed(file, **arrays())
    whole, refused = file.read_bytes(), 0
    for position in np.random.default_rng(1).integers(0, len(whole), 200):
        file.write_bytes(whole[:position] + bytes([whole[position] ^ 0x55]) + whole[position + 1 :])
        try:
            found = read_images(file, SIZES)
        except DataError as error:
            refused += "digits.npz" in str(error)
        else:  # a byte that carries no data, such as a date in the zip's directory
            assert all(np.array_equal(found[name], arrays()[name]) for name in found)
    assert refused > 150


def test_other_kinds_of_file_are_refused(file):
    for content in (b"", b"hello", b"\x80\x04}\x94.", gzip.compress(b"0" * 100)):
        file.write_bytes(content)
        with pytest.raises(DataError, match="digits.npz"):
            read_images(file, SIZES)
    with open(file, "wb") as bare:
        np.save(bare, arrays()["x_train"])
    with pytest.raises(DataError, match="cannot be read as npz"):
        read_images(file, SIZES)
    file.unlink()
    with pytest.raises(DataError, match="digits.npz is missing"):
        read_images(file, SIZES)


def test_the_checksum_is_of_the_whole_file(file):
    file.write_bytes(b"abc")
    check_sha256(file, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")  # FIPS 180-2, appendix B.1
    file.write_bytes(b"abd")
    with pytest.raises(DataError, match="digits.npz is not the file that was recorded.*expected ba7816bf8f01"):
        check_sha256(file, hashlib.sha256(b"abc").hexdigest())


def idx(data, *sizes, kind=8):
    return struct.pack(f">HBB{len(sizes)}I", 0, kind, len(sizes), *sizes) + data


def test_idx_is_read_in_order(tmp_path):
    path = tmp_path / "images.gz"
    path.write_bytes(gzip.compress(idx(bytes(range(24)), 2, 3, 4)))
    assert np.array_equal(read_idx(path, (2, 3, 4)), np.arange(24).reshape(2, 3, 4))


BAD_IDX = {
    "not gzip": (idx(bytes(24), 2, 3, 4), "cannot be read as gzip"),
    "cut short": (gzip.compress(idx(bytes(24), 2, 3, 4))[:-9], "cannot be read as gzip"),
    "empty": (gzip.compress(b""), "is not an IDX file"),
    "ints instead of bytes": (gzip.compress(idx(bytes(96), 2, 3, 4, kind=12)), "starts with 00 00 0c 03"),
    "another rank": (gzip.compress(idx(bytes(24), 24)), "starts with 00 00 08 01"),
    "header alone, cut": (gzip.compress(idx(b"", 2, 3, 4)[:9]), "cannot be read as IDX"),
    "another shape": (gzip.compress(idx(bytes(24), 4, 3, 2)), r"is uint8 \(4, 3, 2\), expected uint8 \(2, 3, 4\)"),
    "a huge promise": (gzip.compress(idx(bytes(24), 2**31, 2**31, 2**31)), "expected uint8"),
    "too little data": (gzip.compress(idx(bytes(23), 2, 3, 4)), "holds 23 bytes of data where its header promises 24"),
    "too much data": (gzip.compress(idx(bytes(10_000_000), 2, 3, 4)), "holds >24 bytes"),
}


@pytest.mark.parametrize("case", BAD_IDX)
def test_bad_idx_is_refused(tmp_path, case):
    content, sentence = BAD_IDX[case]
    path = tmp_path / "images.gz"
    path.write_bytes(content)
    with pytest.raises(DataError, match=sentence) as refused:
        read_idx(path, (2, 3, 4))
    assert "images.gz" in str(refused.value)
