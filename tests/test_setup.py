"""The set-up script, with a pip that only writes down what it is asked: which torch it takes, and that a second time is quick."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PIP = """#!/bin/sh
echo "pip $*" >> "$CALLS"
case "$*" in
    "index versions torch") echo "torch (2.99.0)"; echo "Available versions: 2.99.0+cpu, $OFFERED" ;;
    *--index-url*) exit "$INDEX_ANSWERS" ;;
esac
"""
PYTHON = """#!/bin/sh
case "$*" in *importlib.metadata*) exit 1 ;; esac
"""


@pytest.fixture
def house(tmp_path):
    """A checkout with a stand-in for .venv; ``run(**environ)`` sets up and returns what pip was asked."""
    binary = tmp_path / ".venv" / "bin"
    binary.mkdir(parents=True)
    (tmp_path / ".ci").mkdir()
    for name in (".ci/setup", "requirements.txt", "requirements-dev.txt"):
        shutil.copy(ROOT / name, tmp_path / name)
    system = tmp_path / "system"
    system.mkdir()
    for path, text in (
        (binary / "pip", PIP),
        (binary / "python", PYTHON),
        (system / "uname", "#!/bin/sh\necho $SYSTEM\n"),
    ):
        path.write_text(text)
        path.chmod(0o755)
    calls = tmp_path / "calls"

    def run(**environ: str) -> list[str]:
        calls.write_text("")
        given = {
            "CALLS": str(calls),
            "OFFERED": "2.13.0",
            "INDEX_ANSWERS": "0",
            "SYSTEM": "Linux",
            "TORCH_INDEX": "",
        } | environ
        path = f"{system}{os.pathsep}{os.environ['PATH']}"
        subprocess.run(
            ["sh", str(tmp_path / ".ci/setup"), "run"], env=os.environ | given | {"PATH": path}, check=True, timeout=60
        )
        return [line for line in calls.read_text().splitlines() if "index versions" not in line]

    return run


REST = "pip install --quiet -r requirements.txt"


def test_an_offered_cpu_build_is_taken_exactly(house):
    assert house(OFFERED="2.14.1, 2.13.0+cpu, 2.13.0, 2.12.0+cpu") == ["pip install --quiet torch==2.13.0+cpu", REST]


def test_else_the_index_is_asked_for_torch_alone(house):
    torch, rest = house()
    assert "--no-deps" in torch and "--index-url https://download.pytorch.org/whl/cpu" in torch
    assert torch.endswith(" torch~=2.13.0") and rest == REST


def test_an_index_of_ones_own_wins(house):
    torch, _ = house(TORCH_INDEX="https://mirror.example/cpu", OFFERED="2.13.0+cpu")
    assert "--index-url https://mirror.example/cpu" in torch


def test_without_any_index_the_default_build_is_taken(house):
    assert house(INDEX_ANSWERS="1")[-1] == REST


def test_elsewhere_the_default_is_the_cpu_build(house):
    assert house(SYSTEM="Darwin") == [REST]


def test_the_second_time_nothing_is_installed_until_a_requirement_changes(house, tmp_path):
    assert house() != []
    assert house() == []
    with (tmp_path / "requirements.txt").open("a") as file:
        file.write("another~=1.0\n")
    assert house()[-1] == REST
