"""The article's data: whole in every language, well-formed identifiers, and every inner link leads to something that is there."""

import re
from urllib.parse import parse_qsl, urlsplit

import pytest

from genai_core import i18n, registry
from genai_core.article import chapters, corrections, formulas, glossary, identifiers, library, timeline
from genai_core.governance import laws
from pages.shared import article_live, reading, wrong_figures

KNOWN = set(i18n.languages())
CATALOGUE = registry.catalogue()
PRESETS = {p["key"]: model["family"] for model in CATALOGUE["models"].values() for p in model["presets"]}


def broken(address: str) -> str:
    """What is wrong with an inner address, "" if nothing."""
    found = reading.resolve(address)
    if found is None:
        return "no such page"
    page, wish = urlsplit(address).path.strip("/"), dict(parse_qsl(urlsplit(address).query))
    allowed = {
        "article": {"chapter": {str(c.number) for c in chapters.CHAPTERS}, "family": {"gan", "vae", "autoregressive", "diffusion"}},
        "glossary": {"term": set(glossary.terms())},
        "laws": {"law": {law.key for law in laws.instruments()}},
        "wrong": {"row": {row.key for row in corrections.corrections()}},
        "library": {"kind": {"all", "named", "unverified", *library.KINDS}},
    }.get(page, {"preset": {key for key, family in PRESETS.items() if family == page}})
    return ", ".join(f"{name}={value}" for name, value in wish.items() if value not in allowed.get(name, ()))


def inner() -> list[tuple[str, str]]:
    """Every inner link of texts and data, with where it stands."""
    found = []
    for path in sorted(chapters.CONTENT.glob("*/*.md")):
        found += [(f"{path.parent.name}/{path.name}", link) for link in chapters.links(path.read_text("utf-8"))]
    found += [(f"glossary {term.key}", term.live) for term in glossary.terms().values() if term.live]
    found += [(f"timeline {moment.key}", moment.live) for moment in timeline.moments() if moment.live]
    found += [(f"correction {row.key}", row.live) for row in corrections.corrections() if row.live]
    return [(where, link) for where, link in found if link.startswith("/")]


def test_every_inner_link_leads_to_something():
    assert len(inner()) > 200
    assert {f"{where}: {link}": wrong for where, link in inner() if (wrong := broken(link))} == {}


@pytest.mark.parametrize("address", ["/nowhere", "/gan?preset=vae-digits", "/glossary?term=none", "/article?chapter=11", "/laws?rule=eu"])
def test_the_check_of_links_finds_broken_ones(address):
    assert broken(address)


def test_the_families_texts_link_the_same_terms_in_every_language():
    for path in sorted((chapters.CONTENT / "en").glob("*.idea.md")):
        found = [chapters.links((chapters.CONTENT / language / path.name).read_text("utf-8")) for language in sorted(KNOWN)]
        assert len(found[0]) >= 4 and all(sorted(links) == sorted(found[0]) for links in found)


def test_chapters_link_their_terms():
    for chapter in chapters.CHAPTERS:
        linked = [link for link in chapters.links(chapters.text(chapter, "en")) if link.startswith("/")]
        assert linked, chapter.key
    everywhere = {link for _, link in inner() if link.startswith("/glossary?term=")}
    assert len(everywhere) >= 25


@pytest.mark.parametrize("chapter", chapters.CHAPTERS, ids=lambda chapter: chapter.key)
def test_a_chapter_has_one_structure_in_every_language(chapter):
    texts = {language: chapters.text(chapter, language) for language in KNOWN}
    shape = {
        language: (
            len(chapters.sections(text)), sorted(chapters.links(text)), len(re.findall(r"^\d+\. ", text, re.M)), text.count("    python"),
        )
        for language, text in texts.items()
    }  # fmt: skip
    assert all(found == shape["en"] for found in shape.values())
    assert all(len(body) > 40 for text in texts.values() for _, body in chapters.sections(text))


def test_the_table_of_modalities_has_the_four_that_the_article_names_in_every_language():
    for language in KNOWN:
        text = (chapters.CONTENT / language / "article.modalities.md").read_text("utf-8")
        rows = [line for line in text.splitlines() if line.startswith("|")]
        assert len(rows) == 6 and all(line.count("|") == 4 for line in rows)


def test_there_are_ten_chapters_and_what_stands_beside_them_has_a_name():
    assert [chapter.number for chapter in chapters.CHAPTERS] == list(range(1, 11))
    assert set(article_live.CHAPTERS) == {chapter.key for chapter in chapters.CHAPTERS}


def test_sections_split_a_text_at_its_headings():
    assert chapters.sections("a\n\n## B\n\nc\n\n## D\ne") == [("", "a"), ("B", "c"), ("D", "e")]


# --- data ------------------------------------------------------------------------------------------------------------


def words_of(row):
    return [value for value in vars(row).values() if hasattr(value, "items")]


@pytest.mark.parametrize(
    "rows",
    [tuple(glossary.terms().values()), timeline.moments(), corrections.corrections(), formulas.formulas()],
    ids=["glossary", "timeline", "corrections", "formulas"],
)
def test_rows_are_said_in_every_language(rows):
    assert [row.key for row in rows for words in words_of(row) if set(words) != KNOWN] == []


def test_the_glossary_is_large_and_its_terms_name_each_other():
    terms = glossary.terms()
    assert len(terms) >= 60
    assert [f"{term.key}: {key}" for term in terms.values() for key in term.see if key not in terms or key == term.key] == []
    assert {term.topic for term in terms.values()} == set(glossary.TOPICS)


def test_a_search_finds_by_name_in_either_language_then_by_what_is_said():
    assert glossary.search("水印", "en")[0].key == "watermark"
    assert glossary.search("LATENT", "zh")[0].key == "latent"
    named = [term.key for term in glossary.search("noise", "en")]
    assert named[0] == "noise-schedule" and "diffusion" in named
    assert glossary.search("no such word at all", "en") == []
    assert len(glossary.search("", "en")) == len(glossary.terms())


def test_moments_have_an_identifier_and_come_in_order():
    found = timeline.moments()
    assert len(found) >= 25 and [m.year for m in found] == sorted(m.year for m in found)
    assert [m.key for m in found if not (m.arxiv or m.doi) or m.lane not in timeline.LANES] == []
    assert [m.key for m in found if m.arxiv and not (identifiers.arxiv(m.arxiv) and int(m.arxiv[:2]) + 2000 == m.year)] == []
    assert [m.key for m in found if m.doi and not identifiers.doi(m.doi)] == []


def test_works_have_identifiers_that_hold_and_what_was_not_found_has_none():
    for work in library.works():
        assert work.kind in library.KINDS and set(work.checked) == KNOWN and (not work.why or set(work.why) == KNOWN)
        assert not work.isbn or identifiers.isbn(work.isbn), work.key
        assert not work.doi or identifiers.doi(work.doi), work.key
        assert not work.arxiv or identifiers.arxiv(work.arxiv), work.key
        assert not work.url or work.url.startswith("https://"), work.key
        if not work.verified:
            assert not work.address and not work.isbn and work.section, work.key


def test_the_titles_that_the_article_names_are_all_there():
    named = {work.title for work in library.works() if work.section}
    doubtful = {work.title for work in library.works() if not work.verified}
    assert {"生成对抗网络：理论、算法与应用", "生成式AI：机遇与挑战"} <= doubtful <= named
    assert {"Deep Learning", "Generative Adversarial Nets", "Auto-Encoding Variational Bayes", "TensorFlow", "PyTorch"} <= named - doubtful


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        (identifiers.isbn, "978-0-262-03561-3", "978-0-262-03561-4"),
        (identifiers.isbn, "9783031454677", "9783031454767"),
        (identifiers.isbn, "9781098134181", "1098134184"),
        (identifiers.arxiv, "1406.2661", "1413.2661"),
        (identifiers.arxiv, "2006.11239", "cs/0609001"),
        (identifiers.doi, "10.1038/s41586-024-07566-y", "doi:10.1038/x"),
    ],
)
def test_an_identifier_is_told_from_one_that_is_not(check, good, bad):
    assert check(good) and not check(bad)


def test_corrections_name_a_section_of_the_article_or_none():
    for row in corrections.corrections():
        assert row.kind in corrections.KINDS
        assert not row.section or re.fullmatch(r"\d+(\.\d+)?(, \d+(\.\d+)?)*", row.section), row.key
        assert not row.figure or row.figure in wrong_figures.FIGURES, row.key
    assert {"output", "vae-loss", "tokens"} <= {row.key for row in corrections.of_the_article() if row.figure}
    assert len([row for row in corrections.of_the_article() if row.kind == "listing"]) >= 6
    assert len(corrections.common()) >= 5


# --- formulas --------------------------------------------------------------------------------------------------------

ANCHORS = [(formula.key, anchor) for formula in formulas.formulas() for anchor in formula.anchors]


@pytest.mark.parametrize("formula", formulas.formulas(), ids=lambda formula: formula.key)
def test_a_formula_is_one_of_its_model(formula):
    model = CATALOGUE["models"][formula.model]
    assert formula.latex in [latex for _, latex in model["formulas"]]
    assert model["family"] == formula.family and formula.symbols


@pytest.mark.parametrize(("key", "anchor"), ANCHORS, ids=[f"{key}-{at}" for at, (key, _) in enumerate(ANCHORS)])
def test_an_anchor_stands_once_in_the_code_and_is_shown_with_its_line(key, anchor):
    found = formulas.excerpt(anchor)
    assert anchor.text in found.code
    lines = (formulas.ROOT / anchor.file).read_text("utf-8").splitlines()
    assert lines[found.line - 1].strip() == found.code.splitlines()[0].strip()


@pytest.mark.parametrize(
    ("file", "inside", "text", "says"),
    [
        ("genai_core/models/gan_mlp.py", "MlpGan.train_step", "no such text", "0 times"),
        ("genai_core/models/gan_mlp.py", "MlpGan.train_step", "optimizers[", "4 times"),
        ("genai_core/models/none.py", "f", "x", "not a file"),
        ("../etc/passwd", "f", "x", "not a file"),
    ],
)
def test_an_anchor_that_does_not_hold_is_said(file, inside, text, says):
    with pytest.raises(formulas.DataError, match=says):
        formulas.excerpt(formulas.Anchor(file, text, inside))


def test_every_formula_of_the_article_is_taken_up():
    numbers = {n for formula in formulas.formulas() for n in formula.article.split(", ") if n}
    numbers |= {"4"}  # a part of formula 3 once more: named in the note of its card
    assert numbers == {"1", "2", "3", "4", "5", "6"}
