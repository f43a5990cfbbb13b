"""Borrowing methods inside two-arm designs: one posterior per control outcome."""

import numpy as np
import pytest

from bayesips.answer.control import control_posterior, control_prior
from bayesips.borrowing.map import Map
from bayesips.designs.arm_analysis import BorrowedControl
from bayesips.designs.rule import Criterion, Rule
from bayesips.designs.two_arm import TwoArmDesign
from bayesips.distributions import BetaMixture
from bayesips.evidence.arm import Arm

UNIFORM = BetaMixture(1, 1, 1)
ARMS = (Arm("first", 8, 40), Arm("second", 12, 38), Arm("third", 5, 31))
RULE = Rule([Criterion(0, 0.975)])
RATES = (np.linspace(0, 1, 11)[:, None], np.array([0.1, 0.25, 0.6]))


def test_pooling_is_a_fixed_beta_prior():
    borrowed = TwoArmDesign(14, 9, UNIFORM, BorrowedControl(ARMS, "pooled"), RULE)
    closed = TwoArmDesign(14, 9, UNIFORM, BetaMixture(1, 1 + 25, 1 + 84), RULE)
    np.testing.assert_array_equal(borrowed.decisions(), closed.decisions())
    np.testing.assert_allclose(borrowed.power(*RATES), closed.power(*RATES), atol=1e-12)


def test_a_hierarchy_is_refitted_with_every_control_outcome():
    settings = {"robust": 0.2}
    design = TwoArmDesign(10, 6, UNIFORM, BorrowedControl(ARMS, Map(), settings), RULE)
    for successes in (0, 2, 6):
        concurrent = Arm("controls", successes, 6)
        alone = control_posterior(ARMS, Map(), concurrent, **settings)
        assert design.controls[successes].mean() == pytest.approx(float(alone.mean()), abs=1e-9)
    assert design.numerical_error < 1e-9


def test_a_hierarchy_refitted_is_its_predictive_prior_updated():
    refitted = TwoArmDesign(10, 6, UNIFORM, BorrowedControl(ARMS, Map()), RULE)
    updated = TwoArmDesign(10, 6, UNIFORM, control_prior(ARMS, Map()), RULE)
    np.testing.assert_array_equal(refitted.decisions(), updated.decisions())
    np.testing.assert_allclose(refitted.tables[0].above, updated.tables[0].above, atol=1e-9)
