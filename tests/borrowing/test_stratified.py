"""Two strata mixed in a share: moments in closed form, the whole cdf by brute force, the ends."""

import numpy as np
import pytest
from scipy import stats

from bayesips import control_prior
from bayesips.borrowing.stratified import Stratified
from bayesips.evidence.arm import Arm
from tests.borrowing.histories import LUNG, TWO

RATES = np.linspace(0.05, 0.95, 19)
# Ventilated and not: far apart.
STRATA = [Arm("ventilated", 2, 30), Arm("not ventilated", 14, 20)]
FIRST, SECOND = stats.beta(3, 29), stats.beta(15, 7)


@pytest.mark.parametrize(("a", "b"), [(1, 1), (2, 5), (8, 3)])
def test_mean_and_variance_are_those_of_a_random_share_of_two_betas(a, b):
    q = stats.beta(a, b)
    mean = q.mean() * FIRST.mean() + (1 - q.mean()) * SECOND.mean()
    squares = [law.var() + law.mean() ** 2 for law in (FIRST, SECOND)]
    rest = 1 - 2 * q.mean() + q.moment(2)  # E[(1 - q)^2]
    second = q.moment(2) * squares[0] + rest * squares[1]
    second += 2 * (q.mean() - q.moment(2)) * FIRST.mean() * SECOND.mean()
    answer = control_prior(STRATA, Stratified(share=("beta", a, b)))
    assert float(answer.mean()) == pytest.approx(mean, abs=1e-9)
    assert float(answer.std()) == pytest.approx(np.sqrt(second - mean**2), abs=1e-8)


@pytest.mark.parametrize("share", [0.25, 0.5, 0.8])
def test_a_known_share_is_a_convolution_of_two_betas(share):
    first = (np.arange(20_000) + 0.5) / 20_000
    mass = FIRST.pdf(first) / 20_000
    rest = (RATES[:, None] - share * first) / (1 - share)
    expected = SECOND.cdf(rest) @ mass
    answer = control_prior(STRATA, Stratified(share=("fixed", share)))
    assert answer.cdf(RATES) == pytest.approx(expected, abs=1e-7)


@pytest.mark.parametrize(("share", "law"), [(1.0, FIRST), (0.0, SECOND)])
def test_a_share_of_one_or_nought_is_one_stratum(share, law):
    answer = control_prior(STRATA, Stratified(share=("fixed", share)))
    assert answer.cdf(RATES) == pytest.approx(law.cdf(RATES), abs=1e-9)


def test_an_unknown_share_spreads_between_the_strata_where_a_hierarchy_would_go_beyond():
    mixed = control_prior(STRATA, "stratified")
    hierarchy = control_prior(STRATA, "map")
    low, high = FIRST.ppf(1e-4), SECOND.ppf(1 - 1e-4)
    assert float(mixed.cdf(low) + mixed.sf(high)) < 2e-4
    assert float(hierarchy.cdf(low) + hierarchy.sf(high)) > 0.01


def test_exchanging_strata_and_shares_is_the_same():
    one = control_prior(TWO, Stratified(share=("fixed", 0.3)))
    other = control_prior(TWO[::-1], Stratified(share=("fixed", 0.7)))
    assert one.cdf(RATES) == pytest.approx(other.cdf(RATES), abs=1e-9)


def test_other_than_two_arms_are_refused():
    with pytest.raises(ValueError, match="exactly two arms; got 6"):
        control_prior(LUNG, "stratified")
