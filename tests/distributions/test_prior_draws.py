"""Draws of a hyperprior follow the distribution that it is declared as."""

import numpy as np
import pytest
from scipy import stats

from bayesips.distributions.priors import FAMILIES, Prior

DRAWS = 20_000
DECLARED = {
    "normal": (("normal", -1, 2), stats.norm(-1, 2)),
    "half_normal": (("half_normal", 0.7), stats.halfnorm(scale=0.7)),
    "half_t": (("half_t", 4, 0.5), None),
    "half_cauchy": (("half_cauchy", 0.5), stats.halfcauchy(scale=0.5)),
    "uniform": (("uniform", 1, 4), stats.uniform(1, 3)),
    "lognormal": (("lognormal", 0.3, 0.8), stats.lognorm(0.8, scale=np.exp(0.3))),
    "exponential": (("exponential", 2), stats.expon(scale=0.5)),
    "gamma": (("gamma", 3, 2), stats.gamma(3, scale=0.5)),
    "inverse_gamma": (("inverse_gamma", 3, 2), stats.invgamma(3, scale=2)),
    "beta": (("beta", 2, 5), stats.beta(2, 5)),
}


def distance(drawn, cdf):
    """p-value of the Kolmogorov-Smirnov test."""
    return stats.kstest(drawn, cdf).pvalue


@pytest.mark.parametrize("family", DECLARED)
def test_draws_follow_the_declared_family(family):
    declared, known = DECLARED[family]
    drawn = Prior.parse(declared).rvs(DRAWS, np.random.default_rng(20260301))
    cdf = known.cdf if known else lambda x: 2 * stats.t(4, scale=0.5).cdf(x) - 1
    assert drawn.shape == (DRAWS,)
    assert distance(drawn, cdf) > 0.001


def test_every_family_is_drawn():
    assert set(DECLARED) | {"fixed"} == set(FAMILIES)
    assert set(Prior.parse(("fixed", 0.3)).rvs(5, np.random.default_rng(1))) == {0.3}


def test_a_mixture_draws_each_part_as_often_as_it_weighs():
    declared = ("mixture", [0.3, ("fixed", 0)], [0.7, ("half_normal", 2)])
    drawn = Prior.parse(declared).rvs(DRAWS, np.random.default_rng(20260301))
    assert np.mean(drawn == 0) == pytest.approx(0.3, abs=4 * np.sqrt(0.21 / DRAWS))
    assert distance(drawn[drawn > 0], stats.halfnorm(scale=2).cdf) > 0.001
