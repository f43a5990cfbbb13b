"""Power prior with a fixed discount: its closed form, common and per arm."""

import numpy as np
import pytest
from scipy import stats

from bayesips import Landmark, control_posterior, control_prior
from bayesips.borrowing.power import Power
from bayesips.evidence.arm import Arm
from tests.borrowing.histories import CONTROLS, LUNG, TWO

RATES = np.linspace(0.02, 0.98, 25)


@pytest.mark.parametrize("discount", [0.0, 0.07, 0.5, 1.0])
@pytest.mark.parametrize(("a", "b"), [(1.0, 1.0), (0.5, 0.5), (2.0, 6.0)])
def test_a_common_discount_is_a_share_of_every_patient(discount, a, b):
    expected = stats.beta(a + 61 * discount + 5, b + 182 * discount + 2)
    answer = control_posterior(LUNG, Power(discount, a, b), CONTROLS)
    assert answer.cdf(RATES) == pytest.approx(expected.cdf(RATES), abs=1e-13)
    assert float(answer.std()) == pytest.approx(expected.std(), abs=1e-14)


@pytest.mark.parametrize("discounts", [(0.2, 0.9), (1.0, 0.0), (0.35, 0.35)])
def test_each_arm_counts_for_its_own_share(discounts):
    first, second = discounts
    expected = stats.beta(1 + 12 * first + 9 * second, 1 + 28 * first + 26 * second)
    answer = control_prior(TWO, Power(list(discounts)))
    assert answer.cdf(RATES) == pytest.approx(expected.cdf(RATES), abs=1e-13)


def test_discounts_go_with_their_arms():
    forward = control_prior(TWO, Power((0.2, 0.9)))
    backward = control_prior(TWO[::-1], Power((0.9, 0.2)))
    assert forward.cdf(RATES) == pytest.approx(backward.cdf(RATES), abs=1e-14)


def test_an_array_of_discounts_is_a_batch_of_common_ones():
    discounts = np.array([0.0, 0.25, 1.0])
    answer = control_prior(TWO, Power(discounts))
    assert answer.mean() == pytest.approx((1 + 21 * discounts) / (2 + 75 * discounts), abs=1e-14)


def test_it_is_the_normalised_power_of_the_likelihood():
    """The definition itself, on a plain grid: prior times likelihood^a0, then normalised."""
    rate = (np.arange(100_000) + 0.5) / 100_000
    logs = 0.3 * (stats.binom.logpmf(12, 40, rate) + stats.binom.logpmf(9, 35, rate))
    mass = np.exp(logs + stats.beta(2, 3).logpdf(rate))
    answer = control_prior(TWO, Power(0.3, 2.0, 3.0))
    assert float(answer.mean()) == pytest.approx(mass @ rate / mass.sum(), abs=1e-9)


def test_rows_of_another_day_are_powered_too():
    rate = (np.arange(200_000) + 0.5) / 200_000
    early = rate ** ((28 / 56) ** 0.6)
    mass = (early**12 * (1 - early) ** 8) ** 0.4
    answer = control_prior(
        [Arm("early", 12, 20, day=28)], Power(0.4), endpoint=Landmark(shape=("fixed", 0.6))
    )
    assert float(answer.mean()) == pytest.approx(mass @ rate / mass.sum(), abs=1e-8)


@pytest.mark.parametrize("discount", [-0.1, 1.2, [0.5, 2.0]])
def test_a_discount_outside_nought_to_one_is_refused(discount):
    with pytest.raises(ValueError, match="0 to 1"):
        Power(discount)


def test_as_many_discounts_as_arms_are_asked_for():
    with pytest.raises(ValueError, match="3 values for 2 historical arms"):
        control_prior(TWO, Power([0.1, 0.2, 0.3]))
