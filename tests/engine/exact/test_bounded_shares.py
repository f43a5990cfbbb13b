"""Shares, discounts and mean rates whose prior stops at a bound, against sums over dense nodes."""

import numpy as np
import pytest
from numpy.polynomial import legendre
from scipy import special, stats

from bayesips import control_prior
from bayesips.borrowing.beta_hierarchy import BetaHierarchy
from bayesips.borrowing.leap import Leap
from bayesips.borrowing.normalized_power import NormalizedPower
from bayesips.borrowing.stratified import Stratified
from bayesips.endpoints import Binary, Landmark
from bayesips.engine import exact
from bayesips.engine.quantities import REPORTED, reported
from bayesips.evidence.arm import Arm
from tests.engine.exact.dense import chance, log_minus_log

ENDPOINTS = {"binary": Binary(), "landmark": Landmark(day=56)}
ARMS = [Arm("a", 23, 107), Arm("b", 12, 44), Arm("c", 3, 39)]


def nodes(low, high, count):
    """Gauss-Legendre nodes and weights of a range."""
    x, w = legendre.leggauss(count)
    return (low + high) / 2 + (high - low) / 2 * x, (high - low) / 2 * w


def agree(answer, mean, std, below):
    """Mean, sd, and the probability of each reported quantile."""
    assert float(answer.mean()) == pytest.approx(mean, abs=1e-9)
    assert float(answer.std()) == pytest.approx(std, abs=1e-9)
    found = [below(x) for x in answer.ppf(np.array(REPORTED))]
    assert found == pytest.approx(REPORTED, abs=1e-9)


def of_betas(weights, a, b):
    """Mean, sd and distribution function of a mixture of Betas."""
    weights = weights / weights.sum()
    means = a / (a + b)
    mean = weights @ means
    square = weights @ (means * (a + 1) / (a + b + 1))
    return mean, np.sqrt(square - mean**2), lambda x: weights @ special.betainc(a, b, x)


def two_classes(arms, low, high, likelihood):
    """LEAP's sums over rate, share and the other class's rate."""
    share, share_mass = nodes(low, high, 60)
    other, other_mass = nodes(0.0, 1.0, 110)
    mass = (share_mass[:, None] * other_mass).ravel()

    def powers(top):
        rate, own = nodes(0.0, top, 110)
        blended = share[:, None] * rate[:, None, None] + (1 - share[:, None]) * other
        seen = np.prod([likelihood(arm, blended) for arm in arms], axis=0)
        weight = own * (seen.reshape(len(rate), -1) @ mass)
        return np.array([weight @ rate**power for power in (0, 1, 2)])

    total, first, second = powers(1.0)
    mean = first / total
    return mean, np.sqrt(second / total - mean**2), lambda x: powers(x)[0] / total


@pytest.mark.parametrize("name", ENDPOINTS)
@pytest.mark.parametrize(("low", "high"), [(0.2, 0.8), (0.0, 0.3), (0.5, 1.0)])
def test_leap_with_a_bounded_share(name, low, high):
    answer = exact.solve(Leap(share=("uniform", low, high)), ARMS, endpoint=ENDPOINTS[name])
    agree(answer, *two_classes(ARMS, low, high, chance))


def test_leap_with_a_bounded_share_and_rows_of_another_day():
    arms = [Arm("a", 23, 60, day=28), Arm("b", 4, 39, day=100)]
    z, mass = np.polynomial.hermite_e.hermegauss(24)
    shapes = np.exp(np.log(0.65) + 0.3 * z)
    share, w = nodes(0.2, 0.8, 40)
    other, v = nodes(0.0, 1.0, 80)
    rate, own = nodes(0.0, 1.0, 80)
    blended = share[:, None] * rate[:, None, None] + (1 - share[:, None]) * other
    eta = np.log(-np.log(blended))
    seen = sum(
        m
        * np.prod(
            [chance(arm, log_minus_log(eta + k * np.log(arm.day / 56))) for arm in arms], axis=0
        )
        for m, k in zip(mass, shapes, strict=True)
    )
    weight = own * np.einsum("rqo,q,o->r", seen, w, v)
    answer = exact.solve(Leap(share=("uniform", 0.2, 0.8)), arms, endpoint=Landmark(day=56))
    assert float(answer.mean()) == pytest.approx(weight @ rate / weight.sum(), abs=1e-8)


def test_leap_with_a_share_of_no_bounds_is_that_of_the_flat_beta():
    flat, uniform = (
        control_prior(ARMS, Leap(share=p)) for p in (("beta", 1, 1), ("uniform", 0, 1))
    )
    assert np.allclose(reported(flat), reported(uniform), atol=1e-11)


@pytest.mark.parametrize("name", ENDPOINTS)
@pytest.mark.parametrize("method", [Leap, NormalizedPower])
def test_a_narrow_share_is_its_middle(name, method):
    setting = "discount" if method is NormalizedPower else "share"
    arms = ARMS[:2]
    priors = ("uniform", 0.4 - 1e-5, 0.4 + 1e-5), ("fixed", 0.4)
    answers = [
        reported(exact.solve(method(**{setting: p}), arms, endpoint=ENDPOINTS[name]))
        for p in priors
    ]
    assert np.allclose(*answers, atol=1e-8)


@pytest.mark.parametrize("name", ENDPOINTS)
@pytest.mark.parametrize(("low", "high"), [(0.1, 0.5), (0.0, 0.3), (0.9, 1.0)])
def test_normalized_power_with_a_bounded_discount(name, low, high):
    discount, mass = nodes(low, high, 80)
    r, n = sum(arm.successes for arm in ARMS), sum(arm.n for arm in ARMS)
    answer = exact.solve(
        NormalizedPower(discount=("uniform", low, high)), ARMS, endpoint=ENDPOINTS[name]
    )
    agree(answer, *of_betas(mass, 1 + discount * r, 1 + discount * (n - r)))


@pytest.mark.parametrize("name", ENDPOINTS)
def test_beta_hierarchy_between_hard_ends(name):
    means, first = nodes(0.2, 0.3, 60)
    sizes, second = nodes(5.0, 20.0, 60)
    a, b = means[:, None] * sizes, (1 - means[:, None]) * sizes
    logs = sum(
        special.betaln(a + arm.successes, b + arm.n - arm.successes) - special.betaln(a, b)
        for arm in ARMS
    )
    weights = (first[:, None] * second * np.exp(logs - logs.max())).ravel()
    method = BetaHierarchy(mean=("uniform", 0.2, 0.3), size=("uniform", 5, 20))
    answer = exact.solve(method, ARMS, endpoint=ENDPOINTS[name])
    agree(answer, *of_betas(weights, a.ravel(), b.ravel()))


@pytest.mark.slow
def test_strata_in_a_bounded_share():
    share, mass = nodes(0.2, 0.6, 60)
    rate, w = nodes(0.0, 1.0, 300)
    first, second = (stats.beta(1 + arm.successes, 1 + arm.n - arm.successes) for arm in ARMS[:2])
    dense = w * first.pdf(rate)
    known = share[:, None] * first.mean() + (1 - share[:, None]) * second.mean()
    mean = (mass @ known[:, 0]) / mass.sum()
    square = mass @ (share**2 * first.var() + (1 - share) ** 2 * second.var() + known[:, 0] ** 2)

    def below(x):
        given = second.cdf((x - share[:, None] * rate) / (1 - share[:, None])) @ dense
        return mass @ given / mass.sum()

    answer = control_prior(ARMS[:2], Stratified(share=("uniform", 0.2, 0.6)))
    agree(answer, mean, np.sqrt(square / mass.sum() - mean**2), below)
