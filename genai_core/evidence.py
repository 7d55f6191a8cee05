"""The evidence card: what a risk experiment found, in one typed record that can be cited, downloaded and put into a register.

Torch-free. A card is made from a run's record and report and the catalogue's entry alone; the same spec gives the same card.
"""

from __future__ import annotations

import dataclasses
import datetime
import html
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from genai_core import claims
from genai_core.claims import Claim
from genai_core.contracts import N_
from genai_core.errors import RunError
from genai_core.governance import frameworks
from genai_core.rows import dated, say

DISCLAIMER = N_("A measurement on small models, not a compliance finding and no legal advice.")
Translate = Callable[..., str]


@dataclass(frozen=True)
class Figure:
    """A mean over ``seeds`` replicates with its 95 % interval (None for a single one)."""

    value: float
    low: float | None
    high: float | None
    unit: str = ""


@dataclass(frozen=True)
class EvidenceCard:
    """Texts are message ids; ``run`` is the spec's hash, under which the run is found again; ``elsewhere`` is what others say of it."""

    experiment: str
    title: str
    claim: str
    method: str
    run: str
    seeds: int
    config: Mapping[str, Any]
    seed: int
    measure: str
    effect: Figure
    effect_label: str
    claimed: float
    null: float
    shown: bool  # the effect's interval lies beyond the null on the claimed side
    control: Figure
    control_label: str
    margin: float
    passed: bool  # the control's interval lies inside the margin
    mitigation: str
    before: Figure | None
    after: Figure | None
    price: str
    price_before: Figure | None
    price_after: Figure | None
    mapping: Mapping[str, tuple[str, ...]]
    as_of: Mapping[str, str]
    versions: Mapping[str, str]
    elsewhere: tuple[Claim, ...] = ()
    disclaimer: str = DISCLAIMER

    def to_json(self) -> dict[str, Any]:
        measured = dataclasses.asdict(dataclasses.replace(self, elsewhere=()))
        return json.loads(json.dumps(measured | {"elsewhere": [claim.to_json() for claim in self.elsewhere]}))


def card(record: Any, report: Mapping[str, Any], entry: Mapping[str, Any]) -> EvidenceCard:
    """The card of a finished run of a risk. RunError where the report is not that of a risk experiment."""
    try:
        metrics, params = report["metrics"], report["params"]
        effect, control = _figure(metrics["effect"]), _figure(report["control"]["control"])
        seeds, null, margin, claimed = (params[name] for name in ("seeds", "null", "margin", "claimed"))
    except (KeyError, TypeError) as error:
        raise RunError(
            N_("Run {run} has no result from which an evidence card could be made."), run=record.id
        ) from error
    mapping = {key: tuple(ids) for key, ids in entry["mapping"].items()}
    books = frameworks()
    return EvidenceCard(
        experiment=record.spec.plugin,
        **{name: entry[name] for name in ("title", "claim", "method", "measure", "effect_label", "control_label")},
        **{name: entry[name] for name in ("mitigation", "price")},
        run=record.hash,
        seeds=seeds,
        config=dict(record.spec.config),
        seed=record.spec.seed,
        effect=effect,
        claimed=claimed,
        null=null,
        shown=_beyond(effect, null, claimed),
        control=control,
        margin=margin,
        passed=_inside(control, null, margin),
        before=effect if "mitigated" in metrics else None,
        after=_figure(metrics["mitigated"]) if "mitigated" in metrics else None,
        price_before=_figure(metrics["price"]) if "price" in metrics else None,
        price_after=_figure(metrics["price_mitigated"]) if "price_mitigated" in metrics else None,
        mapping=mapping,
        as_of={key: books[key].as_of.isoformat() for key in mapping},
        versions=dict(record.versions),
        elsewhere=claims.of(record.spec.plugin),
    )


def _figure(metric: Mapping[str, Any]) -> Figure:
    return Figure(metric["value"], metric["low"], metric["high"], metric["unit"])


def _beyond(effect: Figure, null: float, claimed: float) -> bool:
    if effect.low is None or effect.high is None:
        return False
    return effect.low > null if claimed > null else effect.high < null


def _inside(control: Figure, null: float, margin: float) -> bool:
    if control.low is None or control.high is None:
        return False
    return null - margin < control.low and control.high < null + margin


def rows(found: EvidenceCard, t: Translate, language: str) -> list[tuple[str, str]]:
    """What a card says, as names with their values, in the reader's language; what was read long ago is flagged, by today's date."""

    def figure(f: Figure | None) -> str:
        if f is None:
            return "–"
        interval = "" if f.low is None else f" ({f.low:.3g} – {f.high:.3g})"
        return f"{f.value:.3g}{interval} {t(f.unit) if f.unit else ''}".strip()

    books, today = frameworks(), datetime.datetime.now(datetime.UTC).date()
    read = {key: dated(datetime.date.fromisoformat(day), today, t) for key, day in found.as_of.items()}
    names = [
        f"{books[key].heading(language)}: {'; '.join(books[key].name(i, language) for i in ids)} ({read[key]})"
        for key, ids in found.mapping.items()
    ]
    said = [
        f"{say(c.says, language)} {say(c.source, language)}, {c.url} ({claims.dated(c.when, c.as_of, today, t)})"
        for c in found.elsewhere
    ]
    return [
        (t("Claim"), t(found.claim)),
        (t("Method"), t(found.method)),
        (t("Measure"), t(found.measure)),
        (t(found.effect_label), figure(found.effect)),
        (t(found.control_label), figure(found.control)),
        (t("No effect would be"), f"{found.null:.3g} ± {found.margin:.3g}"),
        (t("Effect shown"), t("yes") if found.shown else t("no")),
        (t("Control passed"), t("yes") if found.passed else t("no")),
        (t("Mitigation"), t(found.mitigation) if found.mitigation else "–"),
        (t("Risk before and after"), f"{figure(found.before)} → {figure(found.after)}"),
        (t(found.price) if found.price else t("Price"), f"{figure(found.price_before)} → {figure(found.price_after)}"),
        (t("Trained models, each with a seed of its own"), str(found.seeds)),
        (t("Run"), found.run),
        (t("Settings"), json.dumps(dict(found.config), ensure_ascii=False)),
        (t("Versions"), json.dumps(dict(found.versions), ensure_ascii=False)),
        *((t("Bears on"), name) for name in names),
        *((t("Elsewhere"), words) for words in said),
    ]


def to_html(found: EvidenceCard, t: Translate, language: str) -> str:
    """The card as a page of its own, every text in it escaped. ``t``: message id -> the reader's language."""

    def row(name: str, value: str) -> str:
        return f"<tr><th>{html.escape(name)}</th><td>{html.escape(value)}</td></tr>"

    style = (
        "body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem}"
        "th{text-align:left;vertical-align:top;padding:.3rem 1rem .3rem 0;width:14rem}td{padding:.3rem 0}"
    )
    return (
        f'<!doctype html><html lang="{html.escape(language)}"><meta charset="utf-8"><title>{html.escape(t(found.title))}</title>'
        f"<style>{style}</style><h1>{html.escape(t(found.title))}</h1>"
        f"<table>{''.join(row(*pair) for pair in rows(found, t, language))}</table><p>{html.escape(t(found.disclaimer))}</p></html>"
    )
