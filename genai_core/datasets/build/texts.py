"""Builds the texts in assets/ and their entries in PROVENANCE.toml from the sources, which are checked by SHA-256.

apt-get download r-cran-janeaustenr                       (only read: neither R nor the package is needed)
npm pack chinese-poetry@2.0.1                             (85 MB, read as a stream)
python -m pip download --no-deps opencc-python-reimplemented==0.1.7     (only its tables are read)
python -m genai_core.datasets.build.texts --austen FILE.deb --poems FILE.tgz --tables FILE.whl
"""

from __future__ import annotations

import argparse
import io
import json
import lzma
import re
import struct
import tarfile
import tomllib
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from genai_core.datasets.build.assets import expect, toml
from genai_core.datasets.files import ASSETS, sha256

SCRIPT = "python -m genai_core.datasets.build.texts"
DEB_SHA256 = "df6bddf211906d1ff404f8ff662c21b34e6660e7f54a311084e749050c019c95"
POEMS_SHA256 = "25b549e46919c3a0569db6b68ddc96956b04a484ea4518ad2bbd4f137e307e86"
TABLES_SHA256 = "41b3b92943c7bed291f448e9c7fad4b577c8c2eae30fcfe5a74edf8818493aa6"
NOVELS = ("PRIDE AND PREJUDICE", "SENSE AND SENSIBILITY", "Persuasion")
LETTERS = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ .,;:!?'\"-()")
CHARACTERS = 3000  # Chinese characters kept, the most frequent ones
POEMS = re.compile(r"package/dist/quantangshi/poet\.tang\.(\d+)\.json")
QUATRAIN = re.compile(r"([\u4e00-\u9fff]{5}，[\u4e00-\u9fff]{5}。){2}|([\u4e00-\u9fff]{7}，[\u4e00-\u9fff]{7}。){2}")
# Variant forms that the tables leave as they are, and the form in use today: a pair each.
VARIANTS = dict(
    """疎疏 遶绕 鴈雁 猨猿 劒剑 簷檐 堦阶 蘂蕊 褭袅 鬬斗 鬪斗 櫂棹 徧遍 嬾懒 慙惭 秪只 谿溪 棃梨 妬妒 斾旆 呌叫 桮杯 秖只 幷并 巵卮 廻回 鏁锁
    顦憔 顇悴 髪发 牋笺 飜翻 媿愧 彊强 擡抬 𬬻炉 暎映 煖暖 隄堤 僊仙 珮佩 壻婿 祇只 毬球 嚬颦 帬裙 燄焰 筯箸 臯皋 麤粗 罇樽 隣邻 歛敛 趂趁
    醆盏 粧妆 讐仇 懃勤 檝楫 缾瓶 竝并 蔕蒂 慇殷 窓窗 鵶鸦 揜掩 牓榜 栢柏 邨村 盌碗 羇羁 怱匆 覩睹 椀碗 蕚萼 荅答 悮误 碁棋 珪圭 鲙脍""".split()
)
BLOCK, EVERY = 40, 10  # poems in a row that stay together; one block in ten is held out


# --- Austen ----------------------------------------------------------------------------------------------------------


def members(deb: Path) -> Iterator[tuple[str, bytes]]:
    """The members of a .deb, which is an ar archive (deb(5)): 60 bytes of header, then the data, padded to even length."""
    raw = deb.read_bytes()
    at = 8
    while at < len(raw):
        name, size = raw[at : at + 16].decode().strip().rstrip("/"), int(raw[at + 48 : at + 58])
        yield name, raw[at + 60 : at + 60 + size]
        at += 60 + size + size % 2


def vectors(database: bytes) -> Iterator[list[str]]:
    """The character vectors of an R lazy-load database: each a length, then zlib data, in which R's XDR serialisation
    (R Internals, section 1.8) of version 3 holds one STRSXP (16) of CHARSXP (9)."""
    at = 0
    while at < len(database):
        decoder = zlib.decompressobj()
        data = decoder.decompress(database[at + 4 :])
        at = len(database) - len(decoder.unused_data)
        (encoding,) = struct.unpack_from(">i", data, 14)
        here = 18 + encoding
        kind, count = struct.unpack_from(">ii", data, here)
        here += 8
        if data[:2] != b"X\n" or kind & 255 != 16:
            raise SystemExit("the database holds something that is no vector of strings")
        lines = []
        for _ in range(count):
            kind, length = struct.unpack_from(">ii", data, here)
            here += 8
            lines.append(data[here : here + max(0, length)].decode("utf-8"))
            here += max(0, length)
        yield lines


def chapters(lines: list[str]) -> list[list[str]]:
    """The chapters of a novel, each a list of paragraphs on one line; headings, underlines and rare signs left out."""
    text = "\n".join(lines)
    parts = re.split(r"\n(?:VOLUME|CHAPTER|Chapter|Volume) [IVXLC\d]+\.?\n", text)[1:]
    parts[-1] = re.split(r"\n\s*(?:THE END|FINIS|Finis)", parts[-1])[0]
    found = []
    for part in parts:
        paragraphs = [re.sub(r"\s+", " ", p).strip().replace("_", "") for p in re.split(r"\n\s*\n", part)]
        found.append([p for p in paragraphs if p and set(p) <= LETTERS and not p.isupper()])
    return [chapter for chapter in found if chapter]


def austen(deb: Path) -> tuple[str, str]:
    """Training and held-out text: the last tenth of the chapters of each novel is held out."""
    expect(deb.name, sha256(deb), DEB_SHA256)
    data = dict(members(deb))
    archive = tarfile.open(fileobj=io.BytesIO(data["data.tar.xz"]))
    database = archive.extractfile("./usr/lib/R/site-library/janeaustenr/data/Rdata.rdb").read()
    train, heldout = [], []
    for lines in vectors(database):
        if lines[0] in NOVELS:
            parts = chapters(lines)
            cut = len(parts) - round(len(parts) / 10)
            train += [p for chapter in parts[:cut] for p in chapter]
            heldout += [p for chapter in parts[cut:] for p in chapter]
    known = set(train)
    return "\n\n".join(train) + "\n\n", "\n\n".join(p for p in heldout if p not in known) + "\n\n"


# --- Tang ------------------------------------------------------------------------------------------------------------


def simplifier(wheel: Path) -> Callable[[str], str]:
    """Traditional to simplified characters by the tables of OpenCC: the longest known phrase first, else the character."""
    archive, table = zipfile.ZipFile(wheel), {}
    for name in ("TSCharacters", "TSPhrases"):
        for line in archive.read(f"opencc/dictionary/{name}.txt").decode("utf-8").splitlines():
            old, _, new = line.partition("\t")
            table[old] = new.split()[0]
    longest = max(map(len, table))

    def simplify(text: str) -> str:
        found, at = [], 0
        while at < len(text):
            here = next((text[at : at + n] for n in range(longest, 0, -1) if text[at : at + n] in table), None)
            found.append(text[at] if here is None else table[here])
            at += len(here or text[at])
        return "".join(VARIANTS.get(symbol, symbol) for symbol in "".join(found))

    return simplify


def quatrains(tgz: Path, simplify: Callable[[str], str]) -> list[str]:
    """The quatrains of five and of seven characters among the Complete Tang Poems, simplified, each once, in their order:
    two couplets on a line each."""
    files = {}
    with tarfile.open(tgz, "r|gz") as archive:
        for member in archive:
            if found := POEMS.fullmatch(member.name):
                files[int(found[1])] = json.load(archive.extractfile(member))
    poems = {}
    for _, entries in sorted(files.items()):
        for entry in entries:
            text = "".join(entry["paragraphs"])
            if QUATRAIN.fullmatch(text):
                text = simplify(text)
            if QUATRAIN.fullmatch(text):  # some rare characters become rarer ones
                poems[text[: len(text) // 2] + "\n" + text[len(text) // 2 :]] = None
    return list(poems)


def tang(tgz: Path, wheel: Path) -> tuple[str, str]:
    """Poems of the ``CHARACTERS`` most frequent characters alone; of the held-out ones, those that share no couplet with
    the training part."""
    expect(tgz.name, sha256(tgz), POEMS_SHA256)
    expect(wheel.name, sha256(wheel), TABLES_SHA256)
    poems = quatrains(tgz, simplifier(wheel))
    counts = Counter(c for poem in poems for c in poem if c not in "，。\n")
    common = {c for c, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:CHARACTERS]} | set("，。\n")
    poems = [poem for poem in poems if set(poem) <= common]
    train = [poem for i, poem in enumerate(poems) if i // BLOCK % EVERY != EVERY - 1]
    couplets = {couplet for poem in train for couplet in poem.split("\n")}
    symbols = set("".join(train)) | {"\n"}
    heldout = [
        poem
        for i, poem in enumerate(poems)
        if i // BLOCK % EVERY == EVERY - 1 and couplets.isdisjoint(poem.split("\n")) and set(poem) <= symbols
    ]
    return "\n\n".join(train) + "\n\n", "\n\n".join(heldout) + "\n\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--austen", type=Path, required=True)
    parser.add_argument("--poems", type=Path, required=True)
    parser.add_argument("--tables", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=ASSETS)
    args = parser.parse_args()
    records = {
        "austen.txt.xz": {
            "title": "Jane Austen: Pride and Prejudice, Sense and Sensibility, Persuasion",
            "creators": "Jane Austen (1811 to 1818); Project Gutenberg; Julia Silge (the R package janeaustenr)",
            "licence": "public domain (text); MIT (package)",
            "package": "Debian r-cran-janeaustenr 1.0.0-1",
            "file": "usr/lib/R/site-library/janeaustenr/data/Rdata.rdb",
            "source_sha256": {"r-cran-janeaustenr_1.0.0-1_all.deb": DEB_SHA256},
            "changes": "a paragraph on a line; headings, underlines and paragraphs with rare signs left out; the last tenth of "
            "each novel's chapters held out, less the paragraphs that also stand in the training part",
        },
        "tang.txt.xz": {
            "title": "Quatrains of five and of seven characters from the Complete Tang Poems",
            "creators": "poets of the Tang; JackeyGao and contributors of chinese-poetry",
            "licence": "public domain (text); MIT (collection)",
            "package": "npm chinese-poetry 2.0.1",
            "file": "package/dist/quantangshi/poet.tang.*.json",
            "source_sha256": {
                "chinese-poetry-2.0.1.tgz": POEMS_SHA256,
                "opencc_python_reimplemented-0.1.7-py2.py3-none-any.whl": TABLES_SHA256,
            },
            "changes": "traditional characters made simplified by the tables of opencc-python-reimplemented 0.1.7 (Apache-2.0), "
            "some variants replaced by the form in use; "
            f"poems once each, of the {CHARACTERS} most frequent characters alone; of blocks of {BLOCK} poems every tenth held "
            "out, less the poems that share a couplet with the training part",
        },
    }
    path = args.out / "PROVENANCE.toml"
    all_records = tomllib.loads(path.read_text(encoding="utf-8"))
    for name, (train, heldout) in {
        "austen.txt.xz": austen(args.austen),
        "tang.txt.xz": tang(args.poems, args.tables),
    }.items():
        # A form feed parts what is trained on from what is held out.
        raw = f"{train}\f{heldout}".encode()
        (args.out / name).write_bytes(lzma.compress(raw, preset=9 | lzma.PRESET_EXTREME))
        all_records[name] = records[name] | {"script": SCRIPT, "sha256": sha256(args.out / name)}
        print(name, len(train), len(heldout), len(set(train)), set(heldout) - set(train))
    path.write_text(toml(all_records), encoding="utf-8")


if __name__ == "__main__":
    main()
