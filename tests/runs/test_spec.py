import dataclasses
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genai_core.contracts import Budget, Knob, RunSpec
from genai_core.errors import ConfigError, RunError, UserError
from genai_core.runs.spec import canonical, check_budget, check_seed, check_value, from_json, spec_hash, to_json

SPEC = RunSpec("tiny", {"rate": 0.1, "width": 3, "noisy": True, "kind": "a"}, "squares", 5, Budget(steps=10))
INT = Knob("n", "int", 3, "N", low=1, high=10)
FLOAT = Knob("x", "float", 0.5, "X", low=0.0, high=1.0)
BOOL = Knob("b", "bool", True, "B")
CHOICE = Knob("c", "str", "a", "C", choices=("a", "b"))


def test_hash_is_fixed_for_ever():
    """Ids in the wild hold this hash: it must not move with the code."""
    assert canonical(SPEC) == (
        '{"budget":{"steps":10},"config":{"kind":"a","noisy":true,"rate":0.1,"width":3},'
        '"dataset":"squares","plugin":"tiny","seed":5}'
    )
    assert spec_hash(SPEC) == "1a505a915655"


def test_hash_does_not_see_the_order_of_settings_but_every_value():
    again = dataclasses.replace(SPEC, config=dict(reversed(SPEC.config.items())))
    assert spec_hash(again) == spec_hash(SPEC)
    others = [
        dataclasses.replace(SPEC, plugin="tiny2"),
        dataclasses.replace(SPEC, config=SPEC.config | {"rate": 0.1 + 1e-17 + 1e-16}),
        dataclasses.replace(SPEC, dataset=None),
        dataclasses.replace(SPEC, seed=6),
        dataclasses.replace(SPEC, budget=Budget(seconds=10.0)),
        dataclasses.replace(SPEC, budget=Budget(steps=10, schedule=20)),
    ]
    assert len({spec_hash(s) for s in [SPEC, *others]}) == 7


def test_json_round_trip():
    assert from_json(json.loads(json.dumps(to_json(SPEC)))) == SPEC


@pytest.mark.parametrize(
    ("knob", "value", "expected"),
    [
        (INT, "7", 7),
        (INT, 7.0, 7),
        (FLOAT, 1, 1.0),
        (FLOAT, "1e-2", 0.01),
        (FLOAT, -0.0, 0.0),
        (BOOL, "off", False),
        (BOOL, "True", True),
        (CHOICE, "b", "b"),
    ],
)
def test_values_take_the_type_of_their_knob(knob, value, expected):
    found = check_value(knob, value)
    assert found == expected and type(found) is type(expected) and str(found) == str(expected)


@pytest.mark.parametrize(
    ("knob", "value"),
    [
        (INT, True),
        (INT, 2.5),
        (INT, "1_0"),
        (INT, "٣"),
        (INT, "0"),
        (INT, 11),
        (INT, None),
        (INT, "9" * 5000),
        (INT, 10**400),
        (FLOAT, "nan"),
        (FLOAT, float("nan")),
        (FLOAT, float("inf")),
        (FLOAT, "inf"),
        (FLOAT, "1e999"),
        (FLOAT, 10**400),
        (FLOAT, True),
        (FLOAT, 1.01),
        (FLOAT, [1]),
        (BOOL, 1),
        (BOOL, "maybe"),
        (CHOICE, "z"),
        (CHOICE, 3),
        (CHOICE, "\ud800"),
        (Knob("t", "str", "", "T"), "x" * 1001),
        (Knob("t", "str", "", "T"), "a\x00b"),
    ],
)
def test_values_outside_are_refused_with_a_short_sentence(knob, value):
    with pytest.raises(ConfigError) as caught:
        check_value(knob, value)
    assert knob.name in str(caught.value) and len(str(caught.value)) < 200
    str(caught.value).encode()


@pytest.mark.parametrize("seed", [0, 2**31 - 1, "12"])
def test_seed_within(seed):
    assert check_seed(seed) == int(seed)


@pytest.mark.parametrize("seed", [-1, 2**31, 0.5, True, None, "x"])
def test_seed_outside(seed):
    with pytest.raises(ConfigError):
        check_seed(seed)


def test_budget_bounds():
    assert check_budget({"steps": "5"}) == Budget(steps=5)
    assert check_budget({"seconds": 1}) == Budget(seconds=1.0)
    assert check_budget(Budget(steps=1_000_000)).steps == 1_000_000
    bad = [
        {},
        {"steps": 0},
        {"steps": 1_000_001},
        {"seconds": 0.9},
        {"seconds": 3601},
        {"seconds": float("nan")},
        {"steps": 5, "seconds": 5},
        {"seconds": 5, "schedule": 9},
        {"steps": 5, "schedule": 4},
        {"steps": True},
        {"hours": 1},
    ]
    for budget in bad:
        with pytest.raises(ConfigError):
            check_budget(budget)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@settings(deadline=None, max_examples=300)
@given(st.fixed_dictionaries({k: JSON for k in ("plugin", "config", "dataset", "seed", "budget")}) | JSON)
def test_hostile_json_meets_a_sentence(data):
    try:
        spec_hash(from_json(data))
    except UserError as error:
        assert str(error)


@settings(deadline=None, max_examples=200)
@given(st.sampled_from(["plugin", "config", "dataset", "seed", "budget"]), JSON)
def test_one_hostile_part(part, value):
    try:
        spec = from_json(to_json(SPEC) | {part: value})
    except UserError as error:
        assert str(error)
    else:
        assert from_json(json.loads(canonical(spec))) == spec


def test_a_spec_with_something_extra_is_not_one():
    with pytest.raises(RunError):
        from_json(to_json(SPEC) | {"owner": "me"})
