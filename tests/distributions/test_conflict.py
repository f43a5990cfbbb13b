"""Conflict tails are exact, and the check knows what it cannot see."""

from itertools import product
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.special import betaln
from scipy.stats import betabinom, binom

from bayesips.distributions import BetaMixture
from bayesips.distributions.conflict import (
    box_mid_p_value,
    box_p_value,
    conflict_power,
    evans_moshonov_p_value,
    leave_one_out,
    smallest_detectable_drift,
    surprise,
)
from tests.borrowing.histories import CASES

HISTORY = BetaMixture([1.0], [8.0], [32.0])
MIXED = BetaMixture([0.6, 0.4], [17.0, 1.0], [50.0, 1.0])
# Exact beta-binomial tails.
SMALL, OF_FORTY = (
    dict(zip(case["inputs"]["x"], case["recomputed"], strict=True))
    for case in (CASES["box_pvalue_small_n"], CASES["box_pvalue_binary"])
)
# The same by the formula of the R package bayprior, which takes the predictive for Normal.
NORMAL_APPROXIMATION = {0: 0.001367, 1: 0.696045, 3: 0.246422, 5: 0.004675, 7: 0.0}


def pooled(arms):
    """Beta(1, 1) updated with all arms."""
    successes, n = sum(arm.successes for arm in arms), sum(arm.n for arm in arms)
    return BetaMixture([1.0], [1.0], [1.0]).update(successes, n)


def arm(label, successes, n):
    """What a conflict check needs of an arm."""
    return SimpleNamespace(label=label, successes=successes, n=n)


@pytest.mark.parametrize(("prior", "n", "tails"), [
    (HISTORY, 7, SMALL), (BetaMixture([1.0], [6.0], [14.0]), 40, OF_FORTY),
])  # fmt: skip
def test_box_p_values_are_the_published_ones(prior, n, tails):
    assert_allclose(box_p_value(prior, list(tails), n), list(tails.values()), rtol=1e-9)


@pytest.mark.parametrize("successes", SMALL)
def test_the_normal_approximation_of_a_peer_is_not_repeated(successes):
    exact = box_p_value(HISTORY, successes, 7)
    assert abs(exact - NORMAL_APPROXIMATION[successes]) > 0.2 * exact


@pytest.mark.parametrize("n", [1, 7, 33])
def test_the_tail_of_a_mixture_is_a_sum_over_less_likely_counts(n):
    pmf = 0.6 * betabinom.pmf(np.arange(n + 1), n, 17, 50) + 0.4 / (n + 1)
    expected = [pmf[pmf <= pmf[r] * (1 + 1e-12)].sum() for r in range(n + 1)]
    assert_allclose(box_p_value(MIXED, np.arange(n + 1), n), expected, rtol=1e-10)


def test_under_a_uniform_prior_no_count_is_a_conflict():
    uniform = BetaMixture([1.0], [1.0], [1.0])
    assert_allclose(box_p_value(uniform, np.arange(21), 20), 1.0, rtol=1e-12)
    assert_allclose(box_mid_p_value(uniform, np.arange(21), 20), 0.5, rtol=1e-12)


def test_the_mid_p_value_counts_the_observed_outcome_half():
    half = betabinom.pmf(5, 7, 8, 32) / 2
    assert_allclose(box_mid_p_value(HISTORY, 5, 7), SMALL[5] - half, rtol=1e-10)


def test_the_mid_p_value_is_one_half_on_average():
    predicted = betabinom.pmf(np.arange(8), 7, 8, 32)
    assert_allclose(predicted @ box_mid_p_value(HISTORY, np.arange(8), 7), 0.5, rtol=1e-12)


def test_a_batch_of_priors_is_its_members_one_by_one():
    priors = BetaMixture(np.ones((3, 1)), [[8.0], [2.0], [1.0]], [[32.0], [2.0], [9.0]])
    together = box_p_value(priors, [0, 5, 7], 7)
    alone = [box_p_value(priors[k], [0, 5, 7], 7) for k in range(3)]
    assert_allclose(together, np.stack(alone, axis=1), rtol=1e-14)


def test_surprise_of_treated_patients_is_the_same_tail():
    assert surprise(HISTORY, 5, 7) == box_p_value(HISTORY, 5, 7)


@pytest.mark.parametrize("successes", [-1, 8, 2.5])
def test_impossible_counts_are_refused(successes):
    with pytest.raises(ValueError, match="among 7 patients"):
        box_p_value(HISTORY, successes, 7)


@pytest.mark.parametrize("rate", [0.0, 0.05, 0.4, 0.9, 1.0])
def test_the_power_of_the_check_is_a_sum_over_flagged_counts(rate):
    pmf = betabinom.pmf(np.arange(13), 12, 8, 32)
    tails = np.array([pmf[pmf <= each * (1 + 1e-12)].sum() for each in pmf])
    expected = binom.pmf(np.arange(13), 12, rate) @ (tails <= 0.1)
    assert_allclose(conflict_power(HISTORY, 12, rate, level=0.1), expected, rtol=1e-10)


def test_power_has_the_shape_of_the_rates():
    assert conflict_power(HISTORY, 7, np.full((2, 3), 0.4)).shape == (2, 3)


def test_seven_controls_do_not_show_a_drift_of_twenty_points():
    assert conflict_power(HISTORY, 7, 0.4) < 0.3
    down, up = smallest_detectable_drift(HISTORY, 7)
    assert np.isnan(down)  # 0 of 7 is no surprise where 1.4 are expected
    assert up > 0.4


def test_the_smallest_detectable_drift_is_where_the_power_is_reached():
    down, up = smallest_detectable_drift(HISTORY, 40, power=0.7)
    assert down < 0 < up
    assert_allclose(conflict_power(HISTORY, 40, [0.2 + down, 0.2 + up]), 0.7, atol=1e-9)


def test_more_controls_see_smaller_drifts():
    drifts = [smallest_detectable_drift(HISTORY, n)[1] for n in (7, 20, 60, 200)]
    assert drifts == sorted(drifts, reverse=True)


def test_leaving_an_arm_out_predicts_it_from_the_others():
    arms = [arm("A", 3, 20), arm("B", 5, 25), arm("C", 14, 20)]
    found = leave_one_out(arms, pooled)
    assert [each.label for each in found] == ["A", "B", "C"]
    pmf = betabinom.pmf(np.arange(21), 20, 9, 38)
    assert_allclose(found[2].p_value, pmf[pmf <= pmf[14]].sum(), rtol=1e-9)
    assert_allclose(found[2].expected, 20 * 9 / 47, rtol=1e-12)
    assert found[2].p_value < 0.001 < found[0].p_value


def test_a_single_arm_has_no_others():
    with pytest.raises(ValueError, match="1 arm"):
        leave_one_out([arm("A", 3, 20)], pooled)


def of_sequences(n, a, b):
    """Survivors and prior probability of each sequence of n patients, under a Beta(a, b) rate."""
    counts = np.array([sum(sequence) for sequence in product((0, 1), repeat=n)])
    return counts, np.exp(betaln(a + counts, b + n - counts) - betaln(a, b))


@pytest.mark.parametrize(("n", "a", "b"), [(1, 8, 32), (6, 8, 32), (9, 1, 1), (9, 0.5, 3)])
def test_of_all_sequences_of_patients_the_count_alone_is_held_against_the_prior(n, a, b):
    counts, chances = of_sequences(n, a, b)
    of_count = np.bincount(counts, chances, minlength=n + 1)
    expected = [chances[of_count[counts] <= of_count[r] * (1 + 1e-9)].sum() for r in range(n + 1)]
    prior = BetaMixture([1.0], [float(a)], [float(b)])
    assert_allclose(evans_moshonov_p_value(prior, np.arange(n + 1), n), expected, rtol=1e-9)


def test_the_tail_of_the_sequence_itself_would_be_another_number():
    counts, chances = of_sequences(6, 8, 32)
    one_of_six = chances[np.flatnonzero(counts == 1)[0]]
    tail = chances[chances <= one_of_six * (1 + 1e-9)].sum()
    found = evans_moshonov_p_value(HISTORY, 1, 6)
    assert found == pytest.approx(1.0, abs=1e-12)  # the likeliest count of all
    assert tail < 0.8


def test_the_likeliest_count_has_the_tail_one_whatever_rounding_leaves():
    pmf = np.array([0.2, 0.5, 0.3]) * (1 - 1e-9)  # as from a quadrature
    predicted = SimpleNamespace(pmf=lambda outcomes: pmf[outcomes])
    prior = SimpleNamespace(batch_shape=(), predictive=lambda n: predicted)
    assert box_p_value(prior, 1, 2) == 1.0
    assert box_mid_p_value(prior, 1, 2) == pytest.approx(0.75, abs=1e-8)
    assert box_p_value(prior, 2, 2) == pytest.approx(0.5, abs=1e-8)
