"""Checks say what was measured and what is allowed, and a failure withholds the conclusion."""

import numpy as np
import pytest
import xarray as xr

from bayesips.answer import diagnostics
from bayesips.answer.assessment import assess
from bayesips.answer.diagnostics import Check
from bayesips.report import conclusion


@pytest.fixture(scope="module")
def tree():
    return assess("hlc001-benchmark")


def spoiled(tree, group, change):
    """The result with one group changed and its checks made again."""
    other = tree.copy(deep=True)
    change(other[group])
    other["diagnostics"] = xr.DataTree(diagnostics.checks(other).dataset())
    return other


def set_error(size):
    """Set the error of every probability."""

    def change(group):
        group["error"] = xr.full_like(group["probability"], size)

    return change


def test_a_sound_result_has_no_failures(tree):
    assert diagnostics.failures(tree) == []
    assert bool(tree["diagnostics"]["passed"].all())


def test_a_quadrature_that_moves_withholds_the_conclusion(tree):
    other = spoiled(tree, "control", lambda group: group.attrs.update(quadrature_error=1e-4))
    assert any("change under refinement" in reason for reason in diagnostics.failures(other))
    assert conclusion(other).startswith("Conclusion withheld")
    assert "nuts" in conclusion(other)


def test_a_probability_nearer_to_its_threshold_than_its_error_allows_is_withheld(tree):
    gap = abs(float(tree["decision"]["probability"][0]) - 0.975)
    other = spoiled(tree, "decision", set_error(gap / 3))
    assert any("too close" in reason for reason in diagnostics.failures(other))


def test_a_number_that_is_missing_has_not_passed():
    assert not Check("name", np.nan, 1.0, True, "").passed
    assert not Check("name", np.nan, 1.0, False, "").passed


@pytest.mark.parametrize(
    ("value", "at_most", "passed"),
    [(1, True, True), (1, False, True), (2, True, False), (0, False, False)],
)
def test_a_limit_may_be_reached_but_not_crossed(value, at_most, passed):
    assert Check("name", value, 1.0, at_most, "").passed is passed


def test_a_poor_mixture_is_noted_but_does_not_withhold():
    tree = assess("hlc001-binary")

    def change(group):
        group["cdf_error"] = 0.2

    other = spoiled(tree, "control", change)
    checks = other["diagnostics"].to_dataset()
    assert not bool(checks["passed"].sel(check="mixture cdf error"))
    assert diagnostics.failures(other) == []
