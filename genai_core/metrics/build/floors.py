"""Computes the real-against-real floors of every data set on this machine, so that no live run pays for them.

GENAI_MNIST=mnist.npz python -m genai_core.metrics.build.floors
"""

import json

import torch

from genai_core.metrics.quality import FLOORS, meter
from genai_core.registry import datasets


def main() -> None:
    torch.set_num_threads(1)
    floors = json.loads(FLOORS.read_text(encoding="utf-8")) if FLOORS.is_file() else {}
    for key, spec in datasets().items():
        quality = meter(spec.load(), key) if spec.available() else None
        if quality:
            floors[key] = {"fingerprint": quality.fingerprint(), **quality.about(), "floor": quality.compute_floor()}
            print(key, floors[key]["floor"], flush=True)
    FLOORS.write_text(json.dumps(floors, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
