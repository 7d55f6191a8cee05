"""Builds assets/levels.npz by the rules in genai_core/datasets/levels.py, and records that.

python -m genai_core.datasets.build.levels
"""

from __future__ import annotations

import argparse
import tomllib
from pathlib import Path

import numpy as np

from genai_core.datasets.build.assets import toml
from genai_core.datasets.files import ASSETS, sha256
from genai_core.datasets.levels import ASSET, SIZES, STYLES, make

SEED = 20261125


def levels() -> dict[str, np.ndarray]:
    """Different levels, the styles in equal parts, shuffled; nothing held out is among those to train on."""
    rng = np.random.default_rng(SEED)
    total, seen, found = sum(SIZES.values()), set(), []
    while len(found) < total:
        level = make(rng, len(found) % len(STYLES))
        if level.tobytes() not in seen:
            seen.add(level.tobytes())
            found.append(level)
    order = rng.permutation(total)
    x, y = np.stack(found)[order], (order % len(STYLES)).astype(np.uint8)
    n = SIZES["train"]
    return {"x_train": x[:n], "y_train": y[:n], "x_heldout": x[n:], "y_heldout": y[n:]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ASSETS)
    args = parser.parse_args()
    np.savez_compressed(args.out / ASSET, **levels())
    path = args.out / "PROVENANCE.toml"
    records = tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    records[ASSET] = {
        "title": "5,000 levels of a maze game, 16 by 16 tiles: 4,000 to train on, 1,000 held out",
        "creators": "this project",
        "licence": "CC0-1.0",
        "package": "none: made by the project",
        "file": "genai_core/datasets/levels.py",
        "source_sha256": {},
        "changes": "none",
        "script": "python -m genai_core.datasets.build.levels",
        "seed": SEED,
        "sha256": sha256(args.out / ASSET),
    }
    path.write_text(toml(records), encoding="utf-8")


if __name__ == "__main__":
    main()
