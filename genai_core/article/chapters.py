"""The ten chapters of the article: their names, their texts, and what the texts link to. The texts lie in ``content/<language>/``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from genai_core.contracts import N_

CONTENT = Path(__file__).parents[1] / "content"
HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
LINK = re.compile(r"\[([^\]]+)\]\(([^)\s]+)\)")


@dataclass(frozen=True)
class Chapter:
    number: int
    key: str
    icon: str
    title: str  # message id
    lead: str  # message id: the chapter in a sentence

    @property
    def file(self) -> str:
        return f"article.{self.number}.{self.key}"


CHAPTERS = (
    Chapter(1, "background", ":material/flag:", N_("Background"),
            N_("Machines that make things: what is new, and why it wants weighing.")),
    Chapter(2, "concepts", ":material/schema:", N_("Concepts"),
            N_("Data, architecture, training, generation: four stations that every model passes.")),
    Chapter(3, "algorithms", ":material/footprint:", N_("Algorithms"),
            N_("What each kind of model does in one step, and in ten thousand.")),
    Chapter(4, "mathematics", ":material/function:", N_("Mathematics"),
            N_("Every formula, every symbol in it, and the line of code that computes it.")),
    Chapter(5, "project", ":material/code:", N_("Project"),
            N_("The article's listing, put right: a hundred lines that run.")),
    Chapter(6, "applications", ":material/widgets:", N_("Applications"),
            N_("Five fields, each with a working example and the risk that travels with it.")),
    Chapter(7, "tools", ":material/build:", N_("Tools and resources"),
            N_("What this is built with, and where to learn more.")),
    Chapter(8, "future", ":material/moving:", N_("Future and challenges"),
            N_("What is measured here, what is coming into force, and what nobody knows.")),
    Chapter(9, "faq", ":material/help:", N_("Questions and answers"),
            N_("The article's four questions, and those that people really ask.")),
    Chapter(10, "reading", ":material/menu_book:", N_("Further reading"),
            N_("What to read next, with identifiers that last.")),
)  # fmt: skip


def text(chapter: Chapter, language: str) -> str:
    """The Markdown of a chapter."""
    return (CONTENT / language / f"{chapter.file}.md").read_text("utf-8")


def sections(markdown: str) -> list[tuple[str, str]]:
    """(heading, body) of each second-level section, in order; what stands before the first has the heading ""."""
    parts = HEADING.split(markdown)
    found = [("", parts[0].strip())] if parts[0].strip() else []
    return found + [(parts[at].strip(), parts[at + 1].strip()) for at in range(1, len(parts), 2)]


def links(markdown: str) -> list[str]:
    """Where a text links to, in order."""
    return [target for _, target in LINK.findall(markdown)]
