"""Figures of the games page: terrain as a surface that turns, and what temperature does to levels. Data in, figure out."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from genai_core.design import colour

# Heights in units of a tile: deep water, shore, meadow, rock, snow.
LAND = (
    (-1.2, "#123E63"), (-0.05, "#3E8FC4"), (0.0, "#E4D8BE"), (0.35, "#8DA869"), (0.9, "#6C8552"), (1.5, "#7D7468"), (2.2, "#9A9288"),
    (2.9, "#FFFFFF"),
)  # fmt: skip
AWAY, ABOVE = 1.05, 0.95  # of the eye, in units of the scene
TURNS = 60  # frames of a turn
SIDE = 16
SIGNS = {
    3: ("start", "#0B6E4F"),
    4: ("exit", "#54308C"),
    5: ("key", "#E8B020"),
    6: ("door", "#683C16"),
    7: ("treasure", "#D64048"),
}


def eye(angle: float) -> dict[str, dict[str, float]]:
    """The camera at an angle in degrees around the scene."""
    turn = math.radians(angle)
    return {
        "eye": {"x": AWAY * math.cos(turn), "y": AWAY * math.sin(turn), "z": ABOVE},
        "center": {"x": 0, "y": 0, "z": -0.12},
    }


def terrain(
    heights: np.ndarray, tiles: str, path: Sequence[int], labels: Mapping[str, str], *, fine: int, dark: bool
) -> Any:
    """Heights (n, n), ``fine`` of them along a side of a tile, as a surface to turn by hand or by its button; the level's signs
    and its shortest way stand on it. ``labels``: turn, hold, way, height, and the names of the signs."""
    import plotly.graph_objects as go

    at = np.concatenate([[0], (np.arange(len(heights)) + 0.5) / fine, [SIDE]])
    block = np.pad(np.round(heights, 2), 1)  # sides down to the sea: a sheet would show its underside
    low, high = LAND[0][0], LAND[-1][0]
    scale = [[(height - low) / (high - low), hue] for height, hue in LAND]
    surface = go.Surface(
        x=at, y=at, z=block, colorscale=scale, cmin=low, cmax=high, showscale=False,
        lighting={"ambient": 0.72, "diffuse": 0.7, "specular": 0.04, "roughness": 0.95}, lightposition={"x": 4000, "y": -9000, "z": 9000},
        hovertemplate=f"{labels['height']} %{{z:.1f}}<extra></extra>",
    )  # fmt: skip
    sea = go.Surface(
        x=[0, SIDE], y=[0, SIDE], z=[[0, 0], [0, 0]], colorscale=[[0, "#3E8FC4"], [1, "#3E8FC4"]], opacity=0.6, showscale=False,
        hoverinfo="skip",
    )  # fmt: skip
    figure = go.Figure([surface, sea])

    def above(places: Sequence[int], lift: float) -> dict[str, list[float]]:
        rows, columns = [p // SIDE for p in places], [p % SIDE for p in places]
        ground = [float(heights[_middle(r, fine), _middle(c, fine)]) + lift for r, c in zip(rows, columns, strict=True)]
        return {"x": [c + 0.5 for c in columns], "y": [r + 0.5 for r in rows], "z": ground}

    if path:
        figure.add_scatter3d(
            **above(path, 0.18), mode="lines", name=labels["way"], line={"color": colour("generated"), "width": 6}, hoverinfo="name"
        )  # fmt: skip
    for tile, (name, hue) in SIGNS.items():
        places = [i for i, found in enumerate(tiles) if found == str(tile)]
        if places:
            figure.add_scatter3d(
                **above(places, 0.5), mode="markers", name=labels[name], hoverinfo="name",
                marker={"size": 7, "color": hue, "symbol": "diamond", "line": {"color": "#FFFFFF", "width": 1}},
            )  # fmt: skip
    figure.frames = [
        go.Frame(layout={"scene": {"camera": eye(360 * i / TURNS - 60)}}, name=str(i)) for i in range(TURNS + 1)
    ]
    holding = {"frame": {"duration": 0, "redraw": False}, "mode": "immediate"}
    turning = {"frame": {"duration": 60, "redraw": True}, "transition": {"duration": 0}, "fromcurrent": True}
    ink = "#E5E7EB" if dark else "#1F2937"
    hidden = {"visible": False}
    figure.update_layout(
        scene={
            "camera": eye(-60), "xaxis": hidden, "yaxis": hidden | {"autorange": "reversed"}, "zaxis": hidden,
            "aspectmode": "manual", "aspectratio": {"x": 1, "y": 1, "z": 0.2}, "dragmode": "turntable",
        },
        height=440,
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        legend={"orientation": "h", "y": 0, "x": 0.5, "xanchor": "center", "itemsizing": "constant"},
        updatemenus=[
            {
                "type": "buttons", "direction": "left", "x": 0, "y": 1, "xanchor": "left", "yanchor": "top", "pad": {"l": 6, "t": 6},
                "bgcolor": "rgba(0,0,0,0)", "font": {"color": ink}, "showactive": False,
                "buttons": [
                    {"label": f"⟳ {labels['turn']}", "method": "animate", "args": [None, turning]},
                    {"label": f"❚❚ {labels['hold']}", "method": "animate", "args": [[None], holding]},
                ],
            }
        ],
    )  # fmt: skip
    return figure


def _middle(place: int, fine: int) -> int:
    return place * fine + fine // 2


Line = tuple[str, str, Sequence[tuple[float, Mapping[str, Any]]]]  # name, concept, (temperature, metric)


def temperatures(lines: Sequence[Line], labels: Mapping[str, str], *, dark: bool) -> Any:
    """Shares against temperature, (name, concept, [(temperature, metric)]) a line, with intervals over trained models.
    ``labels``: temperature, share."""
    import plotly.graph_objects as go

    figure = go.Figure()
    for (name, concept, rows), dash in zip(lines, ("solid", "dash", "dot"), strict=False):
        known = all(metric["low"] is not None for _, metric in rows)
        error = {
            "type": "data", "symmetric": False, "thickness": 1.5,
            "array": [metric["high"] - metric["value"] for _, metric in rows] if known else [],
            "arrayminus": [metric["value"] - metric["low"] for _, metric in rows] if known else [],
        }  # fmt: skip
        figure.add_scatter(
            x=[x for x, _ in rows], y=[metric["value"] for _, metric in rows], mode="lines+markers", name=name,
            line={"color": colour(concept, dark), "width": 2.5, "dash": dash}, error_y=error if known else None,
            hovertemplate="%{x}: %{y:.0%}<extra>%{fullData.name}</extra>",
        )  # fmt: skip
    figure.update_xaxes(title=labels["temperature"], zeroline=False, tickvals=[x for x, _ in lines[0][2]])
    figure.update_yaxes(title=labels["share"], range=[0, 1.03], tickformat=".0%", zeroline=False)
    figure.update_layout(
        height=330, margin={"l": 8, "r": 8, "t": 8, "b": 8}, legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0}
    )  # fmt: skip
    return figure
