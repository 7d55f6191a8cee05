"""The presenter's bar: next, back, timer, notes, over whatever page the scene is on. Which scene it is stands in the link."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from genai_core.contracts import Budget, RunSpec
from genai_core.errors import ConfigError, UserError
from genai_core.tour import Scene, Text, Tour, tours
from pages.shared import bench as benches
from pages.shared import chrome, services, text

STATIC = Path(__file__).parent / "static"
PARAMS = chrome.PRESENTING
TICK = 1.0
ENGINE = 4.0  # seconds that the engine may take to accept a live scene's run
Pages = Mapping[str, Any]  # address -> st.Page

_timer = st.components.v2.component(
    "genai_timer",
    html='<div id="timer"><span role="timer"></span><button type="button"></button></div>',
    css=(STATIC / "timer.css").read_text("utf-8"),
    js=(STATIC / "timer.js").read_text("utf-8"),
)
_history = st.components.v2.component("genai_history", html="<i hidden></i>", js=(STATIC / "history.js").read_text("utf-8"))


@dataclass(frozen=True)
class Standing:
    """Where the presenter is: a tour and the place of its scene. ``here``: on the scene's own page, not on another one."""

    tour: Tour
    index: int
    here: bool

    @property
    def scene(self) -> Scene:
        return self.tour.scenes[self.index]


def standing(address: str) -> Standing | None:
    """The scene that the link names, else the one that this session came from; None outside a tour."""
    known, asked, number = tours(), st.query_params.get("tour", ""), st.query_params.get("scene", "1")
    if asked in known and number.isdecimal() and 1 <= int(number[:4]) <= len(known[asked].scenes):
        st.session_state["touring"] = (asked, int(number[:4]) - 1)
    if "touring" not in st.session_state:
        return None
    key, index = st.session_state["touring"]
    return Standing(known[key], index, address == known[key].scenes[index].page)


def said(words: Text) -> str:
    """A text of the tours in the reader's language."""
    return words.get(text.language(), words["en"])


def attend(address: str, pages: Pages) -> None:
    """Start the tour that a button asked for, and draw the bar while one goes on. Before the page, so that none can be without it."""
    wish = st.session_state.pop("tour start", "")
    if wish:
        _open(tours()[wish], 0, pages)
    at = standing(address)
    if at:
        _bar(at, pages)


def _bar(at: Standing, pages: Pages) -> None:
    """The bar, fixed to the foot of the window, and what it does."""
    if st.session_state.pop("tour fell", False):
        _show(at, pages, {"fell": "1"})
    st.html(STATIC / "presenter.css")
    t = text.translator()
    tour, scene = at.tour, at.scene
    with st.container(key="presenter"):
        if st.session_state.get("tour notes", False):
            _notes(scene)
        with st.container(horizontal=True, vertical_alignment="center", key="presenter-row"):
            back = st.button(
                t("Back"), icon=":material/arrow_back:", key="tour-back", shortcut="PageUp", disabled=at.index == 0
            )
            last = at.index == len(tour.scenes) - 1
            ahead = st.button(
                t("Next"), icon=":material/arrow_forward:", key="tour-next", shortcut="PageDown", type="primary", disabled=last
            )
            place = t("{scene} of {scenes}", scene=at.index + 1, scenes=len(tour.scenes))
            st.markdown(f"**{place}** · {said(scene.title)}", width="stretch")
            starts = tour.starts()
            clock = {"tour": tour.key, "first": at.index == 0, "end": starts[at.index] + scene.seconds, "all": tour.minutes * 60}
            words = {"again": t("Start the clock again"), "planned": t("planned until here")}
            _timer(data=json.dumps(clock | words).encode(), key="timer")
            _history(data=json.dumps(_pages()).encode(), key="history")
            st.toggle(t("Notes"), key="tour notes")
            shown = st.toggle(t("Controls"), key="tour controls")
            end = st.button(t("End"), icon=":material/close:", key="tour-end")
        _word(at, pages)
    if not shown:
        st.html(STATIC / "presenting.css")
    if back or ahead:
        _open(tour, at.index + (1 if ahead else -1), pages)
    if end:
        _end()


def _pages() -> dict[str, str]:
    """Which page each scene is on, for the browser's Back and Forward."""
    return {f"{key} {k + 1}": scene.page for key, tour in tours().items() for k, scene in enumerate(tour.scenes)}


def _notes(scene: Scene) -> None:
    t = text.translator()
    with st.container(key="notes"):
        for column, heading, words in zip(
            st.columns([2, 1.4, 1.2], gap="large"),
            (t("Say"), t("Expect"), t("If it does not work")),
            (scene.say, scene.expect, scene.fallback),
            strict=True,
        ):
            with column:
                st.markdown(f"**{heading}**  \n{said(words)}")


def _word(at: Standing, pages: Pages) -> None:
    """What the room should know of a scene: that it runs live, that it fell back, or that this is another page."""
    t = text.translator()
    scene, run_id = at.scene, st.query_params.get("run", "")
    if not at.here:
        with st.container(horizontal=True, vertical_alignment="center", key="tour-away"):
            st.caption(t("This page is not part of the scene."))
            if st.button(t("Back to the scene"), icon=":material/undo:", key="tour-return", type="tertiary"):
                _open(at.tour, at.index, pages)
    elif st.query_params.get("fell") == "1":
        st.caption(t(":material/info: The live run was slow or did not start, so this is the shipped result of the same recipe."))
    elif scene.live and run_id:
        st.fragment(_watch, run_every=TICK, key="tour-watch")(scene, run_id)
    elif scene.live:
        if st.button(t("Run it live"), icon=":material/play_arrow:", key="tour-live", type="tertiary"):
            _open(at.tour, at.index, pages)


def _watch(scene: Scene, run_id: str) -> None:
    """Whether the live run shows something in time."""
    t = text.translator()
    try:
        snapshot = services.watcher().snapshot(run_id)
    except UserError:
        _fall()
        return
    record = snapshot.record
    seen = bool(snapshot.frames) or record.state == "done"
    if record.state == "failed" or (not seen and time.time() - record.created > scene.patience):
        _fall()
    elif not seen:
        left = max(0, round(record.created + scene.patience - time.time()))
        st.caption(t("Live run starting; the shipped result stands in after {seconds} s.", seconds=left))
    else:
        st.caption(t(":material/sensors: Live, seed {seed}. The room can follow it: Share has the link.", seed=record.spec.seed))


def _fall() -> None:
    st.session_state["tour fell"] = True
    st.rerun()


def _open(tour: Tour, index: int, pages: Pages) -> None:
    scene = tour.scenes[index]
    _show(Standing(tour, index, True), pages, _run(scene) if scene.live else {})


def _show(at: Standing, pages: Pages, more: Mapping[str, str]) -> None:
    st.session_state["touring"] = (at.tour.key, at.index)
    params = dict(at.scene.params) | {"tour": at.tour.key, "scene": str(at.index + 1)} | dict(more)
    st.switch_page(pages[at.scene.page], query_params=params | {"lang": text.language()})


def _run(scene: Scene) -> dict[str, str]:
    """Start a scene's live run, or come back to the one that this tour has made: what that adds to the link."""
    made = st.session_state.setdefault("tour runs", {})
    try:
        if scene.key not in made or services.store().open(made[scene.key]).record().state == "failed":
            made[scene.key] = services.engine().submit(spec(scene), benches.owner(), origin="web", answering=ENGINE)
        return {"run": made[scene.key]}
    except UserError:
        return {"fell": "1"}  # the bar says so


def spec(scene: Scene) -> RunSpec:
    """What a scene runs. ConfigError where neither a recipe nor an experiment has that name."""
    catalogue = services.catalogue()
    for model in catalogue.models.values():
        for preset in model["presets"]:
            if preset["key"] == scene.live:
                budget = Budget(seconds=benches.offered(preset["seconds"]))
                return catalogue.spec(model["key"], preset["config"], preset["dataset"], scene.seed, budget)
    if scene.live not in catalogue.risks and scene.live not in catalogue.applications:
        raise ConfigError("There is no recipe called {name}; here is the first one.", name=scene.live)
    return catalogue.spec(scene.live, {"seeds": 1}, seed=scene.seed)


def _end() -> None:
    for name in ("touring", "tour runs"):
        st.session_state.pop(name, None)
    st.query_params.from_dict({k: v for k, v in st.query_params.to_dict().items() if k not in PARAMS})
    st.rerun()
