"""Cards of the lab as evidence of a register: what a card becomes there, how it is shown, and the way back to its page."""

from collections.abc import Iterable, Mapping
from typing import Any

import streamlit as st

from genai_core import evidence
from genai_core.evidence import EvidenceCard
from genai_core.governance.fields import Evidence
from pages.shared import fields, lab, services, text


def taken(card: EvidenceCard, live: bool = False) -> Evidence:
    """A card as evidence; its words in English, as the register keeps them in every language."""
    settings = ", ".join(f"{name} = {value}" for name, value in card.config.items())
    return Evidence(
        experiment=card.experiment, title=card.title[:160], run=card.run, seed=card.seed, seeds=card.seeds, model=settings[:160],
        metric=card.measure[:160], value=card.effect.value, low=card.effect.low, high=card.effect.high, control=card.control_label[:160],
        control_value=card.control.value, control_low=card.control.low, control_high=card.control.high, shown=card.shown, passed=card.passed,
        live=live,
    )  # fmt: skip


def entry(key: str) -> Mapping[str, Any] | None:
    """The catalogue's entry of an experiment, of the lab or of an application."""
    found = services.catalogue()
    return found.risks.get(key) or found.applications.get(key)


def shipped(keys: Iterable[str]) -> dict[str, Evidence]:
    """The shipped cards of these experiments."""
    found = {}
    for key in keys:
        known, run_id = entry(key), services.shipped(key)
        if known and run_id:
            record = services.store().open(run_id).record()
            found[key] = taken(evidence.card(record, services.shipped_report(run_id), known))
    return found


def page(key: str) -> str:
    """The script of an experiment's page, "" where it has none."""
    return {place.key: place.page for place in (*lab.shown(), *fields.shown())}.get(key, "")


def show(found: Evidence, key: str) -> None:
    """Figure with interval and control, and the way to the page. The catalogue's words where it knows the experiment."""
    t = text.translator()
    known = entry(found.experiment)
    title = t(known["title"]) if known else text.plain(found.title)
    metric, control = (t(known["effect_label"]), t(known["control_label"])) if known else (text.plain(found.metric), text.plain(found.control))
    measure = f"{t(known['measure'])}  \n" if known else ""
    with st.container(border=True, key=f"card-{key}"):
        st.markdown(f"**{title}**" + (f" · {t('a live run')}" if found.live else ""))
        effect = _figure(found.value, found.low, found.high)
        null = _figure(found.control_value, found.control_low, found.control_high)
        st.markdown(f"{measure}{metric} · **{effect}**  \n{control} · {null}")
        made = t.n("{n} trained model, seed {seed}, run {run}", "{n} trained models, seed {seed}, run {run}", found.seeds, **_made(found))
        st.caption(f"{_verdict(found)} {made}")
        if page(found.experiment):
            st.page_link(page(found.experiment), label=t("See the experiment"), icon=":material/science:", query_params={"open": "1"})


def _made(found: Evidence) -> dict[str, Any]:
    return {"seed": found.seed, "run": text.plain(found.run[:16])}


def _verdict(found: Evidence) -> str:
    """By the rule stated beforehand, which asks for intervals."""
    t = text.translator()
    if found.low is None or found.control_low is None:
        return str(t("A single model has no interval, and its figure no verdict."))
    effect = t("The effect is there.") if found.shown else t("No effect shown.")
    return f"{effect} {t('The control passes.') if found.passed else t('The control fails.')}"


def _figure(value: float, low: float | None, high: float | None) -> str:
    t = text.translator()
    digits = 2 if abs(value) < 100 else 0
    if low is None or high is None:
        return f"{t.number(value, digits)} ({t('no interval: a single model')})"
    return f"{t.number(value, digits)} ({t.number(low, digits)} – {t.number(high, digits)})"
