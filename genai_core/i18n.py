"""Languages: gettext messages through Babel, numbers and dates in the reader's way, and the choice of a language.

Messages are written in English in the code; a language is one folder, ``locale/<language>/LC_MESSAGES/messages.po``, read at
first use. Nothing here imports torch or streamlit. ``genai_core.messages`` keeps the catalogues in step with the code.
"""

from __future__ import annotations

import datetime
import functools
import gettext
import io
import os
import re
from collections.abc import Collection
from pathlib import Path
from typing import Any

from babel import Locale, dates, numbers
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

FOLDER = Path(__file__).parent / "locale"
DEFAULT = "en"

# Only plain names and short specs: a message can come from a run that a stranger packed, and str.format would follow
# attributes and honour huge widths.
FIELD = re.compile(r"\{\{|\}\}|\{([A-Za-z_][A-Za-z0-9_]*)(?::(,?(?:\.\d)?[a-z%]?))?\}")
# In a message without parameters braces are LaTeX's, unless they stand alone.
LONE_FIELD = re.compile(r"(?<![A-Za-z0-9\\}^_{])\{([a-z_][a-z0-9_]+)\}(?!\})")


@functools.lru_cache(maxsize=1)
def languages() -> dict[str, str]:
    """Every language that can be chosen: code -> its own name. English first, the others as their folders sort."""
    found = sorted(path.parent.parent.name for path in FOLDER.glob("*/LC_MESSAGES/messages.po"))
    return {code: _own_name(code) for code in (DEFAULT, *found)}


def _own_name(code: str) -> str:
    name = Locale.parse(code).get_display_name() or code
    return name[0].upper() + name[1:]


def pick(accept_language: str, known: Collection[str] | None = None) -> str:
    """The best known language for an ``Accept-Language`` header (or one tag such as ``zh-CN``), else English.

    ``zh-TW`` and ``zh-Hans-CN`` both find ``zh``. A quality of 0 excludes a language; malformed parts are passed over.
    """
    known = languages() if known is None else known
    by_tag = {code.lower().replace("_", "-"): code for code in known}
    wanted: list[tuple[float, int, str]] = []
    for place, part in enumerate(accept_language[:500].split(",")):
        tag, _, quality = part.strip().lower().partition(";q=")
        if re.fullmatch(r"(1(\.0*)?|0(\.\d*)?)?", quality.strip()):
            wanted.append((-float(quality or 1), place, tag.strip().replace("_", "-")))
    for quality, _, tag in sorted(wanted):
        while tag and quality:
            if tag in by_tag:
                return by_tag[tag]
            tag = tag.rpartition("-")[0]
    return DEFAULT


class Translator:
    """Says messages in one language: ``t("Step {step}", step=3)``.

    A message with parameters has its ``{name}`` and ``{name:.2f}`` fields filled and ``{{`` unescaped; one without is said
    as it stands, so LaTeX needs no escapes. A field without a value stays visible on a page; it raises KeyError where
    ``GENAI_STRICT`` is set, as the tests set it.
    """

    def __init__(self, language: str, messages: gettext.NullTranslations) -> None:
        self.language = language
        self._messages = messages
        self._locale = Locale.parse(language)

    def __call__(self, message: str, **params: Any) -> str:
        """The message in this language, with its fields filled."""
        # gettext answers the empty message with the catalogue's header
        return fill(self._messages.gettext(message), params) if message else ""

    def n(self, one: str, many: str, n: int, **params: Any) -> str:
        """The right plural for ``n``, which fills ``{n}``: ``t.n("{n} run", "{n} runs", 3)``."""
        return fill(self._messages.ngettext(one, many, n), {"n": self.number(n, 0), **params})

    def number(self, value: float, digits: int | None = None) -> str:
        """A number with ``digits`` decimals (at most 3 where None), grouped as the language does it."""
        pattern = "#,##0.###" if digits is None else "#,##0" + ("." + "0" * digits if digits else "")
        if round(value, 3 if digits is None else digits) == 0:
            value = 0  # no minus before a zero
        return numbers.format_decimal(value, format=pattern, locale=self._locale)

    def percent(self, share: float, digits: int = 0) -> str:
        """A share in [0, 1] as per cent."""
        pattern = "#,##0" + ("." + "0" * digits if digits else "") + "%"
        if round(share, digits + 2) == 0:
            share = 0  # no minus before a zero
        return numbers.format_percent(share, format=pattern, locale=self._locale)

    def datetime(self, moment: float | datetime.datetime, timezone: str | None = None) -> str:
        """A moment (epoch seconds, or a datetime that knows its zone) in a time zone by name; UTC where None or unknown."""
        if not isinstance(moment, datetime.datetime):
            moment = datetime.datetime.fromtimestamp(moment, datetime.UTC)
        try:
            zone = dates.get_timezone(timezone or "UTC")
        except LookupError:
            zone = datetime.UTC
        return dates.format_datetime(moment, "medium", tzinfo=zone, locale=self._locale)

    def date(self, day: datetime.date) -> str:
        """A day, such as the one a fact was checked on."""
        return dates.format_date(day, "medium", locale=self._locale)


def fill(text: str, params: dict[str, Any]) -> str:
    """Fill the fields of a message. Unlike ``str.format`` it follows no attributes and no indices."""
    strict = bool(os.environ.get("GENAI_STRICT"))
    if not params:
        if strict and (field := LONE_FIELD.search(text)):
            raise KeyError(f"no value for {field[0]} in {text!r}")
        return text

    def value(match: re.Match[str]) -> str:
        name, spec = match.groups()
        if name is None:
            return match[0][0]
        if name not in params:
            if strict:
                raise KeyError(f"no value for {match[0]} in {text!r}")
            return match[0]
        try:
            return format(params[name], spec or "")
        except (ValueError, TypeError):
            if strict:
                raise
            return str(params[name])

    return FIELD.sub(value, text)


def translator(language: str) -> Translator:
    """The translator of a language from :func:`languages`; another one gets English."""
    path = FOLDER / language / "LC_MESSAGES" / "messages.po"
    if language not in languages() or language == DEFAULT:
        return _read(DEFAULT, 0)
    return _read(language, path.stat().st_mtime_ns)


@functools.lru_cache(maxsize=8)
def _read(language: str, changed: int) -> Translator:
    """A catalogue by its time of change, so that an edited one is seen without a restart."""
    if language == DEFAULT:
        return Translator(language, gettext.NullTranslations())
    with (FOLDER / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    binary = io.BytesIO()
    write_mo(binary, catalogue)
    binary.seek(0)
    return Translator(language, gettext.GNUTranslations(binary))
