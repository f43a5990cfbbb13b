"""MAP: reference quadrature, an independent two-dimensional one in plain numpy, and identities."""

import numpy as np
import pytest
from scipy import special, stats

from bayesips import control_posterior, control_prior
from bayesips.borrowing.map import Map
from bayesips.endpoints import Binary, Landmark
from bayesips.evidence.arm import Arm
from tests.borrowing.histories import CASES, CONTROLS, LUNG, TWO, published

REFERENCES = [name for name in CASES if name.startswith("map_exact")]
SPREAD = ("lognormal", -0.7, 0.4)  # vanishes at 0, so that plain rules see it whole
CENTRE = ("normal", -1.0, 0.9)
REFERENCE = 5e-5  # a sum over points of tau; `exact/test_map_reference` has a sharper one


def plain_quadrature(arms, eta, likelihood):
    """(E[rate], E[rate^2], P(rate <= 0.3)) of a new control, on grids of mu, tau and eta."""
    mu = CENTRE[1] + CENTRE[2] * np.linspace(-7, 7, 101)
    z, w = np.polynomial.hermite_e.hermegauss(25)
    tau = np.exp(SPREAD[1] + SPREAD[2] * z)
    kernel = stats.norm.pdf(eta, mu[:, None, None], tau[:, None]) * (eta[1] - eta[0])
    joint = stats.norm.pdf(mu, *CENTRE[1:])[:, None] * w
    for arm in arms:
        joint = joint * (kernel @ likelihood(arm, eta))
    joint = joint / joint.sum()
    rate = special.expit(eta)
    moments = [np.sum(joint * (kernel @ rate**k)) for k in (1, 2)]
    below = stats.norm.cdf((special.logit(0.3) - mu[:, None]) / tau)
    return [*moments, np.sum(joint * below)]


def binomial(arm, eta):
    """Likelihood of a count, scaled."""
    logs = arm.successes * special.log_expit(eta)
    logs = logs + (arm.n - arm.successes) * special.log_expit(-eta)
    return np.exp(logs - logs.max())


@pytest.mark.parametrize("arms", [TWO, LUNG], ids=["two arms", "six arms"])
def test_it_is_a_two_dimensional_integral(arms):
    first, second, below = plain_quadrature(arms, np.linspace(-14, 12, 1041), binomial)
    answer = control_prior(arms, Map(mu=CENTRE, tau=SPREAD))
    assert float(answer.mean()) == pytest.approx(first, abs=1e-8)
    assert float(answer.std()) == pytest.approx(np.sqrt(second - first**2), abs=1e-8)
    assert float(answer.cdf(0.3)) == pytest.approx(below, abs=1e-8)


def test_controls_weigh_the_predictive_prior_by_their_likelihood():
    eta = np.linspace(-14, 12, 1041)
    expected = plain_quadrature([*TWO, CONTROLS], eta, binomial)
    history = plain_quadrature(TWO, eta, binomial)
    one_more = Map(mu=CENTRE, tau=SPREAD)
    assert float(control_prior([*TWO, CONTROLS], one_more).mean()) == pytest.approx(
        expected[0], abs=1e-8
    )
    # the controls' own rate is not a further cohort's: it is drawn nearer to 5 of 7
    after = control_posterior(TWO, one_more, CONTROLS)
    assert float(after.mean()) > expected[0] > history[0]


@pytest.mark.parametrize("name", REFERENCES)
def test_it_has_the_mean_sd_and_quantiles_of_the_reference_quadrature(name):
    said, given = published(name)
    arms = [Arm(f"{i}", r, n) for i, (r, n) in enumerate(zip(given["r"], given["n"], strict=True))]
    scale = 0.5 if "0.5" in given["tau_prior"] else 1.0
    answer = control_prior(arms, Map(tau=("half_normal", scale)))
    found = [answer.mean(), answer.std(), *answer.ppf(np.array([0.025, 0.5, 0.975]))]
    expected = [said[key] for key in ("mean", "sd", "q025", "q50", "q975")]
    assert [float(x) for x in found] == pytest.approx(expected, abs=REFERENCE)


def test_without_history_it_is_the_prior_of_a_new_rate():
    """Normal(0, sqrt(4 + tau^2)) on the log odds, averaged over a half-normal tau."""
    x, w = np.polynomial.legendre.leggauss(200)
    tau, mass = 4.5 * (x + 1), w * np.exp(-((4.5 * (x + 1)) ** 2) / 2)
    expected = mass @ special.ndtr(special.logit(0.2) / np.hypot(2.0, tau)) / mass.sum()
    assert float(control_prior([], Map()).cdf(0.2)) == pytest.approx(expected, abs=1e-9)


def test_deaths_for_survivors_is_the_mirror_image():
    mirrored = [Arm(arm.label, arm.n - arm.successes, arm.n) for arm in LUNG]
    one, other = control_prior(LUNG, Map()), control_prior(mirrored, Map())
    x = np.linspace(0.02, 0.98, 25)
    assert one.cdf(x) == pytest.approx(other.sf(1 - x), abs=1e-9)


@pytest.mark.parametrize("endpoint", [Binary(), Landmark()], ids=["binary", "landmark"])
def test_the_defaults_are_those_of_the_endpoint(endpoint):
    declared = Map(mu=endpoint.defaults["mu"], tau=endpoint.defaults["tau"])
    arms = [Arm("a", 8, 22, day=28), Arm("b", 5, 30, day=100)]
    arms = arms if isinstance(endpoint, Landmark) else TWO
    x = np.linspace(0.02, 0.98, 25)
    default = control_prior(arms, "map", endpoint=endpoint).cdf(x)
    assert control_prior(arms, declared, endpoint=endpoint).cdf(x) == pytest.approx(default)


@pytest.mark.parametrize(
    ("wrong", "name"), [({"mu": ("half_normal", 1)}, "mu"), ({"tau": ("normal", 0, 1)}, "tau")]
)
def test_a_mean_that_cannot_be_negative_or_a_spread_that_can_is_refused(wrong, name):
    with pytest.raises(ValueError, match=name):
        Map(**wrong)
