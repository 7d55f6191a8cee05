"""A session's report, as PDF and as a page, in both languages: what it holds, what it leaves out, what it refuses."""

import io
import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from pypdf import PdfReader

from genai_core import claims, i18n, registry, rows
from genai_core.errors import ConfigError
from genai_core.report import Document, Heading, Text, html, pdf, sections, session
from genai_core.runs.store import Store

ROOM = {
    "register": {
        "room": "Credit",
        "bands": [[0] * 5] * 5,
        "axes": ["Likelihood", "Impact"],
        "risks": [
            {"number": 1, "title": "<img src=x onerror=alert(1)>", "inherent": "high", "residual": "low", "owner": "=cmd()", "due": "", "at": [4, 5],
             "facts": [["Cause", "训练数据 & records"], ["Empty", ""]]},
        ],
    },
    "workshop": {
        "question": "Shall we ship?",
        "people": 9,
        "items": [
            {"title": "A leak", "dissent": ["Rare."],
             "scales": [{"name": "Likelihood", "counts": [0, 2, 3, 4, 0], "median": 3.0, "spread": 1.5}]},
        ],
        "actions": [["Deduplicate", "CISO", "2027-01-01", 9]],
    },
    "laws": [{"instrument": "EU AI Act", "article": "Art 50", "text": "Marking", "state": "in force", "since": "2026-08-02", "as_of": "2026-11-23",
              "source": "Reg. 2024/1689"}],
}  # fmt: skip


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


def asked(store, kind, language, room=ROOM, **more):
    index = store.gallery_index()
    params = {"kind": kind, "language": language, "title": "Board", "runs": [index["gan-digits"]], "cards": [index["verbatim"]]} | more
    files = {"room": np.frombuffer(json.dumps(room).encode(), np.uint8)}
    return session.look(store, params, files)[1]["report"].tobytes()


def words(data):
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)


class Page(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.words = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += attributes

    def handle_data(self, data):
        self.words.append(data)


@pytest.mark.parametrize("language", i18n.languages())
@pytest.mark.parametrize("kind", ["pdf", "html"])
def test_a_report_holds_the_run_the_card_the_register_the_votes_and_the_laws(store, kind, language):
    data = asked(store, kind, language)
    text = words(data) if kind == "pdf" else " ".join(Page(data.decode()).words)
    squeezed = re.sub(r"\s+", "", text)
    t = i18n.translator(language)
    index = store.gallery_index()
    spec = registry.risks()["verbatim"]
    for part in (
        index["gan-digits"], store.open(index["verbatim"]).record().hash, t(spec.effect_label), "Shallweship?", "训练数据&records", "Art50",
        "2026-11-23", "<imgsrc=xonerror=alert(1)>", t("What was shown"), t("Risk register"), t("How the room scored"), t("Seed"), "Rare.",
    ):  # fmt: skip
        assert re.sub(r"\s+", "", part) in squeezed, part


@pytest.mark.parametrize(("language", "flag"), [("en", "check again"), ("zh", "请重新核对")])
@pytest.mark.parametrize("kind", ["pdf", "html"])
def test_a_report_dates_what_others_say_beside_a_card_and_marks_what_was_read_long_ago(store, monkeypatch, kind, language, flag):
    def said():
        data = asked(store, kind, language, room={}, runs=[])
        return re.sub(r"\s+", "", words(data) if kind == "pdf" else " ".join(Page(data.decode()).words))

    monkeypatch.setattr(rows, "STALE", 10**6)
    text, t, flag = said(), i18n.translator(language), re.sub(r"\s+", "", flag)
    for claim in claims.of("verbatim"):
        days = f"{t('dated {date}', date=claim.when)} · {t('as of {date}', date=claim.as_of.isoformat())}"
        for part in (claim.says[language], claim.source[language], claim.url, days):
            assert re.sub(r"\s+", "", part) in text, part
    assert flag not in text
    monkeypatch.setattr(rows, "STALE", -1)
    assert said().count(flag) >= len(claims.of("verbatim"))


def test_the_pdf_embeds_its_typeface_keeps_figures_as_vectors_and_has_an_outline(store):
    reader = PdfReader(io.BytesIO(asked(store, "pdf", "zh")))
    fonts = [font.get_object() for page in reader.pages for font in page["/Resources"]["/Font"].values()]
    assert fonts and all("/FontFile2" in font["/FontDescriptor"] for font in fonts)  # not even named is one that is not in the file
    images = [image for page in reader.pages for image in page.images]
    assert len(images) == 1 and images[0].image.width >= 600  # the samples alone are a raster, and it is crisp
    assert reader.outline and reader.metadata.title == "Board" and reader.trailer["/Root"]["/Lang"] == "zh-CN"


def test_the_page_stands_alone_and_runs_nothing(store):
    page = Page(asked(store, "html", "zh").decode())
    assert not {"script", "link", "iframe", "object"} & set(page.tags) and page.tags.count("svg") >= 4
    addresses = [value for name, value in page.attributes if name in ("src", "href")]
    assert addresses and all(value.startswith("data:") for value in addresses)
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    assert "font/ttf;base64," in "".join(page.words)


def test_a_run_that_has_gone_or_is_private_is_named_and_left_out(store):
    spec = store.open(store.gallery_index()["gan-digits"]).record().spec
    private = store.create(spec, private=True)
    text = words(asked(store, "pdf", "en", runs=[private, "0123456789ab-abcdef"], cards=[]))
    assert "Left out" in text and f"Run {private} is private" in text and "0123456789ab-abcdef" in text
    assert "Convolutional GAN" not in text


def test_a_long_register_is_told_in_part_and_says_so(store):
    risk = ROOM["register"]["risks"][0]
    many = [risk | {"number": k, "title": f"Risk number {k}"} for k in range(1, sections.MOST_TOLD + 3)]
    text = words(asked(store, "pdf", "en", {"register": ROOM["register"] | {"risks": many}}, runs=[], cards=[]))
    assert f"The first {sections.MOST_TOLD} of {len(many)} risks" in re.sub(r"\s+", " ", text)
    assert f"Risk number {len(many)}" in re.sub(r"\s+", " ", text)  # in the table, if not in full
    assert text.count("训练数据") == sections.MOST_TOLD


def test_a_run_that_writes_is_quoted(store):
    text = words(asked(store, "pdf", "en", runs=[store.gallery_index()["ar-tang"]], cards=[], room={}))
    assert len(re.findall("[\u4e00-\u9fff]", text)) > 50


def test_a_card_of_what_is_no_experiment_is_left_out(store):
    assert "no experiment" in words(asked(store, "pdf", "en", runs=[], cards=[store.gallery_index()["gan-digits"]]))


@pytest.mark.parametrize("more", [{"kind": "exe"}, {"language": "xx"}])
def test_an_unknown_kind_or_language_is_refused(store, more):
    with pytest.raises(ConfigError, match="PDF"):
        asked(store, **({"kind": "pdf", "language": "en"} | more))


def test_nothing_to_report_is_said(store):
    with pytest.raises(ConfigError, match="nothing to report"):
        asked(store, "pdf", "en", runs=[], cards=[], room={})


def test_what_is_no_json_is_refused(store):
    with pytest.raises(ConfigError, match="could not be read"):
        session.look(store, {"kind": "pdf", "language": "en"}, {"room": np.frombuffer(b"{", np.uint8)})


def test_long_words_and_long_tables_do_not_break_a_page():
    rows = sections.laws([ROOM["laws"][0] | {"text": "z" * 9000}] * 3, i18n.translator("en"))
    document = Document("t", "s", "en", (Heading("x" * 300), Text("y" * 3000), Text("中" * 3000), *rows), "f")
    assert len(PdfReader(io.BytesIO(pdf.render(document))).pages) > 2 and html.render(document)


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("**bold** and *light*", "bold and light"),
        ("see [the page](https://example.org/a)", "see the page (https://example.org/a)"),
        (":green[**No light**] is on", "No light is on"),
        (":material/info: told", "told"),
        ("2 * 3 * 4 and `code`", "2 * 3 * 4 and code"),
        ("line  \nnext", "line\nnext"),
    ],
)
def test_markdown_becomes_plain(markdown, text):
    assert sections.plain(markdown) == text
