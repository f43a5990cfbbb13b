"""MAP with Student-t heterogeneity: the scale mixture, its Normal limit, what it is for."""

import numpy as np
import pytest
from scipy import special, stats

from bayesips import control_prior
from bayesips.borrowing.map import Map
from bayesips.borrowing.student_map import StudentMap
from bayesips.endpoints import Binary
from bayesips.engine import exact
from bayesips.engine.quadrature.student import scale_mixture
from bayesips.evidence.arm import Arm
from tests.borrowing.histories import LUNG


@pytest.mark.parametrize(("df", "within"), [(3, 2e-5), (4, 3e-6), (8, 2e-8), (100, 1e-10)])
def test_fourteen_normals_are_all_but_a_t(df, within):
    weights, factors = scale_mixture(df)
    x = np.linspace(-40, 40, 4001)
    cdf = sum(w * stats.norm.cdf(x, scale=f) for w, f in zip(weights, factors, strict=True))
    assert np.abs(cdf - stats.t(df).cdf(x)).max() < within


def legendre(low, high, count):
    """Gauss nodes and weights between two ends."""
    x, w = np.polynomial.legendre.leggauss(count)
    return (low + high) / 2 + (high - low) / 2 * x, (high - low) / 2 * w


@pytest.mark.parametrize("df", [3.0, 4.0, 30.0])
def test_it_is_the_map_with_true_t_distributions_by_plain_sums(df):
    arms = [Arm("first", 12, 40), Arm("second", 9, 35), Arm("odd", 20, 24)]
    mu, mu_w = legendre(-6, 6, 80)
    # squares as nodes: many spreads near nothing, where the arms' integrands are sharpest
    root, root_w = legendre(0, np.sqrt(3.2), 80)
    tau, tau_w = root**2, 2 * root * root_w
    prior = stats.norm.pdf(mu, 0, 2)[:, None] * mu_w[:, None]
    prior = prior * stats.halfnorm.pdf(tau, scale=0.5) * tau_w
    # an arm's rate is mu + tau tan(angle), which turns the tails of t into ends
    angle, angle_w = legendre(-np.pi / 2, np.pi / 2, 160)
    t = np.tan(angle)
    t_w = stats.t.pdf(t, df) * (1 + t**2) * angle_w
    eta = mu[:, None, None] + tau[None, :, None] * t
    rate = special.expit(eta)
    weights = prior
    for arm in arms:
        weights = weights * (rate**arm.successes * (1 - rate) ** (arm.n - arm.successes) @ t_w)
    weights = weights / weights.sum()
    mean, square = (np.sum(weights * (rate**power @ t_w)) for power in (1, 2))
    told = StudentMap(df, mu=("normal", 0, 2), tau=("half_normal", 0.5))
    answer = control_prior(arms, told)
    assert float(answer.mean()) == pytest.approx(mean, abs=1e-7)
    assert float(answer.std()) == pytest.approx(np.sqrt(square - mean**2), abs=1e-7)


def test_many_degrees_of_freedom_are_the_normal_map():
    heavy, plain = (control_prior(LUNG, method) for method in (StudentMap(df=1000), Map()))
    x = np.linspace(0.02, 0.98, 25)
    assert np.allclose(heavy.cdf(x), plain.cdf(x), atol=2e-4)


def test_with_known_mean_and_spread_the_new_arm_is_a_t():
    known = StudentMap(df=4, mu=("fixed", -1.0), tau=("fixed", 0.8))
    x = np.linspace(0.02, 0.98, 25)
    expected = stats.t(4, loc=-1.0, scale=0.8).cdf(special.logit(x))
    assert np.allclose(control_prior(LUNG, known).cdf(x), expected, atol=3e-6)


def test_an_odd_arm_moves_it_less_than_the_normal_map():
    arms = [*(Arm(f"arm {i}", 20 + i, 100) for i in range(5)), Arm("odd", 95, 100)]
    tau = ("half_normal", 0.3)
    heavy, plain = (control_prior(arms, kind(tau=tau)) for kind in (StudentMap, Map))
    assert float(heavy.ppf(0.5)) < float(plain.ppf(0.5))


def test_too_few_degrees_of_freedom_are_refused():
    with pytest.raises(ValueError, match="df"):
        StudentMap(df=1)


def test_a_mixture_of_t_distributions_is_one_in_a_story():
    class Clusters:
        def tell(self, build, history):
            return build.rate("control", [-1.0, 0.5], [0.8, 0.4], [0.3, 0.7], df=4)

    x = np.linspace(0.02, 0.98, 25)
    at = special.logit(x)
    expected = 0.3 * stats.t(4, -1.0, 0.8).cdf(at) + 0.7 * stats.t(4, 0.5, 0.4).cdf(at)
    found = exact.solve(Clusters(), [], endpoint=Binary()).cdf(x)
    assert np.allclose(found, expected, atol=3e-6)
