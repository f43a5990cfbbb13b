"""Commensurate prior: the Normal closed form, its limits, and three priors of the spread."""

import numpy as np
import pytest
from scipy import special

from bayesips import control_posterior, control_prior
from bayesips.borrowing.commensurate import Commensurate
from bayesips.evidence.arm import Arm
from tests.borrowing.histories import CASES, CONTROLS, LUNG

FLAT = ("normal", 0.0, 50.0)
SPIKE_AND_SLAB = ("mixture", [0.5, ("fixed", 0.05)], [0.5, ("uniform", 0.0, 2.0)])


def log_odds(rate):
    """Log odds of a rate that may be 0 or 1 to rounding."""
    return special.logit(np.clip(rate, 1e-12, 1 - 1e-12))


def closed_form(centre, variance, centre_0, variance_0, spread_2):
    """Mean and sd of the control: Normal data, flat prior of the past, known spread."""
    passed = variance_0 + spread_2
    mean = (centre / variance + centre_0 / passed) / (1 / variance + 1 / passed)
    return mean, np.sqrt(1 / (1 / variance + 1 / passed))


@pytest.mark.parametrize("place", range(5))
def test_normal_data_give_the_reference_numbers(place):
    """History is told as the prior of mu, and the engine's answer weighed by a Normal likelihood.

    Counts are not Normal: with them the closed form is a limit, approached below.
    """
    case = CASES["commensurate_normal_closed"]
    given, expected = case["inputs"], case["recomputed"][place]
    now, past = (given["sigma"] ** 2 / given[name] for name in ("n", "n0"))
    spread_2 = given["tau2"][place]
    assert closed_form(given["ybar"], now, given["y0"], past, spread_2) == pytest.approx(
        expected, abs=1e-9
    )
    told = Commensurate(mu=("normal", given["y0"], past**0.5), tau=("fixed", spread_2**0.5))
    answer = control_prior([], told)

    def moment(power):
        """E[log odds^power] after the trial's own mean, not normalised."""
        return float(
            answer.expect(
                lambda rate: (
                    log_odds(rate) ** power
                    * np.exp(-((log_odds(rate) - given["ybar"]) ** 2) / 2 / now)
                )
            )
        )

    mean = moment(1) / moment(0)
    sd = np.sqrt(moment(2) / moment(0) - mean**2)
    assert (mean, sd) == pytest.approx(expected, abs=1e-8)


@pytest.mark.parametrize("tau", [0.1, 0.5, 2.0])
def test_counts_give_a_two_dimensional_integral(tau):
    past, now = Arm("past", 8, 40), Arm("controls", 5, 7)
    eta = np.linspace(-20, 20, 4001)
    joint = [
        np.exp(arm.successes * special.log_expit(eta) + lost * special.log_expit(-eta))
        for arm, lost in ((past, 32), (now, 2))
    ]
    kernel = np.exp(-0.5 * ((eta[:, None] - eta) / tau) ** 2)
    mass = (joint[0] * np.exp(-((eta / 2) ** 2) / 2)) @ kernel * joint[1]
    mass /= mass.sum()
    rate = special.expit(eta)
    first, second = mass @ rate, mass @ rate**2
    answer = control_posterior([past], Commensurate(mu=("normal", 0, 2), tau=("fixed", tau)), now)
    assert float(answer.mean()) == pytest.approx(first, abs=1e-9)
    assert float(answer.std()) == pytest.approx(np.sqrt(second - first**2), abs=1e-9)


@pytest.mark.parametrize("tau", [0.005, 0.02, 0.1])
def test_with_many_patients_it_is_the_normal_closed_form(tau):
    # what is left is the skewness of the counts' likelihood, 1 / sqrt(n) of an sd
    past, now = Arm("past", 500_000, 1_000_000), Arm("controls", 50_500, 100_000)
    prior = control_prior([past], Commensurate(mu=FLAT, tau=("fixed", tau)))
    answer = prior.update(now.successes, now.n)
    centre, centre_0 = (special.logit(arm.successes / arm.n) for arm in (now, past))
    variance, variance_0 = (arm.n / arm.successes / (arm.n - arm.successes) for arm in (now, past))
    mean, sd = closed_form(centre, variance, centre_0, variance_0, tau**2)
    first, second = (float(answer.expect(lambda r, k=k: log_odds(r) ** k)) for k in (1, 2))
    assert first == pytest.approx(mean, abs=2e-3 * sd)
    assert np.sqrt(second - first**2) == pytest.approx(sd, rel=1e-4)


def test_without_spread_past_and_control_are_one_rate():
    answer = control_prior(LUNG, Commensurate(tau=("fixed", 1e-9)))
    eta = np.linspace(-12, 12, 40_001)
    survivors, patients = 61, 243
    logs = survivors * special.log_expit(eta) + (patients - survivors) * special.log_expit(-eta)
    mass = np.exp(logs - logs.max() - eta**2 / 8)
    expected = mass @ special.expit(eta) / mass.sum()
    assert float(answer.mean()) == pytest.approx(expected, abs=1e-8)


def test_with_all_spread_the_past_says_nothing():
    wide = control_prior(LUNG, Commensurate(tau=("fixed", 1e4)))
    assert wide.cdf(np.array([0.1, 0.5, 0.9])) == pytest.approx(0.5, abs=1e-3)


def test_spike_and_slab_is_the_mixture_of_its_parts():
    x = np.linspace(0.02, 0.98, 25)
    spike, slab = (
        control_prior(LUNG, Commensurate(tau=tau)).cdf(x)
        for tau in (("fixed", 0.05), ("uniform", 0.0, 2.0))
    )
    both = control_prior(LUNG, Commensurate(tau=SPIKE_AND_SLAB)).cdf(x)
    assert np.allclose(both, 0.5 * (spike + slab), atol=1e-9)


@pytest.mark.parametrize("tau", [("half_normal", 0.5), ("half_cauchy", 0.5), SPIKE_AND_SLAB])
def test_controls_update_spread_and_rate_together(tau):
    prior = control_prior(LUNG, Commensurate(tau=tau))
    far, near = prior.update(CONTROLS.successes, CONTROLS.n), prior.update(2, 7)
    assert float(near.std()) < float(far.std())
