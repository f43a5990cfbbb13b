"""Elastic prior: its two anchors, by exact medians, and that it only falls."""

import numpy as np
import pytest
from scipy import stats

from bayesips import adapted, control_posterior
from bayesips.borrowing.elastic import Elastic
from bayesips.evidence.arm import Arm

PAST = [Arm("past", 40, 100)]
N = 60


def learned(successes, method):
    """The discount."""
    return adapted(method, PAST, Arm("controls", successes, N)).weight


def distance(successes, past=PAST):
    """Squared standardised difference from the posterior of history, Beta(41, 61) for PAST."""
    a, b = 1 + past[0].successes, 1 + past[0].n - past[0].successes
    mean, variance = a / (a + b), a * b / (a + b) ** 2 / (a + b + 1)
    return (successes / N - mean) ** 2 / (variance + mean * (1 - mean) / N)


def median_distance(rate, past=PAST):
    """The median distance if the true rate is `rate`."""
    outcomes = np.arange(N + 1)
    order = np.argsort(distance(outcomes, past))
    mass = np.cumsum(stats.binom.pmf(outcomes, N, rate)[order])
    return distance(outcomes, past)[order][np.searchsorted(mass, 0.5)]


def elastic(successes, past=PAST):
    """The elastic function of delta 0.25, by hand."""
    mean = (1 + past[0].successes) / (2 + past[0].n)
    near = median_distance(mean, past)
    far = min(median_distance(mean + side, past) for side in (-0.25, 0.25))
    slope = (np.log(0.99 / 0.01) - np.log(0.01 / 0.99)) / np.log(far / near)
    return 1 / (1 + np.exp(-np.log(99) + slope * np.log(distance(successes, past) / near)))


@pytest.mark.parametrize("successes", [0, 12, 24, 30, 40, 60])
def test_the_elastic_function_passes_through_its_two_anchors(successes):
    assert learned(successes, Elastic(0.25)) == pytest.approx(elastic(successes), rel=1e-10)


def test_a_larger_distance_never_borrows_more():
    found = [learned(r, Elastic(0.25)) for r in range(24, N + 1)]
    assert np.all(np.diff(found) < 0)


def test_history_is_kept_where_controls_agree_and_dropped_where_they_do_not():
    agreeing = control_posterior(PAST, Elastic(0.25), Arm("controls", 24, N))
    assert float(agreeing.mean()) == pytest.approx(65 / 162, abs=1e-3)
    conflicting = control_posterior(PAST, Elastic(0.25), Arm("controls", 50, N))
    assert float(conflicting.mean()) == pytest.approx(51 / 62, abs=1e-3)


def test_too_few_controls_to_tell_the_difference_are_refused():
    with pytest.raises(ValueError, match="cannot distinguish"):
        adapted(Elastic(0.02), PAST, Arm("controls", 1, 3))


@pytest.mark.parametrize("successes", [30, 33, 36])
def test_the_variance_of_history_not_its_sd_grows_by_the_inverse_of_the_elastic_function(successes):
    # a peer inflates the standard deviation where the paper has the variance
    past = [Arm("past", 400_000, 1_000_000)]
    change = adapted(Elastic(0.25), past, Arm("controls", successes, N))
    used = control_posterior(past, change.method, Arm("controls", 0, 0))
    whole = 0.4 * 0.6 / 1_000_000  # of a rate that so many patients tell
    inflation = float(used.std()) ** 2 / whole
    assert inflation == pytest.approx(1 / elastic(successes, past), rel=1e-3)
    assert inflation > 1.5


@pytest.mark.parametrize("successes", [28, 33, 38])
def test_the_controls_are_added_to_that_part_of_history(successes):
    part = elastic(successes)
    a, b = 1 + 40 * part + successes, 1 + 60 * part + N - successes
    answer = control_posterior(PAST, Elastic(0.25), Arm("controls", successes, N))
    assert float(answer.mean()) == pytest.approx(a / (a + b), rel=1e-10)
    assert float(answer.std()) ** 2 == pytest.approx(a * b / (a + b) ** 2 / (a + b + 1), rel=1e-10)
