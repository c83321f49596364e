"""The house: who may import whom, how long a module may be, what a package offers."""

import ast
import importlib
import inspect
from pathlib import Path

import pytest
from conftest import LONGEST

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("archive", "ingest", "summarize", "serve", "samples")
FLOORS = {*PACKAGES, "newsarchive"}
#: What each floor may import besides itself. All others may import nothing of the project.
ALLOWED = {
    "ingest": {"archive"},
    "summarize": {"archive"},
    "serve": {"archive"},
    "newsarchive": FLOORS,
    "samples.demo": FLOORS,
}
FILES = sorted(
    path.relative_to(ROOT)
    for path in [ROOT / "newsarchive.py", *(p for f in PACKAGES for p in (ROOT / f).rglob("*.py"))]
)
OFFERING = ("archive", "ingest", "summarize")


def module_name(path):
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def tree_of(path):
    return ast.parse((ROOT / path).read_text(encoding="utf-8"))


def imported(tree, module):
    """The names of all modules that a module imports, at its top or within a function."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}, line {node.lineno}: imports are absolute"
            yield node.module or ""
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            # "ingest.cli:ingest", imported by name
            name, colon, attribute = node.value.partition(":")
            if colon and attribute.isidentifier() and "." in name and name.isascii():
                yield name


def floors_seen(path):
    module = module_name(path)
    tops = {name.partition(".")[0] for name in imported(tree_of(path), module)}
    return (tops & FLOORS) - {module.partition(".")[0]}


@pytest.mark.parametrize("path", FILES, ids=str)
def test_a_floor_imports_only_what_is_below_it(path):
    module = module_name(path)
    allowed = ALLOWED.get(module, ALLOWED.get(module.partition(".")[0], set()))
    assert floors_seen(path) <= allowed


def test_only_the_roof_and_the_demo_see_more_than_one_floor():
    assert {str(path) for path in FILES if len(floors_seen(path)) > 1} == {
        "newsarchive.py",
        "samples/demo.py",
    }


def test_imports_are_seen_wherever_they_stand():
    source = "import a.b\ndef f():\n    from c.d import e\nx = 'g.h:i'\ny = 'text: more'\n"
    assert sorted(imported(ast.parse(source), "m")) == ["a.b", "c.d", "g.h"]


@pytest.mark.parametrize("path", FILES, ids=str)
def test_no_module_is_long(path):
    assert len((ROOT / path).read_text(encoding="utf-8").splitlines()) < 400


@pytest.mark.parametrize("path", FILES, ids=str)
def test_what_is_public_is_documented(path):
    tree = tree_of(path)
    missing = [] if ast.get_docstring(tree) or not tree.body else ["the module"]
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            # A migration is described by its name; its tables by archive.descriptions.
            is_migration = any("migrations" in ast.unparse(d) for d in node.decorator_list)
            if not (node.name.startswith("_") or is_migration or ast.get_docstring(node)):
                missing.append(node.name)
    assert missing == []


def names_at_the_top(body, package):
    """What a package's __init__.py defines, or imports from its own modules, for others to use."""
    for node in body:
        if isinstance(node, ast.If):
            yield from names_at_the_top(node.body, package)
        elif isinstance(node, ast.ImportFrom) and node.module.startswith(package + "."):
            yield from (alias.asname or alias.name for alias in node.names)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            yield node.name


@pytest.mark.parametrize("package", OFFERING)
def test_all_is_what_the_package_offers(package):
    tree = tree_of(Path(package) / "__init__.py")
    names = importlib.import_module(package).__all__
    assert sorted(names) == sorted(names_at_the_top(tree.body, package))


@pytest.mark.parametrize(
    ("package", "name"),
    [(package, name) for package in OFFERING for name in importlib.import_module(package).__all__],
)
def test_what_a_package_offers_is_there_and_documented(package, name):
    assert inspect.getdoc(getattr(importlib.import_module(package), name))


def test_the_test_files_that_are_begun_first_are_there():
    assert [name for name in LONGEST if not (ROOT / "tests" / name).exists()] == []
