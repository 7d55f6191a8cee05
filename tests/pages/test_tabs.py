"""Tabs by key: which one they begin with, when the language or what they are about changes."""

from types import SimpleNamespace

from pages.shared import tabs

TITLES = {"en": {"a": "First", "b": "Second"}, "zh": {"a": "一", "b": "二"}}


def test_the_open_tab_stays_open_in_another_language_and_a_wish_counts_once(monkeypatch):
    session: dict = {}
    asked: list[tuple[str, str]] = []

    def drawn(language: str, opened: str, about: str = "run", wish: str | None = None) -> None:
        """The script once, in a language, with a tab that the visitor has open."""
        monkeypatch.setattr(tabs.text, "language", lambda: language)
        monkeypatch.setattr(
            tabs.st,
            "tabs",
            lambda titles, key, default, **_: (
                asked.append((key, default)) or [SimpleNamespace(open=title == opened) for title in titles]
            ),
        )
        tabs.show("view", TITLES[language], about=about, wish=wish)

    monkeypatch.setattr(tabs.st, "session_state", session)
    drawn("en", "Second", wish="b")
    drawn("en", "First", wish="a")  # a click: the default must not move, or the tabs would begin anew
    drawn("zh", "一", wish="b")
    drawn("zh", "二", wish="b")
    drawn("en", "Second")
    drawn("en", "First", about="another run", wish="nonsense")
    assert asked == [
        ("view-tab:en", "Second"),
        ("view-tab:en", "Second"),
        ("view-tab:zh", "一"),
        ("view-tab:zh", "一"),
        ("view-tab:en", "Second"),
        ("view-tab:en", "First"),
    ]
