"""The game: twenty pictures, three answers, alone or as a room that pools its answers without names."""

from base64 import b64decode
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

import numpy as np
import streamlit as st

from genai_core import game, rooms
from genai_core.contracts import N_
from genai_core.errors import UserError
from genai_core.rooms import Rooms
from pages.shared import bench, chrome, explore, text, url
from pages.shared.memo import Memo

DEALS = 9999
ASK = 3.0  # seconds between two looks at a room
NAMES = {"real": N_("Real"), "generated": N_("Generated"), "copied": N_("Copied")}
ICONS = {"real": ":material/draw:", "generated": ":material/auto_awesome:", "copied": ":material/content_copy:"}
MEANS = {
    "real": N_("written by a person, seen by no model"),
    "generated": N_("drawn by a model, like nothing else"),
    "copied": N_("drawn by a model, and in the album"),
}
_pictures = Memo(16)


@st.cache_resource(show_spinner=False)
def _rooms() -> Rooms:
    return Rooms(game.TRIALS, len(game.KINDS))


def show(shown: Mapping[str, Any], t: Any) -> None:
    """The table, and beside it the room."""
    with st.container(border=True, key="game"):
        left, right = st.columns([1.7, 1], gap="large")
        with left:
            st.fragment(_play, key="play")(shown)
        with right:
            _room(shown)


# --- playing ---------------------------------------------------------------------------------------------------------


def _code() -> str:
    """The room that the link names, "" for none; what is no code is none."""
    code = st.query_params.get("room", "").upper()
    return code if rooms.CODE.fullmatch(code) else ""


def _number() -> int:
    """Which deal: everybody in a room has the same."""
    return rooms.number(_code()) if _code() else url.whole("deal", DEALS, 1)


def _answers() -> list[str]:
    return st.session_state.setdefault(f"answers:{_code()}:{_number()}", [])


def _play(shown: Mapping[str, Any]) -> None:
    hand, answers = game.deal(shown, _number()), _answers()
    with chrome.errors():
        complaint = st.session_state.pop("room complaint", None)
        if complaint:
            raise complaint
    if len(answers) < len(hand):
        _trial(shown, hand[len(answers)], len(answers))
    else:
        _end(shown, hand, answers)


def _trial(shown: Mapping[str, Any], picture: int, place: int) -> None:
    t = text.translator()
    st.progress(place / game.TRIALS, t("Picture {n} of {total}", n=place + 1, total=game.TRIALS))
    big, words = st.columns([1, 1], gap="medium", vertical_alignment="center")
    with big, st.container(key="pixels-trial"):
        st.image(
            _uri(shown, picture, 12), width=336, alt=t("Picture {n}: a handwritten digit, real or not", n=place + 1)
        )
    with words:
        st.markdown(t("**What is it?** First thought, no hurry."))
        for kind in game.KINDS:
            with st.container(gap="small"):
                st.button(
                    t(NAMES[kind]), icon=ICONS[kind], key=f"answer-{place}-{kind}", width="stretch", on_click=_answer, args=(place, kind)
                )  # fmt: skip
                st.caption(t(MEANS[kind]))
    with st.container(key="pixels-album"):
        st.image(
            _album(shown), width="stretch", alt=t("The album: the 24 pictures that the copying model has learned from")
        )
    st.caption(
        t(
            "The album: one model has learned from these 24 pictures and nothing else. What it copied is among them; "
            "by looking at a picture alone, nobody can tell a copy."
        )
    )


def _answer(place: int, kind: str) -> None:
    """Only the first answer to the picture that is on the table counts, whatever a second click sends."""
    answers = _answers()
    if len(answers) != place:
        return
    answers.append(kind)
    if _code() and bench.owner():
        try:
            _rooms().answer(_code(), bench.owner(), place, game.KINDS.index(kind))
        except UserError as error:
            st.session_state["room complaint"] = error


def _end(shown: Mapping[str, Any], hand: Sequence[int], answers: Sequence[str]) -> None:
    t = text.translator()
    truth = [shown["kinds"][i] for i in hand]
    found = game.score(truth, game.one(answers))
    machine = game.score(truth, game.one(["generated" if shown["scores"][i] > 0 else "real" for i in hand]))
    one, two, three = st.columns(3)
    one.metric(t("You named right"), t("{n} of {total}", n=found.right, total=found.n))
    one.caption(_verdict(found.right, found.band, THREE))
    two.metric(t("Machine-made or real"), t("{n} of {total}", n=found.two, total=found.n))
    two.caption(_verdict(found.two, found.coin, TWO))
    three.metric(t("The detector, on the same twenty"), t("{n} of {total}", n=machine.two, total=machine.n))
    three.caption(
        t("d' {machine}; yours {own}, where 0 is guessing.", machine=t.number(machine.d, 2), own=t.number(found.d, 2))
    )
    for kind in game.KINDS:
        right, of = found.kinds[kind]
        st.markdown(f"**{t(NAMES[kind])}** · {t('{n} of {total} recognised', n=right, total=of)}")
        with st.container(horizontal=True, key=f"pixels-{kind}", gap="small"):
            for place, i in enumerate(hand):
                if shown["kinds"][i] == kind:
                    _card(shown, i, answers[place])
    with st.container(horizontal=True):
        st.button(t("Play again, other pictures"), icon=":material/casino:", key="again", on_click=_again)


def _card(shown: Mapping[str, Any], i: int, said: str) -> None:
    """One picture with its truth and the answer; a copy stands beside what it is a copy of."""
    t = text.translator()
    kind, of = shown["kinds"][i], shown["copy_of"][i]
    right = said == kind
    says = t("✓ right") if right else t("✗ you said: {answer}", answer=t(NAMES[said]))
    with st.container(width=84 if of < 0 else 150, gap=None):
        with st.container(horizontal=True, gap=None):
            st.image(_uri(shown, i, 3), width=68, alt=f"{t(NAMES[kind])}. {says}")
            if of >= 0:
                st.image(_uri(shown, of, 3, "album"), width=68, alt=t("its original in the album"))
        st.caption(says)


THREE = {
    -1: N_("below chance: guessing among three gives {low} to {high}, 95 times in 100"),
    0: N_("within chance: guessing among three gives {low} to {high}, 95 times in 100"),
    1: N_("above chance: guessing among three gives {low} to {high}, 95 times in 100"),
}
TWO = {
    -1: N_("below chance: tossing a coin gives {low} to {high}, 95 times in 100"),
    0: N_("within chance: tossing a coin gives {low} to {high}, 95 times in 100"),
    1: N_("above chance: tossing a coin gives {low} to {high}, 95 times in 100"),
}


def _verdict(right: int, band: tuple[int, int], sentences: Mapping[int, str]) -> str:
    t = text.translator()
    place = (right > band[1]) - (right < band[0])
    return t(sentences[place], low=band[0], high=band[1])


def _again() -> None:
    """Another deal, alone: in a room a second game would not count."""
    deal = (_number() + 1) % (DEALS + 1)
    if "room" in st.query_params:
        del st.query_params["room"]
    st.query_params["deal"] = str(deal)
    st.session_state[f"answers::{deal}"] = []


# --- a room ----------------------------------------------------------------------------------------------------------


def _room(shown: Mapping[str, Any]) -> None:
    t = text.translator()
    st.subheader(t("Play it as a room"), anchor=False)
    if not _code():
        st.markdown(
            t(
                "Open a room and show its code: everybody with the link gets the same twenty pictures, and the answers are pooled. "
                "No names; each browser counts once; forgotten after an hour."
            )
        )
        if st.button(t("Open a room"), icon=":material/groups:", type="primary", key="open-room"):
            with chrome.errors():
                if bench.owner():
                    st.query_params["room"] = _rooms().open(bench.owner())
                    st.rerun()
        return
    with chrome.errors():
        _rooms().pool(_code())
        st.markdown(f"# {_code()}")
        import segno

        picture = BytesIO()
        segno.make(chrome.link(), error="m").save(picture, kind="png", scale=6, border=2)
        st.image(picture.getvalue(), width=190, alt=t("QR code of this room"))
        st.fragment(_pool, run_every=ASK, key="pool")(shown)
    st.button(t("Leave the room"), icon=":material/logout:", key="leave-room", on_click=_leave)


def _leave() -> None:
    if "room" in st.query_params:
        del st.query_params["room"]


def _pool(shown: Mapping[str, Any]) -> None:
    """The room's score so far: counts, and never who."""
    t = text.translator()
    with chrome.errors():
        pool = _rooms().pool(_code())
        st.caption(
            t(
                "Players: {n} · answers: {answers} · closes in {minutes} min",
                n=pool.people,
                answers=sum(map(sum, pool.counts)),
                minutes=int(pool.seconds_left // 60),
            )
        )
        hand = game.deal(shown, _number())
        if not sum(map(sum, pool.counts)):
            st.markdown(t("No answers yet."))
            return
        found = game.score([shown["kinds"][i] for i in hand], pool.counts)
        low, high = found.interval
        st.metric(t("The room names right"), t.percent(found.right / found.n, 1))
        st.caption(
            t(
                "95 % interval {low} to {high} (answers of one player count as independent); guessing: {chance}. d' {d}.",
                low=t.percent(low, 1),
                high=t.percent(high, 1),
                chance=t.percent(1 / len(game.KINDS), 1),
                d=t.number(found.d, 2),
            )
        )
        for kind, (right, of) in found.kinds.items():
            st.progress(
                right / of if of else 0.0, t("{kind}: {share} recognised", kind=t(NAMES[kind]), share=t.percent(right / of if of else 0.0))
            )  # fmt: skip
        if st.toggle(t("Show what fooled the room (it gives answers away)"), key="fooled"):
            _fooled(shown, hand, pool.counts)


def _fooled(shown: Mapping[str, Any], hand: Sequence[int], counts: Sequence[Sequence[int]]) -> None:
    t = text.translator()
    share = {
        place: row[game.KINDS.index(shown["kinds"][i])] / sum(row)
        for place, (i, row) in enumerate(zip(hand, counts, strict=True)) if sum(row)
    }  # fmt: skip
    with st.container(horizontal=True, key="pixels-fooled"):
        for place in sorted(share, key=share.__getitem__)[:3]:
            i = hand[place]
            with st.container(width=110):
                st.image(_uri(shown, i, 4), width=96, alt=t(NAMES[shown["kinds"][i]]))
                st.caption(t("{kind}; {share} saw it", kind=t(NAMES[shown["kinds"][i]]), share=t.percent(share[place])))


# --- pictures --------------------------------------------------------------------------------------------------------


def _strip(shown: Mapping[str, Any], name: str) -> np.ndarray:
    """Pictures (N, H, W) out of the one row that the report keeps."""
    from PIL import Image

    def make() -> np.ndarray:
        row = np.asarray(Image.open(BytesIO(b64decode(shown[name]))).convert("L"))
        return row.reshape(len(row), -1, len(row)).transpose(1, 0, 2)

    return _pictures((name, hash(shown[name])), make)


def _uri(shown: Mapping[str, Any], i: int, times: int, name: str = "pictures") -> str:
    return explore.png(_strip(shown, name)[i].repeat(times, 0).repeat(times, 1))


def _album(shown: Mapping[str, Any]) -> str:
    """The album in two rows, a little space between the pictures."""
    found = np.pad(_strip(shown, "album"), ((0, 0), (1, 1), (1, 1)))
    n, side, _ = found.shape
    wide = -(-n // 2)
    return explore.png(
        found[: 2 * wide].reshape(2, wide, side, side).transpose(0, 2, 1, 3).reshape(2 * side, wide * side)
    )
