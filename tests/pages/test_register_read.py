"""Who changed a risk, in the reader's language."""

from genai_core import i18n
from pages.shared import register_read, text


def test_the_history_names_a_workshop_in_the_readers_language(monkeypatch):
    monkeypatch.setattr(text, "translator", lambda: i18n.translator("zh"))
    assert register_read.by("workshop") == "研讨会" and register_read.by("*A*") == "\\*A\\*"
    assert register_read.by("") == i18n.translator("zh")("somebody")
