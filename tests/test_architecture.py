"""What the plan of the house forbids, held by tests: who imports whom, what never happens, and what lies where."""

import ast
import importlib.metadata
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CORE, PAGES, TESTS = ROOT / "genai_core", ROOT / "pages", ROOT / "tests"
APP = [path for path in [ROOT / "app.py"] if path.exists()]


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.py") if "__pycache__" not in path.parts)


CORE_FILES, PAGE_FILES = files(CORE), files(PAGES)
SECTION_FILES = [path for path in PAGE_FILES if path.parent.name != "shared" and path.parent != PAGES]
OURS = APP + PAGE_FILES + CORE_FILES

WEB = """contracts errors catalogue i18n design plots plots_vae plots_ar plots_text runs.spec runs.store runs.watch runs.archive
execution.client execution.protocol rooms game plots_watermark plots_game metrics.signal
metrics.detectors metrics.detectors.history metrics.abtest plots_marketing posters metrics.text metrics.series sampling linechart learner arithmetic
worksheet plots_education measures evidence tour large_model large_tasks report.session governance.database governance.register governance.workshop
governance.workshop_record governance.simulated rows claims governance.laws
article.chapters article.corrections article.demos article.diagram article.formulas article.glossary article.library
article.timeline plots_article""".split()
HEAVY = ("torch", "pandas", "sklearn", "scipy", "torchmetrics", "plotly.express", "matplotlib")
LOOKS = ("looks_vae", "looks_text", "looks_series", "looks_pixels", "looks_diffusion", "looks_flow")
PLUG_INS = ("models", "datasets", "applications", "risks")
EXPERIMENTS = {"contracts", "errors", "training", "metrics", "models", "datasets", "plots", "design", "registry", "replication", "learning", "looks"}
# What each part may import of genai_core beside itself and runs.spec, which has no parts of its own. A part that isn't named is free.
ALLOWED = {
    "contracts": {"errors"},
    "errors": set(),
    "design": set(),
    "eager": set(),
    "i18n": set(),
    "sampling": set(),
    "registry": {"contracts", "errors", *PLUG_INS},
    "training": {"contracts", "errors", "metrics", "runs"},
    "metrics": {"contracts", "errors", "i18n", "datasets"},
    "models": {"contracts", "errors", "training", "metrics", "sampling", "datasets", "linechart", "design", *LOOKS},
    "datasets": {"contracts", "errors", "design", "linechart"},
    "applications": EXPERIMENTS | {"looks", "runs", "incoming", "posters", "i18n", "arithmetic", "learner", "worksheet"},
    "risks": EXPERIMENTS | {"incoming", "sampling", "looks", "runs", "provenance", "aigc_label"},
    "provenance": {"contracts", "errors"},
    "aigc_label": {"contracts", "errors"},
    "posters": {"contracts", "aigc_label", "fonts"},
    "plots": {"contracts", "errors", "design", "i18n"},
    "runs": {"contracts", "errors", "catalogue", "design", "training", "metrics", "registry", "datasets", "eager", "watching"},
    "watching": {"contracts", "errors"},
}
TOP_LEVEL = set(
    "app.py pages genai_core tests benchmarks docs requirements.txt requirements-dev.txt packages.txt pyproject.toml "
    "Makefile static README.md LICENSE .gitignore .gitattributes .streamlit .ci".split()
)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), str(path))


def imports(path: Path) -> Iterator[str]:
    """Every module a file imports, anywhere in it, ``from a import b`` as ``a.b``, but for imports for type checking alone."""
    typing_only = {
        id(node)
        for block in ast.walk(tree(path))
        if isinstance(block, ast.If) and getattr(block.test, "id", getattr(block.test, "attr", "")) == "TYPE_CHECKING"
        for statement in block.body
        for node in ast.walk(statement)
    }
    package = list(path.relative_to(ROOT).with_suffix("").parts[:-1])
    for node in ast.walk(tree(path)):
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*start, *([node.module] if node.module else [])])
            yield from (f"{base}.{alias.name}" for alias in node.names)


def within(module: str, package: str) -> bool:
    return module == package or module.startswith(package + ".")


def each(paths: list[Path]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("path", [pytest.param(path, id=name_of(path)) for path in paths])


# --- who imports whom ------------------------------------------------------------------------------------------------


@each(CORE_FILES)
def test_core_knows_neither_streamlit_nor_pages(path):
    outside = ("streamlit", "pages", "app", "tests", "benchmarks")
    assert [module for module in imports(path) if any(within(module, name) for name in outside)] == []


@each(CORE_FILES)
def test_parts_of_the_core_import_in_one_direction(path):
    part, *below = path.relative_to(CORE).with_suffix("").parts
    if "build" in below:  # programs that make what ships; nothing imports them
        return
    used = {module.split(".")[1] for module in imports(path) if "." in module and within(module, "genai_core")}
    used -= (
        {"runs"}
        if all(within(m, "genai_core.runs.spec") for m in imports(path) if within(m, "genai_core.runs"))
        else set()
    )
    assert used - {part, "__init__"} - ALLOWED.get(part, used) == set()


@each(PAGE_FILES)
def test_pages_import_shared_and_core_alone(path):
    ours = [module for module in imports(path) if within(module, "pages") or within(module, "tests")]
    assert [module for module in ours if not within(module, "pages.shared")] == []


@each(APP + PAGE_FILES)
def test_pages_never_import_what_brings_torch(path):
    heavy = (
        "torch",
        "sklearn",
        "scipy",
        "torchmetrics",
        "plotly.express",
        "genai_core.registry",
        "genai_core.training",
    )
    heavy += tuple(f"genai_core.{part}" for part in PLUG_INS)
    assert [module for module in imports(path) if any(within(module, name) for name in heavy)] == []


@each(APP + PAGE_FILES)
def test_no_page_brings_pandas_into_the_web_process(path):
    """43 MB for good, once anybody has opened that page: ``table.py`` shows a table without it."""
    bringing = {"dataframe", "data_editor", "table", "column_config", "line_chart", "bar_chart", "area_chart", "scatter_chart"}
    used = {
        node.attr
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "st"
    }
    assert used & bringing == set()


@each([path for path in PAGE_FILES if "st.components.v2.component(" in path.read_text("utf-8")])
def test_components_are_given_bytes(path):
    """A dict with a list or a dict in it has the framework ask pandas whether that is a table. The visitor's holds neither."""
    ours = {
        target.id
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Assign) and "components.v2.component(" in ast.unparse(node.value)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    given = {
        node.func.id: ast.unparse(keyword.value)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ours - {"_visitor"}
        for keyword in node.keywords
        if keyword.arg == "data"
    }
    assert given and {name: value for name, value in given.items() if not re.search("pack|encode", value)} == {}


def loaded_by(module: str) -> set[str]:
    code = f"import sys, {module}\nprint(*(m for m in {(*HEAVY, 'streamlit')!r} if m in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


@pytest.mark.parametrize("module", [m for m in WEB if (CORE / (m.replace(".", "/") + ".py")).exists()])
def test_what_the_web_process_imports_is_light(module):
    assert loaded_by(f"genai_core.{module}") == set()


def test_the_check_for_light_modules_sees_a_heavy_one():
    assert "torchmetrics" in loaded_by("torchmetrics")


# --- what never happens ----------------------------------------------------------------------------------------------


def calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


@each(OURS)
def test_nothing_is_unpickled_evaluated_or_put_on_a_page_as_markup(path):
    assert {m.split(".")[0] for m in imports(path)} & {
        "pickle",
        "marshal",
        "shelve",
        "dill",
        "cloudpickle",
        "joblib",
    } == set()
    found = []
    for name, node in calls(path):
        given = {keyword.arg: getattr(keyword.value, "value", None) for keyword in node.keywords}
        found += [name] * (
            name in ("eval", "exec", "torch.load", "os.system", "yaml.load", "joblib.load", "__import__")
        )
        found += [
            f"{name} with {key}"
            for key in ("unsafe_allow_html", "unsafe_allow_javascript", "allow_pickle", "shell")
            if given.get(key)
        ]
    assert found == []


@each(OURS)
def test_no_error_is_swallowed(path):
    silent = [
        node.lineno
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or ast.unparse(node.type) in ("Exception", "BaseException"))
        and all(isinstance(line, (ast.Pass, ast.Continue)) for line in node.body)
    ]
    assert silent == []


@each(OURS)
def test_nothing_runs_in_a_loop_inside_a_script(path):
    if path in CORE_FILES:
        return
    loops = [node.lineno for node in ast.walk(tree(path)) if isinstance(node, ast.While)]
    sleeps = [node.lineno for name, node in calls(path) if name in ("time.sleep", "sleep")]
    assert loops + sleeps == []


@each(OURS)
def test_no_loose_ends(path):
    words = ("TO" + "DO", "FIX" + "ME", "X" * 3)
    text = path.read_text("utf-8")
    assert [word for word in words if re.search(rf"\b{word}\b", text)] == []


# --- what lies where -------------------------------------------------------------------------------------------------


@cache
def tracked() -> list[Path]:
    """What git holds or would add; all files where this is no checkout."""
    done = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    names = done.stdout.split("\0") if done.returncode == 0 else [str(p.relative_to(ROOT)) for p in ROOT.rglob("*")]
    return [path for name in names if name and (path := ROOT / name).is_file()]


def test_the_top_level_holds_what_the_design_says():
    assert {path.relative_to(ROOT).parts[0] for path in tracked()} - TOP_LEVEL == set()


def test_no_script_lies_directly_in_pages():
    """Streamlit would take it for the old kind of multipage app, and a deep link would bypass app.py."""
    assert [path.name for path in PAGES.glob("*.py")] == []


def test_no_second_dependency_file_hides_the_first():
    """Community Cloud takes the first it finds of uv.lock, Pipfile, environment.yml, requirements.txt."""
    assert [
        name for name in ("uv.lock", "Pipfile", "environment.yml", "environment.yaml") if (ROOT / name).exists()
    ] == []


@each(SECTION_FILES)
def test_a_page_is_short(path):
    assert len(path.read_text("utf-8").splitlines()) <= 90


def test_no_machine_and_no_registry_is_named():
    machine = [rf"(?<![\w.])/{name}/" for name in ("wo" + "rk", "ro" + "ot", "opt/py" + "pi")] + [
        r"/(ho" + r"me|Us" + r"ers)/\w+/"
    ]
    hosts = [
        re.escape(a + b)
        for a, b in (("pypi.", "org"), ("pythonho", "sted.org"), ("registry.npm", "js.org"), ("deb.deb", "ian.org"))
    ]
    pattern = re.compile("|".join(machine + hosts))
    found = []
    for path in tracked():
        if (
            path.suffix in (".py", ".md", ".toml", ".txt", ".json", ".jsonl", ".po", ".js", ".css", ".yml", "")
            and path.stat().st_size < 2e6
        ):
            text = path.read_text("utf-8", "replace")
            found += [f"{name_of(path)}: {match[0]}" for match in pattern.finditer(text)]
    assert found == []


def test_what_ships_is_small():
    size = {"gallery": 0, "assets": 0}
    for path in tracked():
        if path.suffix not in (".py", ".po", ".md") and path.is_relative_to(CORE):
            size["gallery" if path.is_relative_to(CORE / "gallery") else "assets"] += path.stat().st_size
    assert size["assets"] <= 15 * 2**20
    assert size["gallery"] <= 40 * 2**20


def test_tests_mirror_the_core():
    """Every package with code has a folder of tests of the same name, and no folder of tests is without its package."""
    packages = {path.name for path in CORE.iterdir() if any(p.name != "__init__.py" for p in path.glob("*.py"))}
    folders = {path.name for path in TESTS.iterdir() if any(path.glob("test_*.py"))}
    assert packages - folders == set()
    assert folders - {path.name for path in CORE.iterdir()} - {"e2e", "pages", "benchmarks"} == set()


# --- requirements ----------------------------------------------------------------------------------------------------


def requirements(name: str) -> dict[str, str]:
    lines = (ROOT / name).read_text("utf-8").splitlines()
    found = (
        re.fullmatch(r"([A-Za-z0-9._-]+)(.*)", line.strip()) for line in lines if line.strip() and line[0] not in "#-"
    )
    return {match[1].lower().replace("_", "-"): match[2] for match in found if match}


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_requirements_are_compatible_release_ranges(name):
    assert {
        package: spec for package, spec in requirements(name).items() if not re.fullmatch(r"~=\d+\.\d+(\.\d+)?", spec)
    } == {}


@pytest.mark.skipif(not APP, reason="the app is not in this tree yet")
def test_requirements_are_what_is_imported():
    owners = importlib.metadata.packages_distributions()
    standard = sys.stdlib_module_names | {"genai_core", "pages"}
    used = {module.split(".")[0] for path in OURS for module in imports(path)} - standard
    unknown = {module for module in used if module not in owners}
    assert unknown == set(), "imported, and not installed by requirements-dev.txt"
    needed = {owners[module][0].lower().replace("_", "-") for module in used}
    assert needed - set(requirements("requirements.txt")) == set(), "imported, and not in requirements.txt"
    assert set(requirements("requirements.txt")) - needed == set(), "in requirements.txt, and not imported"


def test_packages_for_the_cloud_are_bare_names():
    """packages.txt has no comments: each word of it is handed to apt-get."""
    lines = (ROOT / "packages.txt").read_text("utf-8").splitlines()
    assert lines and all(re.fullmatch(r"[a-z0-9][a-z0-9+.-]+", line) for line in lines)


def test_torch_alone_comes_from_its_own_index():
    """uv reads torch-backend from pyproject.toml; an extra index in requirements.txt would win for every package it carries."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert settings["tool"]["uv"] == {"pip": {"torch-backend": "cpu"}}
    assert "project" not in settings
    assert "index" not in (ROOT / "requirements.txt").read_text("utf-8")
