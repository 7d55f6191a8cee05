"""What a room adds to the report: its register, its votes and the laws, in the report's language and not the page's."""

import datetime as dt
import json

import pytest

from genai_core import i18n
from genai_core.governance import ballots, laws, places, register, starter, workshop
from genai_core.governance.database import Database
from genai_core.report import sections
from pages.shared import report_room

TOKENS = [f"{k:048x}" for k in range(1, 5)]


@pytest.fixture
def database(tmp_path, monkeypatch):
    opened = Database(f"sqlite:///{tmp_path / 'decisions.db'}")
    monkeypatch.setattr(report_room.services, "database", lambda: opened)
    yield opened
    opened.close()


@pytest.mark.parametrize("language", i18n.languages())
def test_a_register_is_said_whole_in_the_reports_language(database, language):
    t = i18n.translator(language)
    room = places.make(database, "Credit", "1234")
    register.add_all(database, room.code, starter.drafts("medicine", language, {}))
    made = report_room.worded({"code": room.code, "parts": ["register"]}, t)
    assert json.loads(json.dumps(made)) == made and set(made) == {"register"}
    risks = made["register"]["risks"]
    assert len(risks) == len(register.risks(database, room.code)) and made["register"]["axes"][0] == t("Likelihood")
    assert all(risk["at"] and risk["inherent"] != "–" for risk in risks)
    told = dict(risks[0]["facts"])
    sector = t(report_room.fields.fields()["sector"].label)
    assert told[t("Cause")] and told[sector] == t("Medicine and health") and "nist" not in str(told.values()).split()
    assert sections.register(made["register"], t)


def test_votes_are_there_only_once_they_are_shown(database):
    t = i18n.translator("en")
    room = places.make(database, "Credit", "1234")
    workshop.lead(database, room.code, "1234", TOKENS[0])
    workshop.begin(database, room.code, TOKENS[0], "Shall we ship?")
    workshop.add_item(database, room.code, TOKENS[0], "A leak")
    item = report_room.workshop_watch.read(database, room.code).items[0].id
    workshop.move(database, room.code, TOKENS[0], "scope", "score1")
    for token, likelihood in zip(TOKENS[1:], (2, 4, 4), strict=True):
        ballots.join(database, room.code, token, f"P{likelihood}")
        ballots.score(database, room.code, token, 1, item, {"likelihood": likelihood, "impact": 5})
    ballots.join(database, room.code, "w" * 48, "Watches alone")
    assert report_room.worded({"code": room.code, "parts": ["workshop"]}, t) == {"workshop": None}
    workshop.move(database, room.code, TOKENS[0], "score1", "discuss")
    said = report_room.worded({"code": room.code, "parts": ["workshop"]}, t)["workshop"]
    scales = {scale["name"]: scale for scale in said["items"][0]["scales"]}
    assert said["people"] == 3 and scales["Likelihood, round 1"]["counts"] == [0, 1, 0, 2, 0] and scales["Likelihood, round 1"]["median"] == 4
    assert sections.workshop(said, t)


@pytest.mark.parametrize("language", i18n.languages())
def test_every_provision_is_in_with_its_state_of_today_and_its_reading(language):
    made = report_room.worded({"parts": ["laws"]}, i18n.translator(language))["laws"]
    today = dt.datetime.now(dt.UTC).date()
    assert len(made) == sum(len(dated.items) for dated in laws.laws(today)) <= 80
    assert all(row["text"] and row["state"] and row["as_of"].startswith("20") and row["source"] for row in made)


def test_nothing_is_asked_of_a_room_that_is_not_named():
    assert report_room.worded({"code": "", "parts": ["register", "workshop"]}, i18n.translator("en")) == {}
