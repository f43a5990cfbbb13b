"""A group's own rate has the digits of plain sums, also where the groups contradict each other."""

import dataclasses

import numpy as np
import pytest
from scipy import special

import bayesips as bips
from bayesips.answer.assessment.landmark_reading import LandmarkReading
from bayesips.endpoints import Binary
from bayesips.engine import exact

APART = ((5, 200), (150, 200), (10, 40))
ALIKE = ((23, 107), (12, 44), (19, 51))
NONE_OR_ALL = ((0, 10), (12, 12), (0, 100))


def by_plain_sums(counts, chosen, scale):
    """Mean and sd of one group's rate under a MAP prior, by sums over mu, tau and the rates."""
    eta = np.linspace(-11.0, 11.0, 881)
    log_rate, log_miss = special.log_expit(eta), special.log_expit(-eta)
    likelihoods = np.array([r * log_rate + (n - r) * log_miss for r, n in counts])
    likelihoods = np.exp(likelihoods - likelihoods.max(axis=1, keepdims=True))
    mu = np.linspace(-7.0, 7.0, 201)
    total = first = second = 0.0
    x, weights = np.polynomial.legendre.leggauss(120)
    highest = 24 * scale
    for tau, weight in zip(highest * (x + 1) / 2, weights, strict=True):
        if tau < 0.02:  # of no weight here: the groups differ
            continue
        normals = np.exp(-0.5 * ((eta - mu[:, None]) / tau) ** 2) / tau
        averaged = normals @ likelihoods.T  # (mu, groups)
        prior = weight * np.exp(-0.5 * (mu / 2) ** 2 - 0.5 * (tau / scale) ** 2)
        others = prior * np.prod(np.delete(averaged, chosen, axis=1), axis=1)
        density = (others @ normals) * likelihoods[chosen]
        rate = special.expit(eta)
        total += density.sum()
        first += density @ rate
        second += density @ rate**2
    mean = first / total
    return mean, np.sqrt(second / total - mean**2)


def named(counts):
    """Arms of some counts."""
    return [bips.Arm(name, r, n) for name, (r, n) in zip("abc", counts, strict=True)]


@pytest.mark.parametrize(("counts", "scale"), [(APART, 0.05), (NONE_OR_ALL, 0.3)])
def test_groups_that_contradict_each_other_have_the_rates_of_plain_sums(counts, scale):
    found = exact.arm_posteriors(
        bips.Map(mu=("normal", 0, 2), tau=("half_normal", scale)),
        named(counts),
        endpoint=Binary(),
    )
    for place, own in enumerate(found.values()):
        mean, sd = by_plain_sums(counts, place, scale)
        assert float(own.mean()) == pytest.approx(mean, abs=2e-6)
        assert float(own.std()) == pytest.approx(sd, abs=2e-6)
        assert 0 < own.error <= exact.GROUPS_TOLERANCE


@pytest.mark.parametrize(
    "method",
    [bips.Map(), bips.StudentMap(), bips.Exnex(), bips.Map(mu=("uniform", -2, 2))],
    ids=lambda method: type(method).__name__,
)
def test_the_mean_of_an_own_rate_is_the_probability_of_one_more_success(method):
    arms = named(ALIKE)
    own = exact.arm_posteriors(method, arms, endpoint=Binary())
    means = exact.arm_means(method, arms, endpoint=Binary())
    for arm in arms:
        assert float(own[arm.label].mean()) == pytest.approx(float(means[arm.label]), abs=1e-8)


def test_own_rates_of_a_batch_are_those_of_its_cells():
    arms = [bips.Arm("a", np.array([3, 9]), 20), bips.Arm("b", np.array([5, 1]), 30)]
    together = exact.arm_posteriors(bips.Map(), arms, endpoint=Binary())
    for cell in range(2):
        alone = [dataclasses.replace(arm, successes=int(arm.successes[cell])) for arm in arms]
        found = exact.arm_posteriors(bips.Map(), alone, endpoint=Binary())
        for label, own in found.items():
            assert together[label].mean()[cell] == pytest.approx(float(own.mean()), abs=1e-7)


def test_a_dated_group_that_contradicts_the_others_has_its_rate_on_the_landmark_too():
    arms = [bips.Arm("a", 5, 80, day=56), bips.Arm("b", 60, 80, day=56)]
    model = dataclasses.replace(
        bips.load_model("hlc001"),
        method=bips.Map(tau=("half_normal", 0.1)),
        bias=(),
        robust=None,
    )
    reading = LandmarkReading(model, arms)
    points = reading.fine_arm(1)
    survival = points.survival(model.endpoint, 56.0)
    own = exact.arm_posteriors(model.method, arms, endpoint=model.endpoint)["b"]
    mean = float(np.sum(points.weight * survival) / np.sum(points.weight))
    assert mean == pytest.approx(float(own.mean()), abs=1e-5)
    assert mean > 0.6
