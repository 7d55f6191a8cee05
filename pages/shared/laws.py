"""The page of laws and frameworks: what is in force today, what is coming, and how long ago it was read."""

import datetime
from typing import Any

import streamlit as st

from genai_core.contracts import N_
from genai_core.governance import laws
from genai_core.governance.laws import Dated, Item, Law
from genai_core.rows import say
from pages.shared import chrome, text, url

KINDS = {
    "law": (N_("binding"), ":material/gavel:", "red-badge"),
    "standard": (N_("standard"), ":material/straighten:", "blue-badge"),
    "voluntary": (N_("voluntary"), ":material/volunteer_activism:", "green-badge"),
    "court": (N_("ruling"), ":material/balance:", "violet-badge"),
}
TOPICS = {
    "copyright": N_("Copyright"),
    "privacy": N_("Privacy"),
    "misinformation": N_("Misinformation"),
    "ethics": N_("Ethics and society"),
    "literacy": N_("Literacy"),
    "security": N_("Security"),
    "governance": N_("Governance"),
}
ALL = "all"


def show() -> None:
    t, today = text.translator(), datetime.date.today()
    chrome.title(
        t("Laws and frameworks"),
        t("What is in force is computed from dates, against today, {day}. This is no legal advice.", day=t.date(today)),
    )
    _coming(today)
    topic = _topic()
    found = [dated for dated in laws.laws(today) if topic in (ALL, *dated.law.topics)]
    cells, long = st.columns(2, gap="medium"), [0, 0]
    for dated in sorted(found, key=lambda dated: dated.law.key != st.query_params.get("law")):
        side = int(long[1] < long[0])  # the shorter column
        long[side] += 2 + len(dated.items)
        with cells[side]:
            _card(dated)
    st.info(
        t(
            "Read in secondary sources unless a card says otherwise, and in words of our own: before you rely on a line, read the instrument itself "
            "and ask somebody whose profession it is. Laws that bear on the matter and were not read for this page are not on it: among them the "
            "Chinese law on personal information and on copyright, the GDPR, the EU directive on copyright in the digital single market, and the "
            "American rulings on fair use."
        ),
        icon=":material/info:",
    )


def _topic() -> str:
    t = text.translator()
    names = {ALL: t("All topics")} | {key: t(name) for key, name in TOPICS.items()}
    at = url.choice("topic", list(names), ALL)
    chosen = str(st.pills(t("Topic"), list(names), default=at, format_func=names.get, key="law-topic", required=True) or at)
    url.keep("topic", chosen, ALL)
    return chosen


def _coming(today: datetime.date) -> None:
    """The next dates, nearest first."""
    t, language = text.translator(), text.language()
    found = laws.coming(today)[:4]
    if not found:
        return
    st.subheader(t("Coming into force"), anchor=False)
    for cell, (law, item) in zip(st.columns(4, gap="small"), found, strict=False):
        with cell, st.container(border=True, key=f"coming-{law.key}-{item.days}"):
            st.markdown(
                f"**{t.date(_day(item))}**  \n{t.n('in {n} day', 'in {n} days', item.days or 0)}  \n"
                f"{say(law.title, language)} · {say(item.provision.article, language)}"
            )


def _day(item: Item) -> datetime.date:
    assert item.provision.since is not None  # the core calls nothing upcoming that has no date
    return item.provision.since


def _card(dated: Dated) -> None:
    t, language = text.translator(), text.language()
    law = dated.law
    kind, icon, badge = KINDS[law.kind]
    with st.container(border=True, key=f"law-{law.key}"):
        st.markdown(f"#### {say(law.title, language)}")
        st.markdown(f":{badge}[{icon} {t(kind)}] {say(law.place, language)}")
        for item in dated.items:
            st.markdown(
                f"**{say(item.provision.article, language)}** {_state(law, item)}  \n{say(item.provision.says, language)}"
            )
        st.caption(
            t(
                "Source: {source}. Names itself: {original}. As of {date}.",
                source=text.plain(say(law.source, language)), original=text.plain(law.original), date=t.date(law.as_of),
            )
            + (f" [{t('Open the source')}]({law.url})" if law.url else f" {t('No address of it was read.')}")
        )
        if dated.stale:
            stale(dated.age)


def stale(days: int) -> None:
    """Says that a fact was read too long ago."""
    t = text.translator()
    said = t.n(
        "Read {n} day ago: check again before you rely on it.", "Read {n} days ago: check again before you rely on it.", days
    )
    st.warning(said, icon=":material/history:")


def named(law: Law, item: Item, t: Any) -> str:
    """The state in a word: computed from the dates alone. What cannot be in force is published, applies, or was given."""
    if item.state == "in force":
        return {"law": t("in force"), "standard": t("applies"), "voluntary": t("issued"), "court": t("given")}[law.kind]
    return {"upcoming": t("upcoming"), "ended": t("ended"), "undated": t("no date read")}[item.state]


LOOKS = {"in force": "green-badge", "upcoming": "orange-badge", "ended": "gray-badge", "undated": "gray-badge"}


def _state(law: Law, item: Item) -> str:
    """A badge: the state, and the day from which it counts."""
    t = text.translator()
    day = f" · {t.date(item.provision.since)}" if item.provision.since and item.state != "ended" else ""
    sign = {"upcoming": ":material/schedule: ", "in force": ":material/check: "}.get(item.state, "")
    return f":{LOOKS[item.state]}[{sign}{named(law, item, t)}{day}]"
