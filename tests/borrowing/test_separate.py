"""No borrowing: whatever history says, the control is its own."""

import numpy as np
import pytest
from scipy import stats

from bayesips import Landmark, control_posterior, control_prior
from bayesips.borrowing.separate import Separate
from bayesips.evidence.arm import Arm
from tests.borrowing.histories import CONTROLS, LUNG, PAST, TWO

RATES = np.linspace(0.02, 0.98, 25)


@pytest.mark.parametrize("arms", [[], PAST, TWO, LUNG], ids=["none", "one", "two", "six"])
@pytest.mark.parametrize(("a", "b"), [(1.0, 1.0), (0.5, 0.5), (4.0, 2.0)])
def test_controls_speak_alone(arms, a, b):
    expected = stats.beta(a + 5, b + 2)
    answer = control_posterior(arms, Separate(a, b), CONTROLS)
    assert answer.cdf(RATES) == pytest.approx(expected.cdf(RATES), abs=1e-13)
    assert float(answer.ppf(0.025)) == pytest.approx(expected.ppf(0.025), abs=1e-12)


def test_before_the_controls_only_its_prior_is_believed():
    answer = control_prior(LUNG, Separate(2.0, 3.0))
    assert (float(answer.mean()), float(answer.std())) == pytest.approx((0.4, 0.2), abs=1e-14)


def test_it_says_the_same_of_rows_of_other_days():
    rows = [Arm("early", 12, 20, day=28), Arm("late", 3, 23, day=100, relation="<=")]
    answer = control_prior(rows, "separate", endpoint=Landmark())
    assert np.allclose(answer.cdf(RATES), RATES, atol=1e-9)


def test_a_vague_part_like_itself_changes_nothing():
    answer = control_posterior(LUNG, "separate", CONTROLS, robust=0.4)
    assert answer.cdf(RATES) == pytest.approx(stats.beta(6, 3).cdf(RATES), abs=1e-13)
