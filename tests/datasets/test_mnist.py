"""The full MNIST: where it is looked for, how it is fetched, and every way in which that can fail. No network."""

import contextlib
import gzip
import hashlib
import http.server
import io
import os
import threading
import urllib.error
from pathlib import Path

import numpy as np
import pytest

from genai_core.datasets import fashion, mnist
from genai_core.errors import DataError

SIZES = {"train": 40, "test": 10}


def small_arrays():
    rng = np.random.default_rng(0)
    found = {}
    for part, n in SIZES.items():
        found[f"x_{part}"] = rng.integers(0, 256, (n, 28, 28), dtype=np.uint8)
        found[f"y_{part}"] = np.arange(n, dtype=np.uint8) % 10
    return found


def small_npz():
    buffer = io.BytesIO()
    np.savez(buffer, **small_arrays())
    return buffer.getvalue()


@pytest.fixture
def small(monkeypatch, tmp_path):
    """MNIST in miniature: the loader expects this file's sizes and hash, and finds no cache."""
    monkeypatch.setattr(mnist, "SIZES", SIZES)
    monkeypatch.setattr(mnist, "SHA256", hashlib.sha256(small_npz()).hexdigest())
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv(mnist.VARIABLE, raising=False)
    return tmp_path


def no_network(*args, **kwargs):
    raise urllib.error.URLError(OSError(101, "Network is unreachable"))


def test_a_local_file_is_read(small, monkeypatch):
    path = small / "mine.npz"
    path.write_bytes(small_npz())
    monkeypatch.setenv(mnist.VARIABLE, str(path))
    data = mnist.load()
    assert mnist.available() and np.array_equal(data.heldout, small_arrays()["x_test"]) and len(data.train) == 40


def test_a_local_file_of_other_content_is_refused(small, monkeypatch):
    path = small / "mine.npz"
    path.write_bytes(small_npz()[:-1])
    monkeypatch.setenv(mnist.VARIABLE, str(path))
    with pytest.raises(DataError, match="mine.npz is not the file that was recorded"):
        mnist.load()


def test_a_path_to_nothing_is_said_so(small, monkeypatch):
    monkeypatch.setenv(mnist.VARIABLE, str(small / "nothing"))
    assert not mnist.available()
    with pytest.raises(DataError, match="GENAI_MNIST points to .*nothing, where there is nothing"):
        mnist.load()


def idx_folder(folder: Path, arrays):
    folder.mkdir()
    for part, prefix in (("train", "train"), ("test", "t10k")):
        for letter, kind in (("x", "images-idx3"), ("y", "labels-idx1")):
            array = arrays[f"{letter}_{part}"]
            header = bytes((0, 0, 8, array.ndim)) + b"".join(n.to_bytes(4, "big") for n in array.shape)
            (folder / f"{prefix}-{kind}-ubyte.gz").write_bytes(gzip.compress(header + array.tobytes()))


@pytest.fixture
def small_idx(small, monkeypatch):
    parts = {"train": ("train", 40), "test": ("t10k", 10)}
    monkeypatch.setattr(mnist, "read_folder", lambda folder: fashion.read_folder(folder, parts))
    for name, letter in (("PIXELS_SHA256", "x"), ("LABELS_SHA256", "y")):
        content = b"".join(small_arrays()[f"{letter}_{part}"].tobytes() for part in SIZES)
        monkeypatch.setattr(mnist, name, hashlib.sha256(content).hexdigest())
    monkeypatch.setenv(mnist.VARIABLE, str(small / "idx"))
    return small / "idx"


def test_a_folder_of_idx_files_is_read(small_idx):
    idx_folder(small_idx, small_arrays())
    data = mnist.load()
    assert np.array_equal(data.train, small_arrays()["x_train"])
    assert np.array_equal(data.heldout_labels, small_arrays()["y_test"])


@pytest.mark.parametrize("name", ["x_test", "y_train"])
def test_a_folder_with_one_changed_value_is_refused(small_idx, name):
    arrays = small_arrays()
    arrays[name].flat[7] ^= 1
    idx_folder(small_idx, arrays)
    with pytest.raises(DataError, match="idx is not the file that was recorded"):
        mnist.load()


def test_without_a_network_the_sentence_says_what_to_do(small, monkeypatch):
    monkeypatch.setattr(mnist.urllib.request, "urlopen", no_network)
    with pytest.raises(DataError, match="could not be downloaded .*unreachable.*Set GENAI_MNIST.*or use mnist5k"):
        mnist.load()
    assert not mnist.available() and os.listdir(mnist.cached().parent) == []


def test_available_does_not_download(small, monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("asked the network")

    monkeypatch.setattr(mnist.urllib.request, "urlopen", refuse)
    assert not mnist.available()
    mnist.cached().parent.mkdir(parents=True)
    mnist.cached().write_bytes(small_npz())
    assert mnist.available() and len(mnist.load().train) == 40  # a copy in the cache needs no network either


class Answer(io.BytesIO):
    """What urlopen returns, as far as it is used."""

    url = "https://example.org/mnist.npz"

    def geturl(self):
        return self.url


def test_a_download_is_checked_and_kept(small, monkeypatch):
    asked = []
    monkeypatch.setattr(mnist.urllib.request, "urlopen", lambda url, timeout: asked.append(url) or Answer(small_npz()))
    assert len(mnist.load().train) == 40 and mnist.cached().read_bytes() == small_npz()
    mnist.load()
    assert asked == [mnist.URL] and mnist.URL.startswith("https://")


def test_a_download_with_other_content_is_thrown_away(small, monkeypatch):
    monkeypatch.setattr(mnist.urllib.request, "urlopen", lambda url, timeout: Answer(small_npz() + b"!"))
    with pytest.raises(DataError, match="is not the file that was recorded"):
        mnist.load()
    assert os.listdir(mnist.cached().parent) == []


def test_a_download_without_end_is_broken_off(small, monkeypatch):
    read = []

    class Endless(Answer):
        def read(self, n):
            read.append(n)
            return b"0" * n

    monkeypatch.setattr(mnist.urllib.request, "urlopen", lambda url, timeout: Endless())
    with pytest.raises(DataError, match="larger than 16 MB"):
        mnist.load()
    assert sum(read) < 2 * mnist.MAX_BYTES and os.listdir(mnist.cached().parent) == []


def test_a_redirect_away_from_https_is_refused(small, monkeypatch):
    class Plain(Answer):
        url = "http://example.org/mnist.npz"

    monkeypatch.setattr(mnist.urllib.request, "urlopen", lambda url, timeout: Plain(small_npz()))
    with pytest.raises(DataError, match="could not be downloaded .*http://example.org"):
        mnist.load()
    assert not mnist.cached().exists()


@contextlib.contextmanager
def server(status, body, length):
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(status)
            self.send_header("Content-Length", str(length))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}/"
        running.shutdown()


@pytest.mark.parametrize("status, body, length", [(404, b"", 0), (500, b"", 0), (200, b"short", 1000)])
def test_a_real_servers_failures_become_sentences(small, monkeypatch, status, body, length):
    monkeypatch.setattr(http.client.HTTPResponse, "geturl", lambda self: "https://as-if.example")
    with server(status, body, length) as url, pytest.raises(DataError):
        mnist.download(url, mnist.cached(), mnist.SHA256)
    assert os.listdir(mnist.cached().parent) == []


@pytest.mark.skipif(not os.environ.get(mnist.VARIABLE), reason="GENAI_MNIST is not set")
def test_the_real_one():
    data = mnist.load()
    assert data.train.shape == (60_000, 28, 28) and data.heldout.shape == (10_000, 28, 28)
    arrays = {
        "x_train": data.train,
        "x_test": data.heldout,
        "y_train": data.train_labels,
        "y_test": data.heldout_labels,
    }
    mnist._check_content("mnist", arrays)
