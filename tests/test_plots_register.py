"""The heat map: numbers in the right cells, colours by band, and the same in words."""

import datetime as dt

from genai_core import plots_register
from genai_core.governance import values
from genai_core.governance.rating import BANDS, MATRIX
from genai_core.governance.register import Risk
from genai_core.i18n import translator

AT = dt.datetime(2026, 11, 28, tzinfo=dt.UTC)
EN = translator("en")


def risk(number, likelihood=None, impact=None, when="inherent"):
    draft = {"title": "t", f"{when}_likelihood": likelihood, f"{when}_impact": impact}
    return Risk(number, 1, values.checked(draft), AT, AT, "")


RISKS = [risk(1, 4, 5), risk(2, 4, 5), risk(3, 1, 1), risk(4), risk(5, 2, 2, "residual"), risk(6, 3, None)]


def test_only_what_is_wholly_rated_is_on_the_map():
    assert plots_register.cells(RISKS, "inherent") == {(4, 5): [1, 2], (1, 1): [3]}
    assert plots_register.cells(RISKS, "residual") == {(2, 2): [5]}


def test_numbers_stand_where_likelihood_and_impact_meet():
    for dark in (False, True):
        figure = plots_register.heat(plots_register.cells(RISKS, "inherent"), EN, dark=dark)
        large = {(note.x, round(note.y)): note.text for note in figure.layout.annotations if note.text.startswith("<b>")}
        assert large == {(5, 4): "<b>1 · 2</b>", (1, 1): "<b>3</b>"}
        assert [[list(BANDS)[z] for z in row] for row in figure.data[0].z] == [list(row) for row in MATRIX]


def test_a_full_cell_says_how_many_more():
    crowd = plots_register.cells([risk(n, 3, 3) for n in range(1, 10)], "inherent")
    (text,) = (note.text for note in plots_register.heat(crowd, EN, dark=False).layout.annotations if "<b>" in note.text)
    assert text == "<b>1 · 2<br>3 · +6</b>"


def test_the_words_name_the_worst_first_and_what_is_not_rated():
    words = plots_register.alt(plots_register.cells(RISKS, "inherent"), len(RISKS), EN)
    assert words.index("Extreme, likelihood Likely, impact Critical: risks 1, 2") < words.index("Low, likelihood Rare")
    assert words.endswith("not rated: 3")


def test_ink_is_legible_on_every_band():
    def light(colour):
        parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
        red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    for pair in plots_register.TINTS.values():
        for fill, ink in pair:
            low, high = sorted((light(fill), light(ink)))
            assert (high + 0.05) / (low + 0.05) >= 4.5, (fill, ink)
