"""Names and brands: rows that read back, styles that share nothing, sources that are read as they should be."""

import numpy as np
import pytest

from genai_core.datasets import names
from genai_core.datasets.build import names as build
from genai_core.errors import DataError


def test_what_ships_is_five_styles_that_share_no_name():
    data = names.load()
    assert data.train.shape == (3000, 12) and data.heldout.shape == (350, 12) and data.train.dtype == np.int8
    assert np.bincount(data.train_labels).tolist() == [600] * 5 and np.bincount(data.heldout_labels).tolist() == [70] * 5
    every = names.decode(np.concatenate([data.train, data.heldout]))
    assert len(set(every)) == len(every) == 3350  # no name twice, in no two styles, in no two parts
    assert all(names.FITS.fullmatch(name) for name in every)
    assert len(np.unique(data.train_labels[:100])) == 5  # shuffled
    pinyin = [name for name, k in zip(every, np.concatenate([data.train_labels, data.heldout_labels]), strict=True) if k == 4]
    assert all(name[-1] in "aeiouvngr" for name in pinyin)  # how a syllable may end


def test_brands_are_single_words_sorted():
    brands = names.brands()
    assert list(brands) == sorted(set(brands)) and {"ikea", "python", "nike"} <= set(brands) and len(brands) > 3000


def test_rows_read_back_and_end_where_the_name_does():
    rows = names.encode(["abc", "zzzzzzzzzzz"])
    assert rows.tolist()[0] == [1, 2, 3] + [0] * 9 and rows[1, 10] == 26 and rows[1, 11] == 0
    assert names.decode(rows) == ["abc", "zzzzzzzzzzz"] and names.decode([[1, 2, 0, 5]]) == ["ab"]
    assert names.show(rows) == "Abc\nZzzzzzzzzzz"


@pytest.mark.parametrize("name", ["", "ab", "abcdefghijkl", "Abc", "a b", "né"])
def test_what_is_no_name_is_refused(name):
    with pytest.raises(ValueError, match="3 to 11"):
        names.encode([name])


def test_a_damaged_table_is_refused(tmp_path):
    whole = (names.ASSETS / names.NAME).read_text()
    for text in ("", whole[:-1000], whole.replace("Finnish", "Klingon"), whole.replace("heldout", "hidden")):
        path = tmp_path / names.NAME
        path.write_text(text)
        with pytest.raises(DataError, match="names.csv is damaged"):
            names.read(path)


def test_letters_lose_their_marks_and_words_their_tones():
    assert [build.plain(word) for word in ("Þórður", "İpek", "Yıldız", "Söderström")] == ["thordur", "ipek", "yildiz", "soderstrom"]
    assert build.pinyin({"明天": [["míng"], ["tiān"]], "一": [["yī"]], "女儿": [["nǚ"], ["ér"]]}) == {"mingtian", "nuer"}
    assert build.brands([{"title": "Node.js"}, {"title": "4D"}, {"title": "L’Oréal"}, {"title": "Ab"}]) == ["loreal", "nodejs"]


def test_given_names_and_surnames_are_read_from_a_provider():
    source = (
        "class P:\n first_names_male = ('Ada', 'Bo Li')\n last_names = OrderedDict((('Öz', 1), ('Kaya', 2)))\n"
        " formats = ('{{last_name}}',)\n last_name_formats = ('word',)\n prefixes = ('Signor',)\n"
    )
    assert build.person(source) == {"ada", "kaya"}


def test_the_table_leaves_out_what_stands_in_two_styles():
    letters = "abcdefghij"
    every = {style: {f"{chr(97 + k)}{a}{b}{c}" for a in letters for b in letters for c in letters} for k, style in enumerate(names.STYLES)}
    every["Italian"] |= {"bjjj"}  # an Icelandic name here
    rows = [line.split(",") for line in build.table(every).splitlines()[1:]]
    assert len(rows) == 3350 and not any(name == "bjjj" for *_, name in rows)
    assert all(name[0] == chr(97 + names.STYLES.index(style)) for _, style, name in rows)
    with pytest.raises(SystemExit, match="Finnish: 3 names"):
        build.table(every | {"Finnish": {"cab", "cac", "cad"}})
