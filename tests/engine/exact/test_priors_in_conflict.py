"""Hyperpriors that data contradict, or narrower than any data: against sums over plain grids."""

import numpy as np
import pytest
from scipy import special, stats

import bayesips as bips

RATES = np.linspace(-14, 14, 2801)  # log odds
RATE_STEP = RATES[1] - RATES[0]


def arms_of(counts):
    return [bips.Arm(f"S{index}", r, n) for index, (r, n) in enumerate(counts)]


def evidence(counts, mu, tau):
    """Log marginal likelihood at each mu (M,), rates summed out on the grid."""
    weight = stats.norm.pdf(RATES, mu[:, None], tau) * RATE_STEP
    likelihoods = [
        np.exp(r * special.log_expit(RATES) + (n - r) * special.log_expit(-RATES))
        for r, n in counts
    ]
    return sum(np.log(weight @ likelihood) for likelihood in likelihoods)


def predicted(masses, mu, taus):
    """Mean and sd of a new rate; `masses` (T, M) of the hyperparameters."""
    rate, moments = special.expit(RATES), np.zeros(2)
    for mass, tau in zip(masses / masses.sum(), taus, strict=True):
        weight = mass @ stats.norm.pdf(RATES, mu[:, None], tau) * RATE_STEP
        moments += weight @ rate, weight @ rate**2
    return moments[0], np.sqrt(moments[1] - moments[0] ** 2)


@pytest.mark.parametrize(
    ("counts", "mean", "tau"),
    [
        ([(0, 30), (0, 126), (0, 80)], -0.66, 0.257),  # 20 prior sds away
        ([(61, 95), (17, 28), (69, 105), (45, 90)], 1.78, 0.1),
        ([(0, 2), (1, 1)], 1.27, 0.15),  # no conflict: the prior is sharper than the data
    ],
)
def test_a_narrow_prior_of_the_mean_is_resolved_wherever_data_pull_it(counts, mean, tau):
    mu = np.linspace(mean - 4, mean + 4, 801)
    logs = evidence(counts, mu, tau) + stats.norm.logpdf(mu, mean, 0.1)
    masses = np.exp(logs - logs.max())[None]
    prior = bips.control_prior(
        arms_of(counts), bips.Map(mu=("normal", mean, 0.1), tau=("fixed", tau))
    )
    assert [prior.mean(), prior.std()] == pytest.approx(
        predicted(masses, mu, np.array([tau])), abs=1e-9
    )


@pytest.mark.parametrize(
    ("prior", "density"),
    [
        (("half_normal", 0.08), stats.halfnorm(scale=0.08)),
        (("exponential", 30), stats.expon(scale=1 / 30)),
        (("gamma", 2, 40), stats.gamma(2, scale=1 / 40)),
        (("lognormal", -3, 0.25), stats.lognorm(0.25, scale=np.exp(-3))),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_a_light_tailed_prior_of_the_spread_yields_to_arms_that_differ(prior, density):
    counts, mu = [(1, 60), (55, 60)], np.zeros(1)
    taus = np.geomspace(0.01, 6, 600)
    logs = np.array([evidence(counts, mu, tau) for tau in taus])
    logs += (density.logpdf(taus) + np.log(taus))[:, None]  # even in log tau
    control = bips.control_prior(arms_of(counts), bips.Map(mu=("fixed", 0), tau=prior))
    expected = predicted(np.exp(logs - logs.max()), mu, taus)
    assert [control.mean(), control.std()] == pytest.approx(expected, abs=1e-8)


def test_no_survivor_anywhere_under_a_very_wide_prior_of_the_mean_is_answered():
    counts = [(0, 3), (0, 87)]
    control = bips.control_prior(
        arms_of(counts), bips.Map(mu=("normal", 0, 10), tau=("half_t", 1, 0.776))
    )
    assert control.error < 1e-8  # that of an upper quantile where there is next to no density
    mirrored = bips.control_prior(
        arms_of([(n, n) for _, n in counts]),
        bips.Map(mu=("normal", 0, 10), tau=("half_t", 1, 0.776)),
    )
    assert [control.mean(), control.std()] == pytest.approx(
        [1 - mirrored.mean(), mirrored.std()], abs=1e-8
    )
