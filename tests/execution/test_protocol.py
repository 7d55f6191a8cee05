import os
import socket
import stat
import struct

import numpy as np
import pytest

from genai_core.errors import EngineError
from genai_core.execution import machine, protocol
from genai_core.execution.protocol import Decoder, Frame, ProtocolError, frame


def test_a_frame_survives_any_cutting_of_the_stream():
    arrays = {"a": np.arange(12, dtype=np.uint8).reshape(3, 4), "b": np.eye(2, dtype=np.float32)[:, ::-1]}
    stream = frame({"op": "look", "x": [1, None, "é"]}, arrays).to_bytes() + frame({"op": "status"}).to_bytes()
    for size in (1, 7, 12, 13, len(stream)):
        decoder = Decoder()
        found = [f for i in range(0, len(stream), size) for f in decoder.feed(stream[i : i + size])]
        assert [f.message()["op"] for f in found] == ["look", "status"]
        assert found[0].message()["x"] == [1, None, "é"]
        for name, array in arrays.items():
            np.testing.assert_array_equal(found[0].arrays()[name], array)
        assert found[1].arrays() == {} and not decoder.buffer


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        protocol.PRELUDE.pack(b"GAI1", 1 << 31, 0),
        protocol.PRELUDE.pack(b"GAI1", 2, 1 << 31),
        struct.pack("!4sII", b"GAI2", 2, 0) + b"{}",
    ],
)
def test_bytes_that_cannot_become_a_frame_are_refused_at_once(data):
    with pytest.raises(ProtocolError):
        Decoder().feed(data)


@pytest.mark.parametrize("header", [b"", b"[]", b"{", b'{"x": NaN}', b"[" * 100_000, b"\xff\xfe", b"7"])
def test_headers_that_are_no_object_are_refused(header):
    with pytest.raises(ProtocolError):
        Frame(header).message()


@pytest.mark.parametrize("blob", [b"x", b"\x00" * 8, struct.pack("<Q", 1 << 60) + b"{}", b"\x80\x04K\x01."])
def test_blobs_that_are_no_safetensors_are_refused(blob):
    with pytest.raises(ProtocolError):
        Frame(b"{}", blob).arrays()


def test_sizes_are_bounded_on_the_way_out_too():
    with pytest.raises(ProtocolError):
        frame({"x": "a" * protocol.HEADER_LIMIT}).to_bytes()


def test_the_socket_lies_in_a_folder_of_the_user_alone_under_a_short_path(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    os.mkdir(tmp_path / f"genai-{os.getuid()}", 0o777)
    place = protocol.address(tmp_path / ("long" * 50) / "store")
    assert stat.S_IMODE(place.folder.stat().st_mode) == 0o700
    assert len(os.fsencode(place.socket)) <= protocol.PATH_LIMIT
    assert place.socket == protocol.address(f"{tmp_path}/{'long' * 50}/x/../store").socket
    assert place.socket != protocol.address(tmp_path / "other").socket


def test_a_runtime_folder_too_deep_for_a_socket_is_passed_over(tmp_path, monkeypatch):
    deep = tmp_path / ("d" * 100)
    deep.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(deep))
    assert len(os.fsencode(protocol.address("x").socket)) <= protocol.PATH_LIMIT


def test_a_link_in_place_of_the_folder_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / f"genai-{os.getuid()}").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(EngineError, match="belongs to somebody else"):
        protocol.runtime_folder()


def test_receive_tells_an_early_end_from_an_answer():
    ours, theirs = socket.socketpair()
    theirs.sendall(frame({"ok": True}).to_bytes()[:10])
    theirs.close()
    with ours, pytest.raises(ConnectionError):
        protocol.receive(ours)


@pytest.mark.parametrize(
    ("files", "cores", "memory"),
    [
        ({"cpu.max": "max 100000", "memory.max": "max"}, None, None),
        ({"cpu.max": "50000 100000", "memory.max": "1000000000"}, 1, 1_000_000_000),
        ({"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, None, None),
        ({"memory/memory.limit_in_bytes": "1200000000"}, None, 1_200_000_000),
    ],
)
def test_a_container_s_limits_count(tmp_path, files, cores, memory):
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text + "\n")
    nothing = tmp_path / "nothing"
    assert machine.cores(tmp_path) == (cores or machine.cores(nothing))
    assert machine.memory(tmp_path) == (memory or machine.memory(nothing))
    if memory:
        assert machine.slots(tmp_path) == 1
    assert 1 <= machine.slots(nothing) <= machine.MOST
