"""Full pooling: history counts as patients of this trial do."""

import numpy as np
import pytest
from scipy import stats

from bayesips import Landmark, control_posterior, control_prior
from bayesips.borrowing.pooled import Pooled
from bayesips.evidence.arm import Arm
from tests.borrowing.histories import CONTROLS, LUNG, TWO

RATES = np.linspace(0.02, 0.98, 25)


@pytest.mark.parametrize("arms", [TWO, LUNG, LUNG[:1]], ids=["two", "six", "one"])
@pytest.mark.parametrize(("a", "b"), [(1.0, 1.0), (0.5, 0.5), (3.0, 9.0)])
def test_it_is_the_beta_of_all_survivors_and_all_deaths(arms, a, b):
    survivors = sum(arm.successes for arm in arms)
    dead = sum(arm.n - arm.successes for arm in arms)
    expected = stats.beta(a + survivors, b + dead)
    answer = control_prior(arms, Pooled(a, b))
    assert answer.cdf(RATES) == pytest.approx(expected.cdf(RATES), abs=1e-13)
    assert float(answer.mean()) == pytest.approx(expected.mean(), abs=1e-14)
    assert float(answer.std()) == pytest.approx(expected.std(), abs=1e-14)


def test_controls_are_one_more_arm():
    after, together = (
        control_posterior(TWO, "pooled", CONTROLS),
        control_prior([*TWO, CONTROLS], "pooled"),
    )
    assert after.cdf(RATES) == pytest.approx(together.cdf(RATES), abs=1e-14)


def test_patients_may_be_divided_among_arms_in_any_way():
    split = [Arm("a", 4, 9), Arm("b", 8, 31), Arm("c", 9, 35)]
    assert control_prior(split, "pooled").cdf(RATES) == pytest.approx(
        control_prior([Arm("all", 21, 75)], "pooled").cdf(RATES), abs=1e-14
    )


def test_without_history_its_prior_is_left():
    assert control_prior([], Pooled(2.0, 5.0)).cdf(RATES) == pytest.approx(
        stats.beta(2, 5).cdf(RATES), abs=1e-14
    )


def test_an_arm_left_out_is_not_there():
    batch = [TWO[0], Arm("second", 9, 35, included=np.array([True, False]))]
    found = control_prior(batch, "pooled")
    assert found.mean() == pytest.approx(np.array([22 / 77, 13 / 42]), abs=1e-14)


@pytest.mark.parametrize("shape", [0.4, 1.0])
def test_rows_of_another_day_are_one_rate_seen_through_a_known_shape(shape):
    """theta at day 56, theta^(g) at day 28 with g = (28 / 56)^shape, summed on a plain grid."""
    rate = (np.arange(200_000) + 0.5) / 200_000
    early = rate ** ((28 / 56) ** shape)
    mass = early**12 * (1 - early) ** 8 * rate**6 * (1 - rate) ** 14
    arms = [Arm("early", 12, 20, day=28), Arm("on the day", 6, 20, day=56)]
    answer = control_prior(arms, "pooled", endpoint=Landmark(shape=("fixed", shape)))
    assert float(answer.mean()) == pytest.approx(mass @ rate / mass.sum(), abs=1e-9)
