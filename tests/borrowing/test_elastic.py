"""Elastic prior: its two anchors, by exact medians, and that it only falls."""

import numpy as np
import pytest
from scipy import stats

from bayesips import adapted, control_posterior
from bayesips.arm import Arm
from bayesips.borrowing.elastic import Elastic

PAST = [Arm("past", 40, 100)]
N = 60


def learned(successes, method):
    """The discount."""
    return adapted(method, PAST, Arm("controls", successes, N)).weight


def distance(successes):
    """Squared standardised difference from history's Beta(41, 61)."""
    mean, variance = 41 / 102, 41 * 61 / 102**2 / 103
    return (successes / N - mean) ** 2 / (variance + mean * (1 - mean) / N)


def median_distance(rate):
    """The median distance if the true rate is `rate`."""
    outcomes = np.arange(N + 1)
    order = np.argsort(distance(outcomes))
    mass = np.cumsum(stats.binom.pmf(outcomes, N, rate)[order])
    return distance(outcomes)[order][np.searchsorted(mass, 0.5)]


@pytest.mark.parametrize("successes", [0, 12, 24, 30, 40, 60])
def test_the_elastic_function_passes_through_its_two_anchors(successes):
    near, far = (
        median_distance(41 / 102),
        min(median_distance(41 / 102 - 0.25), median_distance(41 / 102 + 0.25)),
    )
    slope = (np.log(0.99 / 0.01) - np.log(0.01 / 0.99)) / np.log(far / near)
    expected = 1 / (1 + np.exp(-np.log(99) + slope * np.log(distance(successes) / near)))
    assert learned(successes, Elastic(0.25)) == pytest.approx(expected, rel=1e-10)


def test_a_larger_distance_never_borrows_more():
    found = [learned(r, Elastic(0.25)) for r in range(24, N + 1)]
    assert np.all(np.diff(found) < 0)


def test_history_is_kept_where_controls_agree_and_dropped_where_they_do_not():
    agreeing = control_posterior(PAST, Elastic(0.25), Arm("controls", 24, N))
    assert float(agreeing.mean()) == pytest.approx(65 / 162, abs=1e-3)
    conflicting = control_posterior(PAST, Elastic(0.25), Arm("controls", 50, N))
    assert float(conflicting.mean()) == pytest.approx(51 / 62, abs=1e-3)


def test_too_few_controls_to_tell_the_difference_are_refused():
    with pytest.raises(ValueError, match="cannot tell"):
        adapted(Elastic(0.02), PAST, Arm("controls", 1, 3))


def test_the_variance_of_history_grows_as_its_weight_falls():
    # a peer inflates the standard deviation where the paper has the variance
    change = adapted(Elastic(0.25), PAST, Arm("controls", 33, N))
    a, b = 1 + 40 * change.weight, 1 + 60 * change.weight
    answer = control_posterior(PAST, change.method, Arm("controls", 0, 0))
    assert float(answer.std()) ** 2 == pytest.approx(a * b / (a + b) ** 2 / (a + b + 1), rel=1e-12)
