"""The job's side of a run folder. Torch-free but for checkpoints, whose tensors are torch's."""

from __future__ import annotations

import dataclasses
import io
import json
import math
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from genai_core.contracts import Report, State
from genai_core.runs.store import Run, Store, check_id

if TYPE_CHECKING:
    import numpy as np
    import torch

SEGMENT_SECONDS = 1.0


class RunWriter:
    """Writes one run: buffers events and writes them as numbered segments, at most one a second, each with a fresh record.

    ``record`` is the writer's own copy: change its fields, and they are written with the next segment or ``set_state``.
    """

    def __init__(self, store: Store, run_id: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.store = store
        self.id = check_id(run_id)
        self.run = Run(store.files, store.path(run_id, "run.json").removesuffix("run.json").rstrip("/"))
        self.record = self.run.record()
        self._clock = clock
        self._lines: list[str] = []
        self._flushed = -math.inf
        names = store.files.names(self.run.path("events"))
        self._segment = max((int(n[:-6]) for n in names if n.endswith(".jsonl") and n[:-6].isdigit()), default=0)

    def begin(self, resume: int | None = None) -> None:
        """The run is running from now. ``resume``: the step it goes on from; later events and frames are taken back."""
        if resume is None and self._segment:
            resume = 0  # cut off before its first checkpoint: what it told so far is told again
        if resume is not None:
            self._lines.append(json.dumps({"resume": resume}))
            for step in self.run.frames():
                if step > resume:
                    self.run.drop_frame(step)
            self.record.step = resume
        if self.record.started is None:
            self.record.started = time.time()
        self.record.finished = self.record.error = None
        self.set_state("running")

    def event(self, step: int, total: int | None, values: Mapping[str, float]) -> None:
        """A line of the history. JSON has no NaN: a value that is not finite is written as null."""
        plain = {k: float(v) if math.isfinite(v) else None for k, v in values.items()}
        self._lines.append(json.dumps({"step": step, "total": total, "values": plain}))
        self.record.step, self.record.total = step, total
        if self.due():
            self.flush()

    def due(self) -> bool:
        """Whether a segment may be written now."""
        return self._clock() - self._flushed >= SEGMENT_SECONDS

    def flush(self) -> None:
        """Write the buffered events as the next segment, and the record."""
        if self._lines:
            self._segment += 1
            self.store.files.write(
                self.run.path(f"events/{self._segment:06d}.jsonl"), ("\n".join(self._lines) + "\n").encode()
            )
            self._lines.clear()
        self._flushed = self._clock()
        self.store.write(self.record)

    def frame(self, step: int, shown: np.ndarray | str) -> None:
        """What a person sees at a step: uint8 (H, W) or (H, W, 3), written as lossless WebP, or a text."""
        if isinstance(shown, str):
            self.store.files.write(self.run.path(f"frames/{step:06d}.txt"), shown.encode())
        else:
            self.store.files.write(self.run.path(f"frames/{step:06d}.webp"), encode_frame(shown))

    def checkpoint(self, tensors: Mapping[str, torch.Tensor], meta: Mapping[str, Any]) -> None:
        """Replace the checkpoint; the events up to it are written first, so that a resume from it has them all."""
        from safetensors.torch import save

        self.flush()
        self.store.files.write(self.run.path("weights.safetensors"), save(dict(tensors), {"meta": json.dumps(meta)}))

    def report(self, report: Report) -> None:
        self.store.files.write(
            self.run.path("report.json"),
            json.dumps(report_to_json(report), ensure_ascii=False, allow_nan=False).encode(),
        )

    def set_state(self, state: State) -> None:
        """Write what is buffered, and the state."""
        self.record.state = state
        if state in ("done", "stopped", "failed"):
            self.record.finished = time.time()
        self.flush()


def encode_frame(picture: np.ndarray) -> bytes:
    """A uint8 (H, W) or (H, W, 3) picture as lossless WebP."""
    from PIL import Image

    out = io.BytesIO()
    Image.fromarray(picture).convert("RGB").save(out, "WEBP", lossless=True, quality=40, method=2)
    return out.getvalue()


def report_to_json(report: Report) -> dict[str, Any]:
    """A report as plain JSON: metrics as objects, numbers that are not finite as null."""
    return _finite(dataclasses.asdict(report))


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(k): _finite(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(v) for v in value]
    if hasattr(value, "tolist"):
        return _finite(value.tolist())
    return None if isinstance(value, float) and not math.isfinite(value) else value
