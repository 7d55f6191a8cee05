"""Builds assets/names.csv and assets/brands.txt, and records where they come from.

python -m pip download --no-deps --dest DIR faker==40.63.0 pypinyin==0.55.0     (only read, never installed)
npm pack simple-icons@16.37.0                                                  (the list of names alone is read)
python -m genai_core.datasets.build.names --faker FILE.whl --pypinyin FILE.whl --icons FILE.tgz

A style is what one source lists, in lower-case letters a to z; a name that stands in two styles is left out of both. As many of
each style are drawn with the seed as the smallest has room for.
"""

from __future__ import annotations

import argparse
import ast
import json
import re
import tarfile
import tomllib
import unicodedata
import zipfile
from pathlib import Path

import numpy as np

from genai_core.datasets.build.assets import expect, toml
from genai_core.datasets.files import ASSETS, sha256
from genai_core.datasets.names import BRANDS, FITS, HELDOUT, NAME, STYLES, TRAIN

SEED = 20261128
LOCALES = {"Italian": "it_IT", "Icelandic": "is_IS", "Finnish": "fi_FI", "Turkish": "tr_TR"}
PERSON = "faker/providers/person/{}/__init__.py"
PHRASES, ICONS = "pypinyin/phrases_dict.json", "package/data/simple-icons.json"
SHA256 = {
    "faker": "36627c20b575b4138f54b6c21f8703e9ab122fd487aca11319beec2aa6ca7232",
    "pypinyin": "d53b1e8ad2cdb815fb2cb604ed3123372f5a28c6f447571244aca36fc62a286f",
    "icons": "cd9faf0e6faa8a8fdd15e9632ab4c86fcae4b986fe552b87673149847f2f671d",
}
SPECIAL = str.maketrans({"ø": "o", "æ": "ae", "ð": "d", "þ": "th", "ı": "i", "ß": "ss", "ü": "u"})


def plain(text: str) -> str:
    """Lower-case, without marks above and below letters."""
    apart = unicodedata.normalize("NFKD", text.lower().translate(SPECIAL))
    return "".join(c for c in apart if not unicodedata.combining(c))


def person(source: str) -> set[str]:
    """The given names and surnames that a provider of Faker lists."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            if re.match(r"(first|last)_name", node.targets[0].id) and "format" not in node.targets[0].id:
                words = (c.value for c in ast.walk(node.value) if isinstance(c, ast.Constant))
                found |= {plain(word) for word in words if isinstance(word, str)}
    return {name for name in found if FITS.fullmatch(name)}


def pinyin(phrases: dict[str, list[list[str]]]) -> set[str]:
    """Words of two characters as two syllables in one, without tones."""
    words = ("".join(plain(syllables[0]) for syllables in said) for word, said in phrases.items() if len(word) == 2)
    return {word for word in words if FITS.fullmatch(word)}


def brands(icons: list[dict[str, object]]) -> list[str]:
    """The titles of the icons as single words of the letters a to z, spaces and signs left out."""
    words = {re.sub("[^a-z0-9]", "", plain(str(icon["title"]))) for icon in icons}
    return sorted(word for word in words if re.fullmatch("[a-z]{3,14}", word))


def table(styles: dict[str, set[str]]) -> str:
    """``part,style,name``: 600 of each style to train on, 70 held out, shuffled."""
    rng, rows = np.random.default_rng(SEED), []
    for style in STYLES:
        others = set().union(*(names for other, names in styles.items() if other != style))
        own = sorted(styles[style] - others)
        if len(own) < TRAIN + HELDOUT:
            raise SystemExit(f"{style}: {len(own)} names, {TRAIN + HELDOUT} are needed")
        drawn = rng.permutation(own)[: TRAIN + HELDOUT]
        rows += [("train" if i < TRAIN else "heldout", style, name) for i, name in enumerate(drawn)]
    order = rng.permutation(len(rows))
    return "\n".join(["part,style,name", *(",".join(rows[i]) for i in order)]) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in SHA256:
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=ASSETS)
    args = parser.parse_args()
    for name, digest in SHA256.items():
        expect(getattr(args, name).name, sha256(getattr(args, name)), digest)
    wheel = zipfile.ZipFile(args.faker)
    styles = {style: person(wheel.read(PERSON.format(locale)).decode()) for style, locale in LOCALES.items()}
    styles["Pinyin"] = pinyin(json.loads(zipfile.ZipFile(args.pypinyin).read(PHRASES)))
    with tarfile.open(args.icons) as archive:
        file = archive.extractfile(ICONS)
        assert file is not None
        known = brands(json.load(file))
    (args.out / NAME).write_text(table(styles), encoding="ascii", newline="\n")
    (args.out / BRANDS).write_text("\n".join(known) + "\n", encoding="ascii", newline="\n")
    path = args.out / "PROVENANCE.toml"
    records = tomllib.loads(path.read_text(encoding="utf-8")) | {
        NAME: {
            "title": "3,350 names in five styles: 600 of each to train on, 70 held out",
            "creators": "contributors of Faker (names of four languages); contributors of pypinyin and phrase-pinyin-data (words)",
            "licence": "MIT (Faker); MIT (pypinyin)",
            "package": "faker 40.63.0; pypinyin 0.55.0",
            "file": f"{PERSON.format('{it_IT,is_IS,fi_FI,tr_TR}')}; {PHRASES}",
            "source_sha256": {args.faker.name: SHA256["faker"], args.pypinyin.name: SHA256["pypinyin"]},
            "changes": "lower case, marks and tones left out, 3 to 11 letters; names that stand in two styles "
            "left out; drawn, shuffled and split with the seed",
            "script": "python -m genai_core.datasets.build.names",
            "seed": SEED,
            "sha256": sha256(args.out / NAME),
        },
        BRANDS: {
            "title": f"{len(known):,} existing names of brands and products, most of them of technology",
            "creators": "Simple Icons collaborators",
            "licence": "CC0-1.0 (the list; the names themselves are their owners' marks). No icon is taken",
            "package": "npm simple-icons 16.37.0",
            "file": ICONS,
            "source_sha256": {args.icons.name: SHA256["icons"]},
            "changes": "titles alone; lower case, marks, spaces and signs left out; 3 to 14 letters a to z; sorted",
            "script": "python -m genai_core.datasets.build.names",
            "sha256": sha256(args.out / BRANDS),
        },
    }
    path.write_text(toml(records), encoding="utf-8")


if __name__ == "__main__":
    main()
