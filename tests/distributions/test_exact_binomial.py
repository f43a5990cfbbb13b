"""Exact binomial inference against another library and the definition."""

import math

import pytest

from bayesips.distributions.exact_binomial import binomial_tail, clopper_pearson
from tests.reference_cases import identified, load


@pytest.mark.parametrize("case", load("BinaryExactCI"), ids=identified)
def test_clopper_pearson_is_that_of_the_reference(case):
    given, expected = case["inputs"], case["outputs"]
    lower, upper = clopper_pearson(given["r"], given["n"], 1 - given["alpha"])
    assert lower == pytest.approx(expected["lower"], rel=1e-9)
    assert upper == pytest.approx(expected["upper"], rel=1e-9)


def test_five_survivors_among_seven():
    lower, upper = clopper_pearson(5, 7)
    assert lower == pytest.approx(0.2904208637373427, abs=1e-12)
    assert upper == pytest.approx(0.9633074338239145, abs=1e-12)
    assert binomial_tail(5, 7, 0.245) == pytest.approx(0.0118, abs=5e-5)


def test_the_edges_are_exact():
    lower, upper = clopper_pearson([0, 7], 7)
    assert lower[0] == 0
    assert upper[1] == 1
    assert binomial_tail(0, 7, 0.2) == 1
    assert binomial_tail([1, 7], 7, [0, 1]).tolist() == [0, 1]


def test_the_tail_is_the_sum_of_its_outcomes():
    outcomes = [math.comb(7, r) * 0.245**r * 0.755 ** (7 - r) for r in range(5, 8)]
    assert binomial_tail(5, 7, 0.245) == pytest.approx(math.fsum(outcomes), rel=1e-14)


def test_impossible_inputs_are_refused():
    with pytest.raises(ValueError, match="8 successes among 7 patients"):
        clopper_pearson(8, 7)
    with pytest.raises(ValueError, match="confidence level"):
        clopper_pearson(5, 7, 95)
    with pytest.raises(ValueError, match="rate"):
        binomial_tail(5, 7, 1.2)
