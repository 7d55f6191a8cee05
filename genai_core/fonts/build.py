"""Builds cjk.ttf, the list of its characters and PROVENANCE.toml from the Debian package fonts-wqy-microhei.

python -m genai_core.fonts.build --source wqy-microhei.ttc     (needs fonttools, which requirements-dev.txt brings)
"""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import sys
from pathlib import Path

from genai_core.fonts import FOLDER

PACKAGE = "fonts-wqy-microhei 0.2.0-beta-3.1 (Debian)"
SOURCE_SHA256 = "2420e8078af796b19a3f6ef13de527a1a91c1e7171eea115926c614ced1009b3"
SIGNS = "".join(map(chr, [*range(0x20, 0x7F), *range(0xA0, 0x180), *range(0x391, 0x3CA), *range(0x2010, 0x2028), *range(0x2070, 0x20A0)]))
MORE = "€™←↑→↓↔⇒∀∂∃∅∆∇∈∏∑−√∝∞∧∨∩∪∫≈≠≡≤≥□■▲△○●★☆✓✗①②③④⑤⑥⑦⑧⑨⑩"


def gb2312() -> str:
    """Every character of GB 2312-80: rows 1 to 9 and 16 to 87 of 94 places."""
    rows = [*range(1, 10), *range(16, 88)]
    places = (bytes([0xA0 + row, 0xA0 + cell]) for row in rows for cell in range(1, 95))
    return "".join(place.decode("gb2312", "ignore") for place in places)


def build(source: Path) -> None:
    found = hashlib.sha256(source.read_bytes()).hexdigest()
    if found != SOURCE_SHA256:
        raise SystemExit(f"{source} is another file than that of {PACKAGE}: its SHA-256 is {found}.")
    wanted = FOLDER / "cjk.txt"
    wanted.write_text("".join(sorted(set(gb2312() + SIGNS + MORE))), encoding="utf-8")
    target = FOLDER / "cjk.ttf"
    options = ["--font-number=0", "--no-hinting", "--desubroutinize", "--drop-tables+=GSUB,GPOS,GDEF,kern", "--notdef-outline", "--name-IDs=*"]
    command = [sys.executable, "-m", "fontTools.subset", str(source), f"--text-file={wanted}", f"--output-file={target}", *options]
    subprocess.run(command, check=True)
    wanted.write_text("".join(sorted(_has(target) & set(wanted.read_text("utf-8")))), encoding="utf-8")
    (FOLDER / "PROVENANCE.toml").write_text(
        f'["cjk.ttf"]\npackage = "{PACKAGE}"\nfile = "wqy-microhei.ttc, first face: WenQuanYi Micro Hei"\n'
        'creators = "The WenQuanYi Project Board of Trustees, Qianqian Fang, mozbug, 2008-2009; based on the Droid fonts, Google 2006-2008"\n'
        'licence = "Apache-2.0 (of Apache-2.0 or GPL-3+ with font exception), LICENSE.txt"\n'
        'changed = "characters outside GB 2312, Latin, Greek and some signs left out; hinting and layout tables dropped"\n'
        'script = "python -m genai_core.fonts.build"\n'
        f'sha256 = "{hashlib.sha256(target.read_bytes()).hexdigest()}"\nsource_sha256 = "{SOURCE_SHA256}"\n',
        encoding="utf-8",
    )


def _has(font: Path) -> set[str]:
    """The characters of a TrueType file."""
    command = [sys.executable, "-c", "import sys; from fontTools.ttLib import TTFont; print(*TTFont(sys.argv[1]).getBestCmap())", str(font)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return set(map(chr, map(int, done.stdout.split())))


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--source", type=Path, required=True)
    build(arguments.parse_args().source)
