"""The pieces of the home page: every picture on it is a frame of a shipped run."""

from pathlib import Path
from typing import Any

import streamlit as st

from pages.shared import bench as benches
from pages.shared import board, components, families, lab, pictures, services, text, typeset

BEAM = Path(__file__).parent / "static" / "beam.svg"
PAGES = {family.key: family.page for family in families.FAMILIES}
TYPED = 4  # moments of a run of which the home page types a line


def hero() -> None:
    """One sentence, one click to start, and digits forming."""
    t = text.translator()
    st.session_state["title place"].markdown("**权衡** · GenAI in the Balance")
    words, picture = st.columns([1.5, 1], gap="large", vertical_alignment="center")
    with words, st.container(key="hero"):
        st.title(t("Weigh it before you trust it."), anchor=False)
        st.markdown(
            t(
                "Generative AI makes things that never existed, and breaks things that did. "
                "Here you train it yourself, from this browser tab, "
                "and measure both sides on the same model."
            )
        )
        with st.container(horizontal=True):
            if st.button(t("Start the 5-minute tour"), type="primary", icon=":material/co_present:", key="tour"):
                st.session_state["tour start"] = "executives"
                st.rerun()
            if st.button(t("Train a model now"), icon=":material/play_arrow:", key="start"):
                st.session_state["autostart"] = True
                st.switch_page(PAGES["gan"])
            if st.button(t("Open the risk register"), icon=":material/list_alt:", key="register"):
                st.switch_page("pages/decide/register.py")
            if st.button(t("Look at trained ones first"), icon=":material/visibility:", key="look"):
                st.switch_page(PAGES["gan"])
        st.caption(t("It takes about thirty seconds on two processor cores. Nothing you do here can break anything."))
    scenes = [p for p in _presets() if p["home"] == "can"]
    drawn = [p for p in scenes if not pictures.written(pictures.shipped_record(services.shipped(p["key"])))]
    scene = next(iter(drawn or scenes), None)
    with picture:
        if scene:
            _film(scene, "hero-film", quiet=True)


def beam() -> None:
    """The balance: a beam over the two sides."""
    with st.container(key="beam"):
        st.image(BEAM.read_text(encoding="utf-8"), width="stretch", alt=text.translator()("A balance with two pans"))


def scenes(side: str) -> None:
    """The recipes that stand on one side of the balance, each with its film and the way to it."""
    for preset in (p for p in _presets() if p["home"] == side):
        _scene(preset)


def risks() -> None:
    """Experiments of the risk lab that stand on the balance: the shipped result as a strip, and the way to guess it first."""
    t = text.translator()
    known = services.catalogue().risks
    for experiment in (e for e in lab.shown() if e.home and e.key in known and services.shipped(e.key)):
        entry = known[experiment.key]
        with st.container(key=f"risk-{experiment.key}"):
            picture, words = st.columns([1, 1.5], gap="medium", vertical_alignment="center")
            with picture:
                board.strip(experiment.key, entry)
            with words:
                st.markdown(f"**{t(entry['title'])}**  \n{t(entry['summary'])}")
                metrics = services.shipped_report(services.shipped(experiment.key))
                st.caption(
                    t(
                        "{measure}: {effect}; control {control}",
                        measure=t(entry["measure"]),
                        effect=t.number(metrics["metrics"]["effect"]["value"], 2),
                        control=t.number(metrics["control"]["control"]["value"], 2),
                    )
                )
                st.page_link(experiment.page, label=t("Guess first"), icon=":material/arrow_forward:")
    st.page_link(lab.BOARD, label=t("All experiments on one board"), icon=":material/dashboard:")


def _scene(preset: dict[str, Any]) -> None:
    t = text.translator()
    picture, words = st.columns([1, 1.5], gap="medium", vertical_alignment="center")
    with picture:
        _film(preset, f"film:{preset['key']}", quiet=True)
    with words:
        st.markdown(f"**{t(preset['title'])}**  \n{t(preset['stake'] or preset['note'])}")
        measures = _measures(preset)
        if measures:
            st.caption(measures)
        if st.button(t("See it happen"), key=f"see:{preset['key']}", icon=":material/arrow_forward:", type="tertiary"):
            st.switch_page(PAGES[preset["family"]], query_params={"preset": preset["key"]})


def _measures(preset: dict[str, Any]) -> str:
    """What the shipped run measured, in one line, with its floor."""
    t = text.translator()
    run_id = services.shipped(preset["key"])
    report = services.shipped_report(run_id) if run_id else {}
    if "heldout_bits" in report.get("metrics", {}):
        bits = report["metrics"]["heldout_bits"]
        return t(
            "{bits} bits per character on text it never saw (counting alone: {floor})",
            bits=t.number(bits["value"], 2),
            floor=t.number(bits["floor"], 2),
        )
    if "frechet" not in report.get("metrics", {}):
        return ""
    distance, coverage = report["metrics"]["frechet"], report["metrics"]["coverage"]
    return t(
        "Fréchet distance {distance} (real against real {floor}), coverage {coverage}",
        distance=t.number(distance["value"], 2),
        floor=t.number(distance["floor"], 2),
        coverage=t.percent(coverage["value"]),
    )


def kinds() -> None:
    """The families on show, with what each is good and bad at."""
    t = text.translator()
    st.subheader(t("The model families"), anchor=False)
    with st.grid("auto", min_column_width=420) as grid:
        for family in families.shown():
            presets = benches.family_presets(family.key)
            if not presets:
                continue
            with grid.cell(), st.container(border=True, key=f"family-{family.key}"):
                seconds = min(p["seconds"] for p in presets.values())
                st.page_link(family.page, label=f"**{t(family.title)}**", icon=family.icon)
                st.markdown(t(family.line))
                st.caption(t("{n} recipes, about {seconds} seconds to train", n=len(presets), seconds=seconds))


def _presets() -> list[dict[str, Any]]:
    found = [
        preset | {"family": model["family"]}
        for model in services.catalogue().models.values()
        for preset in model["presets"]
        if preset["home"] and services.shipped(preset["key"])
    ]
    return sorted(found, key=lambda p: p["order"])


def _film(preset: dict[str, Any], key: str, quiet: bool) -> None:
    t = text.translator()
    run_id = services.shipped(preset["key"])
    alt = t("Samples of {title}, from the first step to the last", title=t(preset["title"]))
    labels = {"play": t("Play"), "pause": t("Hold"), "step": t("step {step}", step="#")}
    if pictures.written(pictures.shipped_record(run_id)):
        texts, steps = pictures.shipped_texts(run_id, most=TYPED)
        typeset.writing(texts, steps, alt=alt, labels=labels, key=key, typing=True)
        return
    frames, steps = pictures.shipped_film(run_id)
    components.film(
        frames,
        steps,
        alt=alt,
        labels=labels,
        key=key,
        autoplay=True,
        loop=True,
        quiet=quiet,
        interval=280,
    )
