"""Test-then-pool: one or the other, as the exact tail says."""

import pytest

from bayesips import adapted, box_p_value, control_posterior, control_prior
from bayesips.borrowing.test_then_pool import TestThenPool
from bayesips.evidence.arm import Arm
from tests.borrowing.histories import PAST


@pytest.mark.parametrize("successes", range(8))
def test_it_pools_exactly_where_the_tail_is_above_the_level(successes):
    controls = Arm("controls", successes, 7)
    tail = float(box_p_value(control_prior(PAST, "pooled"), successes, 7))
    change = adapted(TestThenPool(level=0.1), PAST, controls)
    assert change.weight == (1.0 if tail > 0.1 else 0.0)
    as_it_is = control_posterior(PAST, "pooled" if tail > 0.1 else "separate", controls)
    answer = control_posterior(PAST, TestThenPool(level=0.1), controls)
    assert float(answer.mean()) == pytest.approx(float(as_it_is.mean()), abs=1e-14)


def test_five_of_seven_are_not_pooled_with_nine_of_forty_two():
    assert adapted(TestThenPool(), PAST, Arm("controls", 5, 7)).weight == 0.0


@pytest.mark.parametrize("level", [0.0, 1.0])
def test_a_level_that_always_says_the_same_is_refused(level):
    with pytest.raises(ValueError, match="level"):
        TestThenPool(level=level)
