"""The style that a machine can check."""

import ast
import re
from pathlib import Path

import pytest

from tests.style_ceilings import (
    ASKED_FOR_TYPES,
    CALLED_ANY,
    FLAGS,
    LONG_FILES,
    MANY_PARAMETERS,
)

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("bayesips", "docs", "tests", "tools", "benchmarks", "notebooks", "models", ".ci")
TEXT = {".py", ".ipynb", ".toml", ".md", ".csv", ".cff", ".sh", ".html", ".json", ".txt"}
NAMED_TEXT = {"Makefile", "LICENSE", "run", ".gitignore", "requirements.lock"}
LINES_OF_A_FILE = 250
LINES_OF_A_BODY = 40
PARAMETERS = 5

# Written in two halves, so that this file does not hold them itself.
LATER = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|NotImplemented" r"Error)\b")
SWALLOWED = re.compile(r"except( (Base)?" r"Exception\b|:)")
NOT_RUN = re.compile(r"pytest\.(mark\.)?(ski" r"p|xfai" r"l|importorski" r"p)")
ELSEWHERE = re.compile(r"(?<![\w.])/(wor" r"k|roo" r"t|tm" r"p|hom" r"e)/")
REGISTRY = re.compile(r"pyp" r"i\.org|python" r"hosted|extra-" r"index|index" r"-url")
NO_NOUN = {"utils.py", "util.py", "helpers.py", "common.py", "misc.py"}


def texts():
    """Every text file of the project that people write."""
    inside = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*")]
    found = [path for path in [*ROOT.iterdir(), *inside] if path.is_file()]
    return sorted(path for path in found if path.suffix in TEXT or path.name in NAMED_TEXT)


def modules(folder):
    """Python files of a folder."""
    return sorted((ROOT / folder).rglob("*.py"))


def code():
    """Python files that people maintain; a notebook's script is prose."""
    return [
        path for folder in ("bayesips", "tests", "tools", "benchmarks") for path in modules(folder)
    ]


def named(path):
    """A path as the project's reader writes it."""
    return path.relative_to(ROOT).as_posix()


def matches(pattern, paths):
    """Lines in which a pattern stands, as file:line."""
    return [
        f"{named(path)}:{number}"
        for path in paths
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if pattern.search(line)
    ]


def functions(path):
    """Functions and methods of a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]


def inner_functions():
    """Functions of the package with their files, but for commands, whose options users give."""
    return [
        (path, function)
        for path in modules("bayesips")
        for function in functions(path)
        if not (path.parent.name == "cli" and function.name == path.stem)
    ]


def parameters(function):
    """What a function asks its caller for."""
    given = function.args
    asked = [*given.posonlyargs, *given.args, *given.kwonlyargs]
    return [each for each in asked if each.arg not in ("self", "cls")]


def words_of(annotation):
    """The alternatives of an annotation, as written."""
    return [] if annotation is None else re.split(r"\s*\|\s*", ast.unparse(annotation))


def lines_of_body(function):
    """Lines of a function below its docstring."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return function.end_lineno - body[0].lineno + 1 if body else 0


def public(tree, prefix=""):
    """Public functions, classes and methods of a module or class, with their dotted names."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            if node.name.startswith("_"):
                continue
            yield f"{prefix}{node.name}", node
            if isinstance(node, ast.ClassDef):
                yield from public(node, f"{prefix}{node.name}.")


def test_no_file_is_too_long_to_read():
    lengths = {named(path): len(path.read_text(encoding="utf-8").splitlines()) for path in code()}
    allowed = {name: LONG_FILES.get(name, LINES_OF_A_FILE) for name in lengths}
    assert {name: n for name, n in lengths.items() if n > allowed[name]} == {}


def test_no_function_is_too_long_to_read():
    lengths = {
        f"{named(path)}:{function.name}": lines_of_body(function)
        for path in code()
        for function in functions(path)
    }
    assert {name: n for name, n in lengths.items() if n > LINES_OF_A_BODY} == {}


def test_no_function_asks_for_too_much():
    counts = {
        f"{named(path)}:{function.name}": len(parameters(function))
        for path, function in inner_functions()
    }
    allowed = {name: MANY_PARAMETERS.get(name, PARAMETERS) for name in counts}
    assert {name: n for name, n in counts.items() if n > allowed[name]} == {}


def test_no_parameter_is_a_flag():
    found = {
        f"{named(path)}:{function.name}:{each.arg}"
        for path, function in inner_functions()
        for each in parameters(function)
        if "bool" in words_of(each.annotation)
    }
    assert found - FLAGS == set()


def test_types_are_named_and_seldom_asked_for():
    called_any = [
        each.arg
        for path in modules("bayesips")
        for function in functions(path)
        for each in parameters(function)
        if words_of(each.annotation) == ["Any"]
    ]
    asked = [
        node
        for path in modules("bayesips")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Name) and node.id == "isinstance"
    ]
    assert (len(called_any) <= CALLED_ANY, len(asked) <= ASKED_FOR_TYPES) == (True, True)


def test_every_public_name_says_what_it_is():
    silent = [
        f"{named(path)}:{name}"
        for path in modules("bayesips")
        for name, node in public(ast.parse(path.read_text(encoding="utf-8")))
        if not ast.get_docstring(node)
    ]
    assert silent == []


def test_every_file_says_what_it_is_in_its_first_line():
    assert [named(p) for p in code() if not ast.get_docstring(ast.parse(p.read_text()))] == []


def test_every_helper_lives_with_its_noun():
    assert [named(path) for path in code() if path.name in NO_NOUN] == []


@pytest.mark.parametrize("pattern", [LATER, SWALLOWED, NOT_RUN], ids=lambda each: each.pattern)
def test_nothing_is_left_for_later_or_swallowed(pattern):
    assert matches(pattern, code()) == []


@pytest.mark.parametrize("pattern", [ELSEWHERE, REGISTRY], ids=lambda each: each.pattern)
def test_no_text_names_a_machine_or_a_registry(pattern):
    assert matches(pattern, texts()) == []
