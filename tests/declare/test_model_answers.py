"""What a model answers when it is asked: arms, control, treated rate, effect and rule."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import integrate, stats

import bayesips as bips
from bayesips.borrowing import Robust
from bayesips.borrowing.pooled import Pooled
from bayesips.borrowing.test_then_pool import TestThenPool as PoolAfterTest
from bayesips.distributions.rule import Criterion
from bayesips.evidence.arm import Arm

ARMS = (Arm("first", 8, 40), Arm("second", 12, 38))


@pytest.fixture(scope="module")
def pooled():
    """Two arms pooled: a control of Beta(21, 59), and 5 of 7 treated with a uniform prior."""
    model = bips.load_model("hlc001-binary")
    return replace(model, history=ARMS, evidence=None, method=Pooled(), robust=None, bias=())


def test_arms_of_a_binary_model_are_counts_and_of_a_landmark_model_the_rows_as_reported():
    binary, landmark = map(bips.load_model, ("hlc001-binary", "hlc001"))
    assert {arm.relation for arm in binary.arms} == {"="}
    assert not any(arm.observations for arm in binary.arms)
    assert landmark.arms == landmark.history
    assert any(arm.relation != "=" for arm in landmark.arms)


def test_the_control_is_history_with_the_vague_part_mixed_in(pooled):
    vague = replace(pooled, robust=Robust(0.2)).control()
    rates = np.linspace(0.05, 0.95, 7)
    expected = 0.8 * stats.beta(21, 59).cdf(rates) + 0.2 * stats.beta(1, 1).cdf(rates)
    np.testing.assert_allclose(vague.cdf(rates), expected, atol=1e-12)


def test_the_effect_is_that_of_independent_rates(pooled):
    treated, control = stats.beta(6, 3), stats.beta(21, 59)
    expected, _ = integrate.quad(lambda c: control.pdf(c) * treated.sf(c + 0.1), 0, 0.9)
    effect = pooled.effect(pooled.control())
    assert float(effect.probability(0.1)) == pytest.approx(expected, abs=1e-9)
    assert effect.mean() == pytest.approx(6 / 9 - 21 / 80)


def test_outcomes_of_the_treated_hold_the_one_that_was_seen(pooled):
    seen = pooled.treated_outcomes[pooled.treated.successes]
    assert float(seen.mean()) == pytest.approx(float(pooled.treated_posterior.mean()), abs=1e-15)


@pytest.mark.parametrize(("required", "met"), [(0.9, True), (0.9999, False)])
def test_a_decision_is_met_if_its_probability_is_more_than_required(pooled, required, met):
    model = replace(pooled, decisions=(Criterion(0.0, required), Criterion(-1.0, 0.5)))
    assert model.effect(model.control()).met(model.rule).tolist() == [met, True]


def test_a_probability_that_is_just_required_meets_nothing():
    rule = bips.Rule([Criterion(0.0, 0.9), Criterion(0.0, 0.1, "lower")])
    assert rule.each_met([[0.9, 0.9], [0.91, 0.89]]).tolist() == [[False, False], [True, True]]
    assert not rule.each_met([np.nan, np.nan]).any()


def test_a_model_whose_method_learns_from_controls_has_no_control_without_them(pooled):
    with pytest.raises(bips.Refused, match="test_then_pool needs controls"):
        replace(pooled, method=PoolAfterTest()).control()


def test_every_count_of_controls_at_once_is_each_by_itself(pooled):
    model = replace(pooled, method=PoolAfterTest(), robust=Robust(0.2))
    together = model.borrowing.posterior(Arm("controls", np.arange(8), 7))
    assert set(together.weight) == {0.0, 1.0}
    for count in range(8):
        alone = model.borrowing.posterior(Arm("controls", count, 7))
        assert float(together.distribution[count].mean()) == pytest.approx(
            float(alone.distribution.mean()), abs=1e-12
        )
        assert together.weight[count] == alone.weight


def test_controls_settle_as_closely_as_is_asked():
    arms, controls = (Arm("a", 4, 18), Arm("b", 9, 20), Arm("c", 2, 25)), Arm("controls", 3, 9)
    rough, fine = (
        bips.control_posterior(arms, "map", controls, tolerance=tolerance)
        for tolerance in (1e-5, 1e-9)
    )
    assert float(rough.mean()) == pytest.approx(float(fine.mean()), abs=1e-5)
    assert fine.error <= 1e-9
