"""Imports point one way, and start-up loads nothing heavy."""

import ast
import os
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "bayesips"

# A room imports from its own row and from rows above it, inside functions too.
LAYERS = (
    {"errors"},
    {"words"},
    {"distributions"},
    {"evidence", "endpoints"},
    {"borrowing"},
    {"engine"},
    {"declare"},
    {"answer"},
    {"sensitivity", "designs"},
    {"planning"},
    {"plots"},
    {"report"},
    {"cli"},
)

# Circles of files that are still there; none may join them.
CIRCLES = (
    {
        f"bayesips.engine.quadrature.{name}"
        for name in (
            "beta_evidence",
            "beta_grids",
            "beta_rates",
            "hierarchy",
            "profile",
            "tables",
        )
    },
)

HEAVY = ("pymc", "pytensor", "nutpie", "arviz", "matplotlib", "scipy.stats")
HEAVY_AT_MODULE_LEVEL = {
    "engine": {"pymc", "pytensor", "nutpie", "arviz"},
    "plots": {"matplotlib", "arviz"},
    "report": {"matplotlib"},
}
LIGHT_STARTS = ("", "distributions", "evidence.arm", "declare.model", "engine.exact", "cli")


def files():
    """Every module of the package except its front door, whose names are lazy."""
    return sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


def room(path):
    """Top-level module or subpackage that a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def layer(name):
    """Row of a room in the table; a room without one is refused by a test of its own."""
    return next((row for row, names in enumerate(LAYERS) if name in names), len(LAYERS))


def imported(node):
    """Dotted names that one import statement asks for, the parents of each included."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    assert node.level == 0, "imports are absolute"
    return [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]


def imports(tree):
    """Import statements anywhere in a syntax tree."""
    return [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]


def imports_at_load(tree):
    """Import statements that run when the module is loaded: not those inside functions."""
    if isinstance(tree, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        return []
    if isinstance(tree, ast.If) and ast.unparse(tree.test).endswith("TYPE_CHECKING"):
        return [found for child in tree.orelse for found in imports_at_load(child)]
    here = [tree] if isinstance(tree, ast.Import | ast.ImportFrom) else []
    below = [imports_at_load(child) for child in ast.iter_child_nodes(tree)]
    return here + [found for child in below for found in child]


def rooms_used(path):
    """Other rooms of ours that a file imports from."""
    names = [name for node in imports(ast.parse(path.read_text())) for name in imported(node)]
    ours = {name.split(".")[1] for name in names if name.startswith("bayesips.")}
    return {name for name in ours if exists(name)} - {room(path)}


def exists(name):
    """Whether a room of that name is there (the front door's own names are not rooms)."""
    path = PACKAGE.joinpath(*name.split("."))
    return path.with_suffix(".py").is_file() or path.is_dir()


def dotted(path):
    """Dotted name of a module; a package's is that of its folder."""
    name = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
    return name.removesuffix(".__init__")


def file_graph():
    """Each module and those that it imports, inside functions too, but not for types alone."""
    names = {dotted(path) for path in files()}
    return {
        dotted(path): {
            each
            for node in imports_at_run(ast.parse(path.read_text()))
            for each in asked(node, names)
        }
        - {dotted(path)}
        for path in files()
    }


def asked(node, names):
    """Modules of ours that one import statement names: a package only for its own contents."""
    if isinstance(node, ast.Import):
        return {alias.name for alias in node.names} & names
    inside = {alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return {path if path in names else node.module for path in inside.values()} & names


def imports_at_run(tree):
    """Import statements that run at some time: not those for type checkers."""
    if isinstance(tree, ast.If) and ast.unparse(tree.test).endswith("TYPE_CHECKING"):
        return [found for child in tree.orelse for found in imports_at_run(child)]
    here = [tree] if isinstance(tree, ast.Import | ast.ImportFrom) else []
    return here + [f for child in ast.iter_child_nodes(tree) for f in imports_at_run(child)]


def heavy(name):
    """The heavy library that a dotted name belongs to, if any."""
    return next((each for each in HEAVY if name == each or name.startswith(f"{each}.")), None)


def test_every_module_has_a_row_in_the_table():
    placed = set().union(*LAYERS)
    assert {room(path) for path in files()} <= placed


def test_the_page_on_architecture_has_a_paragraph_for_each_folder():
    page = (PACKAGE.parent / "docs" / "architecture.md").read_text(encoding="utf-8")
    described = {line[2:].split("**")[0] for line in page.splitlines() if line.startswith("**")}
    assert described == set().union(*LAYERS)


def test_imports_point_one_way():
    upward = {
        (room(path), used)
        for path in files()
        for used in rooms_used(path)
        if layer(used) > layer(room(path))
    }
    assert upward == set()


def test_no_file_imports_itself_in_a_circle():
    graph = {
        name: {each for each in used if not any({name, each} <= known for known in CIRCLES)}
        for name, used in file_graph().items()
    }
    order = list(TopologicalSorter(graph).static_order())  # CycleError names a circle
    assert len(order) == len(graph)


def test_inner_modules_do_not_ask_the_front_door():
    asked = {
        (path.name, alias.name)
        for path in files()
        for node in imports(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module == "bayesips"
        for alias in node.names
        if not exists(alias.name)
    }
    assert {row for row in asked if row[1] != "__version__"} == set()


def test_heavy_libraries_are_loaded_only_where_they_are_used():
    loaded = {
        (room(path), heavy(name))
        for path in [*files(), PACKAGE / "__init__.py"]
        for node in imports_at_load(ast.parse(path.read_text()))
        for name in imported(node)
        if heavy(name)
    }
    allowed = {(where, each) for where, names in HEAVY_AT_MODULE_LEVEL.items() for each in names}
    assert loaded <= allowed


@pytest.mark.parametrize("name", [name for name in LIGHT_STARTS if not name or exists(name)])
def test_start_up_loads_nothing_heavy(name):
    module = f"bayesips.{name}".rstrip(".")
    script = f"import {module}, sys; print(*(set(sys.modules) & {set(HEAVY)!r}))"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.split() == []


@pytest.mark.parametrize(("given", "used"), [(None, "1"), ("2", "2")])
def test_a_command_multiplies_matrices_in_one_thread_unless_told_otherwise(given, used):
    script = (
        "import os, sys; from bayesips.cli import main\n"
        "assert 'numpy' not in sys.modules\n"
        "sys.argv = ['bayesips', '--version']\n"
        "try: main()\n"
        "finally: print(os.environ['OPENBLAS_NUM_THREADS'])"
    )
    env = {key: v for key, v in os.environ.items() if key != "OPENBLAS_NUM_THREADS"}
    env |= {} if given is None else {"OPENBLAS_NUM_THREADS": given}
    env |= {"PYTHONPATH": str(Path(__file__).resolve().parent.parent)}
    found = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, env=env
    )
    assert found.stdout.split()[-1] == used


def test_a_result_in_json_needs_neither_xarray_nor_pandas():
    script = (
        "import sys; from bayesips.cli import main\n"
        "sys.argv = ['bayesips', 'assess', 'hlc001-benchmark', '--json']\n"
        "try: main()\n"
        "finally: print({'xarray', 'pandas'} & set(sys.modules), file=sys.stderr)"
    )
    env = os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parent.parent)}
    found = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, env=env
    )
    assert found.stdout.startswith('{"model": "hlc001-benchmark"')
    assert found.stderr == "set()\n"
