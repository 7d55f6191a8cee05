"""Builds assets/patients.csv from the table inside the scikit-learn package, and records where it comes from.

python -m pip download --no-deps --dest DIR scikit-learn==1.9.1     (the wheel is only read, never installed)
python -m genai_core.datasets.build.patients --wheel DIR/scikit_learn-1.9.1-….whl

Values stay as they are written there; rows are shuffled, and three tenths of each diagnosis held out, with the seed.
"""

from __future__ import annotations

import argparse
import hashlib
import tomllib
import zipfile
from pathlib import Path

import numpy as np

from genai_core.datasets.build.assets import expect, toml
from genai_core.datasets.files import ASSETS, sha256
from genai_core.datasets.patients import CLASSES, COLUMNS, HELDOUT, NAME

CSV = "sklearn/datasets/data/breast_cancer.csv"
CSV_SHA256 = "fed3eb72d0575ef6192293f5093c6e801b1476b577d0386bf4455504522172ed"
SEED = 20260101


def patients(raw: bytes) -> str:
    """``part,diagnosis`` and the thirty columns: 398 rows to train on, then 171 held out."""
    expect(CSV, hashlib.sha256(raw).hexdigest(), CSV_SHA256)
    head, *lines = raw.decode("ascii").split()
    rows = [line.split(",") for line in lines]
    if head != "569,30,malignant,benign" or len(rows) != 569 or {len(row) for row in rows} != {31}:
        raise SystemExit(f"{CSV}: not 569 rows of 30 values and a diagnosis")
    labels = np.array([int(row[-1]) for row in rows])
    rng = np.random.default_rng(SEED)
    heldout = np.concatenate([rng.permutation(np.flatnonzero(labels == k))[:n] for k, n in enumerate(HELDOUT)])
    train = rng.permutation(np.setdiff1d(np.arange(569), heldout))
    parts = [("train", i) for i in train] + [("heldout", i) for i in rng.permutation(heldout)]
    body = [",".join([part, CLASSES[labels[i]], *rows[i][:-1]]) for part, i in parts]
    return "\n".join([",".join(["part", "diagnosis", *COLUMNS]), *body]) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wheel", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=ASSETS)
    args = parser.parse_args()
    (args.out / NAME).write_text(patients(zipfile.ZipFile(args.wheel).read(CSV)), encoding="ascii", newline="\n")
    path = args.out / "PROVENANCE.toml"
    records = tomllib.loads(path.read_text(encoding="utf-8")) | {
        NAME: {
            "title": "Breast Cancer Wisconsin (Diagnostic): 30 measures of 569 breast masses, 398 to train on, 171 held out",
            "creators": "William H. Wolberg, W. Nick Street, Olvi L. Mangasarian (1995), UCI Machine Learning Repository, doi:10.24432/C5DW2B",
            "licence": "CC BY 4.0",
            "package": "scikit-learn 1.9.1 (BSD-3-Clause; it calls the table a copy of UCI's)",
            "file": CSV,
            "source_sha256": {CSV: CSV_SHA256},
            "changes": "rows shuffled and split with the seed, three tenths of each diagnosis held out; columns and parts named",
            "script": "python -m genai_core.datasets.build.patients",
            "seed": SEED,
            "sha256": sha256(args.out / NAME),
        }
    }
    path.write_text(toml(records), encoding="utf-8")


if __name__ == "__main__":
    main()
