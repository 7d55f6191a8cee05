"""Curves: what reaches the chart is what was measured."""

import pytest

from genai_core.design import CLASSES, CONCEPTS
from genai_core.plots import Curve, curves, generator_gradients, smoothed


def luminance(hex_colour: str) -> float:
    """Relative luminance of an sRGB colour (WCAG 2.2)."""
    parts = [int(hex_colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(a: str, b: str) -> float:
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("concept", [c for c in CONCEPTS if c != "floor"])
def test_each_concept_stands_out_from_the_page_in_both_themes(concept):
    light, dark = CONCEPTS[concept]
    assert contrast(light, "#FBFAF6") >= 4.5
    assert contrast(dark, "#13131A") >= 4.5


@pytest.mark.parametrize("pair", CLASSES)
def test_each_class_stands_out_from_the_page_in_both_themes(pair):
    assert min(contrast(pair[0], page) for page in ("#FBFAF6", "#F1EEE6")) >= 4.5
    assert min(contrast(pair[1], page) for page in ("#13131A", "#1E1E28")) >= 4.5


def test_rows_keep_the_measured_values_and_drop_what_is_missing():
    columns = {"loss": ([1, 2, 3], [0.5, None, 0.25])}
    rows, spec = curves(columns, [Curve("loss", "Loss", "real")], x_title="step", dark=False)
    assert rows.to_pydict() == {"step": [1, 3], "value": [0.5, 0.25], "line": ["Loss", "Loss"]}
    assert spec["layer"][0]["encoding"]["color"]["scale"] == {"domain": ["Loss"], "range": [CONCEPTS["real"][0]]}


def test_a_log_axis_drops_what_has_no_logarithm_and_a_floor_of_zero():
    columns = {"fd": ([1, 2], [0.0, 8.0])}
    rows, spec = curves(
        columns, [Curve("fd", "FD", "generated")], x_title="step", dark=True, log=True, floor=(0.0, "floor")
    )
    assert rows["value"].to_pylist() == [8.0]
    assert len(spec["layer"]) == 1


def test_floor_and_marker_are_rules_at_their_values():
    columns = {"fd": ([1, 2], [9.0, 8.0])}
    _, spec = curves(
        columns, [Curve("fd", "FD", "generated")], x_title="step", dark=True, floor=(6.8, "real"), marker=2
    )
    floor, marker = spec["layer"][1], spec["layer"][2]
    assert floor["layer"][0]["data"]["values"][0]["at"] == 6.8 and "y" in floor["layer"][0]["encoding"]
    assert marker["data"]["values"][0]["at"] == 2 and "x" in marker["encoding"]


def test_smoothing_keeps_a_constant_and_starts_at_the_first_value():
    assert [v for _, v in smoothed([(s, 3.0) for s in range(5)])] == pytest.approx([3.0] * 5)
    first, second = (v for _, v in smoothed([(1, 1.0), (2, 0.0)], weight=0.6))
    assert first == pytest.approx(1.0)
    assert second == pytest.approx(0.6 * 0.4 / (0.6 * 0.4 + 0.4))


def test_lines_are_told_apart_without_colour():
    columns = {"a": ([1], [1.0]), "b": ([1], [2.0])}
    _, spec = curves(columns, [Curve("a", "A", "real"), Curve("b", "B", "generated")], x_title="step", dark=False)
    dashes = spec["layer"][0]["encoding"]["strokeDash"]["scale"]["range"]
    assert len({tuple(d) for d in dashes}) == 2


def test_generator_gradients_are_the_derivatives_of_the_two_losses():
    torch = pytest.importorskip("torch")
    figure = generator_gradients({"x": "", "y": "", "minimax": "m", "nonsaturating": "n"}, dark=False)
    belief = torch.tensor(list(figure.data[0].x[1:-1]), dtype=torch.float64)
    for trace, loss in ((figure.data[0], lambda d: torch.log(1 - d)), (figure.data[1], lambda d: -torch.log(d))):
        logit = torch.logit(belief).requires_grad_()
        loss(torch.sigmoid(logit)).sum().backward()
        assert torch.allclose(-logit.grad, torch.tensor(list(trace.y[1:-1]), dtype=torch.float64))


def test_a_long_curve_is_thinned_to_what_can_be_seen_and_keeps_its_ends():
    columns = {"a": (list(range(5000)), [float(i) for i in range(5000)])}
    rows, _ = curves(columns, [Curve("a", "A", "real")], x_title="step", dark=False)
    steps = rows["step"].to_pylist()
    assert len(steps) == 240 and steps[0] == 0 and steps[-1] == 4999
