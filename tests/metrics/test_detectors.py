"""Each light on histories made by hand, then on short real trainings. The large figures: benchmarks/detectors.py."""

import subprocess
import sys

import pytest

from genai_core.metrics.detectors import DETECTORS, Verdict

FLOORS = {"recall": 0.95, "class_entropy": 3.32, "modes": 8.0, "frechet": 2.0, "energy": 1e-4}


def track(values, every=100):
    return [every * (i + 1) for i in range(len(values))], list(values)


def light(key, floors=FLOORS, **metrics) -> Verdict:
    return DETECTORS[key].detect(
        {name: track(*v) if isinstance(v, tuple) else track(v) for name, v in metrics.items()}, floors
    )


def test_lost_modes_light_up_with_evidence_and_the_step():
    verdict = light("mode-collapse", modes=[8] * 3 + [2, 1, 1, 2, 1, 1, 1, 1, 2, 1])
    assert verdict.lit and verdict.step == 400
    assert verdict.evidence.format(**verdict.params) == "The samples reach 1 of the 8 modes."


def test_lost_classes_and_lost_variety_light_up():
    assert light("mode-collapse", class_entropy=[0.4] * 12).lit
    assert light("mode-collapse", recall=[0.0] * 12, confidence=[1.0] * 12).lit  # each digit one picture
    assert not light("mode-collapse", recall=[0.0] * 12, confidence=[0.5] * 12).lit  # blurs, early


@pytest.mark.parametrize(
    "modes",
    [
        [8] * 15,
        [1, 2, 4, 8, 8, 8, 8, 8, 8, 8, 8, 8],  # found late
        [1] * 6,  # too early to say
        [1] * 12 + [8, 8, 8],  # mended
        [8, 6, 8, 7, 8, 6, 8, 8, 6, 8, 7, 8, 8],
        [],
    ],
)
def test_no_collapse(modes):
    assert not light("mode-collapse", modes=modes).lit


def test_collapse_needs_a_floor_to_compare_with():
    assert not light("mode-collapse", floors={}, modes=[1] * 15).lit


def test_a_sure_discriminator_lights_up_only_while_samples_are_far():
    sure = {"d_real": ([0.999] * 60, 10), "d_fake": ([0.001] * 60, 10)}
    verdict = light("discriminator-too-strong", **sure, frechet=[90.0] * 4)
    assert verdict.lit and verdict.step == 10
    assert light("discriminator-too-strong", **sure).lit
    assert not light("discriminator-too-strong", **sure, frechet=[3.0] * 4).lit
    assert not light("discriminator-too-strong", **sure, gp=([0.1] * 60, 10)).lit
    assert not light("discriminator-too-strong", d_real=([0.6] * 60, 10), d_fake=([0.001] * 60, 10)).lit
    assert not light("discriminator-too-strong", d_real=([0.999] * 60, 10), d_fake=([0.2] * 60, 10)).lit
    assert not light("discriminator-too-strong", d_real=([0.999] * 25, 10), d_fake=([0.001] * 25, 10)).lit  # 250 steps


def test_one_in_ten_readings_may_be_fine():
    flicker = [0.999] * 9 + [0.7]
    assert light("discriminator-too-strong", d_real=(flicker * 6, 10), d_fake=([0.001] * 60, 10)).lit
    flicker = [0.999] * 7 + [0.7] * 3
    assert not light("discriminator-too-strong", d_real=(flicker * 6, 10), d_fake=([0.001] * 60, 10)).lit


def test_pixels_out_of_range():
    verdict = light("output-range", outside=([0.4] * 60, 10))
    assert verdict.lit and "40%" in verdict.evidence.format(**verdict.params)
    assert not light("output-range", outside=([0.0] * 60, 10)).lit
    assert not light("output-range", outside=([0.4] * 30 + [0.0] * 30, 10)).lit


def test_names_texts_and_an_empty_history():
    for key, detector in DETECTORS.items():
        assert detector.key == key and detector.title and detector.explain
        assert detector.detect({}, FLOORS) == Verdict(False)


def test_the_web_process_can_import_them():
    code = "import sys, genai_core.metrics.detectors; assert 'torch' not in sys.modules and 'numpy' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("seed", [1001, 1002])
@pytest.mark.parametrize("preset, steps", [("gan-collapse-points", 1000), ("gan-mlp-gaussians", 1000)])
def test_real_trainings_on_points(preset, steps, seed):
    import torch

    from benchmarks.detectors import find, verdicts

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        lit = {name for name, verdict in verdicts(preset, seed, steps).items() if verdict.lit}
    finally:
        torch.set_num_threads(threads)
    assert lit == ({find(preset)[1].detector} - {""})
