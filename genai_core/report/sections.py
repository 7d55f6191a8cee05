"""What a report says: runs that were shown, evidence, register, votes, laws, each as blocks in one language. Torch-free.

What comes from a room (register, votes) and the laws arrive as plain JSON in words already, as the page that shows them has them: the
keys are said at each function.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from typing import Any

from PIL import Image

from genai_core import evidence
from genai_core.contracts import N_
from genai_core.evidence import EvidenceCard
from genai_core.measures import NAMES
from genai_core.report import Block, Chart, Facts, Grid, Heading, Picture, Text, charts
from genai_core.runs.store import Run
from genai_core.runs.watch import columns, resolve, thin

LOSSES = ("loss_d", "loss_g", "loss", "reconstruction", "kl")
STATES = {
    "queued": N_("queued"),
    "running": N_("running"),
    "paused": N_("paused"),
    "done": N_("done"),
    "stopped": N_("stopped"),
    "failed": N_("failed"),
}
POINTS = 240
MOST_TOLD = 120  # risks of a register that are told in full: a PDF of five hundred takes longer than a look may
EXCERPT = 600  # characters of what a model wrote
T = Any  # i18n.Translator


def plain(markdown: str) -> str:
    """A message of ours without its Markdown: emphasis, coloured words, icons, links (their address in brackets)."""
    text = re.sub(r":material/\w+:\s*", "", markdown)
    text = re.sub(r":\w+\[([^\]]*)\]", r"\1", text)
    text = re.sub(r"\[([^\]]*)\]\(([^)\s]*)\)", r"\1 (\2)", text)
    text = re.sub(r"(\*\*|__|`)(.+?)\1", r"\2", text)
    text = re.sub(r"(?<![\w*])\*(?!\s)([^*\n]+)(?<!\s)\*(?![\w*])", r"\1", text)
    return re.sub(r"[ \t]*\n", "\n", text).strip()


# --- runs ------------------------------------------------------------------------------------------------------------


def run(found: Run, models: Mapping[str, Any], datasets: Mapping[str, Any], t: T) -> list[Block]:
    """One run: what was asked, what was seen, what was measured. ``models`` and ``datasets`` are those of the catalogue."""
    record, report = found.record(), found.report() or {}
    spec = record.spec
    model, dataset = models.get(spec.plugin), datasets.get(spec.dataset or "")
    title = t(model["title"]) if model else spec.plugin
    blocks: list[Block] = [Heading(f"{title} · {t(dataset['title'])}" if dataset else title, 2)]
    blocks += _seen(found, t)
    told = {knob["name"]: t(knob["label"]) for knob in (model["knobs"] if model else ())}
    settings = "; ".join(f"{plain(told.get(name, name))}: {_said(value)}" for name, value in sorted(spec.config.items()))
    budget = t("{n} steps", n=t.number(record.step, 0))
    if record.elapsed:
        budget += ", " + t("{seconds} s", seconds=t.number(record.elapsed, 1))
    rows = [
        (t("Run"), record.id),
        (t("Spec (hash)"), record.hash),
        (t("State"), t(STATES[record.state])),
        (t("Seed"), str(spec.seed)),
        (t("Trained for"), budget),
        (t("Settings"), settings or "–"),
        (t("Versions"), ", ".join(f"{name} {version}" for name, version in sorted(record.versions.items()))),
    ]
    if record.energy_wh:
        rows.append((t("Energy, an estimate"), f"{t.number(record.energy_wh, 3)} Wh"))
    blocks.append(Facts(tuple(rows)))
    blocks += _losses(found, t) + _measures(report, t)
    return blocks


def _said(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _seen(found: Run, t: T) -> list[Block]:
    steps = found.frames()
    if not steps:
        return []
    caption = t("What the model made at step {step}", step=t.number(steps[-1], 0))
    if _written(found, steps[-1]):
        said = found.text(steps[-1])
        return [Text(caption, "note"), Text(said[:EXCERPT] + ("…" if len(said) > EXCERPT else ""))]
    return [Picture(png(found.frame(steps[-1])), caption, 0.45), Text(caption, "note")]


def _written(found: Run, step: int) -> bool:
    return f"{step:06d}.txt" in found.files.names(found.path("frames"))


def png(webp: bytes) -> bytes:
    """A frame as PNG, pixel for pixel."""
    made = io.BytesIO()
    with Image.open(io.BytesIO(webp)) as picture:
        picture.convert("RGB").save(made, "PNG")
    return made.getvalue()


def _losses(found: Run, t: T) -> list[Block]:
    lines = resolve([line for _, part in found.segments(after=0) for line in part])
    table = columns(lines)
    shown = {}
    for name in LOSSES:
        if name in table and len(table[name][0]) > 1:
            shown[t(NAMES[name])] = list(zip(thin(table[name][0], POINTS), thin(table[name][1], POINTS), strict=True))
    if not shown:
        return []
    return [Chart(charts.curves(shown, t("step")), t("Losses over the steps of the training: {names}", names=", ".join(shown)))]


def _measures(report: Mapping[str, Any], t: T) -> list[Block]:
    rows = []
    for name, metric in report.get("metrics", {}).items():
        if name not in NAMES or metric["value"] is None:
            continue
        interval = "–" if metric["low"] is None else f"{t.number(metric['low'], 3)} – {t.number(metric['high'], 3)}"
        floor = "–" if metric["floor"] is None else t.number(metric["floor"], 3)
        rows.append((t(NAMES[name]), t.number(metric["value"], 3), interval, floor))
    if not rows:
        return []
    head = (t("Measure"), t("Value"), t("Interval"), t("Real against real, or baseline"))
    return [Grid(head, tuple(rows), (0.4, 0.15, 0.25, 0.2))]


# --- evidence --------------------------------------------------------------------------------------------------------


def card(found: EvidenceCard, report: Mapping[str, Any], t: T, language: str) -> list[Block]:
    """An evidence card with its chart."""
    points = report["figures"]["points"]
    rows = [
        (t(found.effect_label), points["effect"], found.effect, "risk"),
        (t(found.control_label), points["control"], found.control, "heldout"),
    ]
    if found.after is not None and "mitigated" in points:
        rows.append((t("with the fix"), points["mitigated"], found.after, "real"))
    drawn = [(plain(label), list(values), f.value, f.low, f.high, concept) for label, values, f, concept in rows]
    band = (found.null - found.margin, found.null + found.margin)
    alt = t("Each point is a trained model; diamonds are means with 95 % intervals; the grey band is what no effect looks like")
    told = [(plain(name), plain(value)) for name, value in evidence.rows(found, t, language)]
    return [
        Heading(plain(t(found.title)), 2),
        Text(plain(t(found.claim)), "lead"),
        Chart(charts.replicates(drawn, band, plain(t(found.measure))), alt),
        Text(alt, "note"),
        Facts(tuple(told[1:])),
        Text(t(found.disclaimer), "note"),
    ]


# --- what a room decided ---------------------------------------------------------------------------------------------


def register(said: Mapping[str, Any], t: T) -> list[Block]:
    """``said``: {"room", "risks": [{"number", "title", "inherent", "residual", "owner", "due", "at": [likelihood, impact] or None,
    "facts": [[name, value], …]}], "bands": five rows of five, "axes": [likelihood, impact]}."""
    risks = said["risks"]
    blocks: list[Block] = [Text(t("Room: {room}", room=said["room"]), "lead")]
    placed = [(r["number"], *r["at"]) for r in risks if r["at"]]
    if placed:
        alt = t("Risks by likelihood and impact, as they are now: {places}", places="; ".join(f"{n}: {a}, {b}" for n, a, b in placed))
        blocks += [
            Chart(charts.matrix(placed, said["bands"], said["axes"][1], said["axes"][0]), alt),
            Text(t("Bands say what to look at first. Likelihood times impact is no arithmetic: a matrix orders few pairs of risks without "
                   "ambiguity (Cox 2008, Risk Analysis 28:497)."), "note"),
        ]  # fmt: skip
    head = (t("No."), t("Risk"), t("Inherent"), t("Residual"), t("Owner"), t("Due"))
    rows = tuple((str(r["number"]), r["title"], r["inherent"], r["residual"], r["owner"], r["due"]) for r in risks)
    blocks.append(Grid(head, rows, (0.07, 0.4, 0.14, 0.14, 0.13, 0.12)))
    for r in risks[:MOST_TOLD]:
        blocks += [Heading(f"{r['number']}. {r['title']}", 3), Facts(tuple((name, value) for name, value in r["facts"] if value))]
    if len(risks) > MOST_TOLD:
        rest = t("The first {n} of {all} risks are told in full; the register's own export holds all.", n=MOST_TOLD, all=len(risks))
        blocks.append(Text(rest, "note"))
    return blocks


def workshop(said: Mapping[str, Any], t: T) -> list[Block]:
    """``said``: {"question", "people", "items": [{"title", "scales": [{"name", "counts", "median", "spread"}], "dissent": [str]}],
    "actions": [[text, owner, due, dots]]}."""
    blocks: list[Block] = [
        Text(said["question"], "lead"),
        Text(t("{n} people scored in silence. Medians and the spread are shown, not a mean: who disagrees is part of the result.", n=said["people"])),
    ]
    for item in said["items"]:
        rows = [(scale["name"], scale["counts"], scale["median"]) for scale in item["scales"] if sum(scale["counts"])]
        blocks.append(Heading(item["title"], 2))
        if rows:
            told = "; ".join(
                t("{name}: median {median}, spread {spread}", name=s["name"], median=t.number(s["median"], 1), spread=t.number(s["spread"], 1))
                for s in item["scales"]
                if sum(s["counts"])
            )
            blocks += [Chart(charts.votes(rows), told), Text(told)]
        for words in item["dissent"]:
            blocks.append(Text(t("Dissent: {words}", words=words), "note"))
    if said["actions"]:
        head = (t("Action"), t("Owner"), t("Due"), t("Dots"))
        blocks += [Heading(t("Actions"), 2), Grid(head, tuple(tuple(map(str, row)) for row in said["actions"]), (0.5, 0.22, 0.16, 0.12))]
    return blocks


def laws(said: Sequence[Mapping[str, str]], t: T) -> list[Block]:
    """``said``: [{"instrument", "article", "text", "state", "since", "as_of", "source"}], as the page of laws words them."""
    head = (t("Instrument"), t("What it says"), t("State"), t("Read on"))
    rows = tuple(
        (f"{row['instrument']} {row['article']}".strip(), f"{row['text']}\n{row['source']}", f"{row['state']}\n{row['since']}", row["as_of"])
        for row in said
    )
    return [
        Text(t("No legal advice. Secondary sources; each row says when it was last read."), "note"),
        Grid(head, rows, (0.24, 0.46, 0.16, 0.14)),
    ]
