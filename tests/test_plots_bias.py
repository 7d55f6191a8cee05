"""The figure of dropped modes: every island has its circle, and a mark that says whether it is covered."""

from genai_core import plots_bias
from genai_core.design import colour


def test_islands_are_marked_by_whether_they_are_covered():
    figure = plots_bias.islands([[0.8, 0.0], [0.79, 0.01]], [[0.8, 0.0], [0.0, 0.8]], 0.12, [True, False], dark=False)
    assert [(shape.x0, shape.x1) for shape in figure.layout.shapes] == [(0.8 - 0.12, 0.8 + 0.12), (-0.12, 0.12)]
    assert [shape.line.dash for shape in figure.layout.shapes] == ["solid", "dot"]
    assert [note.text for note in figure.layout.annotations] == ["✓", "✗"]
    assert [shape.line.color for shape in figure.layout.shapes] == [colour("real"), colour("risk")]
    assert list(figure.data[0].x) == [0.8, 0.79]
