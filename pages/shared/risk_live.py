"""One replicate of a risk experiment, live: its control with it, streaming, then a point beside the shipped interval."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from genai_core.contracts import ACTIVE, N_
from genai_core.errors import RunError, UserError
from genai_core.measures import EXPERIMENTS
from pages.shared import bench as benches
from pages.shared import chrome, services, text

TICK = 1.0


def outcome(entry: Mapping[str, Any]) -> Mapping[str, float] | None:
    """The figures of the live run that the link names, once it is done; None without one."""
    snapshot = finished(entry)
    return {name: values[0] for name, values in snapshot.report["figures"]["points"].items()} if snapshot else None


def finished(entry: Mapping[str, Any]) -> Any:
    """The live run of this experiment that the link names, once it is done and if this browser may see it; None without one."""
    run_id = st.query_params.get("run", "")
    if not run_id:
        return None
    try:
        snapshot = services.watcher().snapshot(run_id)
    except UserError:
        return None
    if snapshot.record.spec.plugin != entry["key"] or snapshot.record.state != "done" or not snapshot.report:
        return None
    return snapshot if _may_see(snapshot.record) else None


def show(entry: Mapping[str, Any], shipped: str | None) -> None:
    """The button, and the run that the link names: progress while it lives, its figures when it is done."""
    t = text.translator()
    with st.container(border=True, key="live-replicate"):
        with st.container(horizontal=True, vertical_alignment="bottom", key="live-row"):
            seed = st.number_input(
                t("Seed"), 1, 2**31 - 1, int(st.session_state.get("live seed", 1)), key="live-seed", width=150
            )
            label = t("Run it live: one model and its control, about {seconds} s", seconds=entry["seconds"])
            if st.button(label, icon=":material/play_arrow:", key="run-live"):
                with chrome.errors():
                    spec = services.catalogue().spec(entry["key"], {"seeds": 1}, seed=int(seed))
                    run_id = services.engine().submit(spec, benches.owner(), origin="web")
                    st.query_params["run"], st.query_params["open"] = run_id, "1"
                    st.rerun()
        if entry["typed"]:
            _own(entry, int(seed))
        run_id = st.query_params.get("run", "")
        if not run_id:
            return
        with chrome.errors():
            snapshot = services.watcher().snapshot(run_id)
            if snapshot.record.spec.plugin != entry["key"]:
                raise RunError(N_("Run {run} belongs to another page; here is this page's first recipe."), run=run_id)
            if not _may_see(snapshot.record):
                raise RunError(N_("This run is private: only the browser that started it may see it."))
            alive = snapshot.record.state in ACTIVE
            st.fragment(_tick, run_every=TICK if alive else None, key="live")(entry, run_id, alive)


def _may_see(record: Any) -> bool:
    """A private run is its owner's alone, also for whoever has the link."""
    return not record.private or bool(record.owner and record.owner == benches.owner())


def _own(entry: Mapping[str, Any], seed: int) -> None:
    """A private run with something that the visitor types."""
    t = text.translator()
    with st.expander(t("Plant one of your own"), icon=":material/edit:", key="own"):
        st.markdown(
            t(
                "**Do not type a real password, or anything that you use elsewhere.** What you type stays in memory, "
                "goes into no link, log or report, and the run is seen by you alone and deleted after an hour."
            )
        )
        with st.form("own-form", border=False):
            typed = st.text_input(t(entry["typed_label"]), max_chars=40, key="own-typed", autocomplete="off", width=320)
            if st.form_submit_button(t("Train a model with it"), icon=":material/lock:", key="own-run") and typed:
                with chrome.errors():
                    if not benches.owner():
                        raise RunError(N_("Your browser has not said yet who it is; try again in a moment."))
                    spec = services.catalogue().spec(entry["key"], {"seeds": 1}, seed=seed)
                    run_id = services.engine().submit(spec, benches.owner(), origin="web", typed=typed.strip())
                    st.query_params["run"], st.query_params["open"] = run_id, "1"
                    st.rerun()


def _tick(entry: Mapping[str, Any], run_id: str, alive: bool) -> None:
    with chrome.errors():
        t = text.translator()
        snapshot = services.watcher().snapshot(run_id)
        record = snapshot.record
        if (record.state in ACTIVE) != alive:
            st.rerun()
        if alive:
            services.seen(run_id)
            share = min(1.0, record.step / record.total) if record.total else 0.0
            words = (
                t("Waiting in the queue")
                if record.state == "queued"
                else t("{seconds} s so far", seconds=t.number(record.elapsed, 0))
            )
            st.progress(share, words)
            st.caption(said(snapshot.columns, t))
            if benches.owner() and record.owner == benches.owner():
                st.button(t("Stop"), icon=":material/stop:", key="stop-live", on_click=_stop, args=(run_id,))
        elif record.state == "done" and snapshot.report:
            points = snapshot.report["figures"]["points"]
            st.markdown(
                t(
                    "**Your live run**, seed {seed}: {effect}, its control {control}. "
                    "One model proves nothing: see where it falls among the shipped ones.",
                    seed=record.spec.seed,
                    effect=" ".join(
                        filter(None, (t.number(points["effect"][0], 2), t(entry["unit"]) if entry["unit"] else ""))
                    ),
                    control=t.number(points["control"][0], 2),
                )  # fmt: skip
            )
            if "own" in points:
                bits = t.number(points["own"][0], 1)
                if points["own_said"][0]:
                    st.markdown(
                        t(
                            "**Your own secret** has an exposure of {bits} bits: of 10,000 it is what this model says first.",
                            bits=bits,
                        )
                    )
                else:
                    st.markdown(
                        t(
                            "**Your own secret** has an exposure of {bits} bits: this model says another one first.",
                            bits=bits,
                        )
                    )
        elif record.error:
            st.error(text.plain(t(record.error["message"], **record.error.get("params", {}))), icon=":material/error:")
        else:
            st.caption(t("This live run was stopped before it had a result."))


def said(columns: Mapping[str, tuple[Any, Any]], t: Any) -> str:
    """The last value of every measure that has a name for readers, in one line. ``columns``: steps and values by name."""
    known = [(EXPERIMENTS[name], values[-1]) for name, (_, values) in columns.items() if len(values) and name in EXPERIMENTS]
    return t(", ").join(f"{t(name)} {t.number(value, 2)}" for name, value in known)


def _stop(run_id: str) -> None:
    try:
        services.engine().control(run_id, "stop", st.session_state.get("owner", ""))
        services.watcher().forget(run_id)
    except UserError as error:
        st.toast(text.say(error), icon=":material/info:")
