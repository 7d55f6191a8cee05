"""Stable identifiers of books and papers: whether they are well formed, and where they lead."""

from __future__ import annotations

import re

ARXIV = re.compile(r"\d{4}\.\d{4,5}")
DOI = re.compile(r"10\.\d{4,9}/[^\s\"<>]+")


def isbn(number: str) -> bool:
    """Whether 13 digits (hyphens aside) are an ISBN: the weighted sum of ISO 2108 is a multiple of ten."""
    digits = number.replace("-", "")
    if not re.fullmatch(r"97[89]\d{10}", digits):
        return False
    return sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits)) % 10 == 0


def arxiv(number: str) -> bool:
    """Whether this is an arXiv id since April 2007: year and month, then the number in that month."""
    return bool(ARXIV.fullmatch(number)) and 1 <= int(number[2:4]) <= 12 and int(number[:2]) >= 7


def doi(number: str) -> bool:
    return bool(DOI.fullmatch(number))


def address(*, doi: str = "", arxiv: str = "", url: str = "") -> str:
    """Where an item can be read: its DOI first, then arXiv, then a plain address; "" for none."""
    if doi:
        return f"https://doi.org/{doi}"
    return f"https://arxiv.org/abs/{arxiv}" if arxiv else url


def cited(*, doi: str = "", arxiv: str = "", isbn: str = "") -> str:
    """How it is cited, all identifiers in one line; "" for none."""
    named = (("doi", doi), ("arXiv", arxiv), ("ISBN", isbn))
    return " · ".join(f"{name}:{value}" for name, value in named if value)
