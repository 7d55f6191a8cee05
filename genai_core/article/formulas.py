"""The article's formulas as they should be, every symbol explained, each tied to the lines of code that compute it."""

from __future__ import annotations

import ast
import functools
from dataclasses import dataclass
from pathlib import Path

from genai_core.contracts import N_
from genai_core.errors import DataError
from genai_core.rows import Words, read

ROOT = Path(__file__).parents[2]
FILE = Path(__file__).parent / "formulas.toml"


@dataclass(frozen=True)
class Symbol:
    sign: str  # LaTeX
    says: Words


@dataclass(frozen=True)
class Anchor:
    """A line of code: the file, the function or method around it ("" for none), and text that stands in one line of it alone."""

    file: str
    text: str
    inside: str = ""


@dataclass(frozen=True)
class Formula:
    """``latex`` is one of the formulas of the model ``model`` (a key of the registry). ``article``: its number there, or ""."""

    key: str
    family: str
    model: str
    title: Words
    latex: str
    symbols: tuple[Symbol, ...]
    anchors: tuple[Anchor, ...]
    section: str = ""
    article: str = ""
    note: Words | None = None


@dataclass(frozen=True)
class Excerpt:
    """The statement at an anchor, as it stands in the file now."""

    file: str
    line: int
    code: str


@functools.cache
def formulas() -> tuple[Formula, ...]:
    """In the order of the file. Raises DataError, which names the entry that is wrong."""
    return read(FILE, Formula, "formula")


@functools.cache
def excerpt(anchor: Anchor) -> Excerpt:
    """The whole statement that holds the anchor's text. Raises DataError unless the text stands in exactly one statement."""
    path = ROOT / anchor.file
    if not path.is_file() or not path.resolve().is_relative_to(ROOT / "genai_core"):
        raise DataError(N_("{file} is not a file of this project."), file=anchor.file)
    source = path.read_text("utf-8")
    lines = source.splitlines()
    found = [node for node in _statements(ast.parse(source), anchor.inside) if anchor.text in _code(lines, node)]
    inner = [node for node in found if not any(other is not node and _within(other, node) for other in found)]
    if len(inner) != 1:
        raise DataError(
            N_("“{text}” stands {n} times in {inside} of {file}, not once."),
            text=anchor.text, n=len(inner), inside=anchor.inside, file=anchor.file,
        )  # fmt: skip
    node = inner[0]
    code = lines[node.lineno - 1 : node.end_lineno]
    margin = min(len(line) - len(line.lstrip()) for line in code if line.strip())
    return Excerpt(anchor.file, node.lineno, "\n".join(line[margin:] for line in code))


def _statements(tree: ast.Module, inside: str) -> list[ast.stmt]:
    """Every statement below the functions of this name, ``Class.method`` naming one of several; without a name, those of the module."""
    if not inside:
        return tree.body
    owner, _, name = inside.rpartition(".")
    scopes = [tree] if not owner else [n for n in ast.walk(tree) if isinstance(n, ast.ClassDef) and n.name == owner]
    around = [n for scope in scopes for n in ast.walk(scope) if isinstance(n, ast.FunctionDef) and n.name == name]
    return [node for function in around for node in ast.walk(function) if isinstance(node, ast.stmt) and node is not function]


def _code(lines: list[str], node: ast.stmt) -> str:
    return "\n".join(lines[node.lineno - 1 : node.end_lineno])


def _within(inner: ast.stmt, outer: ast.stmt) -> bool:
    return outer.lineno <= inner.lineno and (inner.end_lineno or 0) <= (outer.end_lineno or 0)
