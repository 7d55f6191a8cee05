"""Keeps the catalogues in step with the code. A tool for developers; the app never imports it.

    python -m genai_core.messages extract        print every message of the code, as a template
    python -m genai_core.messages update         new messages into every catalogue, old ones out
    python -m genai_core.messages check          say what is untranslated, stray or broken; exit code 1 if anything is
    python -m genai_core.messages add LANGUAGE   begin a language

A message is the literal first argument of ``t(...)``, ``_(...)`` or ``N_(...)``, or the first two of ``t.n(...)``.
"""

from __future__ import annotations

import argparse
import ast
import io
import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po

from genai_core import i18n

ROOT = Path(__file__).parent.parent
HEADER = """msgid ""
msgstr ""
"Language: {c.locale_identifier}\\n"
"Plural-Forms: {c.plural_forms}\\n"
"Content-Type: text/plain; charset=utf-8\\n"

"""
PARTS = {
    "formulas": re.compile(r"\$\$?[^$]+\$"),
    "links": re.compile(r"\]\(([^)]+)\)"),
    "code": re.compile(r"`[^`]+`"),
}


def sources(root: Path = ROOT) -> list[Path]:
    """Every Python file whose messages a reader can meet."""
    return sorted(path for part in ("app.py", "pages", "genai_core") for path in _python(root / part))


def _python(path: Path) -> Iterator[Path]:
    return path.rglob("*.py") if path.is_dir() else iter([path] if path.exists() else [])


def extract(root: Path = ROOT) -> Catalog:
    """A template of every message in the code, with the files it stands in."""
    template = Catalog(project="GenAI in the Balance", charset="utf-8")
    for path in sources(root):
        for node in ast.walk(ast.parse(path.read_text("utf-8"), str(path))):
            if isinstance(node, ast.Call):
                for message in _messages(node):
                    template.add(message, locations=[(path.relative_to(root).as_posix(), node.lineno)])
    return template


def _messages(call: ast.Call) -> list[str | tuple[str, str]]:
    """What a call marks. By syntax, not by tokens as Babel's own extractor: ``t(preset["title"])`` marks nothing."""
    name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
    if name in ("t", "_", "N_") and call.args:
        return _literals(call.args[0])
    if name == "n" and isinstance(call.func, ast.Attribute) and len(call.args) > 2:
        return list(zip(_literals(call.args[0]), _literals(call.args[1]), strict=False))
    return []


def _literals(node: ast.expr) -> list[str]:
    if isinstance(node, ast.IfExp):
        return _literals(node.body) + _literals(node.orelse)
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value else []


def read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=path.parent.parent.name)


def write(path: Path, catalogue: Catalog) -> None:
    """Write a catalogue sorted, without dates and line numbers, so that only changed messages show up as changed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    body = io.BytesIO()
    write_po(body, catalogue, width=0, sort_output=True, ignore_obsolete=True, include_lineno=False, omit_header=True)
    path.write_text(HEADER.format(c=catalogue) + body.getvalue().decode("utf-8"), encoding="utf-8")


def broken_emphasis(text: str) -> list[str]:
    """Bold words that Markdown would not set: it takes the asterisks for text where punctuation lies inside them and a letter
    outside (CommonMark 6.2), as happens in languages without spaces."""
    return [
        m.group()
        for m in re.finditer(r"\*\*[^*]+\*\*", text)
        if (_punctuation(m.group()[-3]) and _letter(text[m.end() : m.end() + 1]))
        or (_punctuation(m.group()[2]) and _letter(text[max(0, m.start() - 1) : m.start()]))
    ]


def _punctuation(character: str) -> bool:
    return character not in "{}" and unicodedata.category(character)[0] in "PS"


def _letter(character: str) -> bool:
    return bool(character) and not character.isspace() and (character in "{}" or not _punctuation(character))


def paths() -> list[Path]:
    return sorted(i18n.FOLDER.glob("*/LC_MESSAGES/messages.po"))


def problems(template: Catalog, catalogue: Catalog) -> list[str]:
    """What is wrong with a catalogue, a sentence each: missing, untranslated, fuzzy, stray, or with parts changed."""
    found = [f"not in the catalogue: {m.id!r}" for m in template if m.id and m.id not in catalogue]
    for message in catalogue:
        if not message.id:
            continue
        if message.id not in template:
            found.append(f"no longer in the code: {message.id!r}")
        elif message.fuzzy:
            found.append(f"marked fuzzy: {message.id!r}")
        elif not all(_strings(message)):
            found.append(f"untranslated: {message.id!r}")
        else:
            found += _changed(message)
    return found


def _strings(message: Message) -> tuple[str, ...]:
    return message.string if isinstance(message.string, tuple) else (message.string,)


def _changed(message: Message) -> Iterator[str]:
    """Fields, formulas, links and code must come through a translation as they are; a singular may leave out ``{n}``."""
    original = message.id[-1] if isinstance(message.id, tuple) else message.id
    strings = _strings(message)
    for number, string in enumerate(strings):
        for broken in broken_emphasis(string):
            yield f"Markdown sets no emphasis there: {broken!r} in {string!r}"
        for name, before in _parts(original).items():
            after = _parts(string)[name]
            if before != after and not (name == "fields" and number < len(strings) - 1):
                yield f"{name} differ: {original!r} has {sorted(before)}, {string!r} has {sorted(after)}"


def _parts(text: str) -> dict[str, Counter[str]]:
    found = {name: Counter(pattern.findall(text)) for name, pattern in PARTS.items()}
    for name in ("formulas", "code"):
        text = PARTS[name].sub("", text)
    return found | {"fields": Counter(m[0] for m in i18n.FIELD.finditer(text) if m[1])}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m genai_core.messages", description="Keep the catalogues in step.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("extract", help="print every message of the code")
    commands.add_parser("update", help="new messages into every catalogue, old ones out")
    commands.add_parser("check", help="say what is untranslated, stray or broken")
    commands.add_parser("add", help="begin a language").add_argument("language", help="its code, such as fr or pt_BR")
    args = parser.parse_args(arguments)
    template = extract()
    if args.command == "extract":
        write_po(sys.stdout.buffer, template, width=0, sort_output=True, include_lineno=False)
        return 0
    if args.command == "add":
        path = i18n.FOLDER / args.language / "LC_MESSAGES" / "messages.po"
        if path.exists():
            print(f"There is a catalogue for {args.language} already.", file=sys.stderr)
            return 2
        write(path, Catalog(locale=args.language, project=template.project, charset="utf-8"))
    count = 0
    for path in paths():
        catalogue = read(path)
        if args.command in ("update", "add"):
            before = {m.id: m for m in catalogue if m.id}
            catalogue.update(template, no_fuzzy_matching=True)
            write(path, catalogue)
            new = sum(m.id not in before for m in catalogue if m.id)
            print(f"{path.parent.parent.name}: {len(catalogue)} messages, {new} new, {len(catalogue.obsolete)} removed")
        else:
            found = problems(template, catalogue)
            count += len(found)
            for sentence in found:
                print(f"{path.parent.parent.name}: {sentence}")
    return int(count > 0)


if __name__ == "__main__":
    sys.exit(main())
