"""Hyperpriors: both engines and scipy mean the same by each family."""

import numpy as np
import pymc as pm
import pytest
from scipy import stats

from bayesips.distributions.priors import FAMILIES, Prior
from bayesips.endpoints import Landmark
from bayesips.engine.nuts import conjugate, hyperpriors
from bayesips.evidence.arm import Arm

CASES = {
    "normal": ((-0.7, 1.3), stats.norm(-0.7, 1.3)),
    "half_normal": ((0.6,), stats.halfnorm(scale=0.6)),
    "half_t": ((4, 0.5), None),
    "half_cauchy": ((0.8,), stats.halfcauchy(scale=0.8)),
    "uniform": ((0.2, 2.5), stats.uniform(0.2, 2.3)),
    "lognormal": ((-0.4, 0.3), stats.lognorm(0.3, scale=np.exp(-0.4))),
    "exponential": ((2.5,), stats.expon(scale=0.4)),
    "gamma": ((3.0, 2.0), stats.gamma(3, scale=0.5)),
    "inverse_gamma": ((3.0, 2.0), stats.invgamma(3, scale=2)),
    "beta": ((2.0, 3.0), stats.beta(2, 3)),
}
LEVELS = np.array([0.05, 0.3, 0.5, 0.8, 0.99])


def test_every_family_is_here():
    assert set(CASES) == set(FAMILIES) - {"fixed"}


@pytest.mark.parametrize("family", CASES)
def test_pymc_is_told_the_prior_that_the_exact_engine_reads(family):
    numbers, law = CASES[family]
    prior = Prior(family, numbers)
    x = hyperpriors.quantiles(prior, LEVELS)
    if law is None:  # a t folded at 0
        law_x, law_density = 0.5 * stats.t(4).ppf((1 + LEVELS) / 2), stats.t(4).logpdf(x / 0.5)
        law_density = law_density + np.log(2 / 0.5)
    else:
        law_x, law_density = law.ppf(LEVELS), law.logpdf(x)
    assert x == pytest.approx(law_x, rel=1e-8)
    assert prior.logpdf(x) == pytest.approx(law_density, abs=1e-10)
    with pm.Model():
        told = pm.logp(hyperpriors.variable("unknown", prior), x).eval()
    # PyMC's constants (the log of a whole number) are those of single precision
    assert told == pytest.approx(law_density, abs=1e-6)
    assert told - told[0] == pytest.approx(law_density - law_density[0], abs=1e-12)


def test_the_normaliser_takes_a_mixture_by_its_parts():
    parts = ("lognormal", -0.4, 0.3), ("fixed", 0.6)
    prior = Prior.parse(("mixture", (0.7, parts[0]), (0.3, parts[1])))
    given = [(Arm("Tizon", 8, 22, day=28), 0.4)]  # at another day, so that the shape matters
    both, *each = (
        np.exp(conjugate.log_normaliser(Landmark(), 1.0, 1.0, given, [Prior.parse(p)]).eval())
        for p in (prior, *parts)
    )
    assert both == pytest.approx(0.7 * each[0] + 0.3 * each[1], rel=1e-12)
