"""The script that repeats a run: it is a program, it says what ran, and nothing a stranger wrote becomes code."""

import ast
import json

from genai_core.contracts import Budget, RunSpec
from genai_core.runs import script
from genai_core.runs import spec as specs
from genai_core.runs.store import RunRecord


def record(**fields) -> RunRecord:
    spec = RunSpec("gan-x", {"lr": 1e-3, "label": "a'''b\"\"\""}, "mnist5k", 3, Budget(seconds=2.0))
    return RunRecord(
        "0123456789ab-abcdef", spec, "0123456789ab", step=40, schedule=90, threads=1, dtype="float32", **fields
    )


def test_the_script_parses_and_holds_the_spec_that_repeats_the_run():
    made = record(versions={"torch": "2.13.0+cpu"})
    tree = ast.parse(script.reproduce(made))
    text = next(n.value.value for n in tree.body if isinstance(n, ast.Assign) and n.targets[0].id == "SPEC")
    assert specs.from_json(json.loads(text)) == made.replay()
    assert specs.from_json(json.loads(text)).budget == Budget(steps=40, schedule=90)
    assert "2.13.0+cpu" in ast.get_docstring(tree)


def test_what_it_prints_claims_no_floor_where_there_is_none(capsys):
    tree = ast.parse(script.reproduce(record()))
    report = {
        "metrics": {
            "a": {"value": 1.5, "low": None, "high": None, "floor": None},
            "b": {"value": None} | dict.fromkeys(("low", "high", "floor")),
        }
    }
    loop = next(n for n in tree.body if isinstance(n, ast.For))
    exec(compile(ast.Module([loop], []), "script", "exec"), {"report": report})  # noqa: S102 - our own template
    assert [line.split() for line in capsys.readouterr().out.splitlines()] == [["a", "value", "1.5"], ["b"]]


def test_a_hostile_record_stays_text():
    hostile = record(versions={"torch": '"""\nimport os\nos.system("x")\n"""'})
    plain = record(versions={"torch": "2"})
    kinds = [[type(n).__name__ for n in ast.walk(ast.parse(script.reproduce(r)))] for r in (hostile, plain)]
    assert kinds[0] == kinds[1]
