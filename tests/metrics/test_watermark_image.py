"""The invisible watermark: exactly normal without the mark, there after JPEG, crops and known sizes, and invisible."""

import math

import numpy as np
import pytest
from PIL import Image

from genai_core.metrics import watermark_image as marks
from genai_core.risks import provenance as experiment

KEY = 7


def pictures():
    """Ink on paper, a texture of all scales, and hard edges: (256, 320, 3), uint8."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:256, :320]
    page = np.where((np.sin(x / 9) * np.sin(y / 11) > 0.5)[..., None], (38, 48, 92), (244, 240, 230))
    fy, fx = np.meshgrid(np.fft.fftfreq(256), np.fft.fftfreq(320), indexing="ij")
    spectrum = np.fft.fft2(rng.normal(size=(256, 320))) / np.maximum(np.hypot(fy, fx), 1 / 320)
    cloud = np.fft.ifft2(spectrum).real
    cloud = 128 + 45 * cloud / cloud.std()
    squares = 60 + 130 * ((x // 24 + y // 24) % 2)
    stack = [page, np.repeat(cloud[..., None], 3, 2), np.repeat(squares[..., None], 3, 2)]
    return [np.asarray(p).clip(0, 255).astype(np.uint8) for p in stack]


@pytest.mark.parametrize("place", [0, 1, 2])
def test_without_the_mark_z_is_standard_normal_over_keys(place):
    """Exactly so for any picture: the first moments and a tail of 1,500 keys."""
    picture = pictures()[place]
    spectrum = marks.evened(np.fft.fft2(marks.fold(picture)) * marks.band())
    length = np.sqrt((np.abs(spectrum) ** 2).sum()) / marks.TILE
    field = np.fft.ifft2(spectrum).real / length
    z = np.array([(field * marks.tile(key)).sum() for key in range(1500)])
    assert z[5] == pytest.approx(marks.statistics(picture, 5)[0, 0])
    assert abs(z.mean()) < 4 / math.sqrt(1500) and abs(z.std() - 1) < 4 / math.sqrt(3000)
    assert abs((z > 1.6449).mean() - 0.05) < 4 * math.sqrt(0.05 * 0.95 / 1500)
    assert abs((z**4).mean() - 3) < 4 * math.sqrt(96 / 1500)


def test_the_tile_is_white_in_its_band_and_nothing_outside():
    power = np.mean([np.abs(np.fft.fft2(marks.tile(key))) ** 2 for key in range(400)], 0) / marks.TILE**2
    inside = marks.band()
    assert power[~inside].max() < 1e-20 and power[inside].mean() == pytest.approx(1, abs=0.02)
    assert np.array_equal(inside, np.roll(inside[::-1, ::-1], 1, (0, 1)))  # real tiles need symmetry


def test_the_threshold_is_the_quantile_it_claims():
    tried = marks.TILE**2 * len(marks.SCALES)
    assert tried * math.erfc(marks.threshold(1e-3) / math.sqrt(2)) / 2 == pytest.approx(1e-3, rel=1e-6)
    assert marks.threshold(1e-9) > marks.threshold(1e-6) > marks.threshold(1e-3) > 4


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_mark_is_found_by_its_key_alone_and_changes_little(place):
    picture = pictures()[place]
    marked = marks.embed(picture, KEY)
    assert marks.detect(marked, KEY).there and marks.detect(marked, KEY).scale == 1
    assert not marks.detect(marked, KEY + 1).there and not marks.detect(picture, KEY).there
    assert marks.psnr(marks.distortion(picture, marked)) > 42
    assert np.abs(marked.astype(int) - picture).max() < 12


def test_it_outlives_what_is_claimed_and_no_more():
    picture = np.tile(pictures()[0], (2, 2, 1))[:512, :512]
    marked = marks.embed(picture, KEY)
    plain = experiment.saved(marked)

    def there(pixels):
        return marks.detect(np.ascontiguousarray(pixels), KEY).there

    def jpeg(quality):
        return experiment.opened(experiment.saved(marked, "JPEG", quality=quality))

    assert there(jpeg(75)) and there(jpeg(50)) and not there(jpeg(3))
    assert there(experiment.opened(experiment.cropped(plain))) and there(marked[37:, 101:])
    for factor in (0.5, 0.75, 1.5, 2.0):
        found = marks.detect(experiment.opened(experiment.resized(plain, factor)), KEY)
        assert found.there and found.scale == factor
    noise = np.random.default_rng(1).normal(0, 8, marked.shape)
    assert there(np.rint(marked + noise).clip(0, 255).astype(np.uint8))
    turned = np.asarray(Image.fromarray(marked).rotate(5, Image.Resampling.BICUBIC, fillcolor=(244, 240, 230)))
    assert not there(turned) and not there(experiment.opened(experiment.resized(plain, 0.6)))


def test_detection_grows_with_strength_and_needs_a_picture():
    picture = pictures()[1]
    scores = [marks.detect(marks.embed(picture, KEY, strength), KEY).z for strength in (0.0, 0.8, 1.6, 3.2)]
    assert scores == sorted(scores) and scores[0] < marks.threshold() < scores[2]
    blank = np.full((96, 96, 3), 130, np.uint8)
    assert marks.detect(blank, KEY).z == 0 and not marks.detect(blank, KEY).there


def test_distortion_of_a_known_change():
    a = np.full((4, 4, 3), 100, np.uint8)
    assert marks.distortion(a, a + 2) == 4 and marks.psnr(1.0) == pytest.approx(48.13, abs=0.01)
    assert marks.psnr(0.0) == math.inf
