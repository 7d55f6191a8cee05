"""What views share when they ask a run: choices kept in the link, answers kept for a while, arrays for canvases and films."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import streamlit as st

from pages.shared import components, explore, services, text, url

LONGEST = 0.16  # of an arrow, in units of the plane


def ask(name: str, record: Any, **params: Any) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """A look at a run's latest weights; asked once for each question and each step of the run."""
    stamp = (record.id, record.step, record.state)
    return _answer(stamp, name, json.dumps(params, sort_keys=True))


@st.cache_resource(max_entries=96, show_spinner=False)
def _answer(stamp: tuple[Any, ...], name: str, params: str) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    return services.engine().look(name, {"run": stamp[0], **json.loads(params)})


# --- choices that belong in the link ---------------------------------------------------------------------------------


def seed(label: str, name: str = "noise", default: int = 1, high: int = 9999, width: int = 130) -> int:
    """A whole number, kept in the link under ``name`` while it differs from its default."""
    start = url.whole(name, high, default)
    value = int(st.number_input(label, 0, high, start, key=f"look:{name}", width=width))
    keep(name, value, default)
    return value


def label(record: Any) -> str:
    """The class to draw, "any" for a model that knows none; kept in the link as ``class``."""
    t = text.translator()
    if not explore.told(record):
        return "any"
    options = ["any", *record.info.classes]
    return choice(t("Class"), options, "class", "any", lambda o: t("all") if o == "any" else t(o))


def choice(label: str, options: Sequence[str], name: str, default: str, shown: Callable[[str], str] = str) -> str:
    """One of a few, as pills, kept in the link under ``name``."""
    wish = st.query_params.get(name, default)
    start = wish if wish in options else default
    value = st.pills(label, list(options), default=start, required=True, key=f"look:{name}", format_func=shown)
    keep(name, value, default)
    return value


def slider(
    label: str, low: float, high: float, default: float, step: float, name: str, where: Any = st, **options: Any
) -> float:
    """A number between two ends, whole where its ends are, kept in the link under ``name``. ``where``: a place to put it."""
    start = url.number(name, low, high, default, step)
    value = where.slider(label, low, high, start, step, key=f"look:{name}", **options)
    keep(name, f"{value:g}", f"{default:g}")
    return value


def several(
    label: str, options: Sequence[str], name: str, default: Sequence[str], shown: Callable[[str], str] = str
) -> list[str]:
    """Any of a few, as pills, kept in the link under ``name``: "-" for none of them."""
    wish = [one for one in st.query_params.get(name, "").split(".") if one in options]
    start = wish if wish or st.query_params.get(name) == "-" else list(default)
    chosen = st.pills(
        label, list(options), selection_mode="multi", default=start, key=f"look:{name}", format_func=shown
    )
    value = [one for one in options if one in (chosen or ())]
    keep(name, ".".join(value) or "-", ".".join(default))
    return value


def toggle(label: str, name: str, default: bool = False) -> bool:
    """A switch, kept in the link under ``name``."""
    value = st.toggle(label, url.choice(name, ("0", "1"), str(int(default))) == "1", key=f"look:{name}")
    keep(name, int(value), int(default))
    return value


def keep(name: str, value: Any, default: Any) -> None:
    if value != default:
        st.query_params[name] = str(value)
    elif name in st.query_params:
        del st.query_params[name]


# --- pictures that move ----------------------------------------------------------------------------------------------


def film(
    frames: Sequence[np.ndarray],
    marks: Sequence[float],
    name: str,
    *,
    alt: str,
    step: str,
    key: str,
    start: float | None = None,
    autoplay: bool = True,
) -> None:
    """Pictures under a scrubber whose place is kept in the link under ``name``. ``step``: what it says, # for the mark."""
    t = text.translator()
    default = marks[-1] if start is None else start
    wish = next((m for m in marks if f"{m:g}" == st.query_params.get(name, "")), None)
    at = components.film(
        [explore.png(frame) for frame in frames],
        marks,
        alt=alt,
        labels={"play": t("Play"), "pause": t("Hold"), "step": step},
        key=key,
        start=default if wish is None else wish,
        autoplay=autoplay and wish is None,
        interval=260,
    )
    if at is not None:  # as the browser tells it: 1 where Python has 1.0
        keep(name, f"{at:g}", f"{default:g}")


def plane(panels: Sequence[components.Panel], moments: Sequence[str], record: Any, *what: Any, **options: Any) -> Any:
    """A plane that begins anew when ``what`` is shown changes; its first word names the widget."""
    t = text.translator()
    return components.plane(
        panels,
        moments,
        labels={"play": t("Play"), "pause": t("Hold"), "scrub": t("time")},
        key=f"plane:{what[0]}",
        id=":".join(map(str, (record.id, record.step, *what))),
        **options,
    )


def panel(
    title: str, alt: str, *, points: np.ndarray | None = None, back: Any = None, trails: bool = False
) -> components.Panel:
    """A canvas with ``points`` (frames, n, 2), over training points of the run whose record is ``back``."""
    found = components.Panel(title=title, alt=alt, trails=trails)
    if points is not None:
        found["points"] = [thousandths(frame) for frame in points]
    if back is not None:
        found["back"] = training_points(back)
    return found


def thousandths(points: np.ndarray) -> list[int]:
    """Places as whole thousandths, flat; what lies far out of view is moved to its edge."""
    return (np.nan_to_num(points, nan=9.0).clip(-9, 9) * 1000).round().astype(int).reshape(-1).tolist()


def arrows(at: np.ndarray, velocity: np.ndarray) -> list[int]:
    """x, y, u, v in thousandths, the longest arrow as long as the plane has room for."""
    most = float(np.linalg.norm(velocity, axis=1).max()) or 1.0
    return thousandths(np.concatenate([at, velocity / most * LONGEST], 1))


def training_points(record: Any) -> list[int]:
    """Six hundred training points of the run's cloud."""
    return thousandths(ask("training", record, n=600)[1]["items"])


# --- what a report says ----------------------------------------------------------------------------------------------


def report(record: Any) -> dict[str, Any]:
    """The metrics of the run's report, {} where it has none."""
    if record.origin == "gallery":
        return services.shipped_report(record.id).get("metrics", {})
    return (services.store().open(record.id).report() or {}).get("metrics", {})


def series(metrics: dict[str, Any], prefix: str) -> list[tuple[float, dict[str, Any]]]:
    """The metrics whose names are a prefix and a number, by that number."""
    found = [(float(name.removeprefix(prefix)), metric) for name, metric in metrics.items() if name.startswith(prefix)]
    return sorted(found, key=lambda pair: pair[0])


def not_measured() -> None:
    st.info(
        text.translator()("The run measures this at its end; it is in the report then."), icon=":material/hourglass:"
    )
