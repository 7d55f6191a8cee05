"""Builds assets/sunspots.csv from the public-domain table that statsmodels carries, and records where it comes from.

python -m pip download --no-deps --dest DIR statsmodels==0.15.0     (the wheel is only read, never installed)
python -m genai_core.datasets.build.sunspots --wheel DIR/statsmodels-0.15.0-….whl
"""

from __future__ import annotations

import argparse
import hashlib
import tomllib
import zipfile
from pathlib import Path

from genai_core.datasets.build.assets import expect, toml
from genai_core.datasets.files import ASSETS, sha256

NAME = "sunspots.csv"
CSV = "statsmodels/datasets/sunspots/sunspots.csv"
CSV_SHA256 = "f67889b1d9002cd5227f0e0ef54e35b419cdd85a31279adef6f73fb41e5c0a9b"


def sunspots(wheel: Path) -> str:
    """``year,sunspots`` and a line for each of the 309 years from 1700 to 2008."""
    raw = zipfile.ZipFile(wheel).read(CSV)
    expect(CSV, hashlib.sha256(raw).hexdigest(), CSV_SHA256)
    rows = [line.split(",") for line in raw.decode("ascii").split()[1:]]
    if [int(year) for year, _ in rows] != list(range(1700, 2009)):
        raise SystemExit(f"{CSV}: not the years from 1700 to 2008, one a line")
    return "year,sunspots\n" + "".join(f"{int(year)},{float(value):g}\n" for year, value in rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--wheel", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=ASSETS)
    args = parser.parse_args()
    (args.out / NAME).write_text(sunspots(args.wheel), encoding="ascii", newline="\n")
    path = args.out / "PROVENANCE.toml"
    records = tomllib.loads(path.read_text(encoding="utf-8")) | {
        NAME: {
            "title": "Yearly mean sunspot numbers, 1700 to 2008",
            "creators": "National Geophysical Data Center (yearly sunspot numbers)",
            "licence": "public domain",
            "package": "statsmodels 0.15.0 (BSD-3-Clause; it calls this table public domain)",
            "file": CSV,
            "source_sha256": {CSV: CSV_SHA256},
            "changes": "plain years and values",
            "script": "python -m genai_core.datasets.build.sunspots",
            "sha256": sha256(args.out / NAME),
        }
    }
    path.write_text(toml(records), encoding="utf-8")


if __name__ == "__main__":
    main()
