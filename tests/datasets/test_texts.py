"""The texts that ship, and files that are not texts."""

import lzma

import numpy as np
import pytest

from genai_core import registry
from genai_core.datasets import texts
from genai_core.datasets.build import texts as build
from genai_core.errors import DataError

SHIPPED = ("austen", "tang")


@pytest.mark.parametrize("key", SHIPPED)
def test_texts_are_read_back_symbol_by_symbol(key):
    data = registry.datasets()[key].load()
    train, heldout = texts.read_text(texts.ASSETS / f"{key}.txt.xz")
    assert texts.decode(data.train, data.info.vocabulary) == train
    assert texts.decode(data.heldout, data.info.vocabulary) == heldout
    assert (texts.encode(heldout, data.info.vocabulary) == data.heldout).all()
    assert data.train.dtype == np.int32 and data.info.modality == "text"
    with pytest.raises(ValueError):
        data.train[0] = 1  # shared by all who ask


def test_no_paragraph_or_couplet_stands_on_both_sides():
    for key, separator in (("austen", "\n\n"), ("tang", "\n")):
        train, heldout = texts.read_text(texts.ASSETS / f"{key}.txt.xz")
        assert not set(filter(None, train.split(separator))) & set(filter(None, heldout.split(separator)))


def test_novels_are_english_of_some_sixty_symbols():
    data = registry.datasets()["austen"].load()
    train, _ = texts.read_text(texts.ASSETS / "austen.txt.xz")
    assert 1_500_000 < len(data.train) and len(data.heldout) > 150_000 and len(data.info.vocabulary) == 63
    for sentence in (
        "It is a truth universally acknowledged",
        "The family of Dashwood had long been settled in Sussex.",
    ):
        assert sentence in train
    assert "Chapter" not in train and "CHAPTER" not in train and "_" not in train


def test_every_poem_is_a_quatrain_of_five_or_seven():
    for part in texts.read_text(texts.ASSETS / "tang.txt.xz"):
        poems = part.strip().split("\n\n")
        assert all(build.QUATRAIN.fullmatch(poem.replace("\n", "")) and poem.count("\n") == 1 for poem in poems)
        assert len(set(poems)) == len(poems) > 500
        assert 0.2 < np.mean([len(poem) < 26 for poem in poems]) < 0.4  # of five


def test_what_is_shown_has_a_blank_line_between_samples_alone():
    vocabulary = tuple(sorted("\nab。"))
    ids = np.stack([texts.encode(text, vocabulary) for text in ("\n\na\n\nb", "ab\n\nab")[1:] + ("ab\n\nab",)])
    assert texts.prose(ids, vocabulary) == "ab\nab\n\nab\nab"
    assert texts.verse(ids, vocabulary) == "ab\n\nab"


@pytest.mark.parametrize(
    ("raw", "complaint"),
    [
        (b"no xz", "damaged or cut short"),
        (lzma.compress(b"a\fb")[:-9], "damaged or cut short"),
        (lzma.compress(b"\xff\xfe\f\xff"), "damaged or cut short"),
        (lzma.compress(b"one part"), "parted by a form feed"),
        (lzma.compress(b"one\f"), "parted by a form feed"),
        (lzma.compress(b"a\fb\fc"), "parted by a form feed"),
    ],
)
def test_a_file_that_is_no_text_is_refused(tmp_path, raw, complaint):
    (tmp_path / "x.txt.xz").write_bytes(raw)
    with pytest.raises(DataError, match=complaint):
        texts.read_text(tmp_path / "x.txt.xz")


def test_a_missing_file_and_a_bomb_are_refused(tmp_path, monkeypatch):
    with pytest.raises(DataError):
        texts.read_text(tmp_path / "none.txt.xz")
    (tmp_path / "bomb.txt.xz").write_bytes(lzma.compress(b"a" * 5000))
    monkeypatch.setattr(texts, "MOST", 1000)
    with pytest.raises(DataError, match="cannot be read as xz"):
        texts.read_text(tmp_path / "bomb.txt.xz")


def test_symbols_that_training_never_saw_are_refused():
    with pytest.raises(DataError, match="symbols that the training text lacks: q z"):
        texts.text_data("abc", "azq", "x.txt.xz")


def test_an_altered_text_is_refused(tmp_path, monkeypatch):
    raw = (texts.ASSETS / "austen.txt.xz").read_bytes()
    (tmp_path / "austen.txt.xz").write_bytes(raw[:-1] + b"!")
    monkeypatch.setattr(texts, "ASSETS", tmp_path)
    with pytest.raises(DataError, match="austen.txt.xz is not the file that was recorded"):
        registry.datasets()["austen"].load()


def test_the_reader_of_r_s_files_takes_vectors_of_strings_alone():
    import struct
    import zlib

    def vector(kind: int, lines: list[str]) -> bytes:
        data = (
            b"X\n"
            + struct.pack(">iii", 3, 0, 0)
            + struct.pack(">i", 5)
            + b"UTF-8"
            + struct.pack(">ii", kind, len(lines))
        )
        for line in lines:
            data += struct.pack(">ii", 0x40009, len(line)) + line.encode()
        return struct.pack(">I", len(data)) + zlib.compress(data)

    assert list(build.vectors(vector(16, ["one", ""]) + vector(16, ["two"]))) == [["one", ""], ["two"]]
    with pytest.raises(SystemExit):
        list(build.vectors(vector(13, [])))
