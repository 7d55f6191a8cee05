"""A run on the screen: canvas with scrubber, curves, controls, warning lights. One fragment, which ticks while the run lives."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import streamlit as st

from genai_core import plots
from genai_core.contracts import ACTIVE, N_
from genai_core.errors import UserError
from genai_core.metrics.detectors import DETECTORS
from pages.shared import bench as benches
from pages.shared import chrome, components, pictures, services, shown, text, typeset
from pages.shared.bench import Bench
from pages.shared.memo import Memo

TICK = 1.0  # seconds between looks at a living run
FIRST_TICK = 0.35  # and at one whose first picture is due
YOUNG = 5.0  # seconds for which it is due; after that it waits its turn
MOST_FRAMES = 60  # sent to the browser for playing back
FRAMES, FILMS, CHARTS = Memo(32), Memo(8), Memo(64)


@dataclass(frozen=True)
class Panel:
    """One chart beside the canvas: lines, and the floor of which measure it shows."""

    key: str
    title: str  # message id
    help: str  # message id: what the curve says, in a sentence
    lines: tuple[plots.Curve, ...]
    log: bool = False
    domain: tuple[float, float] | None = None
    floor: str = ""
    floor_label: str = N_("real against real: {value}")


VARIETY = Panel(
    "variety",
    N_("Variety"),
    N_(
        "Coverage: share of real pictures that have a sample nearby; the dashed line is real against real. "
        "Recall: share of real pictures within reach of the samples."
    ),
    (
        plots.Curve("coverage", N_("coverage"), "heldout"),
        plots.Curve("recall", N_("recall"), "training"),
    ),
    domain=(0.0, 1.0),
    floor="coverage",
    floor_label=N_("coverage, real against real: {value}"),
)


def show(bench: Bench, panels: Sequence[Panel]) -> None:
    """The run on the bench. Ticks once a second while it is queued or running, and stands still otherwise."""
    t = text.translator()
    if not bench.run_id:
        st.info(t("This recipe has no shipped run yet. Press Train to make one."), icon=":material/model_training:")
        return
    snapshot = services.watcher().snapshot(bench.run_id)
    shown.note("run", bench.run_id)
    alive = snapshot.record.state in ACTIVE
    pace = FIRST_TICK if _young(snapshot) else TICK if alive else None
    st.fragment(_tick, run_every=pace, key="live")(bench, tuple(panels), alive, pace)


def _young(snapshot: Any) -> bool:
    """A run whose first picture is due any moment: it is looked at more often."""
    record = snapshot.record
    return record.state in ACTIVE and not snapshot.frames and time.time() - record.created < YOUNG


def _tick(bench: Bench, panels: tuple[Panel, ...], alive: bool, pace: float | None) -> None:
    with chrome.errors():
        if pace == FIRST_TICK:
            services.watcher().forget(bench.run_id)
        snapshot = services.watcher().snapshot(bench.run_id)
        if (snapshot.record.state in ACTIVE) != alive or (pace == FIRST_TICK and not _young(snapshot)):
            st.rerun()
        if alive:
            services.seen(bench.run_id)
        middle, right = st.columns([1, 1.25], gap="medium")
        with middle:
            at = _canvas(bench, snapshot, alive)
            _controls(bench, snapshot)
        with right:
            _curves(snapshot, panels, at)
        _lights(bench, snapshot)


# --- canvas ----------------------------------------------------------------------------------------------------------


def _canvas(bench: Bench, snapshot: Any, alive: bool) -> int | None:
    """The samples; returns the step that the scrubber stands on, None at the end."""
    t = text.translator()
    frames = snapshot.frames
    if not frames:
        with st.container(key="canvas"):
            if alive:
                st.skeleton(height=420)
            else:
                st.info(t("This run ended before its first picture."), icon=":material/image_not_supported:")
        return None
    if pictures.written(snapshot.record):
        return _text(bench, frames, alive)
    alt = t("A grid of samples that the model made at step {step}", step=frames[-1])
    if alive:
        with st.container(key="canvas"):
            st.image(_frame(bench.run_id, frames[-1]), width="stretch", alt=alt)
        return None
    kept = pictures.thin(frames, MOST_FRAMES)
    start = _wished(kept)
    at = components.film(
        _film(bench.run_id, tuple(kept)),
        kept,
        alt=alt,
        labels={"play": t("Play"), "pause": t("Hold"), "step": t("step {step}", step="#")},
        key=f"film:{bench.run_id}",
        start=start,
    )
    return _stood(at, start, kept)


def _text(bench: Bench, frames: list[int], alive: bool) -> int | None:
    """As :func:`_canvas`, for a run that writes."""
    t = text.translator()
    kept = frames[-1:] if alive else pictures.thin(frames, MOST_FRAMES)
    start = _wished(kept)
    at = typeset.writing(
        _texts(bench.run_id, tuple(kept)),
        kept,
        alt=t("What the model wrote at step {step}", step=frames[-1]),
        labels={"play": t("Play"), "pause": t("Hold"), "step": t("step {step}", step="#")},
        key=f"writing:{bench.run_id}:{alive}",
        start=start,
    )
    return None if alive else _stood(at, start, kept)


def _wished(kept: list[int]) -> int:
    """The step that the URL asks for, the last one without a wish."""
    wish = st.query_params.get("step", "")
    return next((step for step in kept if str(step) == wish), kept[-1])


def _stood(at: int | None, start: int, kept: list[int]) -> int | None:
    """The step that the scrubber stands on, kept in the URL; None at the end."""
    if at is not None and at != start:
        st.query_params["step"] = str(at)
    here = start if at is None else at
    return None if here == kept[-1] else here


def _texts(run_id: str, steps: tuple[int, ...]) -> list[str]:
    return FRAMES((run_id, steps), lambda: [services.store().open(run_id).text(step) for step in steps])


def _frame(run_id: str, step: int) -> str:
    return FRAMES((run_id, step), lambda: pictures.uri(services.store().open(run_id).frame(step)))


def _film(run_id: str, steps: tuple[int, ...]) -> list[str]:
    return FILMS((run_id, steps), lambda: [pictures.uri(services.store().open(run_id).frame(step)) for step in steps])


# --- controls --------------------------------------------------------------------------------------------------------


def _controls(bench: Bench, snapshot: Any) -> None:
    t = text.translator()
    record = snapshot.record
    mine = bool(benches.owner()) and record.owner == benches.owner()
    with st.container(key="status"):
        st.markdown(_status(snapshot))
        if record.state in ("running", "paused"):
            st.progress(_share(record))
    if record.state in ("failed", "paused", "stopped") and record.error:  # also why a run rests that nobody paused
        say = st.error if record.state == "failed" else st.info
        say(text.plain(t(record.error["message"], **record.error.get("params", {}))), icon=":material/info:")
    if mine:
        with st.container(horizontal=True, key="controls"):
            running, resumable = record.state in ACTIVE, record.state in ("paused", "stopped", "failed")
            if running:
                _button("pause", t("Pause"), ":material/pause:", bench)
            if resumable:
                _button("resume", t("Resume"), ":material/play_arrow:", bench, kind="primary")
                _button("step", t("One step"), ":material/skip_next:", bench)
            if running or record.state == "paused":
                _button("stop", t("Stop"), ":material/stop:", bench)
    elif record.state in ACTIVE:
        st.caption(t("You are watching. Only the person who started this run can pause or stop it."))


def _button(action: str, label: str, icon: str, bench: Bench, kind: str = "secondary") -> None:
    st.button(label, icon=icon, key=f"do:{action}", on_click=_act, args=(action, bench.run_id), type=kind)


def _act(action: str, run_id: str) -> None:
    try:
        services.engine().control(run_id, action, st.session_state.get("owner", ""))
        services.watcher().forget(run_id)
        st.session_state["ending"] = run_id if action in ("pause", "stop") else ""
    except UserError as error:
        st.toast(text.say(error), icon=":material/info:")


def _status(snapshot: Any) -> str:
    """One line: state, step, time left, energy."""
    t = text.translator()
    record = snapshot.record
    if record.state == "queued":
        queue = services.engine().status()["queue"]
        place = queue.index(record.id) + 1 if record.id in queue else 1
        return t("**Waiting**, place {place} in the queue", place=place)
    names = {
        "running": t("**Training**"),
        "paused": t("**Paused**"),
        "done": t("**Done**"),
        "stopped": t("**Stopped**"),
        "failed": t("**Failed**"),
    }
    if st.session_state.get("ending") == record.id and record.state == "running":
        names["running"] = t("**Ending the step …**")
    elif _measuring(record):
        names["running"] = t("**Measuring the result …**")
    parts = [names[record.state], t("step {step}", step=t.number(record.step))]
    left = None if _measuring(record) else _left(record)
    if left is not None:
        parts.append(t("{seconds} s left", seconds=t.number(max(0, round(left)))))
    else:
        parts.append(t("{seconds} s", seconds=t.number(record.elapsed, 1)))
    if record.energy_wh:
        parts.append(t("about {energy} Wh (estimate)", energy=t.number(record.energy_wh, 3)))
    if record.origin == "gallery":
        parts.append(t("shipped run, seed {seed}", seed=record.spec.seed))
    elif record.origin == "imported":
        parts.append(t("opened run, seed {seed}", seed=record.spec.seed))
    return " · ".join(parts)


def _measuring(record: Any) -> bool:
    """Whether the budget is used and the report is being made, which may take half a minute."""
    budget = record.spec.budget
    steps = budget.steps or record.schedule
    used = bool(budget.seconds) and round(budget.seconds - record.elapsed) <= 0
    return record.state == "running" and record.step > 0 and (used or (bool(steps) and record.step >= steps))


def _share(record: Any) -> float:
    """Share of the budget that is used."""
    budget = record.spec.budget
    used = record.elapsed / budget.seconds if budget.seconds else record.step / budget.steps
    return min(1.0, used)


def _left(record: Any) -> float | None:
    if record.state != "running":
        return None
    if record.spec.budget.seconds:
        return record.spec.budget.seconds - record.elapsed
    if record.total and record.step:
        return record.elapsed * (record.total - record.step) / record.step
    return None


# --- curves and lights -----------------------------------------------------------------------------------------------


def _curves(snapshot: Any, panels: tuple[Panel, ...], at: int | None) -> None:
    t = text.translator()
    dark = st.context.theme.type == "dark"
    record = snapshot.record
    stamp = (record.id, record.state, record.updated, record.step)
    told = [p for p in panels if any(snapshot.columns.get(c.column, ((), ()))[0] for c in p.lines)]
    for place, panel in enumerate(told):
        rows, spec = _chart(snapshot, panel, stamp, text.language(), dark, at)
        if place % 2 == 0:  # a row at a time, so that a phone keeps the order
            cells = st.columns(2, gap="small")
        with cells[place % 2]:
            st.markdown(f"**{t(panel.title)}**", help=t(panel.help))
            st.vega_lite_chart(rows, spec, width="stretch", key=f"curve:{panel.key}", alt=t(panel.help))


def _chart(
    snapshot: Any, panel: Panel, stamp: tuple[Any, ...], language: str, dark: bool, at: int | None
) -> tuple[pa.Table, dict[str, Any]]:
    """A panel's table and spec, made once for all who watch a run. ``stamp`` says which state of it."""
    t = text.translator()
    floor = snapshot.record.floors.get(panel.floor) if panel.floor else None

    def make() -> tuple[pa.Table, dict[str, Any]]:
        return plots.curves(
            snapshot.columns,
            [plots.Curve(c.column, t(c.label), c.concept, c.smooth) for c in panel.lines],
            x_title=t("step"),
            dark=dark,
            log=panel.log,
            domain=panel.domain,
            floor=None if floor is None else (floor, t(panel.floor_label, value=_short(floor))),
            marker=at,
        )

    return CHARTS((stamp, panel.key, language, dark, at), make)


def _short(value: float) -> str:
    """A floor with as many decimals as it needs: 0.0013 is not 0.00."""
    return text.translator().number(value, 2 if abs(value) >= 0.05 or not value else 4)


def _lights(bench: Bench, snapshot: Any) -> None:
    """The detectors: they read the run's measures, and nothing else."""
    t = text.translator()
    watching = {k: d for k, d in DETECTORS.items() if d.watches(bench.family, snapshot.columns)}
    verdicts = {key: detector.detect(snapshot.columns, snapshot.record.floors) for key, detector in watching.items()}
    lit = {key: verdict for key, verdict in verdicts.items() if verdict.lit}
    if not lit:
        if watching and snapshot.record.floors:  # measured at least once
            with st.container(key="calm"):
                st.markdown(
                    t(
                        ":green[**No warning light is on.**] Watched: {names}.",
                        names=t(", ").join(t(d.title) for d in watching.values()),
                    )
                )
        return
    for key, verdict in lit.items():
        with st.container(key=f"lit-{key}", horizontal=True, vertical_alignment="center"):
            title, evidence = t(DETECTORS[key].title), t(verdict.evidence, **verdict.params)
            st.markdown(f":material/warning: **{title}** · {evidence}  \n{t(DETECTORS[key].explain)}")
            cure = _cure(bench, key)
            label = t("Cure: {title}", title=t(cure["title"])) if cure else ""
            if cure and st.button(label, icon=":material/healing:", key=f"cure:{key}"):
                benches.open_preset(cure["key"])
                st.rerun()


def _cure(bench: Bench, detector: str) -> dict[str, Any] | None:
    """The recipe that mends what a detector saw: that of a failure on the same data, best of the same model."""
    presets = benches.family_presets(bench.family)
    failures = [p for p in presets.values() if p["detector"] == detector and p["cure"] in presets]
    fitting = [p for p in failures if presets[p["cure"]]["dataset"] == bench.dataset]
    fitting.sort(key=lambda p: p["model"] != bench.model)
    return presets[fitting[0]["cure"]] if fitting else None
