"""The mean rate over cohorts, against brute force on a plain grid."""

import numpy as np
import pytest

from bayesips.borrowing.map import Map
from bayesips.borrowing.pooled import Pooled
from bayesips.endpoints import Binary
from bayesips.engine.quadrature.population import population_mean
from bayesips.evidence.arm import Arm

TAILS = (0.025, 0.975)
ARMS = [Arm("a", 4, 18), Arm("b", 1, 13), Arm("c", 6, 15)]


def brute_force():
    """Rectangle rule over mu and tau, Gauss-Hermite over cohorts."""
    mu = np.linspace(-8, 6, 1401)[:, None, None]
    tau = ((np.arange(700) + 0.5) * 5 / 700)[None, :, None]
    z, mass = np.polynomial.hermite_e.hermegauss(61)
    mass = mass / mass.sum()
    eta = mu + tau * z
    logs = -(mu[..., 0] ** 2) / 8 - tau[..., 0] ** 2 / 2
    for arm in ARMS:
        dead = arm.n - arm.successes
        value = -arm.successes * np.logaddexp(0, -eta) - dead * np.logaddexp(0, eta)
        logs = logs + np.log(np.exp(value) @ mass)
    weight = np.exp(logs - logs.max())
    weight /= weight.sum()
    rate = (1 / (1 + np.exp(-eta))) @ mass
    order = np.argsort(rate, axis=None)
    below = np.cumsum(weight.ravel()[order])
    low, high = np.interp(TAILS, below, rate.ravel()[order])
    return float(np.sum(weight * rate)), low, high


@pytest.mark.slow
def test_the_mean_over_cohorts_is_that_of_brute_force():
    found = population_mean(Map(mu=("normal", 0, 2), tau=("half_normal", 1)), ARMS, Binary(), TAILS)
    mean, low, high = brute_force()
    assert found[0] == pytest.approx(mean, abs=2e-6)
    assert found[1:] == pytest.approx((low, high), abs=1e-4)


def test_without_spread_it_is_the_rate_itself():
    from bayesips.engine.exact import solve

    method = Map(mu=("normal", 0, 2), tau=("fixed", 1e-9))
    found = population_mean(method, ARMS, Binary(), TAILS)
    rate = solve(method, ARMS, endpoint=Binary())
    assert found[0] == pytest.approx(float(rate.mean()), abs=1e-7)
    assert found[1:] == pytest.approx(rate.ppf(np.array(TAILS)), abs=1e-5)


def test_a_method_without_cohorts_has_none():
    assert np.isnan(population_mean(Pooled(), ARMS, Binary(), TAILS)).all()


def test_the_mean_of_all_cohorts_of_a_landmark_model_is_that_of_a_new_one():
    from bayesips.answer.assessment import assess
    from bayesips.declare.model import load_model
    from bayesips.engine.exact import solve

    model = load_model("hlc001-narrow")  # an arm without a survivor: rates next to 0
    control = assess(model)["control"]
    history = solve(model.method, list(model.history), endpoint=model.endpoint)
    assert float(control["population_mean"]) == pytest.approx(float(history.mean()), abs=1e-5)
    low, mean, high = (float(control[f"population_{name}"]) for name in ("low", "mean", "high"))
    assert 0 < low < mean < high < 1
