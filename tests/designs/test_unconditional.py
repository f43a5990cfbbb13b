"""Boschloo's and Barnard's exact tests against published figures, SciPy and own enumeration."""

import numpy as np
import pytest
from scipy import stats

from bayesips.designs.fisher import FisherDesign
from bayesips.designs.unconditional import barnard, boschloo
from bayesips.designs.worst_case import worst_case
from bayesips.errors import Refused


def test_boschloos_published_example():
    # [[74, 31], [43, 32]]: 74 of 117 against 31 of 63
    test = boschloo(117, 63)
    assert FisherDesign(117, 63).p_values[74, 31] == pytest.approx(0.048312, abs=5e-7)
    assert test.p_value(74, 31) == pytest.approx(0.035564, abs=5e-7)


@pytest.mark.parametrize(("treated", "control"), [(8, 3), (10, 2), (6, 7)])
def test_p_values_are_those_of_scipy(treated, control):
    table = [[treated, control], [15 - treated, 12 - control]]
    theirs = stats.boschloo_exact(table, alternative="greater").pvalue
    assert boschloo(15, 12).p_value(treated, control) == pytest.approx(theirs, abs=2e-6)
    theirs = stats.barnard_exact(table, alternative="greater").pvalue
    assert barnard(15, 12).p_value(treated, control) == pytest.approx(theirs, abs=2e-6)


@pytest.mark.parametrize(
    ("n", "power"),
    [((20, 20), 0.587), ((30, 30), 0.793), ((40, 40), 0.895), ((40, 20), 0.749)],
)
def test_power_of_boschloos_test(n, power):
    test = boschloo(*n)
    assert float(test.power(0.6, 0.25)) == pytest.approx(power, abs=5e-4)
    assert float(test.power(0.6, 0.25)) > float(FisherDesign(*n).power(0.6, 0.25))


@pytest.mark.parametrize("make", [boschloo, barnard])
def test_the_level_is_kept_and_no_larger_set_keeps_it(make):
    test = make(13, 9, 0.05)
    assert worst_case(test.decisions()).bound <= 0.05
    rest = test.statistic[~test.decisions()]
    larger = test.statistic >= rest.max()
    rates = np.linspace(0, 1, 2001)
    treated, control = (stats.binom.pmf(np.arange(n + 1), n, rates[:, None]) for n in (13, 9))
    assert np.einsum("ri,ij,rj->r", treated, larger, control).max() > 0.05


def test_what_is_no_test_is_refused():
    with pytest.raises(Refused, match="alpha is 1"):
        boschloo(10, 10, 1)
    with pytest.raises(Refused, match="n_control is 0"):
        barnard(10, 0)
