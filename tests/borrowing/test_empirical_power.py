"""Empirical power prior: the published discounts, and their two ends."""

import numpy as np
import pytest

from bayesips import adapted, control_posterior, control_prior
from bayesips.borrowing.empirical_power import EmpiricalPower
from bayesips.borrowing.power import Power
from bayesips.evidence.arm import Arm
from tests.borrowing.histories import CASES

CASE = CASES["eb_power_prior_21_37"]
PAST = [Arm("past", CASE["inputs"]["y0"], CASE["inputs"]["n0"])]


def discount(successes):
    """What the method makes of these controls."""
    return adapted(EmpiricalPower(), PAST, Arm("controls", successes, CASE["inputs"]["N"])).weight


@pytest.mark.parametrize(
    ("successes", "expected"), list(zip(CASE["inputs"]["X"], CASE["expected"], strict=True))
)
def test_discounts_of_gravestock_and_held(successes, expected):
    assert discount(successes) == pytest.approx(expected, abs=CASE["tolerance"])


@pytest.mark.parametrize(("successes", "end"), [(10, 0.0), (28, 1.0), (50, 0.0)])
def test_the_ends_are_reached_exactly(successes, end):
    assert discount(successes) == end


def test_no_other_discount_explains_the_controls_better():
    found = discount(20)
    others = control_prior(PAST, Power(np.linspace(0, 1, 10_001)))
    best = control_prior(PAST, Power(found)).predictive(50).logpmf(20)
    assert np.all(others.predictive(50).logpmf(20) <= best + 1e-14)


def test_it_is_the_power_prior_with_that_discount():
    controls = Arm("controls", 20, 50)
    answer = control_posterior(PAST, EmpiricalPower(), controls)
    assert float(answer.mean()) == pytest.approx(
        float(control_posterior(PAST, Power(discount(20)), controls).mean()), abs=1e-14
    )


def test_a_bias_moves_history_before_it_is_compared():
    biased = adapted(EmpiricalPower(), PAST, Arm("controls", 38, 50), bias={"era": (0.6, 0.0)})
    assert biased.weight > discount(38)
