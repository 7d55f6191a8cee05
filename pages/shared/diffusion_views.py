"""Ways to explore a diffusion model or flow matching: how noise becomes data, what steps and guidance buy, which way it went."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st

from genai_core import plots_diffusion as plots
from genai_core.contracts import N_
from pages.shared import diffusion_points as points
from pages.shared import explore, looks, services, text
from pages.shared.bench import Bench

STEPS = (1, 2, 4, 8, 16, 32)
STRENGTHS = (-1.0, 0.0, 1.0, 2.0, 4.0, 6.0)
MOMENTS = 16


def can(name: str) -> Any:
    """Whether the model of a run has a look of this name."""
    return lambda record: name in services.catalogue().models[record.spec.plugin]["looks"]


def trajectory(bench: Bench, record: Any) -> None:
    t = text.translator()
    st.markdown(
        t(
            "Every sample begins as noise. Left: what there is at each moment. "
            "Right: what the model believes the noise hides; its guess begins as an average of everything and gets sharper."
        )
    )
    seed = looks.seed(t("Noise"))
    label = looks.label(record)
    image = explore.images(record)
    pushed = {} if image else points.strength(record, label)
    found, arrays = looks.ask(
        "trajectory", record, n=20 if image else 400, moments=MOMENTS, seed=seed, label=label, **pushed
    )
    times = [round(v, 3) for v in found["times"]]
    alt = t("Noise on its way to samples, and the model's guess of them at each moment")
    if not image:
        panels = [
            looks.panel(t("what there is"), alt, points=arrays["noisy"]),
            looks.panel(t("what the model guesses"), alt, points=arrays["guesses"]),
        ]
        looks.plane(panels, [_time(v) for v in times], record, "trajectory", seed, label, pushed)
        return
    frames = [_beside(noisy, guess, 20, 5) for noisy, guess in zip(arrays["noisy"], arrays["guesses"], strict=True)]
    wide, _ = st.columns([2, 0.35])
    with wide, st.container(key="trajectory"):
        with st.container(horizontal=True, horizontal_alignment="distribute"):
            st.caption(t("what there is"), width="content")
            st.caption(t("what the model guesses"), width="content")
        looks.film(
            frames, times, "moment", alt=alt, step=t("time {t}", t="#"), key=f"trajectory:{record.id}:{seed}:{label}"
        )
    st.caption(
        t(
            "Time 1 is pure noise, time 0 is data; this run took {n} evaluations of its network for each sample.",
            n=found["evaluations"],
        )
    )


def steps(bench: Bench, record: Any) -> None:
    t = text.translator()
    st.markdown(
        t(
            "The same noise, with more and more evaluations of the network. Too few, and the path is followed in leaps that cut its "
            "corners; beyond some number nothing changes any more, and you pay for nothing."
        )
    )
    if record.spec.config["sampler"] in ("heun", "midpoint"):
        st.caption(
            t(
                "This recipe's sampler asks twice a step: two evaluations are one long step, which can end further off than a single "
                "evaluation, a plain step of Euler's method."
            )
        )
    seed = looks.seed(t("Noise"))
    image = explore.images(record)
    found, arrays = looks.ask("steps_quality", record, n=10 if image else 400, values=list(STEPS), seed=seed)
    shown, measured = st.columns([1.35, 1], gap="large") if image else (st.container(), st.container())
    with shown:
        if image:
            st.caption(t("evaluations of the network for each picture"))
            _rows([t.number(v) for v in found["values"]], arrays["pictures"], "steps", 9)
        else:
            panels = [
                looks.panel(
                    _evaluations(v),
                    t("Samples from the same noise with this number of evaluations: {n}", n=v),
                    points=x[None],
                    back=record,
                )
                for v, x in zip(found["values"], arrays["samples"], strict=True)
            ]
            looks.plane(panels, [""], record, "steps", seed)
    with measured:
        _measured_steps(record)


def _measured_steps(record: Any) -> None:
    t = text.translator()
    report = looks.report(record)
    main = "frechet" if explore.images(record) else "energy"
    rows = looks.series(report, f"{main}_at_")
    if not rows:
        looks.not_measured()
        return
    name = t("Fréchet distance") if main == "frechet" else t("Energy distance")
    floor = rows[0][1].get("floor")
    st.markdown(f"**{t('Measured: {name} against evaluations', name=name)}**")
    st.plotly_chart(
        plots.against(
            [(x, metric["value"]) for x, metric in rows],
            {
                "x": t("evaluations of the network"),
                "y": name,
                "line": t("1,000 samples each"),
                "floor": t("real against real"),
            },
            floor,
            dark=st.context.theme.type == "dark",
        ),
        key="steps-chart",
        config={"displayModeBar": False},
        alt=t("The measured distance to real data against the number of evaluations, with the floor"),
    )
    st.caption(
        t(
            "From this run's report: {n} samples each from the same noise, seed {seed}.",
            n=t.number(1000),
            seed=record.spec.seed,
        )
    )


def guidance(bench: Bench, record: Any) -> None:
    if explore.points(record):
        points.guidance(bench, record)
        return
    t = text.translator()
    st.markdown(
        t(
            "Guidance pushes each step away from what the model would draw without knowing the class, and further towards it. "
            "Strength 0 is the model as it learned. Pull the slider: the digits get cleaner, then alike, then burnt."
        )
    )
    seed = looks.seed(t("Noise"))
    label = looks.label(record)
    found, arrays = looks.ask(
        "guidance", record, n=10, values=list(STRENGTHS), seed=seed, label=label, evaluations=_affordable(record)
    )
    shown, measured = st.columns([1.2, 1], gap="large")
    with shown, st.container(key="guidance"):
        looks.film(
            [_fold(picture, 10, 5) for picture in arrays["pictures"]],
            list(found["values"]),
            "strength",
            alt=t("Samples from the same noise at the chosen strength of guidance"),
            step=t("strength {s}", s="#"),
            key=f"guidance:{record.id}:{seed}:{label}",
            start=2.0,
            autoplay=False,
        )
    with measured:
        _measured_guidance(record)


def _measured_guidance(record: Any) -> None:
    t = text.translator()
    report = looks.report(record)
    lines = [
        (t("right class, by our classifier"), "generated", looks.series(report, "accuracy_guided_")),
        (t("precision"), "real", looks.series(report, "precision_guided_")),
        (t("recall"), "training", looks.series(report, "recall_guided_")),
        (t("coverage"), "heldout", looks.series(report, "coverage_guided_")),
    ]
    if not lines[1][2]:
        looks.not_measured()
        return
    st.markdown(f"**{t('Measured: fidelity is bought with variety')}**")
    st.plotly_chart(
        plots.shares(
            [(name, concept, [(x, metric["value"]) for x, metric in rows]) for name, concept, rows in lines if rows],
            {"x": t("strength of guidance"), "y": t("share")},
            dark=st.context.theme.type == "dark",
        ),
        key="guidance-chart",
        config={"displayModeBar": False},
        alt=t("Fidelity and variety, measured against the strength of guidance"),
    )
    floors = {name: rows[0][1]["floor"] for name, _, rows in lines[1:] if rows and rows[0][1].get("floor") is not None}
    told = t(", ").join(f"{name} {t.number(value, 2)}" for name, value in floors.items())
    st.caption(
        t(
            "1,000 samples at each strength, this run, seed {seed}. Real against real: {floors}.",
            seed=record.spec.seed,
            floors=told,
        )
    )


def samplers(bench: Bench, record: Any) -> None:
    t = text.translator()
    st.markdown(
        t(
            "One trained network, the same noise, two ways to follow it. Samplers that draw no noise of their own end at nearly the same "
            "place and differ in how many evaluations they need; DDPM's draws noise at every step and ends elsewhere."
        )
    )
    names = _samplers(record)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        seed = looks.seed(t("Noise"))
        first = looks.choice(t("First"), names, "a", names[0], str.upper)
        second = looks.choice(t("Second"), names, "b", names[-1], str.upper)
    image = explore.images(record)
    found, arrays = looks.ask("samplers", record, n=10 if image else 25, samplers=[first, second], seed=seed)
    titles = [name.upper() for name in found["samplers"]]
    if image:
        _rows(titles, arrays["pictures"], "samplers")
    else:
        panels = [
            looks.panel(
                title,
                t("The ways from the same noise through this sampler: {name}", name=title),
                points=arrays[f"path_{i}"].swapaxes(0, 1),
                back=record,
                trails=True,
            )
            for i, title in enumerate(titles)
        ]
        looks.plane(panels, _progress(), record, "samplers", seed, first, second)
    st.caption(
        t(
            "Distance between the two results of the same noise, root mean square a {thing}: {moved}.",
            thing=t("pixel") if image else t("coordinate"),
            moved=t.number(found["moved"][0], 3),
        )
    )


def field(bench: Bench, record: Any) -> None:
    t = text.translator()
    st.markdown(
        t(
            "What was learned is a wind: at every place and every moment, an arrow says where noise is carried. "
            "Points drop in as Gaussian noise and ride it. Drag the time: far from the data all arrows point to the middle, near it they part."
        )
    )
    seed = looks.seed(t("Noise"))
    label = looks.label(record)
    pushed = points.strength(record, label)
    told = {"label": label} | pushed if explore.told(record) else {}
    smooth = {"sampler": "heun"} if record.spec.config["sampler"] == "ddpm" else {}  # fresh noise follows no field
    way, paths = looks.ask("paths", record, n=80, seed=seed, **smooth, **told)
    frames = np.unique(np.linspace(0, len(way["times"]) - 1, 13).round().astype(int))
    times = [way["times"][i] for i in frames]
    winds = [looks.ask("field", record, t=min(1.0, max(0.0, v)), grid=17, n=1, **told)[1] for v in times]
    alt = t("The learned vector field, and the paths of points from noise to data")
    moving = looks.panel("", alt, points=paths["paths"][:, frames].swapaxes(0, 1), back=record, trails=True)
    moving["arrows"] = [looks.arrows(wind["at"], wind["velocity"]) for wind in winds]
    wide, words = st.columns([1.1, 1], gap="large")
    with wide:
        looks.plane([moving], [_time(v) for v in times], record, "field", seed, label, pushed)
    with words:
        if told:
            st.markdown(
                t("The wind for noise that is told nothing: it carries to all of them. Name one to see its own wind.")
                if label == "any"
                else t("The wind for noise that is told: {name}.", name=t(label))
            )
        st.markdown(
            t(
                "**Blue:** training points. **Orange:** 80 points and the way they came. **Grey:** the field at this moment, drawn so that "
                "its longest arrow always has the same length. Every schedule is shown in one scale, x divided by alpha + sigma: at time 1 "
                "all is Gaussian noise, at time 0 the data is itself."
            )
        )
        straight = _straightness(paths["paths"])
        st.metric(
            t("straightness of the paths"),
            t.number(straight, 3),
            help=t(
                "The distance between a path's ends divided by its length, mean over the points: 1 is straight, and one step would do."
            ),
        )


def back(bench: Bench, record: Any) -> None:
    t = text.translator()
    st.markdown(
        t(
            "Without noise of its own the path is an equation that runs both ways: from real held-out data to the noise that it would come "
            "from, and back again."
        )
    )
    image = explore.images(record)
    first = looks.seed(t("First item"), "first", 0, 900)
    found, arrays = looks.ask("encode", record, n=10 if image else 150, first=first)
    if image:
        rows = (
            np.split(arrays["picture"], [28 + 1, 2 * 28 + 2 + 1])
            if len(arrays["picture"]) == 3 * 30 - 2
            else [arrays["picture"]]
        )
        names = [t("held-out"), t("its noise"), t("and back")] if len(rows) == 3 else [""]
        _rows(names, rows, "encode")
    else:
        alt = t("Held-out points, the noise they come from, and where they return to")
        titles = (t("held-out"), t("its noise"), t("and back"))
        panels = [
            looks.panel(title, alt, points=arrays[name][None] / (2.5 if name == "latents" else 1))
            for title, name in zip(titles, ("x", "latents", "back"), strict=True)
        ]
        looks.plane(panels, [""], record, "encode", first)
    st.caption(
        t(
            "Error of the round trip {error} (root mean square), {n} evaluations each way. The noise found has mean {mean} and standard "
            "deviation {sd}; 0 and 1 would be the noise it was trained with.",
            error=t.number(found["error"], 4),
            n=found["evaluations"],
            mean=t.number(found["latent_mean"], 2),
            sd=t.number(found["latent_sd"], 2),
        )
    )


VIEWS = (
    explore.View("trajectory", N_("Out of the noise"), trajectory, can("trajectory")),
    explore.View("field", N_("Field and paths"), field, lambda r: explore.points(r) and can("field")(r)),
    explore.View("steps", N_("Steps against quality"), steps, can("steps_quality")),
    explore.View("guidance", N_("Guidance against diversity"), guidance, lambda r: explore.told(r) and _measured(r)),
    explore.View("samplers", N_("Two samplers"), samplers, can("samplers")),
    explore.View("back", N_("There and back"), back, can("encode")),
)


# --- parts -----------------------------------------------------------------------------------------------------------


def _measured(record: Any) -> bool:
    """Pictures need a report of what guidance does, which the normalising flow does not make."""
    return can("guidance")(record) and (explore.points(record) or can("trajectory")(record))


def _samplers(record: Any) -> list[str]:
    controls = services.catalogue().models[record.spec.plugin]["controls"]
    return [str(name) for k in controls if k["name"] == "sampler" for name in k["choices"]]


def _affordable(record: Any) -> int:
    """Evaluations for pictures at six strengths: enough to look right, and quickly there."""
    return min(16, int(record.spec.config.get("evaluations", 16)))


def _time(value: float) -> str:
    t = text.translator()
    return t("time {t}", t=t.number(value, 2))


def _evaluations(value: int) -> str:
    t = text.translator()
    return t("1 evaluation") if value == 1 else t("{n} evaluations", n=value)


def _progress() -> list[str]:
    t = text.translator()
    return [t("{share} of the way", share=t.percent(i / 10)) for i in range(11)]


def _rows(names: Sequence[str], rows: Sequence[np.ndarray], key: str, wide: int = 6) -> None:
    for i, (name, row) in enumerate(zip(names, rows, strict=True)):
        words, picture = st.columns([1, wide], vertical_alignment="center", gap="small")
        words.markdown(f"**{name}**")
        with picture, st.container(key=f"pixels-{key}-{i}"):
            st.image(explore.png(row), width="stretch", alt=text.translator()("Samples, {what}", what=name))


def _tiles(row: np.ndarray, n: int) -> np.ndarray:
    """The n pictures of a row with a gutter of two pixels between them: (n, height, width)."""
    side = (row.shape[1] + 2) // n
    padded = np.zeros((row.shape[0] + 2, n * side, *row.shape[2:]), row.dtype)
    padded[:-2, : row.shape[1]] = row
    return padded.reshape(row.shape[0] + 2, n, side, *row.shape[2:]).swapaxes(0, 1)


def _fold(row: np.ndarray, n: int, columns: int) -> np.ndarray:
    """A row of n pictures as lines of ``columns``."""
    tiles = _tiles(row, n)
    lines = [np.concatenate(list(tiles[i : i + columns]), 1) for i in range(0, n, columns)]
    return np.concatenate(lines, 0)[:-2, :-2]


def _beside(left: np.ndarray, right: np.ndarray, n: int, columns: int) -> np.ndarray:
    a, b = _fold(left, n, columns), _fold(right, n, columns)
    return np.concatenate([a, np.zeros((len(a), 12, *a.shape[2:]), a.dtype), b], 1)


def _straightness(paths: np.ndarray) -> float:
    ends = np.linalg.norm(paths[:, -1] - paths[:, 0], axis=1)
    lengths = np.linalg.norm(np.diff(paths, axis=1), axis=2).sum(1)
    return float((ends / np.maximum(lengths, 1e-9)).mean())
