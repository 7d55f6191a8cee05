"""Where runs lie: a folder on this disk, or any fsspec URL. Torch-free.

A file appears whole or not at all (a temporary file and a rename here, one object elsewhere), so a reader never meets half of
one, whenever the writer was killed.
"""

from __future__ import annotations

import os
import secrets
import shutil
from pathlib import Path
from typing import Protocol


class Files(Protocol):
    """The few file operations a store needs; paths are relative, with forward slashes. Reading what is not there raises
    FileNotFoundError; ``names`` of what is not there is empty."""

    def read(self, path: str, start: int = 0, end: int | None = None) -> bytes: ...
    def write(self, path: str, data: bytes) -> None: ...
    def names(self, path: str) -> list[str]: ...
    def make(self, path: str) -> None: ...
    def remove(self, path: str) -> None: ...
    def remove_folder(self, path: str) -> None: ...
    def size(self, path: str) -> int: ...
    def modified(self, path: str) -> float: ...


class LocalFiles:
    """A folder on this machine."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def read(self, path: str, start: int = 0, end: int | None = None) -> bytes:
        try:
            with open(self.root / path, "rb") as file:
                file.seek(start)
                return file.read() if end is None else file.read(end - start)
        except (NotADirectoryError, IsADirectoryError) as error:
            raise FileNotFoundError(path) from error

    def write(self, path: str, data: bytes) -> None:
        target = self.root / path
        temporary = target.with_name(f".{target.name}.{os.getpid()}.{secrets.token_hex(4)}")
        try:
            file = open(temporary, "wb")  # noqa: SIM115
        except FileNotFoundError:
            if target.parent.name not in ("events", "frames"):  # never the folder of a run that was deleted meanwhile
                raise
            target.parent.mkdir(exist_ok=True)
            file = open(temporary, "wb")  # noqa: SIM115
        try:
            with file:
                file.write(data)
            os.replace(temporary, target)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise

    def names(self, path: str) -> list[str]:
        try:
            return sorted(name for name in os.listdir(self.root / path) if not name.startswith("."))
        except (FileNotFoundError, NotADirectoryError):
            return []

    def make(self, path: str) -> None:
        (self.root / path).mkdir(parents=True, exist_ok=True)

    def remove(self, path: str) -> None:
        (self.root / path).unlink(missing_ok=True)

    def remove_folder(self, path: str) -> None:
        source = self.root / path
        gone = source.with_name(f".deleted-{secrets.token_hex(8)}")
        try:
            os.rename(source, gone)  # out of sight in one go; what a kill leaves of it, the next sweep takes
        except FileNotFoundError:
            return
        shutil.rmtree(gone)

    def size(self, path: str) -> int:
        return sum(
            _stat(Path(folder) / name).st_size for folder, _, names in os.walk(self.root / path) for name in names
        )

    def modified(self, path: str) -> float:
        return _stat(self.root / path).st_mtime

    def tidy(self, older_than: float) -> None:
        """Remove what deletions cut short by a kill left behind."""
        for name in os.listdir(self.root) if self.root.is_dir() else ():
            if name.startswith(".deleted-") and self.modified(name) < older_than:
                shutil.rmtree(self.root / name)


def _stat(path: Path) -> os.stat_result:
    try:
        return path.stat()
    except FileNotFoundError:  # removed between listing and looking
        return os.stat_result((0,) * 10)


class RemoteFiles:
    """Any fsspec URL. Objects are written whole by the service."""

    def __init__(self, url: str) -> None:
        from fsspec.core import url_to_fs

        self.fs, self.root = url_to_fs(url)

    def _at(self, path: str) -> str:
        return f"{self.root.rstrip('/')}/{path}".rstrip("/")

    def read(self, path: str, start: int = 0, end: int | None = None) -> bytes:
        try:
            return self.fs.cat_file(self._at(path), start=start or None, end=end)
        except IsADirectoryError as error:
            raise FileNotFoundError(path) from error

    def write(self, path: str, data: bytes) -> None:
        self.fs.pipe_file(self._at(path), data)

    def names(self, path: str) -> list[str]:
        self.fs.invalidate_cache(self._at(path))
        try:
            found = self.fs.ls(self._at(path), detail=False)
        except (FileNotFoundError, NotADirectoryError):
            return []
        names = {item.rstrip("/").rsplit("/", 1)[-1] for item in found}
        return sorted(name for name in names if not name.startswith("."))

    def make(self, path: str) -> None:
        self.fs.makedirs(self._at(path), exist_ok=True)

    def remove(self, path: str) -> None:
        if self.fs.exists(self._at(path)):
            self.fs.rm_file(self._at(path))

    def remove_folder(self, path: str) -> None:
        self.remove(f"{path}/run.json")  # readers stop seeing the run before its files go
        if self.fs.exists(self._at(path)):
            self.fs.rm(self._at(path), recursive=True)

    def size(self, path: str) -> int:
        return self.fs.du(self._at(path))

    def modified(self, path: str) -> float:
        try:
            return self.fs.modified(self._at(path)).timestamp()
        except (FileNotFoundError, NotImplementedError, KeyError):
            return 0.0

    def tidy(self, older_than: float) -> None:
        """Nothing to do: no temporary names are used."""


def files_at(url: str | Path) -> LocalFiles | RemoteFiles:
    """The file layer for a folder or an fsspec URL."""
    text = str(url)
    if text.startswith("file://"):
        text = text.removeprefix("file://")
    return RemoteFiles(text) if "://" in text else LocalFiles(Path(text).expanduser())
