"""The evidence card on the screen: the verdict by the rule stated beforehand, and the record to take away."""

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

import streamlit as st

from genai_core import claims, evidence
from genai_core.evidence import EvidenceCard, Figure
from genai_core.governance import frameworks
from genai_core.rows import dated, say
from pages.shared import register_button, risk_live, text


def of(record: Any, report: Mapping[str, Any], entry: Mapping[str, Any]) -> EvidenceCard:
    return evidence.card(record, report, entry)


def number(figure: Figure) -> str:
    """A mean with its interval, in the reader's digits."""
    t = text.translator()
    digits = 2 if abs(figure.value) < 100 else 0
    if figure.low is None or figure.high is None:
        return t.number(figure.value, digits)
    return f"{t.number(figure.value, digits)} ({t.number(figure.low, digits)} – {t.number(figure.high, digits)})"


def verdict(card: EvidenceCard, entry: Mapping[str, Any]) -> None:
    """Effect and control as figures, each with what the rule says of it."""
    t = text.translator()
    with st.container(key="lit-effect" if card.shown else "calm-effect"):
        st.metric(t(card.effect_label), number(card.effect).split(" (")[0])
        st.caption(
            t("95 % interval over {n} trained models: {interval}", n=card.seeds, interval=_interval(card.effect))
        )
        st.markdown(
            t("**The effect is there:** its interval lies beyond no effect.")
            if card.shown
            else t("**No effect shown:** the interval reaches what no effect looks like.")
        )
    with st.container(key="calm-control" if card.passed else "lit-control"):
        st.metric(t(card.control_label), number(card.control).split(" (")[0])
        st.caption(t("95 % interval: {interval}", interval=_interval(card.control)))
        st.markdown(
            t(
                "**The control passes:** it stays within {margin} of {null}, as was stated beforehand.",
                margin=t.number(card.margin, 2),
                null=t.number(card.null, 2),
            )
            if card.passed
            else t("**The control fails:** what was measured is not to be believed.")
        )


def _interval(figure: Figure) -> str:
    t = text.translator()
    return (
        "–" if figure.low is None or figure.high is None else f"{t.number(figure.low, 2)} – {t.number(figure.high, 2)}"
    )


def show(card: EvidenceCard, entry: Mapping[str, Any], record: Any) -> None:
    t = text.translator()
    st.subheader(t("Evidence card"), anchor=False)
    with st.container(border=True, key="evidence"):
        st.markdown(f"**{t(card.claim)}**")
        st.markdown(t(card.method))
        left, right = st.columns(2, gap="large")
        with left:
            st.markdown(
                "  \n".join(
                    f"**{name}** · {value}"
                    for name, value in (
                        (t(card.effect_label), number(card.effect)),
                        (t(card.control_label), number(card.control)),
                        *(((t(card.mitigation), number(card.after)),) if card.after else ()),
                        (t("Trained models, each with a seed of its own"), str(card.seeds)),
                        (t("Run"), f"`{record.id}`"),
                    )
                )
            )
        with right:
            books, language = frameworks(), text.language()
            for key, ids in card.mapping.items():
                names = t("; ").join(text.plain(books[key].name(i, language)) for i in ids)
                st.markdown(
                    f"[{books[key].heading(language)}]({books[key].url}): {names} · {_dated(card.as_of[key], t)}"
                )
            _elsewhere(card)
        st.caption(t(card.disclaimer))
        with st.container(horizontal=True, key="card-downloads"):
            name = f"evidence-{card.experiment}-{card.run}"
            data = json.dumps(card.to_json(), ensure_ascii=False, indent=1, sort_keys=True)
            st.download_button(
                t("Card as JSON"),
                data,
                f"{name}.json",
                "application/json",
                icon=":material/data_object:",
                on_click="ignore",
            )
            page = evidence.to_html(card, t, text.language())
            st.download_button(
                t("Card as a page (HTML)"), page, f"{name}.html", "text/html", icon=":material/html:", on_click="ignore"
            )
        register_button.show(card, entry, _live(entry))


def _elsewhere(card: EvidenceCard) -> None:
    """The sources of what others say of it, with their days. The sentences stand on the page, and in the files to take away."""
    t, language, today = text.translator(), text.language(), dt.datetime.now(dt.UTC).date()
    sources = dict.fromkeys(  # one may be cited twice
        f"[{text.plain(say(c.source, language))}]({c.url}) · {claims.dated(c.when, c.as_of, today, t)}"
        for c in card.elsewhere
    )
    if sources:
        st.markdown("  \n".join((f"**{t('Elsewhere')}**", *sources)))


def _live(entry: Mapping[str, Any]) -> EvidenceCard | None:
    """The card of the live run on the page. A private one has none: it goes into no register."""
    found = risk_live.finished(entry)
    return of(found.record, found.report, entry) if found and not found.record.private else None


def _dated(day: str, t: Any) -> str:
    """The day on which a framework was read; a reading that is old is marked."""
    return dated(dt.date.fromisoformat(day), dt.datetime.now(dt.UTC).date(), t)
