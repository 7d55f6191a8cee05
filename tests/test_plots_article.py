"""Figures of the article's pages hold the values they were given."""

import numpy as np

from genai_core import plots_article
from genai_core.article import demos, timeline


def test_every_work_stands_once_on_its_lane_and_none_upon_another():
    found = timeline.moments()
    names = {lane: lane.upper() for lane in timeline.LANES}
    figure = plots_article.timeline(found, names, dark=False)
    places = [(x, y) for trace in figure.data for x, y in zip(trace.x, trace.y, strict=True)]
    assert len(places) == len(set(x for x, _ in places)) == len(found)
    assert set(figure.layout.yaxis.ticktext) == set(names.values())
    years = dict(zip(figure.layout.xaxis.tickvals, figure.layout.xaxis.ticktext, strict=True))
    assert years[0] == str(found[0].year) and list(figure.layout.xaxis.ticktext) == sorted(years.values(), key=int, reverse=True)


def test_shares_and_mean_are_drawn_where_they_are():
    found = demos.squared_error(np.array([1.0, 0, 3]), "abc")
    figure = plots_article.follows(found, {"x": "x", "y": "y", "mean": "m"}, dark=True)
    assert list(figure.data[0].y) == [0.25, 0, 0.75]
    assert figure.layout.shapes[0].x0 == 1.5
    assert list(figure.layout.xaxis.ticktext) == ["a", "b", "c"]


def test_the_terms_add_up_to_each_loss():
    figure = plots_article.terms(1.0, 4.0, 2.0, {"kl": "k", "rebuild": "r", "right": "R", "article": "A"}, dark=False)
    totals = {row: sum(trace.x[at] for trace in figure.data) for at, row in enumerate(figure.data[0].y)}
    assert totals == {"A": 3.0, "R": 5.0}


def test_densities_and_what_two_discriminators_say_are_drawn_as_they_are():
    found = demos.belief(1.0, 0.9)
    labels = {"x": "x", "y": "y", "real": "r", "generated": "g", "best": "b", "weak": "w"}
    drawn = {trace.name: np.asarray(trace.y) for trace in plots_article.belief(found, labels, dark=True).data}
    assert (drawn["r"] == found.real).all() and (drawn["g"] == found.generated).all()
    assert (drawn["b"] == found.best).all() and (drawn["w"] == 0.45).all()
