"""What did not come from our catalogue is shown as it stands."""

from __future__ import annotations

import pytest

from pages.shared import text


@pytest.mark.parametrize(
    "hostile",
    [
        "https://evil.example/a?b=c", "HTTP://evil.example", "www.evil.example", "write to me@evil.example", ":material/delete:", ":smile:",
        ":+1:", "[a](javascript:alert(1))", "<b>x</b>", "**b** $x$ ~~s~~ `c`", ":red[x]",
    ],
)  # fmt: skip
def test_plain_text_keeps_every_character_and_is_nothing_else(hostile):
    made = text.plain(hostile)
    assert made.replace("\\", "").replace(text.JOIN, "") == hostile
    unescaped = made.replace("\\", "")
    assert "://" not in unescaped and "www." not in unescaped and "me@evil" not in unescaped
    assert not any(icon in unescaped for icon in (":material/", ":smile:", ":+1:"))


@pytest.mark.parametrize("harmless", ["at 12:30, nothing", "a: b", "ratio 1:2", "@home", "www"])
def test_what_makes_no_link_is_left_alone(harmless):
    assert text.JOIN not in text.plain(harmless)
