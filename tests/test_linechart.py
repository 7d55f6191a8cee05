"""Pictures of series."""

import numpy as np

from genai_core.linechart import MARGIN, SIZE, Line, chart


def test_a_line_goes_where_its_values_are():
    picture = chart([[Line(np.array([0.0, 1.0]), "#FFFFFF")]], low=0.0, high=1.0)
    assert picture.shape == (SIZE, SIZE, 3) and picture.dtype == np.uint8
    bright = picture[..., 2] > 200
    assert bright[SIZE - MARGIN - 8 :, : MARGIN + 16].any() and bright[: MARGIN + 16, SIZE - MARGIN - 16 :].any()
    assert not bright[: SIZE // 2, : SIZE // 3].any()


def test_gaps_bands_and_values_out_of_range_are_drawn_without_harm():
    gap = chart([[Line(np.array([1.0, 1.0, np.nan, 1.0, 1.0]), "#FFFFFF")]], low=0.0, high=2.0)
    white = (gap[..., 2] > 200).any(0)
    assert white[SIZE // 8] and not white[SIZE // 2] and white[-SIZE // 8]
    band = chart(
        [[Line(np.zeros(3), "#00FF00", high=np.ones(3))], [Line(np.array([-9.0, 99.0]), "#FF0000")]], low=0, high=1
    )
    assert (band[: SIZE // 2, :, 1] > 200).mean() > 0.8 and (band[SIZE // 2 :, :, 0] > 200).any()
    assert chart([[Line(np.full(4, np.nan), "#FFFFFF")]]).max() < 100
