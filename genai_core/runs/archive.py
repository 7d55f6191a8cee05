"""A run as a zip, to download and to open again. Opening treats every byte as hostile: whatever is not exactly a run's is refused
with a sentence, and nothing is left behind. Torch-free.
"""

from __future__ import annotations

import io
import json
import re
import secrets
import string
import time
import zipfile
import zlib
from collections.abc import Container, Mapping
from typing import Any

import numpy as np

from genai_core.catalogue import Catalogue
from genai_core.contracts import N_, DataInfo
from genai_core.errors import RunError
from genai_core.runs import spec as specs
from genai_core.runs import weights
from genai_core.runs.store import TRAINED, Run, RunRecord, Store, parse_events, parse_record
from genai_core.runs.writer import encode_frame

MAX_ZIP = 64 << 20
MAX_UNPACKED = 200 << 20
MAX_FILES = 1000
MAX_RATIO = 200  # unpacked to packed, of any file above a megabyte
MAX_JSON = 4 << 20
MAX_PIXELS = 1_000_000  # of a frame
MAX_ALL_PIXELS = 100_000_000
MAX_TEXT = 16_000  # bytes of a frame that is a text: 4,000 characters
MAX_EVENT_BYTES = 16 << 20
_FILE = re.compile(
    r"run\.json|report\.json|weights\.safetensors|events/[0-9]{6}\.jsonl|frames/([0-9]{6}|[1-9][0-9]{6})\.(webp|txt)"
)
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.]{0,40}")
_LABEL = re.compile(r"[\w \-+/&'’.]{1,40}")
_VERSION = re.compile(r"[A-Za-z0-9_.+\-]{1,40}")

NOT_ZIP = N_("This file is not a run: it is not a readable zip archive.")
TOO_LARGE = N_(
    "This archive is too large: a run has at most {files} files, {packed} MB packed and {unpacked} MB unpacked."
)
STRANGE = N_("This archive holds {name}, which does not belong to a run.")
TWICE = N_("This archive holds {name} twice.")
NO_RECORD = N_("This archive holds no run: run.json is missing.")
BAD_FILE = N_("{name} in this archive is damaged.")


def pack(run: Run) -> bytes:
    """The run as a zip, without its owner and the details of errors. RunError where it is too large to be opened again."""
    record = run.record()
    files = {"run.json": json.dumps(record.to_public(), allow_nan=False, indent=1).encode()}
    names = set(run.files.names(run.folder))
    for name in ("report.json", "weights.safetensors"):
        if name in names:
            files[name] = run.files.read(run.path(name))
    for folder in ("events", "frames"):
        for name in run.files.names(run.path(folder)):
            if _FILE.fullmatch(f"{folder}/{name}"):
                files[f"{folder}/{name}"] = run.files.read(run.path(f"{folder}/{name}"))
    files = _few_segments(files)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))  # the same run gives the same bytes
            info.compress_type = (
                zipfile.ZIP_STORED if name.endswith((".webp", ".safetensors")) else zipfile.ZIP_DEFLATED
            )
            archive.writestr(info, data)
    blob = out.getvalue()
    if len(files) > MAX_FILES or len(blob) > MAX_ZIP or sum(map(len, files.values())) > MAX_UNPACKED:
        raise _too_large()
    return blob


def _few_segments(files: dict[str, bytes]) -> dict[str, bytes]:
    """The event segments as one: an hour has 3,600 of them."""
    segments = sorted(name for name in files if name.startswith("events/"))
    if not segments:
        return files
    rest = {name: data for name, data in files.items() if name not in segments}
    return rest | {"events/000001.jsonl": b"".join(files[name] for name in segments)}


def unpack(blob: bytes, store: Store, catalogue: Catalogue, known: Container[str] = ()) -> str:
    """A new private run from a zip; returns its id.

    ``known`` holds the message ids that an imported report may use besides the loop's own; any other text is dropped.
    Raises RunError or ConfigError with a sentence, and then leaves nothing behind.
    """
    files = _read(blob)
    record = _record(files.pop("run.json"), catalogue)
    checked: dict[str, bytes] = {}
    pixels = 0
    for name in sorted(files):
        data = files.pop(name)
        if name == "weights.safetensors":
            weights.read_meta(weights.check(data)[1])
            checked[name] = data
        elif name == "report.json":
            checked[name] = json.dumps(_report(data, known), allow_nan=False).encode()
        elif name.startswith("events/"):
            lines = _events(name, data)
            checked[name] = "".join(json.dumps(line, allow_nan=False) + "\n" for line in lines).encode()
        elif name.endswith(".txt"):
            checked[name] = _text(name, data)
        else:
            picture = _picture(name, data)
            pixels += picture.size
            if pixels > MAX_ALL_PIXELS:
                raise _too_large()
            checked[name] = encode_frame(picture)
    return _write(store, record, checked)


# --- the zip ---------------------------------------------------------------------------------------------------------


def _too_large() -> RunError:
    return RunError(TOO_LARGE, files=MAX_FILES, packed=MAX_ZIP >> 20, unpacked=MAX_UNPACKED >> 20)


def _read(blob: bytes) -> dict[str, bytes]:
    """Names and contents, after the checks of names, kinds and sizes. No more is unpacked than a header promised."""
    if len(blob) > MAX_ZIP:
        raise _too_large()
    try:
        with zipfile.ZipFile(io.BytesIO(blob)) as archive:
            entries = archive.infolist()
            _check_entries(entries)
            files = {}
            for entry in entries:
                with archive.open(entry) as file:
                    files[entry.filename] = file.read(entry.file_size + 1)
                if len(files[entry.filename]) != entry.file_size:
                    raise RunError(BAD_FILE, name=entry.filename)
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        zlib.error,
        EOFError,
        OSError,
        ValueError,
        NotImplementedError,
    ) as error:
        raise RunError(NOT_ZIP) from error
    except (RuntimeError, OverflowError, MemoryError) as error:  # encrypted, or absurd numbers
        raise RunError(NOT_ZIP) from error
    if "run.json" not in files:
        raise RunError(NO_RECORD)
    return files


def _check_entries(entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > MAX_FILES or sum(e.file_size for e in entries) > MAX_UNPACKED:
        raise _too_large()
    seen = set()
    events = 0
    for entry in entries:
        name = entry.filename
        kind = (entry.external_attr >> 16) & 0o170000
        if not _FILE.fullmatch(name) or entry.orig_filename != name or kind not in (0, 0o100000):
            raise RunError(STRANGE, name=_shown(name))
        if name in seen:
            raise RunError(TWICE, name=name)
        seen.add(name)
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or entry.flag_bits & 1:
            raise RunError(NOT_ZIP)
        if name.endswith(".json") and entry.file_size > MAX_JSON:
            raise _too_large()
        events += entry.file_size if name.startswith("events/") else 0
        if events > MAX_EVENT_BYTES:
            raise _too_large()
        if entry.file_size > 1 << 20 and entry.file_size > MAX_RATIO * max(entry.compress_size, 1):
            raise _too_large()


def _shown(name: str) -> str:
    return "".join(c if c.isascii() and c.isprintable() else "?" for c in name[:60])


# --- the files -------------------------------------------------------------------------------------------------------


def _record(raw: bytes, catalogue: Catalogue) -> RunRecord:
    """A record of which only checked values remain: a new id, the state at rest, no owner, no error text."""
    old = parse_record(raw)
    spec = catalogue.check(old.spec)
    plain = {k: v for k, v in old.versions.items() if _NAME.fullmatch(k) and _VERSION.fullmatch(v)}
    return RunRecord(
        id="",
        spec=spec,
        hash=specs.spec_hash(spec),
        state=old.state if old.state in ("done", "stopped", "paused") else "stopped",
        created=time.time(),
        started=_time(old.started),
        finished=_time(old.finished),
        elapsed=min(max(0.0, old.elapsed), 1e9),
        step=old.step,
        total=old.total,
        versions=plain,
        threads=min(old.threads, 8),
        dtype=old.dtype if _NAME.fullmatch(old.dtype) else "",
        origin="imported",
        private=True,
        info=_info(old.info, spec.dataset, catalogue),
        floors={k: v for k, v in old.floors.items() if _NAME.fullmatch(k)},
        schedule=old.schedule,
        energy_wh=min(max(0.0, old.energy_wh), 1e9),
        preset=old.preset if old.preset in catalogue.presets() else "",
    )


def _time(value: float | None) -> float | None:
    return value if value is not None and 0 <= value < 1e10 else None


def _info(info: DataInfo | None, dataset: str | None, catalogue: Catalogue) -> DataInfo | None:
    """The data's description, which sizes a model: of the data set's modality, and with labels fit to be shown."""
    if info is None or dataset is None:
        return None
    labels = (*info.classes, *(info.vocabulary if info.modality not in ("text", "melody", "names") else ()))
    symbols = all(len(v) <= 16 and all(c.isprintable() or c in "\n\t" for c in v) for v in info.vocabulary)
    if (
        info.modality != catalogue.datasets[dataset]["modality"]
        or not symbols
        or not all(_LABEL.fullmatch(v) for v in labels)
    ):
        raise RunError(BAD_FILE, name="run.json")
    return info


def _events(name: str, data: bytes) -> list[dict[str, Any]]:
    """The lines of a segment, with nothing in them but steps and numbers."""
    lines = parse_events(data)
    if len(lines) != len([text for text in data.decode("utf-8", "replace").splitlines() if text.strip()]):
        raise RunError(BAD_FILE, name=name)
    if not all(_NAME.fullmatch(k) for line in lines for k in line.get("values", {})):
        raise RunError(BAD_FILE, name=name)
    keys = ("step", "total", "values")
    return [{"resume": x["resume"]} if "resume" in x else {k: x[k] for k in keys if k in x} for x in lines]


def _report(raw: bytes, known: Container[str]) -> dict[str, Any]:
    """Numbers alone, and the finding where its message id is known; figures and mappings are text from outside."""
    try:
        data = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise RunError(BAD_FILE, name="report.json") from error
    if not isinstance(data, dict):
        raise RunError(BAD_FILE, name="report.json")
    finding, params = data.get("finding"), data.get("params")
    kept = {}
    if isinstance(params, dict):
        kept = {k: v for k, v in params.items() if _NAME.fullmatch(k) and (isinstance(v, bool) or _number(v))}
    if not isinstance(finding, str) or not (finding == TRAINED or finding in known):
        finding = ""
    if not {field for _, field, _, _ in string.Formatter().parse(finding) if field is not None} <= set(kept):
        finding = ""
    return {
        "finding": finding,
        "params": kept if finding else {},
        "metrics": _metrics(data.get("metrics")),
        "control": _metrics(data.get("control")),
        "figures": {},
        "mapping": {},
    }


def _metrics(data: Any) -> dict[str, dict[str, Any]]:
    if not isinstance(data, Mapping):
        return {}
    found = {}
    for name, metric in list(data.items())[:100]:
        if _NAME.fullmatch(name) and isinstance(metric, dict) and _number(metric.get("value")):
            numbers = {k: metric[k] if _number(metric.get(k)) else None for k in ("low", "high", "floor")}
            better = metric.get("better") if metric.get("better") in ("low", "high") else ""
            found[name] = {"value": metric["value"]} | numbers | {"unit": "", "better": better}
    return found


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e300


def _text(name: str, data: bytes) -> bytes:
    """The text of a frame without control characters. It is shown as text, never as markup."""
    try:
        shown = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RunError(BAD_FILE, name=name) from error
    if len(data) > MAX_TEXT:
        raise RunError(BAD_FILE, name=name)
    return "".join(c for c in shown if c.isprintable() or c == "\n").encode()


def _picture(name: str, data: bytes) -> np.ndarray:
    """The picture of a frame, to be encoded anew: what is kept is what Pillow saw, and no metadata."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(data), formats=("WEBP",)) as image:
            if image.width * image.height > MAX_PIXELS or getattr(image, "n_frames", 1) != 1:
                raise RunError(BAD_FILE, name=name)
            return np.asarray(image.convert("RGB"))
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        raise RunError(BAD_FILE, name=name) from error


def _write(store: Store, record: RunRecord, files: Mapping[str, bytes]) -> str:
    """The checked files as a new run; run.json comes last, so that it appears whole."""
    record.id = f"{record.hash}-{secrets.token_hex(3)}"
    store.files.make(record.id)
    try:
        for name, data in files.items():
            store.files.write(f"{record.id}/{name}", data)
        store.write(record)
    except BaseException:
        store.files.remove_folder(record.id)
        raise
    return record.id
