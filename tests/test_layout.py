"""The house: who may import whom, doors without logic of others, nothing that runs code from data, and .ci/run."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LIBRARY = sorted((ROOT / "src" / "communique").rglob("*.py"))
DOORS = sorted([*(ROOT / "scripts").glob("*.py"), *(ROOT / "baselines").glob("*.py")])
FOLDERS = {path.name for path in ROOT.iterdir() if path.is_dir()} & {"scripts", "baselines", "tests", "seeds"}
STEMS = {path.stem for path in DOORS}


def imports(source: str) -> set[str]:
    """Full names of all modules that a source imports, also inside functions."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def tops(path: Path) -> set[str]:
    return {name.split(".")[0] for name in imports(path.read_text(encoding="utf-8"))}


def importers(module: str) -> set[str]:
    """Library files that import a module, as paths below the package; the timings against rivals are no part of it."""
    return {
        str(path.relative_to(ROOT / "src" / "communique"))
        for path in LIBRARY
        if path.parent.name != "bench"
        and any(f"{name}.".startswith(f"{module}.") for name in imports(path.read_text(encoding="utf-8")))
    }


def test_imports_are_seen_wherever_they_stand() -> None:
    source = "import a.b\nfrom c.d import e\ndef f():\n    import g\n"
    assert imports(source) == {"a.b", "c.d.e", "g"}


@pytest.mark.parametrize("path", DOORS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_doors_import_no_other_door(path: Path) -> None:
    assert not tops(path) & (STEMS | FOLDERS)


@pytest.mark.parametrize("path", LIBRARY, ids=lambda path: str(path.relative_to(ROOT / "src")))
def test_the_library_imports_no_door_and_knows_no_place(path: Path) -> None:
    assert not tops(path) & (FOLDERS | STEMS - {"communique"})
    assert "__file__" not in path.read_text(encoding="utf-8")


def test_one_module_knows_scikit_learn_and_one_label_studios_json() -> None:
    assert importers("sklearn")
    assert all(name.startswith("models/") for name in importers("sklearn"))
    assert all(name.startswith("workshop/") for name in importers("label_studio_sdk"))
    for module in ("communique.label_studio", "communique.label_studio_decisions"):
        assert all(name.startswith("workshop/") for name in importers(module))
    assert importers("datasets") == set()
    mark = "from_name"
    assert {path.name for path in LIBRARY if mark in path.read_text(encoding="utf-8")} == {
        "label_studio.py",
        "label_studio_decisions.py",
    }


@pytest.mark.parametrize("path", [*LIBRARY, *DOORS], ids=lambda path: f"{path.parent.name}/{path.name}")
def test_nothing_runs_code_from_data(path: Path) -> None:
    assert not tops(path) & {"pickle", "joblib", "marshal", "shelve", "dill"}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            assert name not in {"eval", "exec", "yaml.load", "os.system"}
            assert not any(keyword.arg == "shell" for keyword in node.keywords)


@pytest.mark.parametrize("path", DOORS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_each_door_shows_help_with_an_example(path: Path) -> None:
    told = subprocess.run([sys.executable, path, "--help"], capture_output=True, text=True, check=True)
    assert "example" in told.stdout
    assert f"python {path.parent.name}/{path.name}" in told.stdout


@pytest.mark.parametrize("path", [*LIBRARY, *DOORS], ids=lambda path: f"{path.parent.name}/{path.name}")
def test_modules_stay_small_and_public_names_are_told(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert len(source.splitlines()) <= 400
    tree = ast.parse(source)
    assert ast.get_docstring(tree), "what is this module for"
    if path in LIBRARY:
        for node in tree.body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
                assert ast.get_docstring(node) or len(node.body) <= 3, f"{node.name} is public and not told"


def test_ci_runs_the_commands_of_the_readme() -> None:
    blocks = [
        block.split("```")[0].strip() for block in (ROOT / "README.md").read_text(encoding="utf-8").split("```bash")[1:]
    ]
    lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    for command in blocks[:2]:
        assert command in lines
