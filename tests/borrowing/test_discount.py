"""Discount prior: the agreement is exact, and so is the discount."""

import numpy as np
import pytest
from scipy import integrate, stats

from bayesips import adapted, control_posterior
from bayesips.borrowing.discount import Discount
from bayesips.borrowing.power import Power
from bayesips.evidence.arm import Arm


def agreement(past, now):
    """The two-sided p by integration."""
    first, second = (stats.beta(1 + r, 1 + n - r) for r, n in (past, now))
    above, _ = integrate.quad(lambda x: second.pdf(x) * first.cdf(x), 0, 1, epsabs=1e-13)
    return 2 * min(above, 1 - above)


def learned(past, now, **settings):
    """The discount."""
    method = Discount(**settings)
    return adapted(method, [Arm("past", *past)], Arm("controls", *now)).weight


@pytest.mark.parametrize("counts", [(5, 7), (20, 200), (0, 9)])
def test_equal_counts_agree_wholly(counts):
    # the trap: a peer draws it by simulation and prints 0.9914 where it is 1
    assert learned(counts, counts, function="identity") == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize(("past", "now"), [((8, 40), (5, 7)), ((25, 250), (10, 500))])
def test_agreement_is_the_integral(past, now):
    found = learned(past, now, function="identity")
    assert found == pytest.approx(agreement(past, now), abs=1e-10)


def test_weibull_discount_of_an_agreement():
    p = agreement((8, 40), (3, 10))
    expected = 0.8 * stats.weibull_min(3, scale=0.3).cdf(p)
    assert learned((8, 40), (3, 10), scale=0.3, maximum=0.8) == pytest.approx(expected, abs=1e-10)


def test_it_is_the_power_prior_with_that_discount():
    past, controls = [Arm("past", 8, 40)], Arm("controls", 4, 10)
    found = adapted(Discount(), past, controls)
    assert found.method == Power(found.weight, 1.0, 1.0)
    answer = control_posterior(past, Discount(), controls)
    a, b = 1 + 8 * found.weight + 4, 1 + 32 * found.weight + 6
    assert float(answer.mean()) == pytest.approx(a / (a + b), abs=1e-14)


@pytest.mark.parametrize("wrong", [{"function": "linear"}, {"scale": 0}, {"maximum": 2}])
def test_other_discount_functions_are_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Discount(**wrong)


def test_more_disagreement_never_borrows_more():
    found = [learned((8, 40), (r, 20), function="identity") for r in range(4, 21)]
    assert np.all(np.diff(found) < 0)
