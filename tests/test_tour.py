"""Tours: the shipped ones are whole, in both languages, keep their time, and every scene's page, recipe and run exist."""

import re

import pytest

from genai_core import i18n, registry
from genai_core.runs.store import GALLERY, Store
from genai_core.tour import FILE, TEXTS, tours
from tests.e2e.test_pages import addresses

SCENES = [(tour, scene) for tour in tours().values() for scene in tour.scenes]
each_scene = pytest.mark.parametrize(("tour", "scene"), SCENES, ids=[f"{t.key}-{s.key}" for t, s in SCENES])


def test_three_ship_and_their_scenes_fill_their_time():
    assert [tour.minutes for tour in tours().values()] == [5, 20, 60]
    for tour in tours().values():
        assert sum(scene.seconds for scene in tour.scenes) == tour.minutes * 60
        assert tour.starts()[0] == 0 and tour.starts()[-1] + tour.scenes[-1].seconds == tour.minutes * 60


@each_scene
def test_a_scene_says_everything_in_every_language(tour, scene):
    for words in (*(getattr(scene, name) for name in TEXTS), tour.title, tour.line):
        assert set(words) == set(i18n.languages()) and all(text.strip() for text in words.values())
        assert re.search("[\u4e00-\u9fff]", words["zh"]) and not re.search("[\u4e00-\u9fff]", words["en"])


@each_scene
def test_a_scene_opens_a_page_that_is_there(tour, scene):
    assert scene.page in addresses()


@each_scene
def test_what_a_scene_opens_and_runs_ships(tour, scene):
    shipped = Store(GALLERY).gallery_index()
    presets = {preset.key for model in registry.models().values() for preset in model.presets}
    for key in filter(None, (scene.params.get("preset"), scene.live)):
        assert key in shipped
    assert not scene.params.get("preset") or scene.params["preset"] in presets
    if scene.live:
        assert scene.patience >= 5 and (scene.live in presets or scene.live in registry.risks() | registry.applications())


def test_a_tour_that_names_a_scene_that_is_not_there_is_refused(tmp_path):
    broken = tmp_path / "tours.toml"
    broken.write_text(FILE.read_text("utf-8").replace("[scene.train]", "[scene.trained]"), "utf-8")
    with pytest.raises(ValueError, match="no scene train"):
        tours(broken)


def test_a_scene_without_its_words_is_refused(tmp_path):
    broken = tmp_path / "tours.toml"
    broken.write_text(re.sub(r"(\[scene\.train\].*?)\nsay = [^\n]*", r"\1", FILE.read_text("utf-8"), flags=re.S), "utf-8")
    with pytest.raises(ValueError, match="train lacks say"):
        tours(broken)
