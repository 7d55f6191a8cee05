"""What goes over the engine's socket: a bounded JSON header and an optional safetensors blob. Nothing is unpickled.

    4 bytes magic | 4 bytes header length | 4 bytes blob length | header (JSON object) | blob (safetensors)

Also where an engine is found: every store has one socket, one lock and one log, in a folder that only its user can enter.
Torch-free.
"""

from __future__ import annotations

import hashlib
import json
import os
import socket
import stat
import struct
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genai_core.contracts import N_
from genai_core.errors import EngineError

if TYPE_CHECKING:
    import numpy as np

PRELUDE = struct.Struct("!4sII")
MAGIC = b"GAI1"
HEADER_LIMIT = 1 << 20  # bytes
BLOB_LIMIT = 64 << 20
PATH_LIMIT = 103  # a socket's path on macOS; Linux allows 107


class ProtocolError(Exception):
    """Bytes that are no frame of ours; the connection that sent them is closed."""


@dataclass(frozen=True)
class Frame:
    """One message as it travels; ``message()`` and ``arrays()`` read it."""

    header: bytes
    blob: bytes = b""

    def message(self) -> dict[str, Any]:
        try:
            message = json.loads(self.header, parse_constant=_no_constant)
        except (ValueError, RecursionError) as error:
            raise ProtocolError(f"a header that is not JSON: {error}") from None
        if not isinstance(message, dict):
            raise ProtocolError("a header that is not an object")
        return message

    def arrays(self) -> dict[str, np.ndarray]:
        if not self.blob:
            return {}
        from safetensors import SafetensorError
        from safetensors.numpy import load

        try:
            return load(self.blob)
        except (SafetensorError, ValueError, KeyError) as error:
            raise ProtocolError(f"a blob that is not safetensors: {error}") from None

    def to_bytes(self) -> bytes:
        if len(self.header) > HEADER_LIMIT or len(self.blob) > BLOB_LIMIT:
            raise ProtocolError(f"a message of {len(self.header)} + {len(self.blob)} bytes is over the limit")
        return PRELUDE.pack(MAGIC, len(self.header), len(self.blob)) + self.header + self.blob


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def frame(message: Mapping[str, Any], arrays: Mapping[str, np.ndarray] | None = None) -> Frame:
    """A frame of a JSON-able object and named arrays."""
    blob = b""
    if arrays:
        import numpy as np
        from safetensors.numpy import save

        blob = save({name: np.ascontiguousarray(array) for name, array in arrays.items()})
    return Frame(json.dumps(message, allow_nan=False).encode(), blob)


class Decoder:
    """Cuts a stream of bytes into frames, whatever the pieces it comes in."""

    def __init__(self, header_limit: int = HEADER_LIMIT, blob_limit: int = BLOB_LIMIT) -> None:
        self.limits = header_limit, blob_limit
        self.buffer = bytearray()

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that ``data`` completes. Raises ProtocolError as soon as the bytes cannot become a frame."""
        self.buffer += data
        frames = []
        while len(self.buffer) >= PRELUDE.size:
            magic, header, blob = PRELUDE.unpack_from(self.buffer)
            if magic != MAGIC:
                raise ProtocolError("bytes that are no frame")
            if header > self.limits[0] or blob > self.limits[1]:
                raise ProtocolError(f"a frame of {header} + {blob} bytes is over the limit")
            end = PRELUDE.size + header + blob
            if len(self.buffer) < end:
                break
            body = bytes(self.buffer[PRELUDE.size : end])
            del self.buffer[:end]
            frames.append(Frame(body[:header], body[header:]))
        return frames


def receive(sock: socket.socket) -> Frame:
    """Wait for one frame. Raises ConnectionError when the other side has gone, TimeoutError by the socket's timeout."""
    decoder = Decoder()
    while True:
        data = sock.recv(1 << 18)
        if not data:
            raise ConnectionResetError("the connection was closed before the answer")
        frames = decoder.feed(data)
        if frames:
            return frames[0]


def same_user(sock: socket.socket) -> bool:
    """Whether the process at the other end runs as this user (known on Linux; elsewhere the folder's mode says it)."""
    if not hasattr(socket, "SO_PEERCRED"):
        return True
    size = struct.calcsize("3i")
    _, uid, _ = struct.unpack("3i", sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size))
    return uid == os.getuid()


# --- places ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Address:
    """Where the engine of one store is found."""

    url: str
    folder: Path
    name: str

    @property
    def socket(self) -> Path:
        return self.folder / f"{self.name}.sock"

    @property
    def lock(self) -> Path:
        return self.folder / f"{self.name}.lock"

    @property
    def log(self) -> Path:
        return self.folder / f"{self.name}.log"

    def job(self, run_id: str) -> Path:
        """The file a job of this store keeps locked while it lives."""
        return self.folder / f"{self.name}.{hashlib.sha256(run_id.encode()).hexdigest()[:16]}.job"

    def jobs(self) -> list[Path]:
        return sorted(self.folder.glob(f"{self.name}.*.job"))


def address(url: str | os.PathLike[str]) -> Address:
    """The address of the engine of the store at ``url``: a hash keeps the socket's path short."""
    url = str(url)
    if "://" not in url:
        url = str(Path(url).expanduser().resolve())
    return Address(url, runtime_folder(), hashlib.sha256(url.encode()).hexdigest()[:16])


def runtime_folder() -> Path:
    """The user's own folder for sockets, made with mode 0700. Raises EngineError when somebody else owns it."""
    for base in filter(None, (os.environ.get("XDG_RUNTIME_DIR"), tempfile.gettempdir(), "/tmp")):
        folder = Path(base) / f"genai-{os.getuid()}"
        if len(os.fsencode(folder)) + 22 <= PATH_LIMIT and os.access(base, os.W_OK):
            break
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
    except OSError as error:
        message = N_("The folder {folder} for the worker engine's socket cannot be made: {reason}.")
        raise EngineError(message, folder=str(folder), reason=error.strerror) from None
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise EngineError(N_("The folder {folder} belongs to somebody else; set XDG_RUNTIME_DIR."), folder=str(folder))
    if stat.S_IMODE(found.st_mode) & 0o077:
        folder.chmod(0o700)
    return folder


def source_hash() -> str:
    """A hash of the package's Python files and of the Python that runs them: an engine of other code is replaced."""
    root = Path(__file__).resolve().parents[1]
    digest = hashlib.sha256(sys.version.encode())
    for path in sorted(root.rglob("*.py")):
        digest.update(str(path.relative_to(root)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def catalogue_path(source: str | None = None) -> Path:
    """Where engines of this code leave the catalogue of plug-ins, readable before an engine is up."""
    return runtime_folder() / f"catalogue-{source or source_hash()}.json"
