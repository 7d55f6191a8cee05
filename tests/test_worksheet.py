"""The sheet: ink as the digits have it, a PDF whose words can be taken out again in both languages, with its font inside."""

import json
from io import BytesIO

import numpy as np
import pypdf
import pytest

from genai_core import i18n, worksheet
from genai_core.arithmetic import Problem
from genai_core.worksheet import Doubt, Sheet

PROBLEMS = (Problem(37, "plus", 48), Problem(90, "minus", 7), Problem(6, "times", 8))


def strokes(n):
    """Digits that are each a bar of ink, 4 pixels wide."""
    images = np.zeros((n, 28, 28), np.uint8)
    images[:, 4:24, 12:16] = 255
    return images


@pytest.fixture(scope="module")
def sheet():
    digits = [strokes(len(problem.digits)) for problem in PROBLEMS]
    return Sheet(PROBLEMS, digits, 7, 40, [Doubt(1, 2, 7, 1)], [0.004, 0.002, 0.007])


def read(sheet, language):
    return pypdf.PdfReader(BytesIO(worksheet.pdf(sheet, i18n.translator(language), "abc123")))


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("Practice sheet", "Answers", "AI-generated", "Problem 2: the 7 may be read as a 1.")),
        ("zh", ("练习卷", "答案", "AI 生成", "第 2 题：其中的 7 可能被认成 1。")),
    ],
)
def test_a_pdf_has_its_words_its_answers_and_the_failure_rate_in_either_language(sheet, language, words):
    pages = [page.extract_text() for page in read(sheet, language).pages]
    assert len(pages) == 2
    title, answers, label, doubt = words
    assert title in pages[0] and answers in pages[1] and doubt in pages[1]
    assert all(label in page for page in pages)  # the label of generated content, on each
    assert all("0.4%" in page and "0.2%" in page and "0.7%" in page for page in pages)
    for problem in PROBLEMS:
        assert f"{problem.text} = {problem.answer}" in pages[1]
        assert str(problem.answer) not in pages[0].split()
    assert "□" not in "".join(pages)  # no character that the typeface lacks


def test_the_font_is_inside_and_only_as_much_of_it_as_is_needed(sheet):
    reader = read(sheet, "zh")
    fonts = [font.get_object() for page in reader.pages for font in page["/Resources"]["/Font"].values()]
    kinds = [font for font in fonts if font["/Subtype"] == "/TrueType"]
    embedded = [font["/FontDescriptor"].get("/FontFile2") for font in kinds]
    assert kinds and all(file is not None for file in embedded)
    assert sum(len(file.get_object().get_data()) for file in embedded) < 300_000


def test_the_label_of_generated_content_is_in_the_metadata(sheet):
    fields = json.loads(read(sheet, "en").metadata["/Keywords"])["AIGC"]
    assert fields["Label"] == "1" and fields["ProduceID"] == "abc123" and len(fields) == 7


def test_equal_sheets_are_equal_files(sheet):
    t = i18n.translator("en")
    assert worksheet.pdf(sheet, t, "a") == worksheet.pdf(sheet, t, "a") != worksheet.pdf(sheet, t, "b")
    assert b"Helvetica" not in worksheet.pdf(sheet, t, "a")  # every typeface that is named is embedded


def test_a_sheet_without_doubts_says_so(sheet):
    clean = Sheet(sheet.problems, sheet.digits, 1, 40)
    assert worksheet.notes(clean, i18n.translator("en")) == ["The second reader misreads none of the 9 digits of this sheet."]
    many = Sheet(sheet.problems, sheet.digits, 1, 40, [Doubt(0, 0, 1, 7)] * 20)
    assert worksheet.notes(many, i18n.translator("en"))[-1] == "And 6 more."


def test_ink_is_as_wide_as_its_strokes():
    alpha, places = worksheet.ink(strokes(3))
    widths = {b - a for a, b in places}
    assert len(places) == 3 and len(widths) == 1 and 4 * worksheet.FINE <= widths.pop() <= 8 * worksheet.FINE
    assert alpha.shape == (28 * worksheet.FINE, places[-1][1]) and alpha.max() == 255 and alpha.min() == 0
    blank, _ = worksheet.ink(np.zeros((1, 28, 28), np.uint8))
    assert blank.shape[1] > 0 and not blank.any()  # a digit that is not there leaves its place


def test_the_picture_underlines_what_is_misread_and_the_print_does_not(sheet):
    t = i18n.translator("en")
    marked, plain = (worksheet.picture(sheet, t, marks=marks) for marks in (True, False))
    red = np.array([int(worksheet.RISK[i : i + 2], 16) for i in (1, 3, 5)])
    assert (marked == red).all(-1).any() and not (plain == red).all(-1).any()
    assert marked.shape == plain.shape == (1347, 952, 3)


def test_the_longest_problem_fits_its_card_and_leaves_room_for_an_answer():
    problem, images = Problem(9999, "plus", 9999), np.full((8, 28, 28), 255, np.uint8)  # as wide as a digit can be
    card = worksheet.card(problem, images)
    assert np.concatenate([card[:, :20], card[:, -20:]], 1).min() > 200

    class Lines(worksheet.Drawing):
        found = []

        def line(self, x0, y0, x1, y1, width=0.8, hue="#111111"):
            self.found.append((x0, x1, width))

    canvas = Lines()
    worksheet._page(canvas, Sheet([problem], [images], 1, 50), i18n.translator("en"), True)
    (answer,) = [(x0, x1) for x0, x1, width in canvas.found if width == 0.7]
    assert answer[1] - answer[0] >= worksheet.ANSWER - 6 and answer[1] < worksheet.WIDTH / 2


def test_what_is_measured_is_what_is_written():
    end, places = worksheet.written(worksheet.Drawing(), PROBLEMS[0], strokes(4), 10, 0, 40)
    assert end - 10 == pytest.approx(worksheet.length(PROBLEMS[0], strokes(4), 40))
    assert [a < b for a, b in places] == [True] * 4 and places == sorted(places)
