"""The lights of diffusion models on histories made by hand; on trainings: benchmarks/detectors.py."""

import pytest

from tests.metrics.test_detectors import light

FLOORS = {"frechet": 0.5, "recall": 0.92, "precision": 0.93, "energy": 0.001}
GOOD = {"frechet": [0.9] * 8, "recall": [0.9] * 8, "precision": [0.85] * 8, "step_error": [0.08] * 8}


def lit(key, floors=FLOORS, **metrics):
    return light(key, floors, **GOOD | metrics)


def test_a_healthy_run_lights_nothing():
    assert not lit("too-few-steps").lit and not lit("guidance-too-strong").lit


def test_too_few_steps():
    verdict = lit("too-few-steps", step_error=[1.5] * 8, frechet=[70.0] * 8)
    assert verdict.lit and verdict.step == 100
    assert verdict.evidence.format(**verdict.params).startswith("With twice the evaluations the same noise ends 150%")
    assert not lit("too-few-steps", step_error=[1.5] * 8).lit  # and the samples are good all the same
    assert not lit("too-few-steps", step_error=[1.5] * 5 + [0.1] * 3, frechet=[70.0] * 8).lit  # mended
    assert not lit("too-few-steps", step_error=[1.5] * 3, frechet=[70.0] * 3).lit  # too early to say


@pytest.mark.parametrize("recall, step", [([0.3] * 8, 100), ([0.9] * 3 + [0.3] * 5, 400)])
def test_guidance_too_strong(recall, step):
    verdict = lit("guidance-too-strong", recall=recall, precision=[0.96] * 8)
    assert verdict.lit and verdict.step == step
    assert "30%" in verdict.evidence.format(**verdict.params)


def test_lost_variety_has_other_causes_too():
    low = {"recall": [0.3] * 8, "precision": [0.7] * 8}
    assert not lit("guidance-too-strong", **low).lit  # and the samples are not clear either
    assert not lit("guidance-too-strong", **low | {"precision": [0.96] * 8}, step_error=[1.5] * 8).lit  # steps too long
    assert not lit("guidance-too-strong", floors={}, **low | {"precision": [0.96] * 8}).lit
