"""The way back to one's own runs: those that this browser started, of the family on the page. Nobody else sees the list."""

from typing import Any

import streamlit as st

from genai_core.runs.store import RunRecord
from pages.shared import bench as benches
from pages.shared import services, text
from pages.shared.bench import Bench

MOST = 12


def show(bench: Bench) -> None:
    """A folded list of this browser's runs, newest first; a click puts one on the bench."""
    if not benches.owner():
        return
    t = text.translator()
    with st.expander(t("My runs"), icon=":material/history:", key="mine", on_change="rerun") as box:
        if not box.open:
            return
        records = own(bench.family)
        if not records:
            st.caption(t("Runs that you start in this browser are listed here."))
        for record in records:
            st.button(
                _line(record),
                key=f"mine:{record.id}",
                type="tertiary",
                on_click=benches.open_run,
                args=(record.id,),
                disabled=record.id == bench.run_id,
            )


def own(family: str) -> list[RunRecord]:
    """The newest runs of a family that this browser owns."""
    owner, models = benches.owner(), services.catalogue().models
    if not owner:
        return []
    mine = (r for r in services.store().records() if r.owner == owner)
    return [r for r in mine if r.spec.plugin in models and models[r.spec.plugin]["family"] == family][:MOST]


def _line(record: RunRecord) -> str:
    t = text.translator()
    catalogue = services.catalogue()
    states: dict[str, str] = {
        "queued": t("**Waiting**"),
        "running": t("**Training**"),
        "paused": t("**Paused**"),
        "done": t("**Done**"),
        "stopped": t("**Stopped**"),
        "failed": t("**Failed**"),
    }
    return " · ".join(
        (
            states[record.state],
            t(catalogue.models[record.spec.plugin]["title"]),
            _title(catalogue.datasets, record.spec.dataset),
            t("step {step}", step=t.number(record.step)),
        )
    )


def _title(datasets: dict[str, Any], key: str | None) -> str:
    t = text.translator()
    return t(datasets[key]["title"]) if key in datasets else text.plain(key or "")
