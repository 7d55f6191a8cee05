"""What every view of a workshop needs: who asks, an act with its complaint, the link to join, a fresh look at the room."""

from collections.abc import Callable
from io import BytesIO
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

import streamlit as st

from genai_core.errors import UserError
from genai_core.governance.workshop_watch import Snapshot
from pages.shared import services, text
from pages.shared.memo import Memo

COMPLAINT = "workshop complaint"
_codes = Memo(32)


def token() -> str:
    """The secret by which this browser votes or leads; "" until it has told it. Not its hash: run records show that one."""
    return str(st.session_state.get("owner", ""))


def say(code: str, call: Callable[..., Any], *args: Any) -> bool:
    """Do something in a room as this browser: ``call(database, code, token, *args)``. Whether it went well; the complaint is kept
    for ``complain``, because callbacks run before anything can be shown.

    The room is read anew within a second anyway: a hundred votes at once do not have it read a hundred times.
    """
    try:
        call(services.database(), code, token(), *args)
    except UserError as error:
        st.session_state[COMPLAINT] = error
        return False
    return True


def act(code: str, call: Callable[..., Any], *args: Any) -> bool:
    """The same for a facilitator, who sees at once what it did."""
    done = say(code, call, *args)
    services.workshops().forget(code)
    return done


def complain() -> None:
    """Show what went wrong in the last callback, once; in a place of its own, so that nothing below it closes or loses focus."""
    place = st.container()
    if problem := st.session_state.pop(COMPLAINT, None):
        place.error(text.say(problem), icon=":material/info:")


def seen(code: str, participant: int = 0) -> tuple[Snapshot | None, UserError | None]:
    """The room as it stood at most a second ago, or why not."""
    try:
        return services.workshops().snapshot(code, participant), None
    except UserError as error:
        return None, error


def sign(room: Snapshot) -> tuple[Any, ...]:
    """What is drawn of a room: it is drawn anew when this changes, not when somebody votes."""
    items = tuple((item.id, item.title, item.controls, item.dissents) for item in room.items)
    actions = tuple((action.id, action.dots) for action in room.actions)
    stands = (room.phase, room.since, room.revealed, room.shown, room.question, room.experiment, room.recorded)
    return room.id, *stands, room.closed, room.cleared, room.few, room.notes, items, actions


def grouped(code: str) -> str:
    """A code as people read it aloud: two times four."""
    return f"{code[:4]} {code[4:]}"


def address(code: str, **more: str) -> str:
    """The link that opens a room on this very server, in the language of whoever opens it."""
    here = urlsplit(st.context.url or "")
    return urlunsplit((here.scheme, here.netloc, here.path, urlencode({"room": code, **more}), ""))


def elsewhere(page: str, **more: str) -> str:
    """The address of another page, in this reader's language."""
    here = urlsplit(st.context.url or "")
    return urlunsplit((here.scheme, here.netloc, here.path.rpartition("/")[0] + "/" + page, urlencode({**more, "lang": text.language()}), ""))


def picture(link: str) -> bytes:
    """The QR code of a link as PNG."""

    def make() -> bytes:
        import segno

        out = BytesIO()
        segno.make(link, error="m").save(out, kind="png", scale=10, border=2)
        return out.getvalue()

    return _codes((link,), make)
