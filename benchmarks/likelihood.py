"""The bound of a shipped run over all held-out images, without the two-phase estimate of its report.

    GENAI_MNIST=mnist.npz python -m benchmarks.likelihood [--preset vae-published] [--images 10000] [--k 5000]

Prints the mean IWAE-k in nats with its 95 % interval over images, under the fixed binarisation of the reports.
"""

from __future__ import annotations

import argparse
import datetime
import time

import torch

from genai_core.looks import learned
from genai_core.runs.store import Store
from genai_core.training import stream


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--preset", default="vae-published")
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--k", type=int, default=5000)
    options = parser.parse_args()
    torch.set_num_threads(1)
    store = Store("store")
    found = learned(store.open(store.gallery_index()[options.preset]))
    _, x, y = found.model.heldout(found.data(), options.images)
    start, parts = time.monotonic(), []
    for low in range(0, len(x), 100):
        labels = None if y is None else y[low : low + 100]
        parts.append(found.model.bound(x[low : low + 100], labels, options.k, stream(low, "bound")))
        mean, error = torch.cat(parts).mean(), torch.cat(parts).std() / sum(map(len, parts)) ** 0.5
        print(f"{sum(map(len, parts)):6d}: {mean:.2f} ± {1.96 * error:.2f}", end="\r", flush=True)
    print(
        f"{options.preset}, {datetime.date.today()}: IWAE-{options.k} {mean:.2f} nats, "
        f"95 % {mean - 1.96 * error:.2f} to {mean + 1.96 * error:.2f} over {len(x)} images, {time.monotonic() - start:.0f} s"
    )


if __name__ == "__main__":
    main()
