"""Builds assets/chorales.txt.xz: pitch and duration of every note of Bach's four-part chorales, and nothing else.

python -m pip download --no-deps --dest DIR music21==10.5.0     (the wheel is only read, never installed)
python -m genai_core.datasets.build.chorales --wheel DIR/music21-10.5.0-….whl

What the files say on redistribution, read by :func:`notice` and counted into the provenance: none carries a licence or a
<rights> element; most credit "PDF © 2003 or 2004 Margaret Greentree", that is the printed page, nearly all of them "used by
permission". A file that says more than that is left out. The works are in the public domain (Bach died in 1750); of a file only
facts are taken, pitches and durations, the signature of key and metre with them: no layout, no words, no fermatas, no titles.
"""

from __future__ import annotations

import argparse
import io
import lzma
import re
import tomllib
import xml.etree.ElementTree as ET
import zipfile
from collections import Counter
from fractions import Fraction
from pathlib import Path

from genai_core.datasets.build.assets import expect, toml
from genai_core.datasets.chorales import NAME, Chorale, write
from genai_core.datasets.files import ASSETS, sha256
from genai_core.metrics.melody import Library, steps

WHEEL_SHA256 = "9924eff5fbf58490e67cbf3b78a58ba53040e77c281930d354af32a747e94606"
FOLDER = "music21/corpus/bach/"
STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
TUNE = 12  # notes of a soprano that two chorales must share to be settings of one tune
EVERY = 9  # of the tunes, one in so many is held out
CREDIT = re.compile(r"PDF\s+©\s*200[34] Margaret Greentree(\s*-\s*used by permission|\s+www\.jsbchorales\.net)?")
WORDS = re.compile(r"©|\(c\)|copyright|licen[cs]e|permission|reserved|redistribut|non-?commercial|public domain", re.I)


class Unfit(Exception):
    """A file that is no chorale in four plain voices; the reason is counted."""


def notice(raw: bytes) -> str:
    """What a file says on rights: "none", "credit" (a PDF is Margaret Greentree's), "credit, used by permission", or "other"."""
    text = raw.decode("utf-8", "replace")
    if "<rights" in text:
        return "other"
    said = [found for found in re.findall(r">([^<>]*)<", text) if WORDS.search(found)]
    kinds = {"permission" if "permission" in s else "credit" for s in said if CREDIT.fullmatch(s.strip())}
    known = [s for s in said if CREDIT.fullmatch(s.strip()) or s.strip() == "used by permission"]
    if len(known) != len(said):
        return "other"
    permission = "permission" in kinds or any(s.strip() == "used by permission" for s in said)
    return "credit, used by permission" if permission else "credit" if kinds else "none"


def voice(part: ET.Element) -> tuple[list[tuple[int, int]], set[str], int, list[int]]:
    """One part's notes (MIDI pitch or 0, sixteenths), its metres, its first key, and how long its measures are."""
    divisions, notes, metres, keys, lengths = 1, [], set(), [], []
    for measure in part.findall("measure"):
        begun = sum(length for _, length in notes)
        for element in measure:
            if element.tag == "attributes":
                divisions = int(element.findtext("divisions") or divisions)
                metres |= {f"{t.findtext('beats')}/{t.findtext('beat-type')}" for t in element.findall("time")}
                keys += [int(k.findtext("fifths") or 0) for k in element.findall("key")]
            elif element.tag in ("backup", "forward"):
                raise Unfit("more than one voice on a staff")
            elif element.tag == "note":
                if element.find("grace") is not None or element.find("chord") is not None:
                    raise Unfit("grace notes or chords on a staff")
                length = Fraction(int(element.findtext("duration") or 0), divisions) * 4
                if length.denominator > 1:
                    raise Unfit("notes off the grid of sixteenths")
                pitch = pitch_of(element)
                tied = any(tie.get("type") == "stop" for tie in element.findall("tie"))
                if tied and notes and notes[-1][0] == pitch:
                    notes[-1] = (pitch, notes[-1][1] + int(length))
                else:
                    notes.append((pitch, int(length)))
        lengths.append(sum(length for _, length in notes) - begun)
    return notes, metres, keys[0] if keys else 0, lengths


def pitch_of(note: ET.Element) -> int:
    """The MIDI number, 0 for a rest."""
    pitch = note.find("pitch")
    if pitch is None:
        return 0
    return (
        12 * (int(pitch.findtext("octave") or 0) + 1)
        + STEPS[pitch.findtext("step") or ""]
        + int(float(pitch.findtext("alter") or 0))
    )


def chorale(name: str, raw: bytes) -> Chorale:
    parts = ET.fromstring(raw).findall("part")
    if len(parts) != 4:
        raise Unfit("not four parts")
    read = [voice(part) for part in parts]
    metres = set().union(*(metres for _, metres, _, _ in read))
    if metres not in ({"4/4"}, {"3/4"}):
        raise Unfit("a metre other than 4/4 or 3/4")
    beats = int(metres.pop()[0])
    if len({sum(lengths) for *_, lengths in read}) != 1:
        raise Unfit("voices of unequal length")
    lengths = read[0][3]
    pickup = lengths[0] if lengths[0] < 4 * beats else 0
    if pickup % 4 or sum(lengths) % 4:
        raise Unfit("a pickup that is no whole beat")
    return Chorale(name, "train", read[0][2], beats, pickup // 4, tuple(tuple(notes) for notes, *_ in read))


def parted(pieces: list[Chorale]) -> list[Chorale]:
    """Settings of one tune stand on one side: of every ninth tune, in the order of their first catalogue number, all settings
    are held out. Pieces that repeat another in all voices, at whatever pitch, are left out."""
    kept: list[Chorale] = []
    seen = set()
    for piece in pieces:
        form = tuple(tuple(steps(line)) for line in piece.voices)
        if form not in seen:
            seen.add(form)
            kept.append(piece)
    tune = list(range(len(kept)))

    def root(i: int) -> int:
        while tune[i] != i:
            i = tune[i]
        return i

    for i, piece in enumerate(kept):
        library = Library([(j, 0, kept[j].voices[0]) for j in range(i)])
        for j in library.sharing(piece.voices[0], TUNE):
            tune[max(root(i), root(j))] = min(root(i), root(j))
    tunes = sorted({root(i) for i in range(len(kept))})
    heldout = set(tunes[EVERY // 2 :: EVERY])
    return [piece._replace(part="heldout" if root(i) in heldout else "train") for i, piece in enumerate(kept)]


def read(wheel: Path) -> tuple[list[Chorale], Counter[str], Counter[str]]:
    """The chorales, why the other files were left out, and what the files that were taken say on rights."""
    expect(wheel.name, sha256(wheel), WHEEL_SHA256)
    pieces, left, notices = [], Counter(), Counter()
    archive = zipfile.ZipFile(wheel)
    for path in sorted(name for name in archive.namelist() if name.startswith(FOLDER)):
        if not path.endswith(".mxl"):
            left["not MusicXML"] += 1
            continue
        inner = zipfile.ZipFile(io.BytesIO(archive.read(path)))
        (score,) = (n for n in inner.namelist() if n.endswith((".xml", ".musicxml")) and "META-INF" not in n)
        raw = inner.read(score)
        said = notice(raw)
        try:
            if said == "other":
                raise Unfit("other terms")
            pieces.append(chorale(path.removeprefix(FOLDER).removesuffix(".mxl"), raw))
            notices[said] += 1
        except Unfit as reason:
            left[str(reason)] += 1
    return parted(sorted(pieces, key=lambda piece: _number(piece.name))), left, notices


def _number(name: str) -> list[tuple[int, str]]:
    """Catalogue numbers in their own order: 9 before 10."""
    return [(int(digits or 0), rest) for digits, rest in re.findall(r"(\d+)?([^\d]*)", name)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wheel", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=ASSETS)
    args = parser.parse_args()
    pieces, left, notices = read(args.wheel)
    raw = write(pieces).encode("ascii")
    (args.out / NAME).write_bytes(lzma.compress(raw, preset=9 | lzma.PRESET_EXTREME))
    print(len(pieces), Counter(p.part for p in pieces), left, notices, (args.out / NAME).stat().st_size)
    path = args.out / "PROVENANCE.toml"
    told = "; ".join(f"{n} files: {said}" for said, n in sorted(notices.items()))
    records = tomllib.loads(path.read_text(encoding="utf-8")) | {
        NAME: {
            "title": f"{len(pieces)} four-part chorales by J. S. Bach: pitch and duration of every note",
            "creators": "Johann Sebastian Bach (1685 to 1750); encoders: Margaret Greentree and contributors of music21",
            "licence": "public domain (the works; pitches and durations are facts). The encodings carry no licence: "
            f"{told}. The credit is of a PDF, the printed page, of which nothing is taken; no file forbids redistribution",
            "package": "music21 10.5.0 (BSD-3-Clause; its corpus is distributed by permission of the encoders and "
            "keeps its own terms)",
            "file": FOLDER + "*.mxl",
            "source_sha256": {args.wheel.name: WHEEL_SHA256},
            "changes": "pitches, durations, key signature and metre of the pieces in four plain voices in 4/4 or 3/4; ties joined; no "
            f"words, titles, layout or fermatas; repeats of a piece left out; of tunes (sopranos that share {TUNE} notes in a row) "
            f"every {EVERY}th is held out with all of its settings",
            "script": "python -m genai_core.datasets.build.chorales",
            "sha256": sha256(args.out / NAME),
        }
    }
    path.write_text(toml(records), encoding="utf-8")


if __name__ == "__main__":
    main()
