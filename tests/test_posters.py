"""Posters: labelled twice, readable, sharp, and showing what they were given."""

import io

import numpy as np
import pytest
from PIL import Image

from genai_core import aigc_label, posters


@pytest.fixture(scope="module")
def boot():
    """Something like a product: a light L on black, with a speck apart."""
    product = np.zeros((28, 28), np.uint8)
    product[4:24, 14:22], product[18:24, 4:22], product[1, 1] = 200, 240, 255
    return product


def made(product, layout="print", palette="clay", name="Posaria", slogan="Made for the long way home.", note="AI-generated"):
    return posters.compose(product, name, slogan, note, layout, palette)


@pytest.mark.parametrize("layout", posters.LAYOUTS)
def test_a_poster_carries_both_labels(boot, layout):
    picture = made(boot, layout)
    assert picture.size == (1080, 1440) and picture.mode == "RGB"
    data = posters.saved(picture, "number 7")
    label = aigc_label.read(data)
    assert label["Label"] == "1" and label["ProduceID"] == "number 7" and label["ContentProducer"] == posters.PRODUCER
    opened = Image.open(io.BytesIO(data))
    assert opened.format == "PNG" and np.array_equal(np.asarray(opened.convert("RGB")), np.asarray(picture))
    tall = int(np.ceil(0.05 * 1080))
    corner = np.asarray(picture)[-2 * tall :, -5 * tall :]
    ink = (corner > 200).all(2) & (np.asarray(aigc_label.stamp(Image.new("RGB", (1080, 1440))))[-2 * tall :, -5 * tall :] > 200).all(2)
    rows = np.flatnonzero(ink.any(1))
    assert rows[-1] - rows[0] + 1 >= 0.9 * tall  # the characters, white on dark, unspoilt


def test_the_label_in_english_is_as_tall_and_says_what_it_is(boot):
    """The field in the corner holds the words, at 5 % of the shorter side, and the rest of the poster is the same."""
    one, other = (np.asarray(posters.compose(boot, "Posaria", "Less noise.", "", "print", "clay", k)).astype(int) for k in ("zh", "en"))
    changed = (one != other).any(2)
    rows, columns = np.flatnonzero(changed.any(1)), np.flatnonzero(changed.any(0))
    assert rows[0] > 1440 - 2.5 * 54 and columns[0] > 1080 / 2
    words = posters._label()
    assert words.max() == 1 and words.shape[1] / words.shape[0] > 3
    white = (other[rows[0] :, columns[0] :] > 235).all(2)
    tall = np.flatnonzero(white.any(1))
    assert tall[-1] - tall[0] + 1 >= 0.9 * 0.05 * 1080


@pytest.mark.parametrize("layout", posters.LAYOUTS)
def test_every_part_of_what_is_asked_for_changes_the_poster(boot, layout):
    plain = np.asarray(made(boot, layout))
    for other in (
        made(np.rot90(boot, 2), layout),
        made(boot, layout, "sea"),
        made(boot, layout, name="Kalevi"),
        made(boot, layout, slogan="少一点喧嚣，多一点自己。"),
        made(boot, layout, note="x"),
    ):
        changed = (np.asarray(other) != plain).any(2).mean()
        assert changed > 0.0005
    assert np.array_equal(plain, np.asarray(made(boot, layout)))


@pytest.mark.parametrize("layout", posters.LAYOUTS)
@pytest.mark.parametrize("name", ["Al", "Geirmundurinn", "W" * 14, "山水之间的一家小店铺呀真好"])
def test_long_and_short_names_stay_on_the_sheet(boot, layout, name):
    """A frame of 30 pixels around the sheet is the same whatever the name, so that no letter reaches it."""
    one, none = np.asarray(made(boot, layout, name=name)), np.asarray(made(boot, layout, name=" "))
    frame = np.ones((1440, 1080), bool)
    frame[30:-30, 30:-30] = False
    assert (one != none).any() and np.array_equal(one[frame], none[frame])


def test_an_empty_product_is_no_error():
    for layout in posters.LAYOUTS:
        assert made(np.zeros((28, 28), np.uint8), layout).size == (1080, 1440)


def test_the_product_is_framed_and_its_specks_are_gone(boot):
    framed = posters.framed(boot)
    assert framed.shape == (20, 20) and framed.max() == 1.0  # rows 4 to 23 and columns 4 to 21, centred
    assert framed[0, 0] == 0 and (framed[:, [0, -1]] == 0).all() and framed[0].any() and framed[-1].any()
    tones = posters.tones(boot, 200)
    assert tones.shape == (200, 200) and 0 <= tones.min() and tones.max() <= 1


@pytest.mark.parametrize("key", posters.PALETTES)
def test_words_stand_out_from_what_they_stand_on(key):
    palette = posters.PALETTES[key]
    paper, ink, accent = (posters.rgb(c) for c in (palette.paper, palette.ink, palette.accent))
    assert posters.contrast(paper, ink) >= 7
    assert posters.contrast(ink, accent) >= 3  # large letters along the edge


def test_contrast_is_that_of_the_standard():
    assert posters.contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21.0)
    assert posters.contrast((119, 119, 119), (255, 255, 255)) == pytest.approx(4.48, abs=0.01)
    assert posters.readable((255, 255, 255), (200, 200, 200), (90, 90, 90)) == (90, 90, 90)
    assert posters.readable((255, 255, 255), (200, 200, 200)) == (0, 0, 0)


def test_lines_break_at_spaces_and_between_characters_and_begin_with_no_stop():
    english = posters.lines("one two three four five six", 40, 200)
    assert " ".join(english) == "one two three four five six" and len(english) > 1
    assert all(posters.measure(line, 40) <= 200 for line in english)
    chinese = posters.lines("少一点喧嚣，多一点自己。", 40, 200)
    assert "".join(chinese) == "少一点喧嚣，多一点自己。" and not any(line[0] in "，。" for line in chinese)
    assert posters.lines("word", 40, 10) == ["word"]


def test_size_fits_the_width():
    size = posters.fitting("GEIRMUNDUR", 500, 200, 0.1)
    assert size < 200 and posters.measure("GEIRMUNDUR", size, 0.1) == pytest.approx(500, rel=0.03)
    assert posters.fitting("A", 500, 200) == 200


@pytest.mark.parametrize("line", ["W" * 60, "，" * 60, "https://example.com/a-long-address-without-a-space"])
def test_a_line_without_a_place_to_break_stays_on_the_sheet(boot, line):
    foot = np.asarray(made(boot, slogan=line))[1130:1280]
    paper = np.array(posters.rgb(posters.PALETTES["clay"].paper))
    assert (foot != paper).any() and (foot[:, -60:] == paper).all()
