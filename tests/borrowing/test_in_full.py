"""What a method that learns from controls starts from, and becomes where they agree."""

import numpy as np
import pytest

from bayesips import control_posterior, control_prior
from bayesips.answer.control import before_controls, needs_controls
from bayesips.borrowing import as_method, method_class, names
from bayesips.borrowing.discount import Discount
from bayesips.borrowing.eb_robust import EbRobust
from bayesips.borrowing.elastic import Elastic
from bayesips.borrowing.empirical_power import EmpiricalPower
from bayesips.borrowing.sam import Sam
from bayesips.borrowing.test_then_pool import TestThenPool
from bayesips.evidence.arm import Arm

ARMS = [Arm("first", 12, 40), Arm("second", 10, 30)]
CONTROLS = Arm("controls", 5, 16)
RATES = np.linspace(0.05, 0.95, 19)
# Each with settings under which controls that agree leave all of history.
TRUSTING = (
    Sam(0.3, prior_odds=1e12),
    EbRobust(threshold=1e-6),
    TestThenPool(level=1e-6),
    Discount(scale=1e-3),
    Elastic(0.3, near=1 - 1e-12),
    EmpiricalPower(),
)


@pytest.mark.parametrize("method", TRUSTING, ids=lambda each: type(each).__name__)
def test_where_controls_agree_a_learning_method_is_its_history_in_full(method):
    learned = control_posterior(ARMS, method, CONTROLS).cdf(RATES)
    whole = control_prior(ARMS, method.in_full()).update(CONTROLS.successes, CONTROLS.n)
    assert np.allclose(learned, whole.cdf(RATES), atol=1e-9)


def test_every_learning_method_is_looked_at_and_tells_history_without_controls():
    learning = {name for name in names() if needs_controls(method_class(name))}
    assert {type(each).__module__.rsplit(".", 1)[-1] for each in TRUSTING} == learning
    assert not any(needs_controls(each.in_full()) for each in TRUSTING)


def test_a_method_that_learns_nothing_is_itself_before_controls():
    method = as_method("map")
    assert before_controls(method) is method


@pytest.mark.parametrize("kind", [Sam, EbRobust])
def test_the_informative_part_may_not_need_controls_itself(kind):
    with pytest.raises(ValueError, match="itself needs controls"):
        kind(0.3, informative="discount").in_full()
