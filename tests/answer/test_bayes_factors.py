"""Designs by Bayes factor, which is posterior odds over prior odds: exact where a peer is not.

A Bayes factor of k in favour of rate > p0 is posterior odds of k times the prior odds.
"""

import numpy as np
import pytest
from scipy import integrate, special, stats

import bayesips as bips
from tests.reference_cases import load

PUBLISHED = {case["id"]: case for case in load("published_designs")}
UNIFORM = bips.BetaMixture(1, 1, 1)
# Prior odds of a rate above 0.2 under a uniform prior, and the posterior probability at BF 3.
ODDS = 0.8 / 0.2
CLAIM = bips.Rule([bips.Criterion(0.2, 3 * ODDS / (1 + 3 * ODDS))])


def truncated(a, b, low, high):
    """Density of a Beta distribution cut to a range."""
    law = stats.beta(a, b)
    return lambda rate: law.pdf(rate) / (law.cdf(high) - law.cdf(low))


def averaged(design, a, b, low, high):
    """Power over a design prior cut to a range."""
    density = truncated(a, b, low, high)
    found, _ = integrate.quad(
        lambda rate: float(design.power(rate)) * density(rate), low, high, epsabs=1e-12
    )
    return found


@pytest.mark.parametrize("place", range(6))
def test_power_and_error_over_design_priors_are_the_exact_sums_and_not_the_peers(place):
    case = PUBLISHED["bfbin2arm_onestage_table"]
    (n, power, error), printed = case["exact"][place], case["expected"][place]
    design = bips.SingleArmDesign(n, UNIFORM, CLAIM)
    found = averaged(design, 2.5, 2, 0.2, 1.0), averaged(design, 1, 1, 0.0, 0.2)
    assert found == pytest.approx((power, error), abs=1e-9)
    assert abs(found[0] - printed[1]) > 2e-4
    assert abs(found[1] - printed[2]) > 2e-5


@pytest.mark.parametrize("place", range(3))
def test_power_and_error_at_true_rates_are_the_published_ones(place):
    n, power, error = PUBLISHED["bfbin2arm_freq"]["exact"][place]
    design = bips.SingleArmDesign(n, UNIFORM, CLAIM)
    assert design.power([0.4, 0.2]) == pytest.approx([power, error], abs=1e-12)


@pytest.mark.parametrize("n", [10, 13, 15])
def test_the_rule_is_the_ratio_of_two_marginal_likelihoods(n):
    """Bayes factor by integration over either cut prior."""
    factors = [
        averaged_likelihood(y, n, 0.2, 1.0) / averaged_likelihood(y, n, 0.0, 0.2)
        for y in range(n + 1)
    ]
    decisions = bips.SingleArmDesign(n, UNIFORM, CLAIM).decisions()
    assert decisions.tolist() == [factor > 3 for factor in factors]


def averaged_likelihood(y, n, low, high):
    """Probability of y of n under a uniform prior on a range."""
    found, _ = integrate.quad(
        lambda rate: stats.binom.pmf(y, n, rate) / (high - low), low, high, epsabs=1e-14
    )
    return found


def test_an_equivalence_design_has_the_published_region_and_errors():
    case = PUBLISHED["bfbin2arm_rope"]
    given, said = case["inputs"], case["exact"]
    outcomes = np.arange(said["n"] + 1)
    posterior = UNIFORM.update(outcomes, said["n"])
    within = posterior.cdf(given["p0"] + given["delta"]) - posterior.cdf(
        given["p0"] - given["delta"]
    )
    claimed = within > given["gamma"]
    assert np.flatnonzero(claimed)[[0, -1]].tolist() == said["eq"]
    same, other = (
        bips.BetaMixture(1, *given[name]).predictive(said["n"]).pmf(outcomes)
        for name in ("design_H1", "design_H0")
    )
    assert same @ claimed == pytest.approx(said["power"], abs=1e-10)
    assert other @ claimed == pytest.approx(said["type1"], abs=1e-10)
    assert other @ (1 - within > given["gamma"]) == pytest.approx(said["PCE_H0"], abs=1e-10)


def test_two_arm_bayes_factors_of_a_published_trial():
    case = PUBLISHED["bfbin2arm_ict107"]
    (x, n_control), (y, n) = (case["inputs"][name] for name in ("control", "treatment"))
    control, treated = UNIFORM.update(x, n_control), UNIFORM.update(y, n)
    above = float(bips.prob_greater(treated, control))
    below = float(bips.prob_greater(control, treated))
    said = case["exact"]
    assert above / below == pytest.approx(said["BF_plus_minus"], rel=1e-9)
    assert above / below == pytest.approx(case["expected"]["BF_plus_minus"], abs=5e-4)
    # of a higher rate against one common rate: each arm's predictive probability
    common = UNIFORM.predictive(n_control).pmf(x) * control.predictive(n).pmf(y)
    apart = UNIFORM.predictive(n_control).pmf(x) * UNIFORM.predictive(n).pmf(y)
    assert float(2 * above * apart / common) == pytest.approx(said["BF_plus_0"], rel=1e-9)
    closed = special.betaln(x + y + 1, n + n_control - x - y + 1)
    closed -= special.betaln(x + 1, n_control - x + 1) + special.betaln(y + 1, n - y + 1)
    assert float(apart / common) == pytest.approx(np.exp(-closed), rel=1e-12)
