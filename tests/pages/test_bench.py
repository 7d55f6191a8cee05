"""Where a bench begins: with what the form offers."""

from genai_core import registry
from pages.shared import bench


def test_a_recipe_s_time_is_one_that_the_form_offers():
    """Else the form would begin with another one, and write it into the link of a page just opened."""
    times = {preset.seconds for model in registry.models().values() for preset in model.presets}
    assert {bench.offered(seconds) for seconds in times} <= set(bench.SECONDS)
    assert {seconds for seconds in times if seconds <= bench.SECONDS[-1]} <= set(bench.SECONDS)
