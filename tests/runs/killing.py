"""A program that starts runs in forked children and kills them at random moments; after every kill the store must be readable.

``python -m tests.runs.killing FOLDER KILLS`` prints JSON: kills, finished runs, moments that were hit, complaints.
"""

import hashlib
import json
import os
import random
import signal
import sys
import time
import traceback

import torch

from genai_core.errors import UserError
from genai_core.runs import job, writer
from genai_core.runs.store import Store
from tests.runs import checks, tiny

STEPS = 10


def fork(store: Store, run_id: str) -> int:
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            code = 0 if job.execute(store, run_id) == "done" else 2
        except BaseException:  # noqa: BLE001 - a child says what it died of
            traceback.print_exc()
        finally:
            os._exit(code)
    return pid


def digest(store: Store, run_id: str) -> str:
    tensors = sorted(job.load_tensors(store.open(run_id)).items())
    return hashlib.sha256(b"".join(v.numpy().tobytes() for k, v in tensors if k.startswith("model/"))).hexdigest()


def main(folder: str, wanted: int) -> None:
    tiny.install(setattr)
    torch.set_num_threads(1)
    # Write as often as can be, so that kills fall into writes.
    writer.SEGMENT_SECONDS = job.CHECKPOINT_SECONDS = 0.0
    job.Training.__init__.__kwdefaults__["meter"] = lambda data, key: None
    import genai_core.training as training

    training.EVENT_SECONDS = training.FRAME_SECONDS = 0.0
    store, rng = Store(folder, gallery=None), random.Random(0)
    kills, finished, started_over, complaints = 0, [], 0, []
    job.execute(store, store.create(tiny.spec(steps=2)))  # warm
    store.delete(store.ids()[0])
    spec = tiny.spec(steps=STEPS)
    other = store.create(tiny.spec(steps=3))
    job.execute(store, other)
    reference = store.create(spec)
    begin = time.monotonic()
    assert job.execute(store, reference) == "done"
    length = time.monotonic() - begin
    while kills < wanted:
        run_id = store.create(spec)
        while True:
            pid = fork(store, run_id)
            time.sleep(rng.uniform(0, 0.4 * length))
            os.kill(pid, signal.SIGKILL)
            _, status = os.waitpid(pid, 0)
            if os.WIFSIGNALED(status):
                kills += 1
            try:
                checks.readable(store)
            except (AssertionError, UserError, ValueError, OSError) as error:
                complaints.append(repr(error))
            if store.open(run_id).record().state == "done":
                break
            if store.recover(set()) not in ([], [run_id]):
                complaints.append("recover found other runs")
            started_over += store.open(run_id).checkpoint() is None
            if kills >= wanted:
                job.execute(store, run_id)
                break
        finished.append(digest(store, run_id))
        store.delete(run_id)
    expected = digest(store, reference)
    print(json.dumps({"kills": kills, "finished": len(finished), "different": sum(f != expected for f in finished),
                      "before_first_checkpoint": started_over, "complaints": complaints[:5]}))  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
