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


def test_a_free_run_that_gets_lost_lights_up_and_one_that_holds_on_does_not():
    floors = {"rmse": 17.0, "rmse_free": 32.0, "rmse_naive": 30.0, "rmse_free_mean": 56.0}

    def lit(ahead, free, floors=floors):
        return light("free-run-drift", floors, rmse=(ahead, 100), rmse_free=(free, 100))

    lost = lit([17, 18, 20, 20, 20], [33, 40, 50, 52, 51])
    assert lost.lit and lost.step == 300 and "forecasts by 51.0" in lost.evidence.format(**lost.params)
    assert lit([17, 18, 20], [51, 50, 52]).step == 100  # from the beginning
    assert not lit([45, 30, 27, 22, 21], [55, 50, 46, 44, 43]).lit  # poor, and getting better
    assert not lit([45, 40, 33, 32, 31], [55, 55, 54, 54, 53]).lit  # one step ahead tells it as well
    assert not lit([17, 18, 20, 20, 20], [33, 40, 50, 52, 45]).lit  # found its way back
    assert not lit([17, 18, 20], [33, 50, 51], {}).lit  # nothing to compare with
    assert not lit([9.0], [99.0]).lit  # too early to say


def test_a_silent_encoder_is_a_collapse_and_an_early_one_is_not():
    dead = light("posterior-collapse", kl=([0.02] * 60, 20))
    assert (
        dead.lit and dead.step == 20 and dead.evidence.format(**dead.params).startswith("The latent space carries 0.02")
    )
    assert not light("posterior-collapse", kl=([0.02] * 10, 20)).lit  # every VAE begins there
    assert not light("posterior-collapse", kl=([0.02] * 20 + [3.0, 6.0, 9.0, 9.5, 10.0] * 4, 20)).lit  # woken up
    assert not light("posterior-collapse", kl=([3.4] * 60, 20)).lit  # a single dimension at work
    assert not light("posterior-collapse").lit


def test_blur_is_told_by_the_sharpness_of_real_pictures():
    floors = {"sharpness": 0.64}
    soft = light("blur", floors, sharpness=([0.07, 0.12, 0.15, 0.15, 0.15, 0.15], 500))
    assert soft.lit and soft.params == {"value": 0.15, "floor": 0.64}
    assert not light("blur", floors, sharpness=([0.07, 0.12, 0.2, 0.23, 0.23, 0.23], 500)).lit  # two latents, in time
    assert not light("blur", floors, sharpness=([0.07, 0.15], 500)).lit  # too early to say
    assert not light("blur", {}, sharpness=([0.07] * 8, 500)).lit


def test_loops_light_up_after_two_measurements_and_real_repetition_does_not():
    """A slow machine has time for two evaluations of a text model in half a minute."""
    floors = {"repetition": 0.006}
    verdict = light("repetition-loops", floors, repetition=[0.96, 0.6])
    assert verdict.lit and verdict.step == 100
    assert "60%" in verdict.evidence.format(**verdict.params) and "0.6%" in verdict.evidence.format(**verdict.params)
    for healthy in ([0.96], [0.96, 0.01], [0.01, 0.96], [0.01, 0.02, 0.02]):
        assert not light("repetition-loops", floors, repetition=healthy).lit
    assert not light("repetition-loops", {"repetition": 0.3}, repetition=[0.4, 0.4]).lit  # a text of refrains


def test_exposure_bias_is_a_mean_of_three():
    assert light("exposure-bias", exposure=[0.2, 0.05, 0.2]).lit
    assert not light("exposure-bias", exposure=[0.3, 0.1, 0.1, 0.05]).lit  # what it knew too little at first
    assert not light("exposure-bias", exposure=[0.3, 0.3]).lit
