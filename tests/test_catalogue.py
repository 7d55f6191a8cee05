import dataclasses
import json
import subprocess
import sys

import pytest

from genai_core import registry
from genai_core.catalogue import Catalogue
from genai_core.contracts import Budget
from genai_core.errors import ConfigError, RunError
from tests.runs import tiny


@pytest.fixture(scope="module")
def catalogue():
    return tiny.catalogue()


def test_a_setting_for_other_data_is_refused_before_anything_runs():
    catalogue = Catalogue(registry.catalogue())
    budget = Budget(steps=1)
    assert catalogue.spec("gan-r1", {"conditional": True}, "mnist5k", 0, budget).config["conditional"] is True
    assert catalogue.spec("gan-r1", {"conditional": "false"}, "points-rings", 0, budget).config["conditional"] is False
    with pytest.raises(ConfigError, match="does not fit"):
        catalogue.spec("gan-r1", {"conditional": True}, "points-rings", 0, budget)


def test_defaults_fill_in_and_strings_are_typed(catalogue):
    spec = catalogue.spec("tiny", {"width": "8", "noisy": "off", "rate": 1}, "squares", "3", {"steps": "10"})
    assert spec.config == {
        "width": 8, "rate": 1.0, "noisy": False, "kind": "a", "batch_size": 16, "fail_at": 0, "nan_at": 0
    }  # fmt: skip
    assert type(spec.config["rate"]) is float and spec.seed == 3 and spec.budget == Budget(steps=10)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("huge", {}, "squares", 0, Budget(steps=1)), "tiny"),
        (("tiny", {"widht": 3}, "squares", 0, Budget(steps=1)), "width"),
        (("tiny", {}, "cubes", 0, Budget(steps=1)), "squares"),
        (("tiny", {}, "dots", 0, Budget(steps=1)), "squares"),
        (("tiny", {}, None, 0, Budget(steps=1)), "squares"),
        (("tiny", {}, "squares", 0, None), "steps"),
        (("tiny", {}, "squares", 2**31, Budget(steps=1)), "2147483647"),
        (("tiny-risk", {}, "squares", 0, None), "tiny-risk"),
        ((["tiny"], {}, "squares", 0, Budget(steps=1)), "tiny"),
    ],
)
def test_refusals_name_what_is_allowed(catalogue, arguments, named):
    with pytest.raises(ConfigError) as caught:
        catalogue.spec(*arguments)
    assert named in str(caught.value)


def test_unfitting_data_sets_are_not_offered(catalogue):
    with pytest.raises(ConfigError) as caught:
        catalogue.spec("tiny", {}, "dots", 0, Budget(steps=1))
    assert "dots" not in str(caught.value).split(":")[1]


def test_experiments_need_no_data_and_no_budget(catalogue):
    assert catalogue.spec("tiny-risk", {"n": 2}).dataset is None


def test_check_wants_complete_settings_and_types_them(catalogue):
    spec = tiny.spec(steps=5)
    loose = dataclasses.replace(spec, config=spec.config | {"rate": 1})
    assert type(catalogue.check(loose).config["rate"]) is float
    partial = dataclasses.replace(spec, config={"width": 3})
    with pytest.raises(ConfigError, match="kind"):
        catalogue.check(partial)


def test_presets(catalogue):
    assert catalogue.presets()["tiny-good"][0] == "tiny"
    spec = catalogue.preset_spec("tiny-good")
    assert (spec.config["width"], spec.seed, spec.budget) == (2, 7, Budget(steps=30))
    assert catalogue.preset_spec("tiny-good", Budget(seconds=2)).budget == Budget(seconds=2.0)
    with pytest.raises(ConfigError, match="tiny-good"):
        catalogue.preset_spec("tiny-bad")


def test_load(catalogue, tmp_path):
    path = tmp_path / "catalogue.json"
    path.write_text(json.dumps(catalogue.data), "utf-8")
    assert Catalogue.load(path).data == catalogue.data
    for text in ("", "[]", "{}", '{"models": '):
        path.write_text(text, "utf-8")
        with pytest.raises(RunError, match="catalogue.json"):
            Catalogue.load(path)
    with pytest.raises(RunError):
        Catalogue.load(tmp_path / "absent.json")


def test_what_the_web_process_imports_brings_no_torch():
    modules = "genai_core.catalogue, genai_core.runs.watch, genai_core.runs.archive, genai_core.runs.writer"
    code = f"import sys, {modules}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
