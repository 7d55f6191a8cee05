"""The sets to begin with: whole in both languages, within what the fields take, and tied to experiments that exist."""

from pathlib import Path

import pytest

from genai_core import i18n
from genai_core.governance import places, register, starter, values
from genai_core.governance.fields import SECTORS, Evidence

CORE = Path(starter.__file__).parents[1]
CARD = Evidence("bias", "Bias", "abc", 0, 8, "", "share", 0.1, 0.0, 0.2, "control", 0.0, -0.1, 0.1, True, True)


def test_every_application_sector_has_its_set():
    assert starter.sectors() == tuple(sector for sector in SECTORS if sector != "other")


@pytest.mark.parametrize("language", i18n.languages())
@pytest.mark.parametrize("sector", starter.sectors())
def test_a_set_is_what_the_fields_take(sector, language):
    found = [values.checked(draft) for _, draft in starter.drafts(sector, language, {})]
    assert 4 <= len(found) <= 6
    for draft in found:
        assert draft["sector"] == sector
        words = ("title", "cause", "event", "consequence", "affected", "control", "trigger", "owner")
        assert all(draft[name] for name in words), draft["title"]
        chinese = any("\u4e00" <= c <= "\u9fff" for name in words for c in draft[name])
        assert chinese == (language == "zh")
        assert draft["mit"] and draft["nist"] and draft["tolerance"] and draft["control_kind"]
        assert not draft["legal"] or draft["legal_as_of"]


@pytest.mark.parametrize("sector", starter.sectors())
def test_evidence_names_experiments_that_exist(sector):
    there = {path.stem for folder in ("risks", "applications") for path in (CORE / folder).glob("*.py")}
    assert starter.experiments(sector) and set(starter.experiments(sector)) <= there


@pytest.mark.parametrize("sector", starter.sectors())
def test_what_nobody_has_edited_is_read_in_the_readers_language_whoever_added_it(database, sector):
    room = places.make(database, "Clinic", "1234").code
    chinese, english = ([values.checked(draft) for _, draft in starter.drafts(sector, language, {})] for language in ("zh", "en"))
    made = register.add_all(database, room, starter.drafts(sector, "zh", {}))
    register.add(database, room, {"title": "我们自己的风险"}, "own")
    assert [starter.told(risk, "en").values for risk in made] == english
    assert [starter.told(risk, "zh").values for risk in made] == chinese
    register.change(database, room, 1, {"cause": "我们没有检查", "status": "watching"}, 1)
    found = register.risks(database, room)
    edited = starter.told(found[0], "en").values
    assert edited == {**english[0], "cause": "我们没有检查", "status": "watching"}  # what somebody wrote stays as it was written
    assert starter.told(found[-1], "en") == found[-1]
    assert found[0].values["title"] == chinese[0]["title"]  # only the reading differs
    register.change(database, room, 1, {"title": edited["title"]}, 2)  # put into the other language by hand: still nobody's own words
    assert starter.told(register.risks(database, room)[0], "zh").title == chinese[0]["title"]


@pytest.mark.parametrize("key", ["starter:art", "starter::copy", "starter:art:none", "starter:../art:copy", "file:art:copy", ""])
def test_a_key_that_names_no_proposal_is_left_alone(key):
    blank = register.Risk(1, 1, values.blank(), places.now(), places.now(), "", key)
    assert starter.told(blank, "en") is blank


def test_a_second_click_adds_nothing_and_another_sector_adds_its_own(database):
    room = places.make(database, "Clinic", "1234").code
    medicine = starter.drafts("medicine", "en", {"bias": CARD})
    for drafts in (medicine, medicine, starter.drafts("medicine", "zh", {})):
        register.add_all(database, room, drafts)
    found = register.risks(database, room)
    assert len(found) == len(medicine)
    assert [risk.values["evidence"] for risk in found].count((CARD,)) == 1
    register.add_all(database, room, starter.drafts("games", "en", {}))
    assert len(register.risks(database, room)) == len(medicine) + len(starter.drafts("games", "en", {}))
