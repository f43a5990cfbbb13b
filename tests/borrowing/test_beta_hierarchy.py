"""Beta hierarchy: brute force, and its two ends."""

import numpy as np
import pytest
from scipy import special, stats

from bayesips import control_prior
from bayesips.borrowing.beta_hierarchy import BetaHierarchy
from bayesips.endpoints import Binary, Landmark
from bayesips.engine.quadrature.gauss import gauss_nodes
from bayesips.engine.quantities import reported
from bayesips.evidence.arm import Arm
from tests.borrowing.histories import LUNG, TWO


def brute_force(arms, log_size_mean, log_size_sd):
    """Moments of a new rate: even nodes on the log odds of the mean and the log of the size."""
    x = np.linspace(-40, 40, 1601)[:, None]
    u = np.linspace(log_size_mean - 9 * log_size_sd, log_size_mean + 9 * log_size_sd, 301)
    mean, size = special.expit(x), np.exp(u)
    a, b = mean * size, special.expit(-x) * size
    logs = special.log_expit(x) + special.log_expit(-x)
    logs = logs - ((u - log_size_mean) / log_size_sd) ** 2 / 2
    for arm in arms:
        logs = logs + special.betaln(a + arm.successes, b + (arm.n - arm.successes))
        logs = logs - special.betaln(a, b)
    mass = np.exp(logs - logs.max())
    mass /= mass.sum()
    first = (mass * mean).sum()
    second = (mass * mean * (a + 1) / (size + 1)).sum()
    return first, np.sqrt(second - first**2)


@pytest.mark.parametrize(
    ("arms", "size"),
    [
        (LUNG, (2.5, 1.5)),
        (LUNG, (4.0, 0.5)),
        (TWO, (2.5, 1.5)),
        ([Arm("one", 0, 5)], (4.0, 0.5)),
        ([Arm("some", 7, 38), Arm("few", 11, 55), Arm("all of one", 1, 1)], (2.5, 1.5)),
        ([Arm("some", 5, 9), Arm("all", 5, 5), Arm("many", 20, 50)], (2.5, 1.5)),
    ],
)
def test_it_is_the_brute_force_integral(arms, size):
    answer = control_prior(arms, BetaHierarchy(size=("lognormal", *size)))
    mean, sd = brute_force(arms, *size)
    assert float(answer.mean()) == pytest.approx(mean, abs=1e-8)
    assert float(answer.std()) == pytest.approx(sd, abs=1e-8)


def test_a_huge_size_is_full_pooling():
    pooled = control_prior(LUNG, "pooled")
    huge = control_prior(LUNG, BetaHierarchy(size=("fixed", 1e5)))
    assert float(huge.mean()) == pytest.approx(float(pooled.mean()), abs=3e-4)
    assert float(huge.std()) == pytest.approx(float(pooled.std()), abs=3e-4)


def test_a_known_mean_and_size_are_a_beta():
    known = BetaHierarchy(mean=("fixed", 0.3), size=("fixed", 10.0))
    answer = control_prior(LUNG, known)
    x = np.linspace(0.05, 0.95, 10)
    assert np.allclose(answer.cdf(x), special.betainc(3.0, 7.0, x), atol=1e-12)


def test_a_larger_size_makes_no_ripples():
    answer = control_prior(LUNG, BetaHierarchy(size=("lognormal", 8.0, 1.0)))
    density = answer.pdf(np.linspace(0.15, 0.4, 2001))
    bends = np.diff(np.sign(np.diff(density)))
    assert np.count_nonzero(bends) == 1


def test_a_size_that_may_be_negative_is_refused():
    with pytest.raises(ValueError, match="size"):
        BetaHierarchy(size=("normal", 10, 1))


@pytest.mark.parametrize("size", [("lognormal", 2.5, 1.5), ("lognormal", 6.0, 1.0)])
def test_rows_at_the_landmark_day_are_counts(size):
    """No closed form there: sums over the link, or Gauss nodes of a narrow prior."""
    method = BetaHierarchy(size=size)
    rows = [Arm(arm.label, arm.successes, arm.n, day=56) for arm in LUNG]
    counts = control_prior(LUNG, method)
    answer = control_prior(rows, method, endpoint=Landmark(shape=("fixed", 0.65)))
    assert float(answer.mean()) == pytest.approx(float(counts.mean()), abs=1e-9)
    assert float(answer.std()) == pytest.approx(float(counts.std()), abs=1e-9)
    at = np.array([0.025, 0.5, 0.975])
    assert answer.ppf(at) == pytest.approx(counts.ppf(at), abs=1e-8)


def test_a_row_on_another_day_is_the_brute_force_integral():
    """One arm, one size, one shape: a double integral over its rate and the mean."""
    endpoint = Landmark(shape=("fixed", 0.65))
    method = BetaHierarchy(mean=("beta", 2, 3), size=("fixed", 9.0))
    answer = control_prior([Arm("early", 6, 20, day=28)], method, endpoint=endpoint)
    mean, w = special.roots_jacobi(60, 2, 1)
    mean = (mean + 1) / 2
    rate, v = np.polynomial.legendre.leggauss(400)
    rate, v = (rate + 1) / 2, v / 2
    early = rate ** (0.5**0.65)
    likelihood = stats.binom.pmf(6, 20, early)
    evidence = [np.sum(v * likelihood * stats.beta.pdf(rate, 9 * m, 9 * (1 - m))) for m in mean]
    posterior = w * np.array(evidence)
    posterior /= posterior.sum()
    assert float(answer.mean()) == pytest.approx(float(posterior @ mean), abs=2e-7)


@pytest.mark.parametrize(("a", "b"), [(0.4, 0.7), (1.0, 1.0), (50.0, 70.0), (3e5, 5e5)])
def test_gauss_nodes_have_the_moments_of_their_beta(a, b):
    nodes, mass = gauss_nodes(a, b, 12)
    expected = [np.prod((a + np.arange(k)) / (a + b + np.arange(k))) for k in (1, 2, 5)]
    assert [mass @ nodes**order for order in (1, 2, 5)] == pytest.approx(expected, rel=1e-11)


@pytest.mark.parametrize(
    "counts", [pytest.param([(7, 7), (20, 20)], marks=pytest.mark.slow), [(3, 3), (60, 60)]]
)
def test_survivors_everywhere_are_deaths_everywhere_seen_from_the_other_side(counts):
    def told(arms):
        return control_prior(arms, BetaHierarchy())

    all_alive = told([Arm(f"of {n}", r, n) for r, n in counts])
    none_alive = told([Arm(f"of {n}", n - r, n) for r, n in counts])
    mean, sd = brute_force([Arm(f"of {n}", r, n) for r, n in counts], 2.5, 1.5)
    assert [all_alive.mean(), all_alive.std()] == pytest.approx([mean, sd], abs=1e-8)
    assert [1 - none_alive.mean(), none_alive.std()] == pytest.approx([mean, sd], abs=1e-8)


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_a_prior_of_the_mean_that_no_double_holds_is_refused_in_words():
    with pytest.raises(ArithmeticError, match="mean: nothing of its prior is left"):
        control_prior([Arm("a", 8, 40)], BetaHierarchy(mean=("beta", 0.01, 0.01)))


def test_many_patients_of_another_endpoint_are_counts_without_a_warning():
    arms = [Arm("a", 23, 107), Arm("b", 12, 44), Arm("c", 19, 51), Arm("d", 9, 39)]
    answers = [control_prior(arms, BetaHierarchy(), endpoint=e) for e in (Binary(), Landmark())]
    assert np.allclose(*(reported(answer) for answer in answers), atol=1e-9)
