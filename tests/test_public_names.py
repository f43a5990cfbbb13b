"""Every public name is offered, lasts, and is the same object whatever was imported first."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import bayesips as bips

PACKAGE = Path(bips.__file__).parent
# Names that code outside the project calls, from the interface that was agreed on.
AGREED = """
    BetaMixture robustify ess prob_greater fit_beta_mixture Arm control_prior control_posterior
    Binary Landmark Map Separate Pooled Power Benchmark NormalizedPower EmpiricalPower Commensurate
    BetaHierarchy Exnex Sam Leap Criterion Rule SingleArmDesign TwoArmDesign simon
    predictive_probability box_p_value vary tipping_point load_model assess conclusion
    pymc_model
""".split()
ALIASES = [(space, name) for space, names in bips._MOVED.items() for name in names]


def test_completion_offers_about_fifty_names_the_namespaces_and_the_methods():
    assert len(bips._PUBLIC) <= 52
    assert set(dir(bips)) == {*bips._PUBLIC, *bips._NAMESPACES, *bips._methods(), "__version__"}
    assert set(AGREED) <= set(dir(bips))
    assert {*bips._NAMESPACES, "Map", "Sam"} <= set(bips.__all__)


@pytest.mark.parametrize("name", [*bips._PUBLIC, *bips._FURTHER, *bips._methods()])
def test_every_name_is_there(name):
    found = getattr(bips, name)
    assert getattr(found, "__doc__", "")


@pytest.mark.parametrize(("space", "name"), ALIASES)
def test_a_name_that_moved_is_the_same_object_in_both_places(space, name):
    found = getattr(bips, name)
    assert found is getattr(getattr(bips, space), name)
    assert name in getattr(bips, space).__all__


def test_no_name_is_that_of_a_folder_or_file_but_the_namespaces():
    inside = {path.stem for path in PACKAGE.iterdir() if path.stem != "__init__"}
    taken = {*bips._PUBLIC, *bips._FURTHER, *bips._methods(), *(name for _, name in ALIASES)}
    assert taken & inside == set()
    for name in set(bips._NAMESPACES) & inside:
        assert getattr(bips, name) is importlib.import_module(f"bayesips.{name}")


def modules():
    """Every module of the package, by room, with the dotted names below it."""
    paths = sorted(path.relative_to(PACKAGE.parent) for path in PACKAGE.rglob("*.py"))
    names = [".".join(path.with_suffix("").parts).removesuffix(".__init__") for path in paths]
    rooms = sorted({name.split(".")[1] for name in names if "." in name})
    return {room: [n for n in names if n.split(".")[1:2] == [room]] for room in rooms}


ORDER = """
import importlib, sys, warnings
import bayesips as bips
for name in {modules!r}:
    importlib.import_module(name)
table = bips._PUBLIC | bips._FURTHER
for name, module in table.items():
    assert getattr(bips, name) is getattr(importlib.import_module("bayesips." + module), name), name
    assert type(getattr(bips, name)) is not type(sys), name
"""


@pytest.mark.parametrize("room", modules())
def test_names_are_the_same_whatever_was_imported_first(room):
    script = ORDER.format(modules=modules()[room])
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert run.stderr == ""
    assert run.returncode == 0


def test_importing_everything_by_star_brings_what_completion_offers():
    space: dict = {}
    exec("from bayesips import *", space)
    assert set(dir(bips)) <= set(space)
