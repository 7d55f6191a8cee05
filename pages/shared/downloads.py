"""Everything of a run to take away, and a run of one's own to open again."""

import csv
import json
from io import BytesIO, StringIO
from typing import Any

import streamlit as st

from genai_core.errors import UserError
from genai_core.runs import archive, script
from genai_core.runs import spec as specs
from pages.shared import bench as benches
from pages.shared import families, pictures, services, text
from pages.shared.bench import Bench

UPLOAD_MB = 64


def show(bench: Bench) -> None:
    t = text.translator()
    with st.expander(
        t("Take it away, or open a run"), icon=":material/download:", key="downloads", on_change="rerun"
    ) as box:
        if not box.open:
            return
        if bench.run_id:
            _offer(bench)
        st.caption(
            t(
                "A hosted app may lose its disk when it restarts: runs made by visitors go with it, shipped ones stay. "
                "Take away what you want to keep."
            )
        )
        _open(bench)


def _offer(bench: Bench) -> None:
    t = text.translator()
    run = services.store().open(bench.run_id)
    snapshot = services.watcher().snapshot(bench.run_id)
    name = bench.run_id
    with st.container(horizontal=True):
        if snapshot.record.step:
            _save(t("Weights"), "weights", f"{name}.safetensors", run.weights)
        if snapshot.frames and pictures.written(snapshot.record):
            _save(t("Samples (text)"), "txt", f"{name}.txt", lambda: run.text(snapshot.frames[-1]))
            _save(t("Every step (text)"), "steps", f"{name}_steps.txt", lambda: _steps(run, snapshot.frames))
        elif snapshot.frames:
            _save(t("Samples (PNG)"), "png", f"{name}.png", lambda: _png(run.frame(snapshot.frames[-1])))
            _save(t("Film (WebP)"), "webp", f"{name}.webp", lambda: _film(run, snapshot.frames))
        _save(t("Measures (CSV)"), "csv", f"{name}.csv", lambda: _csv(snapshot.columns))
        _save(
            t("Spec (JSON)"), "json", f"{name}.json", lambda: json.dumps(specs.to_json(snapshot.record.spec), indent=2)
        )
        _save(
            t("Script (Python)"),
            "script",
            f"reproduce_{name.replace('-', '_')}.py",
            lambda: script.reproduce(snapshot.record),
        )
        _save(t("Whole run (zip)"), "zip", f"{name}.zip", lambda: archive.pack(run))


def _save(label: str, kind: str, filename: str, make: Any) -> None:
    st.download_button(
        label, data=make, file_name=filename, key=f"save:{kind}", icon=":material/download:", on_click="ignore"
    )


def _open(bench: Bench) -> None:
    t = text.translator()
    file = st.file_uploader(
        t("Open a run that you saved (zip, at most {size} MB)", size=UPLOAD_MB),
        type="zip",
        key="open-run",
        max_upload_size=UPLOAD_MB,
    )
    st.caption(t("An opened run is not listed: only who has its link can see it. It is deleted after an hour."))
    if file is not None and st.button(t("Open it"), key="open-run-now", icon=":material/folder_open:"):
        try:
            run_id = archive.unpack(file.getvalue(), services.store(), services.catalogue())
        except UserError as error:
            st.error(text.say(error), icon=":material/info:")
            return
        _show(bench, run_id)


def _show(bench: Bench, run_id: str) -> None:
    """The opened run, on the page of its own family."""
    model = services.catalogue().models.get(services.store().open(run_id).record().spec.plugin)
    pages = {family.key: family.page for family in families.shown()}
    if model and model["family"] != bench.family and model["family"] in pages:
        st.switch_page(pages[model["family"]], query_params={"run": run_id})
    benches.open_run(run_id)
    st.rerun()


def _png(frame: bytes) -> bytes:
    from PIL import Image

    out = BytesIO()
    Image.open(BytesIO(frame)).save(out, format="PNG")
    return out.getvalue()


def _film(run: Any, frames: list[int]) -> bytes:
    """An animated WebP of at most forty frames, the last one held."""
    from PIL import Image

    kept = pictures.thin(frames, 40)
    images = [Image.open(BytesIO(run.frame(step))).convert("RGB") for step in kept]
    out = BytesIO()
    images[0].save(
        out,
        format="WEBP",
        save_all=True,
        append_images=images[1:],
        duration=[150] * (len(images) - 1) + [1500],
        loop=0,
        lossless=True,
    )
    return out.getvalue()


def _steps(run: Any, frames: list[int]) -> str:
    """What the run wrote at every step that was kept, under a line with the step."""
    return "\n\n".join(f"== {step} ==\n\n{run.text(step)}" for step in frames) + "\n"


def _csv(columns: dict[str, tuple[Any, Any]]) -> str:
    """Long form: name, step, value. Names are ours and values numbers, so no cell can start a formula."""
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow(("measure", "step", "value"))
    for name, (steps, values) in sorted(columns.items()):
        writer.writerows((name, step, value) for step, value in zip(steps, values, strict=True))
    return out.getvalue()
