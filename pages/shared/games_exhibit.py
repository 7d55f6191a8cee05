"""What the first replicate of the shipped result kept to be looked at, and what all of them came to."""

from base64 import b64decode
from collections.abc import Mapping
from typing import Any

import streamlit as st

from genai_core import plots_games
from pages.shared import table


def worlds(shown: Mapping[str, Any], t: Any) -> None:
    """Strips of levels, what all models came to, and temperature against what can be finished and what is rare."""
    metrics = shown["metrics"]
    st.subheader(t("The same game, five ways"), anchor=False)
    for key, name, words in _strips(shown, t):
        label, picture = st.columns([1, 4], vertical_alignment="center")
        label.markdown(f"**{name}**  \n{words}")
        with picture, st.container(key=f"pixels-{key}"):
            st.image(b64decode(shown[key]), width="stretch", alt=t("Six levels: {what}", what=name))
    st.markdown(
        t(
            "**The lock does not lock.** In every training level the key is needed; in the model's in {key}. Its shortest ways take "
            "{steps} steps, those of the rules {ruled}: what can be finished is often too easy.",
            key=t.percent(metrics["key_made"]["value"]),
            steps=t.number(metrics["steps_made"]["value"], 0),
            ruled=t.number(metrics["steps_rules"]["value"], 0),
        )
    )
    left, right = st.columns(2, gap="large")
    with left:
        _temperature(shown, metrics, t)
    with right:
        _table(metrics, t)


def _strips(shown: Mapping[str, Any], t: Any) -> list[tuple[str, str, str]]:
    metrics = shown["metrics"]

    def finished(name: str) -> str:
        return t("{share} can be finished", share=t.percent(1 - metrics[name]["value"]))

    signs = " ".join("✓" if fine else "✗" for fine in shown["fine"])
    return [
        ("rules", t("the rules"), t("{share} can be finished", share=t.percent(1))),
        ("made", t("the model"), f"{finished('effect')}  \n{signs}"),
        ("mended", t("the model, repaired"), t("tiles changed: {n}", n=t(", ").join(map(str, shown["changed"])))),
        ("cold", t("the model at temperature 0.5"), finished("broken_050")),
        ("singles", t("tiles that know nothing of each other"), finished("singles")),
    ]


def _temperature(shown: Mapping[str, Any], metrics: Mapping[str, Any], t: Any) -> None:
    st.markdown(t("**Colder is not safer.** What is rare goes first: treasure, at last the start."))

    def line(name: str, turned: bool = False) -> list[tuple[float, Mapping[str, Any]]]:
        rows = []
        for temperature in shown["temperatures"]:
            metric = metrics[f"{name}_{round(100 * temperature):03d}"]
            rows.append((temperature, _turned(metric) if turned else metric))
        return rows

    lines = [
        (t("can be finished"), "real", line("broken", turned=True)),
        (t("has treasure"), "generated", line("treasure")),
    ]
    labels = {"temperature": t("Temperature"), "share": t("Share of levels")}
    figure = plots_games.temperatures(lines, labels, dark=st.context.theme.type == "dark")
    spoken = t("; ").join(
        f"{t.number(x, 2)}: " + ", ".join(f"{name} {t.percent(dict(rows)[x]['value'])}" for name, _, rows in lines)
        for x in shown["temperatures"]
    )
    st.plotly_chart(
        figure, key="games-temperature", config={"displayModeBar": False}, alt=t("By temperature: {what}", what=spoken)
    )
    st.caption(
        t("Of fresh levels of the rules {share} have treasure.", share=t.percent(metrics["treasure_rules"]["value"]))
    )


def _turned(metric: Mapping[str, Any]) -> dict[str, Any]:
    """One minus a share."""
    ends = [None if metric[end] is None else 1 - metric[end] for end in ("high", "low")]
    return {"value": 1 - metric["value"], "low": ends[0], "high": ends[1]}


def _table(metrics: Mapping[str, Any], t: Any) -> None:
    heads: list[table.Column] = [
        {"title": t("Over all models"), "kind": "text"},
        {"title": t("Mean"), "kind": "number"},
        {"title": t("95 % interval"), "kind": "number"},
    ]
    wanted = (
        ("key_made", t("model: levels that need their key"), "share"),
        ("key_rules", t("rules: levels that need their key"), "share"),
        ("key_mended", t("repaired: levels that need their key"), "share"),
        ("steps_made", t("model: steps of the shortest way"), "one"),
        ("steps_rules", t("rules: steps of the shortest way"), "one"),
        ("draws", t("draws for a level that can be finished"), "one"),
        ("maze_kept", t("mazes among those kept (a third were drawn)"), "share"),
        ("changed_broken", t("tiles to repair a broken level"), "one"),
        ("near_made", t("model: tiles to the nearest training level"), "one"),
        ("near_rules", t("rules: tiles to the nearest training level"), "one"),
        ("variety_100", t("model: tiles in which two levels differ"), "share"),
        ("variety_rules", t("rules: tiles in which two levels differ"), "share"),
        ("variety_050", t("model at 0.5: tiles in which two levels differ"), "share"),
    )
    rows: list[list[table.Cell]] = []
    for name, label, kind in wanted:
        metric = metrics[name]
        say = t.percent if kind == "share" else lambda value: t.number(value, 1)
        interval = "" if metric["low"] is None else f"{say(metric['low'])} – {say(metric['high'])}"
        rows.append(
            [
                {"text": label},
                {"text": say(metric["value"]), "value": metric["value"]},
                {"text": interval, "value": metric["low"]},
            ]
        )
    table.show(table.pack(heads, rows, t("What all trained models came to")), key="games-table")
