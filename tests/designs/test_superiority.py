"""P(effect > margin) over all outcomes: exact sums, quadrature of its own, the other path."""

import math
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from scipy import integrate

from bayesips.designs.arm_analysis import ArmAnalysis
from bayesips.designs.comparison import Comparison
from bayesips.designs.superiority import superiority_table
from bayesips.distributions import BetaMixture
from bayesips.distributions.convert import as_density
from tests.reference_cases import load

PRIORS = {name: BetaMixture(*each) for name, each in load("designs")["priors"].items()}
UNIFORM = BetaMixture(1, 1, 1)
NO_EFFECT = Comparison(0, "difference")


def probability_greater(a, b, c, d):
    """P(X > Y) for X ~ Beta(a, b), Y ~ Beta(c, d), whole shapes: a ratio of whole numbers."""
    m = c + d - 1
    ways = sum(math.comb(a + i - 1, i) * math.comb(b + m - i - 1, m - i) for i in range(c, m + 1))
    return float(Fraction(ways, math.comb(a + b + m - 1, m)))


@pytest.mark.parametrize("n", [3, 40, 400])
def test_probability_of_superiority_is_the_finite_sum(n):
    table = superiority_table(ArmAnalysis(UNIFORM, n), ArmAnalysis(UNIFORM, n), NO_EFFECT)
    for treated, control in ((0, 0), (n // 2, n // 3), (n, n), (n, n - 1), (1, n // 4)):
        exact = probability_greater(treated + 1, n - treated + 1, control + 1, n - control + 1)
        assert abs(table.above[treated, control] - exact) < table.error[treated, control]
    assert table.error.max() <= 1e-12


MARGINS = [
    (0.2, "difference"),
    (-0.3, "difference"),
    (0.7, "ratio"),
    (1.6, "ratio"),
    (2.5, "odds_ratio"),
]


@pytest.mark.parametrize(("margin", "scale"), MARGINS)
def test_margins_that_leave_the_unit_interval_are_integrated_exactly(margin, scale):
    treated, control = BetaMixture([0.4, 0.6], [0.3, 8], [0.5, 3]), BetaMixture(1, 2.5, 1.2)
    arms = ArmAnalysis(treated, 0), ArmAnalysis(control, 0)
    found = superiority_table(*arms, Comparison(margin, scale)).above[0, 0]
    limits = {"difference": lambda c: c + margin, "ratio": lambda c: c * margin}
    limit = limits.get(scale, lambda c: margin * c / (1 - c + margin * c))

    def integrand(rate):
        return float(control.pdf(rate) * treated.sf(np.clip(limit(rate), 0, 1)))

    kinks = [each for each in (1 - margin, -margin, 1 / margin) if 0 < each < 1]
    parts = pairwise(sorted({0, *kinks, 1}))
    total = sum(integrate.quad(integrand, *part, epsabs=1e-12, limit=400)[0] for part in parts)
    assert found == pytest.approx(total, abs=1e-9)


@pytest.mark.parametrize(("margin", "scale"), MARGINS)
def test_both_paths_of_the_quadrature_agree(margin, scale):
    prior, comparison = PRIORS["as2_rob20"], Comparison(margin, scale)
    treated = ArmAnalysis(UNIFORM, 6)
    fast = superiority_table(treated, ArmAnalysis(prior, 4), comparison)
    general = superiority_table(treated, ArmAnalysis(as_density(prior), 4), comparison)
    np.testing.assert_allclose(general.above, fast.above, atol=1e-10)
    assert np.all(np.abs(general.above - fast.above) <= 10 * general.error + 1e-11)


def test_a_concentrated_history_keeps_its_digits():
    # 30-digit quadrature of P(Beta(17, 35) > Beta(1016, 3034) + .1)
    control = ArmAnalysis(BetaMixture(1, 1000, 3000), 50)
    table = superiority_table(ArmAnalysis(UNIFORM, 50), control, Comparison(0.1, "difference"))
    assert table.above[16, 16] == pytest.approx(0.346875075153931564, abs=2e-13)


def test_shapes_close_to_zero_keep_their_digits():
    arm = ArmAnalysis(BetaMixture(1, 0.01, 0.01), 50)
    table = superiority_table(arm, arm, NO_EFFECT)
    np.testing.assert_allclose(table.above + table.above.T, 1, atol=1e-12)


def test_treated_and_control_may_change_places():
    first, second = BetaMixture([0.3, 0.7], [2, 9], [5, 4]), BetaMixture(1, 0.2, 0.4)
    arms = ArmAnalysis(first, 6), ArmAnalysis(second, 4)
    ahead = superiority_table(*arms, NO_EFFECT)
    behind = superiority_table(*reversed(arms), NO_EFFECT)
    np.testing.assert_allclose(ahead.above + behind.above.T, 1, atol=1e-13)


def test_a_difference_beyond_one_is_settled():
    arm = ArmAnalysis(UNIFORM, 2)
    for margin, certain in ((1.0, 0.0), (-1.0, 1.0), (1.5, 0.0)):
        table = superiority_table(arm, arm, Comparison(margin, "difference"))
        assert np.all(table.above == certain)
