"""What must hold of a store after a kill at any moment."""

import io

from PIL import Image
from safetensors.torch import load

from genai_core.runs.store import Store
from genai_core.runs.watch import Watcher


def readable(store: Store) -> int:
    """Every run that the store lists opens, part by part; returns how many there are."""
    records = store.list()
    assert len(records) == len([i for i in store.ids() if "run.json" in store.files.names(store.path(i, "x")[:-2])])
    for record in records:
        run = store.open(record.id)
        steps = [e["step"] for e in run.events()]
        assert steps == sorted(steps)
        for step in run.frames():
            Image.open(io.BytesIO(run.frame(step))).load()
        checkpoint = run.checkpoint()
        if checkpoint is not None:
            assert load(run.weights())
            assert not steps or steps[-1] >= checkpoint["step"]
        if record.state == "done":
            assert run.report() and steps[-1] == record.step == checkpoint["step"]
        assert Watcher(store).snapshot(record.id).record == run.record()
    return len(records)
