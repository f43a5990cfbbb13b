"""Normalized power prior: published numbers and limits."""

import numpy as np
import pytest
from scipy import integrate, special

from bayesips import control_posterior, control_prior
from bayesips.borrowing.normalized_power import NormalizedPower
from bayesips.borrowing.power import Power
from bayesips.endpoints import Landmark
from bayesips.evidence.arm import Arm
from tests.borrowing.histories import CONTROLS, LUNG, PAST, TWO, published


def test_five_of_seven_controls_with_eight_of_forty_behind_them():
    said, _ = published("npp_5of7_vs_8of40")
    answer = control_posterior(PAST, NormalizedPower(), CONTROLS)
    assert float(answer.mean()) == pytest.approx(said["mean_p"], abs=1e-10)
    assert float(answer.std()) == pytest.approx(0.16429168, abs=1e-8)
    assert float(answer.sf(0.2)) == pytest.approx(said["P_gt"], abs=1e-10)


def test_forty_of_a_hundred_after_fifty_of_a_hundred():
    said, given = published("npp_40_vs_50")
    past = [Arm("past", given["y0"], given["n0"])]
    answer = control_posterior(past, NormalizedPower(), Arm("controls", given["y"], given["n"]))
    assert float(answer.mean()) == pytest.approx(said["mean_p"], abs=1e-10)
    assert float(answer.std()) == pytest.approx(0.04265961, abs=1e-8)


@pytest.mark.parametrize("per_arm", [False, True])
@pytest.mark.parametrize("discount", [0.0, 0.4, 1.0])
def test_a_known_discount_is_the_power_prior(discount, per_arm):
    fixed = NormalizedPower(discount=("fixed", discount), per_arm=per_arm)
    x = np.linspace(0.05, 0.95, 19)
    known = control_prior(TWO, Power(discount)).cdf(x)
    assert np.allclose(control_prior(TWO, fixed).cdf(x), known, atol=1e-10)


def test_each_arm_may_have_a_discount_of_its_own():
    answer = control_prior(TWO, NormalizedPower(per_arm=True))

    def mean(first, second):
        survivors = first * 12 + second * 9
        return (1 + survivors) / (2 + first * 40 + second * 35)

    expected, _ = integrate.dblquad(mean, 0, 1, 0, 1, epsabs=1e-12)
    assert float(answer.mean()) == pytest.approx(expected, abs=1e-9)


def test_too_many_discounts_are_for_nuts():
    with pytest.raises(ArithmeticError, match="nuts"):
        control_prior(LUNG, NormalizedPower(per_arm=True))


def test_the_prior_of_the_discount_is_not_updated_by_history_alone():
    answer = control_prior(PAST, NormalizedPower(discount=("beta", 2, 5)))
    a0 = np.linspace(0, 1, 20001)
    density = a0 * (1 - a0) ** 4 / special.beta(2, 5)
    expected = integrate.simpson(density * (1 + 8 * a0) / (2 + 40 * a0), x=a0)
    assert float(answer.mean()) == pytest.approx(expected, abs=1e-9)


def test_a_discount_outside_nought_to_one_is_refused():
    with pytest.raises(ValueError, match="discount"):
        NormalizedPower(discount=("half_normal", 1))


def test_counts_on_the_landmark_itself_need_no_shape():
    x = np.linspace(0.02, 0.98, 25)
    timed = control_prior(
        [Arm("past", 8, 40, day=56)], NormalizedPower(), endpoint=Landmark(day=56)
    )
    assert np.allclose(timed.cdf(x), control_prior(PAST, NormalizedPower()).cdf(x), atol=1e-8)


@pytest.mark.parametrize("n", [100, 5000])
def test_rows_at_the_landmark_day_are_counts_however_many_patients(n):
    past = {"past": [Arm("past", 3 * n // 10, n)], "at": [Arm("past", 3 * n // 10, n, day=56)]}
    counts = control_prior(past["past"], NormalizedPower())
    rows = control_prior(past["at"], NormalizedPower(), endpoint=Landmark())
    assert float(rows.mean()) == pytest.approx(float(counts.mean()), abs=1e-9)
    assert float(rows.std()) == pytest.approx(float(counts.std()), abs=1e-9)


@pytest.mark.parametrize("shapes", [(1000, 1), (1, 1100), (5000, 5000), (2, 40)])
def test_a_prior_that_knows_the_discount_is_read_where_it_stands(shapes):
    """The mean of the mean rates given a0, summed over the prior on a plain grid."""
    arms = [Arm("a", 8, 40), Arm("b", 3, 12)]
    method = NormalizedPower(discount=("beta", *shapes))
    low, high = special.betaincinv(*shapes, [1e-14, 1 - 1e-14])
    discount = np.linspace(low, high, 200_001)
    logs = special.xlogy(shapes[0] - 1, discount) + special.xlog1py(shapes[1] - 1, -discount)
    mass = np.exp(logs - logs.max())
    mean = np.sum(mass * (1 + 11 * discount) / (2 + 52 * discount)) / mass.sum()
    assert float(control_prior(arms, method).mean()) == pytest.approx(mean, abs=1e-6)
